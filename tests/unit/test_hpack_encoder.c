/* The HPACK encoder: size updates in both policies, what is entered and what is not, room that is enough and no more,
 * memory that fails and changes nothing, tables that are trimmed, huge or full of collisions; and the public coder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "counting_allocator.h"
#include "hpack/decoder.h"
#include "hpack/encoder.h"
#include "no_limits.h"
#include "octets.h"
#include "stories.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct bench {
    counting_allocator allocator;
    h2_memory memory;
    h2_hpack_encoder encoder;
} bench;

static void bench_open(bench *b, uint32_t table_size, bool always_huffman)
{
    counting_allocator_init(&b->allocator);
    h2_memory_init(&b->memory, &b->allocator.base);
    h2_encoder_init(&b->encoder, &b->memory, table_size, always_huffman);
}

static void bench_close(bench *b)
{
    h2_encoder_release(&b->encoder);
    if (!counting_allocator_clean(&b->allocator)) fail_msg("%s", b->allocator.complaint);
}

/* Encodes into exactly the room that the bound asks for, for the sanitizers to watch. */
static h2_status encode(h2_hpack_encoder *encoder, octets *out, const h2_header *fields, size_t count)
{
    const size_t bound = h2_encoder_bound(encoder, count, h2_encoder_octets(fields, count));
    assert_true(bound <= h2_hpack_encode_bound(fields, count));
    uint8_t *const block = must_malloc(bound);
    size_t len = 0;
    const h2_status status = h2_encoder_encode(encoder, fields, count, block, &len);
    octets_clear(out);
    if (status == H2_OK) octets_put(out, block, len);
    free(block);
    return status;
}

static void expect_encoded(bench *b, const h2_header *fields, size_t count, const char *want, size_t len)
{
    octets out = {0}, text = {0};
    assert_int_equal(encode(&b->encoder, &out, fields, count), H2_OK);
    if (out.len != len || (len > 0 && memcmp(out.data, want, len) != 0)) {
        octets_quote(&text, out.data, out.len);
        octets_text(&text, ", not ");
        octets_quote(&text, want, len);
        fail_msg("%s", octets_string(&text));
    }
    octets_free(&out);
}

#define EXPECT_BLOCK(bench, fields, count, literal)                                                          \
    expect_encoded(bench, fields, count, literal, sizeof(literal) - 1)
#define EXPECT_FIELD(bench, literal, ...) EXPECT_BLOCK(bench, (&(h2_header)__VA_ARGS__), 1, literal)

static void set_sizes(bench *b, const uint32_t *sizes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_int_equal(h2_encoder_set_table_size(&b->encoder, sizes[i]), H2_OK);
}

#define SET(bench, ...)                                                                                      \
    set_sizes(bench, (const uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

/* RFC 7541 section 4.2: the smallest, then the last; and nothing that the peer knows. */
static void test_size_updates_of_the_rfc(void **unused)
{
    (void)unused;
    static const h2_header get = H2_HEADER(":method", "GET");
    bench b;
    bench_open(&b, 4096, false);
    EXPECT_BLOCK(&b, &get, 1, "\x82");
    SET(&b, 4096);
    EXPECT_BLOCK(&b, &get, 1, "\x82");
    SET(&b, 100);
    EXPECT_BLOCK(&b, &get, 1, "\x3f\x45\x82");
    EXPECT_BLOCK(&b, &get, 1, "\x82");
    SET(&b, 0, 100);
    EXPECT_BLOCK(&b, &get, 1, "\x20\x3f\x45\x82");
    SET(&b, 300, 200, 400, 300);
    EXPECT_BLOCK(&b, &get, 1, "\x3f\xa9\x01\x3f\x8d\x02\x82");
    SET(&b, 400, 300);
    EXPECT_BLOCK(&b, &get, 1, "\x82");
    SET(&b, 200, 300);
    EXPECT_BLOCK(&b, NULL, 0, "\x3f\xa9\x01\x3f\x8d\x02");
    SET(&b, 400, 300, 400); /* down to what the peer knows and up again: its last size is not 300 */
    EXPECT_BLOCK(&b, NULL, 0, "\x3f\x8d\x02\x3f\xf1\x02");
    SET(&b, UINT32_MAX);
    EXPECT_BLOCK(&b, NULL, 0, "\x3f\xe0\xff\xff\xff\x0f");
    for (uint32_t i = 0; i < 1000; i++)
        SET(&b, 1000 - i);
    EXPECT_BLOCK(&b, NULL, 0, "\x21");
    bench_close(&b);
    bench_open(&b, 0, false);
    EXPECT_BLOCK(&b, &get, 1, "\x20\x82");
    bench_close(&b);
}

/* The least table that an entry fits, and the cookie that is long enough to be entered. */
static void test_the_least_that_is_entered(void **unused)
{
    (void)unused;
    static const h2_header nothing = H2_HEADER("", "");
    static const h2_header guessable = H2_HEADER("cookie", "0123456789012345678");
    static const h2_header cookie = H2_HEADER("cookie", "01234567890123456789");
    octets out = {0};
    bench b;
    bench_open(&b, 32, false);
    EXPECT_BLOCK(&b, &nothing, 1, "\x3f\x01\x00\x00\x00"); /* too large a part of the table */
    bench_close(&b);
    bench_open(&b, 32, true);
    EXPECT_BLOCK(&b, &nothing, 1, "\x3f\x01\x40\x80\x80");
    EXPECT_BLOCK(&b, &nothing, 1, "\xbe");
    bench_close(&b);
    bench_open(&b, 4096, false);
    assert_int_equal(encode(&b.encoder, &out, &guessable, 1), H2_OK);
    assert_int_equal(out.data[0] & 0xf0, 0x10);
    assert_int_equal(encode(&b.encoder, &out, &cookie, 1), H2_OK);
    assert_int_equal(out.data[0] & 0xc0, 0x40);
    octets_free(&out);
    bench_close(&b);
}

static void test_size_updates_of_python(void **unused)
{
    (void)unused;
    bench b;
    bench_open(&b, 4096, true);
    SET(&b, 100, 100, 300, 100);
    EXPECT_BLOCK(&b, NULL, 0, "\x3f\x45\x3f\x8d\x02\x3f\x45");
    EXPECT_BLOCK(&b, NULL, 0, "");
    SET(&b, 200, 100);
    EXPECT_BLOCK(&b, NULL, 0, "\x3f\xa9\x01\x3f\x45");
    SET(&b, 1, 2, 3, 4, 5, 6, 7, 8);
    EXPECT_BLOCK(&b, NULL, 0, "\x21\x22\x23\x24\x25\x26\x27\x28");
    /* More than that are condensed. */
    SET(&b, 7, 2, 3, 4, 5, 6, 7, 8, 9, 10);
    EXPECT_BLOCK(&b, NULL, 0, "\x22\x28\x29\x2a");
    bench_close(&b);
}

static void test_what_is_entered(void **unused)
{
    (void)unused;
    bench b;
    bench_open(&b, 4096, false);
    EXPECT_FIELD(&b, "\x40\x01x\x01y", H2_HEADER("x", "y"));
    EXPECT_FIELD(&b, "\xbe", H2_HEADER("x", "y"));
    /* The name from the table; raw, for Huffman code is as long. */
    EXPECT_FIELD(&b, "\x7e\x02zz", H2_HEADER("x", "zz"));
    EXPECT_FIELD(&b, "\xbe", H2_HEADER("x", "zz"));
    EXPECT_FIELD(&b, "\xbf", H2_HEADER("x", "y"));
    EXPECT_FIELD(&b, "\x7e\x82\x18\xc7",
                 H2_HEADER("x", "aaa") /* 00011 00011 00011, and a one: two octets of three */);
    /* Not entered: what came for the first time and seldom comes again. */
    EXPECT_FIELD(&b, "\x04\x02/a", H2_HEADER(":path", "/a"));
    EXPECT_FIELD(&b, "\x84", H2_HEADER(":path", "/"));
    EXPECT_FIELD(&b,
                 "\x0f\x0d\x01"
                 "7",
                 H2_HEADER("content-length", "7"));
    EXPECT_FIELD(&b,
                 "\x0f\x13\x01"
                 "z",
                 H2_HEADER("etag", "z"));
    /* Forbidden: what is secret, or said to be. */
    EXPECT_FIELD(&b, "\x1f\x08\x01z", H2_HEADER("authorization", "z"));
    EXPECT_FIELD(&b, "\x1f\x22\x00", H2_HEADER("proxy-authorization", ""));
    EXPECT_FIELD(&b, "\x1f\x22\x00", H2_HEADER("proxy-authorization", ""));
    EXPECT_FIELD(&b, "\x1f\x11\x01z", H2_HEADER("cookie", "z"));
    EXPECT_FIELD(&b, "\x12\x03GET", {":method", 7, "GET", 3, H2_HEADER_NEVER_INDEX});
    EXPECT_FIELD(&b, "\x1f\x2f\x01y", {"x", 1, "y", 1, H2_HEADER_NEVER_INDEX});
    EXPECT_FIELD(&b, "\x10\x02ZZ\x00", {"ZZ", 2, NULL, 0, H2_HEADER_NEVER_INDEX});
    assert_int_equal(b.encoder.table.count, 3);
    /* What would take more than three quarters of the table. */
    char value[3100];
    memset(value, '{', sizeof value);
    octets out = {0};
    h2_header large = {"q", 1, value, 3072 - 33, 0};
    assert_int_equal(encode(&b.encoder, &out, &large, 1), H2_OK);
    assert_int_equal(out.data[0], 0x40);
    assert_int_equal(b.encoder.table.count, 4);
    large.value_len++;
    assert_int_equal(encode(&b.encoder, &out, &large, 1), H2_OK);
    assert_int_equal(out.data[0], 0x0f); /* with the name of the last */
    assert_int_equal(b.encoder.table.count, 4);
    octets_free(&out);
    bench_close(&b);
}

/* What passes is entered when it has come twice, with whatever in between; some names never, nor what is forbidden. */
static void test_what_returns(void **unused)
{
    (void)unused;
    bench b;
    bench_open(&b, 4096, false);
    EXPECT_FIELD(&b, "\x04\x02/a", H2_HEADER(":path", "/a"));
    EXPECT_FIELD(&b, "\x04\x02/b", H2_HEADER(":path", "/b"));
    EXPECT_FIELD(&b, "\x0f\x13\x02/a", H2_HEADER("etag", "/a")); /* another name, and the same value */
    EXPECT_FIELD(&b, "\x44\x02/a", H2_HEADER(":path", "/a"));
    EXPECT_FIELD(&b, "\xbe", H2_HEADER(":path", "/a"));
    EXPECT_FIELD(&b, "\x14\x02/a", {":path", 5, "/a", 2, H2_HEADER_NEVER_INDEX});
    EXPECT_FIELD(&b, "\x44\x02/b", H2_HEADER(":path", "/b"));
    EXPECT_FIELD(&b, "\xbf", H2_HEADER(":path", "/a"));
    EXPECT_FIELD(&b, "\xbe", H2_HEADER(":path", "/b"));
    for (int i = 0; i < 3; i++) {
        EXPECT_FIELD(&b, "\x0f\x28\x01z", H2_HEADER("set-cookie", "z"));
        EXPECT_FIELD(&b, "\x0f\x23\x01z", H2_HEADER("range", "z"));
        EXPECT_FIELD(&b, "\x1f\x13\x01z", {"etag", 4, "z", 1, H2_HEADER_NEVER_INDEX});
    }
    /* What was entered is found after so many others that nothing else remembers it. */
    octets out = {0};
    char number[8];
    for (unsigned i = 0; i < 16 * H2_ENCODER_SEEN; i++) {
        const h2_header other = {":path", 5, number, (size_t)snprintf(number, sizeof number, "%x", i), 0};
        assert_int_equal(encode(&b.encoder, &out, &other, 1), H2_OK);
    }
    EXPECT_FIELD(&b, "\xbf", H2_HEADER(":path", "/a"));
    /* Another value in any octet is not entered. */
    char path[80];
    for (size_t len = 1; len < sizeof path; len++) {
        for (size_t at = 0; at < len; at++) {
            memset(path, 'p', len);
            path[at] = (char)('q' + len % 8);
            const h2_header field = {":path", 5, path, len, 0};
            assert_int_equal(encode(&b.encoder, &out, &field, 1), H2_OK);
        }
    }
    assert_int_equal(b.encoder.table.count, 2);
    octets_free(&out);
    bench_close(&b);
    /* Where nothing can be entered, nothing is. */
    bench_open(&b, 0, false);
    EXPECT_FIELD(&b, "\x20\x04\x02/a", H2_HEADER(":path", "/a"));
    for (int i = 0; i < 3; i++)
        EXPECT_FIELD(&b, "\x04\x02/a", H2_HEADER(":path", "/a"));
    bench_close(&b);
}

static void test_python_enters_everything(void **unused)
{
    (void)unused;
    bench b;
    bench_open(&b, 4096, true);
    EXPECT_FIELD(&b, "\x44\x82\x60\x7f", H2_HEADER(":path", "/a"));
    EXPECT_FIELD(&b, "\xbe", {":path", 5, "/a", 2, H2_HEADER_NEVER_INDEX});
    EXPECT_FIELD(&b, "\x90", {"accept-encoding", 15, "gzip, deflate", 13, H2_HEADER_NEVER_INDEX});
    EXPECT_FIELD(&b, "\x14\x82\x62\x3f", {":path", 5, "/b", 2, H2_HEADER_NEVER_INDEX});
    bench_close(&b);
}

/* An entry larger than the table empties it. */
static void test_an_entry_larger_than_the_table(void **unused)
{
    (void)unused;
    bench b;
    bench_open(&b, 64, true);
    octets out = {0};
    char value[40];
    memset(value, 'v', sizeof value);
    const h2_header small = H2_HEADER("x", "y"), large = {"x", 1, value, sizeof value, 0};
    assert_int_equal(encode(&b.encoder, &out, &small, 1), H2_OK);
    assert_int_equal(b.encoder.table.count, 1);
    assert_int_equal(encode(&b.encoder, &out, &large, 1), H2_OK);
    assert_int_equal(b.encoder.table.count, 0);
    assert_int_equal(out.data[0], 0x7e);
    octets_free(&out);
    bench_close(&b);
}

/* Just as large as the table, and one octet more; just as long as a cookie must be to be entered, and one less. */
static void test_what_is_just_entered(void **unused)
{
    (void)unused;
    static const char octets_of_c[] = "cccccccccccccccccccccccc";
    bench b;
    octets out = {0};
    for (size_t len = 1; len < 4; len++) {
        const h2_header field = {.name = "abc", .name_len = 3, .value = octets_of_c, .value_len = len};
        bench_open(&b, 3 + 2 + 32, true);
        assert_int_equal(encode(&b.encoder, &out, &field, 1), H2_OK);
        assert_int_equal(encode(&b.encoder, &out, &field, 1), H2_OK);
        assert_int_equal(out.len == 1, len <= 2);
        bench_close(&b);
    }
    /* A table with room for nothing but the smallest entry there is. */
    const h2_header nothing = H2_HEADER("", "");
    for (uint32_t size = 31; size < 33; size++) {
        bench_open(&b, size, true);
        assert_int_equal(encode(&b.encoder, &out, &nothing, 1), H2_OK);
        assert_int_equal(encode(&b.encoder, &out, &nothing, 1), H2_OK);
        assert_int_equal(out.len == 1, size >= 32);
        bench_close(&b);
    }
    for (size_t len = 18; len < 22; len++) {
        const h2_header cookie = {.name = "cookie", .name_len = 6, .value = octets_of_c, .value_len = len};
        bench_open(&b, 4096, false);
        assert_int_equal(encode(&b.encoder, &out, &cookie, 1), H2_OK);
        assert_int_equal(out.data[0] & 0xf0, len < 20 ? 0x10 : 0x60);
        bench_close(&b);
    }
    octets_free(&out);
}

/* Long strings: their length takes more than one octet, in Huffman code or not. */
static void test_long_strings_and_their_room(void **unused)
{
    (void)unused;
    octets out = {0};
    char value[700];
    for (size_t len = 0; len < sizeof value; len += len < 260 ? 1 : 37) {
        for (int kind = 0; kind < 4; kind++) {
            for (size_t i = 0; i < len; i++)
                value[i] = (char)(kind == 0 ? 'e' : kind == 1 ? 10 : kind == 2 ? (int)(i * 37) : '|');
            for (int policy = 0; policy < 2; policy++) {
                bench b;
                bench_open(&b, 0, policy != 0);
                const h2_header fields[] = {{value, len, value, len, 0},
                                            {"x", 1, value, len, H2_HEADER_NEVER_INDEX}};
                assert_int_equal(encode(&b.encoder, &out, fields, 2), H2_OK);
                h2_hpack_decoder decoder;
                h2_field_list list;
                h2_decoder_init(&decoder, &b.memory, 4096);
                assert_int_equal(h2_decoder_decode(&decoder, out.data, out.len, &no_limits, &list),
                                 H2_DECODE_OK);
                assert_int_equal(list.count, 2);
                assert_int_equal(list.fields[0].name_len, len);
                assert_memory_equal(list.fields[0].name, value, len);
                assert_memory_equal(list.fields[1].value, value, len);
                if (policy == 0) assert_true(out.len <= 3 * len + 20);
                h2_decoder_release(&decoder);
                bench_close(&b);
            }
        }
    }
    octets_free(&out);
}

/* Whatever allocation fails, the encoder is as it was: tried again, it writes what it would have written. */
static void test_each_allocation_failing(void **unused)
{
    (void)unused;
    size_t refused = 0;
    octets want = {0}, got = {0};
    for (size_t fail_at = 1; fail_at < 40; fail_at++) {
        uint64_t state = 99;
        bench reference, b;
        bench_open(&reference, 4096, fail_at % 2);
        bench_open(&b, 4096, fail_at % 2);
        b.allocator.fail_at = fail_at;
        for (int i = 0; i < 12; i++) {
            story_list list = random_list(&state);
            if (i % 4 == 3) {
                SET(&reference, 1000);
                SET(&b, 1000);
                SET(&reference, 8192);
                SET(&b, 8192);
            }
            const size_t before = b.allocator.refused;
            assert_int_equal(encode(&reference.encoder, &want, list.fields, list.count), H2_OK);
            h2_status status = encode(&b.encoder, &got, list.fields, list.count);
            assert_int_equal(status, b.allocator.refused > before ? H2_ERROR_NO_MEMORY : H2_OK);
            if (status != H2_OK) status = encode(&b.encoder, &got, list.fields, list.count);
            assert_int_equal(status, H2_OK);
            assert_true(octets_equal(&want, &got));
            random_list_free(&list);
        }
        refused += b.allocator.refused;
        bench_close(&b);
        bench_close(&reference);
    }
    assert_true(refused >= 10);
    octets_free(&want);
    octets_free(&got);
}

/* So it is where the table has grown and what finds its entries has not: all are found. */
static void test_entries_are_found_after_an_allocation_has_failed(void **unused)
{
    (void)unused;
    enum {
        ENTRIES = 14 /* a ring of 8 is too small for them, one of 16 is not */
    };
    size_t refused = 0;
    octets out = {0};
    for (size_t fail_at = 1; fail_at < 20; fail_at++) {
        char values[ENTRIES];
        h2_header fields[ENTRIES];
        bench b;
        bench_open(&b, 4096, false);
        b.allocator.fail_at = fail_at;
        for (size_t i = 0; i < ENTRIES; i++) {
            values[i] = (char)('A' + i);
            fields[i] = (h2_header){"x", 1, &values[i], 1, 0};
            if (encode(&b.encoder, &out, &fields[i], 1) != H2_OK)
                assert_int_equal(encode(&b.encoder, &out, &fields[i], 1), H2_OK);
        }
        for (size_t i = 0; i < ENTRIES; i++) {
            if (encode(&b.encoder, &out, &fields[i], 1) != H2_OK)
                assert_int_equal(encode(&b.encoder, &out, &fields[i], 1), H2_OK);
            assert_int_equal(out.len, 1); /* an indexed field */
        }
        refused += b.allocator.refused;
        bench_close(&b);
    }
    assert_true(refused >= 5);
    octets_free(&out);
}

/* Trimmed at any time, it writes the same; and holds no more than its entries. */
static void test_trimming(void **unused)
{
    (void)unused;
    octets want = {0}, got = {0};
    for (int kind = 0; kind < 2 * STORY_KINDS; kind++) {
        const bool python = kind >= STORY_KINDS; /* which enters all at once, and has nothing to remember */
        story *s = story_make((story_kind)(kind % STORY_KINDS), 8, 120);
        bench plain, trimmed;
        bench_open(&plain, 4096, python);
        bench_open(&trimmed, 4096, python);
        for (size_t i = 0; i < s->count; i++) {
            assert_int_equal(encode(&plain.encoder, &want, s->lists[i].fields, s->lists[i].count), H2_OK);
            assert_int_equal(encode(&trimmed.encoder, &got, s->lists[i].fields, s->lists[i].count), H2_OK);
            assert_true(octets_equal(&want, &got));
            if (i % 7 == 0) {
                h2_encoder_trim(&trimmed.encoder);
                const h2_table *const table = &trimmed.encoder.table;
                assert_int_equal(trimmed.memory.used, table->size - 32 * table->count +
                                                          table->ring_cap * sizeof(h2_table_entry) +
                                                          (python ? 0 : H2_ENCODER_SEEN * sizeof(uint16_t)));
            }
        }
        bench_close(&plain);
        bench_close(&trimmed);
        story_free(s);
    }
    octets_free(&want);
    octets_free(&got);
}

/* An entry may have no octets at all. */
static void test_trimming_to_no_octets(void **unused)
{
    (void)unused;
    const h2_header nothing = {"", 0, "", 0, 0};
    octets out = {0};
    bench b;
    bench_open(&b, 4096, false);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(encode(&b.encoder, &out, &nothing, 1), H2_OK);
        assert_int_equal(out.len, i == 0 ? 3 : 1);
        h2_encoder_trim(&b.encoder);
        h2_encoder_trim(&b.encoder);
    }
    octets_free(&out);
    bench_close(&b);
}

/* A peer may allow 4 GiB: what is held grows with what is entered. Entries have values that collide. */
static void test_huge_tables_and_collisions(void **unused)
{
    (void)unused;
    enum {
        ENTRIES = 3000
    };
    for (int policy = 0; policy < 2; policy++) {
        bench b;
        bench_open(&b, UINT32_MAX, policy != 0);
        assert_int_equal(b.memory.used, 0);
        h2_hpack_decoder decoder;
        h2_memory memory;
        h2_memory_init(&memory, NULL);
        h2_decoder_init(&decoder, &memory, UINT32_MAX);
        octets out = {0};
        for (unsigned i = 0; i < ENTRIES; i++) {
            char value[64], name[32];
            /* Alike in their first, middle and last eight octets; some of them twice. */
            snprintf(value, sizeof value, "aaaaaaaaa%04uaaaaaaaaaaaaaaaaaaaaa", i % 1000 * 7 % 1000);
            snprintf(name, sizeof name, "x-%u", i % 3);
            const h2_header field = {name, strlen(name), value, strlen(value), 0};
            assert_int_equal(encode(&b.encoder, &out, &field, 1), H2_OK);
            h2_field_list list;
            assert_int_equal(h2_decoder_decode(&decoder, out.data, out.len, &no_limits, &list), H2_DECODE_OK);
            assert_int_equal(list.count, 1);
            assert_int_equal(list.fields[0].value_len, field.value_len);
            assert_memory_equal(list.fields[0].value, value, field.value_len);
            assert_memory_equal(list.fields[0].name, name, field.name_len);
        }
        assert_int_equal(b.encoder.table.count, decoder.table.count);
        assert_true(b.memory.used < ENTRIES * 300);
        octets_free(&out);
        h2_decoder_release(&decoder);
        bench_close(&b);
    }
}

/* The length of an entry's name has 24 bits; one that is longer is written and not entered, and not taken. */
static void test_the_longest_name_that_is_entered(void **unused)
{
    (void)unused;
    enum {
        LONGEST = H2_TABLE_MAX_NAME
    };
    char *const name = must_malloc(LONGEST + 1);
    octets out = {0};
    memset(name, 'a', LONGEST + 1);
    for (size_t len = LONGEST; len <= LONGEST + 1; len++) {
        const h2_header field = {name, len, "v", 1, 0};
        bench b;
        h2_hpack_decoder decoder;
        h2_field_list list;
        bench_open(&b, UINT32_MAX, false);
        h2_decoder_init(&decoder, &b.memory, UINT32_MAX);
        for (unsigned i = 0; i < 2; i++) {
            assert_int_equal(encode(&b.encoder, &out, &field, 1), H2_OK);
            const h2_decode_result result = h2_decoder_decode(&decoder, out.data, out.len, &no_limits, &list);
            assert_int_equal(result, len == LONGEST ? H2_DECODE_OK : H2_DECODE_NO_MEMORY);
            assert_int_equal(b.encoder.table.count, len == LONGEST);
            assert_int_equal(out.len == 1, len == LONGEST && i == 1);
            if (result == H2_DECODE_OK) assert_int_equal(list.fields[0].name_len, len);
        }
        h2_decoder_release(&decoder);
        bench_close(&b);
    }
    octets_free(&out);
    free(name);
}

/* A string has a code of 32 bits for its length, or no bound. No octet of it is looked at. */
static void test_the_longest_string(void **unused)
{
    (void)unused;
    static const size_t longest = H2_ENCODER_LONGEST - 1;
    const h2_header name = {"x", longest, "", 0, 0}, value = {"", 0, "x", longest, 0};
    const h2_header longer_name = {"x", longest + 1, "", 0, 0}, longer_value = {"", 0, "x", longest + 1, 0};
    assert_true(h2_encoder_octets(&name, 1) == longest);
    assert_true(h2_encoder_octets(&value, 1) == longest);
    assert_true(h2_encoder_octets(&longer_name, 1) == SIZE_MAX);
    assert_true(h2_encoder_octets(&longer_value, 1) == SIZE_MAX);
}

static void test_public_coder(void **unused)
{
    (void)unused;
    counting_allocator allocator;
    counting_allocator_init(&allocator);
    h2_hpack_encoder *encoder = NULL;
    h2_hpack_decoder *decoder = NULL;
    assert_int_equal(h2_hpack_encoder_new(NULL, 4096, H2_PROFILE_RFC, NULL), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_hpack_encoder_new(&encoder, 4096, (h2_profile)7, NULL), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_hpack_decoder_new(NULL, 4096, 65536, NULL), H2_ERROR_ARGUMENT);
    allocator.fail_at = 1;
    assert_int_equal(h2_hpack_encoder_new(&encoder, 4096, H2_PROFILE_RFC, &allocator.base),
                     H2_ERROR_NO_MEMORY);
    assert_null(encoder);
    allocator.fail_at = 2;
    assert_int_equal(h2_hpack_decoder_new(&decoder, 4096, 65536, &allocator.base), H2_ERROR_NO_MEMORY);
    assert_null(decoder);
    assert_int_equal(h2_hpack_encoder_new(&encoder, 100, H2_PROFILE_RFC, &allocator.base), H2_OK);
    assert_int_equal(h2_hpack_decoder_new(&decoder, 100, 300, &allocator.base), H2_OK);

    static const h2_header fields[] = {H2_HEADER(":method", "GET"), H2_HEADER("x-a", "b"),
                                       H2_HEADER("x-a", "c")};
    uint8_t out[1024];
    size_t len = 0, count = 0;
    const h2_header *got = NULL;
    const size_t bound = h2_hpack_encode_bound(fields, 3);
    assert_true(bound <= sizeof out);
    h2_hpack_decoder *poor = NULL;
    assert_int_equal(h2_hpack_decoder_new(&poor, 100, 300, &allocator.base), H2_OK);
    allocator.fail_at = allocator.requests + 1;
    assert_int_equal(h2_hpack_decode(poor, (const uint8_t *)"\x82", 1, &got, &count), H2_ERROR_NO_MEMORY);
    assert_int_equal(count, 0);
    h2_hpack_decoder_free(poor);
    assert_int_equal(h2_hpack_encode(encoder, fields, 3, out, bound - 1, &len), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_hpack_encode(encoder, fields, 3, out, bound, &len), H2_OK);
    assert_int_equal(h2_hpack_decode(decoder, out, len, &got, &count), H2_OK);
    assert_int_equal(count, 3);
    assert_memory_equal(got[2].value, "c", 1);
    assert_int_equal(h2_hpack_encoder_set_table_size(encoder, 50), H2_OK);
    assert_int_equal(h2_hpack_decoder_set_max_table_size(decoder, 50), H2_OK);
    assert_int_equal(h2_hpack_encode(encoder, fields, 3, out, bound, &len), H2_OK);
    assert_int_equal(h2_hpack_decode(decoder, out, len, &got, &count), H2_OK);
    assert_int_equal(count, 3);

    /* Too large, and going on. */
    octets large = {0};
    octets_fill(&large, 0x82, 8);
    assert_int_equal(h2_hpack_decode(decoder, large.data, large.len, &got, &count),
                     H2_ERROR_DENIAL_OF_SERVICE);
    assert_int_equal(count, 0);
    assert_int_equal(h2_hpack_encode(encoder, fields, 3, out, bound, &len), H2_OK);
    assert_int_equal(h2_hpack_decode(decoder, out, len, &got, &count), H2_OK);
    assert_int_equal(h2_hpack_decode(decoder, NULL, 0, &got, &count), H2_OK);
    assert_true(got == NULL && count == 0);
    assert_int_equal(h2_hpack_decode(decoder, (const uint8_t *)"\x80", 1, &got, &count), H2_ERROR_PROTOCOL);
    octets_free(&large);

    /* Strings too long for a length of 32 bits have no bound. */
    const h2_header endless = {"x", 1, "y", SIZE_MAX, 0}, long_name = {"x", (size_t)1 << 31, "y", 1, 0};
    assert_true(h2_hpack_encode_bound(&endless, 1) == SIZE_MAX);
    assert_true(h2_hpack_encode_bound(&long_name, 1) == SIZE_MAX);
    assert_int_equal(h2_hpack_encode(encoder, &endless, 1, out, SIZE_MAX, &len), H2_ERROR_ARGUMENT);
    h2_hpack_encoder_free(encoder);
    h2_hpack_decoder_free(decoder);
    h2_hpack_encoder_free(NULL);
    h2_hpack_decoder_free(NULL);
    assert_true(counting_allocator_clean(&allocator));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size_updates_of_the_rfc),
        cmocka_unit_test(test_the_least_that_is_entered),
        cmocka_unit_test(test_size_updates_of_python),
        cmocka_unit_test(test_what_is_entered),
        cmocka_unit_test(test_what_returns),
        cmocka_unit_test(test_python_enters_everything),
        cmocka_unit_test(test_an_entry_larger_than_the_table),
        cmocka_unit_test(test_what_is_just_entered),
        cmocka_unit_test(test_long_strings_and_their_room),
        cmocka_unit_test(test_each_allocation_failing),
        cmocka_unit_test(test_entries_are_found_after_an_allocation_has_failed),
        cmocka_unit_test(test_trimming),
        cmocka_unit_test(test_trimming_to_no_octets),
        cmocka_unit_test(test_huge_tables_and_collisions),
        cmocka_unit_test(test_the_longest_name_that_is_entered),
        cmocka_unit_test(test_the_longest_string),
        cmocka_unit_test(test_public_coder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
