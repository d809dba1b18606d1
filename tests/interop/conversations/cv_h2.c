/* libh2 as one side of a conversation: what the driver asks for, as calls. */
#include "cv_h2.h"

#include <stdlib.h>
#include <string.h>

static h2_side *state_of(cv_side *side)
{
    return side->state;
}

/* Counting what calls reach. */

h2_before cv_h2_before(const h2_side *state, uint32_t stream)
{
    h2_connection_info info = {.size = sizeof info};
    h2_connection_get_info(state->conn, &info);
    h2_before before = {info.state, H2_STREAM_IDLE};
    if (stream == 0) return before;
    h2_stream_info held = {.size = sizeof held};
    if (h2_stream_get_info(state->conn, stream, &held)) {
        before.stream = held.state;
        return before;
    }
    const bool outbound = (stream % 2 != 0) == state->where.client;
    const uint32_t highest = outbound ? info.highest_outbound_stream_id : info.highest_inbound_stream_id;
    before.stream = stream > highest ? H2_STREAM_IDLE : H2_STREAM_CLOSED;
    return before;
}

static void reached(const h2_side *state, const h2_before *before, int stream_input, int connection_input)
{
    if (stream_input >= 0) cv_count_cell(state->where, true, before->stream, stream_input);
    if (connection_input >= 0) cv_count_cell(state->where, false, before->connection, connection_input);
}

bool cv_h2_worked(cv_side *side, h2_status status, const char *call)
{
    h2_side *const state = state_of(side);
    CALLED(state, call);
    if (status == H2_OK) return true;
    cv_fail(side->cv, "%s: %s: %s", call, h2_status_name(status), h2_last_error(state->conn)->message);
    return false;
}

void cv_h2_intent(h2_side *state, const h2_intent *intent)
{
    if (state->intents_end - state->intents_first == H2_INTENTS) abort();
    state->intents[state->intents_end++ % H2_INTENTS] = *intent;
}

/* Life. */

static void *take(void *arg, size_t size)
{
    *(size_t *)arg += size;
    return malloc(size);
}

static void *retake(void *arg, void *ptr, size_t old_size, size_t new_size)
{
    *(size_t *)arg += new_size - old_size;
    return realloc(ptr, new_size);
}

static void give(void *arg, void *ptr, size_t size)
{
    *(size_t *)arg -= ptr == NULL ? 0 : size;
    free(ptr);
}

/* In the Python profile initial settings are in force at once, so a peer that does not know them had better wait. */
static void note_initial(cv_side *side, const h2_setting *settings, size_t count)
{
    const bool python = side->cv->options.profile == H2_PROFILE_PYTHON;
    for (size_t i = 0; i < count; i++) {
        const uint32_t value = settings[i].value;
        switch (settings[i].id) {
        case H2_SETTINGS_HEADER_TABLE_SIZE: side->peer->must_wait |= python && value < 4096; break;
        case H2_SETTINGS_ENABLE_PUSH: side->peer->must_wait |= python && value == 0; break;
        case H2_SETTINGS_MAX_CONCURRENT_STREAMS: side->peer->must_wait |= python && value < 100; break;
        case H2_SETTINGS_INITIAL_WINDOW_SIZE: side->peer->must_wait |= python && value < 65535; break;
        default: break;
        }
    }
}

static void configure(cv_side *side, h2_config *config, h2_setting *settings, size_t *count)
{
    cv *const c = side->cv;
    h2_side *const state = state_of(side);
    const h2_role role = side->client ? H2_CLIENT : H2_SERVER;
    if (c->options.profile == H2_PROFILE_RFC)
        h2_config_init(config, role);
    else
        h2_config_init_python(config, role);
    CALLED(state, "h2_config_init_sized");
    config->split_outbound_cookies = state->split_cookies = cv_chance(c, 30);
    config->normalize_inbound_headers = side->normalize_in = cv_chance(c, 70);
    if (cv_chance(c, 30)) config->whole_data_frames = true;
    if (cv_chance(c, 50)) config->unknown_frames = true;
    side->unknown_frames = config->unknown_frames;
    *count = 0;
    if (cv_chance(c, 40)) cv_random_settings(c, side, settings, count, true);
    if (*count != 0) config->initial_settings = settings;
    config->initial_settings_count = *count;
}

/* The other way to choose the first SETTINGS: what h2's users write as conn.local_settings = ... */
static void replace_settings(cv_side *side, h2_setting *settings, size_t *count)
{
    static const uint16_t ids[] = {H2_SETTINGS_MAX_CONCURRENT_STREAMS, H2_SETTINGS_INITIAL_WINDOW_SIZE, 0x77};
    cv *const c = side->cv;
    h2_side *const state = state_of(side);
    h2_settings *replacement;
    for (size_t i = 0; i < 3; i++)
        settings[i] = (h2_setting){ids[i], 100 + cv_random(c, 100000)};
    *count = 3;
    if (!cv_h2_worked(side, h2_settings_new(&replacement, side->client, settings, *count, NULL),
                      "h2_settings_new"))
        return;
    (void)cv_h2_worked(side, h2_replace_settings(state->conn, true, replacement), "h2_replace_settings");
    h2_settings_free(replacement);
    CALLED(state, "h2_settings_free");
}

static void base64url(const uint8_t *from, size_t len, char *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    size_t at = 0;
    for (size_t i = 0; i < len; i += 3) {
        const uint32_t group = (uint32_t)from[i] << 16 | (i + 1 < len ? (uint32_t)from[i + 1] << 8 : 0) |
                               (i + 2 < len ? from[i + 2] : 0);
        out[at++] = digits[group >> 18];
        out[at++] = digits[group >> 12 & 63];
        if (i + 1 < len) out[at++] = digits[group >> 6 & 63];
        if (i + 2 < len) out[at++] = digits[group & 63];
    }
    out[at] = '\0';
}

static size_t unbase64url(const char *from, size_t len, uint8_t *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0, have = 0;
    size_t at = 0;
    for (size_t i = 0; i < len && from[i] != '='; i++) {
        bits = bits << 6 | (uint32_t)(strchr(digits, from[i]) - digits);
        have += 6;
        if (have < 8) continue;
        have -= 8;
        out[at++] = (uint8_t)(bits >> have);
    }
    return at;
}

static void start_upgraded(cv_side *side)
{
    cv *const c = side->cv;
    h2_side *const state = state_of(side);
    char text[400];
    size_t len = 0;
    const h2_before before = cv_h2_before(state, 1);
    if (side->client) {
        if (!cv_h2_worked(side, h2_upgrade_settings(state->conn, text, sizeof text, &len),
                          "h2_upgrade_settings"))
            return;
        c->upgrade_len = unbase64url(text, len, c->upgrade_payload);
        len = 0;
    } else {
        base64url(c->upgrade_payload, c->upgrade_len, text);
        len = strlen(text);
    }
    const char *const header = side->client ? NULL : text;
    if (cv_h2_worked(side, h2_initiate_upgrade_connection(state->conn, header, len),
                     "h2_initiate_upgrade_connection"))
        reached(state, &before, side->client ? H2_STREAM_UPGRADE_CLIENT : H2_STREAM_UPGRADE_SERVER, -1);
}

static void know_remote(h2_side *state, uint16_t id, uint32_t value)
{
    state->remote_known[id] = true;
    state->remote_value[id] = value;
}

static void know_upgrade(cv_side *side)
{
    const cv *const c = side->cv;
    for (size_t i = 0; !side->client && i + 6 <= c->upgrade_len; i += 6) {
        const uint8_t *const p = c->upgrade_payload + i;
        const uint16_t id = (uint16_t)(p[0] << 8 | p[1]);
        const uint32_t value = (uint32_t)p[2] << 24 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 8 | p[5];
        if (id < 16) know_remote(side->state, id, value);
    }
}

static void start_common(cv_side *side)
{
    cv *const c = side->cv;
    h2_side *const state = state_of(side);
    know_remote(state, H2_SETTINGS_HEADER_TABLE_SIZE, 4096);
    know_remote(state, H2_SETTINGS_ENABLE_PUSH, side->client ? 0 : 1);
    know_remote(state, H2_SETTINGS_INITIAL_WINDOW_SIZE, 65535);
    know_remote(state, H2_SETTINGS_MAX_FRAME_SIZE, 16384);
    know_remote(state, H2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 0);
    const h2_before before = cv_h2_before(state, 0);
    if (c->upgrade) {
        start_upgraded(side);
        know_upgrade(side);
    } else {
        (void)cv_h2_worked(side, h2_initiate_connection(state->conn), "h2_initiate_connection");
    }
    reached(state, &before, -1, H2_CONNECTION_SEND_SETTINGS);
    const h2_intent intent = {.kind = CV_SETTINGS_FRAME, .length = UINT32_MAX};
    cv_h2_intent(state, &intent);
    side->unacknowledged_settings++;
    state->waiting_count = 1; /* the first changes nothing */
    side->started = true;
}

static void h2_start(cv_side *side)
{
    cv *const c = side->cv;
    static h2_intent intents[H2_INTENTS];
    h2_side *const state = calloc(1, sizeof *state);
    if (state == NULL) abort();
    side->state = state;
    state->intents = intents;
    state->where = (cv_where){c->options.profile, side->client};
    h2_config config;
    h2_setting settings[CV_SETTINGS];
    size_t count;
    configure(side, &config, settings, &count);
    const h2_allocator allocator = {take, retake, give, &state->memory};
    config.allocator = &allocator;
    const h2_status status = h2_connection_new(&state->conn, &config);
    CALLED(state, "h2_connection_new");
    if (status != H2_OK) {
        cv_fail(c, "h2_connection_new: %s", h2_status_name(status));
        return;
    }
    if (count == 0 && cv_chance(c, 10)) replace_settings(side, settings, &count);
    note_initial(side, settings, count);
    start_common(side);
}

static void check_end(cv_side *side)
{
    h2_side *const state = state_of(side);
    if (state->shown_len == 0 && !side->closed && cv_chance(side->cv, 30)) {
        static const uint8_t data[8] = {1};
        (void)h2_ping(state->conn, data);
        h2_clear_outbound_data_buffer(state->conn);
        CALLED(state, "h2_clear_outbound_data_buffer");
        if (h2_output_pending(state->conn) > 9 + 8)
            cv_fail(side->cv, "h2_clear_outbound_data_buffer leaves output");
    }
    if (h2_memory_used(state->conn) != state->memory)
        cv_fail(side->cv, "h2_memory_used says %zu, the allocator %zu", h2_memory_used(state->conn),
                state->memory);
    CALLED(state, "h2_memory_used");
}

static void h2_stop(cv_side *side)
{
    h2_side *const state = state_of(side);
    if (state == NULL) return;
    if (state->conn != NULL && !side->cv->failed) check_end(side);
    h2_connection_free(state->conn);
    CALLED(state, "h2_connection_free");
    if (state->memory != 0)
        cv_fail(side->cv, "%zu octets are still allocated after h2_connection_free", state->memory);
    if (state->borrowed != state->released)
        cv_fail(side->cv, "%zu pieces were borrowed, %zu released", state->borrowed, state->released);
    free(state);
    side->state = NULL;
}

/* Acts. */

static bool h2_may_request(cv_side *side)
{
    h2_side *const state = state_of(side);
    return cv_h2_worked(side, h2_get_next_available_stream_id(state->conn, &side->next_id),
                        "h2_get_next_available_stream_id");
}

/* Whether the peer lets one more stream be opened; the engine's own count is what this compares. */
static bool may_open(cv_side *side)
{
    h2_side *const state = state_of(side);
    uint32_t most = UINT32_MAX;
    (void)h2_settings_get(h2_remote_settings(state->conn), H2_SETTINGS_MAX_CONCURRENT_STREAMS, &most);
    CALLED(state, "h2_settings_get");
    CALLED(state, "h2_remote_settings");
    CALLED(state, "h2_open_outbound_streams");
    return h2_open_outbound_streams(state->conn) < most;
}

static void expect_block(cv_side *side, const cv_stream *stream, cv_block block, cv_list list, bool end,
                         const h2_priority *priority)
{
    h2_side *const state = state_of(side);
    const cv_list sent = cv_normalize_outbound(side->cv, list, state->split_cookies);
    const cv_sent_block expected = {block, stream->id, 0, sent};
    cv_wire_sent_block(side->out, &expected);
    h2_intent intent = {.kind = CV_HEADERS, .stream = stream->id, .end_stream = end};
    if (priority != NULL) {
        intent.has_priority = true;
        intent.priority = *priority;
    }
    cv_h2_intent(state, &intent);
}

static int state_after_headers(int state)
{
    if (state == H2_STREAM_IDLE) return H2_STREAM_OPEN;
    return state == H2_STREAM_RESERVED_LOCAL ? H2_STREAM_HALF_CLOSED_REMOTE : state;
}

static bool h2_send_block(cv_side *side, cv_stream *stream, cv_block block, cv_list list, bool end,
                          const h2_priority *priority)
{
    cv *const c = side->cv;
    h2_side *const state = state_of(side);
    cv_half *const half = &stream->half[side->index];
    if (block == CV_REQUEST) stream->id = side->next_id;
    h2_before before = cv_h2_before(state, stream->id);
    if (before.stream == H2_STREAM_RESERVED_LOCAL && !may_open(side)) return false;
    const h2_status status = h2_send_headers(state->conn, stream->id, list.fields, list.count, end, priority);
    if (block == CV_REQUEST && status == H2_ERROR_TOO_MANY_STREAMS) {
        if (may_open(side)) cv_fail(c, "libh2 refuses a request below the peer's MAX_CONCURRENT_STREAMS");
        return false;
    }
    if (!cv_h2_worked(side, status, "h2_send_headers")) return false;
    const bool informational = block == CV_INFORMATIONAL;
    reached(state, &before, informational ? H2_STREAM_SEND_INFORMATIONAL_HEADERS : H2_STREAM_SEND_HEADERS,
            H2_CONNECTION_SEND_HEADERS);
    before.stream = state_after_headers(before.stream);
    if (end) reached(state, &before, H2_STREAM_SEND_END_STREAM, -1);
    expect_block(side, stream, block, list, end, priority);
    half->exists = true;
    if (!informational) half->sent = end ? CV_ENDED : CV_BEGUN;
    return true;
}

static void released(void *arg, const void *data, size_t len)
{
    (void)len;
    h2_side *const state = arg;
    state->released++;
    free((void *)(uintptr_t)data);
}

static h2_status pass_data(cv_side *side, cv_stream *stream, size_t len, bool end, int pad)
{
    h2_side *const state = state_of(side);
    cv_half *const half = &stream->half[side->index];
    uint8_t *const body = malloc(len + 1);
    if (body == NULL) abort();
    cv_pattern_fill(stream, side->index, half->body_sent, body, len);
    if (len > 0 && cv_chance(side->cv, 50)) {
        const h2_status status =
            h2_send_data_ref(state->conn, stream->id, body, len, end, pad, released, state);
        CALLED(state, "h2_send_data_ref");
        if (status == H2_OK)
            state->borrowed++;
        else
            free(body);
        return status;
    }
    const h2_status status = h2_send_data(state->conn, stream->id, len == 0 ? NULL : body, len, end, pad);
    CALLED(state, "h2_send_data");
    memset(body, 0xee, len);
    free(body);
    return status;
}

static bool h2_send_body(cv_side *side, cv_stream *stream, size_t len, bool end, int pad)
{
    h2_side *const state = state_of(side);
    cv_half *const half = &stream->half[side->index];
    int64_t window;
    if (!cv_h2_worked(side, h2_local_flow_control_window(state->conn, stream->id, &window),
                      "h2_local_flow_control_window"))
        return false;
    int64_t most = h2_max_outbound_frame_size(state->conn);
    CALLED(state, "h2_max_outbound_frame_size");
    if (window < most) most = window;
    if (pad >= 0 && most < pad + 2) pad = -1;
    if (pad >= 0) most -= pad + 1;
    if (len > 0 && most <= 0) return false;
    if ((int64_t)len > most && len > 0) {
        len = (size_t)most;
        end = false;
    }
    const h2_before before = cv_h2_before(state, stream->id);
    const h2_status status = pass_data(side, stream, len, end, pad);
    if (status != H2_OK) return cv_h2_worked(side, status, "h2_send_data");
    reached(state, &before, H2_STREAM_SEND_DATA, H2_CONNECTION_SEND_DATA);
    if (end) reached(state, &before, H2_STREAM_SEND_END_STREAM, -1);
    const uint32_t flow = (uint32_t)len + (pad >= 0 ? (uint32_t)pad + 1 : 0);
    const h2_intent intent = {
        .kind = CV_DATA, .stream = stream->id, .length = (uint32_t)len, .flow = flow, .end_stream = end};
    cv_h2_intent(state, &intent);
    half->body_sent += len;
    if (end) half->sent = CV_ENDED;
    return true;
}

static bool h2_end(cv_side *side, cv_stream *stream)
{
    h2_side *const state = state_of(side);
    const h2_before before = cv_h2_before(state, stream->id);
    if (!cv_h2_worked(side, h2_end_stream(state->conn, stream->id), "h2_end_stream")) return false;
    reached(state, &before, H2_STREAM_SEND_END_STREAM, H2_CONNECTION_SEND_DATA);
    const h2_intent intent = {.kind = CV_DATA, .stream = stream->id, .end_stream = true};
    cv_h2_intent(state, &intent);
    stream->half[side->index].sent = CV_ENDED;
    return true;
}

static bool h2_reset(cv_side *side, cv_stream *stream, uint32_t code)
{
    h2_side *const state = state_of(side);
    const h2_before before = cv_h2_before(state, stream->id);
    if (!cv_h2_worked(side, h2_reset_stream(state->conn, stream->id, code), "h2_reset_stream")) return false;
    reached(state, &before, H2_STREAM_SEND_RST_STREAM, H2_CONNECTION_SEND_RST_STREAM);
    const h2_intent intent = {.kind = CV_RESET, .stream = stream->id, .number = code};
    cv_h2_intent(state, &intent);
    stream->half[side->index].reset_asked = true;
    return true;
}

static bool h2_send_ping(cv_side *side, const uint8_t data[8])
{
    h2_side *const state = state_of(side);
    const h2_before before = cv_h2_before(state, 0);
    if (!cv_h2_worked(side, h2_ping(state->conn, data), "h2_ping")) return false;
    reached(state, &before, -1, H2_CONNECTION_SEND_PING);
    const h2_intent intent = {.kind = CV_PING, .bytes = cv_copy(side->cv, data, 8), .bytes_len = 8};
    cv_h2_intent(state, &intent);
    return true;
}

static bool h2_prioritise(cv_side *side, uint32_t id, const h2_priority *priority)
{
    h2_side *const state = state_of(side);
    const h2_before before = cv_h2_before(state, 0);
    if (!cv_h2_worked(side, h2_prioritize(state->conn, id, priority), "h2_prioritize")) return false;
    reached(state, &before, -1, H2_CONNECTION_SEND_PRIORITY);
    const h2_intent intent = {.kind = CV_PRIORITY, .stream = id, .has_priority = true, .priority = *priority};
    cv_h2_intent(state, &intent);
    return true;
}

static bool h2_send_settings(cv_side *side, const h2_setting *settings, size_t count)
{
    h2_side *const state = state_of(side);
    if (state->waiting_count == H2_SETTINGS_WAITING) return false;
    const h2_before before = cv_h2_before(state, 0);
    if (!cv_h2_worked(side, h2_update_settings(state->conn, settings, count), "h2_update_settings"))
        return false;
    reached(state, &before, -1, H2_CONNECTION_SEND_SETTINGS);
    h2_sent_settings *const waiting =
        &state->waiting[(state->waiting_first + state->waiting_count++) % H2_SETTINGS_WAITING];
    waiting->count = count;
    if (count != 0) memcpy(waiting->entries, settings, count * sizeof *settings);
    const h2_intent intent = {.kind = CV_SETTINGS_FRAME,
                              .length = (uint32_t)count,
                              .bytes = cv_copy(side->cv, settings, count * sizeof *settings)};
    cv_h2_intent(state, &intent);
    side->unacknowledged_settings++;
    return true;
}

static bool h2_window(cv_side *side, uint32_t id, uint32_t increment)
{
    h2_side *const state = state_of(side);
    const h2_before before = cv_h2_before(state, id);
    if (!cv_h2_worked(side, h2_increment_flow_control_window(state->conn, increment, id),
                      "h2_increment_flow_control_window"))
        return false;
    reached(state, &before, id == 0 ? -1 : H2_STREAM_SEND_WINDOW_UPDATE, H2_CONNECTION_SEND_WINDOW_UPDATE);
    return true;
}

static bool h2_promise(cv_side *side, cv_stream *parent, cv_stream *promised, cv_list list)
{
    h2_side *const state = state_of(side);
    uint32_t allowed = 0, id;
    if (!h2_settings_get(h2_remote_settings(state->conn), H2_SETTINGS_ENABLE_PUSH, &allowed) || allowed == 0)
        return false;
    if (!h2_may_request(side)) return false;
    id = side->next_id;
    const h2_before before = cv_h2_before(state, parent->id), fresh = cv_h2_before(state, id);
    if (!cv_h2_worked(side, h2_push_stream(state->conn, parent->id, id, list.fields, list.count),
                      "h2_push_stream"))
        return false;
    reached(state, &before, H2_STREAM_SEND_PUSH_PROMISE, H2_CONNECTION_SEND_PUSH_PROMISE);
    reached(state, &fresh, H2_STREAM_SEND_PUSH_PROMISE, -1);
    promised->id = id;
    const cv_sent_block expected = {CV_PROMISE, parent->id, id,
                                    cv_normalize_outbound(side->cv, list, state->split_cookies)};
    cv_wire_sent_block(side->out, &expected);
    const h2_intent intent = {.kind = CV_PUSH, .stream = parent->id, .number = id};
    cv_h2_intent(state, &intent);
    promised->half[side->index].exists = true;
    promised->half[side->index].got = CV_ENDED;
    return true;
}

static bool h2_altsvc(cv_side *side, cv_stream *stream, const char *origin, const char *value)
{
    h2_side *const state = state_of(side);
    const uint32_t id = stream == NULL ? 0 : stream->id;
    const size_t origin_len = origin == NULL ? 0 : strlen(origin);
    const h2_before before = cv_h2_before(state, id);
    const h2_status status =
        h2_advertise_alternative_service(state->conn, value, strlen(value), origin, origin_len, id);
    if (!cv_h2_worked(side, status, "h2_advertise_alternative_service")) return false;
    reached(state, &before, id == 0 ? -1 : H2_STREAM_SEND_ALTERNATIVE_SERVICE,
            H2_CONNECTION_SEND_ALTERNATIVE_SERVICE);
    const h2_intent intent = {.kind = CV_ALTSVC, .stream = id, .number = (uint32_t)origin_len};
    cv_h2_intent(state, &intent);
    return true;
}

static bool h2_consume(cv_side *side, cv_stream *stream, size_t octets)
{
    h2_side *const state = state_of(side);
    return cv_h2_worked(side, h2_acknowledge_received_data(state->conn, octets, stream->id),
                        "h2_acknowledge_received_data");
}

static bool said_goodbye(cv_side *side, h2_status status, const char *call, uint32_t code, const char *debug)
{
    cv *const c = side->cv;
    h2_side *const state = state_of(side);
    const bool rfc = c->options.profile == H2_PROFILE_RFC;
    if (rfc && side->closed && status != H2_OK) return false; /* it is over already */
    const h2_before before = cv_h2_before(state, 0);
    if (!cv_h2_worked(side, status, call)) return false;
    (void)before;
    const h2_intent intent = {
        .kind = CV_GOAWAY, .number = code, .bytes = (const uint8_t *)debug, .bytes_len = strlen(debug)};
    cv_h2_intent(state, &intent);
    side->goaway_sent = true;
    if (!rfc || code != 0) side->closed = true;
    return true;
}

static bool h2_goaway(cv_side *side, uint32_t code, const char *debug)
{
    h2_side *const state = state_of(side);
    const h2_before before = cv_h2_before(state, 0);
    const h2_status status =
        h2_close_connection(state->conn, code, debug[0] == '\0' ? NULL : debug, strlen(debug), -1);
    if (!said_goodbye(side, status, "h2_close_connection", code, debug)) return false;
    const bool graceful = side->cv->options.profile == H2_PROFILE_RFC && code == 0;
    reached(state, &before, -1, graceful ? H2_CONNECTION_SEND_GRACEFUL_GOAWAY : H2_CONNECTION_SEND_GOAWAY);
    return true;
}

static bool h2_begin_shutdown(cv_side *side)
{
    h2_side *const state = state_of(side);
    const h2_before before = cv_h2_before(state, 0);
    if (!said_goodbye(side, h2_shutdown(state->conn), "h2_shutdown", 0, "")) return false;
    const bool graceful = side->cv->options.profile == H2_PROFILE_RFC;
    reached(state, &before, -1, graceful ? H2_CONNECTION_SEND_GRACEFUL_GOAWAY : H2_CONNECTION_SEND_GOAWAY);
    return true;
}

/* Views. */

static int h2_stream_state_of(cv_side *side, uint32_t id)
{
    return cv_h2_before(state_of(side), id).stream;
}

static int64_t window_of(cv_side *side, uint32_t id, bool outbound)
{
    const h2_side *const state = state_of(side);
    h2_connection_info info = {.size = sizeof info};
    h2_connection_get_info(state->conn, &info);
    if (id == 0) return outbound ? info.outbound_window : info.inbound_window;
    h2_stream_info held = {.size = sizeof held};
    if (!h2_stream_get_info(state->conn, id, &held)) return -1;
    return outbound ? held.outbound_window : held.inbound_window;
}

static int64_t h2_send_window(cv_side *side, uint32_t id)
{
    return window_of(side, id, true);
}

static int64_t h2_receive_window(cv_side *side, uint32_t id)
{
    return window_of(side, id, false);
}

static bool h2_setting_of(cv_side *side, bool local, uint16_t id, uint32_t *value)
{
    h2_side *const state = state_of(side);
    CALLED(state, local ? "h2_local_settings" : "h2_remote_settings");
    CALLED(state, "h2_settings_get");
    return h2_settings_get(local ? h2_local_settings(state->conn) : h2_remote_settings(state->conn), id,
                           value);
}

static unsigned h2_open_streams(cv_side *side, bool inbound)
{
    h2_side *const state = state_of(side);
    CALLED(state, inbound ? "h2_open_inbound_streams" : "h2_open_outbound_streams");
    return inbound ? h2_open_inbound_streams(state->conn) : h2_open_outbound_streams(state->conn);
}

const cv_engine cv_libh2 = {
    .name = "libh2",
    .start = h2_start,
    .stop = h2_stop,
    .pull = cv_h2_pull,
    .feed = cv_h2_feed,
    .may_request = h2_may_request,
    .send_block = h2_send_block,
    .send_data = h2_send_body,
    .end_stream = h2_end,
    .reset = h2_reset,
    .ping = h2_send_ping,
    .prioritize = h2_prioritise,
    .settings = h2_send_settings,
    .window = h2_window,
    .push = h2_promise,
    .altsvc = h2_altsvc,
    .consume = h2_consume,
    .goaway = h2_goaway,
    .shutdown = h2_begin_shutdown,
    .stream_state = h2_stream_state_of,
    .send_window = h2_send_window,
    .receive_window = h2_receive_window,
    .setting = h2_setting_of,
    .open_streams = h2_open_streams,
    .on_wire = cv_h2_on_wire,
};
