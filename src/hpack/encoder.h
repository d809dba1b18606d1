/* Encoding of header blocks (RFC 7541 sections 4.2 and 6). Knows nothing of frames or of what a field means,
 * but for the tokens of names that are not worth indexing. */
#ifndef H2_HPACK_ENCODER_H
#define H2_HPACK_ENCODER_H

#include "hpack/index.h"

#include <h2/hpack.h>

enum {
    H2_ENCODER_SIZE_CHANGES = 8
};

/* Defined here so that a connection can embed it; the members are the encoder's own. */
struct h2_hpack_encoder {
    h2_table table;
    h2_memory *memory;
    h2_table_index index;
    uint32_t announced;                        /* the size that the peer's decoder has been told */
    uint32_t changes[H2_ENCODER_SIZE_CHANGES]; /* of the size, not announced yet */
    uint8_t change_count;
    bool always_huffman;
};

void h2_encoder_init(h2_hpack_encoder *encoder, h2_memory *memory, uint32_t table_size, bool always_huffman);
void h2_encoder_release(h2_hpack_encoder *encoder);
h2_status h2_encoder_set_table_size(h2_hpack_encoder *encoder, uint32_t size);
uint32_t h2_encoder_table_size(const h2_hpack_encoder *encoder);

/* Octets that the next block can take at most if it has these fields, what may be written behind it included; SIZE_MAX
 * when that is too many. At most h2_hpack_encode_bound, and much less in the policy that chooses. */
size_t h2_encoder_bound(const h2_hpack_encoder *encoder, const h2_header *fields, size_t count);

/* What is known of a list that is to be encoded, a member for each field; either may be NULL. */
typedef struct h2_encoder_hints {
    const uint32_t *entries; /* by h2_encoder_recognize, with no other call on the encoder since */
    const h2_field_note *notes;
} h2_encoder_hints;

/* Looks for the fields of a list where the list before had them. entries: receives the entry that is equal to a field,
 * or 0; notes: what was told of it when it was entered, where there is one. Changes nothing. */
void h2_encoder_recognize(const h2_hpack_encoder *encoder, const h2_header *fields, size_t count,
                          uint32_t *entries, h2_field_note *notes);

/* As h2_encoder_encode, octet for octet. */
h2_status h2_encoder_encode_known(h2_hpack_encoder *encoder, const h2_header *fields, size_t count,
                                  const h2_encoder_hints *hints, uint8_t *out, size_t *len);

/* out has room for h2_encoder_bound octets. H2_OK, or H2_ERROR_NO_MEMORY with the encoder unchanged. */
h2_status h2_encoder_encode(h2_hpack_encoder *encoder, const h2_header *fields, size_t count, uint8_t *out,
                            size_t *len);

/* Gives back what only encoding needs. */
void h2_encoder_trim(h2_hpack_encoder *encoder);

#endif
