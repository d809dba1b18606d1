/* Sending the small frames: RST_STREAM, PRIORITY, PING, SETTINGS, WINDOW_UPDATE, ALTSVC. */
#include "connection/connection.h"

/* RST_STREAM. */

static h2_status reset_stream(h2_connection *conn, uint32_t id, uint32_t code)
{
    TRY(h2_call_step(conn, H2_CONNECTION_SEND_RST_STREAM));
    h2_stream *stream;
    TRY(h2_call_stream(conn, id, &stream));
    TRY(h2_call_stream_step(conn, stream, H2_STREAM_SEND_RST_STREAM));
    TRY(h2_queue_reset(conn, id, code));
    h2_drop_followers(conn, id);
    return H2_OK;
}

h2_status h2_reset_stream(h2_connection *conn, uint32_t stream_id, uint32_t error_code)
{
    TRY(h2_call_begin(conn));
    h2_log(conn, H2_LOG_DEBUG, "Reset stream ID %u", stream_id);
    const h2_undo undo = h2_undo_point(conn, stream_id);
    return h2_call_end(conn, &undo, reset_stream(conn, stream_id, error_code));
}

/* PRIORITY. */

static h2_status prioritize(h2_connection *conn, uint32_t id, const h2_priority *priority)
{
    if (conn->config.role == H2_SERVER) return h2_check_priority(conn, id, priority);
    TRY(h2_call_step(conn, H2_CONNECTION_SEND_PRIORITY));
    if (id == 0) {
        return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, 0,
                         "Stream ID must be non-zero for PriorityFrame");
    }
    TRY(h2_check_priority(conn, id, priority));
    uint8_t *const at = h2_output_reserve(&conn->output, H2_PRIORITY_FRAME);
    if (at == NULL) return H2_ERROR_NO_MEMORY;
    h2_output_commit(&conn->output, h2_frame_write_priority(at, id, priority));
    return H2_OK;
}

h2_status h2_prioritize(h2_connection *conn, uint32_t stream_id, const h2_priority *priority)
{
    static const h2_priority defaults = {.weight = 16};
    TRY(h2_call_begin(conn));
    if (priority == NULL) priority = &defaults;
    if (stream_id > H2_STREAM_ID_MAX || priority->depends_on > H2_STREAM_ID_MAX) {
        return h2_argument(conn, "a stream identifier is above 2^31-1");
    }
    const h2_undo undo = h2_undo_point(conn, 0);
    return h2_call_end(conn, &undo, prioritize(conn, stream_id, priority));
}

/* PING. */

static h2_status ping(h2_connection *conn, const uint8_t opaque_data[8])
{
    TRY(h2_call_step(conn, H2_CONNECTION_SEND_PING));
    return h2_queue_ping(conn, opaque_data, false);
}

h2_status h2_ping(h2_connection *conn, const uint8_t opaque_data[8])
{
    TRY(h2_call_begin(conn));
    if (opaque_data == NULL) return h2_argument(conn, "opaque_data must not be NULL");
    const h2_undo undo = h2_undo_point(conn, 0);
    return h2_call_end(conn, &undo, ping(conn, opaque_data));
}

/* SETTINGS. */

h2_status h2_check_own_setting(const h2_connection *conn, const h2_setting *setting, uint32_t *code)
{
    const bool strict = conn->policy->later_settings;
    const bool from_server = strict && conn->config.role == H2_SERVER;
    return h2_setting_check_from(setting->id, setting->value, from_server, strict, code);
}

/* Whether a setting, behind `before` others of its frame, takes back what was offered (RFC 8441 section 3). */
static bool takes_back_connect(const h2_connection *conn, const h2_setting *settings, size_t before)
{
    const uint16_t id = H2_SETTINGS_ENABLE_CONNECT_PROTOCOL;
    const h2_settings *const local = &conn->local;
    if (!conn->policy->later_settings || settings[before].id != id || settings[before].value != 0)
        return false;
    bool offered = h2_settings_value(local, id, 0) == 1;
    for (uint32_t i = 0; i < local->pending_count; i++)
        offered |= local->pending[i].id == id && local->pending[i].value == 1;
    for (size_t i = 0; i < before; i++)
        offered |= settings[i].id == id && settings[i].value == 1;
    return offered;
}

/* Whether no stream's window passes 2^31-1 by a new INITIAL_WINDOW_SIZE (RFC 9113 section 6.9.2). */
static bool windows_take(const h2_connection *conn, uint32_t value)
{
    const int64_t rise =
        (int64_t)value - h2_settings_value(&conn->local, H2_SETTINGS_INITIAL_WINDOW_SIZE, 65535);
    for (uint32_t slot = conn->streams.oldest; slot != H2_NO_SLOT; slot = conn->streams.slots[slot].newer) {
        const h2_window window = h2_inbound_window_of(conn, &conn->streams.slots[slot]);
        if (window.current + rise > H2_WINDOW_MAX) return false;
    }
    return true;
}

/* Judges one of the settings to send, which has `before` others in front of it. */
static h2_status check_setting(h2_connection *conn, const h2_setting *settings, size_t before)
{
    const h2_setting *const setting = &settings[before];
    if (setting->id == H2_SETTINGS_INITIAL_WINDOW_SIZE && conn->policy->refusals_change_nothing &&
        setting->value <= H2_WINDOW_MAX && !windows_take(conn, setting->value)) {
        return h2_refuse(conn, H2_ERROR_FLOW_CONTROL, H2_CODE_FLOW_CONTROL_ERROR, -1,
                         "Flow control window mustn't exceed %lld", (long long)H2_WINDOW_MAX);
    }
    uint32_t code = H2_CODE_PROTOCOL_ERROR;
    const bool allowed = h2_check_own_setting(conn, setting, &code) == H2_OK;
    if (allowed && !takes_back_connect(conn, settings, before)) return H2_OK;
    return h2_refuse(conn, H2_ERROR_INVALID_SETTINGS_VALUE, code, -1, "Setting %u has invalid value %u",
                     (unsigned)setting->id, setting->value);
}

void h2_expect_settings_ack(h2_connection *conn)
{
    conn->local.frame++;
    conn->settings_unacked++;
    conn->budget.settings_sent++;
}

static h2_status update_settings(h2_connection *conn, const h2_setting *settings, size_t count)
{
    TRY(h2_call_step(conn, H2_CONNECTION_SEND_SETTINGS));
    if (count * H2_SETTINGS_ENTRY > conn->max_outbound_frame) {
        return h2_refuse(conn, H2_ERROR_FRAME_TOO_LARGE, H2_CODE_FRAME_SIZE_ERROR, -1,
                         "Cannot send %llu settings, max frame size is %u", (unsigned long long)count,
                         conn->max_outbound_frame);
    }
    if (!h2_settings_reserve(&conn->local, count)) return H2_ERROR_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        const h2_status status = check_setting(conn, settings, i);
        if (status == H2_OK) continue;
        for (size_t j = 0; j < i && !conn->policy->refusals_change_nothing; j++) {
            h2_settings_propose(&conn->local, settings[j].id, settings[j].value);
        }
        return status;
    }
    TRY(h2_queue_settings(conn, settings, count));
    for (size_t i = 0; i < count; i++) {
        h2_settings_propose(&conn->local, settings[i].id, settings[i].value);
    }
    h2_expect_settings_ack(conn);
    return H2_OK;
}

h2_status h2_update_settings(h2_connection *conn, const h2_setting *settings, size_t count)
{
    TRY(h2_call_begin(conn));
    if (settings == NULL && count > 0) return h2_argument(conn, "settings must not be NULL");
    if (count > UINT16_MAX) return h2_argument(conn, "more than 65535 settings");
    const h2_undo undo = h2_undo_point(conn, 0);
    return h2_call_end(conn, &undo, update_settings(conn, settings, count));
}

/* ALTSVC. */

static h2_status queue_altsvc(h2_connection *conn, uint32_t id, const char *origin, size_t origin_len,
                              const char *value, size_t len)
{
    const size_t most = conn->max_outbound_frame;
    const size_t front = H2_ALTSVC_FRAME - H2_FRAME_HEADER + origin_len;
    if (origin_len > UINT16_MAX || front > most || len > most - front) {
        return h2_refuse(conn, H2_ERROR_FRAME_TOO_LARGE, H2_CODE_FRAME_SIZE_ERROR, -1,
                         "The alternative service does not fit a frame, max frame size is %u",
                         conn->max_outbound_frame);
    }
    uint8_t *const at = h2_output_reserve(&conn->output, H2_ALTSVC_FRAME + origin_len + len);
    if (at == NULL) return H2_ERROR_NO_MEMORY;
    h2_output_commit(&conn->output, h2_frame_write_altsvc(at, id, origin, origin_len, value, len));
    return H2_OK;
}

static h2_status advertise(h2_connection *conn, const char *value, size_t len, const char *origin,
                           size_t origin_len, uint32_t id)
{
    TRY(h2_call_step(conn, H2_CONNECTION_SEND_ALTERNATIVE_SERVICE));
    if (origin != NULL) return queue_altsvc(conn, 0, origin, origin_len, value, len);
    if (id == 0 && conn->policy->origin_is_named) {
        return h2_refuse(conn, H2_ERROR_NO_SUCH_STREAM, H2_CODE_PROTOCOL_ERROR, -1,
                         "Must provide origin or stream_id");
    }
    h2_stream *stream;
    TRY(h2_call_stream(conn, id, &stream));
    TRY(h2_call_stream_step(conn, stream, H2_STREAM_SEND_ALTERNATIVE_SERVICE));
    return queue_altsvc(conn, id, NULL, 0, value, len);
}

h2_status h2_advertise_alternative_service(h2_connection *conn, const char *field_value, size_t len,
                                           const char *origin, size_t origin_len, uint32_t stream_id)
{
    TRY(h2_call_begin(conn));
    if (field_value == NULL && len > 0) return h2_argument(conn, "field_value must not be NULL");
    if (origin != NULL && stream_id != 0)
        return h2_argument(conn, "Must not provide both origin and stream_id");
    if (origin != NULL && origin_len == 0 && conn->policy->origin_is_named)
        return h2_argument(conn, "origin must not be empty: the peer would ignore it");
    const h2_undo undo = h2_undo_point(conn, stream_id);
    return h2_call_end(conn, &undo, advertise(conn, field_value, len, origin, origin_len, stream_id));
}
