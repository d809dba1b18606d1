/* Fields at the ends of memory: nothing is read behind a name or a value, nothing is written behind the room that was
 * given; and the longest numbers and the octets that messages escape. */
#include "field/field.h"
#include "field/message.h"
#include "field/rules.h"
#include "guard.h"

#include <h2/h2.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    MOST = 64
};

static const char *const names[] = {
    "",      "a",     "a(b", "a:b",        "A",       "Cookie",  "cookie",
    ":path", ":Path", ":x",  " a ",        "a b",     ":status", "content-length",
    "te",    "host",  ":",   "Connection", "UpGrade", "a\x80",   "transfer-encoding"};
static const char *const values[] = {"",    "a",   ";",     "; ",       "a;",     "a; ",    "a; b; c",
                                     " a ", "1",   "12a",   "trailers", "/",      "GET",    "CONNECT",
                                     "200", "1xx", "x\x7f", "0",        "\tabcd", "a\r\nb", "https"};

enum {
    NAMES = sizeof names / sizeof *names,
    VALUES = sizeof values / sizeof *values
};

/* Three fields with their octets in front of pages without access, and the notes, too. */
typedef struct edges {
    guard pages[8];
    h2_header fields[3];
    const h2_field_note *notes;
} edges;

static void place(edges *e, size_t number)
{
    h2_field_note notes[3];
    for (size_t i = 0; i < 3; i++) {
        const char *const name = names[number % NAMES], *const value = values[number / NAMES % VALUES];
        e->fields[i] =
            (h2_header){.name = (const char *)guard_place(&e->pages[2 * i], name, strlen(name)),
                        .name_len = strlen(name),
                        .value = (const char *)guard_place(&e->pages[2 * i + 1], value, strlen(value)),
                        .value_len = strlen(value)};
        notes[i] = h2_field_note_of(&e->fields[i]);
        number += 97;
    }
    e->notes = (const h2_field_note *)(const void *)guard_place(&e->pages[6], notes, sizeof notes);
}

static void judge(const edges *e, h2_profile profile)
{
    char message[H2_FIELD_MESSAGE];
    bool found;
    uint64_t length;
    for (h2_block_kind kind = H2_BLOCK_REQUEST; kind <= H2_BLOCK_PUSHED_REQUEST; kind++)
        for (unsigned way = 0; way < 4; way++) {
            const h2_field_context context = {
                .kind = kind, .outbound = way & 1, .policy = h2_policy_of(profile)};
            (void)h2_field_check(e->fields, way & 2 ? e->notes : NULL, 3, &context, message);
        }
    (void)h2_field_content_length(e->fields, e->notes, 3, h2_policy_of(profile), &found, &length, message);
    (void)h2_field_is_informational(e->fields, 3);
    assert_null(h2_field_find(e->fields, e->notes, 3, 77));
}

/* Into room of just the size that was asked for, and one less of each. */
static void normalize(const edges *e, bool outbound, bool split)
{
    size_t count = 0, used = 0;
    (void)h2_fields_normalize(e->fields, 3, outbound, split, NULL, &count, NULL, &used);
    h2_header *const out = malloc((count + 1) * sizeof *out);
    char *const space = malloc(used + 1);
    for (unsigned less = 0; less < 3; less++) {
        const size_t room = count - (less == 1 && count > 0), octets = used - (less == 2 && used > 0);
        size_t got = room, took = octets;
        memset(out, 0x77, (count + 1) * sizeof *out);
        memset(space, 0x77, used + 1);
        const h2_status status = h2_fields_normalize(e->fields, 3, outbound, split, out, &got, space, &took);
        assert_int_equal(status, room < count || octets < used ? H2_ERROR_ARGUMENT : H2_OK);
        assert_int_equal(got, count);
        assert_int_equal(took, used);
        assert_int_equal(space[octets], 0x77);
        assert_int_equal(((unsigned char *)&out[room])[0], 0x77);
    }
    free(out);
    free(space);
}

static void test_nothing_is_read_or_written_behind(void **state)
{
    (void)state;
    edges e = {0};
    for (size_t i = 0; i < 8; i++)
        guard_open(&e.pages[i], MOST);
    for (size_t number = 0; number < NAMES * VALUES; number++) {
        place(&e, number);
        judge(&e, H2_PROFILE_RFC);
        judge(&e, H2_PROFILE_PYTHON);
        normalize(&e, true, false);
        normalize(&e, true, true);
        normalize(&e, false, false);
    }
    for (size_t i = 0; i < 8; i++)
        guard_free(&e.pages[i]);
}

/* Before sending. */

/* A name in any case is the name: what must not be sent is not sent. */
static void test_names_in_any_case(void **state)
{
    (void)state;
    static const char *const dropped[] = {"connection", "proxy-connection", "keep-alive", "transfer-encoding",
                                          "upgrade"};
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        for (size_t upper = 0; upper <= strlen(dropped[i]); upper++) {
            char name[32];
            strcpy(name, dropped[i]);
            if (name[upper] >= 'a') name[upper] = (char)(name[upper] - 0x20);
            const h2_header field = {.name = name, .name_len = strlen(name), .value = "x", .value_len = 1};
            h2_header out[1];
            char space[32];
            size_t count = 1, used = sizeof space;
            assert_int_equal(h2_fields_normalize(&field, 1, true, false, out, &count, space, &used), H2_OK);
            assert_int_equal(count, 0);
        }
    static const char *const secret[] = {"Authorization", "Proxy-Authorization", "PROXY-AUTHORIZATION"};
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++) {
        const h2_header field = {
            .name = secret[i], .name_len = strlen(secret[i]), .value = "x", .value_len = 1};
        h2_header out[1];
        char space[32];
        size_t count = 1, used = sizeof space;
        assert_int_equal(h2_fields_normalize(&field, 1, true, false, out, &count, space, &used), H2_OK);
        assert_int_equal(count, 1);
        assert_int_equal(out[0].flags, H2_HEADER_NEVER_INDEX);
        assert_int_equal(used, strlen(secret[i]));
    }
}

static void test_cookies_of_each_length(void **state)
{
    (void)state;
    for (size_t len = 0; len < 40; len++) {
        char value[40];
        memset(value, 'c', sizeof value);
        const h2_header cookie = {.name = "cookie", .name_len = 6, .value = value, .value_len = len};
        h2_header out[1];
        size_t count = 1, used = 0;
        assert_int_equal(h2_fields_normalize(&cookie, 1, true, false, out, &count, NULL, &used), H2_OK);
        assert_int_equal(out[0].flags, len < 20 ? H2_HEADER_NEVER_INDEX : 0);
    }
    /* One that was received needs no room to be joined. */
    const h2_header one = H2_HEADER("cookie", "a=b");
    h2_header out[1];
    size_t count = 1, used = 0;
    assert_int_equal(h2_fields_normalize(&one, 1, false, false, out, &count, NULL, &used), H2_OK);
    assert_int_equal(used, 0);
    assert_int_equal(out[0].flags, H2_HEADER_NEVER_INDEX);
}

/* Content-length. */

static h2_status length_of(const char *const *texts, size_t count, uint64_t *length, char *message)
{
    h2_header fields[2];
    bool found;
    for (size_t i = 0; i < count; i++)
        fields[i] = (h2_header){
            .name = "content-length", .name_len = 14, .value = texts[i], .value_len = strlen(texts[i])};
    return h2_field_content_length(fields, NULL, count, h2_policy_of(H2_PROFILE_PYTHON), &found, length,
                                   message);
}

static void test_lengths(void **state)
{
    (void)state;
    static char digits[4302];
    char message[H2_FIELD_MESSAGE];
    uint64_t length = 0;
    memset(digits, '0', sizeof digits);
    digits[4299] = '7';
    digits[4300] = 0;
    const char *one = digits;
    assert_int_equal(length_of(&one, 1, &length, message), H2_OK);
    assert_int_equal(length, 7);
    digits[4300] = '0';
    digits[4301] = 0;
    assert_int_equal(length_of(&one, 1, &length, message), H2_ERROR_PROTOCOL);

    static const struct {
        const char *text;
        uint64_t length;
    } rows[] = {
        {"0", 0},
        {"000", 0},
        {"9223372036854775806", INT64_MAX - 1},
        {"9223372036854775807", INT64_MAX},
        {"9223372036854775808", INT64_MAX},
        {"9223372036854775810", INT64_MAX},
        {"99999999999999999999999", INT64_MAX},
        {"922337203685477580", 922337203685477580},
        {"999999999999999999", 999999999999999999},
        {"1000000000000000000", 1000000000000000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(length_of(&rows[i].text, 1, &length, message), H2_OK);
        assert_int_equal(length, rows[i].length);
    }
    static const char *const bad[] = {"", "/", ":", "1:", "/1", "+1", "-1", " 1", "1 ", "0x1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(length_of(&bad[i], 1, &length, message), H2_ERROR_PROTOCOL);
    static const char *const differing[] = {"00", "05"}, *const same[] = {"005", "5"};
    assert_int_equal(length_of(differing, 2, &length, message), H2_ERROR_PROTOCOL);
    assert_string_equal(message, "Conflicting content-length headers: 0 and 5");
    assert_int_equal(length_of(same, 2, &length, message), H2_OK);
    assert_int_equal(length, 5);
}

/* Messages. */

static void test_every_octet_in_a_message(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        const char octet = (char)c;
        char plain[H2_FIELD_MESSAGE], python[H2_FIELD_MESSAGE], want[16];
        h2_message m = h2_message_begin(plain, true);
        h2_message_octets(&m, &octet, 1);
        m = h2_message_begin(python, false);
        h2_message_quote(&m, &octet, 1);
        if (c == '\n' || c == '\r' || c == '\t')
            snprintf(want, sizeof want, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        else if (c < 0x20 || c > 0x7e)
            snprintf(want, sizeof want, "\\x%02x", (unsigned)c);
        else
            snprintf(want, sizeof want, "%c", c);
        assert_string_equal(plain, want);
        char quoted[24];
        if (c == '\\')
            snprintf(quoted, sizeof quoted, "b'\\\\'");
        else
            snprintf(quoted, sizeof quoted, c == '\'' ? "b\"%s\"" : "b'%s'", want);
        assert_string_equal(python, quoted);
    }
}

static void test_how_much_is_quoted(void **state)
{
    (void)state;
    guard page = {0};
    guard_open(&page, 100);
    char octets[70], text[H2_FIELD_MESSAGE];
    memset(octets, 'q', sizeof octets);
    for (size_t len = 60; len < 70; len++) {
        h2_message m = h2_message_begin(text, true);
        h2_message_quote(&m, (const char *)guard_place(&page, octets, len), len);
        assert_int_equal(strlen(text), len <= 64 ? len + 2 : 64 + 2 + 3);
        m = h2_message_begin(text, false);
        h2_message_quote(&m, (const char *)guard_place(&page, octets, len), len);
        assert_int_equal(strlen(text), len <= 64 ? len + 3 : 64 + 3 + 3);
    }
    guard_free(&page);
}

/* Lists that nothing is noted of. */
static void cookies_move_without_notes(void **state)
{
    (void)state;
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    h2_header fields[] = {H2_HEADER("cookie", "a=b"), H2_HEADER("x", "y"), H2_HEADER("z", "")};
    h2_buffer space = {0};
    size_t count = 3;

    assert_true(h2_field_join_cookies(fields, NULL, &count, &space, &memory));
    assert_int_equal(count, 3);
    assert_string_equal(fields[0].name, "x");
    assert_string_equal(fields[1].name, "z");
    assert_string_equal(fields[2].value, "a=b");
    assert_int_equal(fields[2].flags, H2_HEADER_NEVER_INDEX);
    fields[0] = (h2_header)H2_HEADER("cookie", "c");
    assert_true(h2_field_join_cookies(fields, NULL, &count, &space, &memory));
    assert_int_equal(count, 2);
    assert_string_equal(fields[0].name, "z");
    assert_int_equal(fields[1].value_len, 6);
    assert_memory_equal(fields[1].value, "c; a=b", 6);
    h2_buffer_free(&space, &memory);
}

/* Only a status is informational, whatever other pseudo-fields of that length say. */
static void only_a_status_is_informational(void **state)
{
    (void)state;
    static const h2_header fields[] = {H2_HEADER(":method", "100"), H2_HEADER(":status", "200")};
    static const h2_header early[] = {H2_HEADER(":method", "200"), H2_HEADER(":status", "103")};
    assert_false(h2_field_is_informational(fields, 2));
    assert_true(h2_field_is_informational(early, 2));
}

/* Lists that become one longer by a cookie in two parts: notes have room for just as many as were given, until all are
 * counted. */
static void a_list_that_grows(void **state)
{
    (void)state;
    enum {
        FIELDS = 32
    };
    h2_header fields[FIELDS];
    h2_memory memory;
    h2_hpack_encoder encoder;
    for (size_t at = 0; at < 2; at++) {
        h2_field_work work = {.fields = {0}};
        const h2_header *out = fields;
        size_t count = FIELDS;
        for (size_t i = 0; i < FIELDS; i++)
            fields[i] = (h2_header)H2_HEADER("x", "y");
        fields[0] = (h2_header)H2_HEADER("cookie", "a=1; b=2");
        if (at == 1) fields[FIELDS - 1] = (h2_header)H2_HEADER("A(", "y");
        h2_memory_init(&memory, NULL);
        h2_encoder_init(&encoder, &memory, 4096, false);
        assert_true(h2_field_normalize_outbound(&work, &memory, &encoder, true, &out, &count));
        assert_int_equal(count, FIELDS + 1);
        assert_int_equal(h2_field_work_notes(&work)[FIELDS].clean, at == 0);
        h2_field_work_free(&work, &memory);
        h2_encoder_release(&encoder);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_a_status_is_informational),
        cmocka_unit_test(a_list_that_grows),
        cmocka_unit_test(test_nothing_is_read_or_written_behind),
        cmocka_unit_test(test_names_in_any_case),
        cmocka_unit_test(test_cookies_of_each_length),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_every_octet_in_a_message),
        cmocka_unit_test(test_how_much_is_quoted),
        cmocka_unit_test(cookies_move_without_notes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
