/* What the encoder writes, decoders read back: the library's and libnghttp2's, while table sizes change; and what
 * libnghttp2 writes, the library reads. Were two tables out of step, a reference would bring another field. */
#include "fuzz.h"

#include "counting_allocator.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_NGHTTP2
#include <nghttp2/nghttp2.h>
#endif

const fuzz_shape fuzz_target_shape = FUZZ_CALLS;

enum {
    MOST_INPUT = 4096
};

typedef struct coders {
    counting_allocator memory;
    bool python;
    uint32_t greatest; /* table of the decoders */
    h2_hpack_encoder *encoder;
    h2_hpack_decoder *decoder, *from_second;
#ifdef HAVE_NGHTTP2
    nghttp2_hd_inflater *inflater;
    nghttp2_hd_deflater *deflater;
#endif
} coders;

static bool same_field(const h2_header *a, const h2_header *b)
{
    return a->name_len == b->name_len && a->value_len == b->value_len &&
           (a->name_len == 0 || memcmp(a->name, b->name, a->name_len) == 0) &&
           (a->value_len == 0 || memcmp(a->value, b->value, a->value_len) == 0);
}

/* keeps_secrets: Python's hpack writes a field that stands in a table as a reference, whatever its flags. */
static void check_read(h2_hpack_decoder *decoder, const uint8_t *block, size_t len, const chosen_list *list,
                       bool keeps_secrets)
{
    const h2_header *fields;
    size_t count;
    CHECK(h2_hpack_decode(decoder, block, len, &fields, &count) == H2_OK);
    CHECK(count == list->count);
    for (size_t i = 0; i < count; i++) {
        CHECK(same_field(&fields[i], &list->fields[i]));
        if (keeps_secrets && (list->fields[i].flags & H2_HEADER_NEVER_INDEX))
            CHECK(fields[i].flags & H2_HEADER_NEVER_INDEX);
    }
}

#ifdef HAVE_NGHTTP2
static void check_inflated(coders *c, const uint8_t *block, size_t len, const chosen_list *list)
{
    size_t seen = 0;
    for (;;) {
        nghttp2_nv nv;
        int flags = 0;
        const ssize_t used = nghttp2_hd_inflate_hd2(c->inflater, &nv, &flags, block, len, 1);
        CHECK(used >= 0);
        block += used;
        len -= (size_t)used;
        if (flags & NGHTTP2_HD_INFLATE_EMIT) {
            const h2_header field = {.name = (const char *)nv.name,
                                     .name_len = nv.namelen,
                                     .value = (const char *)nv.value,
                                     .value_len = nv.valuelen};
            CHECK(seen < list->count && same_field(&field, &list->fields[seen]));
            seen++;
        }
        if (flags & NGHTTP2_HD_INFLATE_FINAL) break;
        CHECK(len > 0 || (flags & NGHTTP2_HD_INFLATE_EMIT));
    }
    CHECK(seen == list->count);
    CHECK(nghttp2_hd_inflate_end_headers(c->inflater) == 0);
}

static void check_deflated(coders *c, const chosen_list *list)
{
    nghttp2_nv nvs[CHOSEN_FIELDS];
    for (size_t i = 0; i < list->count; i++) {
        const h2_header *const f = &list->fields[i];
        nvs[i] = (nghttp2_nv){.name = (uint8_t *)(uintptr_t)f->name,
                              .namelen = f->name_len,
                              .value = (uint8_t *)(uintptr_t)f->value,
                              .valuelen = f->value_len,
                              .flags = f->flags & H2_HEADER_NEVER_INDEX ? NGHTTP2_NV_FLAG_NO_INDEX : 0};
    }
    const size_t cap = nghttp2_hd_deflate_bound(c->deflater, nvs, list->count);
    uint8_t *const block = must_malloc(cap);
    const ssize_t len = nghttp2_hd_deflate_hd(c->deflater, block, cap, nvs, list->count);
    CHECK(len >= 0);
    check_read(c->from_second, block, (size_t)len, list, true);
    free(block);
}
#endif

static void encode(coders *c, const chosen_list *list)
{
    const size_t bound = h2_hpack_encode_bound(list->fields, list->count);
    uint8_t *const block = must_malloc(bound);
    size_t len = 0;
    CHECK(h2_hpack_encode(c->encoder, list->fields, list->count, block, bound, &len) == H2_OK);
    CHECK(len <= bound);
    check_read(c->decoder, block, len, list, !c->python);
#ifdef HAVE_NGHTTP2
    check_inflated(c, block, len, list);
    check_deflated(c, list);
#endif
    free(block);
    CHECK(c->memory.wrong == 0);
}

static void resize(coders *c, uint32_t size)
{
    CHECK(h2_hpack_encoder_set_table_size(c->encoder, size) == H2_OK);
    CHECK(h2_hpack_decoder_set_max_table_size(c->from_second, size) == H2_OK);
    /* Python's hpack announces each size on the way to the last. */
    if (size > c->greatest || !c->python) c->greatest = size;
    CHECK(h2_hpack_decoder_set_max_table_size(c->decoder, c->greatest) == H2_OK);
#ifdef HAVE_NGHTTP2
    CHECK(nghttp2_hd_inflate_change_table_size(c->inflater, c->greatest) == 0);
    CHECK(nghttp2_hd_deflate_change_table_size(c->deflater, size) == 0);
#endif
}

static void open_coders(coders *c, unsigned how)
{
    counting_allocator_init(&c->memory);
    c->python = how & 1;
    c->greatest = 4096;
    const h2_profile policy = how & 1 ? H2_PROFILE_PYTHON : H2_PROFILE_RFC;
    CHECK(h2_hpack_encoder_new(&c->encoder, 4096, policy, &c->memory.base) == H2_OK);
    CHECK(h2_hpack_decoder_new(&c->decoder, 4096, UINT32_MAX, &c->memory.base) == H2_OK);
    CHECK(h2_hpack_decoder_new(&c->from_second, 4096, UINT32_MAX, &c->memory.base) == H2_OK);
#ifdef HAVE_NGHTTP2
    CHECK(nghttp2_hd_inflate_new(&c->inflater) == 0);
    CHECK(nghttp2_hd_deflate_new(&c->deflater, 65536) == 0);
    CHECK(nghttp2_hd_deflate_change_table_size(c->deflater, 4096) == 0);
#endif
}

static void close_coders(coders *c)
{
    h2_hpack_encoder_free(c->encoder);
    h2_hpack_decoder_free(c->decoder);
    h2_hpack_decoder_free(c->from_second);
    CHECK(counting_allocator_clean(&c->memory));
#ifdef HAVE_NGHTTP2
    nghttp2_hd_inflate_del(c->inflater);
    nghttp2_hd_deflate_del(c->deflater);
#endif
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint32_t sizes[] = {0, 31, 32, 64, 100, 200, 500, 1000, 4096, 8192, 65536, 33};
    if (size > MOST_INPUT) return 0;
    choices from = {data, size};
    coders c;
    open_coders(&c, choose(&from));
    while (from.len > 0) {
        const unsigned how = choose(&from);
        if (how % 8 == 7) {
            resize(&c, sizes[choose_below(&from, sizeof sizes / sizeof *sizes)]);
            continue;
        }
        chosen_list list;
        choose_list(&from, (chosen_kind)(how % 5), &list);
        encode(&c, &list);
    }
    close_coders(&c);
    return 0;
}
