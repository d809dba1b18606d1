/* Views of a connection and its streams, and the overrides that users of Python's h2 know as assignments. */
#include "connection/connection.h"

uint32_t h2_max_inbound_frame_size(const h2_connection *conn)
{
    return conn == NULL ? 0 : conn->max_inbound_frame;
}

uint32_t h2_max_outbound_frame_size(const h2_connection *conn)
{
    return conn == NULL ? 0 : conn->max_outbound_frame;
}

uint32_t h2_open_inbound_streams(h2_connection *conn)
{
    if (conn == NULL || conn->input.at.in_callback) return 0;
    h2_purge_streams(conn);
    return conn->open_inbound;
}

uint32_t h2_open_outbound_streams(h2_connection *conn)
{
    if (conn == NULL || conn->input.at.in_callback) return 0;
    h2_purge_streams(conn);
    return conn->open_outbound;
}

h2_settings *h2_local_settings(h2_connection *conn)
{
    return conn == NULL ? NULL : &conn->local;
}

h2_settings *h2_remote_settings(h2_connection *conn)
{
    return conn == NULL ? NULL : &conn->remote;
}

void h2_connection_get_info(const h2_connection *conn, h2_connection_info *out)
{
    if (conn == NULL || out == NULL) return;
    const h2_connection_info now = {.size = out->size,
                                    .state = conn->state,
                                    .outbound_window = conn->outbound_window,
                                    .inbound_window = conn->inbound.current,
                                    .highest_inbound_stream_id = conn->highest_inbound,
                                    .highest_outbound_stream_id = conn->highest_outbound,
                                    .encoder_table_size = h2_encoder_table(conn),
                                    .decoder_table_size = h2_decoder_table(conn),
                                    .max_inbound_frame_size = conn->max_inbound_frame,
                                    .max_outbound_frame_size = conn->max_outbound_frame};
    memcpy(out, &now, out->size < sizeof now ? out->size : sizeof now);
}

bool h2_stream_get_info(const h2_connection *conn, uint32_t stream_id, h2_stream_info *out)
{
    const h2_stream *const stream =
        conn == NULL || stream_id == 0 ? NULL : h2_streams_look(&conn->streams, stream_id);
    if (stream == NULL || out == NULL) return false;
    const h2_stream_machine *const m = &stream->machine;
    const h2_stream_info now = {.size = out->size,
                                .state = m->state,
                                .closed_by = m->closed_by,
                                .open = h2_state_is_open(m->state),
                                .closed = m->state == H2_STREAM_CLOSED,
                                .headers_sent = (m->flags & H2_STREAM_HEADERS_SENT) != 0,
                                .trailers_sent = (m->flags & H2_STREAM_TRAILERS_SENT) != 0,
                                .headers_received = (m->flags & H2_STREAM_HEADERS_RECEIVED) != 0,
                                .trailers_received = (m->flags & H2_STREAM_TRAILERS_RECEIVED) != 0,
                                .outbound_window = h2_outbound_window_of(conn, stream),
                                .inbound_window = h2_inbound_window_of(conn, stream).current,
                                .client = m->client};
    memcpy(out, &now, out->size < sizeof now ? out->size : sizeof now);
    return true;
}

bool h2_next_stream(const h2_connection *conn, uint32_t after, uint32_t *out)
{
    if (conn == NULL || out == NULL) return false;
    uint32_t slot = conn->streams.oldest;
    if (after != 0) {
        const h2_stream *const stream = h2_streams_look(&conn->streams, after);
        if (stream == NULL) return false;
        slot = stream->newer;
    }
    if (slot == H2_NO_SLOT) return false;
    *out = conn->streams.slots[slot].id;
    return true;
}

h2_closed_by h2_stream_closed_by(const h2_connection *conn, uint32_t stream_id)
{
    return conn == NULL ? H2_CLOSED_BY_NONE : h2_how_closed(conn, stream_id);
}

h2_status h2_override_window(h2_connection *conn, uint32_t stream_id, bool outbound, int64_t value)
{
    TRY(h2_call_begin(conn));
    if (value < INT32_MIN || value > H2_WINDOW_MAX)
        return h2_argument(conn, "a window lies within -2^31 and 2^31-1");
    if (stream_id == 0) {
        if (outbound) {
            conn->outbound_window = value;
        } else {
            conn->inbound.current = value;
        }
        return H2_OK;
    }
    h2_stream *stream;
    TRY(h2_call_stream(conn, stream_id, &stream));
    const int64_t offset = value - (outbound ? conn->outbound_initial : conn->inbound_initial);
    if (offset < INT32_MIN) return h2_argument(conn, "the window is too far below the initial one");
    if (!outbound) {
        stream->inbound_offset = (int32_t)offset;
        return H2_OK;
    }
    stream->outbound_offset = (int32_t)offset;
    if (offset > conn->highest_offset) conn->highest_offset = offset;
    return H2_OK;
}

h2_status h2_override_frame_size(h2_connection *conn, bool outbound, uint32_t value)
{
    enum {
        MOST = 0xffffff
    };
    TRY(h2_call_begin(conn));
    if (value == 0 || value > MOST) return h2_argument(conn, "a frame size lies within 1 and 2^24-1");
    if (outbound) {
        conn->max_outbound_frame = value;
    } else {
        conn->max_inbound_frame = value;
    }
    return H2_OK;
}
