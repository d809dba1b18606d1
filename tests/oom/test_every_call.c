/* One conversation that touches every call, with each allocation of one side failing in turn: a call that meets it has
 * done nothing and succeeds when it is made again, a side that meets it while receiving can only be freed, and nothing is
 * ever left. */
#include "counting_allocator.h"
#include "event_text.h"

#include <h2/h2.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct talk {
    counting_allocator memory[2]; /* of the client, of the server */
    h2_connection *conn[2];
    h2_profile profile;
    octets said[2];  /* all output, as it was taken */
    octets events;   /* of both sides */
    size_t failures; /* calls that had to be made again */
    size_t released; /* borrowed bodies that came back */
    bool dead;       /* a side failed while receiving: the conversation is over */
} talk;

enum {
    CLIENT,
    SERVER
};

static const h2_header request[] = {H2_HEADER(":method", "POST"),
                                    H2_HEADER(":scheme", "https"),
                                    H2_HEADER(":authority", "a.example"),
                                    H2_HEADER(":path", "/some/path"),
                                    H2_HEADER("Cookie", "a=b"),
                                    H2_HEADER("cookie", "c=d"),
                                    H2_HEADER("x-field", "a value that is entered into the table")};
static const h2_header promise[] = {H2_HEADER(":method", "GET"), H2_HEADER(":scheme", "https"),
                                    H2_HEADER(":authority", "b.example"), H2_HEADER(":path", "/pushed")};
static const h2_header hints[] = {H2_HEADER(":status", "103"), H2_HEADER("link", "</a>")};
static const h2_header response[] = {H2_HEADER(":status", "200"), H2_HEADER("x-field", "another value")};
static const h2_header trailers[] = {H2_HEADER("x-end", "1")};
static uint8_t body[20000];
#define LIST(fields) (fields), sizeof(fields) / sizeof *(fields)

/* What a call that fails must have done: nothing. */

typedef struct snapshot {
    size_t pending;
    h2_connection_info info;
    uint32_t streams;
} snapshot;

static snapshot look(const h2_connection *conn)
{
    snapshot s = {.pending = h2_output_pending(conn), .info = {.size = sizeof s.info}};
    uint32_t id = 0;
    h2_connection_get_info(conn, &s.info);
    while (h2_next_stream(conn, id, &id))
        s.streams++;
    return s;
}

static bool unchanged(const snapshot *a, const snapshot *b)
{
    return a->pending == b->pending && a->streams == b->streams && a->info.state == b->info.state &&
           a->info.outbound_window == b->info.outbound_window &&
           a->info.inbound_window == b->info.inbound_window &&
           a->info.highest_outbound_stream_id == b->info.highest_outbound_stream_id &&
           a->info.highest_inbound_stream_id == b->info.highest_inbound_stream_id;
}

/* Makes a call until it does not meet the failing allocation any more; each allocation fails once. */
#define CALL(t, side, call)                                                                                  \
    do {                                                                                                     \
        h2_connection *const conn = (t)->conn[side];                                                         \
        while (!(t)->dead) {                                                                                 \
            const snapshot before_ = look(conn);                                                             \
            const h2_status status_ = (call);                                                                \
            const snapshot after_ = look(conn);                                                              \
            if (status_ == H2_OK) break;                                                                     \
            if (status_ != H2_ERROR_NO_MEMORY) fail_msg("%s: %s", #call, h2_last_error(conn)->message);      \
            assert_true(unchanged(&before_, &after_));                                                       \
            (t)->failures++;                                                                                 \
        }                                                                                                    \
    } while (0)

/* Octets on their way. */

static void on_event(talk *t, int side, const h2_event *event)
{
    octets_format(&t->events, "%d ", side);
    event_text(&t->events, event);
    if (event->type != H2_EVENT_DATA_RECEIVED) return;
    const size_t len = event->data.flow_controlled_length;
    const uint32_t id = event->stream_id;
    CALL(t, side, h2_acknowledge_received_data(conn, len, id));
}

/* What is still queued can be sent, and a GOAWAY ends it. */
static void check_last_words(h2_connection *conn)
{
    static uint8_t out[200000];
    h2_connection_trim(conn);
    const size_t len = h2_data_to_send(conn, out, sizeof out);
    assert_true(len >= 17 && len < sizeof out);
    const uint8_t goaway[] = {0, 0, 8, 7, 0, 0, 0, 0, 0};
    assert_memory_equal(out + len - 17, goaway, sizeof goaway);
    assert_int_equal(out[len - 1], H2_CODE_INTERNAL_ERROR);
    assert_int_equal(h2_output_pending(conn), 0);
    h2_connection_trim(conn);
}

/* A side without memory: everything else is refused, too. */
static void check_dead(talk *t, int side)
{
    h2_connection *const conn = t->conn[side];
    const uint8_t *at = NULL;
    size_t left = 0;
    h2_event event;
    assert_int_equal(h2_receive_data(conn, &at, &left, &event), H2_ERROR_NO_MEMORY);
    assert_int_equal(h2_ping(conn, body), H2_ERROR_NO_MEMORY);
    assert_int_equal(h2_last_error(conn)->status, H2_ERROR_NO_MEMORY);
    assert_true(h2_connection_is_closed(conn));
    check_last_words(conn);
    t->dead = true;
}

static void receive(talk *t, int side, const uint8_t *at, size_t left)
{
    h2_event event;
    while (!t->dead) {
        const h2_status status = h2_receive_data(t->conn[side], &at, &left, &event);
        if (status == H2_NEED_DATA) return;
        if (status == H2_ERROR_NO_MEMORY) {
            check_dead(t, side);
            return;
        }
        if (status != H2_OK) fail_msg("%s", h2_last_error(t->conn[side])->message);
        on_event(t, side, &event);
    }
}

static bool pass(talk *t, int from)
{
    uint8_t piece[700]; /* cuts frames */
    h2_iovec runs[3];
    size_t len = 0;
    if (t->dead) return false;
    const size_t filled = h2_output_peek(t->conn[from], runs, 3);
    for (size_t i = 0; i < filled && len < sizeof piece; i++) {
        const size_t n = runs[i].len < sizeof piece - len ? runs[i].len : sizeof piece - len;
        if (n > 0) memcpy(piece + len, runs[i].base, n);
        len += n;
    }
    h2_output_consume(t->conn[from], len);
    octets_put(&t->said[from], piece, len);
    receive(t, 1 - from, piece, len);
    return len > 0;
}

static void settle(talk *t)
{
    bool said = true;
    while (said) {
        said = pass(t, CLIENT);
        if (pass(t, SERVER)) said = true;
    }
}

/* The conversation. */

static void released(void *arg, const void *data, size_t len)
{
    talk *const t = arg;
    assert_ptr_equal(data, body);
    assert_int_equal(len, 3000);
    t->released++;
}

static bool open_side(talk *t, int side)
{
    static const h2_setting initial[] = {{H2_SETTINGS_HEADER_TABLE_SIZE, 8192},
                                         {H2_SETTINGS_MAX_FRAME_SIZE, 20000}};
    h2_config config;
    h2_config_init_sized(&config, sizeof config, side == CLIENT ? H2_CLIENT : H2_SERVER, t->profile);
    config.allocator = &t->memory[side].base;
    config.initial_settings = initial;
    config.initial_settings_count = 2;
    while (t->conn[side] == NULL) {
        const h2_status status = h2_connection_new(&t->conn[side], &config);
        if (status == H2_OK) return true;
        assert_int_equal(status, H2_ERROR_NO_MEMORY);
        assert_null(t->conn[side]);
        assert_int_equal(t->memory[side].live_octets, 0);
    }
    return true;
}

static void begin(talk *t)
{
    CALL(t, CLIENT, h2_initiate_connection(conn));
    CALL(t, SERVER, h2_initiate_connection(conn));
    settle(t);
    h2_config config = *h2_connection_config(t->conn[SERVER]);
    config.unknown_frames = true;
    CALL(t, SERVER, h2_connection_reconfigure(conn, &config));
}

static void messages(talk *t)
{
    const h2_priority priority = {.depends_on = 0, .weight = 99};
    uint32_t id = 0;
    CALL(t, CLIENT, h2_get_next_available_stream_id(conn, &id));
    CALL(t, CLIENT, h2_send_headers(conn, 1, LIST(request), false, &priority));
    CALL(t, CLIENT, h2_send_headers(conn, 3, LIST(request), true, NULL));
    CALL(t, CLIENT, h2_send_data(conn, 1, body, 5000, false, 9));
    settle(t);
    CALL(t, CLIENT, h2_send_data_ref(conn, 1, body, 3000, false, 200, released, t));
    CALL(t, CLIENT, h2_prioritize(conn, 1, &priority));
    settle(t);
    CALL(t, SERVER, h2_send_headers(conn, 1, LIST(hints), false, NULL));
    CALL(t, SERVER, h2_push_stream(conn, 1, 2, LIST(promise)));
    for (uint32_t pushed = 4; pushed <= 10; pushed += 2) /* one of them makes the client's streams grow */
        CALL(t, SERVER, h2_push_stream(conn, 1, pushed, LIST(promise)));
    settle(t);
    CALL(t, SERVER, h2_send_headers(conn, 1, LIST(response), false, NULL));
    CALL(t, SERVER, h2_send_headers(conn, 2, LIST(response), false, NULL));
    CALL(t, SERVER, h2_send_data(conn, 2, body, 12000, true, -1));
    for (uint32_t pushed = 4; pushed <= 10; pushed += 2)
        CALL(t, SERVER, h2_send_headers(conn, pushed, LIST(response), true, NULL));
    settle(t);
    CALL(t, CLIENT, h2_end_stream(conn, 1));
    CALL(t, SERVER, h2_send_headers(conn, 1, LIST(trailers), true, NULL));
    settle(t);
}

static void controls(talk *t)
{
    const h2_setting settings[] = {
        {H2_SETTINGS_INITIAL_WINDOW_SIZE, 100000}, {0x1234, 5}, {H2_SETTINGS_HEADER_TABLE_SIZE, 100}};
    int64_t window = 0;
    CALL(t, CLIENT, h2_ping(conn, body));
    CALL(t, SERVER, h2_update_settings(conn, settings, 3));
    CALL(t, CLIENT, h2_update_settings(conn, settings, 3));
    settle(t);
    CALL(t, CLIENT, h2_increment_flow_control_window(conn, 1000, 0));
    CALL(t, CLIENT, h2_increment_flow_control_window(conn, 1000, 3));
    CALL(t, CLIENT, h2_local_flow_control_window(conn, 3, &window));
    CALL(t, CLIENT, h2_remote_flow_control_window(conn, 3, &window));
    CALL(t, SERVER, h2_advertise_alternative_service(conn, "h2=\":1\"", 7, "c.example", 9, 0));
    CALL(t, SERVER, h2_advertise_alternative_service(conn, "h2=\":2\"", 7, NULL, 0, 3));
    settle(t);
    CALL(t, SERVER, h2_override_window(conn, 3, true, 70000));
    CALL(t, SERVER, h2_override_frame_size(conn, true, 16384));
    CALL(t, CLIENT, h2_replace_settings(conn, true, h2_local_settings(conn)));
    h2_connection_trim(t->conn[CLIENT]);
    h2_connection_trim(t->conn[SERVER]);
    h2_advance_time(t->conn[SERVER], 1000);
    if (!t->dead) receive(t, SERVER, (const uint8_t *)"\0\0\3\xfa\0\0\0\0\0abc", 12);
}

/* A block that takes CONTINUATION, a stream that is reset, a bound that is crossed, and the end. */
static void finish(talk *t)
{
    static char value[18000];
    memset(value, 'v', sizeof value);
    const h2_header large[] = {H2_HEADER(":method", "GET"),
                               H2_HEADER(":scheme", "https"),
                               H2_HEADER(":authority", "d"),
                               H2_HEADER(":path", "/"),
                               {"x-large", 7, value, sizeof value, 0}};
    CALL(t, CLIENT, h2_send_headers(conn, 5, LIST(large), false, NULL));
    settle(t);
    CALL(t, SERVER, h2_reset_stream(conn, 5, H2_CODE_CANCEL));
    settle(t);
    CALL(t, SERVER, h2_send_headers(conn, 3, LIST(response), true, NULL));
    CALL(t, CLIENT, h2_shutdown(conn));
    settle(t);
    CALL(t, SERVER, h2_close_connection(conn, H2_CODE_NO_ERROR, "the end", 7, -1));
    settle(t);
    h2_clear_outbound_data_buffer(t->conn[SERVER]);
}

static void run(talk *t, h2_profile profile, int failing, size_t at, bool ever_after)
{
    *t = (talk){.profile = profile};
    counting_allocator_init(&t->memory[CLIENT]);
    counting_allocator_init(&t->memory[SERVER]);
    t->memory[failing].fail_at = at;
    t->memory[failing].fail_ever_after = ever_after;
    (void)open_side(t, CLIENT);
    (void)open_side(t, SERVER);
    begin(t);
    messages(t);
    controls(t);
    if (profile == H2_PROFILE_RFC) finish(t);
}

static void end(talk *t)
{
    for (int side = CLIENT; side <= SERVER; side++) {
        assert_int_equal(h2_memory_used(t->conn[side]), t->memory[side].live_octets);
        h2_connection_free(t->conn[side]);
        if (!counting_allocator_clean(&t->memory[side])) fail_msg("%s", t->memory[side].complaint);
        octets_free(&t->said[side]);
    }
    octets_free(&t->events);
}

static void fail_each(h2_profile profile, int failing)
{
    talk whole;
    size_t again = 0, dead = 0, at = 1;
    run(&whole, profile, failing, 0, false);
    assert_int_equal(whole.released, 1);
    for (bool met = true; met; at++) {
        talk t;
        run(&t, profile, failing, at, false);
        met = t.memory[failing].refused > 0;
        again += t.failures > 0;
        dead += t.dead;
        if (!t.dead) {
            assert_true(octets_equal(&t.events, &whole.events));
            assert_true(octets_equal(&t.said[CLIENT], &whole.said[CLIENT]));
            assert_true(octets_equal(&t.said[SERVER], &whole.said[SERVER]));
        }
        end(&t);
    }
    end(&whole);
    printf("oom: %s, %s: %zu allocations fail in turn, %zu in calls, %zu while receiving\n",
           profile == H2_PROFILE_RFC ? "RFC" : "Python", failing == CLIENT ? "client" : "server", at - 2,
           again, dead);
    assert_true(again > 10 && dead > 5);
}

static void test_rfc_client(void **state)
{
    (void)state;
    fail_each(H2_PROFILE_RFC, CLIENT);
}

static void test_rfc_server(void **state)
{
    (void)state;
    fail_each(H2_PROFILE_RFC, SERVER);
}

static void test_python_client(void **state)
{
    (void)state;
    fail_each(H2_PROFILE_PYTHON, CLIENT);
}

static void test_python_server(void **state)
{
    (void)state;
    fail_each(H2_PROFILE_PYTHON, SERVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rfc_client), cmocka_unit_test(test_rfc_server),
                                       cmocka_unit_test(test_python_client),
                                       cmocka_unit_test(test_python_server)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
