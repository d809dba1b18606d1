/* HPACK on its own (<h2/hpack.h>): coders that bring their memory along. */
#include "hpack/decoder.h"
#include "hpack/encoder.h"

/* The coder comes first, so that a pointer to it is a pointer to the whole. */
typedef struct encoder_alone {
    h2_hpack_encoder encoder;
    h2_memory memory;
} encoder_alone;

typedef struct decoder_alone {
    h2_hpack_decoder decoder;
    h2_memory memory;
    size_t max_list_size;
} decoder_alone;

static bool is_profile(h2_profile profile)
{
    return profile == H2_PROFILE_RFC || profile == H2_PROFILE_PYTHON;
}

h2_status h2_hpack_encoder_new(h2_hpack_encoder **out, uint32_t max_table_size, h2_profile policy,
                               const h2_allocator *allocator)
{
    if (!out || !is_profile(policy) || !h2_is_allocator(allocator)) return H2_ERROR_ARGUMENT;
    h2_memory memory;
    h2_memory_init(&memory, allocator);
    encoder_alone *const alone = h2_alloc(&memory, sizeof *alone);
    if (!alone) return H2_ERROR_NO_MEMORY;
    alone->memory = memory;
    h2_encoder_init(&alone->encoder, &alone->memory, max_table_size, policy == H2_PROFILE_PYTHON);
    *out = &alone->encoder;
    return H2_OK;
}

void h2_hpack_encoder_free(h2_hpack_encoder *encoder)
{
    if (!encoder) return;
    encoder_alone *const alone = (encoder_alone *)encoder;
    h2_encoder_release(encoder);
    h2_memory memory = alone->memory;
    h2_free(&memory, alone, sizeof *alone);
}

h2_status h2_hpack_encoder_set_table_size(h2_hpack_encoder *encoder, uint32_t size)
{
    return h2_encoder_set_table_size(encoder, size);
}

size_t h2_hpack_encode_bound(const h2_header *fields, size_t count)
{
    return h2_encoder_bound_either(count, h2_encoder_octets(fields, count));
}

h2_status h2_hpack_encode(h2_hpack_encoder *encoder, const h2_header *fields, size_t count, uint8_t *out,
                          size_t cap, size_t *len)
{
    const h2_encoder_hints hints = {.octets = h2_encoder_octets(fields, count)};
    const size_t bound = h2_encoder_bound_either(count, hints.octets);
    if (bound == SIZE_MAX || cap < bound) return H2_ERROR_ARGUMENT;
    return h2_encoder_encode_known(encoder, fields, count, &hints, out, len);
}

h2_status h2_hpack_decoder_new(h2_hpack_decoder **out, uint32_t max_table_size, uint32_t max_list_size,
                               const h2_allocator *allocator)
{
    if (!out || !h2_is_allocator(allocator)) return H2_ERROR_ARGUMENT;
    h2_memory memory;
    h2_memory_init(&memory, allocator);
    decoder_alone *const alone = h2_alloc(&memory, sizeof *alone);
    if (!alone) return H2_ERROR_NO_MEMORY;
    alone->memory = memory;
    alone->max_list_size = max_list_size == UINT32_MAX ? SIZE_MAX : max_list_size;
    h2_decoder_init(&alone->decoder, &alone->memory, max_table_size);
    *out = &alone->decoder;
    return H2_OK;
}

void h2_hpack_decoder_free(h2_hpack_decoder *decoder)
{
    if (!decoder) return;
    decoder_alone *const alone = (decoder_alone *)decoder;
    h2_decoder_release(decoder);
    h2_memory memory = alone->memory;
    h2_free(&memory, alone, sizeof *alone);
}

h2_status h2_hpack_decoder_set_max_table_size(h2_hpack_decoder *decoder, uint32_t size)
{
    h2_decoder_set_max_table_size(decoder, size);
    return H2_OK;
}

h2_status h2_hpack_decode(h2_hpack_decoder *decoder, const uint8_t *block, size_t len,
                          const h2_header **fields, size_t *count)
{
    const h2_block_limits limits = {
        .list_size = ((const decoder_alone *)decoder)->max_list_size,
        .hard_list_size = SIZE_MAX,
        .fields = SIZE_MAX,
        .size_updates = SIZE_MAX,
    };
    h2_field_list list;
    const h2_decode_result result = h2_decoder_decode(decoder, block, len, &limits, &list);
    *fields = list.fields;
    *count = list.count;
    if (result == H2_DECODE_OK) return H2_OK; /* apart: the rest becomes a table, a line far away */
    switch (result) {
    case H2_DECODE_TOO_LARGE:
    case H2_DECODE_TOO_MANY_FIELDS:
    case H2_DECODE_FAR_TOO_LARGE: return H2_ERROR_DENIAL_OF_SERVICE;
    case H2_DECODE_NO_MEMORY: return H2_ERROR_NO_MEMORY;
    default: return H2_ERROR_PROTOCOL;
    }
}
