/* HPACK (RFC 7541) on its own: the coder that a connection uses, for people who need only that.
 * Objects are not thread-safe and share nothing; a pointer to one, or to what a call sets, must not be NULL
 * where nothing is said of it. */
#ifndef H2_HPACK_H
#define H2_HPACK_H

#include <h2/config.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct h2_hpack_encoder h2_hpack_encoder;
typedef struct h2_hpack_decoder h2_hpack_decoder;

/* Makes an encoder with an empty table.
 * out:            the caller's until h2_hpack_encoder_free; untouched on failure.
 * max_table_size: octets of table as RFC 7541 section 4.1 counts them; 4,096 is what a peer that has said
 *                 nothing expects. Another size is announced at the start of the first block.
 * policy:         H2_PROFILE_RFC: the shorter of raw and Huffman; what seldom comes again is indexed once it has;
 *                 H2_PROFILE_PYTHON: the choices of Python's hpack, octet for octet.
 * allocator:      copied, all of its functions are there; NULL is malloc.
 * Returns H2_OK, H2_ERROR_ARGUMENT or H2_ERROR_NO_MEMORY. */
H2_API h2_status h2_hpack_encoder_new(h2_hpack_encoder **out, uint32_t max_table_size, h2_profile policy,
                                      const h2_allocator *allocator);

/* Frees an encoder; NULL is fine. */
H2_API void h2_hpack_encoder_free(h2_hpack_encoder *encoder);

/* Changes the size of the table, as the peer's SETTINGS_HEADER_TABLE_SIZE asks; entries that no longer fit
 * are gone, and the next block begins with the size updates that RFC 7541 section 4.2 asks for. size: octets.
 * Returns H2_OK, or H2_ERROR_NO_MEMORY with nothing changed. */
H2_API h2_status h2_hpack_encoder_set_table_size(h2_hpack_encoder *encoder, uint32_t size);

/* How many octets a block of these fields can take at most, size updates included; SIZE_MAX when the sum
 * overflows, a name or value has 2^28 octets or more, or one that has octets is NULL: such a list cannot be
 * encoded. */
H2_API size_t h2_hpack_encode_bound(const h2_header *fields, size_t count);

/* Encodes a list of fields into one block and enters them into the table.
 * fields: `count` fields, read during the call. Nothing is checked or changed: names are sent as they are.
 * out:    `cap` octets of the caller's; h2_hpack_encode_bound octets are always enough.
 * len:    receives the octets written.
 * Returns H2_OK; H2_ERROR_ARGUMENT when `cap` is below h2_hpack_encode_bound, or that is SIZE_MAX; or
 * H2_ERROR_NO_MEMORY; either with the encoder unchanged. */
H2_API h2_status h2_hpack_encode(h2_hpack_encoder *encoder, const h2_header *fields, size_t count,
                                 uint8_t *out, size_t cap, size_t *len);

/* Makes a decoder with an empty table.
 * out:            the caller's until h2_hpack_decoder_free; untouched on failure.
 * max_table_size: the greatest table that the peer may use, octets; 4,096 unless announced otherwise.
 * max_list_size:  the greatest list that is stored, octets, each field counted with 32 more (RFC 9113 section
 *                 10.5.1); UINT32_MAX is no bound.
 * allocator:      copied, all of its functions are there; NULL is malloc.
 * Returns H2_OK, H2_ERROR_ARGUMENT or H2_ERROR_NO_MEMORY. */
H2_API h2_status h2_hpack_decoder_new(h2_hpack_decoder **out, uint32_t max_table_size, uint32_t max_list_size,
                                      const h2_allocator *allocator);

/* Frees a decoder; NULL is fine. */
H2_API void h2_hpack_decoder_free(h2_hpack_decoder *decoder);

/* Changes the greatest table that the peer may use; after a reduction the next block must begin with a size
 * update (RFC 7541 section 4.2). size: octets. Returns H2_OK. */
H2_API h2_status h2_hpack_decoder_set_max_table_size(h2_hpack_decoder *decoder, uint32_t size);

/* Decodes one whole block into a list of fields.
 * block:  `len` octets, read during the call; no pointer to them is kept.
 * fields: receives the list, `*count` long, owned by the decoder and valid until the next call on it.
 * Returns H2_OK; H2_ERROR_PROTOCOL when the block is broken (a COMPRESSION_ERROR: the decoder can only be
 * freed); H2_ERROR_DENIAL_OF_SERVICE when the list is larger than max_list_size: the block has been decoded
 * to its end, the table is in step and the decoder can go on, the list is not told; H2_ERROR_NO_MEMORY: it
 * can only be freed. */
H2_API h2_status h2_hpack_decode(h2_hpack_decoder *decoder, const uint8_t *block, size_t len,
                                 const h2_header **fields, size_t *count);

#ifdef __cplusplus
}
#endif
#endif
