/* What the encoder finds in its table: fields that are alike but for an octet, fields of one hash, and how far it looks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hpack/encoder.h"
#include "octets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ROOM = 256
};

typedef struct bench {
    h2_memory memory;
    h2_hpack_encoder encoder;
    uint8_t out[ROOM];
} bench;

/* A block of fields of which each is short; returns its length. */
static size_t encode(bench *b, const h2_header *fields, size_t count)
{
    size_t len;
    assert_true(h2_encoder_bound(&b->encoder, count, h2_encoder_octets(fields, count)) <= ROOM);
    assert_int_equal(h2_encoder_encode(&b->encoder, fields, count, b->out, &len), H2_OK);
    return len;
}

static void bench_open(bench *b)
{
    h2_memory_init(&b->memory, NULL);
    h2_encoder_init(&b->encoder, &b->memory, 65536, false);
    assert_int_equal(encode(b, NULL, 0), 4); /* the size of the table */
}

static void bench_close(bench *b)
{
    h2_encoder_release(&b->encoder);
    assert_int_equal(b->memory.used, 0);
}

/* Up to 24 octets each of them counts for the hash: values that differ in one alone are found, however many they are. */
static void test_values_that_differ_in_one_octet(void **unused)
{
    (void)unused;
    enum {
        LONGEST = 24,
        VALUES = 3 * H2_INDEX_LONGEST_SEARCH
    };
    for (size_t len = 1; len <= LONGEST; len++) {
        for (size_t at = 0; at < len; at++) {
            char value[LONGEST];
            const h2_header field = {"x", 1, value, len, 0};
            bench b;
            bench_open(&b);
            memset(value, 'a', sizeof value);
            for (unsigned octet = 0; octet < 2 * VALUES; octet++) {
                value[at] = (char)(octet % VALUES);
                (void)encode(&b, &field, 1);
                assert_int_equal(b.out[0] & 0x80, octet < VALUES ? 0 : 0x80);
            }
            bench_close(&b);
        }
    }
}

/* Alike in the first, middle and last eight octets, which is all that a hash is of. */
static void alike(char text[40], unsigned number)
{
    snprintf(text, 40, "aaaaaaaaa%04uaaaaaaaaaaaaaaaaaaaaa", number);
}

/* What has one hash is looked for among so many entries and no more. */
static void test_a_search_is_bounded(void **unused)
{
    (void)unused;
    for (unsigned last = H2_INDEX_LONGEST_SEARCH - 1; last <= H2_INDEX_LONGEST_SEARCH; last++) {
        const bool found = last < H2_INDEX_LONGEST_SEARCH;
        char text[40];
        bench names, values;
        bench_open(&names);
        bench_open(&values);
        for (unsigned i = 0; i <= last; i++) {
            alike(text, i);
            const h2_header named = {text, strlen(text), "v", 1, 0}, valued = {"x", 1, text, strlen(text), 0};
            (void)encode(&names, &named, 1);
            (void)encode(&values, &valued, 1);
        }
        alike(text, 0);
        const h2_header named = {text, strlen(text), "w", 1, 0}, valued = {"x", 1, text, strlen(text), 0};
        (void)encode(&names, &named, 1);
        assert_int_equal(names.out[0], found ? 0x7f : 0x40);
        (void)encode(&values, &valued, 1);
        assert_int_equal(values.out[0] & 0x80, found ? 0x80 : 0);
        bench_close(&names);
        bench_close(&values);
    }
}

typedef struct hashed_name {
    uint32_t hash;
    uint32_t number;
} hashed_name;

static int by_hash(const void *a, const void *b)
{
    const uint32_t left = ((const hashed_name *)a)->hash, right = ((const hashed_name *)b)->hash;
    return (left > right) - (left < right);
}

static h2_header numbered(char *name, size_t room, uint32_t number)
{
    const int len = snprintf(name, room, number % 2 ? "x-%08x" : "y-%09x", number);
    return (h2_header){.name = name, .name_len = (size_t)len, .value = "v", .value_len = 1};
}

/* Two names, one as long as the other or not, that have one hash beside the same value are two fields all the same. */
static void test_names_with_one_hash(void **unused)
{
    (void)unused;
    enum {
        NAMES = 1 << 19
    };
    hashed_name *const all = must_malloc(NAMES * sizeof *all);
    char names[2][16];
    bool lengths_differed = false;
    for (uint32_t i = 0; i < NAMES; i++) {
        const h2_header field = numbered(names[0], sizeof names[0], i);
        all[i] = (hashed_name){h2_hash_field(&field, h2_hash_name(&field, 0)), i};
    }
    qsort(all, NAMES, sizeof *all, by_hash);
    uint32_t pairs = 0;
    for (uint32_t i = 1; i < NAMES; i++) {
        if (all[i].hash != all[i - 1].hash) continue;
        const h2_header fields[] = {numbered(names[0], sizeof names[0], all[i - 1].number),
                                    numbered(names[1], sizeof names[1], all[i].number)};
        bench b;
        bench_open(&b);
        assert_true(encode(&b, &fields[0], 1) > 2);
        assert_true(encode(&b, &fields[1], 1) > 2);
        assert_int_equal(encode(&b, fields, 2), 2);
        assert_memory_equal(b.out, "\xbf\xbe", 2);
        bench_close(&b);
        lengths_differed |= fields[0].name_len != fields[1].name_len;
        if (++pairs == 16) break;
    }
    assert_true(pairs == 16 && lengths_differed);
    free(all);
}

/* A name that another one begins with may have the same hash, too: the octet between their ends makes up for the length. */
static void test_a_name_that_another_begins_with(void **unused)
{
    (void)unused;
    enum {
        LEN = 32
    };
    char name[LEN + 1], begins[8], ends[8];
    memset(name, 'n', sizeof name);
    memcpy(begins, name, sizeof begins);
    const uint64_t seeds[] = {h2_mix(H2_STATIC_COUNT + LEN, h2_load8(begins)),
                              h2_mix(H2_STATIC_COUNT + LEN + 1, h2_load8(begins))};
    const uint64_t differ = seeds[0] ^ seeds[1];
    memcpy(ends, &differ, sizeof ends);
    for (size_t i = 0; i < sizeof ends; i++)
        name[LEN - 7 + i] = (char)(name[LEN - 8 + i] ^ ends[i]);
    const h2_header fields[] = {{name, LEN, "v", 1, 0}, {name, LEN + 1, "v", 1, 0}};
    assert_true(h2_hash_name(&fields[0], 0) == h2_hash_name(&fields[1], 0));
    for (unsigned first = 0; first < 2; first++) {
        bench b;
        bench_open(&b);
        (void)encode(&b, &fields[first], 1);
        (void)encode(&b, &fields[1 - first], 1);
        assert_int_equal(b.out[0], 0x40);
        assert_int_equal(encode(&b, &fields[first], 1), 1);
        assert_int_equal(encode(&b, &fields[1 - first], 1), 1);
        bench_close(&b);
    }
}

/* Every entry of the static table that has a value is found by it. */
static void test_the_static_table(void **unused)
{
    (void)unused;
    bench b;
    bench_open(&b);
    for (unsigned at = 1; at <= H2_STATIC_COUNT; at++) {
        const h2_static_entry *const entry = &h2_static_entries[at];
        const h2_header field = {h2_static_octets + entry->name, entry->name_len,
                                 h2_static_octets + entry->value, entry->value_len, 0};
        if (entry->value_len == 0) continue;
        assert_int_equal(encode(&b, &field, 1), 1);
        assert_int_equal(b.out[0], 0x80 | at);
    }
    bench_close(&b);
}

/* What is looked up of an entry that has just left the table is its name in the static table. */
static void test_an_entry_that_has_left(void **unused)
{
    (void)unused;
    static const h2_header first = H2_HEADER("server", "one"), second = H2_HEADER("server", "two");
    bench b;
    bench_open(&b);
    assert_int_equal(h2_encoder_set_table_size(&b.encoder, 60), H2_OK);
    (void)encode(&b, &first, 1);
    const uint32_t number = b.encoder.table.next - 1;
    (void)encode(&b, &second, 1);
    assert_int_equal(b.encoder.table.count, 1);
    h2_encoder_mark mark = {.static_name = 54, .entry = number};
    h2_encoder_hold hold = h2_encoder_take_hold(&b.encoder.table);
    assert_true(h2_encoder_recall(&b.encoder.table, &mark, &hold));
    assert_int_equal(mark.entry, 0);
    assert_null(mark.was.value);
    bench_close(&b);
}

/* The last entry of the static table is none of the dynamic one; it has a name alone. */
static void test_the_last_static_entry_is_recalled(void **unused)
{
    (void)unused;
    bench b;
    bench_open(&b);
    static const h2_header field = H2_HEADER("server", "one");
    (void)encode(&b, &field, 1);
    h2_encoder_mark mark = {.static_name = H2_STATIC_COUNT, .entry = H2_STATIC_COUNT};
    h2_encoder_hold hold = h2_encoder_take_hold(&b.encoder.table);
    assert_true(h2_encoder_recall(&b.encoder.table, &mark, &hold));
    assert_int_equal(mark.was.name_len, 16);
    assert_memory_equal(mark.was.name, "www-authenticate", 16);
    assert_null(mark.was.value);
    assert_int_equal(mark.entry, 0);
    bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_that_differ_in_one_octet),
        cmocka_unit_test(test_a_search_is_bounded),
        cmocka_unit_test(test_names_with_one_hash),
        cmocka_unit_test(test_a_name_that_another_begins_with),
        cmocka_unit_test(test_the_static_table),
        cmocka_unit_test(test_an_entry_that_has_left),
        cmocka_unit_test(test_the_last_static_entry_is_recalled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
