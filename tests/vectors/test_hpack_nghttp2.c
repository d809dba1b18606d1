/* Header compression against libnghttp2, in both directions: what one writes the other reads, whatever the lists, the
 * table sizes and their changes; broken blocks are broken for both; and ours are no longer than its. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "guard.h"
#include "octets.h"
#include "stories.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_NGHTTP2

#include <nghttp2/nghttp2.h>

enum {
    MOST_FIELDS = 64,
    STORY_LISTS = 60,
    STORY_SEEDS = 4
};

static const uint32_t table_sizes[] = {0, 32, 33, 64, 100, 256, 1000, 4096, 8192, 65536};

static uint32_t random_size(uint64_t *state)
{
    return table_sizes[random_below(state, sizeof table_sizes / sizeof *table_sizes)];
}

static void fail_unequal(const char *what, const void *a, size_t a_len, const void *b, size_t b_len)
{
    octets text = {0};
    octets_quote(&text, a, a_len);
    octets_text(&text, " is not ");
    octets_quote(&text, b, b_len);
    fail_msg("%s: %s", what, octets_string(&text));
}

static void expect_field(const h2_header *field, const void *name, size_t name_len, const void *value,
                         size_t value_len, bool never)
{
    if (field->name_len != name_len || (name_len > 0 && memcmp(field->name, name, name_len) != 0))
        fail_unequal("name", name, name_len, field->name, field->name_len);
    if (field->value_len != value_len || (value_len > 0 && memcmp(field->value, value, value_len) != 0))
        fail_unequal("value", value, value_len, field->value, field->value_len);
    assert_int_equal(never, (field->flags & H2_HEADER_NEVER_INDEX) != 0);
}

/* Decodes with nghttp2 and calls `take` for each field; false when it refuses the block. */
static bool inflate(nghttp2_hd_inflater *inflater, const uint8_t *block, size_t len,
                    void (*take)(void *arg, const nghttp2_nv *field), void *arg)
{
    for (;;) {
        nghttp2_nv field;
        int flags = 0;
        const ssize_t used = nghttp2_hd_inflate_hd2(inflater, &field, &flags, block, len, 1);
        if (used < 0) return false;
        block += used;
        len -= (size_t)used;
        if (flags & NGHTTP2_HD_INFLATE_EMIT) take(arg, &field);
        if (flags & NGHTTP2_HD_INFLATE_FINAL) break;
    }
    nghttp2_hd_inflate_end_headers(inflater);
    return true;
}

typedef struct expected {
    const story_list *list;
    size_t next;
    bool flags_too;
} expected;

static void take_expected(void *arg, const nghttp2_nv *field)
{
    expected *e = arg;
    assert_true(e->next < e->list->count);
    h2_header want = e->list->fields[e->next++];
    const bool never = (field->flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0;
    if (!e->flags_too) want.flags = never ? H2_HEADER_NEVER_INDEX : 0;
    expect_field(&want, field->name, field->namelen, field->value, field->valuelen, never);
}

/* What the choosing policy keeps out of tables by itself. */
static bool is_secret(const h2_header *field)
{
    return (field->name_len == 13 && memcmp(field->name, "authorization", 13) == 0) ||
           (field->name_len == 6 && memcmp(field->name, "cookie", 6) == 0 && field->value_len < 20);
}

static void run_encoder(uint64_t seed, h2_profile policy)
{
    uint64_t state = seed;
    h2_hpack_encoder *encoder;
    nghttp2_hd_inflater *inflater;
    assert_int_equal(h2_hpack_encoder_new(&encoder, 4096, policy, NULL), H2_OK);
    assert_int_equal(nghttp2_hd_inflate_new(&inflater), 0);
    for (int i = 0; i < 60; i++) {
        /* Python's hpack tells every change, and nghttp2 refuses one that was above the last. */
        const size_t most = policy == H2_PROFILE_RFC ? 3 : 1;
        for (size_t changes = random_below(&state, 8) ? 0 : 1 + random_below(&state, most); changes > 0;
             changes--) {
            const uint32_t size = random_size(&state);
            assert_int_equal(h2_hpack_encoder_set_table_size(encoder, size), H2_OK);
            assert_int_equal(nghttp2_hd_inflate_change_table_size(inflater, size), 0);
        }
        story_list list = random_list(&state);
        const size_t cap = h2_hpack_encode_bound(list.fields, list.count);
        uint8_t *out = must_malloc(cap);
        size_t len = 0;
        assert_int_equal(h2_hpack_encode(encoder, list.fields, list.count, out, cap, &len), H2_OK);
        for (size_t k = 0; k < list.count; k++)
            if (policy == H2_PROFILE_RFC && is_secret(&list.fields[k]))
                list.fields[k].flags = H2_HEADER_NEVER_INDEX;
        /* An equal entry in a table is referred to by Python's hpack whatever the flag. */
        expected e = {.list = &list, .flags_too = policy == H2_PROFILE_RFC};
        assert_true(inflate(inflater, out, len, take_expected, &e));
        assert_int_equal(e.next, list.count);
        free(out);
        random_list_free(&list);
    }
    nghttp2_hd_inflate_del(inflater);
    h2_hpack_encoder_free(encoder);
}

static void test_nghttp2_reads_what_we_write(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        run_encoder(seed * 77, H2_PROFILE_RFC);
        run_encoder(seed * 77, H2_PROFILE_PYTHON);
    }
}

static size_t to_nghttp2(const story_list *list, nghttp2_nv *fields)
{
    for (size_t i = 0; i < list->count; i++)
        fields[i] = (nghttp2_nv){
            .name = (uint8_t *)(uintptr_t)list->fields[i].name,
            .value = (uint8_t *)(uintptr_t)list->fields[i].value,
            .namelen = list->fields[i].name_len,
            .valuelen = list->fields[i].value_len,
            .flags = list->fields[i].flags & H2_HEADER_NEVER_INDEX ? NGHTTP2_NV_FLAG_NO_INDEX : 0,
        };
    return list->count;
}

static void expect_list(const h2_header *fields, size_t count, const story_list *list)
{
    assert_int_equal(count, list->count);
    for (size_t i = 0; i < count; i++) {
        const h2_header *const want = &list->fields[i];
        const bool never = (want->flags & H2_HEADER_NEVER_INDEX) || is_secret(want);
        expect_field(&fields[i], want->name, want->name_len, want->value, want->value_len, never);
    }
}

static void run_decoder(uint64_t seed, guard *page)
{
    uint64_t state = seed;
    h2_hpack_decoder *decoder;
    nghttp2_hd_deflater *deflater;
    assert_int_equal(h2_hpack_decoder_new(&decoder, 4096, UINT32_MAX, NULL), H2_OK);
    assert_int_equal(nghttp2_hd_deflate_new(&deflater, 65536), 0);
    for (int i = 0; i < 60; i++) {
        for (size_t changes = random_below(&state, 8) ? 0 : 1 + random_below(&state, 3); changes > 0;
             changes--) {
            const uint32_t size = random_size(&state);
            assert_int_equal(h2_hpack_decoder_set_max_table_size(decoder, size), H2_OK);
            assert_int_equal(nghttp2_hd_deflate_change_table_size(deflater, size), 0);
        }
        story_list list = random_list(&state);
        nghttp2_nv fields[MOST_FIELDS];
        to_nghttp2(&list, fields);
        const size_t cap = nghttp2_hd_deflate_bound(deflater, fields, list.count);
        uint8_t *out = must_malloc(cap);
        const ssize_t len = nghttp2_hd_deflate_hd(deflater, out, cap, fields, list.count);
        assert_true(len >= 0);
        const h2_header *got = NULL;
        size_t count = 0;
        assert_int_equal(
            h2_hpack_decode(decoder, guard_place(page, out, (size_t)len), (size_t)len, &got, &count), H2_OK);
        guard_shut(page); /* nothing may point into the block */
        expect_list(got, count, &list);
        free(out);
        random_list_free(&list);
    }
    nghttp2_hd_deflate_del(deflater);
    h2_hpack_decoder_free(decoder);
}

static void test_we_read_what_nghttp2_writes(void **unused)
{
    (void)unused;
    guard page;
    guard_open(&page, 1 << 18);
    for (uint64_t seed = 1; seed <= 60; seed++)
        run_decoder(seed * 101, &page);
    guard_free(&page);
}

static void count_field(void *arg, const nghttp2_nv *field)
{
    (void)field;
    ++*(size_t *)arg;
}

/* Damages octets of good blocks: both must refuse the same ones and find as many fields in the others. */
static void test_broken_blocks_are_broken_for_both(void **unused)
{
    (void)unused;
    guard page;
    guard_open(&page, 1 << 18);
    uint64_t state = 12345;
    size_t refused = 0, accepted = 0;
    for (int round = 0; round < 12000; round++) {
        h2_hpack_encoder *encoder;
        h2_hpack_decoder *decoder;
        nghttp2_hd_inflater *inflater;
        assert_int_equal(
            h2_hpack_encoder_new(&encoder, 4096, round % 2 ? H2_PROFILE_PYTHON : H2_PROFILE_RFC, NULL),
            H2_OK);
        assert_int_equal(h2_hpack_decoder_new(&decoder, 4096, UINT32_MAX, NULL), H2_OK);
        assert_int_equal(nghttp2_hd_inflate_new(&inflater), 0);
        story_list list = random_list(&state);
        const size_t used = list.count < 6 ? list.count : 6;
        const size_t cap = h2_hpack_encode_bound(list.fields, used);
        uint8_t *block = must_malloc(cap);
        size_t len = 0;
        assert_int_equal(h2_hpack_encode(encoder, list.fields, used, block, cap, &len), H2_OK);
        for (size_t hits = 1 + random_below(&state, 3); len > 0 && hits > 0; hits--) {
            const size_t at = random_below(&state, len < 40 ? len : 40);
            block[at] =
                (uint8_t)(random_below(&state, 2) ? random_below(&state, 256) : block[at] ^ 1u << (at & 7));
        }
        if (len > 0 && random_below(&state, 5) == 0) len -= 1 + random_below(&state, len);
        const h2_header *fields;
        size_t count = 0, other = 0;
        const h2_status status =
            h2_hpack_decode(decoder, guard_place(&page, block, len), len, &fields, &count);
        const bool good = inflate(inflater, block, len, count_field, &other);
        if ((status == H2_OK) != good) {
            octets text = {0};
            octets_quote(&text, block, len);
            fail_msg("round %d: we say %d, nghttp2 says %d: %s", round, (int)status, good,
                     octets_string(&text));
        }
        if (good) assert_int_equal(count, other);
        *(good ? &accepted : &refused) += 1;
        free(block);
        random_list_free(&list);
        nghttp2_hd_inflate_del(inflater);
        h2_hpack_decoder_free(decoder);
        h2_hpack_encoder_free(encoder);
    }
    assert_true(refused > 1000);
    assert_true(accepted > 1000);
    guard_free(&page);
}

static size_t length_by_nghttp2(const story *s)
{
    nghttp2_hd_deflater *deflater;
    assert_int_equal(nghttp2_hd_deflate_new(&deflater, 4096), 0);
    size_t sum = 0;
    static uint8_t out[1 << 16];
    for (size_t i = 0; i < s->count; i++) {
        nghttp2_nv fields[MOST_FIELDS];
        to_nghttp2(&s->lists[i], fields);
        const ssize_t len = nghttp2_hd_deflate_hd(deflater, out, sizeof out, fields, s->lists[i].count);
        assert_true(len >= 0);
        sum += (size_t)len;
    }
    nghttp2_hd_deflate_del(deflater);
    return sum;
}

static size_t length_by_us(const story *s)
{
    h2_hpack_encoder *encoder;
    assert_int_equal(h2_hpack_encoder_new(&encoder, 4096, H2_PROFILE_RFC, NULL), H2_OK);
    size_t sum = 0;
    static uint8_t out[1 << 16];
    for (size_t i = 0; i < s->count; i++) {
        size_t len = 0;
        assert_int_equal(
            h2_hpack_encode(encoder, s->lists[i].fields, s->lists[i].count, out, sizeof out, &len), H2_OK);
        sum += len;
    }
    h2_hpack_encoder_free(encoder);
    return sum;
}

static void test_our_blocks_are_no_longer_than_those_of_nghttp2(void **unused)
{
    (void)unused;
    for (int kind = 0; kind < STORY_KINDS; kind++) {
        size_t ours = 0, theirs = 0, plain = 0;
        for (uint64_t seed = 0; seed < STORY_SEEDS; seed++) {
            story *s = story_make((story_kind)kind, seed, STORY_LISTS);
            ours += length_by_us(s);
            theirs += length_by_nghttp2(s);
            plain += s->octets;
            story_free(s);
        }
        print_message("%s: %zu octets, nghttp2 %zu, plain %zu\n", story_name((story_kind)kind), ours, theirs,
                      plain);
        assert_true(ours <= theirs);
    }
}

static void take_value(void *arg, const nghttp2_nv *field)
{
    octets_put(arg, field->value, field->valuelen);
}

/* A literal without indexing whose value is the given code. */
static void put_literal(octets *block, const uint8_t *code, size_t len)
{
    octets_put(block, "\x00\x01x", 3);
    octets_u8(block, 0x80 | (unsigned)len);
    octets_put(block, code, len);
}

static bool nghttp2_decodes(const uint8_t *code, size_t len, octets *value)
{
    octets block = {0};
    put_literal(&block, code, len);
    nghttp2_hd_inflater *inflater;
    assert_int_equal(nghttp2_hd_inflate_new(&inflater), 0);
    octets_clear(value);
    const bool good = inflate(inflater, block.data, block.len, take_value, value);
    nghttp2_hd_inflate_del(inflater);
    octets_free(&block);
    return good;
}

static void check_code(guard *page, h2_hpack_decoder *decoder, const uint8_t *code, size_t len, octets *value)
{
    octets block = {0};
    put_literal(&block, code, len);
    const bool good = nghttp2_decodes(code, len, value);
    const h2_header *fields;
    size_t count = 0;
    const h2_status status =
        h2_hpack_decode(decoder, guard_place(page, block.data, block.len), block.len, &fields, &count);
    if (good != (status == H2_OK)) fail_unequal("code", code, len, good ? "good" : "bad", 4);
    if (good) expect_field(&fields[0], "x", 1, value->data, value->len, false);
    octets_free(&block);
}

static void test_huffman_strings_read_as_nghttp2_reads_them(void **unused)
{
    (void)unused;
    guard page;
    guard_open(&page, 4096);
    octets value = {0};
    h2_hpack_decoder *decoder;
    assert_int_equal(h2_hpack_decoder_new(&decoder, 4096, UINT32_MAX, NULL), H2_OK);
    uint64_t state = 99;
    uint8_t code[120];
    for (unsigned pair = 0; pair < 65536; pair++) {
        code[0] = (uint8_t)(pair >> 8);
        code[1] = (uint8_t)pair;
        check_code(&page, decoder, code, pair & 1 ? 2 : 1 + (pair >> 15), &value);
    }
    for (int round = 0; round < 60000; round++) {
        const size_t len = random_below(&state, round % 8 ? 24 : sizeof code);
        for (size_t i = 0; i < len; i++)
            code[i] = (uint8_t)(random_below(&state, 3) ? random_next(&state) : 0xff);
        if (len > 0 && random_below(&state, 2)) code[len - 1] |= 0x7f;
        check_code(&page, decoder, code, len, &value);
    }
    h2_hpack_decoder_free(decoder);
    octets_free(&value);
    guard_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nghttp2_reads_what_we_write),
        cmocka_unit_test(test_we_read_what_nghttp2_writes),
        cmocka_unit_test(test_broken_blocks_are_broken_for_both),
        cmocka_unit_test(test_our_blocks_are_no_longer_than_those_of_nghttp2),
        cmocka_unit_test(test_huffman_strings_read_as_nghttp2_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return 77; /* skipped: there is no nghttp2 */
}

#endif
