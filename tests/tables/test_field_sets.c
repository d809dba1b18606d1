/* Which pseudo-fields a block has, every set of them, and which octets their values have, every octet: as RFC 9113 sections
 * 8.3 and 8.5, RFC 8441 section 4 and RFC 3986 lay it down, and as Python's h2 does where that is less. */
#include "field/field.h"
#include "field/rules.h"
#include "guard.h"

#include <h2/h2.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum {
    METHOD = 1,
    SCHEME = 2,
    AUTHORITY = 4,
    PATH = 8,
    STATUS = 16,
    PROTOCOL = 32,
    HOST = 64,
    SETS = 128,
    MOST_FIELDS = 7
};

/* Judged with notes and without, before sending and after receiving; all say the same. */
static bool is_accepted(const h2_header *fields, size_t count, h2_block_kind kind, h2_profile profile)
{
    h2_field_note notes[MOST_FIELDS];
    char message[H2_FIELD_MESSAGE];
    bool accepted = false;
    for (size_t i = 0; i < count; i++)
        notes[i] = h2_field_note_of(&fields[i]);
    for (unsigned way = 0; way < 4; way++) {
        const h2_field_context context = {
            .kind = kind, .outbound = way & 1, .protocol_allowed = true, .policy = h2_policy_of(profile)};
        const bool now = h2_field_check(fields, way & 2 ? notes : NULL, count, &context, message);
        if (way > 0) assert_int_equal(now, accepted);
        accepted = now;
    }
    return accepted;
}

/* Sets. */

static bool is_request(h2_block_kind kind)
{
    return kind == H2_BLOCK_REQUEST || kind == H2_BLOCK_PUSHED_REQUEST;
}

static bool has_all(unsigned set, unsigned wanted)
{
    return (set & wanted) == wanted;
}

/* What strict rules add: who is asked stands in :authority, but for what HTTP/1.1 may have been before; and what is pushed is
 * safe and cacheable. */
static bool may_be_strictly(unsigned set, const char *method, h2_block_kind kind, bool connect)
{
    if (kind == H2_BLOCK_REQUEST) return set & AUTHORITY || !connect;
    return set & AUTHORITY && (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0);
}

static bool may_be(unsigned set, const char *method, h2_block_kind kind, bool strict)
{
    const unsigned pseudo = set & ~(unsigned)HOST;
    if (!is_request(kind)) return pseudo == (kind == H2_BLOCK_RESPONSE ? STATUS : 0);
    const bool connect = set & METHOD && strcmp(method, "CONNECT") == 0;
    const bool tunnel = connect && !(set & PROTOCOL);
    if (set & STATUS || !(set & METHOD) || !(set & (AUTHORITY | HOST))) return false;
    if (tunnel ? set & (SCHEME | PATH) : !has_all(set, SCHEME | PATH)) return false;
    if (set & PROTOCOL && !connect) return false;
    return !strict || may_be_strictly(set, method, kind, connect);
}

static size_t list_of(unsigned set, const char *method, h2_header *out)
{
    static const h2_header all[] = {H2_HEADER(":method", ""),        H2_HEADER(":scheme", "https"),
                                    H2_HEADER(":authority", "a:80"), H2_HEADER(":path", "/"),
                                    H2_HEADER(":status", "200"),     H2_HEADER(":protocol", "websocket"),
                                    H2_HEADER("host", "a:80")};
    size_t count = 0;
    for (unsigned i = 0; i < MOST_FIELDS; i++) {
        if (!(set >> i & 1)) continue;
        out[count] = all[i];
        if (i == 0) {
            out[count].value = method;
            out[count].value_len = strlen(method);
        }
        count++;
    }
    return count;
}

static void test_every_set(void **state)
{
    (void)state;
    static const char *const methods[] = {"GET", "HEAD", "POST", "CONNECT"};
    size_t wrong = 0;
    for (h2_profile profile = H2_PROFILE_RFC; profile <= H2_PROFILE_PYTHON; profile++)
        for (h2_block_kind kind = H2_BLOCK_REQUEST; kind <= H2_BLOCK_PUSHED_REQUEST; kind++)
            for (unsigned set = 0; set < SETS; set++)
                for (size_t m = 0; m < 4; m++) {
                    h2_header fields[MOST_FIELDS];
                    const size_t count = list_of(set, methods[m], fields);
                    const bool wanted = may_be(set, methods[m], kind, profile == H2_PROFILE_RFC);
                    if (is_accepted(fields, count, kind, profile) == wanted) continue;
                    print_error("profile %d, kind %d, method %s, set %02x: not as it should be\n",
                                (int)profile, (int)kind, methods[m], set);
                    wrong++;
                }
    assert_int_equal(wrong, 0);
}

/* Any one of them twice, or behind another field, or of a name that none has, is refused. */
static void test_twice_late_and_unknown(void **state)
{
    (void)state;
    for (h2_profile profile = H2_PROFILE_RFC; profile <= H2_PROFILE_PYTHON; profile++)
        for (h2_block_kind kind = H2_BLOCK_REQUEST; kind <= H2_BLOCK_RESPONSE; kind++) {
            const unsigned set = is_request(kind) ? METHOD | SCHEME | AUTHORITY | PATH : STATUS;
            h2_header fields[MOST_FIELDS + 1];
            const size_t count = list_of(set, "GET", fields);
            assert_true(is_accepted(fields, count, kind, profile));
            for (size_t i = 0; i < count; i++) {
                fields[count] = fields[i];
                assert_false(is_accepted(fields, count + 1, kind, profile));
            }
            fields[count] = (h2_header)H2_HEADER(":extra", "1");
            assert_false(is_accepted(fields, count + 1, kind, profile));
            for (size_t i = 0; i < count; i++) {
                list_of(set, "GET", fields);
                fields[count] = fields[i];
                fields[i] = (h2_header)H2_HEADER("x", "1");
                assert_false(is_accepted(fields, count + 1, kind, profile));
            }
        }
}

/* Octets. */

static bool is_alpha(int c)
{
    return strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", c) != NULL && c != 0;
}

static bool is_one_of(int c, const char *set)
{
    return c != 0 && strchr(set, c) != NULL;
}

static bool is_tchar(int c)
{
    return is_alpha(c) || is_one_of(c, "0123456789!#$%&'*+-.^_`|~");
}

static bool is_scheme_octet(int c)
{
    return is_alpha(c) || is_one_of(c, "0123456789+-.");
}

static bool is_control(int c)
{
    return (c < 0x20 && c != '\t') || c == 0x7f;
}

/* A request with that value of one of its pseudo-fields, the value at the end of a page. */
static bool takes(guard *page, unsigned which, const char *value, size_t len)
{
    h2_header fields[MOST_FIELDS];
    const bool response = which == STATUS, protocol = which == PROTOCOL;
    const unsigned set = response ? STATUS : METHOD | SCHEME | AUTHORITY | PATH | (protocol ? PROTOCOL : 0);
    const size_t count = list_of(set, protocol ? "CONNECT" : "GET", fields);
    size_t at = 0;
    for (unsigned bit = 1; bit != which; bit <<= 1)
        at += (set & bit) != 0;
    fields[at].value = (const char *)guard_place(page, value, len);
    fields[at].value_len = len;
    return is_accepted(fields, count, response ? H2_BLOCK_RESPONSE : H2_BLOCK_REQUEST, H2_PROFILE_RFC);
}

static void test_every_octet(void **state)
{
    (void)state;
    guard page = {0};
    guard_open(&page, 100);
    for (int c = 0; c < 256; c++) {
        const char one[] = {(char)c}, second[] = {'a', (char)c};
        const char path[] = {'/', (char)c, 'b'}, authority[] = {'a', (char)c, 'b'};
        const bool digit = is_one_of(c, "0123456789");
        assert_int_equal(takes(&page, METHOD, one, 1), is_tchar(c));
        assert_int_equal(takes(&page, METHOD, second, 2), is_tchar(c));
        assert_int_equal(takes(&page, PROTOCOL, second, 2), is_tchar(c));
        assert_int_equal(takes(&page, SCHEME, one, 1), is_alpha(c));
        assert_int_equal(takes(&page, SCHEME, second, 2), is_scheme_octet(c));
        assert_int_equal(takes(&page, PATH, one, 1), c == '/' || c == '*');
        assert_int_equal(takes(&page, PATH, path, 3), !is_control(c) && !is_one_of(c, " \t"));
        assert_int_equal(takes(&page, AUTHORITY, authority, 3), !is_control(c) && !is_one_of(c, " \t#/?@\\"));
        for (size_t place = 0; place < 3; place++) {
            char status[] = "200";
            status[place] = (char)c;
            assert_int_equal(takes(&page, STATUS, status, 3), digit && (place > 0 || c != '0'));
        }
    }
    guard_free(&page);
}

static void test_lengths_and_words(void **state)
{
    (void)state;
    guard page = {0};
    guard_open(&page, 100);
    for (unsigned which = METHOD; which <= PROTOCOL; which <<= 1)
        assert_false(takes(&page, which, "", 0));
    assert_false(takes(&page, STATUS, "20", 2));
    assert_false(takes(&page, STATUS, "2000", 4));
    assert_false(takes(&page, STATUS, "101", 3));
    assert_true(takes(&page, STATUS, "100", 3));
    assert_true(takes(&page, STATUS, "102", 3));
    assert_true(takes(&page, STATUS, "999", 3));
    assert_false(takes(&page, PATH, "*a", 2));
    assert_false(takes(&page, PATH, "**", 2));
    assert_true(takes(&page, SCHEME, "http", 4));
    assert_true(takes(&page, SCHEME, "HTTPS", 5));
    guard_free(&page);
}

/* TE may be "trailers", in letters of any size, and nothing else. */
static void test_te(void **state)
{
    (void)state;
    static const char *const others[] = {"", "trailer", "trailerss", "trailers ", "gzip", "xrailers"};
    for (h2_profile profile = H2_PROFILE_RFC; profile <= H2_PROFILE_PYTHON; profile++)
        for (unsigned upper = 0; upper < 256; upper++) {
            char word[] = "trailers";
            for (unsigned i = 0; i < 8; i++)
                if (upper >> i & 1) word[i] = (char)(word[i] - 0x20);
            const h2_header good = {"te", 2, word, 8, 0};
            assert_true(is_accepted(&good, 1, H2_BLOCK_TRAILERS, profile));
            word[upper % 8] = (char)(word[upper % 8] ^ 0x40);
            assert_false(is_accepted(&good, 1, H2_BLOCK_TRAILERS, profile));
        }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        const h2_header bad = {"te", 2, others[i], strlen(others[i]), 0};
        assert_false(is_accepted(&bad, 1, H2_BLOCK_TRAILERS, H2_PROFILE_RFC));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_set),   cmocka_unit_test(test_twice_late_and_unknown),
        cmocka_unit_test(test_every_octet), cmocka_unit_test(test_lengths_and_words),
        cmocka_unit_test(test_te),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
