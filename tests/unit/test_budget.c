/* Replies that wait in the output, counted up to the last octet that can be. */
#include "connection/connection.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static h2_connection *with_limits(uint32_t replies, uint32_t octets)
{
    h2_connection *conn;
    h2_config config;
    h2_config_init(&config, H2_SERVER);
    config.limits.unsent_replies = replies;
    config.limits.output_frames = UINT32_MAX;
    config.limits.output_control_octets = octets;
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    assert_int_equal(h2_initiate_connection(conn), H2_OK);
    return conn;
}

/* Sums stay at their greatest, and are judged there. */
static void test_more_than_can_be_counted(void **state)
{
    (void)state;
    h2_connection *conn = with_limits(UINT32_MAX, UINT32_MAX);
    h2_backlog *b = &conn->backlog;
    b->new_octets = UINT32_MAX - 17;
    assert_int_equal(h2_charge_reply(conn, true, 17), H2_OK);
    assert_int_equal(b->new_octets, UINT32_MAX);
    b->new_replies = UINT32_MAX - 1;
    b->new_frames = UINT32_MAX;
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(h2_charge_reply(conn, true, 17), H2_OK);
        assert_int_equal(b->new_octets, UINT32_MAX);
        assert_int_equal(b->new_replies, UINT32_MAX);
        assert_int_equal(b->new_frames, UINT32_MAX);
    }
    h2_connection_free(conn);

    conn = with_limits(UINT32_MAX, UINT32_MAX - 1);
    b = &conn->backlog;
    b->new_octets = UINT32_MAX - 1;
    assert_int_equal(h2_charge_reply(conn, false, 17), H2_ERROR_DENIAL_OF_SERVICE);
    assert_int_equal(b->new_replies, 0);
    h2_connection_free(conn);

    conn = with_limits(7, UINT32_MAX);
    b = &conn->backlog;
    b->new_octets = UINT32_MAX - 1;
    b->new_replies = 6;
    assert_int_equal(h2_charge_reply(conn, true, 17), H2_OK);
    assert_int_equal(h2_charge_reply(conn, true, 17), H2_ERROR_DENIAL_OF_SERVICE);
    h2_connection_free(conn);
}

/* However many replies went without a look at the sums: the bound holds to the last one, also a lower one. */
static void test_each_bound_to_the_last(void **state)
{
    (void)state;
    enum {
        MOST = 20
    };
    for (int bound = 0; bound < 3; bound++) {
        for (uint32_t before = 0; before <= 2 * MOST; before += 5) {
            h2_connection *conn = with_limits(100, 100 * 17);
            for (uint32_t i = 0; i < before; i++)
                assert_int_equal(h2_charge_reply(conn, true, 17), H2_OK);
            h2_config config = *h2_connection_config(conn);
            config.limits.unsent_replies = bound == 0 ? MOST : UINT32_MAX;
            config.limits.output_frames = bound == 1 ? MOST : UINT32_MAX;
            config.limits.output_control_octets = bound == 2 ? MOST * 17 + 16 : UINT32_MAX;
            assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
            for (uint32_t i = before; i < MOST; i++)
                assert_int_equal(h2_charge_reply(conn, true, 17), H2_OK);
            assert_int_equal(h2_charge_reply(conn, true, 17), H2_ERROR_DENIAL_OF_SERVICE);
            h2_connection_free(conn);
        }
    }
}

/* Short replies count as what they are, and those that are none as frames and octets alone. */
static void test_short_replies(void **state)
{
    (void)state;
    h2_connection *conn = with_limits(5, 100 * 9);
    for (uint32_t i = 0; i < 100; i++)
        assert_int_equal(h2_charge_reply(conn, false, 9), H2_OK);
    assert_int_equal(h2_charge_reply(conn, false, 9), H2_ERROR_DENIAL_OF_SERVICE);
    assert_int_equal(conn->backlog.new_replies, 0);
    assert_int_equal(conn->backlog.new_frames, 101);
    h2_connection_free(conn);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_more_than_can_be_counted),
        cmocka_unit_test(test_each_bound_to_the_last),
        cmocka_unit_test(test_short_replies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
