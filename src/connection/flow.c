/* Flow control from the application's side (RFC 9113 section 5.2): acknowledging, opening, asking. */
#include "connection/connection.h"

/* For questions, which are asked of a const connection and may fail. */
static h2_connection *unlocked(const h2_connection *conn)
{
    return (h2_connection *)(uintptr_t)conn;
}

/* Opening by hand. */

static h2_status window_too_large(h2_connection *conn, uint32_t id)
{
    return h2_refuse(conn, H2_ERROR_FLOW_CONTROL, H2_CODE_FLOW_CONTROL_ERROR, id == 0 ? -1 : (int64_t)id,
                     "Flow control window mustn't exceed %lld", (long long)H2_WINDOW_MAX);
}

static h2_status open_connection_window(h2_connection *conn, uint32_t increment)
{
    h2_window window = conn->inbound;
    if (!h2_window_open(&window, increment)) return window_too_large(conn, 0);
    TRY(h2_queue_window_update(conn, 0, increment));
    conn->inbound = window;
    return H2_OK;
}

/* How far the proposed values of INITIAL_WINDOW_SIZE will raise a stream's window before the peer has acknowledged them
 * all. */
static int64_t proposed_rise(const h2_connection *conn)
{
    const h2_settings *const local = &conn->local;
    const int64_t in_force = h2_settings_value(local, H2_SETTINGS_INITIAL_WINDOW_SIZE, 65535);
    int64_t rise = 0;
    if (!conn->policy->refusals_change_nothing) return 0;
    for (uint32_t i = 0; i < local->pending_count; i++) {
        if (local->pending[i].id != H2_SETTINGS_INITIAL_WINDOW_SIZE) continue;
        if (local->pending[i].value - in_force > rise) rise = local->pending[i].value - in_force;
    }
    return rise;
}

static h2_status open_window(h2_connection *conn, uint32_t increment, uint32_t id)
{
    TRY(h2_call_step(conn, H2_CONNECTION_SEND_WINDOW_UPDATE));
    if (id == 0) return open_connection_window(conn, increment);
    h2_stream *stream;
    TRY(h2_call_stream(conn, id, &stream));
    TRY(h2_call_stream_step(conn, stream, H2_STREAM_SEND_WINDOW_UPDATE));
    h2_window window = h2_inbound_window_of(conn, stream);
    if (!h2_window_open(&window, increment) || window.current > H2_WINDOW_MAX - proposed_rise(conn))
        return window_too_large(conn, id);
    TRY(h2_queue_window_update(conn, id, increment));
    h2_set_inbound_window(conn, stream, &window);
    return H2_OK;
}

h2_status h2_increment_flow_control_window(h2_connection *conn, uint32_t increment, uint32_t stream_id)
{
    TRY(h2_call_begin(conn));
    if (increment == 0 || increment > H2_WINDOW_MAX) {
        return h2_argument(conn, "Flow control increment must be between 1 and 2147483647");
    }
    const h2_undo undo = h2_undo_point(conn, stream_id);
    const h2_status status = h2_call_end(conn, &undo, open_window(conn, increment, stream_id));
    if (status == H2_OK) conn->budget.data_overhead = 0;
    return status;
}

/* Acknowledging. */

static h2_status queue_updates(h2_connection *conn, uint32_t for_all, uint32_t id, uint32_t for_one)
{
    if (for_all == 0 && for_one == 0) return H2_OK;
    uint8_t *const at = h2_output_reserve(&conn->output, (size_t)2 * H2_WINDOW_UPDATE_FRAME);
    if (at == NULL) return H2_ERROR_NO_MEMORY;
    size_t written = 0;
    if (for_all > 0) written += h2_frame_write_window_update(at, 0, for_all);
    if (for_one > 0) written += h2_frame_write_window_update(at + written, id, for_one);
    h2_output_commit(&conn->output, written);
    return H2_OK;
}

static h2_status acknowledge(h2_connection *conn, uint32_t octets, h2_stream *stream)
{
    const bool open = stream != NULL && h2_state_is_open(stream->machine.state);
    h2_window all = conn->inbound;
    h2_window one = open ? h2_inbound_window_of(conn, stream) : (h2_window){0};
    const uint32_t for_all = h2_window_process(&all, octets);
    const uint32_t for_one = open ? h2_window_process(&one, octets) : 0;
    TRY(queue_updates(conn, for_all, open ? stream->id : 0, for_one));
    conn->inbound = all;
    if (open) h2_set_inbound_window(conn, stream, &one);
    return H2_OK;
}

h2_status h2_acknowledge_received_data(h2_connection *conn, size_t acknowledged_size, uint32_t stream_id)
{
    TRY(h2_call_begin(conn));
    if (stream_id == 0) return h2_argument(conn, "Stream ID 0 is not valid for acknowledge_received_data");
    h2_stream *const stream = h2_streams_find(&conn->streams, stream_id);
    const uint32_t octets = acknowledged_size < UINT32_MAX ? (uint32_t)acknowledged_size : UINT32_MAX;
    const bool idle = stream == NULL && h2_missing_stream(conn, stream_id) == H2_ERROR_NO_SUCH_STREAM;
    if (idle && conn->policy->refusals_change_nothing) {
        h2_stream *none;
        return h2_call_stream(conn, stream_id, &none);
    }
    if (conn->state == H2_CONNECTION_CLOSED && conn->policy->drop_after_error) return H2_OK;
    TRY(acknowledge(conn, octets, stream));
    h2_credit_data(conn, octets);
    if (!idle) return H2_OK;
    h2_stream *none;
    return h2_call_stream(conn, stream_id, &none);
}

/* Asking. */

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

h2_status h2_local_flow_control_window(const h2_connection *conn, uint32_t stream_id, int64_t *out)
{
    TRY(h2_call_begin(unlocked(conn)));
    if (out == NULL) return h2_argument(unlocked(conn), "out must not be NULL");
    h2_stream *stream;
    TRY(h2_call_stream(unlocked(conn), stream_id, &stream));
    *out = lesser(conn->outbound_window, h2_outbound_window_of(conn, stream));
    return H2_OK;
}

h2_status h2_remote_flow_control_window(const h2_connection *conn, uint32_t stream_id, int64_t *out)
{
    TRY(h2_call_begin(unlocked(conn)));
    if (out == NULL) return h2_argument(unlocked(conn), "out must not be NULL");
    h2_stream *stream;
    TRY(h2_call_stream(unlocked(conn), stream_id, &stream));
    *out = lesser(conn->inbound.current, h2_inbound_window_of(conn, stream).current);
    return H2_OK;
}

h2_status h2_get_next_available_stream_id(const h2_connection *conn, uint32_t *out)
{
    TRY(h2_call_begin(unlocked(conn)));
    if (out == NULL) return h2_argument(unlocked(conn), "out must not be NULL");
    const uint32_t first = conn->config.role == H2_CLIENT ? 1 : 2;
    const uint32_t next = conn->highest_outbound == 0 ? first : conn->highest_outbound + 2;
    if (next > H2_STREAM_ID_MAX) {
        return h2_refuse(unlocked(conn), H2_ERROR_NO_AVAILABLE_STREAM_ID, H2_CODE_PROTOCOL_ERROR, -1,
                         "Exhausted allowed stream IDs");
    }
    *out = next;
    return H2_OK;
}
