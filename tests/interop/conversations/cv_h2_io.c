/* libh2's octets: its output by copy and by peek, held against what the calls asked for; its input, in pieces;
 * and calls that ask without changing anything, at random moments. */
#include "cv_h2.h"

#include <string.h>

/* Out. */

static void check_shown(cv_side *side, const uint8_t *octets, size_t len)
{
    h2_side *const state = side->state;
    const size_t both = len < state->shown_len ? len : state->shown_len;
    if (both != 0 && memcmp(state->shown, octets, both) != 0)
        cv_fail(side->cv, "the output is not what h2_output_peek has shown");
    state->shown_len -= both;
    memmove(state->shown, state->shown + both, state->shown_len);
}

static void put_out(cv_side *side, const uint8_t *octets, size_t len)
{
    check_shown(side, octets, len);
    cv_wire_output(side->cv, side, octets, len);
}

static void pull_by_copy(cv_side *side)
{
    static uint8_t room[65536];
    cv *const c = side->cv;
    h2_side *const state = side->state;
    const size_t cap = cv_chance(c, 50) ? sizeof room : 1 + cv_random(c, 600);
    const size_t pending = h2_output_pending(state->conn);
    const size_t len = h2_data_to_send(state->conn, room, cap);
    CALLED(state, "h2_output_pending");
    CALLED(state, "h2_data_to_send");
    if (len != (pending < cap ? pending : cap))
        cv_fail(c, "h2_data_to_send gives %zu octets of %zu into %zu", len, pending, cap);
    put_out(side, room, len);
}

/* Shows without taking: what was shown has to come out unchanged, whatever is called meanwhile. */
static void remember_shown(h2_side *state, const h2_iovec *runs, size_t count)
{
    state->shown_len = 0;
    for (size_t i = 0; i < count && state->shown_len < sizeof state->shown; i++) {
        const size_t room = sizeof state->shown - state->shown_len;
        const size_t len = runs[i].len < room ? runs[i].len : room;
        memcpy(state->shown + state->shown_len, runs[i].base, len);
        state->shown_len += len;
    }
}

static void pull_by_peek(cv_side *side)
{
    static uint8_t room[65536];
    cv *const c = side->cv;
    h2_side *const state = side->state;
    h2_iovec runs[8];
    const size_t count = h2_output_peek(state->conn, runs, 1 + cv_random(c, 8));
    CALLED(state, "h2_output_peek");
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += runs[i].len;
    if (total == 0) return;
    size_t take = cv_chance(c, 60) ? total : cv_random(c, (uint32_t)total + 1);
    if (take > sizeof room) take = sizeof room;
    size_t at = 0;
    for (size_t i = 0; i < count && at < take; i++) {
        const size_t len = runs[i].len < take - at ? runs[i].len : take - at;
        memcpy(room + at, runs[i].base, len);
        at += len;
    }
    check_shown(side, room, take);
    if (take == 0) {
        remember_shown(state, runs, count);
        return;
    }
    h2_output_consume(state->conn, take);
    CALLED(state, "h2_output_consume");
    cv_wire_output(c, side, room, take);
}

void cv_h2_pull(cv_side *side, bool all)
{
    cv *const c = side->cv;
    h2_side *const state = side->state;
    if (cv_chance(c, 10)) cv_h2_poke(side);
    while (!c->failed && h2_output_pending(state->conn) > 0) {
        if (cv_chance(c, 50))
            pull_by_copy(side);
        else
            pull_by_peek(side);
        if (!all && cv_chance(c, 30)) return;
    }
}

/* What came out. */

static bool same_settings(const h2_intent *intent, const cv_item *item)
{
    if (intent->length == UINT32_MAX) return true;
    if (item->bytes_len != intent->length * 6u) return false;
    const h2_setting *const settings = (const h2_setting *)(const void *)intent->bytes;
    for (size_t i = 0; i < intent->length; i++) {
        const uint8_t *const p = item->bytes + i * 6;
        const uint32_t value = (uint32_t)p[2] << 24 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 8 | p[5];
        if (settings[i].id != p[0] * 256 + p[1] || settings[i].value != value) return false;
    }
    return true;
}

static bool same_goaway(const h2_intent *intent, const cv_item *item)
{
    const uint8_t *const p = item->bytes;
    const uint32_t code = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7];
    return code == intent->number && item->bytes_len == intent->bytes_len + 8 &&
           (intent->bytes_len == 0 || memcmp(p + 8, intent->bytes, intent->bytes_len) == 0);
}

static bool same_priority(const h2_priority *a, const h2_priority *b)
{
    return a->depends_on == b->depends_on && a->weight == b->weight && a->exclusive == b->exclusive;
}

static bool same_frame(const h2_intent *intent, const cv_item *item)
{
    if (item->kind == CV_DATA) {
        const uint32_t flow = intent->flow == 0 ? intent->length : intent->flow;
        return intent->length == item->length && flow == item->flow;
    }
    if (intent->has_priority != item->has_priority) return false;
    return !item->has_priority || same_priority(&intent->priority, &item->priority);
}

static bool is_intended(const h2_intent *intent, const cv_item *item)
{
    if (intent->kind != item->kind || intent->stream != item->stream) return false;
    switch (item->kind) {
    case CV_HEADERS:
    case CV_DATA: return intent->end_stream == item->end_stream && same_frame(intent, item);
    case CV_PUSH:
    case CV_ALTSVC:
    case CV_RESET: return intent->number == item->number;
    case CV_PRIORITY: return same_priority(&intent->priority, &item->priority);
    case CV_PING: return memcmp(intent->bytes, item->bytes, 8) == 0;
    case CV_SETTINGS_FRAME: return same_settings(intent, item);
    case CV_GOAWAY: return same_goaway(intent, item);
    default: return false;
    }
}

static bool given_up(const cv_side *side, const cv_stream *stream)
{
    if (stream == NULL) return false;
    const cv_half *const half = &stream->half[side->index];
    return half->reset_asked || half->reset_got || half->dropped;
}

/* RST_STREAM that nobody asked for: for what comes late (Python profile), and for promises and requests that
 * cannot be taken any more. */
static bool may_reset_itself(cv_side *side, const cv_item *item)
{
    cv *const c = side->cv;
    const cv_stream *const stream = cv_stream_find(c, item->stream);
    if (stream == NULL) return false;
    if (stream->pushed && given_up(side, cv_stream_find(c, stream->parent)) &&
        (item->number == H2_CODE_REFUSED_STREAM || item->number == H2_CODE_CANCEL))
        return true;
    const bool may_refuse = side->goaway_sent || stream->half[side->index].came_early;
    if (may_refuse && item->number == H2_CODE_REFUSED_STREAM) return true;
    return c->options.profile == H2_PROFILE_PYTHON && given_up(side, stream) &&
           item->number == H2_CODE_STREAM_CLOSED;
}

void cv_h2_on_wire(cv_side *side, const cv_item *item)
{
    cv *const c = side->cv;
    h2_side *const state = side->state;
    if (item->kind == CV_SETTINGS_ACK || item->kind == CV_PING_ACK || item->kind == CV_WINDOW) return;
    if (state->intents_first != state->intents_end &&
        is_intended(&state->intents[state->intents_first % H2_INTENTS], item)) {
        state->intents_first++;
        return;
    }
    if (item->kind == CV_RESET && may_reset_itself(side, item)) return;
    if (side->goaway_got && c->options.profile == H2_PROFILE_PYTHON) return; /* h2 drops its output then */
    if (item->kind == CV_GOAWAY) {
        cv_fail(c, "libh2 ends the connection: code %u: %s", (unsigned)item->bytes[7],
                h2_last_error(state->conn)->message);
        return;
    }
    const bool asked = state->intents_first != state->intents_end;
    const h2_intent *const next = &state->intents[state->intents_first % H2_INTENTS];
    cv_fail(c, "libh2 sends %s on stream %u (number %u), the next call asked for %s on stream %u (number %u)",
            cv_kind_name(item->kind), item->stream, item->number,
            asked ? cv_kind_name(next->kind) : "nothing", asked ? next->stream : 0, asked ? next->number : 0);
}

/* In. */

static int input_of(const cv_item *item, bool stream)
{
    static const int of_connection[CV_KINDS] = {
        [CV_HEADERS] = H2_CONNECTION_RECV_HEADERS,
        [CV_PUSH] = H2_CONNECTION_RECV_PUSH_PROMISE,
        [CV_DATA] = H2_CONNECTION_RECV_DATA,
        [CV_RESET] = H2_CONNECTION_RECV_RST_STREAM,
        [CV_PRIORITY] = H2_CONNECTION_RECV_PRIORITY,
        [CV_SETTINGS_FRAME] = H2_CONNECTION_RECV_SETTINGS,
        [CV_SETTINGS_ACK] = H2_CONNECTION_RECV_SETTINGS,
        [CV_PING] = H2_CONNECTION_RECV_PING,
        [CV_PING_ACK] = H2_CONNECTION_RECV_PING,
        [CV_GOAWAY] = H2_CONNECTION_RECV_GOAWAY,
        [CV_WINDOW] = H2_CONNECTION_RECV_WINDOW_UPDATE,
        [CV_ALTSVC] = H2_CONNECTION_RECV_ALTERNATIVE_SERVICE,
        [CV_UNKNOWN] = -1,
    };
    static const int of_stream[CV_KINDS] = {
        [CV_HEADERS] = H2_STREAM_RECV_HEADERS,
        [CV_PUSH] = H2_STREAM_RECV_PUSH_PROMISE,
        [CV_DATA] = H2_STREAM_RECV_DATA,
        [CV_RESET] = H2_STREAM_RECV_RST_STREAM,
        [CV_PRIORITY] = -1,
        [CV_SETTINGS_FRAME] = -1,
        [CV_SETTINGS_ACK] = -1,
        [CV_PING] = -1,
        [CV_PING_ACK] = -1,
        [CV_GOAWAY] = -1,
        [CV_WINDOW] = H2_STREAM_RECV_WINDOW_UPDATE,
        [CV_ALTSVC] = H2_STREAM_RECV_ALTERNATIVE_SERVICE,
        [CV_UNKNOWN] = -1,
    };
    if (!stream) return of_connection[item->kind];
    const bool informational = item->kind == CV_HEADERS && item->block == CV_INFORMATIONAL;
    return informational ? (int)H2_STREAM_RECV_INFORMATIONAL_HEADERS : of_stream[item->kind];
}

static int state_after_headers(int state)
{
    if (state == H2_STREAM_IDLE) return H2_STREAM_OPEN;
    return state == H2_STREAM_RESERVED_REMOTE ? H2_STREAM_HALF_CLOSED_LOCAL : state;
}

/* A frame has been fed whole, alone. */
static void count_frame(const h2_side *state, const cv_item *item)
{
    const h2_before *const before = &state->before;
    const int connection = input_of(item, false), stream = input_of(item, true);
    if (connection >= 0) cv_count_cell(state->where, false, before->connection, connection);
    if (stream < 0 || item->stream == 0) return;
    cv_count_cell(state->where, true, before->stream, stream);
    if (item->kind == CV_PUSH && before->stream != H2_STREAM_CLOSED)
        cv_count_cell(state->where, true, H2_STREAM_IDLE, stream);
    if (!item->end_stream || before->stream == H2_STREAM_CLOSED) return;
    const int next = item->kind == CV_HEADERS ? state_after_headers(before->stream) : before->stream;
    cv_count_cell(state->where, true, next, H2_STREAM_RECV_END_STREAM);
}

static void receive(cv_side *side, const uint8_t *octets, size_t len)
{
    cv *const c = side->cv;
    h2_side *const state = side->state;
    while (!c->failed) {
        h2_event event;
        const size_t left = len;
        const h2_status status = h2_receive_data(state->conn, &octets, &len, &event);
        CALLED(state, "h2_receive_data");
        if (status == H2_OK) {
            cv_h2_event(c, side, &event);
            /* Acting between events takes effect on what follows. */
            if (!state->end_due && !state->priority_due && cv_chance(c, 4)) (void)cv_act(c, side);
            continue;
        }
        if (status == H2_NEED_DATA && len == 0) break;
        if (status == H2_NEED_DATA)
            cv_fail(c, "h2_receive_data needs data and leaves %zu octets of %zu", len, left);
        else if (!side->closed)
            cv_fail(c, "h2_receive_data: %s: %s", h2_status_name(status),
                    h2_last_error(state->conn)->message);
        break;
    }
    if (!c->failed && (state->end_due || state->priority_due))
        cv_fail(c, "no StreamEnded or PriorityUpdated follows on stream %u", state->due_stream);
}

void cv_h2_feed(cv_side *side, const uint8_t *octets, size_t len)
{
    cv *const c = side->cv;
    h2_side *const state = side->state;
    const cv_item *const item = &side->in->items[side->in->fed];
    const bool first = side->in->fed_octets == 0;
    const bool last = side->in->fed_octets + len == item->wire_len;
    if (first) state->deaf = false;
    /* A transport would be closed now; only what may still be said is heard. */
    if (side->closed && (first || !c->framewise)) state->deaf = !c->framewise || item->kind != CV_GOAWAY;
    if (state->deaf) return;
    if (c->framewise && (first || item->kind != CV_DATA)) state->before = cv_h2_before(state, item->stream);
    const size_t index = side->in->fed;
    receive(side, octets, len);
    if (c->framewise && last && !c->failed) count_frame(state, &side->in->items[index]);
}

/* Asking. */

static void poke_connection(cv_side *side)
{
    cv *const c = side->cv;
    h2_side *const state = side->state;
    h2_counters counters = {.size = sizeof counters};
    h2_counters_read(state->conn, &counters);
    uint64_t refused = 0; /* streams beyond MAX_CONCURRENT_STREAMS count as a bound that was crossed */
    for (size_t i = 0; i < c->stream_count; i++)
        refused += c->streams[i].half[side->index].dropped;
    if (counters.crossed > refused)
        cv_fail(c, "%llu bounds were crossed", (unsigned long long)counters.crossed);
    if (h2_memory_used(state->conn) != state->memory) cv_fail(c, "h2_memory_used differs from the allocator");
    if (h2_connection_is_closed(state->conn) && !side->closed && !side->goaway_sent && !side->goaway_got)
        cv_fail(c, "h2_connection_is_closed before anybody said so");
    const h2_config config = *h2_connection_config(state->conn);
    if (h2_connection_reconfigure(state->conn, &config) != H2_OK) cv_fail(c, "h2_connection_reconfigure");
    h2_advance_time(state->conn, cv_random(c, 50));
    (void)h2_last_error(state->conn);
    CALLED(state, "h2_counters_read");
    CALLED(state, "h2_memory_used");
    CALLED(state, "h2_connection_is_closed");
    CALLED(state, "h2_connection_config");
    CALLED(state, "h2_connection_reconfigure");
    CALLED(state, "h2_advance_time");
    CALLED(state, "h2_last_error");
}

static void poke_settings(cv_side *side)
{
    h2_side *const state = side->state;
    h2_setting list[32];
    uint32_t pending[8];
    const size_t count = h2_settings_list(h2_local_settings(state->conn), list, 32);
    for (size_t i = 0; i < count && i < 32; i++) {
        uint32_t value;
        (void)h2_settings_pending(h2_local_settings(state->conn), list[i].id, pending, 8);
        CALLED(state, "h2_settings_pending");
        if (!h2_settings_get(h2_local_settings(state->conn), list[i].id, &value) || value != list[i].value)
            cv_fail(side->cv, "h2_settings_list and h2_settings_get differ on %u", list[i].id);
    }
    CALLED(state, "h2_settings_list");
}

static void poke_windows(cv_side *side)
{
    cv *const c = side->cv;
    h2_side *const state = side->state;
    h2_connection_info info = {.size = sizeof info};
    h2_connection_get_info(state->conn, &info);
    if (h2_max_inbound_frame_size(state->conn) != info.max_inbound_frame_size)
        cv_fail(c, "h2_max_inbound_frame_size");
    (void)h2_override_window(state->conn, 0, true, info.outbound_window);
    (void)h2_override_frame_size(state->conn, true, info.max_outbound_frame_size);
    CALLED(state, "h2_connection_get_info");
    CALLED(state, "h2_max_inbound_frame_size");
    CALLED(state, "h2_override_window");
    CALLED(state, "h2_override_frame_size");
    for (uint32_t id = 0; h2_next_stream(state->conn, id, &id);) {
        int64_t window;
        h2_stream_info held = {.size = sizeof held};
        CALLED(state, "h2_next_stream");
        CALLED(state, "h2_stream_get_info");
        CALLED(state, "h2_stream_closed_by");
        if (!h2_stream_get_info(state->conn, id, &held))
            cv_fail(c, "h2_next_stream names stream %u, which is not held", id);
        if ((int)h2_stream_closed_by(state->conn, id) != held.closed_by)
            cv_fail(c, "h2_stream_closed_by of stream %u", id);
        if (h2_remote_flow_control_window(state->conn, id, &window) != H2_OK) continue;
        CALLED(state, "h2_remote_flow_control_window");
        const int64_t least =
            held.inbound_window < info.inbound_window ? held.inbound_window : info.inbound_window;
        if (window != least) cv_fail(c, "h2_remote_flow_control_window of stream %u", id);
    }
}

/* Calls that have to be refused in any state: about messages, and about the rest. */
static h2_status misuse_messages(h2_connection *conn, uint32_t what, uint32_t idle, uint32_t id)
{
    static const uint8_t octets[300];
    static const h2_header incomplete[] = {H2_HEADER(":method", "GET")};
    static const h2_header custom[] = {H2_HEADER(":status", "200"), H2_HEADER(":custom", "x")};
    switch (what) {
    case 0: return h2_send_headers(conn, idle, incomplete, 1, true, NULL);
    case 1: return h2_send_headers(conn, id, custom, 2, true, NULL);
    case 2: return h2_send_data(conn, idle, octets, 10, false, -1);
    case 3: return h2_send_data(conn, id, octets, 10, false, 256);
    case 4: return h2_end_stream(conn, idle);
    case 5: return h2_reset_stream(conn, idle, 0);
    default: return h2_push_stream(conn, idle, 1002, incomplete, 1);
    }
}

static h2_status misuse_rest(h2_connection *conn, uint32_t what, uint32_t idle, uint32_t id)
{
    static const h2_setting window = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 0x80000000u};
    static const h2_priority itself = {77, 16, false};
    switch (what) {
    case 0: return h2_prioritize(conn, 77, &itself);
    case 1: return h2_update_settings(conn, &window, 1);
    case 2: return h2_increment_flow_control_window(conn, 0x80000000u, 0);
    case 3: return h2_increment_flow_control_window(conn, 5, idle);
    case 4: return h2_acknowledge_received_data(conn, 5, 0);
    case 5: return h2_advertise_alternative_service(conn, "x", 1, "origin", 6, id);
    default: return h2_initiate_upgrade_connection(conn, NULL, 0);
    }
}

static h2_status misuse(cv_side *side)
{
    cv *const c = side->cv;
    h2_connection *const conn = ((h2_side *)side->state)->conn;
    const uint32_t idle = 1001 - (side->client ? 0 : 1), what = cv_random(c, 7);
    const uint32_t id = c->stream_count == 0 ? idle : c->streams[cv_random(c, (uint32_t)c->stream_count)].id;
    return cv_chance(c, 50) ? misuse_messages(conn, what, idle, id) : misuse_rest(conn, what, idle, id);
}

static bool same_info(const h2_connection_info *a, const h2_connection_info *b)
{
    return a->state == b->state && a->outbound_window == b->outbound_window &&
           a->inbound_window == b->inbound_window &&
           a->highest_inbound_stream_id == b->highest_inbound_stream_id &&
           a->highest_outbound_stream_id == b->highest_outbound_stream_id &&
           a->encoder_table_size == b->encoder_table_size && a->decoder_table_size == b->decoder_table_size;
}

/* In the RFC profile a call that fails has changed nothing: what it might have changed is compared here, and all
 * that the conversation compares from here on. */
static void poke_misuse(cv_side *side)
{
    cv *const c = side->cv;
    h2_side *const state = side->state;
    if (c->options.profile != H2_PROFILE_RFC) return;
    const size_t pending = h2_output_pending(state->conn);
    h2_connection_info before = {.size = sizeof before}, after = {.size = sizeof after};
    h2_connection_get_info(state->conn, &before);
    const h2_status status = misuse(side);
    h2_connection_get_info(state->conn, &after);
    if (status == H2_OK || status == H2_NEED_DATA) cv_fail(c, "a call that has to be refused was taken");
    if (h2_output_pending(state->conn) != pending || !same_info(&before, &after))
        cv_fail(c, "a call that was refused (%s) has changed something", h2_last_error(state->conn)->message);
    if (h2_last_error(state->conn)->status != status || h2_last_error(state->conn)->remote)
        cv_fail(c, "h2_last_error does not tell of a refused call: %s", h2_last_error(state->conn)->message);
}

void cv_h2_poke(cv_side *side)
{
    h2_side *const state = side->state;
    switch (cv_random(side->cv, 5)) {
    case 3: poke_misuse(side); break;
    case 0: poke_connection(side); break;
    case 1: poke_settings(side); break;
    case 2: poke_windows(side); break;
    default:
        h2_connection_trim(state->conn);
        CALLED(state, "h2_connection_trim");
        break;
    }
}
