/* C1 to C9: field sections that could mean two things further on. What is refused costs its stream and is told by name;
 * what is accepted stands beside it, so that the rule is seen to end where it should. */
#include "frames.h"
#include "subject.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    MOST = 6,
    NO_BODY = -1
};

/* How the message begins, before the fields of the case. */
typedef enum beginning {
    GET,         /* a request without a body */
    POST,        /* and with one */
    BARE,        /* a request: all its fields are the case's */
    OF_RESPONSE, /* to GET; all its fields are the case's */
    OF_HEAD      /* to HEAD */
} beginning;

typedef struct field {
    const char *name, *value;
} field;

typedef struct smuggled {
    const char *id, *what;
    beginning beginning;
    field fields[MOST];
    int body;          /* octets of DATA, NO_BODY: none and END_STREAM on HEADERS */
    field trailers[2]; /* END_STREAM stands there, not on DATA */
    bool accepted;
} smuggled;

#define YES true
#define NO  false
#define REQUEST_TO(method, path)                                                                             \
    {":method", method}, {":scheme", "https"}, {":authority", "a"},                                          \
    {                                                                                                        \
        ":path", path                                                                                        \
    }

/* clang-format off */
static const smuggled cases[] = {
    {"C1", "content-length of the body", POST, {{"content-length", "5"}}, 5, {{0}}, YES},
    {"C1", "content-length more than the body", POST, {{"content-length", "6"}}, 5, {{0}}, NO},
    {"C1", "content-length less than the body", POST, {{"content-length", "4"}}, 5, {{0}}, NO},
    {"C1", "two values of content-length", POST, {{"content-length", "5"}, {"content-length", "6"}}, 5, {{0}}, NO},
    {"C1", "the same content-length twice", POST, {{"content-length", "5"}, {"content-length", "5"}}, 5, {{0}}, YES},
    {"C1", "the same content-length, written differently", POST, {{"content-length", "5"}, {"content-length", "05"}}, 5, {{0}}, NO},
    {"C1", "content-length +5", POST, {{"content-length", "+5"}}, 5, {{0}}, NO},
    {"C1", "content-length -5", POST, {{"content-length", "-5"}}, 5, {{0}}, NO},
    {"C1", "content-length 5,5", POST, {{"content-length", "5,5"}}, 5, {{0}}, NO},
    {"C1", "content-length 0x5", POST, {{"content-length", "0x5"}}, 5, {{0}}, NO},
    {"C1", "content-length of nothing", POST, {{"content-length", ""}}, 0, {{0}}, NO},
    {"C1", "content-length above 2^64", POST, {{"content-length", "18446744073709551621"}}, 5, {{0}}, NO},
    {"C1", "END_STREAM on HEADERS with content-length 5", GET, {{"content-length", "5"}}, NO_BODY, {{0}}, NO},
    {"C1", "END_STREAM on HEADERS with content-length 0", GET, {{"content-length", "0"}}, NO_BODY, {{0}}, YES},
    {"C1", "trailers that end a body early", POST, {{"content-length", "6"}}, 5, {{"x-a", "1"}}, NO},
    {"C1", "trailers behind a whole body", POST, {{"content-length", "5"}}, 5, {{"x-a", "1"}}, YES},
    {"C2", "transfer-encoding", POST, {{"transfer-encoding", "chunked"}}, 5, {{0}}, NO},
    {"C2", "connection", GET, {{"connection", "close"}}, NO_BODY, {{0}}, NO},
    {"C2", "keep-alive", GET, {{"keep-alive", "1"}}, NO_BODY, {{0}}, NO},
    {"C2", "proxy-connection", GET, {{"proxy-connection", "close"}}, NO_BODY, {{0}}, NO},
    {"C2", "upgrade", GET, {{"upgrade", "h2c"}}, NO_BODY, {{0}}, NO},
    {"C2", "te: trailers", GET, {{"te", "trailers"}}, NO_BODY, {{0}}, YES},
    {"C2", "te: trailers, gzip", GET, {{"te", "trailers, gzip"}}, NO_BODY, {{0}}, NO},
    {"C2", "te: chunked", GET, {{"te", "chunked"}}, NO_BODY, {{0}}, NO},
    {"C2", "transfer-encoding in trailers", POST, {{0}}, 5, {{"transfer-encoding", "chunked"}}, NO},
    {"C2", "connection in trailers", POST, {{0}}, 5, {{"connection", "close"}}, NO},
    {"C3", "LF in a value", GET, {{"x-a", "1\nx-b: 2"}}, NO_BODY, {{0}}, NO},
    {"C3", "CR in a value", GET, {{"x-a", "1\rx-b: 2"}}, NO_BODY, {{0}}, NO},
    {"C3", "an octet 0x01 in a value", GET, {{"x-a", "1\x01"}}, NO_BODY, {{0}}, NO},
    {"C3", "DEL in a value", GET, {{"x-a", "1\x7f"}}, NO_BODY, {{0}}, NO},
    {"C3", "a tab in a value", GET, {{"x-a", "1\t2"}}, NO_BODY, {{0}}, YES},
    {"C3", "octets above 0x7f in a value", GET, {{"x-a", "\x80\xff"}}, NO_BODY, {{0}}, YES},
    {"C3", "a space in front of a value", GET, {{"x-a", " 1"}}, NO_BODY, {{0}}, NO},
    {"C3", "a space behind a value", GET, {{"x-a", "1 "}}, NO_BODY, {{0}}, NO},
    {"C3", "a tab behind a value", GET, {{"x-a", "1\t"}}, NO_BODY, {{0}}, NO},
    {"C3", "LF in a trailer's value", POST, {{0}}, 5, {{"x-a", "1\n2"}}, NO},
    {"C4", "an upper-case name", GET, {{"X-a", "1"}}, NO_BODY, {{0}}, NO},
    {"C4", "a blank in a name", GET, {{"x a", "1"}}, NO_BODY, {{0}}, NO},
    {"C4", "a colon in a name", GET, {{"x:a", "1"}}, NO_BODY, {{0}}, NO},
    {"C4", "a colon behind a name", GET, {{"host:", "1"}}, NO_BODY, {{0}}, NO},
    {"C4", "LF in a name", GET, {{"x\nb", "1"}}, NO_BODY, {{0}}, NO},
    {"C4", "octets above 0x7f in a name", GET, {{"x\xc3\xa9", "1"}}, NO_BODY, {{0}}, NO},
    {"C4", "an empty name", GET, {{"", "1"}}, NO_BODY, {{0}}, NO},
    {"C4", "all that a token may be", GET, {{"!#$%&'*+-.^_`|~09az", "1"}}, NO_BODY, {{0}}, YES},
    {"C5", "LF in :path", BARE, {REQUEST_TO("GET", "/\nx: y")}, NO_BODY, {{0}}, NO},
    {"C5", "a blank in :path", BARE, {REQUEST_TO("GET", "/ HTTP/1.1")}, NO_BODY, {{0}}, NO},
    {"C5", ":path without a slash", BARE, {REQUEST_TO("GET", "a")}, NO_BODY, {{0}}, NO},
    {"C5", "an empty :path", BARE, {REQUEST_TO("GET", "")}, NO_BODY, {{0}}, NO},
    {"C5", ":path *", BARE, {REQUEST_TO("OPTIONS", "*")}, NO_BODY, {{0}}, YES},
    {"C5", "a blank in :method", BARE, {REQUEST_TO("GET /x HTTP/1.1", "/")}, NO_BODY, {{0}}, NO},
    {"C5", "an empty :method", BARE, {REQUEST_TO("", "/")}, NO_BODY, {{0}}, NO},
    {"C5", ":scheme that is none", BARE, {{":method", "GET"}, {":scheme", "ht tp"}, {":authority", "a"}, {":path", "/"}}, NO_BODY, {{0}}, NO},
    {"C5", "user information in :authority", BARE, {{":method", "GET"}, {":scheme", "https"}, {":authority", "u:p@a"}, {":path", "/"}}, NO_BODY, {{0}}, NO},
    {"C5", "CR in :authority", BARE, {{":method", "GET"}, {":scheme", "https"}, {":authority", "a\rb"}, {":path", "/"}}, NO_BODY, {{0}}, NO},
    {"C6", ":method twice", BARE, {{":method", "GET"}, {":method", "GET"}, {":scheme", "https"}, {":authority", "a"}, {":path", "/"}}, NO_BODY, {{0}}, NO},
    {"C6", ":path twice", BARE, {REQUEST_TO("GET", "/"), {":path", "/b"}}, NO_BODY, {{0}}, NO},
    {"C6", "an unknown pseudo-field", BARE, {REQUEST_TO("GET", "/"), {":x", "1"}}, NO_BODY, {{0}}, NO},
    {"C6", "a late pseudo-field", BARE, {{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}, {"x-a", "1"}, {":path", "/"}}, NO_BODY, {{0}}, NO},
    {"C6", ":status in a request", BARE, {REQUEST_TO("GET", "/"), {":status", "200"}}, NO_BODY, {{0}}, NO},
    {"C6", "a pseudo-field in trailers", POST, {{0}}, 5, {{":path", "/"}}, NO},
    {"C6", "no :method", BARE, {{":scheme", "https"}, {":authority", "a"}, {":path", "/"}}, NO_BODY, {{0}}, NO},
    {"C6", "no :scheme", BARE, {{":method", "GET"}, {":authority", "a"}, {":path", "/"}}, NO_BODY, {{0}}, NO},
    {"C6", "no :path", BARE, {{":method", "GET"}, {":scheme", "https"}, {":authority", "a"}}, NO_BODY, {{0}}, NO},
    {"C6", ":path in a response", OF_RESPONSE, {{":status", "200"}, {":path", "/"}}, NO_BODY, {{0}}, NO},
    {"C7", ":authority and the same host", GET, {{"host", "example.com"}}, NO_BODY, {{0}}, YES},
    {"C7", ":authority and another host", GET, {{"host", "evil.com"}}, NO_BODY, {{0}}, NO},
    {"C7", "two host", GET, {{"host", "example.com"}, {"host", "example.com"}}, NO_BODY, {{0}}, NO},
    {"C8", "CONNECT", BARE, {{":method", "CONNECT"}, {":authority", "a:443"}}, 5, {{0}}, YES},
    {"C8", "CONNECT with :path", BARE, {REQUEST_TO("CONNECT", "/")}, 5, {{0}}, NO},
    {"C8", "CONNECT without :authority", BARE, {{":method", "CONNECT"}}, 5, {{0}}, NO},
    {"C8", "extended CONNECT without the setting", BARE, {REQUEST_TO("CONNECT", "/"), {":protocol", "websocket"}}, 5, {{0}}, NO},
    {"C8", ":protocol with GET", BARE, {REQUEST_TO("GET", "/"), {":protocol", "websocket"}}, NO_BODY, {{0}}, NO},
    {"C9", ":status 200", OF_RESPONSE, {{":status", "200"}}, 5, {{0}}, YES},
    {"C9", ":status 99", OF_RESPONSE, {{":status", "99"}}, 5, {{0}}, NO},
    {"C9", ":status 2000", OF_RESPONSE, {{":status", "2000"}}, 5, {{0}}, NO},
    {"C9", ":status 20x", OF_RESPONSE, {{":status", "20x"}}, 5, {{0}}, NO},
    {"C9", ":status 101", OF_RESPONSE, {{":status", "101"}}, 5, {{0}}, NO},
    {"C9", "1xx with END_STREAM", OF_RESPONSE, {{":status", "103"}}, NO_BODY, {{0}}, NO},
    {"C9", "no :status", OF_RESPONSE, {{"x-a", "1"}}, NO_BODY, {{0}}, NO},
    {"C9", "DATA with 204", OF_RESPONSE, {{":status", "204"}}, 5, {{0}}, NO},
    {"C9", "DATA with 304", OF_RESPONSE, {{":status", "304"}}, 5, {{0}}, NO},
    {"C9", "DATA after HEAD", OF_HEAD, {{":status", "200"}}, 5, {{0}}, NO},
    {"C9", "content-length without DATA after HEAD", OF_HEAD, {{":status", "200"}, {"content-length", "5"}}, NO_BODY, {{0}}, YES},
};
/* clang-format on */

enum {
    CASES = sizeof cases / sizeof *cases
};

static size_t add_fields(h2_header *out, size_t count, const field *from, size_t most)
{
    for (size_t i = 0; i < most && from[i].name; i++) {
        out[count++] = (h2_header){.name = from[i].name,
                                   .name_len = strlen(from[i].name),
                                   .value = from[i].value,
                                   .value_len = strlen(from[i].value)};
    }
    return count;
}

static void put_message(octets *out, const smuggled *c)
{
    static const field post[] = {
        {":method", "POST"}, {":scheme", "https"}, {":authority", "example.com"}, {":path", "/"}};
    static const field get[] = {
        {":method", "GET"}, {":scheme", "https"}, {":authority", "example.com"}, {":path", "/"}};
    h2_header fields[MOST + 4];
    size_t count = 0;
    if (c->beginning == GET) count = add_fields(fields, count, get, 4);
    if (c->beginning == POST) count = add_fields(fields, count, post, 4);
    count = add_fields(fields, count, c->fields, MOST);
    frame_headers(out, 1, fields, count, c->body == NO_BODY);
    const bool has_trailers = c->trailers[0].name != NULL;
    if (c->body >= 0) frame_data(out, 1, "12345", (size_t)c->body, !has_trailers);
    if (!has_trailers) return;
    count = add_fields(fields, 0, c->trailers, 2);
    frame_headers(out, 1, fields, count, true);
}

static void send_request(subject *s, bool head)
{
    const h2_header method =
        head ? (h2_header)H2_HEADER(":method", "HEAD") : (h2_header)H2_HEADER(":method", "GET");
    const h2_header fields[] = {method, H2_HEADER(":scheme", "https"), H2_HEADER(":authority", "a"),
                                H2_HEADER(":path", "/")};
    assert_int_equal(h2_send_headers(s->conn, 1, fields, 4, true, NULL), H2_OK);
    subject_read(s);
}

static void check(const smuggled *c, bool in_octets)
{
    subject s;
    octets out = {0};
    const bool is_request = c->beginning <= BARE;
    subject_open(&s, is_request ? H2_SERVER : H2_CLIENT, NULL, (manner){.octets = in_octets});
    if (!is_request) send_request(&s, c->beginning == OF_HEAD);
    put_message(&out, c);
    assert_true(subject_feed(&s, out.data, out.len));
    subject_read(&s);
    const h2_error_info *const error = h2_last_error(s.conn);
    if (!in_octets) {
        printf("%-3s %-50s %-9s %s\n", c->id, c->what, c->accepted ? "accepted" : "refused",
               c->accepted ? "" : error->message);
    }
    assert_int_equal(s.resets_sent[H2_CODE_PROTOCOL_ERROR], c->accepted ? 0 : 1);
    assert_int_equal(s.events[H2_EVENT_STREAM_RESET], c->accepted ? 0 : 1);
    assert_int_equal(s.events[H2_EVENT_STREAM_ENDED], c->accepted ? 1 : 0);
    if (c->accepted) {
        assert_int_equal(error->status, H2_OK);
    } else {
        assert_int_equal(error->stream_id, 1);
        assert_true(error->remote && strlen(error->message) > 4);
    }
    octets_free(&out);
    subject_close(&s);
}

static void test_case(void **state)
{
    check(*state, false);
    check(*state, true);
}

int main(void)
{
    static struct CMUnitTest tests[CASES];
    for (size_t i = 0; i < CASES; i++)
        tests[i] = (struct CMUnitTest){
            .name = cases[i].what, .test_func = test_case, .initial_state = (void *)(uintptr_t)&cases[i]};
    return _cmocka_run_group_tests("smuggling", tests, CASES, NULL, NULL);
}
