/* A list that repeats the last one is judged and written as if nothing were known of the last one: two connections get the
 * same calls, one of them forgets each list at once. */
#include "connection/connection.h"
#include "counting_allocator.h"
#include "frames.h"
#include "stories.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum {
    CONVERSATIONS = 200,
    STEPS = 120,
    MOST_FIELDS = 12,
    MOST_STREAMS = 24,
    LARGE = 700
};

/* One connection with its memory. */
typedef struct side {
    counting_allocator allocator;
    h2_connection *conn;
} side;

/* The first may follow a list, the second never does. */
typedef struct twins {
    side sides[2];
    h2_config config;
    uint64_t random;
    uint32_t open[MOST_STREAMS], next_id, next_promise;
    size_t open_count, sent, refused, repeated;
    h2_header list[MOST_FIELDS + 2];
    size_t count;
    bool ended, absent;
} twins;

static char large[LARGE];

static size_t below(twins *t, size_t end)
{
    return random_below(&t->random, end);
}

static const char *const values[] = {
    "",
    "0",
    "1",
    "200",
    "204",
    "304",
    "103",
    "101",
    "404",
    "500",
    "501",
    "GET",
    "HEAD",
    "CONNECT",
    "https",
    "http",
    "/",
    "/a?b=c",
    "a.example",
    "trailers",
    "gzip",
    "text/html",
    "text/html; charset=utf-8",
    "0123456789abcdef0123456789abcdef",
    "a=b",
    "a=0123456789012345678901; b=2",
    "Sun, 22 Nov 2026 13:34:59 GMT",
    " lead",
    "trail ",
    "a\nb",
    "a\x7f",
    "1024",
    "01",
    "18446744073709551616",
    "a@b",
    "/a b",
};

static const char *const names[] = {
    ":status",
    ":method",
    ":scheme",
    ":path",
    ":authority",
    ":protocol",
    ":other",
    "server",
    "date",
    "content-length",
    "content-type",
    "etag",
    "cookie",
    "set-cookie",
    "authorization",
    "te",
    "host",
    "connection",
    "x-request-id",
    "x-a",
    "X-A",
    "x b",
    "",
    "a-name-of-more-than-thirty-two-octets-in-all",
    "age",
    "vary",
};

static h2_header field(const char *name, const char *value)
{
    return (h2_header){.name = name, .name_len = strlen(name), .value = value, .value_len = strlen(value)};
}

static const h2_header response[] = {H2_HEADER(":status", "200"),         H2_HEADER("server", "s"),
                                     H2_HEADER("content-length", "10"),   H2_HEADER("etag", "\"1\""),
                                     H2_HEADER("x-request-id", "abcdef"), H2_HEADER("x-a", "1")};
static const h2_header informational[] = {H2_HEADER(":status", "103"), H2_HEADER("link", "</a>")};
static const h2_header trailers[] = {H2_HEADER("x-a", "1"), H2_HEADER("etag", "\"2\"")};
static const h2_header request[] = {H2_HEADER(":method", "GET"), H2_HEADER(":scheme", "https"),
                                    H2_HEADER(":authority", "a.example"), H2_HEADER(":path", "/a"),
                                    H2_HEADER("cookie", "a=01234567890123456789012; b=98765432109876543210")};
static const h2_header trailing_length[] = {H2_HEADER(":status", "200"), H2_HEADER("content-length", "0")};

static void take(twins *t, const h2_header *list, size_t count)
{
    memcpy(t->list, list, count * sizeof *list);
    t->count = count;
}

static void begin_list(twins *t)
{
    switch (below(t, 8)) {
    case 0: take(t, informational, 2); break;
    case 1: take(t, trailers, 2); break;
    case 2: take(t, request, 5); break;
    case 3: take(t, trailing_length, 2); break;
    case 4:
        t->count = below(t, MOST_FIELDS);
        for (size_t i = 0; i < t->count; i++)
            t->list[i] = field(names[below(t, sizeof names / sizeof *names)],
                               values[below(t, sizeof values / sizeof *values)]);
        break;
    default:
        if (t->config.role == H2_CLIENT)
            take(t, request, 5);
        else
            take(t, response, 6);
    }
}

static void change_field(twins *t, h2_header *f)
{
    switch (below(t, 14)) {
    case 0: f->flags ^= H2_HEADER_NEVER_INDEX; break;
    case 1: *f = field(names[below(t, sizeof names / sizeof *names)], "1"); break;
    case 2:
        f->value = large;
        f->value_len = below(t, LARGE);
        break;
    case 3:
        f->value = NULL;
        f->value_len = below(t, 20) == 0;
        break;
    case 4: f->name_len = below(t, f->name_len + 1); break;
    case 5: f->name = NULL; break;
    default: {
        const h2_header other = field("", values[below(t, sizeof values / sizeof *values)]);
        f->value = other.value;
        f->value_len = other.value_len;
    }
    }
}

/* Often the last list, or that with a change. */
static void next_list(twins *t)
{
    if (below(t, 3) == 0 || t->count == 0) begin_list(t);
    const size_t changes = below(t, 4) == 0 ? 1 + below(t, 2) : 0;
    for (size_t n = 0; n < changes && t->count > 0; n++) {
        const size_t at = below(t, t->count);
        const size_t what = below(t, 8);
        if (what == 0 && t->count < MOST_FIELDS) {
            t->list[t->count] = t->list[at];
            t->count++;
        } else if (what == 1) {
            t->list[at] = t->list[--t->count];
        } else {
            change_field(t, &t->list[at]);
        }
    }
}

/* The first's own state tells whether it may follow; the second's is taken away. */
static void forget(const side *s)
{
    if (s->conn->messages != NULL && s->conn->messages->work != NULL)
        s->conn->messages->work->outbound.repeatable = 0;
}

static void expect_same_output(twins *t)
{
    static uint8_t got[2][1 << 16];
    const size_t first = h2_data_to_send(t->sides[0].conn, got[0], sizeof got[0]);
    const size_t second = h2_data_to_send(t->sides[1].conn, got[1], sizeof got[1]);
    assert_int_equal(first, second);
    assert_memory_equal(got[0], got[1], first);
}

static void expect_same(twins *t, h2_status first, h2_status second)
{
    assert_int_equal(first, second);
    if (first != H2_OK) {
        const h2_error_info *const a = h2_last_error(t->sides[0].conn), *const b =
                                                                            h2_last_error(t->sides[1].conn);
        assert_string_equal(a->message, b->message);
        assert_int_equal(a->error_code, b->error_code);
        assert_int_equal(a->stream_id, b->stream_id);
    }
    t->sent += first == H2_OK;
    t->refused += first != H2_OK;
    expect_same_output(t);
}

static h2_status send_on(const side *s, const twins *t, uint32_t id, bool ends)
{
    return h2_send_headers(s->conn, id, t->absent ? NULL : t->list, t->count, ends, NULL);
}

/* Now and then the first has no memory for it, which changes nothing. */
static void send_list(twins *t, uint32_t id, bool ends)
{
    side *const first = &t->sides[0];
    forget(&t->sides[1]);
    const h2_messages *const messages = first->conn->messages;
    const bool follows = messages != NULL && messages->work != NULL &&
                         messages->work->outbound.repeatable == t->count && t->count > 0;
    h2_status status = H2_ERROR_NO_MEMORY;
    if (below(t, 3) == 0) {
        first->allocator.fail_at = first->allocator.requests + 1 + below(t, 3);
        status = send_on(first, t, id, ends);
        first->allocator.fail_at = 0;
    }
    if (status == H2_ERROR_NO_MEMORY) status = send_on(first, t, id, ends);
    t->repeated += follows && status == H2_OK;
    expect_same(t, status, send_on(&t->sides[1], t, id, ends));
}

/* What h2 refuses to send may close a connection. */
static void feed(twins *t, const octets *o)
{
    h2_status last[2];
    for (size_t i = 0; i < 2; i++) {
        const uint8_t *data = o->data;
        size_t len = o->len;
        h2_event event;
        while ((last[i] = h2_receive_data(t->sides[i].conn, &data, &len, &event)) == H2_OK)
            continue;
    }
    assert_int_equal(last[0], last[1]);
    t->ended = last[0] != H2_NEED_DATA;
    expect_same_output(t);
}

static void receive_settings(twins *t)
{
    static const uint32_t sizes[] = {0, 40, 100, 4096, 8192};
    const h2_setting size = {H2_SETTINGS_HEADER_TABLE_SIZE, sizes[below(t, 5)]};
    octets o = {0};
    frame_settings(&o, &size, 1);
    feed(t, &o);
    octets_free(&o);
}

static void receive_request(twins *t)
{
    static const char *const methods[] = {"GET", "HEAD", "POST"};
    const char *const method = methods[below(t, 3)];
    const h2_header fields[] = {field(":method", method), field(":scheme", "https"),
                                field(":authority", "a.example"), field(":path", "/")};
    octets o = {0};
    if (t->open_count == MOST_STREAMS) t->open_count = 0;
    frame_headers(&o, t->next_id, fields, 4, method[0] != 'P');
    feed(t, &o);
    octets_free(&o);
    t->open[t->open_count++] = t->next_id;
    t->next_id += 2;
}

static void reconfigure(twins *t)
{
    t->config.normalize_outbound_headers = below(t, 6) != 0;
    t->config.validate_outbound_headers = below(t, 6) != 0;
    t->config.split_outbound_cookies = below(t, 2) != 0;
    t->config.limits.encoder_table_size = below(t, 3) == 0 ? 200 : 4096;
    for (size_t i = 0; i < 2; i++) {
        t->config.allocator = &t->sides[i].allocator.base;
        assert_int_equal(h2_connection_reconfigure(t->sides[i].conn, &t->config), H2_OK);
    }
}

static void push(twins *t, uint32_t id)
{
    forget(&t->sides[1]);
    const h2_status first = h2_push_stream(t->sides[0].conn, id, t->next_promise, t->list, t->count);
    expect_same(t, first, h2_push_stream(t->sides[1].conn, id, t->next_promise, t->list, t->count));
    if (first == H2_OK) t->next_promise += 2;
}

static void step(twins *t)
{
    switch (below(t, 30)) {
    case 0: receive_settings(t); return;
    case 1: reconfigure(t); return;
    case 2: h2_connection_trim(t->sides[below(t, 2)].conn); return;
    default: break;
    }
    next_list(t);
    t->absent = below(t, 40) == 0;
    if (t->config.role == H2_CLIENT) {
        send_list(t, t->next_id, below(t, 2) != 0);
        t->next_id += 2;
        return;
    }
    receive_request(t);
    const uint32_t id = t->open[below(t, 8) ? t->open_count - 1 : below(t, t->open_count)];
    if (below(t, 12) == 0)
        push(t, id);
    else
        send_list(t, id, below(t, 2) != 0);
}

static void open_twins(twins *t, h2_role role, h2_profile profile, uint64_t seed)
{
    *t = (twins){.random = seed, .next_id = 1, .next_promise = 2};
    octets o = {0};
    if (role == H2_SERVER) frame_preface(&o);
    frame_settings(&o, NULL, 0);
    frame_settings_ack(&o);
    h2_config_init_sized(&t->config, sizeof t->config, role, profile);
    for (size_t i = 0; i < 2; i++) {
        counting_allocator_init(&t->sides[i].allocator);
        t->config.allocator = &t->sides[i].allocator.base;
        assert_int_equal(h2_connection_new(&t->sides[i].conn, &t->config), H2_OK);
        assert_int_equal(h2_initiate_connection(t->sides[i].conn), H2_OK);
    }
    feed(t, &o);
    octets_free(&o);
}

static void close_twins(twins *t)
{
    for (size_t i = 0; i < 2; i++) {
        h2_connection_free(t->sides[i].conn);
        assert_true(counting_allocator_clean(&t->sides[i].allocator));
    }
}

static void converse(h2_role role, h2_profile profile)
{
    size_t sent = 0, refused = 0, repeated = 0;
    memset(large, 'x', sizeof large);
    for (uint64_t seed = 1; seed <= CONVERSATIONS; seed++) {
        twins t;
        open_twins(&t, role, profile, seed);
        for (size_t i = 0; i < STEPS && !t.ended; i++)
            step(&t);
        sent += t.sent;
        refused += t.refused;
        repeated += t.repeated;
        close_twins(&t);
    }
    assert_true(sent > CONVERSATIONS && refused > CONVERSATIONS && repeated > CONVERSATIONS);
}

static void server_of_rfc(void **unused)
{
    (void)unused;
    converse(H2_SERVER, H2_PROFILE_RFC);
}

static void client_of_rfc(void **unused)
{
    (void)unused;
    converse(H2_CLIENT, H2_PROFILE_RFC);
}

static void server_of_python(void **unused)
{
    (void)unused;
    converse(H2_SERVER, H2_PROFILE_PYTHON);
}

static void client_of_python(void **unused)
{
    (void)unused;
    converse(H2_CLIENT, H2_PROFILE_PYTHON);
}

/* Entry numbers come round. */

static void lower_and_raise_table(twins *t)
{
    const h2_setting none = {H2_SETTINGS_HEADER_TABLE_SIZE, 0}, all = {H2_SETTINGS_HEADER_TABLE_SIZE, 4096};
    octets o = {0};
    frame_settings(&o, &none, 1);
    frame_settings(&o, &all, 1);
    feed(t, &o);
    octets_free(&o);
}

/* A list without normalizing makes as many entries as there are numbers: only its last one is really there. */
static void a_list_that_is_not_normalized_is_not_repeated(void **unused)
{
    (void)unused;
    twins t;
    open_twins(&t, H2_CLIENT, H2_PROFILE_RFC, 1);
    take(&t, request, 4);
    t.list[t.count++] = field("x-a", "1");
    send_list(&t, 1, true);
    lower_and_raise_table(&t);
    for (size_t i = 0; i < 2; i++) {
        t.config.allocator = &t.sides[i].allocator.base;
        t.config.normalize_outbound_headers = t.config.validate_outbound_headers = false;
        assert_int_equal(h2_connection_reconfigure(t.sides[i].conn, &t.config), H2_OK);
        h2_table *const table = &t.sides[i].conn->messages->encoder.table;
        assert_int_equal(table->count, 0);
        table->next = H2_TABLE_FIRST_NUMBER + 1; /* as the first list had it for x-a */
    }
    t.list[2].flags = H2_HEADER_NEVER_INDEX;
    t.list[4] = field("X-A", "1");
    send_list(&t, 3, true);
    for (size_t i = 0; i < 2; i++) {
        t.config.allocator = &t.sides[i].allocator.base;
        t.config.normalize_outbound_headers = t.config.validate_outbound_headers = true;
        assert_int_equal(h2_connection_reconfigure(t.sides[i].conn, &t.config), H2_OK);
    }
    t.list[4] = field("X-A", "2");
    send_list(&t, 5, true);
    assert_int_equal(t.sent, 3);
    close_twins(&t);
}

/* Of what was asked for before an upgrade nothing is known: a response to HEAD announces a length that its body has not. */
static void a_response_to_an_upgrade_announces_nothing(void **unused)
{
    (void)unused;
    h2_config config;
    h2_connection *conn;
    h2_event event;
    octets o = {0};
    h2_config_init(&config, H2_SERVER);
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    assert_int_equal(h2_initiate_upgrade_connection(conn, "", 0), H2_OK);
    frame_preface(&o);
    frame_settings(&o, NULL, 0);
    for (uint32_t id = 3; id <= 7; id += 2)
        frame_headers(&o, id, request, 4, true);
    const uint8_t *data = o.data;
    size_t len = o.len;
    while (h2_receive_data(conn, &data, &len, &event) == H2_OK)
        continue;
    for (uint32_t id = 3; id <= 5; id += 2)
        assert_int_equal(h2_send_headers(conn, id, response, 5, false, NULL), H2_OK);
    assert_int_equal(h2_send_headers(conn, 1, response, 5, true, NULL), H2_OK);
    assert_int_equal(h2_send_headers(conn, 7, response, 5, true, NULL), H2_ERROR_INVALID_BODY_LENGTH);
    octets_free(&o);
    h2_connection_free(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_that_is_not_normalized_is_not_repeated),
        cmocka_unit_test(a_response_to_an_upgrade_announces_nothing),
        cmocka_unit_test(server_of_rfc),
        cmocka_unit_test(client_of_rfc),
        cmocka_unit_test(server_of_python),
        cmocka_unit_test(client_of_python),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
