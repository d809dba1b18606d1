/* Huffman code: there and back at every length, against the codes one bit at a time, at the very end of what can be
 * read and of what can be written; and all that a string must not be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "guard.h"
#include "hpack/huffman.h"
#include "hpack/huffman_table.h"
#include "hpack/integer.h"
#include "octets.h"
#include "stories.h"

#include <stdlib.h>
#include <string.h>

enum {
    LONGEST = 200,
    MARK = 0xa5
};

/* The plainest way to encode: bit by bit, from the table of codes. */
static void encode_slowly(octets *out, const uint8_t *text, size_t len)
{
    unsigned octet = 0, bits = 0;
    for (size_t i = 0; i < len; i++) {
        const uint64_t code = h2_huffman_codes[text[i]];
        for (unsigned bit = 0; bit < (code & 0xff); bit++) {
            octet = octet << 1 | (unsigned)(code >> (63 - bit) & 1);
            if (++bits % 8 == 0) {
                octets_u8(out, octet & 0xff);
                octet = 0;
            }
        }
    }
    if (bits % 8 != 0) octets_u8(out, (octet << (8 - bits % 8) | 0xffu >> bits % 8) & 0xff);
}

/* The codes of each length, which follow each other. */
typedef struct plain_code {
    struct {
        uint32_t first, count;
        uint8_t symbols[256];
    } of_length[31];
} plain_code;

static void plain_code_init(plain_code *plain)
{
    memset(plain, 0, sizeof *plain);
    for (size_t i = 0; i < 31; i++)
        plain->of_length[i].first = UINT32_MAX;
    for (int round = 0; round < 2; round++) {
        for (unsigned octet = 0; octet < 256; octet++) {
            const size_t length = h2_huffman_codes[octet] & 0xff;
            const uint32_t code = (uint32_t)(h2_huffman_codes[octet] >> (64 - length));
            if (round == 0 && code < plain->of_length[length].first) plain->of_length[length].first = code;
            if (round == 1) {
                plain->of_length[length].symbols[code - plain->of_length[length].first] = (uint8_t)octet;
                plain->of_length[length].count++;
            }
        }
    }
}

/* The symbol at the top of `have` bits, of which no more than 30 count, and its length; 0 if there is none. */
static size_t first_symbol(const plain_code *plain, uint64_t bits, size_t have, uint8_t *symbol)
{
    for (size_t length = 5; length <= have && length <= 30; length++) {
        const uint64_t place = (bits >> (64 - length)) - plain->of_length[length].first;
        if (place >= plain->of_length[length].count) continue;
        *symbol = plain->of_length[length].symbols[place];
        return length;
    }
    return 0;
}

/* The plainest way to decode: symbol by symbol, each bit by bit. Returns the count, SIZE_MAX if the string is broken. */
static size_t decode_slowly(const plain_code *plain, const uint8_t *code, size_t len, uint8_t *out)
{
    size_t count = 0;
    for (size_t at = 0;;) {
        uint64_t bits = 0;
        for (size_t i = 0; i < 30; i++) {
            const size_t bit = at + i;
            if (bit >= 8 * len || code[bit / 8] >> (7 - bit % 8) & 1) bits |= UINT64_C(1) << (63 - i);
        }
        const size_t left = 8 * len - at, length = first_symbol(plain, bits, left, &out[count]);
        if (length == 0) return left < 8 && bits >> 34 == 0x3fffffff ? count : SIZE_MAX;
        at += length;
        count++;
    }
}

static void random_text(uint64_t *state, uint8_t *text, size_t len)
{
    const size_t kind = random_below(state, 4);
    for (size_t i = 0; i < len; i++) {
        if (kind == 0) text[i] = (uint8_t)random_next(state);
        if (kind == 1) text[i] = (uint8_t) "eta0123-/.Z~{}\\^"[random_below(state, 16)];
        if (kind == 2)
            text[i] = (uint8_t)(random_below(state, 10) ? 'a' + random_below(state, 26) : random_next(state));
        if (kind == 3) text[i] = random_below(state, 9) ? 10 : 'e'; /* the longest codes and the shortest */
    }
}

/* Whether all codes are short: those of other octets than from space to ~ are not. */
static bool is_visible(const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const bool is_short = (h2_huffman_codes[text[i]] & 0xff) <= H2_HUFFMAN_ROOT_BITS;
        assert_true(!is_short || (text[i] >= ' ' && text[i] <= '~'));
        if (!is_short) return false;
    }
    return true;
}

static void check(guard *page, const uint8_t *text, size_t len)
{
    octets slow = {0};
    encode_slowly(&slow, text, len);
    const size_t most = h2_huffman_encoded_bound(len);
    uint8_t *const code = must_malloc(most + H2_HUFFMAN_ENCODE_SLACK);
    uint8_t *const back = must_malloc(h2_huffman_decoded_bound(most) + H2_HUFFMAN_DECODE_SLACK);

    const uint8_t *end = h2_huffman_encode(guard_place(page, text, len), len, code, most);
    assert_non_null(end);
    assert_int_equal(end - code, slow.len);
    if (slow.len > 0) assert_memory_equal(code, slow.data, slow.len);
    if (slow.len > 0) assert_null(h2_huffman_encode(text, len, code, slow.len - 1));
    assert_true(h2_huffman_encode(text, len, code, slow.len) == code + slow.len);

    /* With nothing behind it, and within a longer input. */
    const uint8_t *placed = guard_place(page, code, slow.len);
    bool visible = true;
    end = h2_huffman_decode(placed, slow.len, placed + slow.len, back, &visible);
    assert_non_null(end);
    assert_int_equal(visible, is_visible(text, len));
    assert_int_equal(end - back, len);
    if (len > 0) assert_memory_equal(back, text, len);
    assert_int_equal(h2_huffman_decoded_len(placed, slow.len, placed + slow.len), len);
    assert_true(h2_huffman_decoded_bound(slow.len) >= len);
    octets_fill(&slow, MARK, 9);
    const size_t size = slow.len - 9;
    end = h2_huffman_decode(slow.data, size, slow.data + slow.len, back, &visible);
    assert_true(end == back + len);
    if (len > 0) assert_memory_equal(back, text, len);
    free(code);
    free(back);
    octets_free(&slow);
}

static void test_there_and_back(void **unused)
{
    (void)unused;
    guard page;
    guard_open(&page, 4096);
    uint64_t state = 5;
    uint8_t text[LONGEST];
    for (size_t len = 0; len <= LONGEST; len++) {
        for (int round = 0; round < 40; round++) {
            random_text(&state, text, len);
            check(&page, text, len);
        }
    }
    for (unsigned octet = 0; octet < 256; octet++) {
        memset(text, (int)octet, sizeof text);
        for (size_t len = 1; len < 12; len++)
            check(&page, text, len);
    }
    guard_free(&page);
}

/* The encoder may write no further than it says, wherever it gives up. */
static void test_giving_up_writes_no_further(void **unused)
{
    (void)unused;
    uint64_t state = 6;
    uint8_t text[LONGEST];
    for (int round = 0; round < 4000; round++) {
        const size_t len = random_below(&state, LONGEST), max = random_below(&state, len + 1);
        random_text(&state, text, len);
        /* Of exactly this size, for the sanitizers to watch. */
        uint8_t *const out = must_malloc(max + H2_HUFFMAN_ENCODE_SLACK);
        const uint8_t *const end = h2_huffman_encode(text, len, out, max);
        assert_true(end == NULL || end <= out + max);
        free(out);
    }
}

static bool refuses(guard *page, const char *code, size_t len)
{
    uint8_t back[64];
    bool visible;
    const uint8_t *const placed = guard_place(page, code, len);
    const bool refused = h2_huffman_decode(placed, len, placed + len, back, &visible) == NULL;
    assert_int_equal(refused, h2_huffman_decoded_len(placed, len, placed + len) == SIZE_MAX);
    return refused;
}

static void test_what_a_string_must_not_be(void **unused)
{
    (void)unused;
    guard page;
    guard_open(&page, 4096);
    assert_false(refuses(&page, "\x07", 1));                /* 0, and 111 */
    assert_true(refuses(&page, "\x00", 1));                 /* 0, and 000 */
    assert_true(refuses(&page, "\x06", 1));                 /* 0, and 110 */
    assert_true(refuses(&page, "\x07\xff", 2));             /* more than seven bits of padding */
    assert_true(refuses(&page, "\xff", 1));                 /* nothing but eight */
    assert_true(refuses(&page, "\xff\xff\xff\xff", 4));     /* EOS and two bits */
    assert_true(refuses(&page, "\x07\xff\xff\xff\xff", 5)); /* EOS behind something */
    assert_true(refuses(&page, "\xff\xff\xff\xfc\x07", 5)); /* EOS in front */
    assert_true(refuses(&page, "\xff\xc0", 2));             /* a long code that is cut */
    assert_false(refuses(&page, "\xff\xc7", 2)); /* that code: 13 bits of ones and zeros, octet 0 */
    assert_false(refuses(&page, "", 0));
    guard_free(&page);
}

/* As the plain way does: at the end of what can be read, and in front of more. */
static void check_code(guard *page, const plain_code *plain, const uint8_t *code, size_t len)
{
    uint8_t expected[2 * LONGEST], longer[LONGEST + 16];
    assert_true(len <= LONGEST);
    const size_t count = decode_slowly(plain, code, len, expected);
    uint8_t *const back = must_malloc(h2_huffman_decoded_bound(len) + H2_HUFFMAN_DECODE_SLACK);
    if (len > 0) memcpy(longer, code, len);
    for (int behind = 0; behind < 3; behind++) {
        const uint8_t *at = longer, *end = longer + len + 16;
        memset(longer + len, behind == 0 ? 0 : 0xff, 16);
        if (behind == 2) {
            at = guard_place(page, code, len);
            end = at + len;
        }
        bool visible = true;
        const uint8_t *const back_end = h2_huffman_decode(at, len, end, back, &visible);
        assert_true(back_end == (count != SIZE_MAX ? back + count : NULL));
        if (back_end) assert_int_equal(visible, is_visible(expected, count));
        if (back_end && count > 0) assert_memory_equal(back, expected, count);
        assert_true(h2_huffman_decoded_len(at, len, end) == count);
    }
    free(back);
}

static void test_any_octets(void **unused)
{
    (void)unused;
    guard page;
    guard_open(&page, 4096);
    plain_code plain;
    plain_code_init(&plain);
    for (unsigned pair = 0; pair < 1 << 16; pair++) {
        const uint8_t code[2] = {(uint8_t)(pair >> 8), (uint8_t)pair};
        check_code(&page, &plain, code, 2);
        if (code[1] == 0) check_code(&page, &plain, code, 1);
    }
    /* Texts with some bits set that were not: padding too long, EOS, codes that are cut. */
    uint64_t state = 7;
    for (int round = 0; round < 4000; round++) {
        uint8_t text[LONGEST / 4];
        octets code = {0};
        random_text(&state, text, sizeof text);
        encode_slowly(&code, text, 1 + random_below(&state, sizeof text - 1));
        if (code.len > LONGEST) code.len = LONGEST;
        if (round % 2) {
            const size_t at = random_below(&state, code.len), rest = code.len - at;
            memset(code.data + at, 0xff, 1 + random_below(&state, rest < 5 ? rest : 5));
        }
        check_code(&page, &plain, code.data, code.len);
        for (size_t len = code.len > 20 ? code.len - 20 : 0; len < code.len; len++)
            check_code(&page, &plain, code.data, len);
        octets_free(&code);
    }
    guard_free(&page);
}

/* Each entry, against the codes one bit at a time. */
static void test_root_table(void **unused)
{
    (void)unused;
    plain_code plain;
    plain_code_init(&plain);
    for (size_t value = 0; value < 1 << H2_HUFFMAN_ROOT_BITS; value++) {
        const size_t entry = value ^ ((1 << H2_HUFFMAN_ROOT_BITS) - 1);
        const uint64_t bits = (uint64_t)value << (64 - H2_HUFFMAN_ROOT_BITS);
        uint8_t one = 0, two = 0;
        const size_t first = first_symbol(&plain, bits, H2_HUFFMAN_ROOT_BITS, &one);
        const size_t second =
            first ? first_symbol(&plain, bits << first, H2_HUFFMAN_ROOT_BITS - first, &two) : 0;
        const size_t count = (size_t)(first > 0) + (second > 0);
        assert_int_equal(h2_huffman_steps[entry], (first + second) | count << 6);
        assert_int_equal(h2_huffman_pairs[entry], one | two << 8);
    }
}

/* Every two symbols, behind others that leave them anywhere in a word and in front of any padding. */
static void test_every_two_symbols(void **unused)
{
    (void)unused;
    for (unsigned one = 0; one < 256; one++) {
        for (unsigned two = 0; two < 256; two++) {
            const size_t front = (one + two) % 23, len = front + 2;
            uint8_t text[32], code[128], back[128 * 2];
            memset(text, 'e', front);
            text[front] = (uint8_t)one;
            text[front + 1] = (uint8_t)two;
            const uint8_t *const end =
                h2_huffman_encode(text, len, code, sizeof code - H2_HUFFMAN_ENCODE_SLACK);
            assert_non_null(end);
            bool visible;
            const uint8_t *const back_end =
                h2_huffman_decode(code, (size_t)(end - code), end, back, &visible);
            assert_true(back_end == back + len);
            assert_memory_equal(back, text, len);
        }
    }
}

/* EOS behind any number of symbols of any length, alone and with more behind it. */
static void test_eos_anywhere(void **unused)
{
    (void)unused;
    static const char symbols[] = "e \"X&\n";
    for (const char *symbol = symbols; *symbol; symbol++) {
        for (size_t count = 0; count < 40; count++) {
            uint8_t text[40], code[200], back[400];
            memset(text, *symbol, count);
            const uint8_t *const end = h2_huffman_encode(text, count, code, 150);
            assert_non_null(end);
            const size_t len = (size_t)(end - code); /* its padding is the beginning of EOS */
            memset(code + len, 0xff, 4);
            for (size_t more = 1; more <= 4; more++) {
                bool visible;
                assert_null(h2_huffman_decode(code, len + more, code + len + more, back, &visible));
                assert_true(h2_huffman_decoded_len(code, len + more, code + len + more) == SIZE_MAX);
            }
        }
    }
}

/* RFC 7541 appendix C.1, and the least and greatest of each size. */
static void test_integers(void **unused)
{
    (void)unused;
    static const struct {
        uint32_t mask, value;
        const char *octets;
        size_t len;
    } rows[] = {
        {31, 10, "\x0a", 1},
        {31, 1337, "\x1f\x9a\x0a", 3},
        {255, 42, "\x2a", 1},
        {127, 126, "\x7e", 1},
        {127, 127, "\x7f\x00", 2},
        {127, 254, "\x7f\x7f", 2},
        {127, 255, "\x7f\x80\x01", 3},
        {15, UINT32_MAX, "\x0f\xf0\xff\xff\xff\x0f", 6},
        {127, UINT32_MAX, "\x7f\x80\xff\xff\xff\x0f", 6},
    };
    guard page;
    guard_open(&page, 4096);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint8_t out[H2_INTEGER_MAX_OCTETS];
        const uint8_t *const end = h2_integer_write(out, 0, rows[i].mask, rows[i].value);
        assert_int_equal(end - out, rows[i].len);
        assert_memory_equal(out, rows[i].octets, rows[i].len);
        for (size_t len = 1; len <= rows[i].len; len++) {
            const uint8_t *const at = guard_place(&page, rows[i].octets, len);
            uint32_t value = 0;
            const uint8_t *const behind = h2_integer_read(at, at + len, rows[i].mask, &value);
            assert_true(behind == (len < rows[i].len ? NULL : at + len));
            if (behind) assert_int_equal(value, rows[i].value);
        }
    }
    static const struct {
        const char *octets;
        size_t len;
        bool good;
    } limits[] = {
        {"\x7f\x81\xff\xff\xff\x0f", 6, false},     /* 2^32 */
        {"\x7f\xff\xff\xff\xff\x7f", 6, false},     /* 35 bits */
        {"\x7f\x80\x80\x80\x80\x00", 6, true},      /* 127 at its longest */
        {"\x7f\x80\x80\x80\x80\x80\x00", 7, false}, /* one octet more */
        {"\x7f\x80\x80\x80\x80\x80", 6, false},     /* known to be too long at the sixth */
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        const uint8_t *const at = guard_place(&page, limits[i].octets, limits[i].len);
        uint32_t value;
        assert_int_equal(h2_integer_read(at, at + limits[i].len, 127, &value) != NULL, limits[i].good);
    }
    guard_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_giving_up_writes_no_further),
        cmocka_unit_test(test_what_a_string_must_not_be),
        cmocka_unit_test(test_any_octets),
        cmocka_unit_test(test_root_table),
        cmocka_unit_test(test_every_two_symbols),
        cmocka_unit_test(test_eos_anywhere),
        cmocka_unit_test(test_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
