/* Decoding of header blocks (RFC 7541 section 3): one whole block in, one list of fields with notes out.
 * Knows nothing of frames, streams, or what a field means. */
#ifndef H2_HPACK_DECODER_H
#define H2_HPACK_DECODER_H

#include "base/alloc.h"
#include "base/token.h"
#include "hpack/table.h"

#include <h2/hpack.h>

/* What a block may cost; the caller's, read during the call. */
typedef struct h2_block_limits {
    size_t list_size;       /* octets stored at most, each field counted with 32 more */
    size_t hard_list_size;  /* octets decoded at most when going on unstored; at least list_size */
    size_t fields;          /* fields stored at most */
    size_t size_updates;    /* table size updates in the block at most; SIZE_MAX is any */
    bool stop_at_list_size; /* an oversized list ends decoding at once */
} h2_block_limits;

typedef enum h2_decode_result {
    H2_DECODE_OK,
    H2_DECODE_BROKEN,          /* RFC 7541 is broken: the table can no longer be trusted */
    H2_DECODE_TOO_LARGE,       /* list_size passed; the table is in step unless stop_at_list_size */
    H2_DECODE_TOO_MANY_FIELDS, /* fields passed; the table is in step */
    H2_DECODE_FAR_TOO_LARGE,   /* hard_list_size passed; decoding stopped */
    H2_DECODE_NO_MEMORY
} h2_decode_result;

/* The list of the last block: pointers into static table, dynamic table or scratch, never into the block,
 * valid until the next call on the decoder. `fields` may be changed by the caller meanwhile (cookies are
 * joined in place) if the decoder is told. If it is not told of flags, the same entry in the same place of the next list
 * may have them again. */
typedef struct h2_field_list {
    h2_header *fields;
    h2_field_note *notes; /* one for each field */
    size_t count;
} h2_field_list;

/* Defined here so that a connection can embed it; the members are the decoder's own. */
struct h2_hpack_decoder {
    h2_table table;
    h2_memory *memory;
    h2_header *fields; /* of the last list; in the same allocation sources lie before them, notes behind */
    uint8_t *scratch;  /* octets of the last list that are not in a table */
    size_t fields_cap, scratch_cap;
    size_t recalled;         /* fields of the last list, or fewer, which are where their sources say */
    uint32_t max_table_size; /* what the peer may set table.limit to */
};

void h2_decoder_init(h2_hpack_decoder *decoder, h2_memory *memory, uint32_t max_table_size);
void h2_decoder_release(h2_hpack_decoder *decoder);
void h2_decoder_set_max_table_size(h2_hpack_decoder *decoder, uint32_t size);
uint32_t h2_decoder_max_table_size(const h2_hpack_decoder *decoder);

/* What the peer has set its table to, octets. */
uint32_t h2_decoder_table_size(const h2_hpack_decoder *decoder);
h2_decode_result h2_decoder_decode(h2_hpack_decoder *decoder, const uint8_t *octets, size_t len,
                                   const h2_block_limits *limits, h2_field_list *out);

/* Tells that fields of the last list are changed, from that one on; before they are. */
void h2_decoder_fields_changed(h2_hpack_decoder *decoder, size_t from);

/* Gives back what only the last list needed. */
void h2_decoder_trim(h2_hpack_decoder *decoder);

#endif
