/* What the configuration, a change of it, and settings set by hand do to what is judged and counted. */
#include "begun.h"
#include "counting_allocator.h"

#include <string.h>

static h2_counters counted(const h2_connection *conn)
{
    h2_counters counters = {.size = sizeof counters};
    h2_counters_read(conn, &counters);
    return counters;
}

/* Bounds that only observe: what crosses one is counted, and goes on whole. */

static h2_connection *observing(h2_role role, void (*bound)(h2_limits *))
{
    static counting_allocator memory; /* what it hands out is never zero */
    h2_config config;
    counting_allocator_init(&memory);
    h2_config_init(&config, role);
    config.allocator = &memory.base;
    config.limits.observe_only = true;
    bound(&config.limits);
    return begun_with(&config);
}

static void few_fields(h2_limits *limits)
{
    limits->header_fields = 3;
}

static void test_fields_that_are_only_counted(void **state)
{
    (void)state;
    h2_connection *const conn = observing(H2_SERVER, few_fields);
    octets o = {0};
    h2_event event;
    frame_headers(&o, 1, LIST(request), true);
    const uint8_t *data = o.data;
    size_t len = o.len;
    assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_OK);
    assert_int_equal(event.type, H2_EVENT_REQUEST_RECEIVED);
    assert_int_equal(event.headers.count, 4);
    assert_int_equal(counted(conn).crossed, 1);
    octets_free(&o);
    h2_connection_free(conn);
}

static void few_continuations(h2_limits *limits)
{
    limits->continuations = 1;
}

static void test_continuations_that_are_only_counted(void **state)
{
    (void)state;
    h2_connection *const conn = observing(H2_SERVER, few_continuations);
    octets block = {0}, o = {0};
    for (size_t i = 0; i < 4; i++)
        field_literal(&block, request[i].name, request[i].name_len, request[i].value, request[i].value_len);
    frame_put(&o, FRAME_HEADERS, FLAG_END_STREAM, 1, block.data, 5);
    frame_put(&o, FRAME_CONTINUATION, 0, 1, block.data + 5, 5);
    frame_put(&o, FRAME_CONTINUATION, 0, 1, block.data + 10, 5);
    frame_put(&o, FRAME_CONTINUATION, FLAG_END_HEADERS, 1, block.data + 15, block.len - 15);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(counted(conn).crossed, 2);
    octets_free(&block);
    octets_free(&o);
    h2_connection_free(conn);
}

static void few_informational(h2_limits *limits)
{
    limits->informational_per_stream = 3;
}

static void test_informational_responses_that_are_only_counted(void **state)
{
    (void)state;
    enum {
        MANY = UINT16_MAX + 10
    };
    static const h2_header early[] = {H2_HEADER(":status", "103")};
    h2_connection *const conn = observing(H2_CLIENT, few_informational);
    octets o = {0};
    assert_int_equal(h2_send_headers(conn, 1, LIST(request), true, NULL), H2_OK);
    for (unsigned i = 0; i < MANY; i++)
        frame_headers(&o, 1, LIST(early), false);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(counted(conn).crossed, MANY - 3);
    octets_free(&o);
    h2_connection_free(conn);
}

/* The encoder's table. */

static void test_a_bound_that_is_raised_before_the_first_message(void **state)
{
    (void)state;
    const h2_setting large = {H2_SETTINGS_HEADER_TABLE_SIZE, 65536};
    h2_connection_info info = {.size = sizeof info};
    octets o = {0};
    counting_allocator memory;
    h2_config config;
    counting_allocator_init(&memory);
    h2_config_init(&config, H2_CLIENT);
    config.allocator = &memory.base;
    h2_connection *const conn = begun_with(&config);
    frame_settings(&o, &large, 1);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    config = *h2_connection_config(conn);
    config.limits.encoder_table_size = 20000;
    memory.fail_at = memory.requests + 1;
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_ERROR_NO_MEMORY);
    assert_int_equal(h2_connection_config(conn)->limits.encoder_table_size, 4096);
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
    assert_int_equal(h2_send_headers(conn, 1, LIST(request), true, NULL), H2_OK);
    h2_connection_get_info(conn, &info);
    assert_int_equal(info.encoder_table_size, 20000);
    octets_free(&o);
    h2_connection_free(conn);
}

/* What is judged. */

static h2_connection *answering(bool validate)
{
    h2_config config;
    octets o = {0};
    h2_config_init(&config, H2_SERVER);
    config.validate_outbound_headers = validate;
    h2_connection *const conn = begun_with(&config);
    frame_headers(&o, 1, LIST(request), true);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    octets_free(&o);
    return conn;
}

static void test_without_validation_no_body_is_measured(void **state)
{
    (void)state;
    static const h2_header response[] = {H2_HEADER(":status", "200"), H2_HEADER("content-length", "2")};
    h2_connection *const conn = answering(true);
    assert_int_equal(h2_send_headers(conn, 1, LIST(response), false, NULL), H2_OK);
    assert_int_equal(h2_send_data(conn, 1, "123", 3, false, -1), H2_ERROR_INVALID_BODY_LENGTH);
    h2_config config = *h2_connection_config(conn);
    config.validate_outbound_headers = false;
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
    assert_int_equal(h2_send_data(conn, 1, "123", 3, true, -1), H2_OK);
    h2_connection_free(conn);
}

/* A status of no octets need not point anywhere. */
static void test_without_validation_a_status_may_be_nothing(void **state)
{
    (void)state;
    static const h2_header tunnel[] = {H2_HEADER(":method", "CONNECT"),
                                       H2_HEADER(":authority", "a.example:1")};
    static const h2_header response[] = {{":status", 7, NULL, 0, 0}};
    h2_connection *const conn = answering(false);
    octets o = {0};
    frame_headers(&o, 3, LIST(tunnel), false);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(h2_send_headers(conn, 3, LIST(response), false, NULL), H2_OK);
    octets_free(&o);
    h2_connection_free(conn);
}

/* What was sent before says nothing of a list that is sent as it is. */
static void test_what_is_not_normalized_is_judged_as_given(void **state)
{
    (void)state;
    static const h2_header wrong[] = {H2_HEADER(":method", "POST"), H2_HEADER(":scheme", "https"),
                                      H2_HEADER(":path", "/"), H2_HEADER("Authority", "a.example")};
    static const h2_header upper[] = {H2_HEADER(":method", "POST"), H2_HEADER(":scheme", "https"),
                                      H2_HEADER(":path", "/"), H2_HEADER(":authority", "a.example"),
                                      H2_HEADER("X-Upper", "1")};
    static const h2_header announced[] = {H2_HEADER(":method", "POST"), H2_HEADER(":scheme", "https"),
                                          H2_HEADER(":path", "/"), H2_HEADER(":authority", "a.example"),
                                          H2_HEADER("content-length", "3")};
    static const h2_header nameless = {NULL, 0, "a", 1, 0};
    h2_connection *const conn = begun(H2_CLIENT);
    assert_int_equal(h2_send_headers(conn, 1, LIST(request), true, NULL), H2_OK);
    h2_config config = *h2_connection_config(conn);
    config.normalize_outbound_headers = false;
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
    assert_int_equal(h2_send_headers(conn, 3, LIST(request), true, NULL), H2_OK);
    assert_int_equal(h2_send_headers(conn, 5, LIST(wrong), true, NULL), H2_ERROR_PROTOCOL);
    assert_int_equal(h2_send_headers(conn, 5, LIST(upper), true, NULL), H2_ERROR_PROTOCOL);
    assert_int_equal(h2_send_headers(conn, 5, LIST(announced), false, NULL), H2_OK);
    assert_int_equal(h2_send_data(conn, 5, "1234", 4, true, -1), H2_ERROR_INVALID_BODY_LENGTH);
    /* A name of no octets need not point anywhere, but is none. */
    assert_int_equal(h2_send_headers(conn, 7, &nameless, 1, true, NULL), H2_ERROR_PROTOCOL);
    h2_connection_free(conn);
}

/* The flags that a request's one cookie comes with, the last of its fields. */
static unsigned flags_of_cookie(h2_connection *conn, uint32_t id, const char *block, size_t block_len)
{
    octets o = {0};
    h2_event event;
    frame_put(&o, FRAME_HEADERS, FLAG_END_HEADERS, id, block, block_len);
    const uint8_t *data = o.data;
    size_t len = o.len;
    assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_OK);
    assert_int_equal(event.type, H2_EVENT_REQUEST_RECEIVED);
    const h2_header *const cookie = &event.headers.fields[event.headers.count - 1];
    assert_memory_equal(cookie->name, "cookie", 6);
    const unsigned flags = cookie->flags;
    octets_free(&o);
    return flags;
}

/* A cookie that is marked where lists are normalized is not where they are no more, though it is the same entry. */
static void test_what_is_not_normalized_is_not_marked(void **state)
{
    (void)state;
    static const char first[] = "\x82\x87\x84\x41\x01"
                                "a"
                                "\x60\x03"
                                "c=d",
                      again[] = "\x82\x87\x84\xbf\xbe";
    h2_connection *const conn = begun(H2_SERVER);
    assert_int_equal(flags_of_cookie(conn, 1, first, sizeof first - 1), H2_HEADER_NEVER_INDEX);
    for (uint32_t id = 3; id <= 9; id += 2) {
        h2_config config = *h2_connection_config(conn);
        config.normalize_inbound_headers = id % 4 == 3;
        assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
        const unsigned flags = config.normalize_inbound_headers ? H2_HEADER_NEVER_INDEX : 0;
        assert_int_equal(flags_of_cookie(conn, id, again, sizeof again - 1), flags);
    }
    h2_connection_free(conn);
}

/* Even four octets may be more than was set by hand. */
static void test_a_frame_size_below_a_window_update(void **state)
{
    (void)state;
    for (uint32_t most = 3; most <= 4; most++) {
        for (uint32_t id = 0; id <= 1; id++) {
            h2_connection *const conn = begun(H2_SERVER);
            octets o = {0};
            frame_headers(&o, 1, LIST(request), false);
            assert_int_equal(feed(conn, &o), H2_NEED_DATA);
            assert_int_equal(h2_override_frame_size(conn, false, most), H2_OK);
            frame_window_update(&o, id, 5);
            const h2_status status = feed(conn, &o);
            assert_int_equal(status, most == 3 ? H2_ERROR_FRAME_TOO_LARGE : H2_NEED_DATA);
            octets_free(&o);
            h2_connection_free(conn);
        }
    }
}

/* Settings set by hand. */

static void test_settings_that_leave_some_out_replace_others(void **state)
{
    (void)state;
    h2_connection *const conn = begun(H2_CLIENT);
    h2_settings *settings;
    assert_int_equal(h2_settings_new(&settings, true, NULL, 0, NULL), H2_OK);
    h2_settings_clear(settings);
    assert_int_equal(h2_replace_settings(conn, true, settings), H2_OK);
    assert_false(h2_settings_get(h2_local_settings(conn), H2_SETTINGS_MAX_FRAME_SIZE, NULL));
    h2_settings_free(settings);
    h2_connection_free(conn);
}

/* What is in force changes with our own settings, before they are sent, and at no other time. */
static void test_when_settings_that_are_replaced_are_in_force(void **state)
{
    (void)state;
    static const h2_setting larger = {H2_SETTINGS_MAX_FRAME_SIZE, 20000};
    for (h2_profile profile = H2_PROFILE_RFC; profile <= H2_PROFILE_PYTHON; profile++) {
        h2_config config;
        h2_connection *conn;
        h2_settings *settings;
        h2_config_init_sized(&config, sizeof config, H2_CLIENT, profile);
        assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
        assert_int_equal(h2_settings_new(&settings, true, &larger, 1, NULL), H2_OK);
        assert_int_equal(h2_override_frame_size(conn, false, 30000), H2_OK);
        assert_int_equal(h2_replace_settings(conn, false, settings), H2_OK);
        assert_int_equal(h2_max_inbound_frame_size(conn), 30000);
        assert_int_equal(h2_replace_settings(conn, true, settings), H2_OK);
        assert_int_equal(h2_max_inbound_frame_size(conn), profile == H2_PROFILE_RFC ? 20000 : 30000);
        assert_int_equal(h2_initiate_connection(conn), H2_OK);
        assert_int_equal(h2_override_frame_size(conn, false, 40000), H2_OK);
        assert_int_equal(h2_replace_settings(conn, true, settings), H2_OK);
        assert_int_equal(h2_max_inbound_frame_size(conn), 40000);
        h2_settings_free(settings);
        h2_connection_free(conn);
    }
}

/* What is only proposed for the peer by hand was not in force before its SETTINGS came. */
static void test_what_a_proposal_of_the_peer_was_before(void **state)
{
    (void)state;
    static const h2_setting seven = {0x99, 7};
    h2_connection *const conn = begun(H2_CLIENT);
    octets o = {0};
    h2_event event;
    assert_int_equal(h2_settings_set(h2_remote_settings(conn), 0x99, 5), H2_OK);
    frame_settings(&o, &seven, 1);
    const uint8_t *data = o.data;
    size_t len = o.len;
    assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_OK);
    assert_int_equal(event.settings.count, 1);
    assert_false(event.settings.changed[0].had_original);
    octets_free(&o);
    h2_connection_free(conn);
}

/* Windows of streams begin with what the peer's settings say, however it came there, and count when they are raised. */
static void test_windows_begin_with_settings_set_by_hand(void **state)
{
    (void)state;
    static const h2_setting more = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 100000};
    static const h2_setting most = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 0x7fffffff};
    h2_connection *const conn = begun(H2_CLIENT);
    h2_settings *settings;
    octets o = {0};
    assert_int_equal(h2_settings_new(&settings, false, &more, 1, NULL), H2_OK);
    assert_int_equal(h2_replace_settings(conn, false, settings), H2_OK);
    assert_int_equal(h2_send_headers(conn, 1, LIST(request), false, NULL), H2_OK);
    assert_int_equal(outbound_window(conn, 1), 100000);
    frame_settings(&o, &most, 1);
    assert_int_equal(feed(conn, &o), H2_ERROR_FLOW_CONTROL);
    h2_settings_free(settings);
    octets_free(&o);
    h2_connection_free(conn);
}

static void test_settings_take_their_proposals_along(void **state)
{
    (void)state;
    h2_connection *const conn = begun(H2_CLIENT);
    h2_settings *settings;
    assert_int_equal(h2_settings_new(&settings, true, NULL, 0, NULL), H2_OK);
    for (uint32_t i = 0; i < 50; i++)
        assert_int_equal(h2_settings_set(settings, 0x99, i), H2_OK);
    assert_int_equal(h2_replace_settings(conn, true, settings), H2_OK);
    assert_int_equal(h2_settings_pending(h2_local_settings(conn), 0x99, NULL, 0), 50);
    h2_settings_free(settings);
    h2_connection_free(conn);
}

static void test_settings_without_memory(void **state)
{
    (void)state;
    static const h2_setting initial[] = {{0x99, 1}, {0x98, 2}, {H2_SETTINGS_MAX_CONCURRENT_STREAMS, 3}};
    h2_status status = H2_ERROR_NO_MEMORY;
    for (size_t at = 1; status == H2_ERROR_NO_MEMORY; at++) {
        counting_allocator memory;
        h2_settings *settings;
        counting_allocator_init(&memory);
        memory.fail_at = at;
        status = h2_settings_new(&settings, true, initial, 3, &memory.base);
        assert_int_equal(status == H2_ERROR_NO_MEMORY, memory.refused > 0);
        if (status == H2_OK) {
            memory.fail_at = memory.requests + 1;
            assert_int_equal(h2_settings_set(settings, 0x97, 4), H2_ERROR_NO_MEMORY);
            assert_int_equal(h2_settings_pending(settings, 0x97, NULL, 0), 0);
            h2_settings_free(settings);
        }
        assert_true(counting_allocator_clean(&memory));
    }
    assert_int_equal(status, H2_OK);
}

/* h2 moves windows by the difference of two values: where one was removed there is none. */
static void test_windows_stay_when_h2_knows_no_value_before(void **state)
{
    (void)state;
    static const h2_setting small = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 100};
    h2_config config;
    octets o = {0};
    int64_t window = 0;
    h2_config_init_sized(&config, sizeof config, H2_CLIENT, H2_PROFILE_PYTHON);
    h2_connection *const conn = begun_with(&config);
    frame_settings_ack(&o);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(h2_send_headers(conn, 1, LIST(request), false, NULL), H2_OK);
    assert_true(h2_settings_remove(h2_local_settings(conn), H2_SETTINGS_INITIAL_WINDOW_SIZE));
    assert_true(h2_settings_remove(h2_remote_settings(conn), H2_SETTINGS_INITIAL_WINDOW_SIZE));
    assert_int_equal(h2_update_settings(conn, &small, 1), H2_OK);
    frame_settings(&o, &small, 1);
    frame_settings_ack(&o);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(outbound_window(conn, 1), 65535);
    assert_int_equal(h2_remote_flow_control_window(conn, 1, &window), H2_OK);
    assert_int_equal(window, 65535);
    octets_free(&o);
    h2_connection_free(conn);
}

/* Only a proposed INITIAL_WINDOW_SIZE takes of the room that a window has. */
static void test_a_window_beside_other_proposals(void **state)
{
    (void)state;
    static const h2_setting large = {H2_SETTINGS_MAX_HEADER_LIST_SIZE, 0x7fffffff};
    h2_config config;
    h2_config_init(&config, H2_CLIENT);
    h2_connection *const conn = begun_with(&config);
    assert_int_equal(h2_send_headers(conn, 1, LIST(request), true, NULL), H2_OK);
    assert_int_equal(h2_update_settings(conn, &large, 1), H2_OK);
    assert_int_equal(h2_increment_flow_control_window(conn, 1000, 1), H2_OK);
    h2_connection_free(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields_that_are_only_counted),
        cmocka_unit_test(test_continuations_that_are_only_counted),
        cmocka_unit_test(test_informational_responses_that_are_only_counted),
        cmocka_unit_test(test_a_bound_that_is_raised_before_the_first_message),
        cmocka_unit_test(test_without_validation_no_body_is_measured),
        cmocka_unit_test(test_without_validation_a_status_may_be_nothing),
        cmocka_unit_test(test_what_is_not_normalized_is_judged_as_given),
        cmocka_unit_test(test_what_is_not_normalized_is_not_marked),
        cmocka_unit_test(test_a_frame_size_below_a_window_update),
        cmocka_unit_test(test_settings_that_leave_some_out_replace_others),
        cmocka_unit_test(test_when_settings_that_are_replaced_are_in_force),
        cmocka_unit_test(test_what_a_proposal_of_the_peer_was_before),
        cmocka_unit_test(test_windows_begin_with_settings_set_by_hand),
        cmocka_unit_test(test_settings_take_their_proposals_along),
        cmocka_unit_test(test_settings_without_memory),
        cmocka_unit_test(test_windows_stay_when_h2_knows_no_value_before),
        cmocka_unit_test(test_a_window_beside_other_proposals),
    };
    return cmocka_run_group_tests_name("configured", tests, NULL, NULL);
}
