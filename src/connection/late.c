/* Frames for streams that are closed, or whose state refuses them (RFC 9113 section 5.1). */
#include "connection/connection.h"
#include "connection/wording.h"

static bool is_reset(h2_closed_by by)
{
    return by == H2_CLOSED_BY_SEND_RST_STREAM || by == H2_CLOSED_BY_RECV_RST_STREAM;
}

/* h2 answers each late frame on a stream that was reset by either side. */
static h2_status answer_reset(h2_connection *conn, uint32_t id)
{
    TRY(h2_queue_reset(conn, id, H2_CODE_STREAM_CLOSED));
    TRY(h2_charge_reply(conn, false, H2_RST_STREAM_FRAME));
    return H2_NEED_DATA;
}

/* What the RFC profile does with a frame that its sender may have sent before it knew: on a stream that we reset it is
 * dropped, on another it costs one RST_STREAM. */
static h2_status drop_late(h2_connection *conn, uint32_t id, h2_closed_by by)
{
    if (by == H2_CLOSED_BY_SEND_RST_STREAM) return H2_NEED_DATA;
    return h2_broken(conn, H2_RULE_LATE_FRAME, id, NULL);
}

h2_status h2_closed_stream_frame(h2_connection *conn, uint32_t id, h2_event *event)
{
    const h2_closed_by by = h2_how_closed(conn, id);
    if (conn->policy->drop_late_frames) return drop_late(conn, id, by);
    if (is_reset(by)) return answer_reset(conn, id);
    return h2_broken(conn, H2_RULE_STREAM_CLOSED, id, event);
}

h2_status h2_low_stream_frame(h2_connection *conn, uint32_t id, h2_event *event)
{
    const h2_closed_by by = h2_how_closed(conn, id);
    const bool ended = by != H2_CLOSED_BY_NONE && !is_reset(by);
    /* Both sides have ended: the peer cannot have sent this before it knew. */
    if (ended) return h2_broken(conn, H2_RULE_STREAM_CLOSED, id, event);
    if (by != H2_CLOSED_BY_NONE) return h2_closed_stream_frame(conn, id, event);
    const h2_fault fault = {.rule = H2_RULE_STREAM_ID_TOO_LOW,
                            .stream_id = id,
                            .max_stream_id =
                                h2_is_ours(conn, id) ? conn->highest_outbound : conn->highest_inbound};
    return h2_verdict(conn, &fault, event);
}

h2_status h2_peer_stream_fault(h2_connection *conn, uint32_t id, h2_step step, h2_stream_input input,
                               unsigned state, h2_event *event)
{
    if (step.event == H2_EVENT_STREAM_RESET) return h2_stream_error(conn, id, H2_CODE_STREAM_CLOSED, event);
    if (step.status == H2_ERROR_STREAM_CLOSED) return h2_closed_stream_frame(conn, id, event);
    if (step.message == NULL) {
        char text[H2_WORDING];
        return h2_broken_text(conn, H2_RULE_STREAM_STATE, id, event, "%s",
                              h2_word_state(conn, true, (int)input, (int)state, text));
    }
    const h2_fault fault = {.rule = H2_RULE_MALFORMED, .stream_id = id, .text = step.message};
    return h2_verdict(conn, &fault, event);
}

h2_status h2_peer_refused(h2_connection *conn, h2_connection_input input)
{
    const uint8_t before = conn->state;
    (void)h2_connection_step_in(conn->policy->profile, &conn->state, (int)input);
    char text[H2_WORDING];
    return h2_broken_text(conn, H2_RULE_CONNECTION_STATE, 0, NULL, "%s",
                          h2_word_state(conn, false, (int)input, before, text));
}

/* Which rule of the verdicts a fault of a frame's own is. */
static h2_rule rule_of(h2_frame_fault fault)
{
    switch (fault) {
    case H2_FAULT_STREAM_ID_ZERO:
    case H2_FAULT_STREAM_ID_NOT_ZERO: return H2_RULE_STREAM_ID;
    case H2_FAULT_ACK_WITH_PAYLOAD: return H2_RULE_SETTINGS_ACK_SIZE;
    case H2_FAULT_PADDING: return H2_RULE_PADDING;
    case H2_FAULT_PADDING_OVERLAPS: return H2_RULE_PADDING_OVERLAPS;
    case H2_FAULT_PADDING_FILLS: return H2_RULE_PADDING_FILLS;
    case H2_FAULT_PROMISED_ID: return H2_RULE_PROMISED_ID;
    case H2_FAULT_INCREMENT_ZERO: return H2_RULE_ZERO_INCREMENT;
    default: return H2_RULE_FRAME_SIZE;
    }
}

/* PRIORITY of a wrong length is about its stream; one that is idle cannot be reset, one that is gone is reset once. */
static h2_status priority_size(h2_connection *conn, uint32_t id, h2_event *event)
{
    if (h2_streams_find(&conn->streams, id) != NULL || h2_rule_is_fatal(conn, H2_RULE_PRIORITY_SIZE)) {
        return h2_broken(conn, H2_RULE_PRIORITY_SIZE, id, event);
    }
    if (h2_missing_stream(conn, id) != H2_ERROR_STREAM_CLOSED)
        return h2_broken(conn, H2_RULE_FRAME_SIZE, id, event);
    if (h2_how_closed(conn, id) == H2_CLOSED_BY_SEND_RST_STREAM) return H2_NEED_DATA;
    return h2_broken(conn, H2_RULE_PRIORITY_SIZE, id, NULL);
}

h2_status h2_frame_broken(h2_connection *conn, h2_frame_fault fault, h2_event *event)
{
    const h2_frame_header *const frame = &conn->input.frame;
    const char *const name = h2_frame_class_name(frame->type);
    switch (fault) {
    case H2_FAULT_STREAM_ID_ZERO:
        return h2_broken_text(conn, H2_RULE_STREAM_ID, 0, event,
                              "Received frame with invalid header: Stream ID must be non-zero for %s", name);
    case H2_FAULT_STREAM_ID_NOT_ZERO:
        return h2_broken_text(
            conn, H2_RULE_STREAM_ID, 0, event,
            "Received frame with invalid header: Stream ID must be zero for %s with stream_id=%u", name,
            frame->stream_id);
    default: break;
    }
    if (fault == H2_FAULT_LENGTH && frame->type == H2_FRAME_PRIORITY)
        return priority_size(conn, frame->stream_id, event);
    return h2_broken(conn, rule_of(fault), 0, event);
}
