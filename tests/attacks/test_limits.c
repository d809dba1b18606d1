/* The bounds themselves: every one has its default, its name and its place among the counters, and SECURITY.md says the
 * same. */
#include <h2/h2.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct bound {
    const char *name;
    size_t at; /* in h2_limits */
    uint32_t rfc, python;
} bound;

#define BOUND(name, rfc, python)                                                                             \
    {                                                                                                        \
#name, offsetof(h2_limits, name), rfc, python                                                        \
    }

static const bound bounds[] = {
    BOUND(header_fields, 1000, UINT32_MAX),   BOUND(continuations, 8, 63),
    BOUND(settings_entries, 32, 4096),        BOUND(unsent_replies, 1000, 100000),
    BOUND(output_frames, 5000, 200000),       BOUND(output_control_octets, 1048576, 16777216),
    BOUND(resets_burst, 1000, 100000),        BOUND(resets_per_second, 33, 1000),
    BOUND(empty_data, 100, 100000),           BOUND(data_overhead, 25600, UINT32_MAX),
    BOUND(priority_per_stream, 100, 100000),  BOUND(informational_per_stream, 100, 10000),
    BOUND(reserved_streams, 100, 10000),      BOUND(goaway_debug_octets, 1024, UINT32_MAX),
    BOUND(encoder_table_size, 4096, 1048576), BOUND(closed_streams, 4096, 65536),
};

enum {
    BOUNDS = sizeof bounds / sizeof *bounds
};

static uint32_t value_of(const h2_limits *limits, const bound *b)
{
    uint32_t value;
    memcpy(&value, (const char *)limits + b->at, sizeof value);
    return value;
}

static void check_defaults(h2_profile profile)
{
    h2_connection *conn;
    h2_config config;
    h2_config_init_sized(&config, sizeof config, H2_SERVER, profile);
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    const h2_limits *const limits = &h2_connection_config(conn)->limits;
    for (size_t i = 0; i < BOUNDS; i++)
        assert_int_equal(value_of(limits, &bounds[i]),
                         profile == H2_PROFILE_RFC ? bounds[i].rfc : bounds[i].python);
    assert_true(limits->max_memory == SIZE_MAX);
    assert_false(limits->observe_only);
    h2_connection_free(conn);
}

static void test_defaults(void **state)
{
    (void)state;
    check_defaults(H2_PROFILE_RFC);
    check_defaults(H2_PROFILE_PYTHON);
}

/* What is set is taken, and only that. */
static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < BOUNDS; i++) {
        h2_connection *conn;
        h2_config config;
        const uint32_t seven = 7;
        h2_config_init(&config, H2_CLIENT);
        memcpy((char *)&config.limits + bounds[i].at, &seven, sizeof seven);
        assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
        for (size_t j = 0; j < BOUNDS; j++)
            assert_int_equal(value_of(&h2_connection_config(conn)->limits, &bounds[j]),
                             i == j ? 7 : bounds[j].rfc);
        h2_connection_free(conn);
    }
}

static void test_names(void **state)
{
    (void)state;
    static const char *const more[] = {"max_memory", "header_list_size", "concurrent_streams"};
    for (size_t i = 0; i < BOUNDS; i++)
        assert_string_equal(h2_limit_name(i), bounds[i].name);
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(h2_limit_name(BOUNDS + i), more[i]);
    assert_null(h2_limit_name(BOUNDS + 3));
    assert_null(h2_limit_name(SIZE_MAX));
}

/* A number as people write it: 25,600. */
static void grouped(uint32_t value, char *out, size_t cap)
{
    if (value >= 1000000)
        snprintf(out, cap, "%u,%03u,%03u", value / 1000000, value / 1000 % 1000, value % 1000);
    else if (value >= 1000)
        snprintf(out, cap, "%u,%03u", value / 1000, value % 1000);
    else
        snprintf(out, cap, "%u", value);
}

static void test_documented(void **state)
{
    (void)state;
    static char text[65536];
    FILE *const file = fopen(SOURCE_DIR "/SECURITY.md", "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    for (size_t i = 0; h2_limit_name(i) != NULL; i++) {
        char row[64], number[24];
        if (i < BOUNDS) grouped(bounds[i].rfc, number, sizeof number);
        snprintf(row, sizeof row, "| `%s` | %s", h2_limit_name(i), i < BOUNDS ? number : "");
        if (!strstr(text, row)) fail_msg("SECURITY.md has no row '%s'", row);
    }
}

/* A struct that is shorter than the library's is filled as far as it goes. */
static void test_counters(void **state)
{
    (void)state;
    h2_connection *conn;
    h2_config config;
    h2_config_init(&config, H2_SERVER);
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    h2_counters counters = {.size = offsetof(h2_counters, by_limit), .by_limit = {77}};
    h2_counters_read(conn, &counters);
    assert_int_equal(counters.by_limit[0], 77);
    assert_int_equal(counters.held_memory, h2_memory_used(conn));
    assert_int_equal(counters.crossed, 0);
    counters.size = sizeof counters;
    h2_counters_read(conn, &counters);
    assert_int_equal(counters.by_limit[0], 0);
    assert_int_equal(counters.size, sizeof counters);
    h2_connection_free(conn);
}

/* B19: how many octets of something else a server takes, one at a time. */
static void check_beginning(const char *what, const uint8_t *octets, size_t len, size_t most)
{
    h2_connection *conn;
    h2_config config;
    h2_event event;
    h2_status status = H2_NEED_DATA;
    size_t taken = 0;
    h2_config_init(&config, H2_SERVER);
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    assert_int_equal(h2_initiate_connection(conn), H2_OK);
    for (; taken < len && status == H2_NEED_DATA; taken++) {
        const uint8_t *at = octets + taken;
        size_t left = 1;
        status = h2_receive_data(conn, &at, &left, &event);
    }
    printf("B19  %s: refused at octet %zu\n", what, taken);
    assert_int_equal(status, H2_ERROR_PROTOCOL);
    assert_int_equal(h2_last_error(conn)->error_code, H2_CODE_PROTOCOL_ERROR);
    assert_int_equal(taken, most);
    assert_true(h2_connection_is_closed(conn));
    h2_connection_free(conn);
}

static void test_beginnings(void **state)
{
    (void)state;
#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
#define CHECK_BEGINNING(what, text, most)                                                                    \
    check_beginning(what, (const uint8_t *)(text), sizeof(text) - 1, most)
    CHECK_BEGINNING("an HTTP/1.1 request", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 1);
    CHECK_BEGINNING("a POST", "POST / HTTP/1.1\r\n", 2);
    CHECK_BEGINNING("TLS", "\x16\x03\x01", 1);
    CHECK_BEGINNING("a preface with a wrong end", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\r", 24);
    CHECK_BEGINNING("PING first", PREFACE "\0\0\10\6\0\0\0\0\0pingping", 33);
    CHECK_BEGINNING("an acknowledgement first", PREFACE "\0\0\0\4\1\0\0\0\0", 33);
    CHECK_BEGINNING("an unknown frame first", PREFACE "\0\0\1\xfa\0\0\0\0\0a", 33);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_defaults), cmocka_unit_test(test_values),
                                       cmocka_unit_test(test_names),    cmocka_unit_test(test_documented),
                                       cmocka_unit_test(test_counters), cmocka_unit_test(test_beginnings)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
