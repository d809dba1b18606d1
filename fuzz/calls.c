/* Calls of one side: asking, taking output bit by bit, options changed on the way, settings and windows changed by hand. */
#include "calls.h"

#include "settings_model.h"

#include <string.h>

enum {
    RUNS = 5
};

/* Asking. */

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static h2_status ask(const side *s, uint32_t id)
{
    h2_connection_info all = {.size = sizeof all};
    h2_stream_info one = {.size = sizeof one};
    int64_t outbound, inbound;
    uint32_t next;
    const h2_status status = h2_local_flow_control_window(s->conn, id, &outbound);
    CHECK(h2_remote_flow_control_window(s->conn, id, &inbound) == status);
    h2_connection_get_info(s->conn, &all);
    CHECK(h2_stream_get_info(s->conn, id, &one) || status != H2_OK);
    if (status == H2_OK) {
        CHECK(outbound == lesser(all.outbound_window, one.outbound_window));
        CHECK(inbound == lesser(all.inbound_window, one.inbound_window));
    }
    if (h2_get_next_available_stream_id(s->conn, &next) == H2_OK)
        CHECK(next > all.highest_outbound_stream_id &&
              next % 2 == (h2_connection_config(s->conn)->role == H2_CLIENT ? 1U : 0U));
    CHECK(h2_max_outbound_frame_size(s->conn) == all.max_outbound_frame_size);
    CHECK(h2_max_inbound_frame_size(s->conn) == all.max_inbound_frame_size);
    if (h2_stream_closed_by(s->conn, id) != H2_CLOSED_BY_NONE) CHECK(status != H2_OK || !one.open);
    return status;
}

/* Output. */

/* Takes some of the output, in the middle of a frame or not; what was shown stays as it was, whatever is called. */
static h2_status take(side *s, choices *from)
{
    h2_iovec runs[RUNS];
    const unsigned how = choose(from);
    const size_t shown = h2_output_peek(s->conn, runs, how % (RUNS + 1));
    size_t len = 0;
    octets copy = {0};
    for (size_t i = 0; i < shown; i++) {
        octets_put(&copy, runs[i].base, runs[i].len);
        len += runs[i].len;
    }
    CHECK(len <= h2_output_pending(s->conn));
    if (how & 64) CHECK(h2_ping(s->conn, (const uint8_t *)"pingpong") != H2_ERROR_ARGUMENT);
    if (how & 128) h2_connection_trim(s->conn);
    size_t at = 0;
    for (size_t i = 0; i < shown; at += runs[i].len, i++)
        CHECK(memcmp(copy.data + at, runs[i].base, runs[i].len) == 0);
    octets_free(&copy);
    side_take(s, choose(from), (how & 32) != 0);
    return H2_OK;
}

/* What nobody is told. */

static h2_status reconfigure(side *s, choices *from)
{
    uint8_t options[FUZZ_OPTIONS] = {0};
    h2_setting settings[8];
    h2_config config;
    options[0] = (uint8_t)choose(from);
    side_config(&config, H2_CLIENT, options, settings);
    return h2_connection_reconfigure(s->conn, &config);
}

static h2_status change_settings(side *s, choices *from)
{
    const unsigned how = choose(from);
    h2_settings *const settings = how & 1 ? h2_local_settings(s->conn) : h2_remote_settings(s->conn);
    const uint16_t id = (uint16_t)(how / 2 % 10);
    h2_changed_setting changed[4];
    if (how >= 250) {
        h2_settings_clear(settings);
        return H2_OK;
    }
    if (how >= 220) {
        (void)h2_settings_remove(settings, id);
        return H2_OK;
    }
    if (how >= 200) {
        (void)h2_settings_acknowledge(settings, changed, 4);
        return H2_OK;
    }
    return h2_settings_set(settings, id, how & 128 ? choose_u32(from) : choose(from));
}

static h2_status replace_settings(side *s, choices *from)
{
    h2_settings *settings;
    const h2_setting initial = {(uint16_t)choose_below(from, 10), choose(from)};
    const h2_status made = h2_settings_new(&settings, choose(from) & 1, &initial, 1, NULL);
    if (made != H2_OK) return made;
    const h2_status status = h2_replace_settings(s->conn, choose(from) & 1, settings);
    h2_settings_free(settings);
    return status;
}

static h2_status override_something(side *s, choices *from, uint32_t id)
{
    const unsigned how = choose(from);
    const int64_t value = how & 4 ? (int32_t)choose_u32(from) : (int64_t)choose(from);
    if (how & 1) return h2_override_frame_size(s->conn, (how & 2) != 0, 16384 + (uint32_t)(value & 0xffff));
    return h2_override_window(s->conn, how & 8 ? 0 : id, (how & 2) != 0, value);
}

static h2_status by_hand(side *s, choices *from, uint32_t id, unsigned which)
{
    switch (which) {
    case 0: return change_settings(s, from);
    case 1: return replace_settings(s, from);
    case 2: return override_something(s, from, id);
    default: break;
    }
    h2_clear_outbound_data_buffer(s->conn);
    s->wire.lost = true;
    return H2_OK;
}

/* A conversation begins once. */
static h2_status begin_again(const side *s, bool upgrade)
{
    if (!s->strict) return H2_OK;
    const h2_status again =
        upgrade ? h2_initiate_upgrade_connection(s->conn, NULL, 0) : h2_initiate_connection(s->conn);
    CHECK(again == H2_ERROR_PROTOCOL);
    return again;
}

h2_status call_apart(side *s, choices *from, uint32_t stream_id, bool *odd)
{
    const unsigned which = choose(from) % 64;
    *odd = which < 4;
    if (*odd) return by_hand(s, from, stream_id, which);
    switch (which) {
    case 4:
    case 5: return begin_again(s, which == 5);
    case 6:
    case 7:
    case 8: settings_model_run(from); return H2_OK;
    case 9:
    case 10:
    case 11: return reconfigure(s, from);
    case 12:
    case 13:
    case 14: return ask(s, stream_id);
    default: return take(s, from);
    }
}
