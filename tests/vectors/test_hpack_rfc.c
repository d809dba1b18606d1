/* Every example of RFC 7541 appendix C: blocks are read as it says, the table is what it shows, and where all strings
 * are in Huffman code, blocks are written as it writes them. Appendix C.1 is in the unit tests of integers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "guard.h"
#include "hpack/decoder.h"
#include "hpack/encoder.h"
#include "no_limits.h"
#include "vector_file.h"

#include <stdlib.h>
#include <string.h>

enum {
    MOST_FIELDS = 16,
    MOST_OCTETS = 4096
};

typedef struct text_list {
    char *lines[MOST_FIELDS];
    size_t count;
} text_list;

typedef struct example {
    octets block;
    text_list fields, entries;
    uint32_t size;
} example;

static void example_free(example *e)
{
    octets_free(&e->block);
    for (size_t i = 0; i < MOST_FIELDS; i++) {
        free(e->fields.lines[i]);
        free(e->entries.lines[i]);
    }
    *e = (example){.size = 0};
}

/* "name: value", whose name may begin with a colon. */
static h2_header field_of(const char *line)
{
    const char *const colon = strchr(line + 1, ':');
    assert_non_null(colon);
    return (h2_header){
        .name = line, .name_len = (size_t)(colon - line), .value = colon + 2, .value_len = strlen(colon + 2)};
}

static void expect_equal(const char *line, const char *name, size_t name_len, const char *value,
                         size_t value_len)
{
    const h2_header want = field_of(line);
    assert_int_equal(name_len, want.name_len);
    assert_memory_equal(name, want.name, name_len);
    assert_int_equal(value_len, want.value_len);
    if (value_len > 0) assert_memory_equal(value, want.value, value_len);
}

static void check_table(const h2_table *table, const example *e)
{
    assert_int_equal(table->size, e->size);
    assert_int_equal(table->count, e->entries.count);
    for (uint32_t age = 0; age < table->count; age++) {
        const h2_table_view entry = h2_table_at(table, table->next - 1 - age);
        expect_equal(e->entries.lines[age], entry.name, entry.name_len, entry.name + entry.name_len,
                     entry.value_len);
    }
}

static void check_decoder(h2_hpack_decoder *decoder, guard *page, const example *e)
{
    h2_field_list list;
    const uint8_t *const block = guard_place(page, e->block.data, e->block.len);
    assert_int_equal(h2_decoder_decode(decoder, block, e->block.len, &no_limits, &list), H2_DECODE_OK);
    guard_shut(page);
    assert_int_equal(list.count, e->fields.count);
    for (size_t i = 0; i < list.count; i++) {
        const h2_header *const field = &list.fields[i];
        expect_equal(e->fields.lines[i], field->name, field->name_len, field->value, field->value_len);
        assert_int_equal(list.notes[i].token, h2_token_of(field->name, field->name_len));
        assert_int_equal(list.notes[i].clean, 1);
    }
    check_table(&decoder->table, e);
}

static void check_encoder(h2_hpack_encoder *encoder, const example *e)
{
    h2_header fields[MOST_FIELDS];
    for (size_t i = 0; i < e->fields.count; i++)
        fields[i] = field_of(e->fields.lines[i]);
    uint8_t out[MOST_OCTETS];
    size_t len = 0;
    assert_true(h2_encoder_bound(encoder, e->fields.count, h2_encoder_octets(fields, e->fields.count)) <=
                sizeof out);
    const bool announced = encoder->change_count > 0;
    assert_int_equal(h2_encoder_encode(encoder, fields, e->fields.count, out, &len), H2_OK);
    const size_t update = announced ? 3 : 0; /* 3f e1 01 */
    assert_int_equal(len - update, e->block.len);
    assert_memory_equal(out + update, e->block.data, e->block.len);
    check_table(&encoder->table, e);
}

typedef struct reader {
    vector_file file;
    bool more;
} reader;

static bool next_example(reader *r, example *e, uint32_t *start)
{
    example_free(e);
    *start = 0;
    while (r->more) {
        const char *const keyword = r->file.keyword, *rest = r->file.rest;
        if (strcmp(keyword, "start") == 0) *start = (uint32_t)strtoul(rest, NULL, 10);
        if (strcmp(keyword, "block") == 0) vectors_hex(&e->block, &rest);
        if (strcmp(keyword, "field") == 0) e->fields.lines[e->fields.count++] = strdup(rest);
        if (strcmp(keyword, "entry") == 0) e->entries.lines[e->entries.count++] = strdup(rest);
        const bool last = strcmp(keyword, "size") == 0;
        if (last) e->size = (uint32_t)strtoul(rest, NULL, 10);
        r->more = vectors_next(&r->file);
        if (last) return true;
    }
    return false;
}

static void open_examples(reader *r)
{
    vectors_open(&r->file, "tests/vectors/hpack_rfc7541.txt");
    r->more = vectors_next(&r->file);
}

static void test_blocks_are_read(void **unused)
{
    (void)unused;
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    h2_hpack_decoder decoder;
    h2_decoder_init(&decoder, &memory, 4096);
    guard page;
    guard_open(&page, MOST_OCTETS);
    reader r;
    open_examples(&r);
    example e = {.size = 0};
    uint32_t start;
    size_t count = 0;
    for (; next_example(&r, &e, &start); count++) {
        if (start != 0) {
            h2_decoder_release(&decoder);
            h2_decoder_init(&decoder, &memory, 4096);
        }
        if (start == 256) {
            h2_field_list list;
            static const uint8_t update[] = {0x3f, 0xe1, 0x01};
            assert_int_equal(h2_decoder_decode(&decoder, update, sizeof update, &no_limits, &list),
                             H2_DECODE_OK);
            assert_int_equal(decoder.table.limit, 256);
        }
        check_decoder(&decoder, &page, &e);
    }
    assert_int_equal(count, 16);
    vectors_close(&r.file);
    h2_decoder_release(&decoder);
    guard_free(&page);
    assert_int_equal(memory.used, 0);
}

static void test_blocks_in_huffman_code_are_written(void **unused)
{
    (void)unused;
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    reader r;
    open_examples(&r);
    example e = {.size = 0};
    uint32_t start;
    h2_hpack_encoder as_python, choosing;
    h2_encoder_init(&as_python, &memory, 4096, true);
    h2_encoder_init(&choosing, &memory, 4096, false);
    for (size_t number = 1; next_example(&r, &e, &start); number++) {
        if (start != 0) {
            h2_encoder_release(&as_python);
            h2_encoder_release(&choosing);
            h2_encoder_init(&as_python, &memory, start, true);
            h2_encoder_init(&choosing, &memory, start, false);
        }
        const bool c4 = number >= 8 && number <= 10, c6 = number >= 14;
        if (c4 || c6) check_encoder(&as_python, &e);
        if (c4) check_encoder(&choosing, &e); /* which would not enter the location of C.6 */
    }
    h2_encoder_release(&as_python);
    h2_encoder_release(&choosing);
    vectors_close(&r.file);
    assert_int_equal(memory.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks_are_read),
        cmocka_unit_test(test_blocks_in_huffman_code_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
