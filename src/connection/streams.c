/* Opening, stepping and forgetting streams (RFC 9113 section 5.1): the one place that keeps their counts. */
#include "connection/connection.h"

#include "base/attributes.h"
#include "stream/machine.h"

h2_stream *h2_open_stream(h2_connection *conn, uint32_t id)
{
    const int64_t outbound = h2_settings_value(&conn->remote, H2_SETTINGS_INITIAL_WINDOW_SIZE, 65535);
    const int64_t inbound = h2_settings_value(&conn->local, H2_SETTINGS_INITIAL_WINDOW_SIZE, 65535);
    h2_stream *const stream = h2_streams_add(&conn->streams, id);
    stream->outbound_offset = (int32_t)(outbound - conn->outbound_initial);
    stream->inbound_offset = (int32_t)(inbound - conn->inbound_initial);
    stream->inbound_max_offset = stream->inbound_offset;
    if (stream->outbound_offset > conn->highest_offset) conn->highest_offset = stream->outbound_offset;
    if (h2_is_ours(conn, id)) {
        /* All members at once: they are read so at once. */
        const h2_stream_machine machine = {.state = H2_STREAM_IDLE, .flags = H2_STREAM_OUR_SIDE};
        memcpy(&stream->machine, &machine, sizeof machine);
        conn->highest_outbound = id;
    } else {
        conn->highest_inbound = id;
        conn->budget.streams_opened++;
    }
    return stream;
}

const uint8_t h2_stream_counts[H2_STREAM_STATES] = {
    [H2_STREAM_RESERVED_REMOTE] = H2_COUNTS_RESERVED,
    [H2_STREAM_OPEN] = H2_COUNTS_OPEN,
    [H2_STREAM_HALF_CLOSED_LOCAL] = H2_COUNTS_OPEN,
    [H2_STREAM_HALF_CLOSED_REMOTE] = H2_COUNTS_OPEN,
};

bool h2_state_is_open(unsigned state)
{
    return h2_stream_counts[state] == H2_COUNTS_OPEN;
}

h2_step h2_step_stream_otherwise(h2_connection *conn, h2_stream *stream, h2_stream_input input)
{
    const unsigned before = stream->machine.state;
    const h2_machine_cell at = h2_stream_cells[conn->policy->profile][input][before];
    const h2_step step = h2_step_otherwise(conn->policy->profile, &stream->machine, at);
    h2_count_streams(conn, stream, before);
    return step;
}

void h2_restore_stream(h2_connection *conn, h2_stream *stream, h2_stream_machine machine)
{
    const unsigned before = stream->machine.state;
    machine.flags |= stream->machine.flags & H2_STREAM_OUR_SIDE;
    stream->machine = machine;
    h2_count_streams(conn, stream, before);
}

void h2_begin_body(h2_connection *conn, h2_stream *stream)
{
    h2_drop_authority(conn, stream->authority);
    stream->received_length = 0;
}

/* The end of a stream. */

void h2_discard_stream(h2_connection *conn, h2_stream *stream)
{
    h2_forget_body(conn, stream->id);
    if (!(stream->machine.flags & H2_STREAM_HEADERS_RECEIVED)) h2_drop_authority(conn, stream->authority);
    h2_streams_remove(&conn->streams, stream);
}

static inline void forget(h2_connection *conn, h2_stream *stream)
{
    h2_closed_put(&conn->closed, stream->id, (h2_closed_by)stream->machine.closed_by);
    h2_discard_stream(conn, stream);
}

void h2_retire_closed_stream(h2_connection *conn, h2_stream *stream)
{
    if (stream->machine.flags & H2_STREAM_WAITS_PURGE) return;
    if (conn->input.at.stream_ended && conn->follow.stream_id == stream->id) return;
    const bool finished = stream->machine.closed_by == H2_CLOSED_BY_SEND_END_STREAM ||
                          stream->machine.closed_by == H2_CLOSED_BY_RECV_END_STREAM;
    if (finished && conn->budget.reset_tokens < h2_reset_tokens(conn)) h2_refill_reset(conn);
    if (H2_USUAL(!conn->policy->forget_lazily)) {
        forget(conn, stream);
        return;
    }
    stream->machine.flags |= H2_STREAM_WAITS_PURGE;
    stream->next_closed = conn->closed_list;
    conn->closed_list = h2_streams_slot(&conn->streams, stream);
}

void h2_drop_followers(h2_connection *conn, uint32_t id)
{
    h2_input_place *const at = &conn->input.at;
    if (conn->follow.stream_id == id) at->stream_ended = at->priority_updated = false;
}

void h2_close_stream(h2_connection *conn, h2_stream *stream)
{
    h2_stream_machine machine = stream->machine;
    machine.state = H2_STREAM_CLOSED;
    machine.closed_by = H2_CLOSED_BY_SEND_RST_STREAM;
    h2_restore_stream(conn, stream, machine);
    h2_drop_followers(conn, stream->id);
    h2_retire_stream(conn, stream);
}

void h2_purge_streams(h2_connection *conn)
{
    while (conn->closed_list != H2_NO_SLOT) {
        h2_stream *const stream = &conn->streams.slots[conn->closed_list];
        conn->closed_list = stream->next_closed;
        forget(conn, stream);
    }
}

h2_closed_by h2_how_closed(const h2_connection *conn, uint32_t id)
{
    const h2_stream *const stream = h2_streams_look(&conn->streams, id);
    return stream == NULL ? h2_closed_get(&conn->closed, id) : (h2_closed_by)stream->machine.closed_by;
}

bool h2_remember_reset(h2_connection *conn, uint32_t id)
{
    if (!h2_closed_reserve(&conn->closed, &conn->memory, id,
                           conn->config.limits.closed_streams / H2_CLOSED_PER_PAGE)) {
        return false;
    }
    h2_closed_put(&conn->closed, id, H2_CLOSED_BY_SEND_RST_STREAM);
    uint32_t *const highest = h2_is_ours(conn, id) ? &conn->highest_outbound : &conn->highest_inbound;
    if (id > *highest) *highest = id;
    return true;
}

/* Windows. */

h2_window h2_inbound_window_of(const h2_connection *conn, const h2_stream *stream)
{
    return (h2_window){.max = conn->inbound_initial + stream->inbound_max_offset,
                       .current = conn->inbound_initial + stream->inbound_offset,
                       .processed = stream->machine.flags & H2_STREAM_WAITS_PURGE ? 0 : stream->processed};
}

void h2_set_inbound_window(h2_connection *conn, h2_stream *stream, const h2_window *window)
{
    stream->inbound_max_offset = (int32_t)(window->max - conn->inbound_initial);
    stream->inbound_offset = (int32_t)(window->current - conn->inbound_initial);
    if (!(stream->machine.flags & H2_STREAM_WAITS_PURGE)) stream->processed = window->processed;
}
