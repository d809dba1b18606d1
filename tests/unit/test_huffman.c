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
        for (unsigned left = code & 0xff; left > 0; left--) {
            octet = octet << 1 | (unsigned)(code >> (left + 7) & 1);
            if (++bits % 8 == 0) {
                octets_u8(out, octet & 0xff);
                octet = 0;
            }
        }
    }
    if (bits % 8 != 0) octets_u8(out, (octet << (8 - bits % 8) | 0xffu >> bits % 8) & 0xff);
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
        cmocka_unit_test(test_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
