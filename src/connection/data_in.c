/* DATA from the peer (RFC 9113 section 6.1): flow control, content-length, and delivery whole or in pieces. */
#include "connection/connection.h"

h2_status h2_credit_dropped(h2_connection *conn, uint32_t octets)
{
    const uint32_t increment = h2_window_process(&conn->inbound, octets);
    if (increment == 0) return H2_NEED_DATA;
    TRY(h2_queue_window_update(conn, 0, increment));
    TRY(h2_charge_reply(conn, false, H2_WINDOW_UPDATE_FRAME));
    return H2_NEED_DATA;
}

/* What DATA on a stream that does not take it comes to. */
static h2_status refuse_late(h2_connection *conn, uint32_t id, uint32_t octets)
{
    TRY(h2_credit_dropped(conn, octets));
    if (conn->policy->drop_late_frames) return h2_closed_stream_frame(conn, id, NULL);
    TRY(h2_queue_reset(conn, id, H2_CODE_STREAM_CLOSED));
    TRY(h2_charge_reply(conn, false, H2_RST_STREAM_FRAME));
    return H2_NEED_DATA;
}

/* A stream error on DATA: nobody will see the octets, so the connection gets them back. */
static h2_status refuse_body(h2_connection *conn, const h2_fault *fault, uint32_t octets, h2_event *event)
{
    if (!h2_rule_is_fatal(conn, fault->rule)) TRY(h2_credit_dropped(conn, octets));
    return h2_verdict(conn, fault, event);
}

static h2_status refused_step(h2_connection *conn, uint32_t id, h2_step step, unsigned before,
                              uint32_t octets, h2_event *event)
{
    if (step.status == H2_ERROR_STREAM_CLOSED && step.event == 0) return refuse_late(conn, id, octets);
    if (step.status == H2_ERROR_STREAM_CLOSED) {
        TRY(h2_credit_dropped(conn, octets));
        return h2_stream_error(conn, id, H2_CODE_STREAM_CLOSED, event);
    }
    if (step.message != NULL && !h2_rule_is_fatal(conn, H2_RULE_MALFORMED))
        TRY(h2_credit_dropped(conn, octets));
    return h2_peer_stream_fault(conn, id, step, H2_STREAM_RECV_DATA, before, event);
}

/* Until our first SETTINGS is acknowledged the peer may rely on the initial window of the RFC. */
static int64_t window_slack(const h2_connection *conn)
{
    if (conn->settings_acked || !conn->policy->settings_in_order) return 0;
    return conn->inbound_initial < 65535 ? 65535 - conn->inbound_initial : 0;
}

static h2_status consume_stream_window(h2_connection *conn, h2_stream *stream, uint32_t octets,
                                       h2_event *event)
{
    const int64_t left = conn->inbound_initial + stream->inbound_offset - octets;
    const bool fits = left >= 0 || left >= -window_slack(conn);
    stream->inbound_offset = (int32_t)(left - conn->inbound_initial);
    if (fits) return H2_NEED_DATA;
    const h2_fault fault = {.rule = H2_RULE_STREAM_WINDOW, .stream_id = stream->id};
    return refuse_body(conn, &fault, octets, event);
}

static h2_status track_body(h2_connection *conn, h2_stream *stream, uint32_t body, uint32_t octets,
                            h2_event *event)
{
    const bool ends = (conn->input.frame.flags & H2_FLAG_END_STREAM) != 0;
    stream->received_length += body;
    if (stream->expected_length == H2_NO_LENGTH) return H2_NEED_DATA;
    if (stream->received_length < stream->expected_length && !ends) return H2_NEED_DATA;
    if (stream->received_length == stream->expected_length) return H2_NEED_DATA;
    const h2_fault fault = {.rule = H2_RULE_BODY_LENGTH,
                            .stream_id = stream->id,
                            .expected = stream->expected_length,
                            .actual = stream->received_length};
    return refuse_body(conn, &fault, octets, event);
}

/* Takes a DATA frame into account: `body` octets of it are body, all of its payload is flow-controlled. *deliver tells
 * whether the body is for the application. */
static h2_status admit(h2_connection *conn, uint32_t body, bool *deliver, h2_event *event)
{
    const h2_frame_header *const frame = &conn->input.frame;
    const uint32_t octets = frame->length;
    *deliver = false;
    TRY(h2_peer_step(conn, H2_CONNECTION_RECV_DATA));
    if (!h2_window_consume(&conn->inbound, octets))
        return h2_broken(conn, H2_RULE_CONNECTION_WINDOW, 0, event);
    h2_stream *const stream = h2_streams_find(&conn->streams, frame->stream_id);
    if (stream == NULL && h2_missing_stream(conn, frame->stream_id) == H2_ERROR_NO_SUCH_STREAM) {
        return h2_broken(conn, H2_RULE_STREAM_IDLE, frame->stream_id, event);
    }
    if (stream == NULL) return refuse_late(conn, frame->stream_id, octets);
    const unsigned before = stream->machine.state;
    const h2_step step = h2_step_stream(conn, stream, H2_STREAM_RECV_DATA);
    if (step.status != H2_OK) return refused_step(conn, frame->stream_id, step, before, octets, event);
    h2_status status = consume_stream_window(conn, stream, octets, event);
    if (status != H2_NEED_DATA) return status;
    status = track_body(conn, stream, body, octets, event);
    if (status != H2_NEED_DATA) return status;
    TRY(h2_charge_data(conn, body, octets, (frame->flags & H2_FLAG_END_STREAM) != 0));
    *deliver = true;
    return H2_NEED_DATA;
}

/* The stream's side of the peer ends with the event just made. */
static void end_body(h2_connection *conn, uint32_t id)
{
    h2_stream *const stream = h2_streams_find(&conn->streams, id);
    if (stream == NULL) return;
    (void)h2_step_stream(conn, stream, H2_STREAM_RECV_END_STREAM);
    conn->input.at.stream_ended = true;
    conn->follow.stream_id = id;
}

static void set_data_event(h2_event *event, uint32_t id, const uint8_t *bytes, uint32_t len, uint32_t octets,
                           bool ends)
{
    event->type = H2_EVENT_DATA_RECEIVED;
    event->stream_id = id;
    event->data = (struct h2_event_data){
        .bytes = bytes, .len = len, .flow_controlled_length = octets, .stream_ended = ends};
}

h2_status h2_receive_whole_data(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    const h2_frame_header *const frame = &conn->input.frame;
    const bool padded = (frame->flags & H2_FLAG_PADDED) != 0;
    const bool ends = (frame->flags & H2_FLAG_END_STREAM) != 0;
    const uint8_t padding = padded ? payload[0] : 0;
    if (padded) {
        const h2_frame_fault fault = h2_frame_check_padding(frame, padding);
        if (fault != H2_FAULT_NONE) TRY(h2_frame_broken(conn, fault, event));
    }
    const uint32_t body = padded ? frame->length - 1 - padding : frame->length;
    bool deliver;
    const h2_status status = admit(conn, body, &deliver, event);
    if (!deliver) return status;
    set_data_event(event, frame->stream_id, padded ? payload + 1 : payload, body, frame->length, ends);
    if (ends) end_body(conn, frame->stream_id);
    return H2_OK;
}

static void drop_rest(h2_input *in, uint32_t octets)
{
    in->left = octets;
    in->at.phase = octets > 0 ? H2_INPUT_SKIP : H2_INPUT_HEAD;
}

h2_status h2_begin_data(h2_connection *conn, uint32_t pad_length, h2_event *event)
{
    h2_input *const in = &conn->input;
    const bool padded = (in->frame.flags & H2_FLAG_PADDED) != 0;
    if (padded) {
        const h2_frame_fault fault = h2_frame_check_padding(&in->frame, (uint8_t)pad_length);
        if (fault != H2_FAULT_NONE) TRY(h2_frame_broken(conn, fault, event));
    }
    const uint32_t overhead = padded ? 1 + pad_length : 0;
    const uint32_t body = in->frame.length - overhead;
    bool deliver;
    const h2_status status = admit(conn, body, &deliver, event);
    if (!deliver) {
        drop_rest(in, in->frame.length - (padded ? 1 : 0));
        return status;
    }
    in->at.phase = H2_INPUT_BODY;
    in->left = body;
    in->padding = pad_length;
    in->overhead = overhead;
    return H2_NEED_DATA;
}

/* Whether the stream still takes the body that began: the application may have reset it between two pieces. */
static bool is_receiving(h2_connection *conn, uint32_t id)
{
    const h2_stream *const stream = h2_streams_find(&conn->streams, id);
    return stream != NULL && stream->machine.state != H2_STREAM_CLOSED;
}

h2_status h2_continue_data(h2_connection *conn, const uint8_t **data, size_t *len, h2_event *event)
{
    h2_input *const in = &conn->input;
    const uint32_t id = in->frame.stream_id;
    const uint32_t n = *len < in->left ? (uint32_t)*len : in->left;
    const bool last = n == in->left;
    if (n == 0 && !last) return H2_NEED_DATA;
    if (!is_receiving(conn, id)) {
        const uint32_t octets = in->left + in->overhead;
        drop_rest(in, in->left + in->padding);
        h2_credit_data(conn, octets);
        return h2_credit_dropped(conn, octets);
    }
    const bool ends = last && (in->frame.flags & H2_FLAG_END_STREAM) != 0;
    set_data_event(event, id, *data, n, last ? n + in->overhead : n, ends);
    *data += n;
    *len -= n;
    in->left -= n;
    if (last) drop_rest(in, in->padding);
    if (ends) end_body(conn, id);
    return H2_OK;
}
