/* What no call takes: no connection, a call from within the logger or a release function, a pointer that must not be
 * NULL, a number out of range. Nothing of it changes anything. */
#include "counting_allocator.h"
#include "frames.h"

#include <h2/h2.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const h2_header request[] = {H2_HEADER(":method", "GET"), H2_HEADER(":scheme", "https"),
                                    H2_HEADER(":authority", "a"), H2_HEADER(":path", "/")};
static const uint8_t ping[8];
static const uint8_t frame_of_settings[9] = {[3] = 4};
static const h2_priority priority = {.weight = 16};

static h2_connection *make_as(h2_role role, h2_profile profile)
{
    h2_config config;
    h2_connection *conn = NULL;
    h2_config_init_sized(&config, sizeof config, role, profile);
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    assert_int_equal(h2_initiate_connection(conn), H2_OK);
    return conn;
}

static h2_connection *make(h2_role role)
{
    return make_as(role, H2_PROFILE_RFC);
}

/* Every call, on a connection that it may not be made on. */

static void refused_calls(h2_connection *conn)
{
    int64_t window = -7;
    uint32_t id = 77;
    size_t len = 0;
    const h2_config *const config = h2_connection_config(conn);
    h2_config other;
    h2_config_init(&other, H2_CLIENT);
    h2_event event;
    static const uint8_t frame[17] = {0, 0, 8, 6}; /* a PING, whole */
    const uint8_t *at = frame;
    size_t left = sizeof frame;
    const h2_status answers[] = {
        h2_connection_reconfigure(conn, config ? config : &other),
        h2_initiate_connection(conn),
        h2_initiate_upgrade_connection(conn, NULL, 0),
        h2_upgraded_request(conn, NULL, 0),
        h2_upgrade_settings(conn, NULL, 0, &len),
        h2_receive_data(conn, &at, &left, &event),
        h2_send_headers(conn, 1, request, 4, true, NULL),
        h2_send_data(conn, 1, NULL, 0, false, -1),
        h2_send_data_ref(conn, 1, NULL, 0, false, -1, NULL, NULL),
        h2_end_stream(conn, 1),
        h2_reset_stream(conn, 1, 0),
        h2_push_stream(conn, 1, 2, request, 4),
        h2_ping(conn, ping),
        h2_prioritize(conn, 1, &priority),
        h2_update_settings(conn, NULL, 0),
        h2_replace_settings(conn, true, h2_local_settings(conn)),
        h2_close_connection(conn, 0, NULL, 0, -1),
        h2_shutdown(conn),
        h2_advertise_alternative_service(conn, NULL, 0, "a", 1, 0),
        h2_increment_flow_control_window(conn, 1, 0),
        h2_acknowledge_received_data(conn, 1, 1),
        h2_local_flow_control_window(conn, 1, &window),
        h2_remote_flow_control_window(conn, 1, &window),
        h2_get_next_available_stream_id(conn, &id),
        h2_override_window(conn, 0, true, 1),
        h2_override_frame_size(conn, true, 16384),
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        assert_int_equal(answers[i], H2_ERROR_ARGUMENT);
    assert_int_equal(window, -7);
    assert_int_equal(id, 77);
    assert_int_equal(left, sizeof frame);
}

/* Those that cannot fail do nothing. */
static void idle_calls(h2_connection *conn)
{
    uint8_t octet;
    h2_iovec run;
    h2_connection_free(conn);
    h2_connection_trim(conn);
    h2_advance_time(conn, 1000);
    h2_output_consume(conn, 1);
    h2_clear_outbound_data_buffer(conn);
    assert_int_equal(h2_data_to_send(conn, &octet, 1), 0);
    assert_int_equal(h2_output_peek(conn, &run, 1), 0);
    assert_int_equal(h2_open_inbound_streams(conn), 0);
    assert_int_equal(h2_open_outbound_streams(conn), 0);
}

static void test_no_connection(void **state)
{
    (void)state;
    h2_connection_info info = {.size = sizeof info, .state = 77};
    h2_stream_info stream = {.size = sizeof stream};
    h2_counters counters = {.size = sizeof counters, .crossed = 77};
    uint32_t id;
    refused_calls(NULL);
    idle_calls(NULL);
    h2_connection_get_info(NULL, &info);
    h2_counters_read(NULL, &counters);
    assert_int_equal(info.state + (int)counters.crossed, 154);
    assert_false(h2_stream_get_info(NULL, 1, &stream));
    assert_false(h2_next_stream(NULL, 0, &id));
    assert_int_equal(h2_stream_closed_by(NULL, 1), H2_CLOSED_BY_NONE);
    assert_int_equal(h2_output_pending(NULL) + h2_memory_used(NULL), 0);
    assert_int_equal(h2_max_inbound_frame_size(NULL) + h2_max_outbound_frame_size(NULL), 0);
    assert_null(h2_local_settings(NULL));
    assert_null(h2_remote_settings(NULL));
    assert_null(h2_connection_config(NULL));
    assert_int_equal(h2_last_error(NULL)->status, H2_OK);
    assert_true(h2_connection_is_closed(NULL));
}

/* From within a callback. */

static int lines, releases;

static void on_log(void *arg, h2_log_level level, const char *line)
{
    h2_connection *const conn = *(h2_connection **)arg;
    (void)level;
    assert_non_null(line);
    if (conn == NULL) return;
    lines++;
    const size_t held = h2_memory_used(conn), pending = h2_output_pending(conn);
    refused_calls(conn);
    idle_calls(conn);
    assert_int_equal(h2_memory_used(conn), held);
    assert_int_equal(h2_output_pending(conn), pending);
}

static void on_release(void *arg, const void *data, size_t len)
{
    (void)data;
    (void)len;
    releases++;
    refused_calls(*(h2_connection **)arg);
    idle_calls(*(h2_connection **)arg);
}

static void test_from_a_callback(void **state)
{
    (void)state;
    h2_connection *conn = NULL;
    h2_config config;
    h2_config_init(&config, H2_CLIENT);
    config.log = on_log;
    config.log_arg = &conn;
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    assert_int_equal(h2_initiate_connection(conn), H2_OK);
    assert_int_equal(h2_send_headers(conn, 1, request, 4, false, NULL), H2_OK);
    assert_int_equal(h2_send_data_ref(conn, 1, "body", 4, true, -1, on_release, &conn), H2_OK);
    size_t left = sizeof frame_of_settings;
    const uint8_t *from = frame_of_settings;
    h2_event event;
    assert_int_equal(h2_receive_data(conn, &from, &left, &event), H2_OK);
    uint8_t out[500];
    const size_t pending = h2_output_pending(conn);
    assert_int_equal(h2_data_to_send(conn, out, sizeof out), pending);
    assert_true(lines > 2);
    assert_int_equal(releases, 1);
    h2_connection_free(conn);
}

/* A server that has streams, output and something to trim, and bounds that time would refill. */
static void test_from_a_callback_of_a_server(void **state)
{
    (void)state;
    h2_connection *conn = NULL;
    octets o = {0};
    h2_config config;
    h2_config_init(&config, H2_SERVER);
    config.limits.resets_burst = 1;
    config.limits.resets_per_second = 1000;
    config.log = on_log;
    config.log_arg = &conn;
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    assert_int_equal(h2_initiate_connection(conn), H2_OK);
    frame_preface(&o);
    frame_settings(&o, NULL, 0);
    for (uint32_t id = 1; id < 8; id += 2)
        frame_headers(&o, id, request, 4, false);
    for (uint32_t id = 1; id < 4; id += 2)
        frame_rst_stream(&o, id, H2_CODE_CANCEL);
    lines = 0;
    const uint8_t *data = o.data;
    size_t len = o.len;
    h2_event event;
    h2_status status = H2_OK;
    while (status == H2_OK)
        status = h2_receive_data(conn, &data, &len, &event);
    assert_int_equal(status, H2_ERROR_DENIAL_OF_SERVICE);
    assert_true(lines >= 7); /* one a frame, and some besides */
    octets_free(&o);
    h2_connection_free(conn);
}

/* Pointers and numbers. */

/* The failure is told, and is not the one before: the next begins with another. */
static void expect_argument(h2_connection *conn, h2_status status)
{
    assert_int_equal(status, H2_ERROR_ARGUMENT);
    assert_int_equal(h2_last_error(conn)->status, H2_ERROR_ARGUMENT);
    assert_true(strlen(h2_last_error(conn)->message) > 4);
    assert_false(h2_last_error(conn)->remote);
    assert_int_equal(h2_increment_flow_control_window(conn, 1, 77), H2_ERROR_NO_SUCH_STREAM);
}

static void test_pointers(void **state)
{
    (void)state;
    h2_connection *const conn = make(H2_CLIENT);
    const h2_header no_name = {NULL, 1, "a", 1, 0}, no_value = {"a", 1, NULL, 1, 0};
    const uint8_t *at = NULL;
    size_t left = 1, none = 0, whole = sizeof frame_of_settings;
    const uint8_t *from = frame_of_settings;
    h2_event event;
    h2_config config = {.size = 1};
    assert_int_equal(h2_receive_data(conn, &from, &whole, &event), H2_OK);
    const size_t pending = h2_output_pending(conn);
    assert_int_equal(h2_send_headers(conn, 1, request, 4, false, NULL), H2_OK);
    const size_t after = h2_output_pending(conn);
    expect_argument(conn, h2_send_headers(conn, 3, NULL, 1, true, NULL));
    expect_argument(conn, h2_send_headers(conn, 3, &no_name, 1, true, NULL));
    expect_argument(conn, h2_send_headers(conn, 3, &no_value, 1, true, NULL));
    expect_argument(conn, h2_push_stream(conn, 1, 2, NULL, 1));
    expect_argument(conn, h2_send_data(conn, 1, NULL, 1, false, -1));
    expect_argument(conn, h2_ping(conn, NULL));
    expect_argument(conn, h2_update_settings(conn, NULL, 1));
    expect_argument(conn, h2_replace_settings(conn, true, NULL));
    expect_argument(conn, h2_close_connection(conn, 0, NULL, 1, -1));
    expect_argument(conn, h2_advertise_alternative_service(conn, NULL, 1, "a", 1, 0));
    expect_argument(conn, h2_local_flow_control_window(conn, 1, NULL));
    expect_argument(conn, h2_remote_flow_control_window(conn, 1, NULL));
    expect_argument(conn, h2_get_next_available_stream_id(conn, NULL));
    expect_argument(conn, h2_connection_reconfigure(conn, NULL));
    expect_argument(conn, h2_connection_reconfigure(conn, &config));
    expect_argument(conn, h2_upgrade_settings(conn, NULL, 0, NULL));
    expect_argument(conn, h2_upgrade_settings(conn, NULL, 5, &none));
    expect_argument(conn, h2_upgrade_settings(conn, NULL, 500, &none));
    expect_argument(conn, h2_upgrade_settings(conn, NULL, 0, &none));
    assert_true(none > 0);
    none = 0;
    expect_argument(conn, h2_receive_data(conn, &at, &left, &event));
    expect_argument(conn, h2_receive_data(conn, NULL, &none, &event));
    expect_argument(conn, h2_receive_data(conn, &at, NULL, &event));
    expect_argument(conn, h2_receive_data(conn, &at, &none, NULL));
    /* As many octets as a frame has. */
    whole = sizeof frame_of_settings;
    expect_argument(conn, h2_receive_data(conn, &at, &whole, &event));
    expect_argument(conn, h2_receive_data(conn, NULL, &whole, &event));
    from = frame_of_settings;
    expect_argument(conn, h2_receive_data(conn, &from, &whole, NULL));
    assert_int_equal(h2_data_to_send(conn, NULL, 5), 0);
    assert_int_equal(h2_output_peek(conn, NULL, 5), 0);
    assert_false(h2_next_stream(conn, 0, NULL));
    assert_false(h2_stream_get_info(conn, 1, NULL));
    h2_connection_get_info(conn, NULL);
    h2_counters_read(conn, NULL);
    assert_true(pending < after && h2_output_pending(conn) == after);
    h2_connection_free(conn);
}

static void test_numbers(void **state)
{
    (void)state;
    static h2_setting many[65536];
    static const char text[70000];
    h2_connection *const conn = make(H2_CLIENT), *const server = make(H2_SERVER);
    const h2_priority far = {.depends_on = 0x80000000, .weight = 16};
    const size_t pending = h2_output_pending(conn);
    expect_argument(conn, h2_send_headers(conn, 0x80000001, request, 4, true, NULL));
    expect_argument(conn, h2_send_headers(conn, 1, request, 4, true, &far));
    expect_argument(conn, h2_push_stream(conn, 0x80000001, 2, request, 4));
    expect_argument(conn, h2_push_stream(conn, 1, 0x80000002, request, 4));
    expect_argument(conn, h2_prioritize(conn, 0x80000001, &priority));
    expect_argument(conn, h2_prioritize(conn, 1, &far));
    expect_argument(conn, h2_send_data(conn, 1, text, 1, false, 256));
    expect_argument(conn, h2_send_data(conn, 1, text, 1, false, -2));
    expect_argument(conn, h2_update_settings(conn, many, 65536));
    assert_int_equal(h2_update_settings(conn, many, 65535), H2_ERROR_FRAME_TOO_LARGE);
    expect_argument(conn, h2_close_connection(conn, 0, NULL, 0, -2));
    expect_argument(conn, h2_close_connection(conn, 0, NULL, 0, INT64_C(0x80000000)));
    expect_argument(conn, h2_increment_flow_control_window(conn, 0, 0));
    expect_argument(conn, h2_increment_flow_control_window(conn, 0x80000000, 0));
    expect_argument(conn, h2_acknowledge_received_data(conn, 1, 0));
    expect_argument(conn, h2_override_window(conn, 0, true, INT64_C(1) << 31));
    expect_argument(conn, h2_override_window(conn, 0, true, -(INT64_C(1) << 31) - 1));
    expect_argument(conn, h2_override_frame_size(conn, true, 0));
    expect_argument(conn, h2_override_frame_size(conn, true, 1 << 24));
    expect_argument(server, h2_advertise_alternative_service(server, "a", 1, "b", 1, 1));
    assert_int_equal(h2_update_settings(conn, many, 5000), H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(h2_advertise_alternative_service(server, text, 16383, "b", 1, 0),
                     H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(h2_advertise_alternative_service(server, text, 1, text, 66000, 0),
                     H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(h2_advertise_alternative_service(server, text, 10, text, 16380, 0),
                     H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(h2_close_connection(conn, 0, text, 16377, -1), H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(h2_output_pending(conn), pending);
    h2_connection_free(conn);
    h2_connection_free(server);
}

/* Configurations. */

static void test_configurations(void **state)
{
    (void)state;
    h2_connection *conn = NULL;
    h2_config config;
    const h2_setting bad = {H2_SETTINGS_MAX_FRAME_SIZE, 5};
    h2_config_init_sized(NULL, sizeof config, H2_CLIENT, H2_PROFILE_RFC);
    assert_int_equal(h2_connection_new(&conn, NULL), H2_ERROR_ARGUMENT);
    h2_config_init(&config, H2_CLIENT);
    assert_int_equal(h2_connection_new(NULL, &config), H2_ERROR_ARGUMENT);
    config.size = 1;
    assert_int_equal(h2_connection_new(&conn, &config), H2_ERROR_ARGUMENT);
    h2_config_init(&config, (h2_role)7);
    assert_int_equal(h2_connection_new(&conn, &config), H2_ERROR_ARGUMENT);
    h2_config_init(&config, H2_SERVER);
    config.profile = (h2_profile)7;
    assert_int_equal(h2_connection_new(&conn, &config), H2_ERROR_ARGUMENT);
    h2_config_init(&config, H2_SERVER);
    config.initial_settings_count = 1;
    assert_int_equal(h2_connection_new(&conn, &config), H2_ERROR_ARGUMENT);
    config.initial_settings = &bad;
    assert_int_equal(h2_connection_new(&conn, &config), H2_ERROR_INVALID_SETTINGS_VALUE);
    /* An allocator of which a function is missing. */
    counting_allocator counting;
    counting_allocator_init(&counting);
    h2_allocator parts[3] = {counting.base, counting.base, counting.base};
    h2_settings *settings = NULL;
    h2_hpack_encoder *encoder = NULL;
    h2_hpack_decoder *decoder = NULL;
    parts[0].allocate = NULL;
    parts[1].reallocate = NULL;
    parts[2].release = NULL;
    h2_config_init(&config, H2_CLIENT);
    for (size_t i = 0; i < 3; i++) {
        config.allocator = &parts[i];
        assert_int_equal(h2_connection_new(&conn, &config), H2_ERROR_ARGUMENT);
        assert_int_equal(h2_settings_new(&settings, true, NULL, 0, &parts[i]), H2_ERROR_ARGUMENT);
        assert_int_equal(h2_hpack_encoder_new(&encoder, 4096, H2_PROFILE_RFC, &parts[i]), H2_ERROR_ARGUMENT);
        assert_int_equal(h2_hpack_decoder_new(&decoder, 4096, UINT32_MAX, &parts[i]), H2_ERROR_ARGUMENT);
    }
    assert_null(settings);
    assert_null(encoder);
    assert_null(decoder);
    assert_int_equal(counting.requests, 0);
    assert_null(conn);
    /* A program that was built with a shorter struct has the defaults of what it does not know. */
    h2_config_init(&config, H2_SERVER);
    config.size = offsetof(h2_config, limits);
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    assert_int_equal(h2_connection_config(conn)->limits.header_fields, 1000);
    assert_int_equal(h2_connection_config(conn)->size, sizeof config);
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
    h2_connection_free(conn);
}

/* Overrides, and what they are read back by. */

static void test_overrides(void **state)
{
    (void)state;
    h2_connection *const conn = make(H2_CLIENT);
    h2_connection_info info = {.size = sizeof info};
    h2_stream_info stream = {.size = sizeof stream};
    const h2_setting setting = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 100};
    (void)setting;
    assert_int_equal(h2_send_headers(conn, 1, request, 4, false, NULL), H2_OK);
    assert_int_equal(h2_override_window(conn, 0, true, 5), H2_OK);
    assert_int_equal(h2_override_window(conn, 0, false, -6), H2_OK);
    assert_int_equal(h2_override_window(conn, 1, true, 70000), H2_OK);
    assert_int_equal(h2_override_window(conn, 1, false, 8), H2_OK);
    expect_argument(conn, h2_override_window(conn, 1, true, INT32_MIN));
    assert_int_equal(h2_override_window(conn, 3, true, 1), H2_ERROR_NO_SUCH_STREAM);
    assert_int_equal(h2_override_frame_size(conn, true, 100), H2_OK);
    assert_int_equal(h2_override_frame_size(conn, false, 200), H2_OK);
    h2_connection_get_info(conn, &info);
    assert_true(h2_stream_get_info(conn, 1, &stream));
    assert_false(h2_stream_get_info(conn, 0, &stream));
    assert_false(h2_stream_get_info(conn, 9, &stream));
    assert_int_equal(info.outbound_window, 5);
    assert_int_equal(info.inbound_window, -6);
    assert_int_equal(stream.outbound_window, 70000);
    assert_int_equal(stream.inbound_window, 8);
    assert_int_equal(h2_max_outbound_frame_size(conn), 100);
    assert_int_equal(h2_max_inbound_frame_size(conn), 200);
    uint32_t id;
    assert_false(h2_next_stream(conn, 9, &id));
    /* A shorter struct is filled as far as it goes. */
    info = (h2_connection_info){.size = offsetof(h2_connection_info, inbound_window), .inbound_window = 77};
    h2_connection_get_info(conn, &info);
    assert_int_equal(info.inbound_window, 77);
    stream = (h2_stream_info){.size = offsetof(h2_stream_info, inbound_window), .inbound_window = 77};
    assert_true(h2_stream_get_info(conn, 1, &stream));
    assert_int_equal(stream.inbound_window, 77);
    h2_connection_free(conn);
}

/* Upgrades. */

static h2_status upgrade(const char *header, h2_profile profile)
{
    h2_config config;
    h2_connection *conn;
    h2_config_init_sized(&config, sizeof config, H2_SERVER, profile);
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    const h2_status status = h2_initiate_upgrade_connection(conn, header, header ? strlen(header) : 0);
    h2_connection_free(conn);
    return status;
}

static void test_upgrades(void **state)
{
    (void)state;
    h2_connection *conn = make(H2_CLIENT);
    char value[200];
    size_t len = 0;
    assert_int_equal(h2_upgrade_settings(conn, value, sizeof value, &len), H2_OK);
    assert_true(len > 0 && len < sizeof value);
    const size_t exact = len;
    assert_int_equal(h2_upgrade_settings(conn, value, exact, &len), H2_OK);
    assert_int_equal(h2_upgrade_settings(conn, value, exact - 1, &len), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_initiate_upgrade_connection(conn, NULL, 0), H2_ERROR_PROTOCOL);
    h2_connection_free(conn);
    conn = make(H2_SERVER);
    assert_int_equal(h2_upgrade_settings(conn, value, sizeof value, &len), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_initiate_upgrade_connection(conn, NULL, 1), H2_ERROR_ARGUMENT);
    h2_connection_free(conn);
    assert_int_equal(upgrade(NULL, H2_PROFILE_RFC), H2_OK);
    assert_int_equal(upgrade("AAMAAABk", H2_PROFILE_RFC), H2_OK);
    assert_int_equal(upgrade("AAMAAABk", H2_PROFILE_PYTHON), H2_OK);
    assert_int_equal(upgrade("AAQAAP__AAUA____", H2_PROFILE_RFC), H2_OK);
    assert_int_equal(upgrade("AAQAAP//AAUA////", H2_PROFILE_RFC), H2_OK);
    assert_int_equal(upgrade("AAMAAA!k", H2_PROFILE_RFC), H2_ERROR_ARGUMENT);
    assert_int_equal(upgrade("AAMAAABkA", H2_PROFILE_RFC), H2_ERROR_ARGUMENT);
    assert_int_equal(upgrade("AAMAAA==", H2_PROFILE_RFC), H2_ERROR_FRAME_DATA_MISSING);
    /* Python's decoder wants its padding, but for the last character. */
    assert_int_equal(upgrade("AAM", H2_PROFILE_RFC), H2_ERROR_FRAME_DATA_MISSING);
    assert_int_equal(upgrade("AAM", H2_PROFILE_PYTHON), H2_ERROR_ARGUMENT);
    assert_int_equal(upgrade("AAM=", H2_PROFILE_PYTHON), H2_ERROR_FRAME_DATA_MISSING);
    assert_int_equal(upgrade("=", H2_PROFILE_RFC), H2_OK);
    assert_int_equal(upgrade("====", H2_PROFILE_PYTHON), H2_OK);
    assert_int_equal(upgrade("AAUAAAAB", H2_PROFILE_RFC), H2_ERROR_INVALID_SETTINGS_VALUE);
    conn = make_as(H2_CLIENT, H2_PROFILE_PYTHON);
    assert_int_equal(h2_upgrade_settings(conn, value, sizeof value, &len), H2_OK);
    assert_int_equal(len % 4, 0);
    assert_int_equal(h2_send_headers(conn, 1, request, 4, false, NULL), H2_OK);
    assert_int_not_equal(h2_initiate_upgrade_connection(conn, NULL, 0), H2_OK);
    h2_connection_free(conn);
}

/* What is asked by number. */

static size_t rows_of(h2_rule_table table)
{
    char row[200];
    size_t count = 0;
    while (h2_rule_row(table, count, row, sizeof row)) {
        assert_true(strlen(row) > 4 && strlen(row) < sizeof row - 1);
        count++;
    }
    return count;
}

static void test_tables(void **state)
{
    (void)state;
    char row[8];
    uint8_t connection_state = 200;
    h2_stream_machine machine = {.state = 200};
    h2_cell cell;
    assert_true(rows_of(H2_RULES_FRAMES) > 10 && rows_of(H2_RULES_FIELDS) > 4 &&
                rows_of(H2_RULES_SETTINGS) > 8);
    assert_int_equal(rows_of((h2_rule_table)9), 0);
    assert_false(h2_rule_row(H2_RULES_FRAMES, 0, NULL, 5));
    assert_false(h2_rule_row(H2_RULES_FRAMES, 0, row, 0));
    assert_true(h2_rule_row(H2_RULES_FRAMES, 0, row, sizeof row));
    assert_int_equal(strlen(row), sizeof row - 1);
    assert_non_null(h2_action_name(1));
    assert_null(h2_action_name(-1));
    assert_null(h2_action_name(10000));
    for (int stream = 0; stream < 2; stream++) {
        assert_null(h2_state_name(stream, -1));
        assert_null(h2_state_name(stream, 100));
        assert_null(h2_input_name(stream, -1));
        assert_null(h2_input_name(stream, 100));
        assert_false(h2_cell_get(H2_PROFILE_RFC, stream, 0, 0, NULL));
        assert_false(h2_cell_get(H2_PROFILE_RFC, stream, 100, 0, &cell));
        assert_false(h2_cell_get(H2_PROFILE_RFC, stream, 0, 100, &cell));
        assert_true(h2_cell_get(H2_PROFILE_PYTHON, stream, 0, 0, &cell));
    }
    assert_int_equal(h2_connection_step(&connection_state, 0).status, H2_ERROR_ARGUMENT);
    connection_state = 0;
    assert_int_equal(h2_connection_step(&connection_state, -1).status, H2_ERROR_ARGUMENT);
    assert_int_equal(h2_connection_step(&connection_state, 100).status, H2_ERROR_ARGUMENT);
    assert_int_equal(h2_connection_step(NULL, 0).status, H2_ERROR_ARGUMENT);
    assert_int_equal(h2_stream_step(&machine, 0).status, H2_ERROR_ARGUMENT);
    assert_int_equal(h2_stream_step(NULL, 0).status, H2_ERROR_ARGUMENT);
    machine.state = 0;
    assert_int_equal(h2_stream_step(&machine, -1).status, H2_ERROR_ARGUMENT);
    assert_int_equal(h2_stream_step(&machine, 100).status, H2_ERROR_ARGUMENT);
}

static void test_fields(void **state)
{
    (void)state;
    h2_header out[4];
    char space[64];
    size_t count = 4, used = sizeof space;
    const h2_header bad = H2_HEADER("Bad", "1");
    assert_int_equal(h2_fields_validate(&bad, 1, H2_BLOCK_TRAILERS, false, H2_PROFILE_RFC, NULL),
                     H2_ERROR_PROTOCOL);
    assert_int_equal(h2_fields_normalize(NULL, 1, true, false, out, &count, space, &used), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_fields_normalize(&bad, 1, true, false, NULL, &count, space, &used),
                     H2_ERROR_ARGUMENT);
    assert_int_equal(h2_fields_normalize(&bad, 1, true, false, out, &count, NULL, &used), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_fields_normalize(&bad, 1, true, false, out, NULL, space, &used), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_fields_normalize(&bad, 1, true, false, out, &count, space, NULL), H2_ERROR_ARGUMENT);
    count = 0;
    used = 0;
    assert_int_equal(h2_fields_normalize(&bad, 1, true, false, NULL, &count, NULL, &used), H2_ERROR_ARGUMENT);
    assert_int_equal(count, 1);
    assert_true(used >= 3 && used <= sizeof space);
    assert_int_equal(h2_fields_normalize(&bad, 1, true, false, out, &count, space, &used), H2_OK);
    assert_memory_equal(out[0].name, "bad", 3);

    /* No fields; and room for the fields, but not for the joined cookie. */
    count = used = 0;
    assert_int_equal(h2_fields_normalize(NULL, 0, true, false, NULL, &count, NULL, &used), H2_OK);
    assert_int_equal(h2_fields_normalize(NULL, 0, false, false, NULL, &count, NULL, &used), H2_OK);
    assert_true(count == 0 && used == 0);
    const h2_header crumbs[] = {H2_HEADER("cookie", "a"), H2_HEADER("cookie", "b")};
    count = 4;
    used = 3;
    assert_int_equal(h2_fields_normalize(crumbs, 2, false, false, out, &count, space, &used),
                     H2_ERROR_ARGUMENT);
    assert_true(count == 1 && used == 4);
    assert_int_equal(h2_fields_normalize(crumbs, 2, false, false, out, &count, space, &used), H2_OK);
    assert_memory_equal(out[0].value, "a; b", 4);
}

static void test_settings_objects(void **state)
{
    (void)state;
    uint32_t value = 7;
    h2_setting list[2];
    h2_changed_setting changed[1];
    assert_false(h2_settings_get(NULL, 1, &value));
    assert_int_equal(h2_settings_set(NULL, 1, 1), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_settings_pending(NULL, 1, &value, 1), 0);
    assert_int_equal(h2_settings_acknowledge(NULL, changed, 1), 0);
    assert_int_equal(h2_settings_list(NULL, list, 2), 0);
    assert_false(h2_settings_remove(NULL, 1));
    h2_settings_clear(NULL);
    h2_settings_free(NULL);
    h2_settings *settings;
    assert_int_equal(h2_settings_new(&settings, true, NULL, 0, NULL), H2_OK);
    assert_true(h2_settings_get(settings, H2_SETTINGS_MAX_FRAME_SIZE, NULL));
    assert_int_equal(h2_settings_set(settings, 100, 1), H2_OK);
    assert_int_equal(h2_settings_set(settings, 101, 1), H2_OK);
    assert_int_equal(h2_settings_acknowledge(settings, changed, 1), 2);
    assert_true(h2_settings_list(settings, list, 2) > 2);
    h2_settings_free(settings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_connection),
        cmocka_unit_test(test_from_a_callback),
        cmocka_unit_test(test_from_a_callback_of_a_server),
        cmocka_unit_test(test_pointers),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_configurations),
        cmocka_unit_test(test_overrides),
        cmocka_unit_test(test_upgrades),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_settings_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
