/* The HPACK decoder: everything that is wrong with a block, every bound and what is left of the table behind it, memory
 * that is bounded and that fails, and lists whose octets outlive what happens to the table meanwhile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/octets.h"
#include "counting_allocator.h"
#include "guard.h"
#include "hpack/decoder.h"
#include "hpack/encoder.h"
#include "hpack/huffman.h"
#include "hpack/integer.h"
#include "no_limits.h"
#include "octets.h"
#include "stories.h"

#include <stdlib.h>
#include <string.h>

typedef struct bench {
    h2_memory memory;
    h2_hpack_decoder decoder;
    guard page;
    h2_field_list list;
} bench;

static void bench_open(bench *b)
{
    h2_memory_init(&b->memory, NULL);
    h2_decoder_init(&b->decoder, &b->memory, 4096);
    guard_open(&b->page, 1 << 17);
}

static void bench_close(bench *b)
{
    h2_decoder_release(&b->decoder);
    assert_int_equal(b->memory.used, 0);
    guard_free(&b->page);
}

static h2_decode_result decode(bench *b, const void *block, size_t len, const h2_block_limits *limits)
{
    const h2_decode_result result =
        h2_decoder_decode(&b->decoder, guard_place(&b->page, block, len), len, limits, &b->list);
    guard_shut(&b->page);
    if (result != H2_DECODE_OK) assert_true(b->list.count == 0 && b->list.fields == NULL);
    return result;
}

static void expect_block(const char *block, size_t len, h2_decode_result want)
{
    bench b;
    bench_open(&b);
    const h2_decode_result result = decode(&b, block, len, &no_limits);
    if (result != want) {
        octets text = {0};
        octets_quote(&text, block, len);
        fail_msg("%s: %d, not %d", octets_string(&text), (int)result, (int)want);
    }
    bench_close(&b);
}

#define EXPECT_RESULT(literal, want) expect_block(literal, sizeof(literal) - 1, want)

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

static void test_good_blocks(void **unused)
{
    (void)unused;
    EXPECT_RESULT("", H2_DECODE_OK);
    EXPECT_RESULT("\x20", H2_DECODE_OK);             /* an update alone */
    EXPECT_RESULT("\x20\x3f\xe1\x1f", H2_DECODE_OK); /* 0, then 4,096 */
    EXPECT_RESULT("\x82\xbd", H2_DECODE_OK);         /* first and last of the static table */
    EXPECT_RESULT("\x40\x00\x00", H2_DECODE_OK);     /* an empty field */
    EXPECT_RESULT("\x00\x80\x80", H2_DECODE_OK);     /* one in Huffman code */
    EXPECT_RESULT("\x40\x01x\x01y\xbe", H2_DECODE_OK);
}

static void test_broken_blocks(void **unused)
{
    (void)unused;
    EXPECT_RESULT("\x80", H2_DECODE_BROKEN);                         /* index 0 */
    EXPECT_RESULT("\xbe", H2_DECODE_BROKEN);                         /* 62 in an empty table */
    EXPECT_RESULT("\xff\x80\x80\x80\x80\x0f", H2_DECODE_BROKEN);     /* no such index */
    EXPECT_RESULT("\xff\x80\x80\x80\x80\x80\x00", H2_DECODE_BROKEN); /* too long */
    EXPECT_RESULT("\x7e\x01x", H2_DECODE_BROKEN);                    /* name 62, entered */
    EXPECT_RESULT("\x0f\x2f\x01x", H2_DECODE_BROKEN);                /* name 62, not entered */
    EXPECT_RESULT("\x40\x01x\x01y\x7f\x00\x01z", H2_DECODE_BROKEN);  /* name 63 of 62 */
    EXPECT_RESULT("\x82\x20", H2_DECODE_BROKEN);                     /* an update behind a field */
    EXPECT_RESULT("\x3f\xe2\x1f", H2_DECODE_BROKEN);                 /* 4,097 */
    EXPECT_RESULT("\x20\x3f\xe2\x1f", H2_DECODE_BROKEN);
    EXPECT_RESULT("\x3f\xff\xff\xff\xff\xff\x00", H2_DECODE_BROKEN);
    EXPECT_RESULT("\x40\x7f\xff\xff\xff\xff\x0fx", H2_DECODE_BROKEN); /* a name of 4 GiB */
    EXPECT_RESULT("\x40\x81\x00\x00", H2_DECODE_BROKEN);  /* Huffman code, badly padded, in a name */
    EXPECT_RESULT("\x40\x01x\x81\x00", H2_DECODE_BROKEN); /* and in a value */
    EXPECT_RESULT("\x00\x01x\x84\xff\xff\xff\xff", H2_DECODE_BROKEN); /* EOS */
    EXPECT_RESULT("\x3f", H2_DECODE_BROKEN);
}

/* Cut anywhere but between fields, a block is broken, and nothing behind it is looked at. */
static void test_cut_blocks(void **unused)
{
    (void)unused;
    static const char block[] =
        "\x3f\xe1\x1f\x82\x40\x03one\x05value\x00\x84\xa8\x74\x95\x4f\x02ok\x10\x02no\x00\xbe"
        "\x0f\x11\x03xyz\x7e\x00\xff\x00";
    bool whole[sizeof block] = {[0] = true};
    static const size_t ends[] = {3, 4, 15, 24, 29, 30, 36, 38};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        whole[ends[i]] = true;
    for (size_t len = 0; len < sizeof block - 2; len++)
        expect_block(block, len, whole[len] ? H2_DECODE_OK : H2_DECODE_BROKEN);
}

static void test_never_indexed_and_notes(void **unused)
{
    (void)unused;
    bench b;
    bench_open(&b);
    static const char good[] = "\x10\x06secret\x02me\x1f\x02\x04none\x00\x04host\x01h\x40\x07:status\x03"
                               "200"
                               "\x40\x05Upper\x01u\x40\x05x-bad\x02 a\xbe\xbf\xc0\x7f\x00\x01u\x0f\x2f\x02u ";
    assert_int_equal(decode(&b, good, sizeof good - 1, &no_limits), H2_DECODE_OK);
    assert_int_equal(b.list.count, 11);
    expect_field(&b, 0, "secret", "me", H2_HEADER_NEVER_INDEX);
    expect_field(&b, 1, "accept-language", "none", H2_HEADER_NEVER_INDEX);
    expect_field(&b, 2, "host", "h", 0);
    expect_field(&b, 3, ":status", "200", 0);
    expect_field(&b, 6, "x-bad", " a", 0);
    expect_field(&b, 7, "Upper", "u", 0);
    expect_field(&b, 9, "Upper", "u", 0);
    for (size_t i = 0; i < b.list.count; i++) {
        const h2_header *const f = &b.list.fields[i];
        assert_int_equal(b.list.notes[i].token, h2_token_of(f->name, f->name_len));
        assert_int_equal(b.list.notes[i].clean,
                         h2_name_is_clean(f->name, f->name_len) && h2_value_is_clean(f->value, f->value_len));
    }
    bench_close(&b);
}

/* A literal of accept-charset, entered or not, whose value is in Huffman code. */
static void expect_coded_value(bench *b, unsigned kind, const char *value, size_t len)
{
    uint8_t block[64] = {(uint8_t)kind};
    size_t at = 1;
    if (kind < 15) block[0] = 15;
    if (kind < 15) block[at++] = 0;
    const uint8_t *const end = h2_huffman_encode((const uint8_t *)value, len, block + at + 1, 15);
    assert_non_null(end);
    block[at] = (uint8_t)(0x80 | (end - block - (ptrdiff_t)at - 1));
    assert_int_equal(decode(b, (const char *)block, (size_t)(end - block), &no_limits), H2_DECODE_OK);
    assert_int_equal(b->list.count, 1);
    assert_int_equal(b->list.fields[0].value_len, len);
    if (len > 0) assert_memory_equal(b->list.fields[0].value, value, len);
    assert_int_equal(b->list.notes[0].clean, h2_value_is_clean(value, len));
}

/* What is known of octets by their codes is what is known by looking at them. */
static void test_notes_of_coded_values(void **unused)
{
    (void)unused;
    bench b;
    bench_open(&b);
    for (unsigned kind = 0; kind <= 0x4f; kind += 0x4f) {
        expect_coded_value(&b, kind, "", 0);
        for (unsigned octet = 0; octet < 256; octet++) {
            const char value[] = {'a', (char)octet, 'b'};
            expect_coded_value(&b, kind, value, 3);
            expect_coded_value(&b, kind, value, 2);
            expect_coded_value(&b, kind, value + 1, 2);
            expect_coded_value(&b, kind, value + 1, 1);
        }
    }
    bench_close(&b);
}

static void test_size_updates(void **unused)
{
    (void)unused;
    bench b;
    h2_block_limits limits = no_limits;
    limits.size_updates = 2;
    bench_open(&b);
    assert_int_equal(decode(&b, "\x20\x20", 2, &limits), H2_DECODE_OK);
    assert_int_equal(decode(&b, "\x20\x3f\xe1\x1f", 4, &limits), H2_DECODE_OK);
    assert_int_equal(decode(&b, "\x20\x20\x20", 3, &limits), H2_DECODE_BROKEN);
    /* None may be above what was allowed, whatever follows. */
    assert_int_equal(decode(&b, "\x3f\xe2\x1f\x20", 4, &limits), H2_DECODE_BROKEN);
    bench_close(&b);

    /* After a reduction the next block has to say so, whatever else is in it. */
    static const char *const silent[] = {"", "\x82", "\x3f\x46" /* 101 */, "\x3f\xe1\x1f"};
    for (size_t i = 0; i < sizeof silent / sizeof *silent; i++) {
        bench_open(&b);
        h2_decoder_set_max_table_size(&b.decoder, 100);
        assert_int_equal(decode(&b, silent[i], strlen(silent[i]), &no_limits), H2_DECODE_BROKEN);
        bench_close(&b);
    }
    bench_open(&b);
    h2_decoder_set_max_table_size(&b.decoder, 100);
    assert_int_equal(decode(&b, "\x3f\x45\x82", 3, &no_limits), H2_DECODE_OK);
    assert_int_equal(decode(&b, "\x82", 1, &no_limits), H2_DECODE_OK);
    h2_decoder_set_max_table_size(&b.decoder, 8192);
    assert_int_equal(decode(&b, "\x82", 1, &no_limits), H2_DECODE_OK);
    assert_int_equal(b.decoder.table.limit, 100);
    assert_int_equal(h2_decoder_max_table_size(&b.decoder), 8192);
    assert_int_equal(decode(&b, "\x3f\xe1\x3f\x82", 4, &no_limits), H2_DECODE_OK);
    assert_int_equal(b.decoder.table.limit, 8192);
    bench_close(&b);
}

/* The length, at most 382, of a string that stands as it is; how many octets that takes. */
static size_t put_length(uint8_t *at, size_t len)
{
    if (len < 127) {
        at[0] = (uint8_t)len;
        return 1;
    }
    const size_t rest = len - 127;
    at[0] = 127;
    at[1] = (uint8_t)(rest < 128 ? rest : 0x80 | (rest & 0x7f));
    at[2] = (uint8_t)(rest >> 7);
    return rest < 128 ? 2 : 3;
}

/* Lengths of one octet and of two, of octets that stand as they are: the first block makes room for the others. */
static void test_lengths_of_raw_strings(void **unused)
{
    (void)unused;
    char value[301];
    bench b;
    bench_open(&b);
    for (size_t len = 300; len >= 100; len--) {
        uint8_t block[400] = {len & 1 ? 0x00 : 0x40, 1, 'x'};
        size_t at = 3;
        memset(value, 'v', len);
        value[len] = '\0';
        at += put_length(block + at, len);
        memcpy(block + at, value, len);
        assert_int_equal(decode(&b, (const char *)block, at + len, &no_limits), H2_DECODE_OK);
        expect_field(&b, 0, "x", value, 0);
    }
    bench_close(&b);
}

/* The same of names, with enough behind them that a run of such fields is read in one. */
static void test_lengths_of_raw_names(void **unused)
{
    (void)unused;
    char name[301];
    bench b;
    bench_open(&b);
    for (size_t len = 300; len >= 100; len--) {
        uint8_t block[500] = {0x00};
        size_t at = 1;
        memset(name, 'n', len);
        name[len] = '\0';
        at += put_length(block + at, len);
        memcpy(block + at, name, len);
        at += len;
        block[at++] = 1;
        block[at++] = 'v';
        memset(block + at, 0x82, 60);
        assert_int_equal(decode(&b, (const char *)block, at + 60, &no_limits), H2_DECODE_OK);
        expect_field(&b, 0, name, "v", 0);
        expect_field(&b, 60, ":method", "GET", 0);
    }
    bench_close(&b);
}

/* A string that may be too long for the list is measured first, and may turn out to be none. */
static void test_long_strings_that_are_broken(void **unused)
{
    (void)unused;
    h2_block_limits limits = no_limits;
    limits.list_size = 100;
    for (unsigned way = 0; way < 4; way++) {
        uint8_t block[400] = {way & 1 ? 0x40 : 0x00};
        bench b;
        size_t at = 1;
        if (way & 2) {
            block[at++] = 1;
            block[at++] = 'x';
        }
        block[at++] = 0xff; /* Huffman, 127 and 73 octets */
        block[at++] = 73;
        memset(block + at, 0, 199); /* many an 0 */
        block[at + 199] = 0xfe;     /* no padding */
        at += 200;
        if (!(way & 2)) block[at++] = 0;
        bench_open(&b);
        assert_int_equal(decode(&b, (const char *)block, at, &limits), H2_DECODE_BROKEN);
        bench_close(&b);
    }
}

/* An entry larger than the table empties it, and the list has the field all the same (section 4.4). */
static void test_an_entry_larger_than_the_table(void **unused)
{
    (void)unused;
    bench b;
    bench_open(&b);
    octets block = {0};
    octets_put(&block, "\x3f\x21\x40\x01x\x01y\xbe\x40\x01n\x32", 12); /* 64 octets of table */
    octets_fill(&block, 'v', 50);
    assert_int_equal(decode(&b, block.data, block.len, &no_limits), H2_DECODE_OK);
    expect_field(&b, 1, "x", "y", 0);
    expect_field(&b, 2, "n", "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv", 0);
    assert_int_equal(b.decoder.table.count, 0);
    /* In Huffman code its bound is too large, and it is not: it is entered. */
    octets_clear(&block);
    octets_put(&block, "\x40\x01n\x93", 4);
    uint8_t code[19 + H2_HUFFMAN_ENCODE_SLACK];
    assert_true(h2_huffman_encode((const uint8_t *)"bbbbbbbbbbbbbbbbbbbbbbbbb", 25, code, 19) == code + 19);
    assert_true(h2_huffman_decoded_bound(19) > 31);
    octets_put(&block, code, 19);
    octets_u8(&block, 0xbe);
    assert_int_equal(decode(&b, block.data, block.len, &no_limits), H2_DECODE_OK);
    expect_field(&b, 0, "n", "bbbbbbbbbbbbbbbbbbbbbbbbb", 0);
    expect_field(&b, 1, "n", "bbbbbbbbbbbbbbbbbbbbbbbbb", 0);
    assert_int_equal(b.decoder.table.size, 58);
    octets_free(&block);
    bench_close(&b);
}

/* A block of `count` fields "x: y", entered once, then referred to. */
static void put_references(octets *block, size_t count)
{
    octets_put(block, "\x40\x01x\x01y", 5);
    octets_fill(block, 0xbe, count - 1);
}

static void expect_in_step(bench *b)
{
    assert_int_equal(decode(b, "\xbe", 1, &no_limits), H2_DECODE_OK);
    expect_field(b, 0, "late", "entry", 0);
}

static void test_bounds_and_the_table_behind_them(void **unused)
{
    (void)unused;
    octets block = {0};
    put_references(&block, 10);
    octets_put(&block,
               "\x40\x04late\x05"
               "entry",
               12);
    const size_t size = 10 * 34 + 41;
    const struct {
        h2_block_limits limits;
        h2_decode_result want;
        bool in_step;
    } rows[] = {
        {{size, size, 11, 0, false}, H2_DECODE_OK, true},
        {{size - 1, size, 11, 0, false}, H2_DECODE_TOO_LARGE, true},
        {{340, size, 11, 0, false}, H2_DECODE_TOO_LARGE, true},
        {{33, size, 11, 0, false}, H2_DECODE_TOO_LARGE, true},
        {{0, size, 11, 0, false}, H2_DECODE_TOO_LARGE, true},
        {{0, size - 1, 11, 0, false}, H2_DECODE_FAR_TOO_LARGE, false},
        {{100, 339, 11, 0, false}, H2_DECODE_FAR_TOO_LARGE, false},
        {{size - 1, size - 1, 11, 0, false}, H2_DECODE_FAR_TOO_LARGE, false},
        {{size, size, 10, 0, false}, H2_DECODE_TOO_MANY_FIELDS, true},
        {{size, size, 0, 0, false}, H2_DECODE_TOO_MANY_FIELDS, true},
        {{size, SIZE_MAX, 1, 0, false}, H2_DECODE_TOO_MANY_FIELDS, true},
        {{300, 300, 1, 0, false}, H2_DECODE_FAR_TOO_LARGE, false},
        {{size - 1, size, 11, 0, true}, H2_DECODE_TOO_LARGE, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        bench b;
        bench_open(&b);
        const h2_decode_result result = decode(&b, block.data, block.len, &rows[i].limits);
        if (result != rows[i].want) fail_msg("row %zu: %d, not %d", i, (int)result, (int)rows[i].want);
        if (rows[i].in_step) expect_in_step(&b);
        bench_close(&b);
    }
    /* What is broken behind a bound is broken, unless decoding has stopped there. */
    octets_u8(&block, 0x80);
    h2_block_limits limits = {.list_size = 100, .hard_list_size = SIZE_MAX, .fields = SIZE_MAX};
    bench b;
    bench_open(&b);
    assert_int_equal(decode(&b, block.data, block.len, &limits), H2_DECODE_BROKEN);
    bench_close(&b);
    limits.stop_at_list_size = true;
    bench_open(&b);
    assert_int_equal(decode(&b, block.data, block.len, &limits), H2_DECODE_TOO_LARGE);
    bench_close(&b);
    octets_free(&block);
}

/* Literals that are neither coded nor entered are read many at a time, up to the list's bound and not past it. */
static void test_a_run_of_literals_up_to_a_bound(void **unused)
{
    (void)unused;
    octets block = {0};
    for (int i = 0; i < 10; i++)
        octets_put(&block, "\x00\x01x\x01y", 5);
    octets_put(&block,
               "\x40\x04late\x05"
               "entry",
               12);
    bench b;
    bench_open(&b);
    /* The first time there is no room for a run. */
    for (int round = 0; round < 2; round++)
        for (size_t size = 0; size <= 10 * 34 + 41; size++) {
            const h2_block_limits limits = {
                .list_size = size, .hard_list_size = SIZE_MAX, .fields = SIZE_MAX, .size_updates = SIZE_MAX};
            const bool fits = size == 10 * 34 + 41;
            assert_int_equal(decode(&b, block.data, block.len, &limits),
                             fits ? H2_DECODE_OK : H2_DECODE_TOO_LARGE);
            if (fits) assert_int_equal(b.list.count, 11);
            expect_in_step(&b);
        }
    bench_close(&b);
    octets_free(&block);
}

/* The attacks on memory: what is held stays within the list's bound and the table's. */
static void test_memory_is_bounded(void **unused)
{
    (void)unused;
    enum {
        LIST = 65536,
        TABLE = 4096,
        SOME = 2048
    };
    const h2_block_limits limits = {
        .list_size = LIST, .hard_list_size = 4 * LIST, .fields = 1000, .size_updates = 2};
    bench b;
    octets block = {0};

    /* One large entry, then references to it. */
    octets_put(&block, "\x40\x01x\x7f\x80\x1e", 6);
    octets_fill(&block, 'v', 3967);
    octets_fill(&block, 0xbe, 16000);
    bench_open(&b);
    b.memory.limit = TABLE + SOME;
    assert_int_equal(decode(&b, block.data, block.len, &limits), H2_DECODE_FAR_TOO_LARGE);
    bench_close(&b);

    /* A small one: as many fields as there may be. */
    octets_clear(&block);
    put_references(&block, 16000);
    bench_open(&b);
    b.memory.limit = 1000 * (sizeof(h2_header) + sizeof(h2_field_note)) * 3 / 2 + SOME;
    assert_int_equal(decode(&b, block.data, block.len, &limits), H2_DECODE_FAR_TOO_LARGE);
    assert_true(b.memory.used <= 1000 * (sizeof(h2_header) + sizeof(h2_field_note)) + SOME);
    bench_close(&b);

    /* Huffman code that swells beyond the list, 8 to 5: nothing is stored. And one that just fits. */
    for (size_t code = 40900; code <= 41100; code += 200) {
        octets_clear(&block);
        octets_put(&block, "\x00\x01x", 3);
        uint8_t head[8];
        octets_put(&block, head, (size_t)(h2_integer_write(head, 0x80, 0x7f, (uint32_t)code) - head));
        octets_fill(&block, 0, code);
        octets_put(&block, "\xbd", 1);
        bench_open(&b);
        const bool fits = code * 8 / 5 + 33 <= LIST;
        b.memory.limit = fits ? LIST + SOME : SOME;
        const h2_decode_result want = code % 5 ? H2_DECODE_BROKEN : fits ? H2_DECODE_OK : H2_DECODE_TOO_LARGE;
        assert_int_equal(decode(&b, block.data, block.len, &limits), want);
        bench_close(&b);
    }

    /* Many strings: together they are no more than the list may be, and once it is given up none is kept. */
    octets_clear(&block);
    for (int i = 0; i < 40; i++) {
        octets_put(&block, "\x00\x01x\x7f\xc1\x0b", 6); /* 1,600 octets */
        octets_fill(&block, 'v', 1600);
    }
    bench_open(&b);
    assert_int_equal(decode(&b, block.data, block.len, &limits), H2_DECODE_OK);
    assert_true(b.memory.used <= LIST + SOME + 1000);
    bench_close(&b);
    bench_open(&b);
    b.memory.limit = SOME + 1000;
    h2_block_limits few = limits;
    few.fields = 0;
    assert_int_equal(decode(&b, block.data, block.len, &few), H2_DECODE_TOO_MANY_FIELDS);
    bench_close(&b);

    /* Inserts without end: the table alone. */
    octets_clear(&block);
    for (unsigned i = 0; i < 20000; i++)
        octets_put(&block, (const uint8_t[]){0x40, 1, (uint8_t)(i >> 7), 0}, 4);
    bench_open(&b);
    b.memory.limit = 2 * TABLE + 1024 * 43 + 4 * 1000 + 8 * SOME;
    h2_block_limits most = limits;
    most.hard_list_size = SIZE_MAX;
    assert_int_equal(decode(&b, block.data, block.len, &most), H2_DECODE_TOO_MANY_FIELDS);
    assert_int_equal(b.decoder.table.count, TABLE / 33);
    bench_close(&b);
    octets_free(&block);
}

/* Everything at once. */

typedef struct pair {
    counting_allocator allocator;
    h2_memory encoder_memory, memory;
    h2_hpack_encoder encoder;
    h2_hpack_decoder decoder;
} pair;

static void pair_open(pair *p, bool always_huffman)
{
    counting_allocator_init(&p->allocator);
    h2_memory_init(&p->encoder_memory, NULL);
    h2_memory_init(&p->memory, &p->allocator.base);
    h2_encoder_init(&p->encoder, &p->encoder_memory, 4096, always_huffman);
    h2_decoder_init(&p->decoder, &p->memory, 4096);
}

static void pair_close(pair *p)
{
    h2_encoder_release(&p->encoder);
    h2_decoder_release(&p->decoder);
    if (!counting_allocator_clean(&p->allocator)) fail_msg("%s", p->allocator.complaint);
    assert_int_equal(p->encoder_memory.used, 0);
}

static void check_list(const h2_field_list *got, const story_list *want)
{
    assert_int_equal(got->count, want->count);
    for (size_t i = 0; i < got->count; i++) {
        const h2_header *const a = &got->fields[i], *const f = &want->fields[i];
        assert_int_equal(a->name_len, f->name_len);
        assert_memory_equal(a->name, f->name, f->name_len);
        assert_int_equal(a->value_len, f->value_len);
        assert_memory_equal(a->value, f->value, f->value_len);
        assert_int_equal(got->notes[i].token, h2_token_of(f->name, f->name_len));
        assert_int_equal(got->notes[i].clean,
                         h2_name_is_clean(f->name, f->name_len) && h2_value_is_clean(f->value, f->value_len));
    }
}

/* Encodes a random list and decodes it; NO_MEMORY is told, all else must be right. */
static h2_decode_result exchange(pair *p, uint64_t *state)
{
    story_list list = random_list(state);
    uint8_t *const block =
        must_malloc(h2_encoder_bound(&p->encoder, list.count, h2_encoder_octets(list.fields, list.count)));
    size_t len = 0;
    assert_int_equal(h2_encoder_encode(&p->encoder, list.fields, list.count, block, &len), H2_OK);
    h2_field_list got;
    const h2_decode_result result = h2_decoder_decode(&p->decoder, block, len, &no_limits, &got);
    free(block);
    if (result == H2_DECODE_OK) check_list(&got, &list);
    random_list_free(&list);
    return result;
}

/* Tables so small that a block evicts what its own list refers to; allocations that move; trimming in between. */
static void test_lists_outlive_their_entries(void **unused)
{
    (void)unused;
    static const uint32_t sizes[] = {0, 64, 90, 200, 500, 1000, 4096, 20000};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        uint64_t state = seed * 31;
        pair p;
        pair_open(&p, seed % 2);
        /* Positions and numbers are counted modulo 2^32. */
        p.decoder.table.base = p.decoder.table.end = (uint32_t)(0 - random_below(&state, 5000));
        p.decoder.table.next = (uint32_t)(0 - random_below(&state, 100));
        p.encoder.table.next = (uint32_t)(0 - random_below(&state, 100));
        p.encoder.table.base = p.encoder.table.end = (uint32_t)(0 - random_below(&state, 5000));
        for (int i = 0; i < 40; i++) {
            if (random_below(&state, 6) == 0) {
                const uint32_t size = sizes[random_below(&state, sizeof sizes / sizeof *sizes)];
                h2_decoder_set_max_table_size(&p.decoder, size);
                assert_int_equal(h2_encoder_set_table_size(&p.encoder, size), H2_OK);
            }
            if (random_below(&state, 8) == 0) h2_decoder_trim(&p.decoder);
            if (random_below(&state, 8) == 0) h2_encoder_trim(&p.encoder);
            assert_int_equal(exchange(&p, &state), H2_DECODE_OK);
        }
        pair_close(&p);
    }
}

static void test_each_allocation_failing(void **unused)
{
    (void)unused;
    size_t refused = 0;
    for (size_t fail_at = 1; fail_at < 60; fail_at++) {
        uint64_t state = 4711;
        pair p;
        pair_open(&p, true);
        p.allocator.fail_at = fail_at;
        for (int i = 0; i < 12; i++) {
            if (i % 4 == 3) {
                h2_decoder_trim(&p.decoder); /* does without what it is refused */
                p.allocator.refused = 0;
            }
            const h2_decode_result result = exchange(&p, &state);
            assert_int_equal(result == H2_DECODE_NO_MEMORY, p.allocator.refused > 0);
            if (result != H2_DECODE_OK) break;
        }
        refused += p.allocator.refused;
        pair_close(&p);
    }
    assert_true(refused >= 8);
}

static void test_trimming(void **unused)
{
    (void)unused;
    pair p;
    pair_open(&p, false);
    story *s = story_make(STORY_BROWSER, 3, 200);
    uint8_t block[8192];
    h2_field_list got;
    for (size_t i = 0; i < s->count; i++) {
        size_t len = 0;
        assert_int_equal(h2_encoder_encode(&p.encoder, s->lists[i].fields, s->lists[i].count, block, &len),
                         H2_OK);
        assert_int_equal(h2_decoder_decode(&p.decoder, block, len, &no_limits, &got), H2_DECODE_OK);
        check_list(&got, &s->lists[i]);
        if (i % 50 == 49) {
            h2_decoder_trim(&p.decoder);
            /* Names, values, four octets for each entry, and what may be read behind them. */
            assert_true(p.memory.used <= p.decoder.table.size - 28 * p.decoder.table.count + 32);
            const size_t trimmed = p.memory.used;
            h2_decoder_trim(&p.decoder);
            assert_int_equal(p.memory.used, trimmed);
        }
    }
    story_free(s);
    pair_close(&p);

    /* An entry too long to be packed. */
    pair_open(&p, false);
    h2_decoder_set_max_table_size(&p.decoder, 20000);
    assert_int_equal(h2_encoder_set_table_size(&p.encoder, 20000), H2_OK);
    char text[4200];
    memset(text, 'x', sizeof text);
    for (size_t len = 4095; len < 4098; len++) {
        const h2_header field = {.name = "a-name", .name_len = 6, .value = text, .value_len = len};
        size_t block_len = 0;
        assert_int_equal(h2_encoder_encode(&p.encoder, &field, 1, block, &block_len), H2_OK);
        for (int i = 0; i < 2; i++) {
            assert_int_equal(h2_decoder_decode(&p.decoder, block, block_len, &no_limits, &got), H2_DECODE_OK);
            assert_int_equal(got.fields[0].value_len, len);
            assert_memory_equal(got.fields[0].value, text, len);
            h2_decoder_trim(&p.decoder);
            assert_int_equal(h2_table_is_packed(&p.decoder.table), len == 4095);
        }
    }
    pair_close(&p);

    /* Nothing in the table, nothing held. */
    pair_open(&p, false);
    assert_int_equal(
        h2_decoder_decode(&p.decoder, (const uint8_t *)"\x82\x00\x01x\x01y", 6, &no_limits, &got),
        H2_DECODE_OK);
    assert_true(p.memory.used > 0);
    h2_decoder_trim(&p.decoder);
    assert_int_equal(p.memory.used, 0);
    pair_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_blocks),
        cmocka_unit_test(test_broken_blocks),
        cmocka_unit_test(test_cut_blocks),
        cmocka_unit_test(test_never_indexed_and_notes),
        cmocka_unit_test(test_notes_of_coded_values),
        cmocka_unit_test(test_size_updates),
        cmocka_unit_test(test_long_strings_that_are_broken),
        cmocka_unit_test(test_lengths_of_raw_strings),
        cmocka_unit_test(test_lengths_of_raw_names),
        cmocka_unit_test(test_an_entry_larger_than_the_table),
        cmocka_unit_test(test_bounds_and_the_table_behind_them),
        cmocka_unit_test(test_a_run_of_literals_up_to_a_bound),
        cmocka_unit_test(test_memory_is_bounded),
        cmocka_unit_test(test_lists_outlive_their_entries),
        cmocka_unit_test(test_each_allocation_failing),
        cmocka_unit_test(test_trimming),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
