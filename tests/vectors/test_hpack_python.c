/* Header compression in the Python policy, against what Python's hpack wrote and read (hpack_python.py records it): the
 * blocks that we write equal its, octet for octet; of the blocks that it reads we find the same fields, and we refuse
 * those that it refuses, for the same reason. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "guard.h"
#include "hpack/decoder.h"
#include "hpack/encoder.h"
#include "vector_file.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_FIELDS = 64,
    MOST_OCTETS = 1 << 16
};

typedef struct run {
    vector_file file;
    h2_memory memory;
    h2_hpack_encoder encoder;
    h2_hpack_decoder decoder;
    guard page;
    octets block;
    h2_decode_result result;
    h2_field_list list;
    h2_header fields[MOST_FIELDS]; /* as the file has them */
    size_t count, wanted;
    size_t checked;
} run;

static void run_open(run *r)
{
    *r = (run){.count = 0};
    vectors_open(&r->file, "tests/vectors/hpack_python.txt");
    h2_memory_init(&r->memory, NULL);
    h2_encoder_init(&r->encoder, &r->memory, 4096, true);
    h2_decoder_init(&r->decoder, &r->memory, 4096);
    guard_open(&r->page, MOST_OCTETS);
}

static void forget_fields(run *r)
{
    for (size_t i = 0; i < r->count; i++) {
        free((void *)(uintptr_t)r->fields[i].name);
        free((void *)(uintptr_t)r->fields[i].value);
    }
    r->count = 0;
}

static void run_close(run *r)
{
    forget_fields(r);
    h2_encoder_release(&r->encoder);
    h2_decoder_release(&r->decoder);
    assert_int_equal(r->memory.used, 0);
    guard_free(&r->page);
    octets_free(&r->block);
    vectors_close(&r->file);
}

static void read_field(run *r, const char *text)
{
    assert_true(r->count < MOST_FIELDS);
    octets name = {0}, value = {0};
    octets_put(&name, "", 0); /* so that empty ones are not NULL */
    octets_put(&value, "", 0);
    vectors_hex(&name, &text);
    vectors_hex(&value, &text);
    r->fields[r->count++] = (h2_header){.name = (const char *)name.data,
                                        .name_len = name.len,
                                        .value = (const char *)value.data,
                                        .value_len = value.len,
                                        .flags = strcmp(text, "never") == 0 ? H2_HEADER_NEVER_INDEX : 0};
}

static void check_encoder(run *r)
{
    uint8_t *out = must_malloc(h2_hpack_encode_bound(r->fields, r->count));
    size_t len = 0;
    assert_true(h2_encoder_bound(&r->encoder, r->count, h2_encoder_octets(r->fields, r->count)) <=
                h2_hpack_encode_bound(r->fields, r->count));
    assert_int_equal(h2_encoder_encode(&r->encoder, r->fields, r->count, out, &len), H2_OK);
    if (len != r->block.len || (len > 0 && memcmp(out, r->block.data, len) != 0))
        fail_msg("line %d: another block", r->file.number);
    free(out);
    forget_fields(r);
    r->checked++;
}

static void test_blocks_equal_those_of_hpack(void **unused)
{
    (void)unused;
    run r;
    run_open(&r);
    while (vectors_next(&r.file) && strcmp(r.file.keyword, "decoder") != 0) {
        const char *rest = r.file.rest;
        if (strcmp(r.file.keyword, "encoder") == 0) {
            h2_encoder_release(&r.encoder);
            h2_encoder_init(&r.encoder, &r.memory, 4096, true);
        } else if (strcmp(r.file.keyword, "size") == 0) {
            assert_int_equal(h2_encoder_set_table_size(&r.encoder, (uint32_t)strtoul(rest, NULL, 10)), H2_OK);
        } else if (strcmp(r.file.keyword, "field") == 0) {
            read_field(&r, rest);
        } else {
            assert_string_equal(r.file.keyword, "block");
            vectors_hex(&r.block, &rest);
            check_encoder(&r);
        }
    }
    assert_true(r.checked > 120);
    run_close(&r);
}

static void decode_block(run *r, const char *hex)
{
    /* As the Python profile does: the first field too many ends it. */
    static const h2_block_limits limits = {.list_size = 1200,
                                           .hard_list_size = 1200,
                                           .fields = SIZE_MAX,
                                           .size_updates = SIZE_MAX,
                                           .stop_at_list_size = true};
    vectors_hex(&r->block, &hex);
    const uint8_t *const block = guard_place(&r->page, r->block.data, r->block.len);
    r->result = h2_decoder_decode(&r->decoder, block, r->block.len, &limits, &r->list);
    guard_shut(&r->page);
    r->checked++;
}

static bool is_equal(const h2_header *a, const h2_header *b)
{
    return a->name_len == b->name_len && a->value_len == b->value_len && a->flags == b->flags &&
           memcmp(a->name, b->name, a->name_len) == 0 && memcmp(a->value, b->value, a->value_len) == 0;
}

static void expect_result(run *r, h2_decode_result want)
{
    if (r->result != want) fail_msg("line %d: result %d, not %d", r->file.number, (int)r->result, (int)want);
}

static void check_field(run *r)
{
    read_field(r, r->file.rest);
    assert_true(r->count <= r->list.count);
    if (!is_equal(&r->fields[r->count - 1], &r->list.fields[r->count - 1]))
        fail_msg("line %d: another field", r->file.number);
}

static void test_blocks_are_read_as_hpack_reads_them(void **unused)
{
    (void)unused;
    run r;
    run_open(&r);
    bool decoding = false;
    while (vectors_next(&r.file)) {
        const char *const keyword = r.file.keyword, *const rest = r.file.rest;
        if (strcmp(keyword, "decoder") == 0) {
            decoding = true;
            h2_decoder_release(&r.decoder);
            h2_decoder_init(&r.decoder, &r.memory, 4096);
        } else if (!decoding) {
            continue;
        } else if (strcmp(keyword, "max") == 0) {
            h2_decoder_set_max_table_size(&r.decoder, (uint32_t)strtoul(rest, NULL, 10));
        } else if (strcmp(keyword, "block") == 0) {
            forget_fields(&r);
            decode_block(&r, rest);
        } else if (strcmp(keyword, "fields") == 0) {
            expect_result(&r, H2_DECODE_OK);
            assert_int_equal(r.list.count, strtoul(rest, NULL, 10));
        } else if (strcmp(keyword, "field") == 0) {
            check_field(&r);
        } else {
            expect_result(&r, strcmp(keyword, "broken") == 0 ? H2_DECODE_BROKEN : H2_DECODE_TOO_LARGE);
        }
    }
    assert_true(r.checked > 150);
    run_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_equal_those_of_hpack),
        cmocka_unit_test(test_blocks_are_read_as_hpack_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
