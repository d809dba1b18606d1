/* What every call begins and ends with: refusals, and putting back what a call that failed has changed. */
#include "connection/connection.h"
#include "connection/wording.h"

h2_status h2_argument(h2_connection *conn, const char *text)
{
    return h2_refuse(conn, H2_ERROR_ARGUMENT, H2_CODE_INTERNAL_ERROR, -1, "%s", text);
}

bool h2_are_fields(const h2_header *headers, size_t count)
{
    if (headers == NULL) return count == 0;
    for (size_t i = 0; i < count; i++) {
        if (headers[i].name == NULL && headers[i].name_len > 0) return false;
        if (headers[i].value == NULL && headers[i].value_len > 0) return false;
    }
    return true;
}

h2_undo h2_undo_point(h2_connection *conn, uint32_t stream_id)
{
    return h2_undo_with(conn, stream_id, stream_id == 0 ? NULL : h2_streams_find(&conn->streams, stream_id));
}

static void put_back(h2_connection *conn, const h2_undo *undo)
{
    conn->state = undo->state;
    conn->begun = undo->begun;
    h2_stream *const stream = undo->stream_id == 0 ? NULL : h2_streams_find(&conn->streams, undo->stream_id);
    if (undo->existed) {
        if (stream != NULL) h2_restore_stream(conn, stream, undo->machine);
        return;
    }
    if (stream != NULL) {
        h2_restore_stream(conn, stream, (h2_stream_machine){0});
        h2_discard_stream(conn, stream);
    }
    conn->highest_inbound = undo->highest_inbound;
    conn->highest_outbound = undo->highest_outbound;
    conn->budget.streams_opened = undo->streams_opened;
}

h2_status h2_call_end(h2_connection *conn, const h2_undo *undo, h2_status status)
{
    if (status < 0 && (status == H2_ERROR_NO_MEMORY || conn->policy->refusals_change_nothing)) {
        put_back(conn, undo);
        return status;
    }
    h2_stream *const stream = undo->stream_id == 0 ? NULL : h2_streams_find(&conn->streams, undo->stream_id);
    if (stream != NULL) h2_retire_stream(conn, stream);
    return status;
}

h2_status h2_refuse_too_low(h2_connection *conn, uint32_t id, uint32_t highest)
{
    char text[H2_WORDING];
    const h2_status status = h2_refuse(conn, H2_ERROR_STREAM_ID_TOO_LOW, H2_CODE_PROTOCOL_ERROR, id, "%s",
                                       h2_word_too_low(conn, id, highest, text));
    if (status == H2_ERROR_STREAM_ID_TOO_LOW) h2_refuse_highest(conn, highest);
    return status;
}

h2_status h2_not_begun(h2_connection *conn)
{
    return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, -1,
                     "The conversation has not begun: h2_initiate_connection comes first");
}

h2_status h2_call_step_slowly(h2_connection *conn, h2_connection_input input)
{
    if (!conn->begun && conn->policy->begin_once) {
        return h2_not_begun(conn);
    }
    const uint8_t before = conn->state;
    const h2_step step = h2_connection_step_in(conn->policy->profile, &conn->state, (int)input);
    if (step.status == H2_OK) return H2_OK;
    char text[H2_WORDING];
    return h2_refuse(conn, step.status, H2_CODE_PROTOCOL_ERROR, -1, "%s",
                     h2_word_state(conn, false, (int)input, before, text));
}

h2_status h2_call_stream_step_slowly(h2_connection *conn, h2_stream *stream, h2_stream_input input)
{
    const uint8_t before = stream->machine.state;
    const uint32_t id = stream->id;
    const h2_step step = h2_step_stream(conn, stream, input);
    if (step.status == H2_OK) return H2_OK;
    char text[H2_WORDING];
    if (step.status == H2_ERROR_STREAM_CLOSED) {
        return h2_refuse(conn, step.status, H2_CODE_STREAM_CLOSED, id, "%s",
                         h2_word_stream(conn, step.status, id, text));
    }
    if (step.message != NULL)
        return h2_refuse(conn, step.status, H2_CODE_PROTOCOL_ERROR, id, "%s", step.message);
    return h2_refuse(conn, step.status, H2_CODE_PROTOCOL_ERROR, id, "%s",
                     h2_word_state(conn, true, (int)input, before, text));
}

h2_status h2_call_stream(h2_connection *conn, uint32_t id, h2_stream **out)
{
    *out = id == 0 ? NULL : h2_streams_find(&conn->streams, id);
    if (*out != NULL) return H2_OK;
    const h2_status status = h2_missing_stream(conn, id);
    const uint32_t code = status == H2_ERROR_STREAM_CLOSED ? H2_CODE_STREAM_CLOSED : H2_CODE_PROTOCOL_ERROR;
    const int64_t told = id == 0 ? -1 : (int64_t)id;
    char text[H2_WORDING];
    return h2_refuse(conn, status, code, told, "%s", h2_word_stream(conn, status, told, text));
}
