/* The Huffman code (RFC 7541 appendix B) as constant tables: the one contract between the code that uses them and the
 * script that writes them. */
#ifndef H2_HPACK_HUFFMAN_TABLE_H
#define H2_HPACK_HUFFMAN_TABLE_H

#include <stdint.h>

enum {
    H2_HUFFMAN_ROOT_BITS = 12,
    H2_HUFFMAN_RANGES = 14,        /* lengths above H2_HUFFMAN_ROOT_BITS that codes have */
    H2_HUFFMAN_LONG_SYMBOLS = 173, /* symbols with such a code */
    H2_HUFFMAN_EOS = 256
};

/* By octet: its code at the top, at most thirty bits, and the length of that in the lowest 32. */
extern const uint64_t h2_huffman_codes[256];

/* By the next 12 bits, inverted. They are two tables since one step waits for nothing but the length of the one before.
 * Bits consumed | count of symbols << 6, one or two; 0 where the code is longer. */
extern const uint8_t h2_huffman_steps[1 << H2_HUFFMAN_ROOT_BITS];

/* First symbol | second symbol << 8. */
extern const uint16_t h2_huffman_pairs[1 << H2_HUFFMAN_ROOT_BITS];

/* The codes of one length, which follow each other; aligned to the top of 32 bits. */
typedef struct h2_huffman_range {
    uint32_t last, first;
    uint16_t length;
    uint16_t symbols; /* where its symbols begin in h2_huffman_long_symbols */
} h2_huffman_range;

extern const h2_huffman_range h2_huffman_ranges[H2_HUFFMAN_RANGES];
extern const uint16_t h2_huffman_long_symbols[H2_HUFFMAN_LONG_SYMBOLS];

#endif
