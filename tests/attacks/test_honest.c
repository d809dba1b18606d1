/* Honest traffic that no bound may meet: two connections, everything that one says reaches the other, and no counter of
 * either moves. */
#include <h2/h2.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct pair pair;
typedef void on_event(pair *p, bool at_client, const h2_event *event);

struct pair {
    h2_connection *client, *server;
    on_event *act;
    size_t events[H2_EVENT_UNKNOWN_FRAME_RECEIVED + 1]; /* of both sides */
    size_t body;                                        /* octets of DATA that arrived */
    bool answers; /* the server answers a request as soon as it has ended */
    size_t step;  /* octets acknowledged at a time; 0 is all at once */
};

static const h2_header request[] = {H2_HEADER(":method", "POST"),
                                    H2_HEADER(":scheme", "https"),
                                    H2_HEADER(":authority", "example.com"),
                                    H2_HEADER(":path", "/service/Method"),
                                    H2_HEADER("te", "trailers"),
                                    H2_HEADER("content-type", "application/grpc")};
static const h2_header response[] = {H2_HEADER(":status", "200"),
                                     H2_HEADER("content-type", "application/grpc")};
static const h2_header trailers[] = {H2_HEADER("grpc-status", "0")};
#define LIST(fields) (fields), sizeof(fields) / sizeof *(fields)

static void acknowledge(const pair *p, h2_connection *conn, const h2_event *event)
{
    size_t left = event->data.flow_controlled_length;
    while (left > 0) {
        const size_t n = p->step && p->step < left ? p->step : left;
        assert_int_equal(h2_acknowledge_received_data(conn, n, event->stream_id), H2_OK);
        left -= n;
    }
}

static void take(pair *p, bool at_client, const h2_event *event)
{
    h2_connection *const conn = at_client ? p->client : p->server;
    p->events[event->type]++;
    if (event->type == H2_EVENT_DATA_RECEIVED) {
        p->body += event->data.len;
        acknowledge(p, conn, event);
    }
    if (event->type == H2_EVENT_STREAM_ENDED && !at_client && p->answers)
        assert_int_equal(h2_send_headers(conn, event->stream_id, LIST(response), true, NULL), H2_OK);
    if (p->act) p->act(p, at_client, event);
}

static bool pass(pair *p, bool from_client)
{
    uint8_t octets[16384];
    h2_connection *const from = from_client ? p->client : p->server, *const to =
                                                                         from_client ? p->server : p->client;
    const size_t len = h2_data_to_send(from, octets, sizeof octets);
    const uint8_t *at = octets;
    size_t left = len;
    h2_event event;
    h2_status status;
    while ((status = h2_receive_data(to, &at, &left, &event)) == H2_OK)
        take(p, !from_client, &event);
    if (status < 0) fail_msg("%s", h2_last_error(to)->message);
    return len > 0;
}

/* Until neither has anything more to say. */
static void settle(pair *p)
{
    bool said = true;
    while (said) {
        said = pass(p, true);
        if (pass(p, false)) said = true;
    }
}

static void open_pair(pair *p)
{
    h2_config config;
    *p = (pair){.answers = true};
    h2_config_init(&config, H2_CLIENT);
    assert_int_equal(h2_connection_new(&p->client, &config), H2_OK);
    h2_config_init(&config, H2_SERVER);
    assert_int_equal(h2_connection_new(&p->server, &config), H2_OK);
    assert_int_equal(h2_initiate_connection(p->client), H2_OK);
    assert_int_equal(h2_initiate_connection(p->server), H2_OK);
    settle(p);
}

static void close_pair(pair *p, const char *what)
{
    h2_counters counters = {.size = sizeof counters};
    settle(p);
    h2_counters_read(p->server, &counters);
    assert_int_equal(counters.crossed, 0);
    h2_counters_read(p->client, &counters);
    assert_int_equal(counters.crossed, 0);
    assert_false(h2_connection_is_closed(p->client) || h2_connection_is_closed(p->server));
    printf("honest: %s: %zu events of DATA, %zu octets\n", what, p->events[H2_EVENT_DATA_RECEIVED], p->body);
    h2_connection_free(p->client);
    h2_connection_free(p->server);
}

static uint32_t ask(pair *p, bool ends)
{
    uint32_t id;
    assert_int_equal(h2_get_next_available_stream_id(p->client, &id), H2_OK);
    assert_int_equal(h2_send_headers(p->client, id, LIST(request), ends, NULL), H2_OK);
    return id;
}

/* Five pages, each given up when its 100 requests are under way. */
static void test_cancelled_pages(void **state)
{
    (void)state;
    pair p;
    open_pair(&p);
    p.answers = false;
    for (int page = 0; page < 5; page++) {
        uint32_t ids[100];
        for (int i = 0; i < 100; i++)
            ids[i] = ask(&p, true);
        settle(&p);
        for (int i = 0; i < 100; i++)
            assert_int_equal(h2_reset_stream(p.client, ids[i], H2_CODE_CANCEL), H2_OK);
        settle(&p);
    }
    assert_int_equal(p.events[H2_EVENT_STREAM_RESET], 500);
    close_pair(&p, "pages that are given up");
}

/* A message of one octet, which the other side answers with one, 5,000 times on one stream. */
static void test_chat(void **state)
{
    (void)state;
    pair p;
    open_pair(&p);
    const uint32_t id = ask(&p, false);
    settle(&p);
    assert_int_equal(h2_send_headers(p.server, id, LIST(response), false, NULL), H2_OK);
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(h2_send_data(p.client, id, "a", 1, false, -1), H2_OK);
        settle(&p);
        assert_int_equal(h2_send_data(p.server, id, "b", 1, false, -1), H2_OK);
        settle(&p);
    }
    assert_int_equal(h2_send_headers(p.server, id, LIST(trailers), true, NULL), H2_OK);
    assert_int_equal(p.body, 10000);
    close_pair(&p, "a chat of single octets");
}

/* What gRPC's C core does: a setting of its own, two WINDOW_UPDATEs for most calls, small messages. */
static void test_grpc_core(void **state)
{
    (void)state;
    pair p;
    open_pair(&p);
    const h2_setting setting = {0xfe03, 1};
    assert_int_equal(h2_update_settings(p.client, &setting, 1), H2_OK);
    p.answers = false;
    for (int i = 0; i < 500; i++) {
        const uint32_t id = ask(&p, false);
        assert_int_equal(h2_send_data(p.client, id, "\0\0\0\0\1a", 6, true, -1), H2_OK);
        if (i % 5 < 4) assert_int_equal(h2_increment_flow_control_window(p.client, 5, 0), H2_OK);
        assert_int_equal(h2_increment_flow_control_window(p.client, 5, id), H2_OK);
        settle(&p);
        assert_int_equal(h2_send_headers(p.server, id, LIST(response), false, NULL), H2_OK);
        assert_int_equal(h2_send_data(p.server, id, "\0\0\0\0\1b", 6, false, -1), H2_OK);
        assert_int_equal(h2_send_headers(p.server, id, LIST(trailers), true, NULL), H2_OK);
        settle(&p);
    }
    assert_int_equal(p.events[H2_EVENT_WINDOW_UPDATED] >= 900, 1);
    close_pair(&p, "500 calls of gRPC's C core");
}

static void test_cancelled_uploads(void **state)
{
    static const uint8_t body[1000];
    (void)state;
    pair p;
    open_pair(&p);
    uint32_t ids[100];
    for (int i = 0; i < 100; i++) {
        ids[i] = ask(&p, false);
        assert_int_equal(h2_send_data(p.client, ids[i], body, sizeof body, false, -1), H2_OK);
        settle(&p);
    }
    for (int i = 0; i < 100; i++) {
        assert_int_equal(h2_send_data(p.client, ids[i], body, 500, false, -1), H2_OK);
        assert_int_equal(h2_reset_stream(p.client, ids[i], H2_CODE_CANCEL), H2_OK);
    }
    settle(&p);
    assert_int_equal(p.events[H2_EVENT_STREAM_RESET], 100);
    close_pair(&p, "100 uploads cancelled half-way");
}

static void send_more(pair *p, bool at_client, const h2_event *event)
{
    static const uint8_t body[1024];
    (void)at_client;
    if (event->type != H2_EVENT_WINDOW_UPDATED && event->type != H2_EVENT_REQUEST_RECEIVED) return;
    int64_t window = 0;
    while (p->body < 2000000 && h2_local_flow_control_window(p->server, 1, &window) == H2_OK &&
           window >= (int64_t)sizeof body)
        assert_int_equal(h2_send_data(p->server, 1, body, sizeof body, false, -1), H2_OK);
}

static void test_small_steps(void **state)
{
    (void)state;
    pair p;
    open_pair(&p);
    p.answers = false;
    p.step = 100;
    (void)ask(&p, true);
    settle(&p);
    assert_int_equal(h2_send_headers(p.server, 1, LIST(response), false, NULL), H2_OK);
    p.act = send_more;
    send_more(&p, false, &(h2_event){.type = H2_EVENT_REQUEST_RECEIVED});
    settle(&p);
    assert_true(p.body >= 2000000);
    close_pair(&p, "a reader that takes 100 octets at a time");
}

static void test_requests_in_a_row(void **state)
{
    (void)state;
    pair p;
    open_pair(&p);
    for (int i = 0; i < 10000; i++) {
        (void)ask(&p, true);
        if (i % 10 == 9) settle(&p);
    }
    settle(&p);
    assert_int_equal(p.events[H2_EVENT_RESPONSE_RECEIVED], 10000);
    close_pair(&p, "10,000 requests in a row");
}

static void test_pings_of_a_day(void **state)
{
    (void)state;
    pair p;
    open_pair(&p);
    for (int second = 0; second < 24 * 60 * 60; second++) {
        assert_int_equal(h2_ping(p.client, (const uint8_t *)"a second"), H2_OK);
        h2_advance_time(p.server, 1000);
        settle(&p);
    }
    assert_int_equal(p.events[H2_EVENT_PING_ACK_RECEIVED], 24 * 60 * 60);
    close_pair(&p, "PING each second for a day");
}

static void list_cookies(pair *p, bool at_client, const h2_event *event)
{
    if (at_client || event->type != H2_EVENT_REQUEST_RECEIVED) return;
    for (size_t i = 0; i < event->headers.count; i++)
        if (event->headers.fields[i].name_len == 6 && memcmp(event->headers.fields[i].name, "cookie", 6) == 0)
            p->body += event->headers.fields[i].value_len;
}

static void test_crumbs(void **state)
{
    (void)state;
    pair p;
    open_pair(&p);
    p.act = list_cookies;
    h2_header fields[154];
    char values[150][32];
    memcpy(fields, request, 4 * sizeof *fields);
    size_t octets = 0;
    for (int i = 0; i < 150; i++) {
        const int len = snprintf(values[i], sizeof values[i], "crumb%d=value%d", i, i * 7);
        fields[4 + i] = (h2_header){"cookie", 6, values[i], (size_t)len, 0};
        octets += (size_t)len;
    }
    for (uint32_t id = 1; id < 41; id += 2) {
        assert_int_equal(h2_send_headers(p.client, id, fields, 154, true, NULL), H2_OK);
        settle(&p);
    }
    assert_int_equal(p.body, 20 * (octets + 149 * 2));
    close_pair(&p, "150 cookie crumbs");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cancelled_pages),
        cmocka_unit_test(test_crumbs),
        cmocka_unit_test(test_chat),
        cmocka_unit_test(test_grpc_core),
        cmocka_unit_test(test_cancelled_uploads),
        cmocka_unit_test(test_small_steps),
        cmocka_unit_test(test_requests_in_a_row),
        cmocka_unit_test(test_pings_of_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
