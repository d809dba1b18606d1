/* Header blocks of anybody's making are decoded (RFC 7541), by the library and by libnghttp2: both accept the same, and
 * read the same. */
#include "fuzz.h"

#include "counting_allocator.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_NGHTTP2
#include <nghttp2/nghttp2.h>
#endif

const fuzz_shape fuzz_target_shape = FUZZ_BLOCKS;

enum {
    MOST_INPUT = 16384
};

typedef struct coders {
    counting_allocator memory;
    h2_hpack_decoder *decoder;
#ifdef HAVE_NGHTTP2
    nghttp2_hd_inflater *second;
#endif
} coders;

#ifdef HAVE_NGHTTP2
/* Decodes with libnghttp2; false when it refuses. What it emits is compared as far as the list goes. */
static bool inflate(coders *c, const uint8_t *block, size_t len, const h2_header *fields, size_t count,
                    size_t *seen)
{
    *seen = 0;
    for (;;) {
        nghttp2_nv nv;
        int flags = 0;
        const ssize_t used = nghttp2_hd_inflate_hd2(c->second, &nv, &flags, block, len, 1);
        if (used < 0) return false;
        block += used;
        len -= (size_t)used;
        if (flags & NGHTTP2_HD_INFLATE_EMIT) {
            if (fields && *seen < count) {
                const h2_header *const f = &fields[*seen];
                CHECK(f->name_len == nv.namelen &&
                      (nv.namelen == 0 || memcmp(f->name, nv.name, nv.namelen) == 0));
                CHECK(f->value_len == nv.valuelen &&
                      (nv.valuelen == 0 || memcmp(f->value, nv.value, nv.valuelen) == 0));
                CHECK(!(f->flags & H2_HEADER_NEVER_INDEX) == !(nv.flags & NGHTTP2_NV_FLAG_NO_INDEX));
            }
            (*seen)++;
        }
        if (flags & NGHTTP2_HD_INFLATE_FINAL) break;
        if (len == 0 && !(flags & NGHTTP2_HD_INFLATE_EMIT)) return false;
    }
    return nghttp2_hd_inflate_end_headers(c->second) == 0 && len == 0;
}
#endif

/* False: the decoder is of no more use. */
static bool decode(coders *c, const uint8_t *block, size_t len)
{
    uint8_t *const exact = must_malloc(len);
    if (len > 0) memcpy(exact, block, len);
    const h2_header *fields = NULL;
    size_t count = 0;
    const h2_status status = h2_hpack_decode(c->decoder, exact, len, &fields, &count);
    CHECK(status == H2_OK || status == H2_ERROR_PROTOCOL || status == H2_ERROR_DENIAL_OF_SERVICE);
    CHECK(c->memory.wrong == 0);
    bool going_on = status != H2_ERROR_PROTOCOL;
    for (size_t i = 0; status == H2_OK && i < count; i++)
        CHECK(fields[i].name != NULL && fields[i].value != NULL);
#ifdef HAVE_NGHTTP2
    size_t seen;
    const bool accepted = inflate(c, exact, len, status == H2_OK ? fields : NULL, count, &seen);
    /* An oversized list may end decoding four times past its bound. */
    if (status == H2_OK) CHECK(accepted && seen == count);
    if (status == H2_ERROR_PROTOCOL) CHECK(!accepted);
    if (status == H2_ERROR_DENIAL_OF_SERVICE && !accepted) going_on = false;
#endif
    free(exact);
    return going_on;
}

static void open_coders(coders *c, const uint8_t *options)
{
    static const uint32_t tables[] = {4096, 0, 64, 65536}, lists[] = {65536, UINT32_MAX, 200, 0};
    counting_allocator_init(&c->memory);
    const uint32_t table = tables[options[0] % 4], list = lists[options[1] % 4];
    CHECK(h2_hpack_decoder_new(&c->decoder, table, list, &c->memory.base) == H2_OK);
#ifdef HAVE_NGHTTP2
    CHECK(nghttp2_hd_inflate_new(&c->second) == 0);
    if (table != 4096) CHECK(nghttp2_hd_inflate_change_table_size(c->second, table) == 0);
#endif
}

static void close_coders(coders *c)
{
    h2_hpack_decoder_free(c->decoder);
    CHECK(counting_allocator_clean(&c->memory));
#ifdef HAVE_NGHTTP2
    nghttp2_hd_inflate_del(c->second);
#endif
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < FUZZ_OPTIONS || size > MOST_INPUT) return 0;
    coders c;
    open_coders(&c, data);
    for (size_t at = FUZZ_OPTIONS; size - at >= 2;) {
        size_t len = (size_t)data[at] << 8 | data[at + 1];
        at += 2;
        if (len > size - at) len = size - at;
        if (!decode(&c, data + at, len)) break;
        at += len;
    }
    close_coders(&c);
    return 0;
}
