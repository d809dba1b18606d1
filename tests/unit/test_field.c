/* The strict rules for fields, C1 to C9 of what smuggling tries; what they accept means one thing in HTTP/1.1, too. */
#include "counting_allocator.h"
#include "field/field.h"
#include "field/rules.h"
#include "octets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const h2_policy strict = {
    .profile = H2_PROFILE_RFC, .strict_fields = true, .equal_content_length = true, .plain_words = true};
static const h2_policy python = {.profile = H2_PROFILE_PYTHON};

enum {
    MOST_FIELDS = 12
};

typedef struct row {
    h2_block_kind kind;
    const char *message; /* NULL: accepted */
    h2_header fields[MOST_FIELDS];
} row;

#define REQUEST                                                                                              \
    H2_HEADER(":method", "GET"), H2_HEADER(":scheme", "https"), H2_HEADER(":authority", "a"),                \
        H2_HEADER(":path", "/")
#define LINE(method, scheme, authority, path)                                                                \
    H2_HEADER(":method", method), H2_HEADER(":scheme", scheme), H2_HEADER(":authority", authority),          \
        H2_HEADER(":path", path)
#define CONNECT H2_HEADER(":method", "CONNECT"), H2_HEADER(":authority", "a:443")
#define TUNNEL  LINE("CONNECT", "https", "a", "/chat"), H2_HEADER(":protocol", "websocket")

static size_t count_of(const row *r)
{
    size_t count = 0;

    while (count < MOST_FIELDS && r->fields[count].name)
        count++;
    return count;
}

/* Judged before sending and after receiving, with notes and without: always the same. */
static void check_row(const row *r, size_t number, bool protocol_allowed)
{
    const size_t count = count_of(r);
    h2_field_note notes[MOST_FIELDS];

    for (size_t i = 0; i < count; i++)
        notes[i] = h2_field_note_of(&r->fields[i]);
    for (unsigned way = 0; way < 4; way++) {
        const h2_field_context context = {
            .kind = r->kind, .outbound = way & 1, .protocol_allowed = protocol_allowed, .policy = &strict};
        char message[H2_FIELD_MESSAGE] = "";
        const bool fine = h2_field_check(r->fields, way & 2 ? notes : NULL, count, &context, message);
        const bool received = r->message && strncmp(r->message, "Received ", 9) == 0;
        char want[H2_FIELD_MESSAGE];
        snprintf(want, sizeof want, "%s%s", received && context.outbound ? "Cannot send " : "",
                 r->message ? r->message + (received && context.outbound ? 9 : 0) : "");
        if (fine != !r->message || strcmp(message, want) != 0) {
            fail_msg("row %zu: \"%s\" instead of \"%s\"", number, message, want);
        }
    }
}

static void check_rows(const row *rows, size_t count, bool protocol_allowed)
{
    for (size_t i = 0; i < count; i++)
        check_row(&rows[i], i, protocol_allowed);
}

#define CHECK(rows, protocol_allowed) check_rows((rows), sizeof(rows) / sizeof *(rows), (protocol_allowed))

static void connection_specific_fields(void **state)
{
    (void)state;
    static const row rows[] = {
        {H2_BLOCK_REQUEST, NULL, {REQUEST, H2_HEADER("te", "trailers")}},
        {H2_BLOCK_REQUEST, NULL, {REQUEST, H2_HEADER("te", "Trailers")}},
        {H2_BLOCK_REQUEST, "Invalid value for TE header: \"gzip\"", {REQUEST, H2_HEADER("te", "gzip")}},
        {H2_BLOCK_TRAILERS, "Invalid value for TE header: \"\"", {H2_HEADER("te", "")}},
        {H2_BLOCK_RESPONSE,
         "Connection-specific header field present: \"connection\".",
         {H2_HEADER(":status", "200"), H2_HEADER("connection", "close")}},
        {H2_BLOCK_TRAILERS,
         "Connection-specific header field present: \"transfer-encoding\".",
         {H2_HEADER("transfer-encoding", "chunked")}},
        {H2_BLOCK_TRAILERS,
         "Connection-specific header field present: \"keep-alive\".",
         {H2_HEADER("keep-alive", "1")}},
        {H2_BLOCK_PUSHED_REQUEST,
         "Connection-specific header field present: \"upgrade\".",
         {REQUEST, H2_HEADER("upgrade", "h2c")}},
        {H2_BLOCK_REQUEST,
         "Connection-specific header field present: \"proxy-connection\".",
         {REQUEST, H2_HEADER("proxy-connection", "")}},
    };

    CHECK(rows, true);
}

static void octets_of_names_and_values(void **state)
{
    (void)state;
    static const row rows[] = {
        {H2_BLOCK_REQUEST,
         NULL,
         {REQUEST, H2_HEADER("x", "a\tb \x80\xff"), H2_HEADER("!#$%&'*+-.^_`|~09az", "")}},
        {H2_BLOCK_REQUEST,
         "Illegal character '\\x00' in header value: \"a\\x00b\"",
         {REQUEST, H2_HEADER("x", "a\0b")}},
        {H2_BLOCK_REQUEST,
         "Illegal character '\\x01' in header value: \"\\x01\"",
         {REQUEST, H2_HEADER("x", "\1")}},
        {H2_BLOCK_REQUEST,
         "Illegal character '\\x7f' in header value: \"\\x7f\"",
         {REQUEST, H2_HEADER("x", "\x7f")}},
        {H2_BLOCK_TRAILERS, "Illegal character '\\r' in header value: \"a\\rb\"", {H2_HEADER("x", "a\rb")}},
        {H2_BLOCK_TRAILERS, "Received header value surrounded by whitespace \" a\"", {H2_HEADER("x", " a")}},
        {H2_BLOCK_TRAILERS,
         "Received header value surrounded by whitespace \"a\\t\"",
         {H2_HEADER("x", "a\t")}},
        {H2_BLOCK_TRAILERS, "Received uppercase header name \"Foo\".", {H2_HEADER("Foo", "")}},
        {H2_BLOCK_TRAILERS, "Illegal character ' ' in header name: \"a b\"", {H2_HEADER("a b", "")}},
        {H2_BLOCK_TRAILERS, "Illegal character ':' in header name: \"a:b\"", {H2_HEADER("a:b", "")}},
        {H2_BLOCK_TRAILERS, "Illegal character '(' in header name: \"a(\"", {H2_HEADER("a(", "")}},
        {H2_BLOCK_TRAILERS, "Illegal character '\"' in header name: \"\\\"\"", {H2_HEADER("\"", "")}},
        {H2_BLOCK_TRAILERS, "Illegal character '\\xe9' in header name: \"\\xe9\"", {H2_HEADER("\xe9", "")}},
        {H2_BLOCK_TRAILERS, "Received header name with zero length.", {H2_HEADER("", "x")}},
        {H2_BLOCK_REQUEST,
         "Illegal character '\\n' in header value: \"/\\n\"",
         {LINE("GET", "https", "a", "/\n")}},
        {H2_BLOCK_REQUEST, "Received custom pseudo-header field \":\"", {REQUEST, H2_HEADER(":", "x")}},
    };

    CHECK(rows, true);
}

static bool one_octet(const h2_policy *policy, bool in_name, char octet, char *message)
{
    char text[] = "a?c";
    const h2_field_context context = {.kind = H2_BLOCK_TRAILERS, .policy = policy};
    text[1] = octet;
    const h2_header field = {in_name ? text : "x", in_name ? 3 : 1, text, in_name ? 0 : 3, 0};

    message[0] = '\0';
    return h2_field_check(&field, NULL, 1, &context, message);
}

/* Every octet, in the middle of a name and of a value. */
static void each_octet(void **state)
{
    (void)state;
    static const char names[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
    char message[H2_FIELD_MESSAGE];

    for (unsigned octet = 0; octet < 256; octet++) {
        const char c = (char)octet;
        const bool token = octet != 0 && strchr(names, (int)octet);
        const bool text = octet == '\t' || (octet >= 0x20 && octet != 0x7f);
        assert_int_equal(one_octet(&strict, true, c, message), token);
        if (!token)
            assert_true(strncmp(message, "Illegal", 7) == 0 || strncmp(message, "Received upper", 14) == 0);
        assert_int_equal(one_octet(&strict, false, c, message), text);
        if (!text) assert_int_equal(strncmp(message, "Illegal", 7), 0);
        const bool upper = octet >= 'A' && octet <= 'Z';
        assert_int_equal(one_octet(&python, true, c, message),
                         octet > 0x20 && octet < 0x7f && octet != ':' && !upper);
        assert_int_equal(one_octet(&python, false, c, message), octet != 0 && octet != '\n' && octet != '\r');
    }
}

static void values_of_pseudo_fields(void **state)
{
    (void)state;
    static const row rows[] = {
        {H2_BLOCK_REQUEST, NULL, {LINE("OPTIONS", "http", "[::1]:80", "*")}},
        {H2_BLOCK_REQUEST, NULL, {LINE("M-SEARCH", "a+b-c.1", "a.example", "/?q=%20#")}},
        {H2_BLOCK_REQUEST, "An empty :path header is forbidden", {LINE("GET", "https", "a", "")}},
        {H2_BLOCK_REQUEST, "Invalid value for :path header: \"foo\"", {LINE("GET", "https", "a", "foo")}},
        {H2_BLOCK_REQUEST, "Invalid value for :path header: \"/a b\"", {LINE("GET", "https", "a", "/a b")}},
        {H2_BLOCK_REQUEST,
         "Invalid value for :path header: \"/a\\tb\"",
         {LINE("GET", "https", "a", "/a\tb")}},
        {H2_BLOCK_REQUEST, "Invalid value for :path header: \"**\"", {LINE("GET", "https", "a", "**")}},
        {H2_BLOCK_REQUEST,
         "Invalid value for :path header: \"https://b/\"",
         {LINE("GET", "https", "a", "https://b/")}},
        {H2_BLOCK_REQUEST, "Invalid value for :method header: \"\"", {LINE("", "https", "a", "/")}},
        {H2_BLOCK_REQUEST, "Invalid value for :method header: \"GET /\"", {LINE("GET /", "https", "a", "/")}},
        {H2_BLOCK_REQUEST, "Invalid value for :scheme header: \"\"", {LINE("GET", "", "a", "/")}},
        {H2_BLOCK_REQUEST, "Invalid value for :scheme header: \"1a\"", {LINE("GET", "1a", "a", "/")}},
        {H2_BLOCK_REQUEST, "Invalid value for :scheme header: \"a:\"", {LINE("GET", "a:", "a", "/")}},
        {H2_BLOCK_REQUEST, "Invalid value for :authority header: \"\"", {LINE("GET", "https", "", "/")}},
        {H2_BLOCK_REQUEST,
         "Invalid value for :authority header: \"u@a\"",
         {LINE("GET", "https", "u@a", "/")}},
        {H2_BLOCK_REQUEST,
         "Invalid value for :authority header: \"a b\"",
         {LINE("GET", "https", "a b", "/")}},
        {H2_BLOCK_REQUEST,
         "Invalid value for :authority header: \"a/b\"",
         {LINE("GET", "https", "a/b", "/")}},
        {H2_BLOCK_RESPONSE, NULL, {H2_HEADER(":status", "103")}},
        {H2_BLOCK_RESPONSE, NULL, {H2_HEADER(":status", "999"), H2_HEADER("host", "u@x")}},
        {H2_BLOCK_RESPONSE, "Invalid value for :status header: \"101\"", {H2_HEADER(":status", "101")}},
        {H2_BLOCK_RESPONSE, "Invalid value for :status header: \"20\"", {H2_HEADER(":status", "20")}},
        {H2_BLOCK_RESPONSE, "Invalid value for :status header: \"2000\"", {H2_HEADER(":status", "2000")}},
        {H2_BLOCK_RESPONSE, "Invalid value for :status header: \"2x0\"", {H2_HEADER(":status", "2x0")}},
        {H2_BLOCK_RESPONSE, "Invalid value for :status header: \"099\"", {H2_HEADER(":status", "099")}},
    };

    CHECK(rows, true);
}

static void which_pseudo_fields(void **state)
{
    (void)state;
    static const row rows[] = {
        {H2_BLOCK_REQUEST,
         "Received duplicate pseudo-header field \":path\"",
         {REQUEST, H2_HEADER(":path", "/")}},
        {H2_BLOCK_REQUEST,
         "Received pseudo-header field out of sequence: \":path\"",
         {H2_HEADER(":method", "GET"), H2_HEADER("x", ""), H2_HEADER(":path", "/")}},
        {H2_BLOCK_REQUEST, "Received custom pseudo-header field \":foo\"", {REQUEST, H2_HEADER(":foo", "/")}},
        {H2_BLOCK_REQUEST,
         "Encountered response-only headers {\":status\"}",
         {REQUEST, H2_HEADER(":status", "200")}},
        {H2_BLOCK_RESPONSE,
         "Encountered request-only headers {\":method\", \":path\"}",
         {H2_HEADER(":status", "200"), H2_HEADER(":path", "/"), H2_HEADER(":method", "GET")}},
        {H2_BLOCK_RESPONSE, "Header block missing mandatory \":status\" header", {H2_HEADER("x", "y")}},
        {H2_BLOCK_TRAILERS, "Received pseudo-header in trailer {\":status\"}", {H2_HEADER(":status", "200")}},
        {H2_BLOCK_TRAILERS, NULL, {{0}}},
        {H2_BLOCK_REQUEST, "Header block missing mandatory \":method\" header", {{0}}},
        {H2_BLOCK_PUSHED_REQUEST, NULL, {REQUEST}},
        {H2_BLOCK_PUSHED_REQUEST, NULL, {LINE("HEAD", "https", "a", "/")}},
        {H2_BLOCK_PUSHED_REQUEST,
         "Method that cannot be pushed: \"POST\"",
         {LINE("POST", "https", "a", "/")}},
        {H2_BLOCK_PUSHED_REQUEST,
         "Header block missing mandatory \":authority\" header",
         {H2_HEADER(":method", "GET"), H2_HEADER(":scheme", "https"), H2_HEADER(":path", "/"),
          H2_HEADER("host", "a")}},
    };

    CHECK(rows, true);
}

static void hosts(void **state)
{
    (void)state;
    static const row rows[] = {
        {H2_BLOCK_REQUEST, NULL, {REQUEST, H2_HEADER("host", "a")}},
        {H2_BLOCK_REQUEST,
         "Request header block has mismatched :authority and Host headers: \"a\" / \"A\"",
         {REQUEST, H2_HEADER("host", "A")}},
        {H2_BLOCK_REQUEST,
         "Request header block has multiple Host headers.",
         {REQUEST, H2_HEADER("host", "a"), H2_HEADER("host", "a")}},
        {H2_BLOCK_REQUEST,
         NULL,
         {H2_HEADER(":method", "GET"), H2_HEADER(":scheme", "https"), H2_HEADER(":path", "/"),
          H2_HEADER("host", "a")}},
        {H2_BLOCK_REQUEST,
         "Request header block does not have an :authority or Host header.",
         {H2_HEADER(":method", "GET"), H2_HEADER(":scheme", "https"), H2_HEADER(":path", "/")}},
        {H2_BLOCK_REQUEST,
         "Invalid value for Host header: \"u@a\"",
         {H2_HEADER(":method", "GET"), H2_HEADER(":scheme", "https"), H2_HEADER(":path", "/"),
          H2_HEADER("host", "u@a")}},
    };

    CHECK(rows, true);
}

static void tunnels(void **state)
{
    (void)state;
    static const row allowed[] = {
        {H2_BLOCK_REQUEST, NULL, {CONNECT}},
        {H2_BLOCK_REQUEST, NULL, {TUNNEL}},
        {H2_BLOCK_REQUEST,
         "Ordinary CONNECT MUST NOT include :scheme or :path",
         {CONNECT, H2_HEADER(":path", "/")}},
        {H2_BLOCK_REQUEST,
         "Header block missing mandatory \":authority\" header",
         {H2_HEADER(":method", "CONNECT"), H2_HEADER("host", "a:443")}},
        {H2_BLOCK_REQUEST,
         "Header block missing mandatory \":scheme\" header",
         {CONNECT, H2_HEADER(":protocol", "websocket")}},
        {H2_BLOCK_REQUEST,
         "Encountered connect-request-only headers {\":protocol\"}",
         {REQUEST, H2_HEADER(":protocol", "websocket")}},
        {H2_BLOCK_REQUEST,
         "Invalid value for :protocol header: \"\"",
         {LINE("CONNECT", "https", "a", "/"), H2_HEADER(":protocol", "")}},
        {H2_BLOCK_PUSHED_REQUEST, "Method that cannot be pushed: \"CONNECT\"", {CONNECT}},
    };
    static const row refused[] = {
        {H2_BLOCK_REQUEST, NULL, {CONNECT}},
        {H2_BLOCK_REQUEST, "The :protocol header needs ENABLE_CONNECT_PROTOCOL", {TUNNEL}},
    };

    CHECK(allowed, true);
    CHECK(refused, false);
}

/* A crumb that is broken at its ends stays broken in the middle of the joined cookie. */
static void broken_crumbs_stay_broken(void **state)
{
    (void)state;
    const char *const values[][2] = {
        {"a=b", " c=d"}, {" a=b", "c=d"}, {"a=b", "c=\1"}, {"a=b", "c=d"}, {"a", ""}};
    const bool fine[] = {false, false, false, true, false};
    const bool fine_in_python[] = {true, false, true, true, false};
    h2_memory memory;
    h2_memory_init(&memory, NULL);

    for (size_t i = 0; i < 10; i++) {
        const char *const *const value = values[i / 2];
        h2_header fields[] = {{"cookie", 6, value[0], strlen(value[0]), 0},
                              {"cookie", 6, value[1], strlen(value[1]), 0}};
        h2_field_note notes[2] = {h2_field_note_of(&fields[0]), h2_field_note_of(&fields[1])};
        /* What nobody has looked at yet is looked at. */
        if (i % 2) notes[0].clean = notes[1].clean = H2_FIELD_UNKNOWN;
        size_t count = 2;
        h2_buffer space = {0};
        assert_true(h2_field_join_cookies(fields, notes, &count, &space, &memory));
        assert_int_equal(count, 1);
        h2_field_context context = {.kind = H2_BLOCK_TRAILERS, .policy = &strict};
        assert_int_equal(h2_field_check(fields, notes, count, &context, NULL), fine[i / 2]);
        context.policy = &python;
        assert_int_equal(h2_field_check(fields, notes, count, &context, NULL), fine_in_python[i / 2]);
        h2_buffer_free(&space, &memory);
    }
}

/* Sixteen thousand crumbs: one request for memory, of what they take. */
static void many_crumbs_cost_little(void **state)
{
    (void)state;
    enum {
        CRUMBS = 16000
    };
    static h2_header fields[CRUMBS + 1];
    static h2_field_note notes[CRUMBS + 1];
    counting_allocator allocator;
    counting_allocator_init(&allocator);
    h2_memory memory;
    h2_memory_init(&memory, &allocator.base);
    h2_buffer space = {0};
    size_t count = CRUMBS + 1;

    for (size_t i = 0; i < CRUMBS; i++)
        fields[i] = (h2_header)H2_HEADER("cookie", "a");
    fields[CRUMBS] = (h2_header)H2_HEADER("x", "y");
    for (size_t i = 0; i < count; i++)
        notes[i] = h2_field_note_of(&fields[i]);
    assert_true(h2_field_join_cookies(fields, notes, &count, &space, &memory));
    assert_int_equal(count, 2);
    assert_string_equal(fields[0].name, "x");
    assert_int_equal(fields[1].value_len, CRUMBS * 3 - 2);
    assert_int_equal(allocator.requests, 1);
    assert_true(memory.used <= CRUMBS * 6);
    h2_buffer_free(&space, &memory);

    h2_header one = H2_HEADER("cookie", "a; ");
    octets value = {0};
    for (size_t i = 0; i < CRUMBS; i++)
        octets_text(&value, "a; ");
    one.value = (const char *)value.data;
    one.value_len = value.len;
    h2_field_work work = {0};
    const h2_header *out = &one;
    count = 1;
    h2_hpack_encoder encoder;
    h2_encoder_init(&encoder, &memory, 4096, false);
    assert_true(h2_field_normalize_outbound(&work, &memory, &encoder, true, &out, &count));
    assert_int_equal(count, CRUMBS + 1);
    assert_true(allocator.requests <= 5);
    h2_field_work_free(&work, &memory);
    octets_free(&value);
    assert_true(counting_allocator_clean(&allocator));
}

static void content_length_octet_for_octet(void **state)
{
    (void)state;
    const h2_header equal[] = {H2_HEADER("content-length", "3"), H2_HEADER("content-length", "3")};
    const h2_header padded[] = {H2_HEADER("content-length", "3"), H2_HEADER("content-length", "03")};
    bool found;
    uint64_t length;
    char message[H2_FIELD_MESSAGE];

    assert_int_equal(h2_field_content_length(equal, NULL, 2, &strict, &found, &length, message), H2_OK);
    assert_true(found);
    assert_int_equal(length, 3);
    assert_int_equal(h2_field_content_length(padded, NULL, 2, &strict, &found, &length, message),
                     H2_ERROR_PROTOCOL);
    assert_string_equal(message, "Conflicting content-length headers: 3 and 03");
    assert_int_equal(h2_field_content_length(padded, NULL, 2, &python, &found, &length, NULL), H2_OK);
    assert_int_equal(h2_field_content_length(NULL, NULL, 0, &python, &found, &length, NULL), H2_OK);
    assert_false(found);
}

static void long_messages_are_cut(void **state)
{
    (void)state;
    static char octets_in[5000];
    char message[H2_FIELD_MESSAGE];
    memset(octets_in, '\1', sizeof octets_in);
    const h2_header fields[] = {{"te", 2, octets_in, sizeof octets_in, 0}};
    const h2_field_context context = {.kind = H2_BLOCK_TRAILERS, .outbound = true, .policy = &python};

    memset(message, 'x', sizeof message);
    assert_false(h2_field_check(fields, NULL, 1, &context, message));
    assert_int_equal(strlen(message), H2_FIELD_MESSAGE - 1);
    memset(octets_in, 'a', sizeof octets_in);
    assert_false(h2_field_check(fields, NULL, 1, &context, message));
    assert_int_equal(strlen(message), strlen("Invalid value for TE header: b''...") + 64);
}

/* Accepted means one thing. */

static uint64_t seed = 1;

static uint32_t pick(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

static void put(octets *out, const char *text, size_t len)
{
    if (len) octets_put(out, text, len);
}

static const h2_header *find(const h2_header *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (fields[i].name_len == strlen(name) && memcmp(fields[i].name, name, fields[i].name_len) == 0)
            return &fields[i];
    return NULL;
}

/* What a gateway would write. */
static void write_http1(octets *out, const h2_header *fields, size_t count)
{
    const h2_header *const method = find(fields, count, ":method");
    const h2_header *const path = find(fields, count, ":path");
    const h2_header *const authority = find(fields, count, ":authority");
    const h2_header *const target = path ? path : authority;

    put(out, method->value, method->value_len);
    octets_text(out, " ");
    put(out, target->value, target->value_len);
    octets_text(out, " HTTP/1.1\r\n");
    if (authority) {
        octets_text(out, "host: ");
        put(out, authority->value, authority->value_len);
        octets_text(out, "\r\n");
    }
    for (size_t i = 0; i < count; i++) {
        if (fields[i].name[0] == ':' ||
            (authority && fields[i].name_len == 4 && memcmp(fields[i].name, "host", 4) == 0))
            continue;
        put(out, fields[i].name, fields[i].name_len);
        octets_text(out, ": ");
        put(out, fields[i].value, fields[i].value_len);
        octets_text(out, "\r\n");
    }
    octets_text(out, "\r\n");
}

/* The most lenient reader: any of these ends a line, any of these parts words. */
static size_t line_length(const char *text, size_t len)
{
    size_t at = 0;

    while (at < len && !memchr("\r\n\0", text[at], 3))
        at++;
    return at;
}

static bool is_gap(char octet)
{
    return octet == ' ' || (octet >= '\t' && octet <= '\r');
}

static void expect_field(const char *line, size_t len, const h2_header *field, const char *name)
{
    const char *const colon = memchr(line, ':', len);
    assert_non_null(colon);
    const size_t name_len = (size_t)(colon - line);
    assert_int_equal(name_len, strlen(name));
    assert_memory_equal(line, name, name_len);
    assert_false(name_len == 0 || is_gap(line[0]) || is_gap(line[name_len - 1]));
    const char *value = colon + 1;
    const char *end = line + len;
    while (value < end && is_gap(*value))
        value++;
    while (value < end && is_gap(end[-1]))
        end--;
    assert_int_equal((size_t)(end - value), field->value_len);
    if (field->value_len) assert_memory_equal(value, field->value, field->value_len);
}

static void expect_words(const char *line, size_t len)
{
    unsigned gaps = 0;

    for (size_t i = 0; i < len; i++)
        gaps += is_gap(line[i]);
    assert_int_equal(gaps, 2);
}

static void expect_same(const octets *text, const h2_header *fields, size_t count)
{
    const char *at = (const char *)text->data;
    size_t left = text->len;
    size_t len = line_length(at, left);
    const h2_header *const authority = find(fields, count, ":authority");
    size_t next = 0;
    char name[64];

    expect_words(at, len);
    for (bool first = true;; first = false) {
        at += len + 2;
        left -= len + 2;
        len = line_length(at, left);
        if (len == 0) break;
        if (first && authority) {
            expect_field(at, len, authority, "host");
            continue;
        }
        while (fields[next].name[0] == ':' ||
               (authority && fields[next].name_len == 4 && memcmp(fields[next].name, "host", 4) == 0))
            next++;
        snprintf(name, sizeof name, "%.*s", (int)fields[next].name_len, fields[next].name);
        expect_field(at, len, &fields[next++], name);
    }
    assert_int_equal(left, 2);
    for (; next < count; next++)
        assert_true(fields[next].name[0] == ':' || fields[next].name[0] == 'h');
}

enum {
    WIDEST = 40,
    LISTED = 8
};

typedef struct mutable_list {
    char texts[2 * LISTED][WIDEST];
    h2_header fields[LISTED];
    size_t count;
} mutable_list;

static void add(mutable_list *l, const char *name, const char *value)
{
    char *const n = l->texts[2 * l->count], *const v = l->texts[2 * l->count + 1];
    snprintf(n, WIDEST, "%s", name);
    snprintf(v, WIDEST, "%s", value);
    l->fields[l->count++] = (h2_header){n, strlen(n), v, strlen(v), 0};
}

/* One octet of a name or a value replaced, put in or taken out. */
static void mutate(mutable_list *l)
{
    static const char odd[] = "\0\t\n\v\f\r !\"#%/:;@AZ\\az{}\x7f\x80\xff";
    h2_header *const field = &l->fields[pick((uint32_t)l->count)];
    const bool name = pick(3) == 0;
    char *const text = l->texts[2 * (size_t)(field - l->fields) + !name];
    size_t *const len = name ? &field->name_len : &field->value_len;
    const char octet = pick(3) ? odd[pick(sizeof odd)] : (char)pick(256);
    const size_t at = pick((uint32_t)*len + 1);

    switch (pick(3)) {
    case 0:
        if (at < *len) text[at] = octet;
        break;
    case 1:
        if (*len + 1 >= WIDEST) break;
        memmove(text + at + 1, text + at, *len - at);
        text[at] = octet;
        ++*len;
        break;
    default:
        if (at == *len) break;
        memmove(text + at, text + at + 1, *len - at - 1);
        --*len;
        break;
    }
}

static void make_request(mutable_list *l)
{
    static const char *const names[] = {"x",    "content-length", "transfer-encoding", "te",
                                        "host", "cookie",         "x-long-name"};
    static const char *const values[] = {"", "1", "chunked", "trailers", "a.example", "a b", "x: y"};
    const bool connect = pick(6) == 0;

    l->count = 0;
    add(l, ":method", connect ? "CONNECT" : "GET");
    if (!connect) add(l, ":scheme", "https");
    if (pick(8)) add(l, ":authority", "a.example");
    if (!connect) add(l, ":path", pick(4) ? "/a?b=c" : "*");
    for (unsigned i = pick(4); i > 0; i--) {
        const uint32_t kind = pick(7);
        add(l, names[kind], values[pick(4) ? kind : pick(7)]);
    }
    for (unsigned i = pick(3); i > 0; i--)
        mutate(l);
}

static void accepted_means_one_thing(void **state)
{
    (void)state;
    static mutable_list l;
    octets text = {0};
    size_t accepted = 0;

    for (unsigned round = 0; round < 300000; round++) {
        make_request(&l);
        const h2_field_context context = {.kind = H2_BLOCK_REQUEST, .outbound = round & 1, .policy = &strict};
        bool found;
        uint64_t length;
        if (!h2_field_check(l.fields, NULL, l.count, &context, NULL)) continue;
        if (h2_field_content_length(l.fields, NULL, l.count, &strict, &found, &length, NULL)) continue;
        assert_null(find(l.fields, l.count, "transfer-encoding"));
        octets_clear(&text);
        write_http1(&text, l.fields, l.count);
        expect_same(&text, l.fields, l.count);
        accepted++;
    }
    assert_true(accepted > 50000);
    octets_free(&text);
}

static void rules_can_be_read(void **state)
{
    (void)state;
    char line[256];

    assert_true(h2_field_rule_row(0, line, sizeof line));
    assert_string_equal(line, "block\t:method\t:scheme\t:authority\t:path\t:status\t:protocol\tsection");
    assert_true(h2_field_rule_row(1, line, sizeof line));
    assert_string_equal(line, "request\trequired\trequired\tallowed\trequired\tforbidden\tforbidden\t8.3.1");
    assert_true(h2_field_rule_row(6, line, sizeof line));
    assert_false(h2_field_rule_row(7, line, sizeof line));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connection_specific_fields),
        cmocka_unit_test(octets_of_names_and_values),
        cmocka_unit_test(each_octet),
        cmocka_unit_test(values_of_pseudo_fields),
        cmocka_unit_test(which_pseudo_fields),
        cmocka_unit_test(hosts),
        cmocka_unit_test(tunnels),
        cmocka_unit_test(broken_crumbs_stay_broken),
        cmocka_unit_test(many_crumbs_cost_little),
        cmocka_unit_test(content_length_octet_for_octet),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(accepted_means_one_thing),
        cmocka_unit_test(rules_can_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
