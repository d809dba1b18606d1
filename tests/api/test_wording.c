/* What h2_last_error says of streams and states: words in the RFC profile, the texts of h2 in the other. */
#include <h2/h2.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const h2_header request[] = {H2_HEADER(":method", "POST"), H2_HEADER(":scheme", "https"),
                                    H2_HEADER(":authority", "a"), H2_HEADER(":path", "/")};

static void says(const h2_connection *conn, h2_status got, h2_status status, const char *message)
{
    assert_int_equal(got, status);
    assert_int_equal(h2_last_error(conn)->status, status);
    assert_string_equal(h2_last_error(conn)->message, message);
}

static void provoke(h2_profile profile, const char *const wanted[5])
{
    h2_config config;
    h2_connection *conn = NULL;
    h2_config_init_sized(&config, sizeof config, H2_CLIENT, profile);
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    assert_int_equal(h2_initiate_connection(conn), H2_OK);
    assert_int_equal(h2_send_headers(conn, 5, request, 4, true, NULL), H2_OK);
    says(conn, h2_send_headers(conn, 3, request, 4, true, NULL), H2_ERROR_STREAM_ID_TOO_LOW, wanted[0]);
    says(conn, h2_reset_stream(conn, 7, 0), H2_ERROR_NO_SUCH_STREAM, wanted[1]);
    if (profile == H2_PROFILE_RFC)
        says(conn, h2_reset_stream(conn, 0, 0), H2_ERROR_NO_SUCH_STREAM, "Stream 0 is the connection");
    says(conn, h2_send_data(conn, 5, "", 0, true, -1), H2_ERROR_PROTOCOL, wanted[2]);
    if (profile == H2_PROFILE_RFC) assert_int_equal(h2_reset_stream(conn, 5, 0), H2_OK);
    says(conn, h2_send_data(conn, 5, "", 0, true, -1), H2_ERROR_STREAM_CLOSED, wanted[3]);
    assert_int_equal(h2_close_connection(conn, 1, NULL, 0, -1), H2_OK);
    says(conn, h2_ping(conn, (const uint8_t *)"12345678"), H2_ERROR_PROTOCOL, wanted[4]);
    h2_connection_free(conn);
}

static void test_words(void **state)
{
    (void)state;
    static const char *const words[] = {"Stream identifier 3 is not above 5", "There is no stream 7",
                                        "SEND_DATA is not allowed while the stream is HALF_CLOSED_LOCAL",
                                        "Stream 5 is closed",
                                        "SEND_PING is not allowed while the connection is CLOSED"};
    provoke(H2_PROFILE_RFC, words);
}

static void test_texts_of_h2(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "StreamIDTooLowError: 3 is lower than 5", "7", "Invalid input StreamInputs.SEND_DATA in state 5", "5",
        "Invalid input ConnectionInputs.SEND_PING in state ConnectionState.CLOSED"};
    provoke(H2_PROFILE_PYTHON, texts);
}

static void test_an_alternative_service_of_nobody(void **state)
{
    (void)state;
    static const char *const texts[] = {
        [H2_PROFILE_RFC] = "Must provide origin or stream_id", [H2_PROFILE_PYTHON] = "-1"};
    for (unsigned profile = H2_PROFILE_RFC; profile <= H2_PROFILE_PYTHON; profile++) {
        h2_config config;
        h2_connection *conn = NULL;
        h2_config_init_sized(&config, sizeof config, H2_SERVER, (h2_profile)profile);
        assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
        assert_int_equal(h2_initiate_connection(conn), H2_OK);
        says(conn, h2_advertise_alternative_service(conn, "clear", 5, NULL, 0, 0), H2_ERROR_NO_SUCH_STREAM,
             texts[profile]);
        h2_connection_free(conn);
    }
}

static void remains(const h2_connection *conn, h2_status got)
{
    assert_int_equal(got, H2_OK);
    assert_int_equal(h2_last_error(conn)->status, H2_ERROR_NO_SUCH_STREAM);
}

/* A call that succeeds leaves what the last failure was, whatever it leads from and to. */
static void test_the_last_failure_remains(void **state)
{
    (void)state;
    static const h2_header trailers[] = {H2_HEADER("x", "y")};
    static const uint8_t ping[8];
    const h2_setting setting = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 1000};
    for (unsigned i = 0; i < 4; i++) {
        const bool begins = i % 2 == 0;
        const h2_profile profile = i / 2 == 0 ? H2_PROFILE_RFC : H2_PROFILE_PYTHON;
        h2_config config;
        h2_connection *conn = NULL;
        if (profile == H2_PROFILE_RFC && !begins) continue; /* refuses all before it has begun */
        h2_config_init_sized(&config, sizeof config, H2_CLIENT, profile);
        assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
        if (begins) assert_int_equal(h2_initiate_connection(conn), H2_OK);
        assert_int_equal(h2_increment_flow_control_window(conn, 5, 7), H2_ERROR_NO_SUCH_STREAM);
        remains(conn, h2_ping(conn, ping));
        remains(conn, h2_update_settings(conn, &setting, 1));
        remains(conn, h2_increment_flow_control_window(conn, 5, 0));
        remains(conn, h2_send_headers(conn, 1, request, 4, false, NULL));
        remains(conn, h2_send_data(conn, 1, "x", 1, false, -1));
        remains(conn, h2_increment_flow_control_window(conn, 5, 1));
        remains(conn, h2_send_headers(conn, 1, trailers, 1, true, NULL));
        remains(conn, h2_reset_stream(conn, 1, 0));
        remains(conn, h2_send_headers(conn, 3, request, 4, true, NULL));
        remains(conn, h2_reset_stream(conn, 3, 0));
        remains(conn, h2_close_connection(conn, 0, NULL, 0, -1));
        h2_connection_free(conn);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_words), cmocka_unit_test(test_texts_of_h2),
                                       cmocka_unit_test(test_an_alternative_service_of_nobody),
                                       cmocka_unit_test(test_the_last_failure_remains)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
