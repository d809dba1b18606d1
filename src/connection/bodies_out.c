/* Whether what is sent is a message: the length of a body against what was announced (RFC 9113 section 8.1.1), and tunnels,
 * which take nothing but DATA (section 8.5). The mirror of what headers_in.c and data_in.c judge. */
#include "base/attributes.h"
#include "connection/connection.h"

static bool is_judged(const h2_connection *conn)
{
    return conn->policy->message_semantics && conn->config.validate_outbound_headers;
}

static h2_status wrong_length(h2_connection *conn, uint32_t id, uint64_t announced, uint64_t actual)
{
    const h2_status status = h2_refuse(conn, H2_ERROR_INVALID_BODY_LENGTH, H2_CODE_PROTOCOL_ERROR, id,
                                       "A body of %llu octets was announced, this would make it %llu",
                                       (unsigned long long)announced, (unsigned long long)actual);
    if (status == H2_ERROR_INVALID_BODY_LENGTH) h2_refuse_lengths(conn, announced, actual);
    return status;
}

static inline const h2_header *find(const h2_outbound_list *list, h2_token token)
{
    return h2_field_find_in(list->fields, list->hints.notes, list->count, list->survey, token);
}

static bool has_class(const h2_header *status, char digit)
{
    return status != NULL && status->value_len > 0 && status->value[0] == digit;
}

/* What content-length says of a request or a response is about its body only where that is no tunnel, and a response has no
 * body whatever it says where its request or its status has it so (RFC 9110 section 6.4.1). line: the method or status. */
static inline uint64_t length_of_body(const h2_connection *conn, const h2_stream *stream,
                                      const h2_header *line, h2_block_kind kind, uint64_t length)
{
    if (kind == H2_BLOCK_REQUEST) {
        const bool tunnel = length != H2_NO_LENGTH && h2_field_value_is(line, "CONNECT");
        return tunnel ? H2_NO_LENGTH : length;
    }
    if (has_class(line, '1') || (conn->upgraded && stream->id == H2_UPGRADE_STREAM)) return H2_NO_LENGTH;
    if ((stream->machine.flags & H2_STREAM_IS_CONNECT) && has_class(line, '2')) return H2_NO_LENGTH;
    const bool none = (stream->machine.flags & H2_STREAM_IS_HEAD) || h2_field_value_is(line, "204") ||
                      h2_field_value_is(line, "304");
    return none ? 0 : length;
}

static h2_status judge_trailers(h2_connection *conn, const h2_stream *stream)
{
    if (stream->machine.flags & H2_STREAM_IS_CONNECT) {
        return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, stream->id,
                         "Cannot send HEADERS in a tunnel");
    }
    h2_body *body;
    return h2_judge_body(conn, stream->id, 0, true, &body);
}

/* The length that the fields announce, or H2_NO_LENGTH as it was, where it takes more than a look. */
H2_APART static h2_status read_length(h2_connection *conn, const h2_stream *stream,
                                      const h2_outbound_list *list, uint64_t *length)
{
    bool found;
    char message[H2_FIELD_MESSAGE];
    if (h2_field_length_in(list->fields, list->hints.notes, list->count, list->survey, conn->policy, &found,
                           length, message) == H2_OK) {
        return H2_OK;
    }
    return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, stream->id, "%s", message);
}

static h2_token line_of(h2_block_kind kind)
{
    return kind == H2_BLOCK_REQUEST ? H2_TOKEN_METHOD : H2_TOKEN_STATUS;
}

/* What is announced is remembered: makes room for that. */
H2_APART static h2_status reserve_body(h2_connection *conn, uint64_t length, uint64_t *announced)
{
    if (!h2_bodies_reserve(&conn->messages->bodies, &conn->memory)) return H2_ERROR_NO_MEMORY;
    *announced = length;
    return H2_OK;
}

/* Judges the length of the body that follows. */
static inline h2_status judge_length(h2_connection *conn, const h2_stream *stream, uint64_t length, bool ends,
                                     uint64_t *announced)
{
    if (length == H2_NO_LENGTH) return H2_OK;
    if (ends) return length == 0 ? H2_OK : wrong_length(conn, stream->id, length, 0);
    if (!h2_bodies_have_room(&conn->messages->bodies)) return reserve_body(conn, length, announced);
    *announced = length;
    return H2_OK;
}

/* Where it takes more than a look. */
H2_APART static h2_status judge_slowly(h2_connection *conn, const h2_stream *stream,
                                       const h2_outbound_list *list, h2_block_kind kind, bool ends,
                                       uint64_t *announced)
{
    uint64_t length = H2_NO_LENGTH;
    TRY(read_length(conn, stream, list, &length));
    if (kind == H2_BLOCK_TRAILERS) return judge_trailers(conn, stream);
    length = length_of_body(conn, stream, find(list, line_of(kind)), kind, length);
    return judge_length(conn, stream, length, ends, announced);
}

/* Whether it is a response to a request that changes nothing about the length of its body. */
static inline bool is_plain_response(const h2_connection *conn, const h2_stream *stream, h2_block_kind kind)
{
    const unsigned changing = (unsigned)H2_STREAM_IS_CONNECT | (unsigned)H2_STREAM_IS_HEAD;
    return kind == H2_BLOCK_RESPONSE && !conn->upgraded && !(stream->machine.flags & changing);
}

/* Of a list that does not repeat, or not in what counts here. */
H2_APART static h2_status judge_anew(h2_connection *conn, const h2_stream *stream,
                                     const h2_outbound_list *list, h2_block_kind kind, bool ends,
                                     uint64_t *announced)
{
    const h2_field_survey *const survey = list->survey;
    uint64_t length = H2_NO_LENGTH;
    if (kind == H2_BLOCK_TRAILERS || !h2_field_length_at_once(list->fields, survey, &length))
        return judge_slowly(conn, stream, list, kind, ends, announced);
    /* No pseudo-field comes twice: that was judged. */
    const h2_token token = line_of(kind);
    const h2_header *const line = h2_field_has(survey, token) ? &list->fields[survey->place[token]] : NULL;
    length = length_of_body(conn, stream, line, kind, length);
    if (is_plain_response(conn, stream, kind))
        h2_field_work_note_length(&conn->messages->work->outbound, length);
    return judge_length(conn, stream, length, ends, announced);
}

h2_status h2_judge_message(h2_connection *conn, const h2_stream *stream, const h2_outbound_list *list,
                           h2_block_kind kind, bool ends, uint64_t *announced)
{
    *announced = H2_NO_LENGTH;
    if (!is_judged(conn)) return H2_OK;
    if (list->hints.repeats && is_plain_response(conn, stream, kind)) {
        const h2_field_work *const last = &conn->messages->work->outbound;
        if (last->measured) return judge_length(conn, stream, last->length, ends, announced);
    }
    return judge_anew(conn, stream, list, kind, ends, announced);
}

/* A tunnel that is refused is none (RFC 9113 section 8.5). */
void h2_note_tunnel(h2_stream *stream, const h2_outbound_list *list)
{
    const h2_header *const status = find(list, H2_TOKEN_STATUS);
    if (has_class(status, '1') || has_class(status, '2')) return;
    stream->machine.flags &= (uint8_t) ~(unsigned)H2_STREAM_IS_CONNECT;
}

h2_status h2_other_length(h2_connection *conn, const h2_body *body, size_t octets)
{
    if (!is_judged(conn)) return H2_OK;
    return wrong_length(conn, body->id, body->announced, body->sent + octets);
}
