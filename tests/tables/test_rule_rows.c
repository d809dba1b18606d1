/* The tables of frames, of settings and of pseudo-fields, row by row, as RFC 9113 sections 6, 6.5.2 and 8.3 have them; and
 * which values of settings a peer may send. */
#include "begun.h"

#include <h2/states.h>

/* clang-format off */
static const char *const frames[] = {
    "type\tname\tstream identifier\tlength\tflags\tsection",
    "0\tDATA\tnot 0\tat least 0\tEND_STREAM PADDED\t6.1",
    "1\tHEADERS\tnot 0\tat least 0\tEND_STREAM END_HEADERS PADDED PRIORITY\t6.2",
    "2\tPRIORITY\tnot 0\texactly 5\t\t6.3",
    "3\tRST_STREAM\tnot 0\texactly 4\t\t6.4",
    "4\tSETTINGS\t0\tmultiple of 6\tACK\t6.5",
    "5\tPUSH_PROMISE\tnot 0\tat least 4\tEND_HEADERS PADDED\t6.6",
    "6\tPING\t0\texactly 8\tACK\t6.7",
    "7\tGOAWAY\t0\tat least 8\t\t6.8",
    "8\tWINDOW_UPDATE\tany\texactly 4\t\t6.9",
    "9\tCONTINUATION\tnot 0\tat least 0\tEND_HEADERS\t6.10",
    "10\tALTSVC\tany\tat least 2\t\tRFC 7838 4",
};

static const char *const settings[] = {
    "identifier\tname\tdefault\tleast\tmost\tmost from a server\terror code",
    "1\tHEADER_TABLE_SIZE\t4096\t0\t4294967295\t4294967295\tnone",
    "2\tENABLE_PUSH\t1\t0\t1\t0\tPROTOCOL_ERROR",
    "3\tMAX_CONCURRENT_STREAMS\tnone\t0\t4294967295\t4294967295\tnone",
    "4\tINITIAL_WINDOW_SIZE\t65535\t0\t2147483647\t2147483647\tFLOW_CONTROL_ERROR",
    "5\tMAX_FRAME_SIZE\t16384\t16384\t16777215\t16777215\tPROTOCOL_ERROR",
    "6\tMAX_HEADER_LIST_SIZE\tnone\t0\t4294967295\t4294967295\tnone",
    "8\tENABLE_CONNECT_PROTOCOL\t0\t0\t1\t1\tPROTOCOL_ERROR",
    "9\tNO_RFC7540_PRIORITIES\tnone\t0\t1\t1\tPROTOCOL_ERROR",
};

static const char *const fields[] = {
    "block\t:method\t:scheme\t:authority\t:path\t:status\t:protocol\tsection",
    "request\trequired\trequired\tallowed\trequired\tforbidden\tforbidden\t8.3.1",
    "CONNECT request\trequired\tforbidden\trequired (h2: allowed)\tforbidden\tforbidden\tforbidden\t8.5",
    "extended CONNECT request\trequired\trequired\trequired (h2: allowed)\trequired\tforbidden\trequired\tRFC 8441 4",
    "pushed request\trequired\trequired\trequired (h2: allowed)\trequired\tforbidden\tforbidden\t8.4",
    "response\tforbidden\tforbidden\tforbidden\tforbidden\trequired\tforbidden\t8.3.2",
    "trailers\tforbidden\tforbidden\tforbidden\tforbidden\tforbidden\tforbidden\t8.1",
};
/* clang-format on */

static void check(h2_rule_table table, const char *const *rows, size_t count)
{
    char row[200];
    for (size_t i = 0; i < count; i++) {
        assert_true(h2_rule_row(table, i, row, sizeof row));
        assert_string_equal(row, rows[i]);
    }
    assert_false(h2_rule_row(table, count, row, sizeof row));
}

static void test_frames(void **state)
{
    (void)state;
    check(H2_RULES_FRAMES, frames, sizeof frames / sizeof *frames);
}

static void test_settings(void **state)
{
    (void)state;
    check(H2_RULES_SETTINGS, settings, sizeof settings / sizeof *settings);
}

static void test_fields(void **state)
{
    (void)state;
    check(H2_RULES_FIELDS, fields, sizeof fields / sizeof *fields);
}

/* What is wrong with a value that the peer sends, or 0. */
static uint32_t fault_of(uint16_t id, uint32_t value, bool from_server, bool rfc)
{
    switch (id) {
    case 2: return value > (from_server ? 0U : 1U) ? H2_CODE_PROTOCOL_ERROR : 0;
    case 4: return value > 0x7fffffff ? H2_CODE_FLOW_CONTROL_ERROR : 0;
    case 5: return value < 16384 || value > 16777215 ? H2_CODE_PROTOCOL_ERROR : 0;
    case 8: return value > 1 ? H2_CODE_PROTOCOL_ERROR : 0;
    case 9: return value > 1 && rfc ? H2_CODE_PROTOCOL_ERROR : 0;
    default: return 0;
    }
}

static void receive_value(uint16_t id, uint32_t value, h2_role role, h2_profile profile)
{
    h2_config config;
    octets o = {0};
    h2_config_init_sized(&config, sizeof config, role, profile);
    h2_connection *const conn = begun_with(&config);
    const h2_setting setting = {id, value};
    const uint32_t fault = fault_of(id, value, role == H2_CLIENT, profile == H2_PROFILE_RFC);
    frame_settings(&o, &setting, 1);
    assert_int_equal(feed(conn, &o), fault ? H2_ERROR_INVALID_SETTINGS_VALUE : H2_NEED_DATA);
    if (fault) assert_int_equal(h2_last_error(conn)->error_code, fault);
    octets_free(&o);
    h2_connection_free(conn);
}

static void test_values_of_the_peer(void **state)
{
    (void)state;
    static const uint32_t values[] = {0,        1,        2,          16383,      16384,
                                      16777215, 16777216, 0x7fffffff, 0x80000000, UINT32_MAX};
    for (uint16_t id = 0; id < 40; id++)
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)
            for (unsigned way = 0; way < 4; way++)
                receive_value(id, values[i], way & 1 ? H2_CLIENT : H2_SERVER,
                              way & 2 ? H2_PROFILE_RFC : H2_PROFILE_PYTHON);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_frames), cmocka_unit_test(test_settings),
                                       cmocka_unit_test(test_fields),
                                       cmocka_unit_test(test_values_of_the_peer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
