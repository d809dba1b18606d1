/* What the headers promise of calls, pointers and counts and no conversation shows: calls are made between the pieces of a
 * frame, with settings that were set by hand, and without memory. */
#include "begun.h"
#include "counting_allocator.h"

#include <h2/states.h>

#include <string.h>

static void receive_request(h2_connection *conn, uint32_t id)
{
    octets o = {0};
    frame_headers(&o, id, LIST(request), false);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    octets_free(&o);
}

/* Events. */

static void test_an_event_outlives_the_reset_of_its_stream(void **state)
{
    (void)state;
    h2_connection *const conn = begun(H2_SERVER);
    static const uint8_t payload[] = {0, 0, 0, 0, 99, 0x82, 0x87, 0x84, 0x01, 1, 'a'};
    octets o = {0};
    frame_put(&o, FRAME_HEADERS, FLAG_PRIORITY | FLAG_END_HEADERS, 1, payload, sizeof payload);
    const uint8_t *data = o.data;
    size_t len = o.len;
    h2_event event;
    assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_OK);
    assert_int_equal(h2_reset_stream(conn, 1, H2_CODE_CANCEL), H2_OK);
    assert_int_equal(event.headers.priority_updated->weight, 100);
    assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_NEED_DATA);
    octets_free(&o);
    h2_connection_free(conn);
}

/* Bounds. */

/* Half of a large frame, acknowledged; then the stream is reset, and the rest comes. */
static void refuse_upload(h2_connection *conn, uint32_t id)
{
    static const uint8_t body[16384];
    octets o = {0};
    receive_request(conn, id);
    frame_data(&o, id, body, sizeof body, false);
    const uint8_t *data = o.data;
    size_t len = o.len / 2;
    h2_event event;
    assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_OK);
    assert_int_equal(h2_acknowledge_received_data(conn, event.data.flow_controlled_length, id), H2_OK);
    assert_int_equal(h2_reset_stream(conn, id, H2_CODE_NO_ERROR), H2_OK);
    octets rest = {.data = o.data + (data - o.data), .len = o.len - (size_t)(data - o.data)};
    assert_int_equal(feed(conn, &rest), H2_NEED_DATA);
    drain(conn);
    octets_free(&o);
}

static void test_what_is_dropped_is_not_waited_for(void **state)
{
    (void)state;
    h2_connection *const conn = begun(H2_SERVER);
    uint32_t id = 1;
    for (; id < 800; id += 2)
        refuse_upload(conn, id);
    receive_request(conn, id);
    octets o = {0};
    frame_data(&o, id, "x", 1, false);
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(feed(conn, &o), H2_NEED_DATA);
        assert_int_equal(h2_acknowledge_received_data(conn, 1, id), H2_OK);
        drain(conn);
    }
    octets_free(&o);
    h2_connection_free(conn);
}

static void test_a_bound_that_is_lowered_holds_at_once(void **state)
{
    (void)state;
    h2_config config;
    h2_config_init(&config, H2_SERVER);
    h2_connection *const conn = begun_from(&config);
    config.limits.resets_burst = 10;
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
    unsigned taken = 0;
    for (uint32_t id = 1; taken < 100; id += 2, taken++) {
        octets o = {0};
        frame_headers(&o, id, LIST(request), false);
        frame_rst_stream(&o, id, H2_CODE_CANCEL);
        const h2_status status = feed(conn, &o);
        octets_free(&o);
        if (status < 0) break;
    }
    assert_int_equal(taken, 10);
    h2_connection_free(conn);
}

/* Receives PINGs; how many of them are answered. */
static unsigned answered(h2_connection *conn, unsigned pings)
{
    octets o = {0};
    unsigned count = 0;
    for (; count < pings; count++) {
        octets_clear(&o);
        frame_ping(&o, (const uint8_t *)"pingpong", false);
        if (feed(conn, &o) < 0) break;
    }
    octets_free(&o);
    return count;
}

enum {
    PING_OCTETS = 17
};

static h2_connection *with_ten_replies(void)
{
    h2_config config;
    h2_config_init(&config, H2_SERVER);
    config.limits.unsent_replies = 10;
    return begun_from(&config);
}

/* Replies count until they are taken, octet by octet or all at once; those behind them count on. */
static void test_replies_count_until_they_are_taken(void **state)
{
    (void)state;
    /* Nothing that was taken counts. */
    h2_connection *conn = with_ten_replies();
    for (unsigned round = 0; round < 5; round++) {
        assert_int_equal(answered(conn, 10), 10);
        drain(conn);
    }
    assert_int_equal(answered(conn, 11), 10);
    h2_connection_free(conn);
    /* Two octets are no reply. */
    conn = with_ten_replies();
    assert_int_equal(answered(conn, 10), 10);
    for (unsigned i = 0; i < 16; i++)
        h2_output_consume(conn, 1);
    assert_int_equal(answered(conn, 1), 0);
    h2_connection_free(conn);
    /* Five, and five more behind them: when the first five are taken, the other five are left. */
    conn = with_ten_replies();
    assert_int_equal(answered(conn, 5), 5);
    h2_output_consume(conn, 1);
    assert_int_equal(answered(conn, 5), 5);
    h2_output_consume(conn, 5 * PING_OCTETS - 1);
    assert_int_equal(answered(conn, 6), 5);
    h2_connection_free(conn);
    conn = with_ten_replies();
    assert_int_equal(answered(conn, 5), 5);
    h2_output_consume(conn, 1);
    assert_int_equal(answered(conn, 5), 5);
    h2_output_consume(conn, 5 * PING_OCTETS - 2);
    assert_int_equal(answered(conn, 1), 0);
    h2_connection_free(conn);
}

/* Where bounds only observe, what crosses one is counted and goes on. */
static void test_informational_responses_that_are_only_observed(void **state)
{
    (void)state;
    static const h2_header early[] = {H2_HEADER(":status", "103")};
    h2_config config;
    h2_config_init(&config, H2_CLIENT);
    config.limits.informational_per_stream = 1;
    config.limits.observe_only = true;
    h2_connection *const conn = begun_from(&config);
    assert_int_equal(h2_send_headers(conn, 1, LIST(request), true, NULL), H2_OK);
    octets o = {0};
    for (unsigned i = 0; i < 3; i++)
        frame_headers(&o, 1, LIST(early), false);
    const uint8_t *data = o.data;
    size_t len = o.len;
    h2_event event;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_OK);
        assert_int_equal(event.type, H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED);
    }
    h2_counters counters = {.size = sizeof counters};
    h2_counters_read(conn, &counters);
    assert_int_equal(counters.crossed, 2);
    octets_free(&o);
    h2_connection_free(conn);
}

static void test_the_encoders_table_follows_its_bound(void **state)
{
    (void)state;
    h2_config config;
    h2_config_init(&config, H2_CLIENT);
    h2_connection *const conn = begun_from(&config);
    assert_int_equal(h2_send_headers(conn, 1, LIST(request), true, NULL), H2_OK);
    config.limits.encoder_table_size = 64;
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
    h2_connection_info info = {.size = sizeof info};
    h2_connection_get_info(conn, &info);
    assert_int_equal(info.encoder_table_size, 64);
    h2_connection_free(conn);
}

/* A peer whose table is smaller than HPACK's first, known before there is an encoder: what our own bound hides of that comes
 * to light when the bound is raised. The block begins with a size that the peer waits for (RFC 7541 section 4.2). */
static void test_a_bound_that_is_raised_keeps_to_the_peers_table(void **state)
{
    (void)state;
    static const h2_setting small = {H2_SETTINGS_HEADER_TABLE_SIZE, 2000};
    h2_config config;
    octets o = {0};
    h2_config_init(&config, H2_CLIENT);
    config.limits.encoder_table_size = 1000;
    h2_connection *const conn = begun_from(&config);
    frame_settings(&o, &small, 1);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    drain(conn);
    config.limits.encoder_table_size = 4096;
    assert_int_equal(h2_connection_reconfigure(conn, &config), H2_OK);
    assert_int_equal(h2_send_headers(conn, 1, LIST(request), true, NULL), H2_OK);
    h2_connection_info info = {.size = sizeof info};
    h2_connection_get_info(conn, &info);
    assert_int_equal(info.encoder_table_size, 2000);

    uint8_t sent[64];
    static const uint8_t updates[] = {0x3f, 0xc9, 0x07, 0x3f, 0xb1, 0x0f}; /* 1,000, then 2,000 */
    assert_true(h2_data_to_send(conn, sent, sizeof sent) > 9 + sizeof updates);
    assert_memory_equal(sent + 9, updates, sizeof updates);
    octets_free(&o);
    h2_connection_free(conn);
}

/* A pointer may be NULL where its length is 0, also of what a client keeps for alternative services. */
static void test_authorities_without_octets(void **state)
{
    (void)state;
    static const h2_header empty[] = {H2_HEADER(":method", "GET"), {":authority", 10, NULL, 0, 0}};
    h2_config config;
    h2_config_init(&config, H2_CLIENT);
    config.validate_outbound_headers = false;
    h2_connection *const conn = begun_from(&config);
    for (uint32_t id = 1; id < 7; id += 2)
        assert_int_equal(h2_send_headers(conn, id, LIST(empty), true, NULL), H2_OK);
    h2_connection_free(conn);
}

/* Frame sizes that were set by hand. */

static void test_a_small_frame_size_leaves_room_for_the_fixed_fields(void **state)
{
    (void)state;
    static const h2_priority priority = {.weight = 16};
    for (uint32_t size = 1; size < 10; size++) {
        h2_connection *conn = begun(H2_CLIENT);
        assert_int_equal(h2_override_frame_size(conn, true, size), H2_OK);
        assert_int_equal(h2_send_headers(conn, 1, LIST(request), true, &priority), H2_OK);
        assert_int_equal(h2_close_connection(conn, H2_CODE_CANCEL, "debug", 5, -1), H2_ERROR_FRAME_TOO_LARGE);
        h2_connection_free(conn);

        conn = begun(H2_SERVER);
        receive_request(conn, 1);
        assert_int_equal(h2_override_frame_size(conn, true, size), H2_OK);
        assert_int_equal(h2_push_stream(conn, 1, 2, LIST(request)), H2_OK);
        assert_int_equal(h2_advertise_alternative_service(conn, "h2=\":443\"", 9, "a", 1, 0),
                         H2_ERROR_FRAME_TOO_LARGE);
        h2_connection_free(conn);
    }
}

/* Settings. */

static void test_settings_set_by_hand_do_not_delay_those_that_are_sent(void **state)
{
    (void)state;
    h2_connection *const conn = begun(H2_SERVER);
    h2_settings *const local = h2_local_settings(conn);
    const h2_setting sent = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 200000};
    uint32_t value;
    octets ack = {0};
    frame_settings_ack(&ack);
    assert_int_equal(h2_settings_set(local, H2_SETTINGS_MAX_CONCURRENT_STREAMS, 5), H2_OK);
    assert_int_equal(h2_update_settings(conn, &sent, 1), H2_OK);
    assert_int_equal(feed(conn, &ack), H2_NEED_DATA);
    assert_true(h2_settings_get(local, H2_SETTINGS_INITIAL_WINDOW_SIZE, &value));
    assert_int_equal(value, 200000);
    assert_true(h2_settings_get(local, H2_SETTINGS_MAX_CONCURRENT_STREAMS, &value));
    assert_int_equal(value, 5);
    octets_free(&ack);
    h2_connection_free(conn);
}

/* The first frame that a side sends is SETTINGS: what would be answered before is not read. */
static void test_receiving_waits_for_the_beginning(void **state)
{
    (void)state;
    for (int role = H2_CLIENT; role <= H2_SERVER; role++) {
        h2_config config;
        h2_connection *conn;
        h2_event event;
        octets o = {0};
        uint8_t sent[100];
        h2_config_init(&config, (h2_role)role);
        assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
        if (role == H2_SERVER) frame_preface(&o);
        frame_settings(&o, NULL, 0);
        const uint8_t *data = o.data;
        size_t len = o.len;
        assert_int_equal(h2_receive_data(conn, &data, &len, &event), H2_ERROR_PROTOCOL);
        assert_int_equal(len, o.len);
        assert_ptr_equal(data, o.data);
        assert_false(h2_last_error(conn)->remote);
        assert_int_equal(h2_output_pending(conn), 0);
        assert_false(h2_connection_is_closed(conn));
        assert_int_equal(h2_initiate_connection(conn), H2_OK);
        assert_int_equal(feed(conn, &o), H2_NEED_DATA);
        const size_t preface = role == H2_CLIENT ? 24 : 0;
        assert_true(h2_data_to_send(conn, sent, sizeof sent) > preface + 9);
        assert_int_equal(sent[preface + 3], FRAME_SETTINGS);
        assert_int_equal(sent[preface + 4], 0);
        octets_free(&o);
        h2_connection_free(conn);
    }
}

static uint32_t in_force(h2_connection *conn, uint16_t id)
{
    uint32_t value = UINT32_MAX;
    assert_true(h2_settings_get(h2_local_settings(conn), id, &value));
    return value;
}

static h2_status acknowledge_settings(h2_connection *conn)
{
    octets o = {0};
    frame_settings_ack(&o);
    const h2_status status = feed(conn, &o);
    octets_free(&o);
    return status;
}

static void test_an_acknowledgement_takes_its_own_frame(void **state)
{
    const bool by_hand = *(const bool *)*state;
    h2_connection *const conn = begun(H2_SERVER);
    const h2_setting first[] = {{H2_SETTINGS_MAX_CONCURRENT_STREAMS, 5},
                                {H2_SETTINGS_INITIAL_WINDOW_SIZE, 1000}};
    const h2_setting second[] = {{H2_SETTINGS_MAX_FRAME_SIZE, 20000}, {H2_SETTINGS_MAX_HEADER_LIST_SIZE, 99}};
    assert_int_equal(h2_update_settings(conn, first, 2), H2_OK);
    assert_int_equal(h2_update_settings(conn, second, 2), H2_OK);
    if (by_hand) {
        h2_changed_setting changed[8];
        assert_int_equal(h2_settings_acknowledge(h2_local_settings(conn), changed, 8), 4);
        assert_int_equal(h2_settings_set(h2_local_settings(conn), H2_SETTINGS_MAX_FRAME_SIZE, 30000), H2_OK);
    } else {
        assert_true(h2_settings_remove(h2_local_settings(conn), H2_SETTINGS_MAX_CONCURRENT_STREAMS));
    }
    assert_int_equal(acknowledge_settings(conn), H2_NEED_DATA);
    assert_int_equal(in_force(conn, H2_SETTINGS_INITIAL_WINDOW_SIZE), 1000);
    assert_int_equal(in_force(conn, H2_SETTINGS_MAX_FRAME_SIZE), by_hand ? 20000 : 16384);
    assert_int_equal(in_force(conn, H2_SETTINGS_MAX_HEADER_LIST_SIZE), by_hand ? 99 : 65536);
    assert_int_equal(acknowledge_settings(conn), H2_NEED_DATA);
    assert_int_equal(in_force(conn, H2_SETTINGS_MAX_FRAME_SIZE), 20000);
    assert_int_equal(in_force(conn, H2_SETTINGS_MAX_HEADER_LIST_SIZE), 99);
    /* What was set by hand waits for the next frame, and an acknowledgement of nothing takes nothing. */
    assert_int_equal(acknowledge_settings(conn), H2_NEED_DATA);
    assert_int_equal(in_force(conn, H2_SETTINGS_MAX_FRAME_SIZE), 20000);
    if (by_hand) {
        assert_int_equal(h2_update_settings(conn, NULL, 0), H2_OK);
        assert_int_equal(acknowledge_settings(conn), H2_NEED_DATA);
        assert_int_equal(in_force(conn, H2_SETTINGS_MAX_FRAME_SIZE), 30000);
    }
    h2_connection_free(conn);
}

/* What is removed by hand is not known any more, but streams go on from where they were. */
static void test_windows_move_when_the_setting_was_removed(void **state)
{
    (void)state;
    h2_connection *const conn = begun(H2_SERVER);
    const h2_setting small = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 100};
    int64_t window = 0;
    octets o = {0};
    receive_request(conn, 1);
    h2_settings_clear(h2_local_settings(conn));
    h2_settings_clear(h2_remote_settings(conn));
    assert_int_equal(h2_update_settings(conn, &small, 1), H2_OK);
    assert_int_equal(acknowledge_settings(conn), H2_NEED_DATA);
    assert_int_equal(h2_remote_flow_control_window(conn, 1, &window), H2_OK);
    assert_int_equal(window, 100);
    frame_settings(&o, &small, 1);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    assert_int_equal(h2_local_flow_control_window(conn, 1, &window), H2_OK);
    assert_int_equal(window, 100);
    octets_free(&o);
    h2_connection_free(conn);
}

/* A window that is opened by hand and a greater initial window that waits for its acknowledgement: whichever comes first,
 * the sum is what counts. */
static void test_windows_count_what_is_proposed(void **state)
{
    (void)state;
    h2_connection *const conn = begun(H2_SERVER);
    const h2_setting greatest = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 0x7fffffff};
    const h2_setting usual = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 65535};
    int64_t window = 0;
    receive_request(conn, 1);
    assert_int_equal(h2_update_settings(conn, &greatest, 1), H2_OK);
    assert_int_equal(h2_update_settings(conn, &usual, 1), H2_OK);
    assert_int_equal(h2_increment_flow_control_window(conn, 1, 1), H2_ERROR_FLOW_CONTROL);
    assert_int_equal(h2_last_error(conn)->stream_id, 1);
    assert_int_equal(acknowledge_settings(conn), H2_NEED_DATA);
    assert_int_equal(h2_increment_flow_control_window(conn, 1, 1), H2_ERROR_FLOW_CONTROL);
    assert_int_equal(acknowledge_settings(conn), H2_NEED_DATA);
    assert_int_equal(h2_increment_flow_control_window(conn, 1, 1), H2_OK);
    assert_int_equal(h2_increment_flow_control_window(conn, 1, 0), H2_OK);
    assert_int_equal(h2_remote_flow_control_window(conn, 1, &window), H2_OK);
    assert_int_equal(window, 65536);
    assert_int_equal(h2_update_settings(conn, &greatest, 1), H2_ERROR_FLOW_CONTROL);
    h2_connection_free(conn);
}

static void test_settings_that_do_not_fit_are_not_cut(void **state)
{
    (void)state;
    h2_config config;
    h2_config_init(&config, H2_CLIENT);
    h2_setting many[100];
    for (uint16_t i = 0; i < 100; i++)
        many[i] = (h2_setting){.id = (uint16_t)(0x100 + i), .value = i};
    config.initial_settings = many;
    config.initial_settings_count = 100;
    h2_connection *conn;
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    char header[2048];
    size_t len;
    assert_int_equal(h2_upgrade_settings(conn, header, sizeof header, &len), H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(h2_initiate_connection(conn), H2_ERROR_FRAME_TOO_LARGE);
    assert_int_equal(h2_output_pending(conn), 0);
    h2_connection_free(conn);
}

static void test_initial_settings_are_those_that_may_be_sent(void **state)
{
    (void)state;
    static const h2_setting wrong[] = {{H2_SETTINGS_ENABLE_PUSH, 1}, {H2_SETTINGS_NO_RFC7540_PRIORITIES, 2}};
    for (size_t i = 0; i < 2; i++) {
        h2_config config;
        h2_config_init(&config, H2_SERVER);
        config.initial_settings = &wrong[i];
        config.initial_settings_count = 1;
        h2_connection *conn = NULL;
        assert_int_equal(h2_connection_new(&conn, &config), H2_ERROR_INVALID_SETTINGS_VALUE);
        assert_null(conn);
    }
}

/* Python's h2 takes the size of frames once for all that it is given: a SETTINGS acknowledgement that raises it counts from
 * the next call on, here from the next frame on. */
static void test_when_a_frame_size_counts(void **state)
{
    (void)state;
    for (h2_profile profile = H2_PROFILE_RFC; profile <= H2_PROFILE_PYTHON; profile++) {
        for (int together = 0; together < 2; together++) {
            static const uint8_t body[20000];
            const h2_setting larger = {H2_SETTINGS_MAX_FRAME_SIZE, 20000};
            h2_config config;
            h2_config_init_sized(&config, sizeof config, H2_SERVER, profile);
            h2_connection *const conn = begun_from(&config);
            receive_request(conn, 1);
            assert_int_equal(h2_update_settings(conn, &larger, 1), H2_OK);
            octets o = {0};
            frame_settings_ack(&o);
            if (!together) {
                assert_int_equal(feed(conn, &o), H2_NEED_DATA);
                octets_clear(&o);
            }
            frame_data(&o, 1, body, sizeof body, false);
            const bool refused = together && profile == H2_PROFILE_PYTHON;
            assert_int_equal(feed(conn, &o), refused ? H2_ERROR_FRAME_TOO_LARGE : H2_NEED_DATA);
            octets_free(&o);
            h2_connection_free(conn);
        }
    }
}

/* Memory. */

enum {
    KEPT = 4096 /* octets of room for cut blocks that are kept */
};

typedef enum parted {
    IN_ONE,      /* HEADERS alone */
    IN_TWO,      /* HEADERS and CONTINUATION */
    CUT_AND_TWO, /* the same, but the payload of HEADERS, all but 10 octets, comes in two pieces */
} parted;

/* What is held after a request whose block has so many octets. */
static size_t held_after(size_t octets_of_block, parted how)
{
    static const char value[20000];
    h2_config config;
    h2_config_init(&config, H2_SERVER);
    config.validate_inbound_headers = false;
    h2_connection *const conn = begun_from(&config);
    octets block = {0}, o = {0};
    for (size_t i = 0; i < sizeof request / sizeof *request; i++)
        field_literal(&block, request[i].name, request[i].name_len, request[i].value, request[i].value_len);
    field_literal(&block, "x", 1, value, octets_of_block - block.len - 6);
    assert_int_equal(block.len, octets_of_block);
    const size_t first = how == IN_ONE ? block.len : how == IN_TWO ? block.len / 2 : block.len - 10;
    frame_put(&o, FRAME_HEADERS, how == IN_ONE ? FLAG_END_HEADERS : 0, 1, block.data, first);
    if (how == CUT_AND_TWO) {
        octets piece = {.data = o.data, .len = 50};
        assert_int_equal(feed(conn, &piece), H2_NEED_DATA);
        memmove(o.data, o.data + 50, o.len - 50);
        o.len -= 50;
    }
    if (how != IN_ONE)
        frame_put(&o, FRAME_CONTINUATION, FLAG_END_HEADERS, 1, block.data + first, block.len - first);
    assert_int_equal(feed(conn, &o), H2_NEED_DATA);
    const size_t held = h2_memory_used(conn);
    octets_free(&block);
    octets_free(&o);
    h2_connection_free(conn);
    return held;
}

static void test_room_for_a_long_block_is_given_back(void **state)
{
    (void)state;
    enum {
        SMALL = 200 /* what else a block in parts needs */
    };
    const size_t kept = held_after(KEPT, IN_TWO) - held_after(KEPT, IN_ONE);
    assert_true(kept >= KEPT && kept < KEPT + SMALL);
    assert_true(held_after(KEPT + 1, IN_TWO) - held_after(KEPT + 1, IN_ONE) < SMALL);
    assert_true(held_after(4 * KEPT, IN_TWO) - held_after(4 * KEPT, IN_ONE) < SMALL);
    /* The payload that was cut, too: 10 octets of the block come behind it. */
    const size_t cut = held_after(KEPT + 10, CUT_AND_TWO) - held_after(KEPT + 10, IN_TWO);
    assert_int_equal(cut, KEPT);
    assert_int_equal(held_after(KEPT + 11, CUT_AND_TWO), held_after(KEPT + 11, IN_TWO));
}

static void test_an_upgrade_without_memory_has_done_nothing(void **state)
{
    (void)state;
    static const char header[] = "AAEAAAAAAAMAAABk"; /* HEADER_TABLE_SIZE 0, MAX_CONCURRENT_STREAMS 100 */
    h2_status status = H2_ERROR_NO_MEMORY;
    for (size_t at = 1; status == H2_ERROR_NO_MEMORY; at++) {
        counting_allocator memory;
        counting_allocator_init(&memory);
        h2_config config;
        h2_config_init(&config, H2_SERVER);
        config.allocator = &memory.base;
        h2_connection *conn;
        assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
        memory.fail_at = memory.requests + at;
        status = h2_initiate_upgrade_connection(conn, header, sizeof header - 1);
        const uint32_t expected = status == H2_OK ? 0 : 4096;
        uint32_t value;
        assert_true(h2_settings_get(h2_remote_settings(conn), H2_SETTINGS_HEADER_TABLE_SIZE, &value));
        assert_int_equal(value, expected);
        assert_int_equal(h2_settings_get(h2_remote_settings(conn), H2_SETTINGS_MAX_CONCURRENT_STREAMS, NULL),
                         status == H2_OK);
        h2_connection_free(conn);
        assert_true(counting_allocator_clean(&memory));
    }
    assert_int_equal(status, H2_OK);
}

static void expect_one_line(void *arg, h2_log_level level, const char *line)
{
    int *const lines = arg;
    (void)level;
    (*lines)++;
    assert_null(strpbrk(line, "\r\n\t\x7f"));
}

/* What a peer's HTTP2-Settings holds is logged before it is judged. */
static void test_a_log_line_is_one_line(void **state)
{
    (void)state;
    int lines = 0;
    h2_config config;
    h2_config_init(&config, H2_SERVER);
    config.log = expect_one_line;
    config.log_arg = &lines;
    h2_connection *conn;
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    const char header[] = "AAMAAABk\r\n\tforged: line\x7f";
    assert_int_equal(h2_initiate_upgrade_connection(conn, header, sizeof header - 1), H2_ERROR_ARGUMENT);
    assert_true(lines > 0);
    h2_connection_free(conn);
}

int main(void)
{
    static bool removed = false, by_hand = true;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_event_outlives_the_reset_of_its_stream),
        cmocka_unit_test(test_what_is_dropped_is_not_waited_for),
        cmocka_unit_test(test_a_bound_that_is_lowered_holds_at_once),
        cmocka_unit_test(test_replies_count_until_they_are_taken),
        cmocka_unit_test(test_informational_responses_that_are_only_observed),
        cmocka_unit_test(test_the_encoders_table_follows_its_bound),
        cmocka_unit_test(test_a_bound_that_is_raised_keeps_to_the_peers_table),
        cmocka_unit_test(test_authorities_without_octets),
        cmocka_unit_test(test_a_small_frame_size_leaves_room_for_the_fixed_fields),
        cmocka_unit_test(test_settings_set_by_hand_do_not_delay_those_that_are_sent),
        cmocka_unit_test_prestate(test_an_acknowledgement_takes_its_own_frame, &removed),
        cmocka_unit_test_prestate(test_an_acknowledgement_takes_its_own_frame, &by_hand),
        cmocka_unit_test(test_windows_count_what_is_proposed),
        cmocka_unit_test(test_windows_move_when_the_setting_was_removed),
        cmocka_unit_test(test_receiving_waits_for_the_beginning),
        cmocka_unit_test(test_settings_that_do_not_fit_are_not_cut),
        cmocka_unit_test(test_initial_settings_are_those_that_may_be_sent),
        cmocka_unit_test(test_when_a_frame_size_counts),
        cmocka_unit_test(test_room_for_a_long_block_is_given_back),
        cmocka_unit_test(test_an_upgrade_without_memory_has_done_nothing),
        cmocka_unit_test(test_a_log_line_is_one_line),
    };
    return cmocka_run_group_tests_name("promises", tests, NULL, NULL);
}
