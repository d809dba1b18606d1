/* What is just enough: settings in force and in HTTP2-Settings, pointers to nothing, the shortest configuration, and memory
 * for what is kept once or not at all. */
#include "begun.h"

#include <stdio.h>
#include <string.h>

/* Settings. */

/* A connection of which so many settings are in force, all of them to be sent first. */
static h2_connection *with_settings(h2_role role, size_t count)
{
    static h2_setting many[100];
    h2_config config;
    h2_connection *conn;
    h2_config_init(&config, role);
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    const size_t usual = h2_settings_list(h2_local_settings(conn), NULL, 0);
    h2_connection_free(conn);
    for (size_t i = 0; i < 100; i++)
        many[i] = (h2_setting){.id = (uint16_t)(0x100 + i), .value = (uint32_t)i};
    config.initial_settings = many;
    config.initial_settings_count = count - usual;
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    assert_int_equal(h2_settings_list(h2_local_settings(conn), NULL, 0), count);
    return conn;
}

static void test_how_many_settings_may_be_in_force(void **state)
{
    (void)state;
    char header[2048];
    size_t len;
    for (size_t count = 79; count < 82; count++) {
        const h2_status wanted = count <= 80 ? H2_OK : H2_ERROR_FRAME_TOO_LARGE;
        h2_connection *conn = with_settings(H2_CLIENT, count);
        assert_int_equal(h2_upgrade_settings(conn, header, sizeof header, &len), wanted);
        if (wanted == H2_OK) assert_int_equal(len, count * 8);
        assert_int_equal(h2_initiate_upgrade_connection(conn, NULL, 0), wanted);
        h2_connection_free(conn);
        conn = with_settings(H2_SERVER, count);
        assert_int_equal(h2_initiate_connection(conn), wanted);
        h2_connection_free(conn);
    }
}

/* Each character of base64url stands for what it should, both ways; any other is refused. */
static void test_every_character_of_http2_settings(void **state)
{
    (void)state;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    static const uint16_t ids[] = {0x0010, 0x2092, 0x4114, 0x6196, 0x8218, 0xa29a, 0xc31c, 0xe39e};
    static const uint32_t values[] = {0x83105187, 0x8b30d38f, 0x93515597, 0x9b71d79f,
                                      0xa39259a7, 0xabb2dbaf, 0xb3d35db7, 0xbbf3dfbf};
    h2_config config;
    h2_connection *conn;
    uint32_t value;
    h2_config_init(&config, H2_SERVER);
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    assert_int_equal(h2_initiate_upgrade_connection(conn, alphabet, 64), H2_OK);
    h2_setting settings[8];
    for (size_t i = 0; i < 8; i++) {
        assert_true(h2_settings_get(h2_remote_settings(conn), ids[i], &value));
        assert_int_equal(value, values[i]);
        settings[i] = (h2_setting){.id = ids[i], .value = values[i]};
    }
    h2_connection_free(conn);

    h2_config_init(&config, H2_CLIENT);
    config.initial_settings = settings;
    config.initial_settings_count = 8;
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    char header[512];
    size_t len;
    memset(header, '!', sizeof header);
    assert_int_equal(h2_upgrade_settings(conn, header, sizeof header, &len), H2_OK);
    assert_true(header[len] == '!');
    header[len] = 0;
    assert_non_null(strstr(header, alphabet));
    h2_connection_free(conn);

    for (int octet = 0; octet < 256; octet++) {
        char text_of_eight[] = "AAA.AAAA";
        text_of_eight[3] = (char)octet;
        const bool good = octet != 0 && (strchr(alphabet, octet) || octet == '+' || octet == '/');
        h2_config_init(&config, H2_SERVER);
        assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
        assert_int_equal(h2_initiate_upgrade_connection(conn, text_of_eight, 8),
                         good ? H2_OK : H2_ERROR_ARGUMENT);
        h2_connection_free(conn);
    }
}

/* Identifiers around those that may have rules; and a frame says no more than is in it, whatever the one before said. */
static void test_settings_of_the_peer(void **state)
{
    (void)state;
    for (h2_profile profile = H2_PROFILE_RFC; profile <= H2_PROFILE_PYTHON; profile++) {
        h2_config config;
        h2_config_init_sized(&config, sizeof config, H2_CLIENT, profile);
        h2_connection *const conn = begun_with(&config);
        assert_int_equal(h2_send_headers(conn, 1, LIST(request), false, NULL), H2_OK);
        const h2_setting unknown[] = {{31, 1}, {32, 2}, {33, 3}, {32, 4}, {31, 5}, {9, 0}, {10, 7}};
        const h2_setting two[] = {{H2_SETTINGS_MAX_FRAME_SIZE, 20000},
                                  {H2_SETTINGS_INITIAL_WINDOW_SIZE, 70000}};
        octets o = {0};
        uint32_t value;
        frame_settings(&o, unknown, sizeof unknown / sizeof *unknown);
        frame_settings(&o, two, 2);
        frame_settings(&o, two, 1);
        assert_int_equal(feed(conn, &o), H2_NEED_DATA);
        for (uint16_t id = 31; id <= 33; id++) {
            assert_true(h2_settings_get(h2_remote_settings(conn), id, &value));
            assert_int_equal(value, id == 31 ? 5 : id == 32 ? 4 : 3);
        }
        assert_int_equal(outbound_window(conn, 1), 70000);
        assert_int_equal(h2_max_outbound_frame_size(conn), 20000);
        octets_free(&o);
        h2_connection_free(conn);
    }
}

/* Nothing, and just enough. */

/* Where there are no octets there need be no pointer. */
static void test_nothing_needs_no_pointer(void **state)
{
    (void)state;
    static const h2_header empty[] = {H2_HEADER(":method", "POST"),
                                      H2_HEADER(":scheme", "https"),
                                      H2_HEADER(":path", "/"),
                                      H2_HEADER(":authority", "a.example"),
                                      {.name = "x", .name_len = 1, .value = NULL, .value_len = 0}};
    h2_connection *const conn = asking();
    assert_int_equal(h2_send_headers(conn, 3, LIST(empty), false, NULL), H2_OK);
    assert_int_equal(h2_send_data(conn, 3, NULL, 0, false, -1), H2_OK);
    assert_int_equal(h2_send_data(conn, 3, NULL, 0, false, 3), H2_OK);
    assert_int_equal(h2_send_data_ref(conn, 3, NULL, 0, false, -1, NULL, NULL), H2_OK);
    assert_int_equal(h2_update_settings(conn, NULL, 0), H2_OK);
    assert_int_equal(h2_close_connection(conn, H2_CODE_NO_ERROR, NULL, 0, -1), H2_OK);
    const uint8_t *nothing = NULL;
    size_t len = 0;
    h2_event event;
    assert_int_equal(h2_receive_data(conn, &nothing, &len, &event), H2_NEED_DATA);
    h2_connection_free(conn);

    h2_connection *const server = begun(H2_SERVER);
    assert_int_equal(h2_advertise_alternative_service(server, NULL, 0, "a", 1, 0), H2_OK);
    h2_connection_free(server);
}

static h2_status tell_request(const h2_header *fields, size_t count)
{
    h2_config config;
    h2_connection *conn;
    h2_config_init(&config, H2_CLIENT);
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    assert_int_equal(h2_initiate_upgrade_connection(conn, NULL, 0), H2_OK);
    const h2_status status = h2_upgraded_request(conn, fields, count);
    h2_connection_free(conn);
    return status;
}

static void test_fields_of_an_upgraded_request(void **state)
{
    (void)state;
    const h2_header no_name = {.name = NULL, .name_len = 1, .value = "a", .value_len = 1};
    const h2_header no_value = {.name = "a", .name_len = 1, .value = NULL, .value_len = 1};
    const h2_header neither = {.name = NULL, .name_len = 0, .value = NULL, .value_len = 0};
    assert_int_equal(tell_request(NULL, 0), H2_OK);
    assert_int_equal(tell_request(&neither, 1), H2_OK);
    assert_int_equal(tell_request(LIST(request)), H2_OK);
    assert_int_equal(tell_request(NULL, 1), H2_ERROR_ARGUMENT);
    assert_int_equal(tell_request(&no_name, 1), H2_ERROR_ARGUMENT);
    assert_int_equal(tell_request(&no_value, 1), H2_ERROR_ARGUMENT);
}

/* The shortest configuration that a program can have been built with. */
static void test_the_shortest_configuration(void **state)
{
    (void)state;
    h2_connection *conn = NULL;
    h2_config config;
    h2_config_init(&config, H2_CLIENT);
    config.size = offsetof(h2_config, validate_outbound_headers) - 1;
    assert_int_equal(h2_connection_new(&conn, &config), H2_ERROR_ARGUMENT);
    config.size++;
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    assert_true(h2_connection_config(conn)->validate_outbound_headers);
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
    config.size--;
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_ERROR_ARGUMENT);
    h2_connection_free(conn);
}

static void remember_line(void *arg, h2_log_level level, const char *line)
{
    (void)level;
    if (*(char *)arg == 0) strncat(arg, line, 99);
}

static void test_words_of_the_log_are_parted_by_blanks(void **state)
{
    (void)state;
    char line[100] = "";
    h2_config config;
    h2_connection *conn;
    h2_config_init(&config, H2_CLIENT);
    config.log = remember_line;
    config.log_arg = line;
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    assert_int_equal(h2_initiate_upgrade_connection(conn, "~\x7f\x1f", 3), H2_OK);
    assert_string_equal(line, "Upgrade connection. Current settings: ~??");
    h2_connection_free(conn);
}

static void remember_last_line(void *arg, h2_log_level level, const char *line)
{
    (void)level;
    *(char *)arg = 0;
    strncat(arg, line, 99);
}

/* Each call that sends says so. */
static void test_what_is_sent_is_logged(void **state)
{
    (void)state;
    char line[100] = "";
    h2_connection *const conn = begun(H2_CLIENT);
    h2_config config = *h2_connection_config(conn);
    config.log = remember_last_line;
    config.log_arg = line;
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
    assert_int_equal(h2_send_headers(conn, 1, request, 4, false, NULL), H2_OK);
    assert_string_equal(line, "Send headers on stream ID 1");
    assert_int_equal(h2_send_data(conn, 1, "12345", 5, false, -1), H2_OK);
    assert_string_equal(line, "Send data on stream ID 1 with len 5");
    assert_int_equal(h2_send_data_ref(conn, 1, "123", 3, false, 7, NULL, NULL), H2_OK);
    assert_string_equal(line, "Send data on stream ID 1 with len 3");
    assert_int_equal(h2_end_stream(conn, 1), H2_OK);
    assert_string_equal(line, "End stream ID 1");
    h2_connection_free(conn);
}

/* What is kept once. */

/* What is held when so many streams were opened for as many origins, or for one. */
static size_t held_for_streams(size_t streams, bool one_origin)
{
    h2_connection *const conn = begun(H2_CLIENT);
    for (size_t i = 0; i < streams; i++) {
        char authority[1001];
        memset(authority, 'o', sizeof authority);
        snprintf(authority + 990, 11, "%09u", one_origin ? 1U : (unsigned)i);
        h2_header fields[4];
        memcpy(fields, request, sizeof fields);
        fields[3].value = authority;
        fields[3].value_len = 999;
        assert_int_equal(h2_send_headers(conn, (uint32_t)(2 * i + 1), fields, 4, false, NULL), H2_OK);
        h2_output_consume(conn, h2_output_pending(conn));
    }
    const size_t held = h2_memory_used(conn);
    h2_connection_free(conn);
    return held;
}

static void test_an_origin_is_kept_once(void **state)
{
    (void)state;
    assert_true(held_for_streams(50, true) - held_for_streams(10, true) < 40 * 200);
    assert_true(held_for_streams(50, false) - held_for_streams(10, false) > 40 * 999);
}

/* What needs no memory takes none: SETTINGS that say what is so already, acknowledging what opens no window. */
static void test_an_idle_connection_stays_small(void **state)
{
    (void)state;
    h2_connection *const conn = begun(H2_CLIENT);
    const h2_setting usual = {H2_SETTINGS_HEADER_TABLE_SIZE, 4096};
    octets o = {0};
    h2_connection_trim(conn);
    const size_t held = h2_memory_used(conn);
    frame_settings(&o, &usual, 1);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    h2_output_consume(conn, h2_output_pending(conn));
    h2_connection_trim(conn);
    assert_int_equal(h2_memory_used(conn), held);
    octets_free(&o);
    h2_connection_free(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_how_many_settings_may_be_in_force),
        cmocka_unit_test(test_every_character_of_http2_settings),
        cmocka_unit_test(test_settings_of_the_peer),
        cmocka_unit_test(test_nothing_needs_no_pointer),
        cmocka_unit_test(test_fields_of_an_upgraded_request),
        cmocka_unit_test(test_the_shortest_configuration),
        cmocka_unit_test(test_words_of_the_log_are_parted_by_blanks),
        cmocka_unit_test(test_what_is_sent_is_logged),
        cmocka_unit_test(test_an_origin_is_kept_once),
        cmocka_unit_test(test_an_idle_connection_stays_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
