/* Strings in Huffman code (RFC 7541 section 5.2). */
#ifndef H2_HPACK_HUFFMAN_H
#define H2_HPACK_HUFFMAN_H

#include "base/attributes.h"
#include "hpack/huffman_table.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    H2_HUFFMAN_DECODE_SLACK = 2, /* octets behind a result that may be written */
    H2_HUFFMAN_ENCODE_SLACK = 48
};

/* Octets that `len` octets of code can be at most: the shortest code has five bits. A little more, for speed. */
static inline size_t h2_huffman_decoded_bound(size_t len)
{
    return len + len / 2 + len / 8 + 2;
}

/* Octets of code that `len` octets can be at most: the longest code has thirty bits. */
static inline size_t h2_huffman_encoded_bound(size_t len)
{
    return len * 4 - len / 4;
}

/* Asks for the table that each step of decoding waits for: where it is far away a string would wait for one line of it after the
 * other, since which comes next is known only when the one before is there. Lines of symbols that are seen often, far enough
 * from each other that hardware sees to what lies between. */
static inline void h2_huffman_expect(void)
{
    const uint8_t *const steps = h2_huffman_steps;
    H2_PREFETCH(steps);
    H2_PREFETCH(steps + 0x100);
    H2_PREFETCH(steps + 0x500);
    H2_PREFETCH(steps + 0x700);
    H2_PREFETCH(steps + 0x8c0);
    H2_PREFETCH(steps + 0xa40);
    H2_PREFETCH(steps + 0xd40);
    H2_PREFETCH(steps + 0xec0);
}

/* Decodes `len` octets of code, of an input that ends at `end`; `out` has room for h2_huffman_decoded_bound octets and
 * H2_HUFFMAN_DECODE_SLACK more. *visible becomes false where an octet may be other than those from space to ~, whose codes
 * are all long. Returns what follows the result, or NULL when EOS is in the string, or the padding is longer than seven
 * bits or not all ones. */
uint8_t *h2_huffman_decode(const uint8_t *code, size_t len, const uint8_t *end, uint8_t *out, bool *visible);

/* The octets that h2_huffman_decode would write, SIZE_MAX when it would refuse. Needs no room for them. */
size_t h2_huffman_decoded_len(const uint8_t *code, size_t len, const uint8_t *end);

/* Encodes; gives up with NULL as soon as the result is seen to be longer than `max` octets, which `out` has room for,
 * and H2_HUFFMAN_ENCODE_SLACK more. Returns what follows the result. */
uint8_t *h2_huffman_encode(const uint8_t *octets, size_t len, uint8_t *out, size_t max);

#endif
