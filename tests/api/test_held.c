/* What a connection holds, and what is left to say when there is no memory. */
#include "begun.h"
#include "counting_allocator.h"

#include <stdio.h>
#include <string.h>

static void test_no_output_is_held_before_the_first_message(void **state)
{
    (void)state;
    static const h2_role roles[] = {H2_CLIENT, H2_SERVER};
    for (size_t i = 0; i < 2; i++) {
        h2_config config;
        h2_connection *conn;
        octets o = {0};
        h2_config_init(&config, roles[i]);
        assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
        const size_t idle = h2_memory_used(conn);
        assert_int_equal(h2_initiate_connection(conn), H2_OK);
        assert_true(h2_memory_used(conn) > idle);
        drain(conn);
        assert_int_equal(h2_memory_used(conn), idle);
        if (roles[i] == H2_SERVER) frame_preface(&o);
        frame_settings(&o, NULL, 0);
        frame_settings_ack(&o);
        assert_int_equal(feed(conn, &o), H2_NEED_DATA);
        drain(conn);
        assert_int_equal(h2_memory_used(conn), idle);
        octets_free(&o);
        h2_connection_free(conn);
    }
}

/* How a client's exchange goes besides. */
typedef enum exchange {
    PLAIN,
    TRAILERS_BEFORE_RESPONSE, /* which name an origin, too: nothing is validated */
    TRAILERS_AFTER_RESPONSE,
    RESET_BEFORE_RESPONSE,
    EXCHANGES
} exchange;

static void act(h2_connection *conn, exchange how, uint32_t id)
{
    static const h2_header response[] = {H2_HEADER(":status", "200")};
    char origin[20], other[20];
    snprintf(origin, sizeof origin, "a%06u.example", (unsigned)id);
    snprintf(other, sizeof other, "b%06u.example", (unsigned)id);
    const h2_header asked[] = {H2_HEADER(":method", "GET"),
                               H2_HEADER(":scheme", "https"),
                               H2_HEADER(":path", "/"),
                               {":authority", 10, origin, strlen(origin), H2_HEADER_NEVER_INDEX}};
    const h2_header trailers[] = {{":authority", 10, other, strlen(other), H2_HEADER_NEVER_INDEX}};
    octets o = {0};
    assert_int_equal(h2_send_headers(conn, id, LIST(asked), how == PLAIN, NULL), H2_OK);
    if (how == RESET_BEFORE_RESPONSE) {
        assert_int_equal(h2_reset_stream(conn, id, H2_CODE_CANCEL), H2_OK);
        drain(conn);
        return;
    }
    if (how == TRAILERS_BEFORE_RESPONSE)
        assert_int_equal(h2_send_headers(conn, id, LIST(trailers), true, NULL), H2_OK);
    frame_headers(&o, id, LIST(response), how != TRAILERS_AFTER_RESPONSE);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    if (how == TRAILERS_AFTER_RESPONSE) {
        assert_int_equal(h2_send_headers(conn, id, LIST(trailers), true, NULL), H2_OK);
        frame_data(&o, id, NULL, 0, true);
        assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    }
    drain(conn);
    octets_free(&o);
}

static void test_names_of_origins_go_with_their_streams(void **state)
{
    (void)state;
    for (exchange how = PLAIN; how < EXCHANGES; how++) {
        h2_config config;
        h2_config_init(&config, H2_CLIENT);
        config.validate_outbound_headers = false;
        config.limits.closed_streams = 32;
        h2_connection *const conn = begun_with(&config);
        uint32_t id = 1;
        for (; id < 400; id += 2)
            act(conn, how, id);
        const size_t held = h2_memory_used(conn);
        for (; id < 4000; id += 2)
            act(conn, how, id);
        assert_int_equal(h2_memory_used(conn), held);
        h2_connection_free(conn);
    }
}

/* What a request needs besides, all of which h2_connection_trim gives back. */
typedef enum need {
    NOTHING,
    A_NAME,        /* of its origin */
    A_LENGTH,      /* of its body */
    CUT_FRAMES,    /* in the response */
    CONTINUATIONS, /* in the response */
    NEEDS
} need;

static size_t held_when_trimmed(need what)
{
    static const h2_header response[] = {H2_HEADER(":status", "200")};
    const h2_header asked[] = {H2_HEADER(":method", "POST"),
                               H2_HEADER(":scheme", "https"),
                               H2_HEADER(":path", "/"),
                               {what == A_NAME ? ":authority" : "host", what == A_NAME ? 10 : 4, "a.example",
                                9, H2_HEADER_NEVER_INDEX},
                               {"content-length", 14, "3", 1, H2_HEADER_NEVER_INDEX}};
    h2_config config;
    octets o = {0};
    h2_config_init(&config, H2_CLIENT);
    h2_connection *const conn = begun_with(&config);
    assert_int_equal(h2_send_headers(conn, 1, asked, what == A_LENGTH ? 5 : 4, false, NULL), H2_OK);
    assert_int_equal(h2_send_data(conn, 1, "abc", 3, true, -1), H2_OK);
    drain(conn);
    frame_headers(&o, 1, LIST(response), what != CONTINUATIONS);
    if (what == CONTINUATIONS) {
        octets_clear(&o);
        frame_put(&o, FRAME_HEADERS, FLAG_END_STREAM, 1, "", 0);
        frame_put(&o, FRAME_CONTINUATION, FLAG_END_HEADERS, 1, "\x88", 1);
    }
    const uint8_t *data = o.data;
    h2_event event;
    h2_status status = H2_OK;
    size_t len = what == CUT_FRAMES ? 12 : o.len;
    while (status == H2_OK)
        status = h2_receive_data(conn, &data, &len, &event);
    assert_int_equal(status, H2_NEED_DATA);
    len = (size_t)(o.data + o.len - data);
    do {
        status = h2_receive_data(conn, &data, &len, &event);
    } while (status == H2_OK);
    assert_int_equal(status, H2_NEED_DATA);
    assert_int_equal(h2_open_outbound_streams(conn), 0);
    h2_connection_trim(conn);
    const size_t held = h2_memory_used(conn);
    octets_free(&o);
    h2_connection_free(conn);
    return held;
}

static void test_a_trimmed_connection_holds_nothing_of_what_is_over(void **state)
{
    (void)state;
    for (need what = NOTHING; what < NEEDS; what++)
        assert_int_equal(held_when_trimmed(what), held_when_trimmed(NOTHING));
}

/* What has been announced of a body that is never whole goes with its stream. */
static void test_announced_lengths_go_with_their_streams(void **state)
{
    (void)state;
    static const h2_header asked[] = {H2_HEADER(":method", "POST"), H2_HEADER(":scheme", "https"),
                                      H2_HEADER(":path", "/"), H2_HEADER(":authority", "a.example"),
                                      H2_HEADER("content-length", "7")};
    h2_connection *const conn = begun(H2_CLIENT);
    size_t held = 0;
    for (uint32_t id = 1; id < 40000; id += 2) {
        assert_int_equal(h2_send_headers(conn, id, LIST(asked), false, NULL), H2_OK);
        assert_int_equal(h2_reset_stream(conn, id, H2_CODE_CANCEL), H2_OK);
        drain(conn);
        if (id == 20001) held = h2_memory_used(conn);
    }
    assert_int_equal(h2_memory_used(conn), held);
    h2_connection_free(conn);
}

/* However a GOAWAY is cut, no more of it is gathered than is told. */
static void test_debug_data_beyond_its_bound_is_not_held(void **state)
{
    (void)state;
    static const char debug[16000];
    octets o = {0};
    h2_event event;
    h2_config config;
    h2_config_init(&config, H2_CLIENT);
    config.limits.goaway_debug_octets = 100;
    h2_connection *const conn = begun_with(&config);
    const size_t idle = h2_memory_used(conn);
    frame_goaway(&o, 0, 0, debug, sizeof debug);
    for (size_t i = 0; i < o.len; i++) {
        const uint8_t *data = o.data + i;
        size_t len = 1;
        const h2_status status = h2_receive_data(conn, &data, &len, &event);
        assert_int_equal(status, i + 1 < o.len ? H2_NEED_DATA : H2_OK);
        assert_true(h2_memory_used(conn) < idle + 1000);
    }
    assert_int_equal(event.terminated.additional_data_len, 100);
    octets_free(&o);
    h2_connection_free(conn);
}

/* Out of memory. */

/* A server whose next request for memory is refused while PING arrives: the octets that are left to send. */
static size_t last_words(h2_connection *conn, counting_allocator *memory, uint8_t *out, size_t cap)
{
    octets o = {0};
    h2_connection_trim(conn);
    const size_t before = h2_output_pending(conn);
    memory->fail_at = memory->requests + 1;
    for (unsigned i = 0; i < 100; i++)
        frame_ping(&o, (const uint8_t *)"pingpong", false);
    assert_int_equal(feed(conn, &o), H2_ERROR_NO_MEMORY);
    assert_true(h2_connection_is_closed(conn));
    octets_free(&o);
    const size_t after = h2_data_to_send(conn, out, cap);
    assert_true(after >= before && after < cap);
    return after - before;
}

static h2_connection *made(counting_allocator *memory, h2_profile profile)
{
    h2_connection *conn;
    h2_config config;
    counting_allocator_init(memory);
    h2_config_init_sized(&config, sizeof config, H2_SERVER, profile);
    config.allocator = &memory->base;
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    return conn;
}

static void test_a_conversation_that_has_not_begun_ends_without_a_word(void **state)
{
    (void)state;
    counting_allocator memory;
    uint8_t out[4000];
    octets o = {0};
    h2_connection *const conn = made(&memory, H2_PROFILE_PYTHON);
    frame_preface(&o);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(last_words(conn, &memory, out, sizeof out), 0);
    octets_free(&o);
    h2_connection_free(conn);
    assert_true(counting_allocator_clean(&memory));
}

static void test_a_connection_ends_once(void **state)
{
    (void)state;
    counting_allocator memory;
    uint8_t out[4000];
    octets o = {0};
    h2_connection *const conn = made(&memory, H2_PROFILE_PYTHON);
    assert_int_equal(h2_initiate_connection(conn), H2_OK);
    frame_preface(&o);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(h2_close_connection(conn, 0, NULL, 0, -1), H2_OK);
    drain(conn);
    assert_int_equal(last_words(conn, &memory, out, sizeof out), 0);
    octets_free(&o);
    h2_connection_free(conn);
    assert_true(counting_allocator_clean(&memory));
}

/* The bound is named in the RFC profile alone. */
static void test_the_bound_on_memory_is_told(void **state)
{
    (void)state;
    static const h2_profile profiles[] = {H2_PROFILE_RFC, H2_PROFILE_PYTHON};
    for (size_t i = 0; i < 2; i++) {
        static const uint8_t named[] = {0, 0, 18, FRAME_GOAWAY, 0,   0,   0,   0,   0,   0,   0,   0,   0,  0,
                                        0, 0, 11, 'm',          'a', 'x', '_', 'm', 'e', 'm', 'o', 'r', 'y'};
        static const uint8_t unnamed[] = {0, 0, 8, FRAME_GOAWAY, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 11};
        const uint8_t *const expected = i == 0 ? named : unnamed;
        const size_t len = i == 0 ? sizeof named : sizeof unnamed;
        uint8_t out[8000];
        octets o = {0};
        h2_connection *conn;
        h2_config config;
        h2_config_init_sized(&config, sizeof config, H2_SERVER, profiles[i]);
        config.limits.max_memory = 5000;
        assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
        assert_int_equal(h2_initiate_connection(conn), H2_OK);
        frame_preface(&o);
        frame_settings(&o, NULL, 0);
        for (unsigned k = 0; k < 500; k++)
            frame_ping(&o, (const uint8_t *)"pingpong", false);
        assert_int_equal(feed(conn, &o), H2_ERROR_NO_MEMORY);
        const size_t told = h2_data_to_send(conn, out, sizeof out);
        assert_true(told > len && told < sizeof out);
        assert_memory_equal(out + told - len, expected, len);
        octets_free(&o);
        h2_connection_free(conn);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_output_is_held_before_the_first_message),
        cmocka_unit_test(test_names_of_origins_go_with_their_streams),
        cmocka_unit_test(test_a_trimmed_connection_holds_nothing_of_what_is_over),
        cmocka_unit_test(test_announced_lengths_go_with_their_streams),
        cmocka_unit_test(test_debug_data_beyond_its_bound_is_not_held),
        cmocka_unit_test(test_a_conversation_that_has_not_begun_ends_without_a_word),
        cmocka_unit_test(test_a_connection_ends_once),
        cmocka_unit_test(test_the_bound_on_memory_is_told),
    };
    return cmocka_run_group_tests_name("held", tests, NULL, NULL);
}
