/* The small frames from the peer: RST_STREAM, PRIORITY, PING, GOAWAY, WINDOW_UPDATE, ALTSVC and those of unknown type
 * (RFC 9113 sections 6.3, 6.4, 6.7 to 6.9 and 5.5, RFC 7838 section 4). */
#include "connection/connection.h"

#include "base/attributes.h"

/* RST_STREAM. */

static h2_status reset_missing(h2_connection *conn, uint32_t id, h2_event *event)
{
    if (h2_missing_stream(conn, id) == H2_ERROR_STREAM_CLOSED) return H2_NEED_DATA;
    return h2_broken(conn, H2_RULE_RESET_IDLE, id, event);
}

h2_status h2_receive_rst_stream(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    const uint32_t id = conn->input.frame.stream_id;
    TRY(h2_peer_step(conn, H2_CONNECTION_RECV_RST_STREAM));
    h2_stream *const stream = h2_streams_find(&conn->streams, id);
    if (stream == NULL) return reset_missing(conn, id, event);
    const unsigned before = stream->machine.state;
    const h2_step step = h2_step_stream(conn, stream, H2_STREAM_RECV_RST_STREAM);
    if (step.status != H2_OK)
        return h2_peer_stream_fault(conn, id, step, H2_STREAM_RECV_RST_STREAM, before, event);
    if (step.event == 0) return H2_NEED_DATA;
    /* How many streams of ours there are to reset is up to us. */
    if (!h2_is_ours(conn, id)) TRY(h2_charge_reset(conn));
    h2_retire_stream(conn, stream);
    event->type = H2_EVENT_STREAM_RESET;
    event->stream_id = id;
    event->stream_reset = (struct h2_event_reset){.error_code = h2_get32(payload), .remote_reset = true};
    return H2_OK;
}

/* PRIORITY. */

h2_status h2_receive_priority(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    const uint32_t id = conn->input.frame.stream_id;
    TRY(h2_peer_step(conn, H2_CONNECTION_RECV_PRIORITY));
    TRY(h2_charge_priority(conn));
    const h2_priority priority = h2_frame_read_priority(payload);
    if (priority.depends_on == id) {
        return h2_broken_text(conn, H2_RULE_SELF_DEPENDENCY, id, event, "Stream %u may not depend on itself",
                              id);
    }
    event->type = H2_EVENT_PRIORITY_UPDATED;
    event->stream_id = id;
    event->priority = priority;
    return H2_OK;
}

/* PING. */

static h2_status tell_ping(const uint8_t *payload, h2_event_type type, h2_event *event)
{
    event->type = type;
    event->stream_id = 0;
    memcpy(event->ping.data, payload, sizeof event->ping.data);
    return H2_OK;
}

/* The reply has to be judged, or there is no room for it, or the machine refuses. */
H2_APART static h2_status receive_any_ping(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    TRY(h2_peer_step(conn, H2_CONNECTION_RECV_PING));
    if (conn->input.frame.flags & H2_FLAG_ACK) return tell_ping(payload, H2_EVENT_PING_ACK_RECEIVED, event);
    TRY(h2_charge_reply(conn, true, H2_PING_FRAME));
    TRY(h2_queue_ping(conn, payload, true));
    return tell_ping(payload, H2_EVENT_PING_RECEIVED, event);
}

h2_status h2_receive_ping(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    const bool ack = (conn->input.frame.flags & H2_FLAG_ACK) != 0;
    if (ack || !h2_peer_moves(conn, H2_CONNECTION_RECV_PING)) return receive_any_ping(conn, payload, event);
    uint8_t *const room = h2_reply_room(conn, H2_PING_FRAME);
    if (room == NULL) return receive_any_ping(conn, payload, event);
    h2_output_commit(&conn->output, h2_frame_write_ping(room, payload, true));
    return tell_ping(payload, H2_EVENT_PING_RECEIVED, event);
}

/* GOAWAY. */

/* Keeps a copy of octets that an event points to. */
static const uint8_t *keep(h2_connection *conn, const void *octets, size_t len)
{
    if (!h2_buffer_append(&conn->scratch, &conn->memory, octets, len)) return NULL;
    return conn->scratch.data + (conn->scratch.len - len);
}

/* Keeps the end of a payload for the event: where the input cut it, it was gathered and stays until the next call. */
static const uint8_t *keep_once(h2_connection *conn, const uint8_t *payload, const uint8_t *octets,
                                size_t len)
{
    const bool gathered = payload == conn->input.partial.data;
    conn->scratch.len = 0;
    if (gathered) return octets;
    h2_buffer_free(&conn->input.partial, &conn->memory);
    return keep(conn, octets, len);
}

static h2_status note_goaway(h2_connection *conn, uint32_t last_id, h2_event *event)
{
    h2_goaway *const goaway = &conn->goaway;
    if (goaway->received && last_id > goaway->received_last)
        return h2_broken(conn, H2_RULE_GOAWAY_RISES, 0, event);
    goaway->received = true;
    goaway->received_last = last_id;
    conn->input.at.refusing = conn->policy->goaway_drains;
    if (!conn->policy->goaway_drains) h2_clear_output(conn);
    return H2_NEED_DATA;
}

h2_status h2_receive_goaway(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    TRY(h2_peer_step(conn, H2_CONNECTION_RECV_GOAWAY));
    const h2_goaway_frame frame = h2_frame_read_goaway(&conn->input.frame, payload);
    TRY(note_goaway(conn, frame.last_stream_id, event));
    const size_t kept = conn->input.wanted - (H2_GOAWAY_FRAME - H2_FRAME_HEADER);
    const uint8_t *debug = NULL;
    if (kept > 0) {
        debug = keep_once(conn, payload, frame.debug, kept);
        if (debug == NULL) return H2_ERROR_NO_MEMORY;
    }
    event->type = H2_EVENT_CONNECTION_TERMINATED;
    event->stream_id = 0;
    event->terminated = (struct h2_event_terminated){.additional_data = debug,
                                                     .additional_data_len = kept,
                                                     .error_code = frame.error_code,
                                                     .last_stream_id = frame.last_stream_id,
                                                     .additional_data_received = frame.debug_len};
    return H2_OK;
}

/* WINDOW_UPDATE. */

static inline h2_status update_connection_window(h2_connection *conn, uint32_t increment, h2_event *event)
{
    if (increment == 0) return h2_broken(conn, H2_RULE_ZERO_INCREMENT, 0, event);
    if (h2_window_overflows(conn->outbound_window, increment))
        return h2_broken(conn, H2_RULE_CONNECTION_WINDOW_OVERFLOW, 0, event);
    conn->outbound_window += increment;
    h2_tell_window(event, 0, increment);
    return H2_OK;
}

H2_APART static h2_status update_stream_window(h2_connection *conn, h2_stream *stream, uint32_t increment,
                                               h2_event *event)
{
    const unsigned before = stream->machine.state;
    const uint32_t id = stream->id;
    const h2_step step = h2_step_stream(conn, stream, H2_STREAM_RECV_WINDOW_UPDATE);
    if (step.status != H2_OK)
        return h2_peer_stream_fault(conn, id, step, H2_STREAM_RECV_WINDOW_UPDATE, before, event);
    if (step.event == 0) return H2_NEED_DATA;
    if (increment == 0) return h2_broken(conn, H2_RULE_STREAM_ZERO_INCREMENT, id, event);
    if (h2_window_overflows(h2_outbound_window_of(conn, stream), increment))
        return h2_broken(conn, H2_RULE_STREAM_WINDOW_OVERFLOW, id, event);
    h2_raise_outbound(conn, stream, increment);
    h2_tell_window(event, id, increment);
    return H2_OK;
}

static inline h2_status update_window(h2_connection *conn, uint32_t id, uint32_t increment, h2_event *event)
{
    if (id == 0) return update_connection_window(conn, increment, event);
    h2_stream *const stream = h2_streams_find(&conn->streams, id);
    if (stream != NULL) return update_stream_window(conn, stream, increment, event);
    if (h2_missing_stream(conn, id) == H2_ERROR_STREAM_CLOSED) return H2_NEED_DATA;
    return h2_broken(conn, H2_RULE_STREAM_IDLE, id, event);
}

/* The increment is 0, or the connection's machine refuses. */
H2_RARE static h2_status update_amiss(h2_connection *conn, uint32_t id, uint32_t increment, h2_event *event)
{
    if (increment == 0 && h2_rule_is_fatal(conn, H2_RULE_STREAM_ZERO_INCREMENT)) {
        return h2_broken(conn, H2_RULE_ZERO_INCREMENT, 0, event);
    }
    TRY(h2_peer_step(conn, H2_CONNECTION_RECV_WINDOW_UPDATE));
    return update_window(conn, id, increment, event);
}

h2_status h2_receive_window_update(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    const uint32_t id = conn->input.frame.stream_id;
    uint32_t increment;
    if (h2_frame_read_window_update(payload, &increment) != H2_FAULT_NONE ||
        !h2_peer_moves(conn, H2_CONNECTION_RECV_WINDOW_UPDATE))
        return update_amiss(conn, id, increment, event);
    return update_window(conn, id, increment, event);
}

/* ALTSVC. */

static h2_status set_altsvc_event(h2_connection *conn, uint32_t id, const void *origin, size_t origin_len,
                                  const h2_altsvc_frame *frame, h2_event *event)
{
    conn->scratch.len = 0;
    if (!h2_buffer_reserve(&conn->scratch, &conn->memory, origin_len + frame->value_len + 1))
        return H2_ERROR_NO_MEMORY;
    const uint8_t *const kept_origin = origin == NULL ? NULL : keep(conn, origin, origin_len);
    const uint8_t *const kept_value = keep(conn, frame->value, frame->value_len);
    event->type = H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE;
    event->stream_id = id;
    event->altsvc = (struct h2_event_altsvc){.origin = (const char *)kept_origin,
                                             .origin_len = origin_len,
                                             .field_value = (const char *)kept_value,
                                             .field_value_len = frame->value_len};
    return H2_OK;
}

static h2_status stream_altsvc(h2_connection *conn, const h2_altsvc_frame *frame, h2_event *event)
{
    const uint32_t id = conn->input.frame.stream_id;
    h2_stream *const stream = h2_streams_find(&conn->streams, id);
    if (stream == NULL || frame->origin_len > 0) return H2_NEED_DATA;
    const h2_step step = h2_step_stream(conn, stream, H2_STREAM_RECV_ALTERNATIVE_SERVICE);
    if (step.status != H2_OK || step.event == 0) return H2_NEED_DATA;
    const char *origin = NULL;
    size_t origin_len = 0;
    (void)h2_authority_text(conn, stream->authority, &origin, &origin_len);
    return set_altsvc_event(conn, id, origin, origin_len, frame, event);
}

h2_status h2_receive_altsvc(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    h2_altsvc_frame frame;
    const h2_frame_fault fault = h2_frame_read_altsvc(&conn->input.frame, payload, &frame);
    if (fault != H2_FAULT_NONE) return h2_frame_broken(conn, fault, event);
    TRY(h2_peer_step(conn, H2_CONNECTION_RECV_ALTERNATIVE_SERVICE));
    if (conn->input.frame.stream_id != 0) return stream_altsvc(conn, &frame, event);
    if (frame.origin_len == 0 || conn->config.role == H2_SERVER) return H2_NEED_DATA;
    return set_altsvc_event(conn, 0, frame.origin, frame.origin_len, &frame, event);
}

/* Frames of unknown type. */

h2_status h2_receive_unknown(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    const h2_frame_header *const frame = &conn->input.frame;
    event->type = H2_EVENT_UNKNOWN_FRAME_RECEIVED;
    event->stream_id = frame->stream_id;
    event->unknown = (struct h2_event_unknown){
        .payload = payload, .len = frame->length, .type = frame->type, .flags = frame->flags};
    return H2_OK;
}
