/* The end of a connection: GOAWAY sent, graceful shutdown, and streams that a GOAWAY of the peer refuses
 * (RFC 9113 section 6.8). */
#include "connection/connection.h"

#include <stddef.h>
#include <string.h>

enum {
    FIXED_OCTETS = 8 /* of a GOAWAY's payload, in front of the debug data */
};

uint32_t h2_last_handled(const h2_connection *conn)
{
    const uint32_t highest = conn->highest_inbound;
    return h2_is_beyond_goaway(conn, highest) ? conn->goaway.sent_last : highest;
}

void h2_die(h2_connection *conn)
{
    enum {
        BEGIN = offsetof(h2_connection, input) + sizeof(h2_input_place),
        PLACE = offsetof(h2_connection, local) - BEGIN,
        MOST_DEBUG = 16
    };
    _Static_assert(PLACE >= sizeof(h2_chunk) + H2_GOAWAY_FRAME + MOST_DEBUG, "the last GOAWAY has room");
    const bool bound = conn->memory.refused;
    const char *const debug = bound && conn->policy->name_bounds ? h2_limit_name(H2_LIMIT_max_memory) : "";
    const size_t len = strlen(debug);
    h2_buffer_free(&conn->input.partial, &conn->memory);
    h2_free_block(conn);
    conn->input.at.dead = true;
    if (!conn->begun || conn->state == H2_CONNECTION_CLOSED) return;
    uint8_t *const at =
        h2_output_end_in(&conn->output, (uint8_t *)conn + BEGIN, PLACE, H2_GOAWAY_FRAME + len);
    if (at == NULL) return;
    const uint32_t code = bound ? H2_CODE_ENHANCE_YOUR_CALM : H2_CODE_INTERNAL_ERROR;
    (void)h2_frame_write_goaway(at, h2_last_handled(conn), code, debug, len);
    (void)h2_connection_step_in(conn->policy->profile, &conn->state, H2_CONNECTION_SEND_GOAWAY);
}

/* Streams of ours above the last id of the peer's GOAWAY were not handled and never will be. */
bool h2_next_refused(h2_connection *conn, h2_event *event)
{
    if (!conn->input.at.refusing) return false;
    for (uint32_t slot = conn->streams.newest; slot != H2_NO_SLOT; slot = conn->streams.slots[slot].older) {
        h2_stream *const stream = &conn->streams.slots[slot];
        if (!(stream->machine.flags & H2_STREAM_OUR_SIDE)) continue;
        if (stream->id <= conn->goaway.received_last) break;
        if (stream->machine.state == H2_STREAM_CLOSED) continue;
        event->type = H2_EVENT_STREAM_RESET;
        event->stream_id = stream->id;
        event->stream_reset =
            (struct h2_event_reset){.error_code = H2_CODE_REFUSED_STREAM, .remote_reset = true};
        (void)h2_step_stream(conn, stream, H2_STREAM_RECV_RST_STREAM);
        h2_retire_stream(conn, stream);
        return true;
    }
    conn->input.at.refusing = false;
    return false;
}

/* The peer takes its streams beyond our last id for not handled, and says no more of them. */
static void close_beyond_goaway(h2_connection *conn)
{
    uint32_t slot = conn->streams.oldest;
    while (slot != H2_NO_SLOT) {
        h2_stream *const stream = &conn->streams.slots[slot];
        slot = stream->newer;
        if (!(stream->machine.flags & H2_STREAM_OUR_SIDE) && h2_is_beyond_goaway(conn, stream->id))
            h2_close_stream(conn, stream);
    }
}

/* What a graceful end announces first: the highest stream that this peer may open. nghttp2 ends the connection
 * over an id of the wrong side. */
static uint32_t announced_last(const h2_connection *conn)
{
    return conn->config.role == H2_CLIENT ? H2_STREAM_ID_MAX - 1 : H2_STREAM_ID_MAX;
}

static h2_status send_goaway(h2_connection *conn, uint32_t code, const void *debug, size_t len,
                             uint32_t last_id)
{
    const bool graceful = code == H2_CODE_NO_ERROR;
    TRY(h2_call_step(conn, graceful ? H2_CONNECTION_SEND_GRACEFUL_GOAWAY : H2_CONNECTION_SEND_GOAWAY));
    h2_goaway *const goaway = &conn->goaway;
    if (conn->policy->goaway_drains && goaway->sent && last_id > goaway->sent_last) {
        return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, -1,
                         "The last stream identifier of GOAWAY may not rise from %u to %u", goaway->sent_last,
                         last_id);
    }
    const size_t most = conn->max_outbound_frame;
    if (most < FIXED_OCTETS || len > most - FIXED_OCTETS) {
        return h2_refuse(conn, H2_ERROR_FRAME_TOO_LARGE, H2_CODE_FRAME_SIZE_ERROR, -1,
                         "The debug data does not fit a frame, max frame size is %u",
                         conn->max_outbound_frame);
    }
    TRY(h2_queue_goaway(conn, last_id, code, debug, len));
    if (!conn->policy->goaway_drains) return H2_OK;
    goaway->announces = !goaway->sent && last_id == announced_last(conn);
    goaway->sent = true;
    goaway->sent_last = last_id;
    close_beyond_goaway(conn);
    return H2_OK;
}

h2_status h2_close_connection(h2_connection *conn, uint32_t error_code, const void *additional_data,
                              size_t len, int64_t last_stream_id)
{
    TRY(h2_call_begin(conn));
    if (additional_data == NULL && len > 0) return h2_argument(conn, "additional_data must not be NULL");
    if (last_stream_id < -1 || last_stream_id > (int64_t)H2_STREAM_ID_MAX) {
        return h2_argument(conn, "last_stream_id must be -1 or within 0 and 2^31-1");
    }
    h2_log(conn, H2_LOG_DEBUG, "Close connection");
    const uint32_t last_id = last_stream_id < 0 ? h2_last_handled(conn) : (uint32_t)last_stream_id;
    const h2_undo undo = h2_undo_point(conn, 0);
    return h2_call_end(conn, &undo, send_goaway(conn, error_code, additional_data, len, last_id));
}

h2_status h2_shutdown(h2_connection *conn)
{
    TRY(h2_call_begin(conn));
    const bool announce = conn->policy->goaway_drains && !conn->goaway.sent;
    return h2_close_connection(conn, H2_CODE_NO_ERROR, NULL, 0,
                               announce ? (int64_t)announced_last(conn) : -1);
}

bool h2_connection_is_closed(const h2_connection *conn)
{
    if (conn == NULL || conn->input.at.dead || conn->state == H2_CONNECTION_CLOSED) return true;
    const bool draining = conn->goaway.received || (conn->goaway.sent && !conn->goaway.announces);
    return draining && conn->streams.count == 0; /* a stream is held until its end was told */
}
