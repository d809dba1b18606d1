/* The HPACK decoder where a list has the entries of the last one in the same places: they are what the table says, whatever
 * happened to it and to the list meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hpack/decoder.h"
#include "no_limits.h"

#include <stdio.h>
#include <string.h>

typedef struct bench {
    h2_memory memory;
    h2_hpack_decoder decoder;
    h2_field_list list;
} bench;

static void bench_open(bench *b)
{
    h2_memory_init(&b->memory, NULL);
    h2_decoder_init(&b->decoder, &b->memory, 4096);
}

static void bench_close(bench *b)
{
    h2_decoder_release(&b->decoder);
    assert_int_equal(b->memory.used, 0);
}

static h2_decode_result decode(bench *b, const void *block, size_t len)
{
    return h2_decoder_decode(&b->decoder, block, len, &no_limits, &b->list);
}

static void expect_field(const bench *b, size_t at, const char *name, const char *value, unsigned flags)
{
    assert_true(at < b->list.count);
    const h2_header *const field = &b->list.fields[at];
    assert_int_equal(field->name_len, strlen(name));
    assert_memory_equal(field->name, name, field->name_len);
    assert_int_equal(field->value_len, strlen(value));
    assert_memory_equal(field->value, value, field->value_len);
    assert_int_equal(field->flags, flags);
}

#define EXPECT_DECODED(b, literal) assert_int_equal(decode(b, literal, sizeof(literal) - 1), H2_DECODE_OK)

/* Fields of which the next list has the same entries in the same places are left there; whatever comes between. */
static void test_entries_in_their_places_again(void **unused)
{
    (void)unused;
    bench b;
    bench_open(&b);
    EXPECT_DECODED(&b, "\x82\x40\x01x\x01y\x00\x01n\x01m\x87");
    EXPECT_DECODED(&b, "\x82\xbe\x84\x87");
    /* A literal where nothing is known, and an index that is none. */
    EXPECT_DECODED(&b, "\x00\x01q\x01r");
    assert_int_equal(decode(&b, "\x80", 1), H2_DECODE_BROKEN);
    EXPECT_DECODED(&b, "\x82\xbe\x84\x87");
    expect_field(&b, 1, "x", "y", 0);

    /* Another entry pushes the index on; the old one is another's now. */
    EXPECT_DECODED(&b, "\x40\x01z\x01w");
    EXPECT_DECODED(&b, "\x82\xbe\x84");
    EXPECT_DECODED(&b, "\x82\xbf\x84\xbe");
    expect_field(&b, 1, "x", "y", 0);
    expect_field(&b, 3, "z", "w", 0);

    /* Flags are gone where the caller told of them, and so is what was moved. */
    b.list.fields[1].flags = H2_HEADER_NEVER_INDEX;
    b.list.fields[2] = b.list.fields[3];
    h2_decoder_fields_changed(&b.decoder, 1);
    EXPECT_DECODED(&b, "\x82\xbf\x84\xbe");
    expect_field(&b, 1, "x", "y", 0);
    expect_field(&b, 2, ":path", "/", 0);

    /* The entries leave: neither the next index nor theirs is one. */
    EXPECT_DECODED(&b, "\x20\x3f\xe1\x1f\x82");
    assert_int_equal(decode(&b, "\x82\xbf", 2), H2_DECODE_BROKEN);
    bench_close(&b);
}

/* The same while entries' octets move, in a table that is full, and while their numbers begin anew. */
static void test_entries_in_their_places_while_the_table_moves(void **unused)
{
    (void)unused;
    enum {
        FIRST = 400 /* blocks before the numbers begin anew */
    };
    bench b;
    bench_open(&b);
    b.decoder.table.next = UINT32_MAX - FIRST;
    EXPECT_DECODED(&b, "\x40\x05never\x02no");
    for (unsigned i = 0; i < 4 * FIRST; i++) {
        /* An entry, then itself, the one before and one of the static table. The lists after it have them in other places. */
        uint8_t block[] = "\x40\x02n.\x04....\xbe\xbf\x84\xbe";
        char value[5], before[5];
        snprintf(value, sizeof value, "%04u", i);
        snprintf(before, sizeof before, "%04u", i - 1);
        memcpy(block + 5, value, 4);
        assert_int_equal(decode(&b, block, sizeof block - 1), H2_DECODE_OK);
        for (size_t at = 0; at < 5; at += at == 1 ? 3 : 1)
            expect_field(&b, at, "n.", value, 0);
        if (i > 0) expect_field(&b, 2, "n.", before, 0);
        EXPECT_DECODED(&b, "\xbe\x82\xbf\x84\xbe\x82\xbe");
        for (unsigned round = 0; round < 2; round++) {
            EXPECT_DECODED(&b, "\xbe\xbe\xbf\x84\xbe\x82\xbf");
            expect_field(&b, 0, "n.", value, 0);
            expect_field(&b, 1, "n.", value, 0);
            expect_field(&b, 3, ":path", "/", 0);
            if (i > 0) expect_field(&b, 6, "n.", before, 0);
        }
    }
    bench_close(&b);
}

/* An index of the static table is not the number of an entry where that stood, nor the other way round. */
static void test_low_numbers_are_no_static_indices(void **unused)
{
    (void)unused;
    bench b;
    bench_open(&b);
    b.decoder.table.next = UINT32_MAX;
    for (uint32_t i = 0; i < 200; i++) {
        EXPECT_DECODED(&b, "\x40\x01x\x01y");
        for (uint8_t index = 1; index <= 61; index++) {
            const uint8_t one = (uint8_t)(0x80 | index);
            uint8_t other = 0xbe;
            assert_int_equal(decode(&b, &one, 1), H2_DECODE_OK);
            for (uint32_t age = 0; age <= i && age < 60; age += 7) {
                other = (uint8_t)(0xbe + age);
                assert_int_equal(decode(&b, &other, 1), H2_DECODE_OK);
                expect_field(&b, 0, "x", "y", 0);
                assert_int_equal(decode(&b, &one, 1), H2_DECODE_OK);
                assert_true(b.list.fields[0].name_len > 1);
            }
        }
    }
    bench_close(&b);
}

/* The same in a table of so few entries that each has an index of one octet. */
static void test_numbers_of_few_entries_are_no_static_indices(void **unused)
{
    (void)unused;
    enum {
        ROUNDS = 200,
        LONG = 60 /* octets of a value: 44 entries fill the table */
    };
    bench b;
    bench_open(&b);
    b.decoder.table.next = UINT32_MAX;
    uint8_t literal[4 + LONG] = "\x40\x01x\x3c";
    memset(literal + 4, 'y', LONG);
    for (unsigned i = 0; i < ROUNDS; i++) {
        assert_int_equal(decode(&b, literal, sizeof literal), H2_DECODE_OK);
        for (uint32_t age = 0; age < b.decoder.table.count; age++) {
            const uint8_t entry = (uint8_t)(0xbe + age);
            EXPECT_DECODED(&b, "\xbd");
            expect_field(&b, 0, "www-authenticate", "", 0);
            assert_int_equal(decode(&b, &entry, 1), H2_DECODE_OK);
            assert_int_equal(b.list.fields[0].name_len, 1);
        }
    }
    assert_int_equal(b.decoder.table.count, 44);
    bench_close(&b);
}

/* Behind the fields of which it is known where they are from, an index ends a list that is too large as it does before, one
 * of no entry breaks the block, and one of two octets is no shorter one. */
static void test_indices_behind_the_places(void **unused)
{
    (void)unused;
    enum {
        MANY = 40,
        COST = 7 + 3 + 32 /* of ":method: GET" */
    };
    bench b;
    bench_open(&b);
    uint8_t block[MANY + 2];
    memset(block, 0x82, sizeof block);
    for (size_t most = 1; most <= MANY; most++) {
        const h2_block_limits limits = {.list_size = most * COST,
                                        .hard_list_size = SIZE_MAX,
                                        .fields = SIZE_MAX,
                                        .size_updates = SIZE_MAX};
        const h2_decode_result fitting = h2_decoder_decode(&b.decoder, block, most, &limits, &b.list);
        assert_int_equal(fitting, H2_DECODE_OK);
        assert_int_equal(b.list.count, most);
        const h2_decode_result large = h2_decoder_decode(&b.decoder, block, most + 1, &limits, &b.list);
        assert_int_equal(large, H2_DECODE_TOO_LARGE);
    }
    block[MANY] = 0xbe;
    assert_int_equal(decode(&b, block, MANY + 1), H2_DECODE_BROKEN);
    for (unsigned i = 0; i < 100; i++)
        EXPECT_DECODED(&b, "\x40\x01x\x01y");
    EXPECT_DECODED(&b, "\x40\x01z\x01w");
    for (unsigned i = 0; i < 65; i++)
        EXPECT_DECODED(&b, "\x40\x01x\x01y");
    block[MANY] = 0xff;
    block[MANY + 1] = 0;
    assert_int_equal(decode(&b, block, sizeof block), H2_DECODE_OK);
    assert_int_equal(b.list.count, MANY + 1);
    expect_field(&b, MANY, "z", "w", 0);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_entries_in_their_places_again),
        cmocka_unit_test(test_entries_in_their_places_while_the_table_moves),
        cmocka_unit_test(test_low_numbers_are_no_static_indices),
        cmocka_unit_test(test_numbers_of_few_entries_are_no_static_indices),
        cmocka_unit_test(test_indices_behind_the_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
