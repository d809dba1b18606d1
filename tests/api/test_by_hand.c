/* What an application changes on a connection that lives: options, settings that it has removed, the bound on memory; and
 * what is told of it. */
#include "begun.h"
#include "counting_allocator.h"

#include <stdio.h>
#include <string.h>

static const h2_header response[] = {H2_HEADER(":status", "200"), H2_HEADER("content-length", "5")};

/* A length that was announced while lengths were judged binds nobody once they are not. */
static void test_bodies_are_judged_while_fields_are(void **state)
{
    (void)state;
    h2_connection *const conn = begun(H2_SERVER);
    octets o = {0};
    for (uint32_t id = 1; id <= 3; id += 2) {
        frame_headers(&o, id, LIST(request), true);
        assert_int_equal(feed(conn, &o), H2_NEED_DATA);
        assert_int_equal(h2_send_headers(conn, id, LIST(response), false, NULL), H2_OK);
    }
    assert_int_equal(h2_send_data(conn, 1, "abcdef", 6, true, -1), H2_ERROR_INVALID_BODY_LENGTH);
    h2_config config = *h2_connection_config(conn);
    config.validate_outbound_headers = false;
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
    assert_int_equal(h2_send_data(conn, 1, "abcdef", 6, true, -1), H2_OK);
    assert_int_equal(h2_send_data(conn, 3, "abcd", 4, false, -1), H2_OK);

    /* What was sent meanwhile counts. */
    config.validate_outbound_headers = true;
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
    assert_int_equal(h2_send_data(conn, 3, "ef", 2, true, -1), H2_ERROR_INVALID_BODY_LENGTH);
    assert_int_equal(h2_send_data(conn, 3, "e", 1, true, -1), H2_OK);
    h2_connection_free(conn);
    octets_free(&o);
}

static h2_connection *python_client(void)
{
    h2_config config;
    h2_config_init_python(&config, H2_CLIENT);
    h2_connection *const conn = begun_with(&config);
    assert_int_equal(h2_send_headers(conn, 1, LIST(request), false, NULL), H2_OK);
    return conn;
}

static h2_settings *usual_settings(void)
{
    h2_settings *settings;
    assert_int_equal(h2_settings_new(&settings, true, NULL, 0, NULL), H2_OK);
    return settings;
}

static int64_t inbound_window(h2_connection *conn, uint32_t id)
{
    h2_stream_info info = {.size = sizeof info};
    assert_true(h2_stream_get_info(conn, id, &info));
    return info.inbound_window;
}

/* Where windows move by as much as INITIAL_WINDOW_SIZE does, one that comes into force without a value before moves none. */
static void test_a_removed_initial_window_moves_no_windows(void **state)
{
    (void)state;
    h2_connection *const conn = python_client();
    h2_settings *const settings = usual_settings();
    octets o = {0};
    uint32_t value;
    assert_true(h2_settings_remove(settings, H2_SETTINGS_INITIAL_WINDOW_SIZE));
    assert_int_equal(h2_replace_settings(conn, false, settings), H2_OK);
    frame_settings(&o, &(h2_setting){H2_SETTINGS_INITIAL_WINDOW_SIZE, 1000}, 1);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(outbound_window(conn, 1), 65535);
    assert_true(h2_settings_get(h2_remote_settings(conn), H2_SETTINGS_INITIAL_WINDOW_SIZE, &value));
    assert_int_equal(value, 1000);
    frame_settings(&o, &(h2_setting){H2_SETTINGS_INITIAL_WINDOW_SIZE, 1010}, 1);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(outbound_window(conn, 1), 65545);

    assert_int_equal(h2_replace_settings(conn, true, settings), H2_OK);
    const h2_setting ours[] = {{H2_SETTINGS_INITIAL_WINDOW_SIZE, 2000},
                               {H2_SETTINGS_INITIAL_WINDOW_SIZE, 2010}};
    assert_int_equal(h2_update_settings(conn, &ours[0], 1), H2_OK);
    assert_int_equal(h2_update_settings(conn, &ours[1], 1), H2_OK);
    frame_settings_ack(&o);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(inbound_window(conn, 1), 65535);
    frame_settings_ack(&o);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(inbound_window(conn, 1), 65545);
    h2_settings_free(settings);
    h2_connection_free(conn);
    octets_free(&o);
}

/* A side of which no setting is in force takes what comes. */
static void test_settings_that_were_cleared(void **state)
{
    (void)state;
    h2_connection *const conn = begun(H2_CLIENT);
    h2_settings *const settings = usual_settings();
    octets o = {0};
    h2_setting list[4];
    h2_settings_clear(settings);
    assert_int_equal(h2_replace_settings(conn, false, settings), H2_OK);
    assert_int_equal(h2_settings_list(h2_remote_settings(conn), list, 4), 0);
    const h2_setting theirs[] = {{H2_SETTINGS_MAX_CONCURRENT_STREAMS, 7}, {0xf00, 1}};
    frame_settings(&o, LIST(theirs));
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(h2_settings_list(h2_remote_settings(conn), list, 4), 2);
    assert_int_equal(list[0].value, 7);
    h2_settings_free(settings);
    h2_connection_free(conn);
    octets_free(&o);
}

/* A stream that is reset between two pieces of a frame takes no more of it, also where closed streams are held. */
static void test_a_reset_between_two_pieces(void **state)
{
    (void)state;
    for (unsigned python = 0; python < 2; python++) {
        h2_config config;
        octets o = {0};
        h2_config_init_sized(&config, sizeof config, H2_SERVER, python ? H2_PROFILE_PYTHON : H2_PROFILE_RFC);
        config.whole_data_frames = false;
        h2_connection *const conn = begun_from(&config);
        frame_headers(&o, 1, LIST(request), false);
        assert_int_equal(feed(conn, &o), H2_NEED_DATA);
        frame_data(&o, 1, "first second", 12, true);
        frame_ping(&o, (const uint8_t *)"pingpong", false);
        const uint8_t *data = o.data;
        size_t len = 9 + 6;
        h2_event event;
        assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_OK);
        assert_int_equal(event.type, H2_EVENT_DATA_RECEIVED);
        assert_int_equal(event.data.len, 6);
        assert_int_equal(h2_reset_stream(conn, 1, H2_CODE_CANCEL), H2_OK);
        len = o.len - 9 - 6;
        assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_OK);
        assert_int_equal(event.type, H2_EVENT_PING_RECEIVED);
        assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_NEED_DATA);
        h2_connection_free(conn);
        octets_free(&o);
    }
}

/* A server that has heard of streams cannot begin with one, also where there is no memory to say so. */
static void test_an_upgrade_behind_a_request(void **state)
{
    (void)state;
    h2_status status = H2_ERROR_NO_MEMORY;
    for (size_t fail = 1; status == H2_ERROR_NO_MEMORY; fail++) {
        counting_allocator allocator;
        counting_allocator_init(&allocator);
        h2_config config;
        h2_connection *conn;
        octets o = {0};
        h2_config_init_python(&config, H2_SERVER);
        config.allocator = &allocator.base;
        assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
        frame_preface(&o);
        frame_settings(&o, NULL, 0);
        frame_headers(&o, 5, LIST(request), true);
        assert_int_equal(feed(conn, &o), H2_NEED_DATA);
        drain(conn);
        h2_connection_trim(conn);
        allocator.fail_at = allocator.requests + fail;
        status = h2_initiate_upgrade_connection(conn, NULL, 0);
        assert_int_equal(status, allocator.refused > 0 ? H2_ERROR_NO_MEMORY : H2_ERROR_STREAM_ID_TOO_LOW);
        assert_int_equal(h2_last_error(conn)->max_stream_id, allocator.refused > 0 ? -1 : 5);
        h2_connection_free(conn);
        octets_free(&o);
        assert_true(counting_allocator_clean(&allocator));
    }
}

static size_t released;

static void count_release(void *arg, const void *data, size_t len)
{
    (void)data;
    assert_ptr_equal(arg, &released);
    released += len;
}

/* Borrowed data is released when it was taken, never by a call that failed. */
static void test_borrowing_without_memory(void **state)
{
    (void)state;
    for (int padding = -1; padding < 6; padding += 6)
        for (size_t fail = 1;; fail++) {
            counting_allocator allocator;
            counting_allocator_init(&allocator);
            h2_config config;
            h2_config_init(&config, H2_CLIENT);
            config.allocator = &allocator.base;
            h2_connection *const conn = begun_with(&config);
            assert_int_equal(h2_send_headers(conn, 1, LIST(request), false, NULL), H2_OK);
            drain(conn);
            h2_connection_trim(conn);
            released = 0;
            allocator.fail_at = allocator.requests + fail;
            const h2_status status =
                h2_send_data_ref(conn, 1, "borrowed", 8, true, padding, count_release, &released);
            assert_int_equal(status, allocator.refused > 0 ? H2_ERROR_NO_MEMORY : H2_OK);
            assert_int_equal(h2_output_pending(conn), status == H2_OK ? 9 + 8 + 1 + padding : 0);
            drain(conn);
            assert_int_equal(released, status == H2_OK ? 8 : 0);
            h2_connection_free(conn);
            assert_true(counting_allocator_clean(&allocator));
            if (status == H2_OK) {
                assert_true(fail > (padding < 0 ? 2 : 3));
                break;
            }
        }
}

/* The GOAWAY of this profile names no bound, as Python's h2 knows none. */
static void test_memory_that_ends_in_the_python_profile(void **state)
{
    (void)state;
    h2_connection *const conn = python_client();
    octets o = {0};
    uint8_t out[1024];
    h2_output_consume(conn, h2_output_pending(conn));
    h2_config config = *h2_connection_config(conn);
    config.limits.max_memory = h2_memory_used(conn);
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
    static const uint8_t part[5000];
    frame_head(&o, sizeof part + 1, FRAME_DATA, 0, 1);
    octets_put(&o, part, sizeof part);
    assert_int_equal(feed(conn, &o), H2_ERROR_NO_MEMORY);
    assert_true(h2_connection_is_closed(conn));
    const size_t len = h2_data_to_send(conn, out, sizeof out);
    static const uint8_t goaway[] = {
        0, 0, 8, FRAME_GOAWAY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, H2_CODE_ENHANCE_YOUR_CALM};
    assert_int_equal(len, sizeof goaway);
    assert_memory_equal(out, goaway, len);
    h2_connection_free(conn);
    octets_free(&o);
}

/* Logging. */

static char logged[512];

static void keep_line(void *arg, h2_log_level level, const char *line)
{
    (void)arg;
    if (level == H2_LOG_DEBUG && strncmp(line, "Upgrade", 7) == 0)
        snprintf(logged, sizeof logged, "%s", line);
}

/* However long HTTP2-Settings is, a line of the log is not. */
static void test_a_long_header_in_the_log(void **state)
{
    (void)state;
    static const char front[] = "Upgrade connection. Current settings: ";
    char header[400];
    memset(header, 'A', sizeof header);
    for (size_t len = 248; len <= 400; len += 8) {
        h2_config config;
        h2_connection *conn;
        h2_config_init(&config, H2_SERVER);
        config.log = keep_line;
        assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
        assert_int_equal(h2_initiate_upgrade_connection(conn, header, len), H2_OK);
        assert_memory_equal(logged, front, sizeof front - 1);
        assert_int_equal(strlen(logged), sizeof front - 1 + (len < 256 ? len : 256));
        h2_connection_free(conn);
    }
}

/* Arguments. */

/* A pointer may be NULL where there are no octets, and nowhere else. */
static void test_fields_without_octets(void **state)
{
    (void)state;
    h2_connection *const conn = begun(H2_CLIENT);
    h2_header fields[] = {request[0], request[1], request[2], request[3], {"a", 1, NULL, 0, 0}};
    assert_int_equal(h2_send_headers(conn, 1, LIST(fields), true, NULL), H2_OK);
    fields[4] = (h2_header){NULL, 0, "b", 1, 0};
    assert_int_equal(h2_send_headers(conn, 3, LIST(fields), true, NULL), H2_ERROR_PROTOCOL);
    assert_true(h2_hpack_encode_bound(LIST(fields)) < 1000);
    fields[4] = (h2_header){NULL, 1, "b", 1, 0};
    assert_int_equal(h2_send_headers(conn, 3, LIST(fields), true, NULL), H2_ERROR_ARGUMENT);
    fields[4] = (h2_header){"a", 1, NULL, 1, 0};
    assert_int_equal(h2_send_headers(conn, 3, LIST(fields), true, NULL), H2_ERROR_ARGUMENT);
    assert_true(h2_hpack_encode_bound(LIST(fields)) == SIZE_MAX);
    fields[4] = (h2_header){NULL, 1, "b", 1, 0};
    assert_true(h2_hpack_encode_bound(LIST(fields)) == SIZE_MAX);
    h2_connection_free(conn);
}

/* Trailers need no fields, and repeat none. */
static void test_trailers_without_fields(void **state)
{
    (void)state;
    h2_connection *const conn = asking();
    uint8_t out[9];
    assert_int_equal(h2_send_headers(conn, 3, LIST(request), false, NULL), H2_OK);
    for (uint32_t id = 1; id <= 3; id += 2) {
        const uint8_t empty[] = {0, 0, 0, FRAME_HEADERS, FLAG_END_STREAM | FLAG_END_HEADERS,
                                 0, 0, 0, (uint8_t)id};
        drain(conn);
        assert_int_equal(h2_send_headers(conn, id, NULL, 0, true, NULL), H2_OK);
        assert_int_equal(h2_output_pending(conn), sizeof empty);
        assert_int_equal(h2_data_to_send(conn, out, sizeof out), sizeof empty);
        assert_memory_equal(out, empty, sizeof empty);
    }
    h2_connection_free(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bodies_are_judged_while_fields_are),
        cmocka_unit_test(test_a_removed_initial_window_moves_no_windows),
        cmocka_unit_test(test_settings_that_were_cleared),
        cmocka_unit_test(test_a_reset_between_two_pieces),
        cmocka_unit_test(test_an_upgrade_behind_a_request),
        cmocka_unit_test(test_borrowing_without_memory),
        cmocka_unit_test(test_memory_that_ends_in_the_python_profile),
        cmocka_unit_test(test_a_long_header_in_the_log),
        cmocka_unit_test(test_fields_without_octets),
        cmocka_unit_test(test_trailers_without_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
