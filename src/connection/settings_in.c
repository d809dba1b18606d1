/* SETTINGS from the peer and its acknowledgement of ours (RFC 9113 section 6.5). */
#include "connection/connection.h"

#include "base/attributes.h"

#include <stdio.h>

/* A peer may offer extended CONNECT, but not take it back (RFC 8441 section 3). `*offered`: it has, so far. */
static bool takes_back_connect(h2_setting setting, bool *offered)
{
    if (setting.id != H2_SETTINGS_ENABLE_CONNECT_PROTOCOL) return false;
    if (setting.value == 0) return *offered;
    *offered = true;
    return false;
}

enum {
    LOW_IDS = 32 /* identifiers below this may have rules */
};

/* Where each identifier stands last, for the low ones. */
static void find_last(const uint8_t *payload, size_t entries, size_t last[LOW_IDS])
{
    for (size_t i = 0; i < entries; i++) {
        const h2_setting setting = h2_frame_read_setting(payload, i);
        if (setting.id < LOW_IDS) last[setting.id] = i;
    }
}

/* Whether a value may be; `code` otherwise. */
static inline bool is_valid(const h2_connection *conn, h2_setting setting, uint32_t *code)
{
    const bool from_server = conn->config.role == H2_CLIENT;
    *code = H2_CODE_PROTOCOL_ERROR;
    return h2_setting_check_from(setting.id, setting.value, from_server, conn->policy->later_settings,
                                 code) == H2_OK;
}

H2_RARE static bool complain(h2_setting setting, char *text, size_t cap)
{
    (void)snprintf(text, cap, "Setting %u has invalid value %u", (unsigned)setting.id, setting.value);
    return false;
}

/* Judges the last value of each identifier. */
static bool are_valid_at_last(const h2_connection *conn, const uint8_t *payload, size_t entries, char *text,
                              size_t cap, uint32_t *code)
{
    size_t last[LOW_IDS] = {0};
    find_last(payload, entries, last);
    for (size_t i = 0; i < entries; i++) {
        const h2_setting setting = h2_frame_read_setting(payload, i);
        if (setting.id >= LOW_IDS) continue;
        const h2_setting judged = h2_frame_read_setting(payload, last[setting.id]);
        if (!is_valid(conn, judged, code)) return complain(judged, text, cap);
    }
    return true;
}

/* Judges all values before any is taken. False: one is invalid, and `text` and `code` say so. */
static bool are_valid(const h2_connection *conn, const uint8_t *payload, size_t entries, char *text,
                      size_t cap, uint32_t *code)
{
    if (!conn->policy->later_settings) return are_valid_at_last(conn, payload, entries, text, cap, code);
    bool offered = h2_settings_value(&conn->remote, H2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 0) == 1;
    for (size_t i = 0; i < entries; i++) {
        const h2_setting setting = h2_frame_read_setting(payload, i);
        if (!is_valid(conn, setting, code) || takes_back_connect(setting, &offered))
            return complain(setting, text, cap);
    }
    return true;
}

/* The greatest offset of a stream's outbound window, and the bound on it brought down to that. */
static int64_t greatest_offset(h2_connection *conn)
{
    int64_t greatest = INT32_MIN;
    for (uint32_t slot = conn->streams.oldest; slot != H2_NO_SLOT; slot = conn->streams.slots[slot].newer) {
        if (conn->streams.slots[slot].outbound_offset > greatest)
            greatest = conn->streams.slots[slot].outbound_offset;
    }
    conn->highest_offset = greatest;
    return greatest;
}

/* What windows count from with a new INITIAL_WINDOW_SIZE: that itself, or where h2 is followed as much more as it was raised
 * by. False: h2 moves none, a value that was removed by hand. */
static bool next_initial(const h2_connection *conn, const h2_changed_setting *changed, int64_t now,
                         int64_t *next)
{
    const bool absolute = conn->policy->settings_in_order;
    *next = absolute ? changed->new_value : now + changed->new_value - changed->original_value;
    return absolute || changed->had_original;
}

/* A new INITIAL_WINDOW_SIZE moves what all offsets count from; streams are looked at only where one could overflow, which
 * costs as much as a reset stream. */
H2_APART static h2_status move_outbound_windows(h2_connection *conn, const h2_changed_setting *changed,
                                                h2_event *event)
{
    int64_t initial;
    if (!next_initial(conn, changed, conn->outbound_initial, &initial)) return H2_NEED_DATA;
    if (initial + conn->highest_offset > H2_WINDOW_MAX) {
        TRY(h2_charge_reset(conn));
        if (initial + greatest_offset(conn) > H2_WINDOW_MAX) {
            return h2_broken(conn, H2_RULE_INITIAL_WINDOW_OVERFLOW, 0, event);
        }
    }
    conn->outbound_initial = initial;
    return H2_NEED_DATA;
}

/* `value`: what is in force of it. */
static inline h2_status apply_remote(h2_connection *conn, const h2_changed_setting *changed, uint32_t value,
                                     h2_event *event)
{
    switch (changed->id) {
    case H2_SETTINGS_INITIAL_WINDOW_SIZE: return move_outbound_windows(conn, changed, event);
    case H2_SETTINGS_HEADER_TABLE_SIZE: return h2_set_encoder_table(conn, value);
    case H2_SETTINGS_MAX_FRAME_SIZE: conn->max_outbound_frame = value; return H2_NEED_DATA;
    default: return H2_NEED_DATA;
    }
}

/* Room in the scratch buffer for what an event tells. */
static h2_changed_setting *changes(h2_connection *conn, size_t count)
{
    const size_t octets = (count + 1) * sizeof(h2_changed_setting);
    conn->scratch.len = 0;
    if (octets > conn->scratch.cap && !h2_buffer_reserve(&conn->scratch, &conn->memory, octets)) return NULL;
    return (h2_changed_setting *)(void *)conn->scratch.data;
}

/* A setting that comes twice in a frame counts twice: the peer's decoder waits for the smallest table size in between
 * (RFC 9113 section 6.5.3, RFC 7541 section 4.2). */
static h2_status follow_table_sizes(h2_connection *conn, const uint8_t *payload, size_t entries)
{
    for (size_t i = 0; i < entries; i++) {
        const h2_setting setting = h2_frame_read_setting(payload, i);
        if (setting.id == H2_SETTINGS_HEADER_TABLE_SIZE) TRY(h2_set_encoder_table(conn, setting.value));
    }
    return H2_OK;
}

/* Values that were judged, in force; what has changed lies in the scratch buffer. */
static h2_status take_remote(h2_connection *conn, const uint8_t *payload, size_t len, size_t *count,
                             h2_event *event)
{
    h2_changed_setting *const changed = changes(conn, len / H2_SETTINGS_ENTRY);
    if (changed == NULL) return H2_ERROR_NO_MEMORY;
    if (!h2_settings_receive(&conn->remote, payload, len, true, changed, count)) return H2_ERROR_NO_MEMORY;
    for (size_t i = 0; i < *count; i++) {
        const bool sizes = changed[i].id == H2_SETTINGS_HEADER_TABLE_SIZE && conn->policy->later_settings;
        if (sizes) TRY(follow_table_sizes(conn, payload, len / H2_SETTINGS_ENTRY));
        if (changed[i].id >= H2_SETTINGS_KNOWN) continue;
        const uint32_t value = h2_settings_value(&conn->remote, changed[i].id, changed[i].new_value);
        TRY(apply_remote(conn, &changed[i], value, event));
    }
    return H2_NEED_DATA;
}

h2_status h2_judge_upgrade_settings(h2_connection *conn, const uint8_t *payload, size_t len)
{
    char text[96];
    uint32_t code;
    if (are_valid(conn, payload, len / H2_SETTINGS_ENTRY, text, sizeof text, &code)) return H2_OK;
    return h2_refuse(conn, H2_ERROR_INVALID_SETTINGS_VALUE, code, -1, "%s", text);
}

h2_status h2_take_upgrade_settings(h2_connection *conn, const uint8_t *payload, size_t len)
{
    size_t count = 0;
    TRY(take_remote(conn, payload, len, &count, NULL));
    return H2_OK;
}

static h2_status receive_values(h2_connection *conn, const uint8_t *payload, size_t len, size_t *count,
                                h2_event *event)
{
    h2_fault fault = {.rule = H2_RULE_SETTING_VALUE};
    char text[96];
    if (!are_valid(conn, payload, len / H2_SETTINGS_ENTRY, text, sizeof text, &fault.code)) {
        fault.text = text;
        return h2_verdict(conn, &fault, event);
    }
    return take_remote(conn, payload, len, count, event);
}

static void set_settings_event(h2_connection *conn, h2_event_type type, size_t count, h2_event *event)
{
    event->type = type;
    event->stream_id = 0;
    event->settings = (struct h2_event_settings){
        .changed = count == 0 ? NULL : (const h2_changed_setting *)(const void *)conn->scratch.data,
        .count = count,
    };
}

/* Acknowledgement of ours. */

/* INITIAL_WINDOW_SIZE is ours, so that looking at all streams is nobody's attack. */
static h2_status move_inbound_windows(h2_connection *conn, const h2_changed_setting *changed, h2_event *event)
{
    int64_t initial;
    if (!next_initial(conn, changed, conn->inbound_initial, &initial)) return H2_NEED_DATA;
    for (uint32_t slot = conn->streams.oldest; slot != H2_NO_SLOT; slot = conn->streams.slots[slot].newer) {
        if (initial + conn->streams.slots[slot].inbound_offset <= H2_WINDOW_MAX) continue;
        return h2_broken_text(conn, H2_RULE_INITIAL_WINDOW_OVERFLOW, 0, event,
                              "Flow control window mustn't exceed 2147483647");
    }
    conn->inbound_initial = initial;
    return H2_NEED_DATA;
}

static h2_status apply_local(h2_connection *conn, const h2_changed_setting *changed, h2_event *event)
{
    switch (changed->id) {
    case H2_SETTINGS_INITIAL_WINDOW_SIZE: return move_inbound_windows(conn, changed, event);
    case H2_SETTINGS_MAX_HEADER_LIST_SIZE: conn->max_header_list = changed->new_value; return H2_NEED_DATA;
    case H2_SETTINGS_MAX_FRAME_SIZE: conn->max_inbound_frame = changed->new_value; return H2_NEED_DATA;
    case H2_SETTINGS_HEADER_TABLE_SIZE: h2_set_decoder_table(conn, changed->new_value); return H2_NEED_DATA;
    default: return H2_NEED_DATA;
    }
}

/* What the oldest SETTINGS frame that waits for its acknowledgement has proposed, in force. */
static size_t take_acknowledged(h2_connection *conn, h2_changed_setting *changed, size_t most)
{
    if (!conn->policy->settings_in_order) return h2_settings_acknowledge(&conn->local, changed, most);
    if (conn->settings_unacked == 0) return 0;
    const uint32_t frame = conn->local.frame - conn->settings_unacked;
    conn->settings_unacked--;
    return h2_settings_take(&conn->local, frame, changed, most);
}

/* The first acknowledgement tells that the peer knows the values that were in force from the start. */
static void first_acknowledged(h2_connection *conn)
{
    if (conn->settings_acked || !conn->policy->settings_in_order) return;
    conn->settings_acked = true;
    h2_set_decoder_table(conn, h2_settings_value(&conn->local, H2_SETTINGS_HEADER_TABLE_SIZE, 4096));
}

H2_APART static h2_status receive_ack(h2_connection *conn, h2_event *event)
{
    const size_t most = conn->local.count;
    h2_changed_setting *const changed = changes(conn, most);
    if (changed == NULL) return H2_ERROR_NO_MEMORY;
    first_acknowledged(conn);
    const size_t count = take_acknowledged(conn, changed, most);
    for (size_t i = 0; i < count; i++) {
        TRY(apply_local(conn, &changed[i], event));
    }
    set_settings_event(conn, H2_EVENT_SETTINGS_ACKNOWLEDGED, count, event);
    return H2_OK;
}

/* The values of a frame are in force: the acknowledgement and the event. */
static inline h2_status acknowledge(h2_connection *conn, size_t count, h2_event *event)
{
    TRY(h2_peer_step(conn, H2_CONNECTION_SEND_SETTINGS));
    uint8_t *const room = h2_reply_room(conn, H2_FRAME_HEADER);
    if (room != NULL) {
        h2_output_commit(&conn->output, h2_frame_write_settings_ack(room));
    } else {
        TRY(h2_charge_reply(conn, true, H2_FRAME_HEADER));
        TRY(h2_queue_settings_ack(conn));
    }
    set_settings_event(conn, H2_EVENT_REMOTE_SETTINGS_CHANGED, count, event);
    return H2_OK;
}

H2_APART static h2_status receive_any(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    const h2_frame_header *const frame = &conn->input.frame;
    const uint32_t most = conn->config.limits.settings_entries;
    if (most != UINT32_MAX && frame->length / H2_SETTINGS_ENTRY > most &&
        !h2_limit_allows(conn, H2_LIMIT_settings_entries)) {
        return h2_limit_crossed(conn, H2_LIMIT_settings_entries);
    }
    size_t count = 0;
    TRY(receive_values(conn, payload, frame->length, &count, event));
    return acknowledge(conn, count, event);
}

/* Takes the values of a frame that is like most. False: it is none, and nothing was done. */
static inline bool receive_plain(h2_connection *conn, const uint8_t *payload, size_t count)
{
    return count <= conn->config.limits.settings_entries &&
           conn->scratch.cap >= count * sizeof(h2_changed_setting) &&
           h2_settings_receive_plain(&conn->remote, payload, count, conn->config.role == H2_CLIENT,
                                     (h2_changed_setting *)(void *)conn->scratch.data);
}

h2_status h2_receive_settings(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    const size_t count = conn->input.frame.length / H2_SETTINGS_ENTRY;
    TRY(h2_peer_step(conn, H2_CONNECTION_RECV_SETTINGS));
    if (conn->input.frame.flags & H2_FLAG_ACK) return receive_ack(conn, event);
    if (!receive_plain(conn, payload, count)) return receive_any(conn, payload, event);
    const h2_changed_setting *const changed = (const h2_changed_setting *)(const void *)conn->scratch.data;
    for (size_t i = 0; i < count; i++)
        TRY(apply_remote(conn, &changed[i], changed[i].new_value, event));
    return acknowledge(conn, count, event);
}
