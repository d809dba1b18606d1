/* Numbers at their borders: what is just allowed, and what is one too many, in calls and from the peer. */
#include "begun.h"

#include <h2/states.h>

#include <string.h>
#include <sys/mman.h>

enum {
    WINDOW_MAX = 0x7fffffff,
    ID_MAX = 0x7fffffff,
    FRAME_HEADER_SIZE = 9
};

static const char text[70000];

/* Windows. */

static void test_windows_set_by_hand(void **state)
{
    (void)state;
    static const int64_t good[] = {INT32_MIN, INT32_MIN + 1, 0, WINDOW_MAX - 1, WINDOW_MAX};
    h2_connection *const conn = asking();
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_int_equal(h2_override_window(conn, 0, true, good[i]), H2_OK);
        assert_int_equal(outbound_window(conn, 0), good[i]);
    }
    assert_int_equal(h2_override_window(conn, 0, true, (int64_t)WINDOW_MAX + 1), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_override_window(conn, 0, true, (int64_t)INT32_MIN - 1), H2_ERROR_ARGUMENT);
    /* A stream's is kept as a distance from the initial one. */
    const int64_t least = (int64_t)INT32_MIN + 65535;
    assert_int_equal(h2_override_window(conn, 1, true, least), H2_OK);
    assert_int_equal(outbound_window(conn, 1), least);
    assert_int_equal(h2_override_window(conn, 1, true, least - 1), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_override_window(conn, 1, false, least), H2_OK);
    assert_int_equal(h2_override_window(conn, 1, false, least - 1), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_override_window(conn, 1, true, WINDOW_MAX), H2_OK);
    assert_int_equal(outbound_window(conn, 1), WINDOW_MAX);
    h2_connection_free(conn);
}

/* How a stream's window came to stand above the initial one. */
typedef enum raised_by {
    BY_HAND,
    BY_PEER,
    BY_PEER_ON_ANOTHER, /* a smaller rise comes after it */
    BY_PEER_BESIDE_MORE /* a stream with a greater rise has gone */
} raised_by;

/* The peer raises the initial window until the largest window of a stream is at 2^31-1, or beyond. */
static h2_status raise_initial(raised_by how, uint32_t beyond)
{
    h2_connection *const conn = asking();
    octets o = {0};
    if (how == BY_HAND) {
        assert_int_equal(h2_override_window(conn, 1, true, 65535 + 1000), H2_OK);
        assert_int_equal(h2_override_window(conn, 1, true, 65535 + 1000), H2_OK);
    } else {
        frame_window_update(&o, 1, 999);
        frame_window_update(&o, 1, 1);
    }
    if (how == BY_PEER_ON_ANOTHER) {
        assert_int_equal(h2_send_headers(conn, 3, LIST(request), false, NULL), H2_OK);
        frame_window_update(&o, 3, 10);
    }
    if (how == BY_PEER_BESIDE_MORE) {
        assert_int_equal(h2_send_headers(conn, 3, LIST(request), false, NULL), H2_OK);
        frame_window_update(&o, 3, 5000);
        frame_rst_stream(&o, 3, H2_CODE_CANCEL);
    }
    const h2_setting setting = {H2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_MAX - 1000 + beyond};
    frame_settings(&o, &setting, 1);
    const h2_status status = feed(conn, &o);
    if (status == H2_NEED_DATA) assert_int_equal(outbound_window(conn, 1), WINDOW_MAX);
    octets_free(&o);
    h2_connection_free(conn);
    return status;
}

static void test_the_initial_window_raises_no_window_beyond_the_greatest(void **state)
{
    (void)state;
    for (raised_by how = BY_HAND; how <= BY_PEER_BESIDE_MORE; how++) {
        assert_int_equal(raise_initial(how, 0), H2_NEED_DATA);
        assert_int_equal(raise_initial(how, 1), H2_ERROR_FLOW_CONTROL);
    }
}

/* Opened by hand, and the initial window that we propose ourselves. */
static void test_our_windows_end_at_the_greatest(void **state)
{
    (void)state;
    h2_connection *const conn = asking();
    for (uint32_t id = 0; id < 2; id++) {
        assert_int_equal(h2_increment_flow_control_window(conn, WINDOW_MAX - 65535 + 1, id),
                         H2_ERROR_FLOW_CONTROL);
        assert_int_equal(h2_increment_flow_control_window(conn, WINDOW_MAX - 65535 - 1, id), H2_OK);
        assert_int_equal(h2_increment_flow_control_window(conn, 1, id), H2_OK);
        assert_int_equal(h2_increment_flow_control_window(conn, 1, id), H2_ERROR_FLOW_CONTROL);
        assert_int_equal(h2_increment_flow_control_window(conn, WINDOW_MAX, id), H2_ERROR_FLOW_CONTROL);
    }
    h2_setting setting = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 65536};
    assert_int_equal(h2_update_settings(conn, &setting, 1), H2_ERROR_FLOW_CONTROL);
    setting.value = 65535;
    assert_int_equal(h2_update_settings(conn, &setting, 1), H2_OK);
    h2_connection_free(conn);
}

/* The peer's credit: 2^31-1 is reached, and not passed. */
static void test_credit_ends_at_the_greatest(void **state)
{
    (void)state;
    h2_connection *const conn = asking();
    octets o = {0};
    h2_event event;
    frame_window_update(&o, 0, WINDOW_MAX - 65535);
    frame_window_update(&o, 1, WINDOW_MAX - 65535);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(outbound_window(conn, 0), WINDOW_MAX);
    assert_int_equal(outbound_window(conn, 1), WINDOW_MAX);
    frame_window_update(&o, 1, 1); /* ends the stream */
    const uint8_t *data = o.data;
    size_t len = o.len;
    assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_OK);
    assert_int_equal(event.type, H2_EVENT_STREAM_RESET);
    assert_int_equal(event.stream_reset.error_code, H2_CODE_FLOW_CONTROL_ERROR);
    octets_clear(&o);
    frame_window_update(&o, 0, 1);
    assert_int_equal(feed(conn, &o), H2_ERROR_FLOW_CONTROL);
    octets_free(&o);
    h2_connection_free(conn);
}

/* WINDOW_UPDATE is read when all of it is there, and not before. */
static void test_credit_waits_for_its_frame(void **state)
{
    (void)state;
    h2_connection *const conn = asking();
    octets o = {0};
    h2_event event;
    for (uint32_t id = 0; id <= 1; id++) {
        octets_clear(&o);
        frame_window_update(&o, id, 7);
        for (size_t cut = 1; cut < o.len; cut++) {
            const int64_t before = outbound_window(conn, id);
            const uint8_t *data = o.data;
            size_t len = cut;
            assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_NEED_DATA);
            assert_int_equal(outbound_window(conn, id), before);
            len = o.len - cut;
            assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_OK);
            assert_int_equal(event.type, H2_EVENT_WINDOW_UPDATED);
            assert_int_equal(event.stream_id, id);
            assert_int_equal(event.window_updated.delta, 7);
            assert_int_equal(outbound_window(conn, id), before + 7);
        }
    }
    octets_free(&o);
    h2_connection_free(conn);
}

/* Until our first SETTINGS is acknowledged the peer may rely on 65,535 octets. Returns whether it may send so many. */
static bool may_send(uint32_t initial, size_t octets_sent, bool acknowledged)
{
    h2_config config;
    h2_config_init(&config, H2_SERVER);
    const h2_setting setting = {H2_SETTINGS_INITIAL_WINDOW_SIZE, initial};
    config.initial_settings = &setting;
    config.initial_settings_count = 1;
    h2_connection *const conn = begun_with(&config);
    octets o = {0};
    bool good = true;
    assert_int_equal(h2_increment_flow_control_window(conn, 1000000, 0), H2_OK);
    if (acknowledged) frame_settings_ack(&o);
    frame_headers(&o, 1, LIST(request), false);
    for (size_t left = octets_sent; left > 0;) {
        const size_t n = left < 16384 ? left : 16384;
        frame_data(&o, 1, text, n, false);
        left -= n;
    }
    const uint8_t *data = o.data;
    size_t len = o.len;
    h2_event event;
    for (;;) {
        const h2_status status = h2_receive_data(conn, &data, &len, &event);
        if (status == H2_NEED_DATA) break;
        assert_int_equal(status, H2_OK);
        if (event.type == H2_EVENT_STREAM_RESET) good = false;
    }
    octets_free(&o);
    h2_connection_free(conn);
    return good;
}

static void test_the_first_window_is_what_the_peer_knows(void **state)
{
    (void)state;
    static const uint32_t small[] = {0, 1, 1000, 65534, 65535};
    for (size_t i = 0; i < sizeof small / sizeof *small; i++) {
        assert_true(may_send(small[i], 65535, false));
        assert_false(may_send(small[i], 65536, false));
        assert_true(may_send(small[i], small[i], true));
        assert_false(may_send(small[i], small[i] + 1, true));
    }
    assert_true(may_send(65536, 65536, false));
    assert_false(may_send(65536, 65537, false));
}

static void test_data_fills_window_and_frame(void **state)
{
    (void)state;
    h2_connection *const conn = asking();
    assert_int_equal(h2_override_frame_size(conn, true, 0xffffff), H2_OK);
    assert_int_equal(h2_send_data(conn, 1, text, 65536, false, -1), H2_ERROR_FLOW_CONTROL);
    assert_int_equal(h2_send_data(conn, 1, text, 65535, false, 0), H2_ERROR_FLOW_CONTROL);
    assert_int_equal(h2_send_data(conn, 1, text, 65535, false, -1), H2_OK);
    assert_int_equal(h2_send_data(conn, 1, text, 1, false, -1), H2_ERROR_FLOW_CONTROL);
    assert_int_equal(h2_send_data(conn, 1, text, 0, false, 0), H2_ERROR_FLOW_CONTROL);
    assert_int_equal(h2_send_data(conn, 1, text, 0, false, -1), H2_OK);
    assert_int_equal(h2_override_window(conn, 0, true, 100000), H2_OK);
    assert_int_equal(h2_override_window(conn, 1, true, 100000), H2_OK);
    assert_int_equal(h2_override_frame_size(conn, true, 1000), H2_OK);
    assert_int_equal(h2_send_data(conn, 1, text, 1001, false, -1), H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(h2_send_data(conn, 1, text, 745, false, 255), H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(h2_send_data(conn, 1, text, 1000, false, -1), H2_OK);
    assert_int_equal(h2_send_data(conn, 1, text, 744, false, 255), H2_OK);
    assert_int_equal(h2_send_data(conn, 1, text, 745, false, 254), H2_OK);
    assert_int_equal(h2_send_data(conn, 1, text, 1, false, 256), H2_ERROR_ARGUMENT);
    h2_connection_free(conn);
}

/* Where a window was set above what it was ever opened to, nothing is given back. */
static void test_a_window_above_its_greatest_gives_nothing_back(void **state)
{
    (void)state;
    h2_connection *const conn = asking();
    octets o = {0};
    static const h2_header response[] = {H2_HEADER(":status", "200")};
    frame_headers(&o, 1, LIST(response), false);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    for (uint32_t id = 0; id < 2; id++)
        assert_int_equal(h2_override_window(conn, id, false, 1000000), H2_OK);
    const size_t pending = h2_output_pending(conn);
    for (unsigned i = 0; i < 4; i++)
        frame_data(&o, 1, text, 16384, false);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(h2_acknowledge_received_data(conn, 65536, 1), H2_OK);
    assert_int_equal(h2_output_pending(conn), pending);
    int64_t window = 0;
    assert_int_equal(h2_remote_flow_control_window(conn, 1, &window), H2_OK);
    assert_int_equal(window, 1000000 - 65536);
    octets_free(&o);
    h2_connection_free(conn);
}

/* What is acknowledged beyond what was received counts for no more than the window has. */
static void test_any_size_can_be_acknowledged(void **state)
{
    (void)state;
    h2_connection *const conn = asking();
    int64_t window;
    assert_int_equal(h2_acknowledge_received_data(conn, 0, 1), H2_OK);
    assert_int_equal(h2_acknowledge_received_data(conn, UINT32_MAX, 1), H2_OK);
    assert_int_equal(h2_acknowledge_received_data(conn, SIZE_MAX, 1), H2_OK);
    assert_int_equal(h2_remote_flow_control_window(conn, 1, &window), H2_OK);
    assert_true(window >= 65535 && window <= WINDOW_MAX);
    h2_connection_free(conn);
}

/* Frames that are just full. */

static void test_frame_sizes(void **state)
{
    (void)state;
    h2_connection *const conn = begun(H2_CLIENT);
    for (int outbound = 0; outbound < 2; outbound++) {
        assert_int_equal(h2_override_frame_size(conn, outbound, 1), H2_OK);
        assert_int_equal(h2_override_frame_size(conn, outbound, 0), H2_ERROR_ARGUMENT);
        assert_int_equal(h2_override_frame_size(conn, outbound, 0xffffff), H2_OK);
        assert_int_equal(h2_override_frame_size(conn, outbound, 0x1000000), H2_ERROR_ARGUMENT);
    }
    assert_int_equal(h2_max_outbound_frame_size(conn), 0xffffff);
    assert_int_equal(h2_max_inbound_frame_size(conn), 0xffffff);
    h2_connection_free(conn);
}

static h2_status close_with(uint32_t frame_size, size_t debug)
{
    h2_connection *const conn = begun(H2_SERVER);
    assert_int_equal(h2_override_frame_size(conn, true, frame_size), H2_OK);
    const h2_status status = h2_close_connection(conn, H2_CODE_CANCEL, text, debug, -1);
    if (status == H2_OK) assert_int_equal(h2_output_pending(conn), FRAME_HEADER_SIZE + 8 + debug);
    h2_connection_free(conn);
    return status;
}

static void test_debug_data_fills_a_frame(void **state)
{
    (void)state;
    assert_int_equal(close_with(16384, 16376), H2_OK);
    assert_int_equal(close_with(16384, 16377), H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(close_with(8, 0), H2_OK);
    assert_int_equal(close_with(8, 1), H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(close_with(7, 0), H2_ERROR_FRAME_TOO_LARGE);
}

static void test_settings_fill_a_frame(void **state)
{
    (void)state;
    static h2_setting many[65536];
    for (size_t i = 0; i < 65536; i++)
        many[i] = (h2_setting){.id = (uint16_t)(0x100 + i % 50), .value = (uint32_t)i};
    h2_connection *const conn = begun(H2_CLIENT);
    assert_int_equal(h2_override_frame_size(conn, true, 60), H2_OK);
    assert_int_equal(h2_update_settings(conn, many, 11), H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(h2_update_settings(conn, many, 10), H2_OK);
    assert_int_equal(h2_override_frame_size(conn, true, 0xffffff), H2_OK);
    assert_int_equal(h2_update_settings(conn, many, 65536), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_update_settings(conn, many, 65000), H2_OK);
    h2_connection_free(conn);
}

static h2_status advertise(uint32_t frame_size, size_t origin, size_t value)
{
    h2_connection *const conn = begun(H2_SERVER);
    assert_int_equal(h2_override_frame_size(conn, true, frame_size), H2_OK);
    const h2_status status = h2_advertise_alternative_service(conn, text, value, text, origin, 0);
    if (status == H2_OK) assert_int_equal(h2_output_pending(conn), FRAME_HEADER_SIZE + 2 + origin + value);
    h2_connection_free(conn);
    return status;
}

static void test_an_alternative_service_fills_a_frame(void **state)
{
    (void)state;
    assert_int_equal(advertise(100, 50, 48), H2_OK);
    assert_int_equal(advertise(100, 50, 49), H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(advertise(100, 98, 0), H2_OK);
    assert_int_equal(advertise(100, 99, 0), H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(advertise(0xffffff, 65535, 10), H2_OK);
    assert_int_equal(advertise(0xffffff, 65536, 10), H2_ERROR_FRAME_TOO_LARGE);
}

/* A block of any length parts so that no frame is longer than allowed and none but the last is shorter. */
static void test_blocks_fill_frames(void **state)
{
    (void)state;
    for (uint32_t size = 20; size < 60; size++) {
        h2_connection *const conn = begun(H2_CLIENT);
        uint8_t out[500];
        assert_int_equal(h2_override_frame_size(conn, true, size), H2_OK);
        assert_int_equal(h2_send_headers(conn, 1, LIST(request), true, NULL), H2_OK);
        const uint8_t *data = out;
        size_t len = h2_data_to_send(conn, out, sizeof out), frames = 0;
        frame_view frame;
        while (frame_next(&data, &len, &frame)) {
            const bool last = len == 0;
            assert_int_equal(frame.type, frames++ == 0 ? FRAME_HEADERS : FRAME_CONTINUATION);
            assert_int_equal((frame.flags & FLAG_END_HEADERS) != 0, last);
            assert_true(last ? frame.length > 0 && frame.length <= size : frame.length == size);
        }
        assert_int_equal(len, 0);
        assert_true(frames > 0);
        h2_connection_free(conn);
    }
}

/* Identifiers. */

static void test_the_last_identifiers(void **state)
{
    (void)state;
    static const h2_header pushed[] = {H2_HEADER(":method", "GET"), H2_HEADER(":scheme", "https"),
                                       H2_HEADER(":path", "/"), H2_HEADER(":authority", "a.example")};
    static const h2_priority priority = {.depends_on = ID_MAX, .weight = 16};
    h2_connection *conn = begun(H2_CLIENT);
    uint32_t id = 0;
    assert_int_equal(h2_prioritize(conn, ID_MAX - 2, &priority), H2_OK);
    assert_int_equal(h2_prioritize(conn, ID_MAX, NULL), H2_OK);
    assert_int_equal(h2_prioritize(conn, (uint32_t)ID_MAX + 1, NULL), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_send_headers(conn, ID_MAX - 2, LIST(request), true, &priority), H2_OK);
    assert_int_equal(h2_get_next_available_stream_id(conn, &id), H2_OK);
    assert_int_equal(id, ID_MAX);
    assert_int_equal(h2_send_headers(conn, ID_MAX, LIST(request), true, NULL), H2_OK);
    assert_int_equal(h2_get_next_available_stream_id(conn, &id), H2_ERROR_NO_AVAILABLE_STREAM_ID);
    h2_connection_free(conn);

    conn = begun(H2_SERVER);
    octets o = {0};
    frame_headers(&o, ID_MAX, LIST(request), false);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(h2_push_stream(conn, ID_MAX, ID_MAX, LIST(pushed)), H2_ERROR_STREAM_ID_TOO_LOW);
    assert_int_equal(h2_push_stream(conn, ID_MAX, ID_MAX - 1, LIST(pushed)), H2_OK);
    octets_free(&o);
    h2_connection_free(conn);
}

static void test_the_last_identifier_of_goaway(void **state)
{
    (void)state;
    h2_connection *const conn = begun(H2_SERVER);
    assert_int_equal(h2_close_connection(conn, 0, NULL, 0, (int64_t)ID_MAX + 1), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_close_connection(conn, 0, NULL, 0, ID_MAX), H2_OK);
    assert_int_equal(h2_close_connection(conn, 0, NULL, 0, 7), H2_OK);
    assert_int_equal(h2_close_connection(conn, 0, NULL, 0, 7), H2_OK);
    assert_int_equal(h2_close_connection(conn, 0, NULL, 0, 8), H2_ERROR_PROTOCOL);
    assert_int_equal(h2_close_connection(conn, 0, NULL, 0, 0), H2_OK);
    assert_int_equal(h2_close_connection(conn, 0, NULL, 0, -2), H2_ERROR_ARGUMENT);
    h2_connection_free(conn);
}

/* Numbers of tables. */

static void test_the_first_number_without_a_name(void **state)
{
    (void)state;
    uint8_t connection_state = 0;
    h2_stream_machine machine = {.state = 0};
    h2_cell cell;
    int actions = 0;
    assert_true(h2_cell_get(H2_PROFILE_PYTHON, true, H2_STREAM_IDLE, H2_STREAM_SEND_DATA, &cell));
    assert_false(cell.valid);
    assert_int_equal(cell.next, H2_STREAM_CLOSED);
    assert_true(h2_cell_get(H2_PROFILE_RFC, true, H2_STREAM_IDLE, H2_STREAM_SEND_DATA, &cell));
    assert_int_equal(cell.next, H2_STREAM_IDLE);
    for (int stream = 0; stream < 2; stream++) {
        const int states = (int)h2_state_count(stream), inputs = (int)h2_input_count(stream);
        assert_non_null(h2_state_name(stream, states - 1));
        assert_null(h2_state_name(stream, states));
        assert_null(h2_state_name(stream, -1));
        assert_null(h2_input_name(stream, -1));
        assert_non_null(h2_input_name(stream, inputs - 1));
        assert_null(h2_input_name(stream, inputs));
        assert_true(h2_cell_get(H2_PROFILE_RFC, stream, states - 1, inputs - 1, &cell));
        assert_false(h2_cell_get(H2_PROFILE_RFC, stream, states, 0, &cell));
        assert_false(h2_cell_get(H2_PROFILE_RFC, stream, 0, inputs, &cell));
    }
    while (h2_action_name(actions) != NULL)
        actions++;
    assert_true(actions > 10 && actions < 100);
    assert_non_null(h2_action_name(0));
    assert_null(h2_action_name(-1));

    const int connection_inputs = (int)h2_input_count(false), stream_inputs = (int)h2_input_count(true);
    assert_int_equal(h2_connection_step(&connection_state, connection_inputs).status, H2_ERROR_ARGUMENT);
    assert_int_equal(h2_stream_step(&machine, stream_inputs).status, H2_ERROR_ARGUMENT);
    connection_state = (uint8_t)h2_state_count(false);
    machine.state = (uint8_t)h2_state_count(true);
    assert_int_equal(h2_connection_step(&connection_state, 0).status, H2_ERROR_ARGUMENT);
    assert_int_equal(h2_stream_step(&machine, 0).status, H2_ERROR_ARGUMENT);
}

/* Machines in states that no connection brings them to. */
static void test_machines_made_by_hand(void **state)
{
    (void)state;
    h2_stream_machine client = {.state = H2_STREAM_OPEN, .client = 1};
    h2_stream_machine server = {.state = H2_STREAM_OPEN, .client = 2};
    assert_int_equal(h2_stream_step(&client, H2_STREAM_SEND_HEADERS).status, H2_ERROR_PROTOCOL);
    assert_int_equal(client.state, H2_STREAM_CLOSED);
    assert_int_equal(h2_stream_step(&server, H2_STREAM_RECV_ALTERNATIVE_SERVICE).event, 0);
    assert_int_equal(server.state, H2_STREAM_OPEN);
    assert_int_equal(h2_stream_step(&server, H2_STREAM_RECV_HEADERS).status, H2_ERROR_PROTOCOL);
}

/* A string too long for the encoder is not looked at. */
static void test_a_string_that_is_too_long_to_be_sent(void **state)
{
    (void)state;
    const size_t len = (size_t)1 << 28;
    char *const nothing = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_ptr_not_equal(nothing, MAP_FAILED);
    const h2_header list[] = {H2_HEADER(":method", "GET"), {"x", 1, nothing, len, 0}};
    h2_config config;
    h2_config_init(&config, H2_CLIENT);
    config.validate_outbound_headers = config.normalize_outbound_headers = false;
    h2_connection *const conn = begun_with(&config);
    assert_int_equal(h2_send_headers(conn, 1, LIST(list), true, NULL), H2_ERROR_NO_MEMORY);
    assert_int_equal(h2_output_pending(conn), 0);
    assert_int_equal(h2_send_headers(conn, 1, list, 1, true, NULL), H2_OK);
    h2_connection_free(conn);
    munmap(nothing, len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_windows_set_by_hand),
        cmocka_unit_test(test_the_initial_window_raises_no_window_beyond_the_greatest),
        cmocka_unit_test(test_our_windows_end_at_the_greatest),
        cmocka_unit_test(test_credit_ends_at_the_greatest),
        cmocka_unit_test(test_credit_waits_for_its_frame),
        cmocka_unit_test(test_the_first_window_is_what_the_peer_knows),
        cmocka_unit_test(test_data_fills_window_and_frame),
        cmocka_unit_test(test_any_size_can_be_acknowledged),
        cmocka_unit_test(test_a_window_above_its_greatest_gives_nothing_back),
        cmocka_unit_test(test_frame_sizes),
        cmocka_unit_test(test_debug_data_fills_a_frame),
        cmocka_unit_test(test_settings_fill_a_frame),
        cmocka_unit_test(test_an_alternative_service_fills_a_frame),
        cmocka_unit_test(test_blocks_fill_frames),
        cmocka_unit_test(test_the_last_identifiers),
        cmocka_unit_test(test_the_last_identifier_of_goaway),
        cmocka_unit_test(test_machines_made_by_hand),
        cmocka_unit_test(test_the_first_number_without_a_name),
        cmocka_unit_test(test_a_string_that_is_too_long_to_be_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
