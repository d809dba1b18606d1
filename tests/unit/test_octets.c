/* Which octets are clean: the vectors and the portable way against the rule itself, octet by octet, at every length
 * and place, with nothing readable behind the string; and the tokens of names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/octets.h"
#include "base/octets_padded.h"
#include "base/token.h"
#include "guard.h"

#include <string.h>

/* The portable way, beside the one that the library was built with. */
#define H2_OCTETS_PORTABLE
#define h2_name_is_clean     portable_name_is_clean
#define h2_value_is_clean    portable_value_is_clean
#define h2_has_blank         portable_has_blank
#define h2_has_authority_end portable_has_authority_end
bool portable_name_is_clean(const char *name, size_t len);
bool portable_value_is_clean(const char *value, size_t len);
bool portable_has_blank(const char *octets, size_t len);
bool portable_has_authority_end(const char *octets, size_t len);
#include "../../src/base/octets.c"
#undef H2_BASE_OCTETS_PADDED_H
#define H2_OCTETS_PADDING         PORTABLE_PADDING
#define h2_value_is_clean_padded  portable_value_is_clean_padded
#define h2_value_copy_padded      portable_value_copy_padded
#define h2_plain_name_copy_padded portable_plain_name_copy_padded
#include "../../src/base/octets_padded.h"
#undef H2_OCTETS_PADDING
#undef h2_value_is_clean_padded
#undef h2_value_copy_padded
#undef h2_plain_name_copy_padded
#undef h2_name_is_clean
#undef h2_value_is_clean
#undef h2_has_blank
#undef h2_has_authority_end

enum {
    LONGEST = 70
};

/* RFC 9110 section 5.6.2, without upper case. */
static bool may_stand_in_name(unsigned octet)
{
    return octet != 0 && octet < 128 &&
           strchr("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz", (int)octet);
}

static bool may_stand_in_value(unsigned octet)
{
    return octet == 9 || (octet >= 0x20 && octet <= 0x7e) || octet >= 0x80;
}

static void expect_a_name(guard *page, const char *name, size_t len, bool clean)
{
    const char *const placed = (const char *)guard_place(page, name, len);
    if (h2_name_is_clean(placed, len) != clean || portable_name_is_clean(placed, len) != clean)
        fail_msg("name of %zu octets, first %02x, last %02x", len, (uint8_t)name[0], (uint8_t)name[len - 1]);
}

static void expect_a_value(guard *page, const char *value, size_t len, bool clean)
{
    const char *const placed = (const char *)guard_place(page, value, len);
    if (h2_value_is_clean(placed, len) != clean || portable_value_is_clean(placed, len) != clean)
        fail_msg("value of %zu octets, first %02x, last %02x", len, (uint8_t)value[0],
                 (uint8_t)value[len - 1]);
}

/* The only octet that may count as one is `octet`. */
static void expect_signs(guard *page, const char *text, size_t len, unsigned octet)
{
    const char *const placed = (const char *)guard_place(page, text, len);
    const bool blank = octet == 9 || octet == ' ', ends = octet != 0 && strchr("\t #/?@\\", (int)octet);
    if (h2_has_blank(placed, len) != blank || portable_has_blank(placed, len) != blank)
        fail_msg("blank in %zu octets: %02x", len, octet);
    if (h2_has_authority_end(placed, len) != ends || portable_has_authority_end(placed, len) != ends)
        fail_msg("end of an authority in %zu octets: %02x", len, octet);
}

static void test_every_octet_in_every_place(void **unused)
{
    (void)unused;
    guard page;
    guard_open(&page, 4096);
    char text[LONGEST];
    for (size_t len = 1; len <= LONGEST; len++) {
        for (size_t place = 0; place < len; place++) {
            memset(text, 'a', sizeof text);
            for (unsigned octet = 0; octet < 256; octet++) {
                text[place] = (char)octet;
                const bool colon_in_front = place == 0 && octet == ':' && len > 1;
                const bool blank_at_end = (place == 0 || place == len - 1) && (octet == 9 || octet == ' ');
                expect_a_name(&page, text, len, may_stand_in_name(octet) || colon_in_front);
                expect_a_value(&page, text, len, may_stand_in_value(octet) && !blank_at_end);
                expect_signs(&page, text, len, octet);
            }
        }
    }
    guard_free(&page);
}

static bool is_plain_name(const char *name, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (!may_stand_in_name((uint8_t)name[i]) || strchr("!#$%&'*+.|~", name[i])) return false;
    return true;
}

/* Behind the string stands what is clean or what is not, and then nothing that can be read. */
static void expect_padded(guard *page, const char *text, size_t len, char behind)
{
    char padded[LONGEST + H2_OCTETS_PADDING], out[3][LONGEST + H2_OCTETS_PADDING];
    memcpy(padded, text, len);
    memset(padded + len, behind, H2_OCTETS_PADDING);
    const char *const placed = (const char *)guard_place(page, padded, len + H2_OCTETS_PADDING);
    const bool clean = h2_value_is_clean(text, len);
    memset(out, 0, sizeof out);
    if (h2_value_is_clean_padded(placed, len) != clean ||
        portable_value_is_clean_padded(placed, len) != clean ||
        h2_value_copy_padded(out[0], placed, len) != clean ||
        portable_value_copy_padded(out[1], placed, len) != clean)
        fail_msg("value of %zu octets, first %02x, last %02x", len, (uint8_t)text[0], (uint8_t)text[len - 1]);
    /* The portable way leaves it to others to say that a name is plain. */
    const bool plain = h2_plain_name_copy_padded(out[2], placed, len);
    if (plain && !is_plain_name(text, len)) fail_msg("name of %zu octets, first %02x", len, (uint8_t)text[0]);
    if (portable_plain_name_copy_padded(out[1], placed, len) && !is_plain_name(text, len))
        fail_msg("portable name");
    for (int i = 0; i < 3; i++)
        assert_memory_equal(out[i], text, len);
#if defined(__SSE2__) && !defined(H2_OCTETS_PORTABLE_PADDED)
    assert_int_equal(plain, is_plain_name(text, len));
#endif
}

static void test_padded_strings(void **unused)
{
    (void)unused;
    guard page;
    guard_open(&page, 4096);
    char text[LONGEST];
    for (size_t len = 1; len <= LONGEST; len++) {
        for (size_t place = 0; place < len; place++) {
            memset(text, 'a', sizeof text);
            for (unsigned octet = 0; octet < 256; octet++) {
                text[place] = (char)octet;
                expect_padded(&page, text, len, place % 2 ? 'a' : 0);
            }
        }
    }
    assert_true(h2_value_is_clean_padded("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 0));
    assert_true(h2_value_copy_padded(text, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 0));
    guard_free(&page);
}

static void test_mixed_names_and_values(void **unused)
{
    (void)unused;
    guard page;
    guard_open(&page, 4096);
    expect_a_name(&page, "sec-ch-ua-full-version-list", 27, true);
    expect_a_name(&page, ":a", 2, true);
    expect_a_name(&page, "::a", 3, false);
    expect_a_name(&page, ":", 1, false);
    expect_a_name(&page, "x_some~odd.name", 15, true);
    expect_a_name(&page, "x-Some-header-field", 19, false);
    expect_a_value(&page, "a\tb c", 5, true);
    expect_a_value(&page, "\xc3\xa4\xff\x80 text", 9, true);
    assert_false(h2_name_is_clean("", 0) || portable_name_is_clean("", 0));
    assert_false(h2_has_blank("", 0) || portable_has_blank("", 0));
    assert_false(h2_has_authority_end("", 0) || portable_has_authority_end("", 0));
    assert_true(h2_value_is_clean("", 0) && portable_value_is_clean("", 0));
    guard_free(&page);
}

/* Nothing is looked at where there is nothing. */
static void test_empty_strings(void **unused)
{
    (void)unused;
    guard page = {0};
    guard_open(&page, 1);
    const char *const nothing = (const char *)guard_place(&page, "", 0);
    assert_false(h2_name_is_clean(nothing, 0));
    assert_false(portable_name_is_clean(nothing, 0));
    assert_true(h2_value_is_clean(nothing, 0));
    assert_true(portable_value_is_clean(nothing, 0));
    assert_false(h2_has_blank(nothing, 0));
    assert_false(h2_has_authority_end(nothing, 0));
    guard_free(&page);
}

static void test_tokens(void **unused)
{
    (void)unused;
    static const struct {
        const char *name;
        uint8_t token;
    } rows[] = {
        {":method", H2_TOKEN_METHOD},
        {":scheme", H2_TOKEN_SCHEME},
        {":authority", H2_TOKEN_AUTHORITY},
        {":path", H2_TOKEN_PATH},
        {":status", H2_TOKEN_STATUS},
        {":protocol", H2_TOKEN_PROTOCOL},
        {":other", H2_TOKEN_OTHER_PSEUDO},
        {":", H2_TOKEN_OTHER_PSEUDO},
        {":Method", H2_TOKEN_OTHER_PSEUDO},
        {":a-very-long-pseudo-field-name", H2_TOKEN_OTHER_PSEUDO},
        {"host", H2_TOKEN_HOST},
        {"content-length", H2_TOKEN_CONTENT_LENGTH},
        {"cookie", H2_TOKEN_COOKIE},
        {"te", H2_TOKEN_TE},
        {"connection", H2_TOKEN_CONNECTION},
        {"proxy-connection", H2_TOKEN_PROXY_CONNECTION},
        {"keep-alive", H2_TOKEN_KEEP_ALIVE},
        {"transfer-encoding", H2_TOKEN_TRANSFER_ENCODING},
        {"upgrade", H2_TOKEN_UPGRADE},
        {"authorization", H2_TOKEN_AUTHORIZATION},
        {"proxy-authorization", H2_TOKEN_PROXY_AUTHORIZATION},
        {"", H2_TOKEN_NONE},
        {"hosu", H2_TOKEN_NONE},
        {"content-lengtH", H2_TOKEN_NONE},
        {"proxy-conNection", H2_TOKEN_NONE},
        {"transfer-ancoding", H2_TOKEN_NONE},
        {"proxy-auuhorization", H2_TOKEN_NONE},
        {"t", H2_TOKEN_NONE},
        {"Host", H2_TOKEN_NONE},
        {"cookie2", H2_TOKEN_NONE},
        {"proxy-authorizatioN", H2_TOKEN_NONE},
        {"proxy-authorization-", H2_TOKEN_NONE},
    };
    guard page;
    guard_open(&page, 4096);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const size_t len = strlen(rows[i].name);
        const char *const name = (const char *)guard_place(&page, rows[i].name, len);
        if (h2_token_of(name, len) != rows[i].token) fail_msg("%s", rows[i].name);
    }
    guard_free(&page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_octet_in_every_place),
        cmocka_unit_test(test_padded_strings),
        cmocka_unit_test(test_mixed_names_and_values),
        cmocka_unit_test(test_empty_strings),
        cmocka_unit_test(test_tokens),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
