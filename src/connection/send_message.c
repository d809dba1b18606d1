/* Sending fields: requests, responses, 1xx, trailers and promises (RFC 9113 sections 8.1 and 8.4). A list is judged whole
 * before anything of it reaches the encoder. */
#include "base/attributes.h"
#include "connection/connection.h"
#include "connection/wording.h"

/* What is known of the list that was told last becomes what is known of this one. */
static inline void take_notes(h2_outbound_list *list, const h2_field_work *work)
{
    list->survey = &work->survey;
    list->hints.notes = h2_field_work_notes(work);
    list->hints.marks = h2_field_work_marks(work);
}

/* Whether the list has the names of the last one and needs no changes, as that. */
static inline bool is_again(h2_connection *conn, h2_outbound_list *list)
{
    h2_messages *const messages = conn->messages;
    if (messages == NULL || messages->work == NULL || !conn->config.normalize_outbound_headers) return false;
    h2_field_work *const work = &messages->work->outbound;
    if (!h2_field_list_repeats(work, &messages->encoder, conn->config.split_outbound_cookies, list->fields,
                               list->count, &list->hints.octets)) {
        return false;
    }
    take_notes(list, work);
    list->hints.hold = &work->hold;
    list->hints.repeats = true;
    return true;
}

/* Whether it is one, as h2_are_fields has it; *list: the caller's own. */
H2_INLINED static bool is_list(h2_connection *conn, const h2_header *headers, size_t count,
                               h2_outbound_list *list)
{
    list->fields = headers;
    list->count = count;
    if (is_again(conn, list)) return true;
    list->hints = (h2_encoder_hints){.octets = 0};
    list->survey = NULL;
    if (headers == NULL) return count == 0;
    return h2_encoder_measure(headers, count, &list->hints.octets);
}

/* The caller's list becomes what is sent, with what is known of it. */
static h2_status normalize_list(h2_connection *conn, h2_outbound_list *list)
{
    if (conn->messages == NULL) TRY(h2_need_messages(conn));
    if (!conn->config.normalize_outbound_headers) {
        if (conn->messages->work != NULL) h2_field_work_forget(&conn->messages->work->outbound);
        return H2_OK;
    }
    if (!h2_need_work(conn)) return H2_ERROR_NO_MEMORY;
    h2_field_work *const work = &conn->messages->work->outbound;
    const h2_header *const given = list->fields;
    if (!h2_field_normalize_outbound(work, &conn->memory, &conn->messages->encoder,
                                     conn->config.split_outbound_cookies, &list->fields, &list->count)) {
        return H2_ERROR_NO_MEMORY;
    }
    take_notes(list, work);
    if (list->fields == given) return H2_OK;
    list->hints.marks = NULL;
    list->hints.octets = h2_encoder_octets(list->fields, list->count);
    return H2_OK;
}

/* From the caller's list to what goes out. */
static h2_status prepare(h2_connection *conn, h2_block_kind kind, h2_outbound_list *list)
{
    if (!list->hints.repeats) TRY(normalize_list(conn, list));
    if (!conn->config.validate_outbound_headers) return H2_OK;
    h2_field_work *const work = list->survey ? &conn->messages->work->outbound : NULL;
    const h2_field_context context = {
        .kind = kind,
        .outbound = true,
        .protocol_allowed = h2_settings_value(&conn->remote, H2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 0) == 1,
        .policy = conn->policy,
    };
    if (work && h2_field_is_ordinary(list->fields, &work->survey, &context)) {
        h2_field_work_note_ordinary(work, kind);
        return H2_OK;
    }
    char message[H2_FIELD_MESSAGE];
    if (h2_field_check(list->fields, list->hints.notes, list->count, &context, message)) return H2_OK;
    return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, -1, "%s", message);
}

/* Whether the list has been prepared with the last one, which was ordinary as that kind of block. */
static inline bool is_prepared(const h2_connection *conn, h2_block_kind kind, const h2_outbound_list *list)
{
    return list->hints.repeats && h2_field_work_was_ordinary(&conn->messages->work->outbound, kind);
}

/* Opening. */

/* Whether a block on `stream` makes it count as open: on a new one, or on one that was only promised. */
static bool opens_stream(const h2_connection *conn, const h2_stream *stream)
{
    if (stream == NULL) return true;
    return conn->policy->promises_count && stream->machine.state == H2_STREAM_RESERVED_LOCAL;
}

static h2_status check_concurrency(h2_connection *conn, uint32_t id)
{
    const uint32_t most = h2_settings_value(&conn->remote, H2_SETTINGS_MAX_CONCURRENT_STREAMS, UINT32_MAX);
    if (conn->policy->forget_lazily) h2_purge_streams(conn);
    if (most == UINT32_MAX || conn->open_outbound < most) return H2_OK;
    return h2_refuse(conn, H2_ERROR_TOO_MANY_STREAMS, H2_CODE_PROTOCOL_ERROR, id,
                     "Max outbound streams is %u, %u open", most, conn->open_outbound);
}

/* After GOAWAY no stream is opened (RFC 9113 section 6.8). */
static h2_status check_draining(h2_connection *conn, uint32_t id)
{
    const h2_goaway *const goaway = &conn->goaway;
    if (!conn->policy->goaway_drains || !(goaway->sent || goaway->received)) return H2_OK;
    return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_REFUSED_STREAM, id,
                     "Stream %u cannot be opened: GOAWAY was %s, open another connection", id,
                     goaway->received ? "received" : "sent");
}

/* Whether this side may open a stream of that id now. */
static h2_status check_new_id(h2_connection *conn, uint32_t id)
{
    const bool ours = h2_is_ours(conn, id);
    const uint32_t highest = ours ? conn->highest_outbound : conn->highest_inbound;
    if (id <= highest) {
        const bool known = conn->policy->roles_are_fixed && h2_how_closed(conn, id) != H2_CLOSED_BY_NONE;
        if (!known) return h2_refuse_too_low(conn, id, highest);
        char text[H2_WORDING];
        return h2_refuse(conn, H2_ERROR_STREAM_CLOSED, H2_CODE_STREAM_CLOSED, id, "%s",
                         h2_word_stream(conn, H2_ERROR_STREAM_CLOSED, id, text));
    }
    if (ours) return H2_OK;
    return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, id, "Invalid stream ID for peer.");
}

static h2_status open_stream(h2_connection *conn, uint32_t id, h2_stream **out)
{
    TRY(check_new_id(conn, id));
    if (!h2_reserve_stream(conn, id)) return H2_ERROR_NO_MEMORY;
    *out = h2_open_stream(conn, id);
    return H2_OK;
}

/* Only a client opens streams with HEADERS; for a server a stream that is not held is idle or closed. */
static h2_status open_for_headers(h2_connection *conn, uint32_t id, h2_stream **out)
{
    if (!conn->policy->roles_are_fixed || conn->config.role == H2_CLIENT) return open_stream(conn, id, out);
    if (h2_missing_stream(conn, id) == H2_ERROR_STREAM_CLOSED) return h2_call_stream(conn, id, out);
    return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, id,
                     "Stream %u is idle: a server answers requests and promises, and opens no stream", id);
}

/* HEADERS. */

static h2_status check_priority(h2_connection *conn, uint32_t id, const h2_priority *priority)
{
    if (priority->depends_on == id) {
        return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, id,
                         "Stream %u may not depend on itself", id);
    }
    if (priority->weight >= 1 && priority->weight <= 256) return H2_OK;
    return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, id,
                     "Weight must be between 1 and 256, not %u", (unsigned)priority->weight);
}

h2_status h2_check_priority(h2_connection *conn, uint32_t id, const h2_priority *priority)
{
    if (conn->config.role == H2_SERVER) {
        return h2_refuse(conn, H2_ERROR_RFC1122, H2_CODE_PROTOCOL_ERROR, id,
                         "Servers SHOULD NOT prioritize streams.");
    }
    return check_priority(conn, id, priority);
}

/* What the stream must remember of what was sent to judge the answer. */
static void note_sent(h2_connection *conn, h2_stream *stream, const h2_outbound_list *list,
                      h2_block_kind kind)
{
    if (conn->policy->message_semantics && kind != H2_BLOCK_REQUEST) return;
    const h2_header *const method =
        h2_field_find(list->fields, list->hints.notes, list->count, H2_TOKEN_METHOD);
    const unsigned keep = stream->machine.flags & ~(unsigned)(H2_STREAM_IS_HEAD | H2_STREAM_IS_CONNECT);
    unsigned flags = keep;
    if (h2_field_value_is(method, "HEAD")) flags |= H2_STREAM_IS_HEAD;
    if (h2_field_value_is(method, "CONNECT") && conn->policy->message_semantics)
        flags |= H2_STREAM_IS_CONNECT;
    stream->machine.flags = (uint8_t)flags;
}

/* A client keeps the authority of a request, for alternative services. *out is 0 where there is none to keep. */
static h2_status keep_authority(h2_connection *conn, const h2_stream *stream, const h2_outbound_list *list,
                                uint32_t *out)
{
    *out = 0;
    if (stream->machine.client != 1 || (stream->machine.flags & H2_STREAM_HEADERS_RECEIVED)) return H2_OK;
    if (stream->authority != 0) return H2_OK;
    const h2_header *const authority =
        h2_field_find(list->fields, list->hints.notes, list->count, H2_TOKEN_AUTHORITY);
    if (authority == NULL) return H2_OK;
    *out = h2_intern_authority(conn, authority->value, authority->value_len);
    return *out == 0 ? H2_ERROR_NO_MEMORY : H2_OK;
}

/* Steps the stream's machine and tells what kind of block it expects. */
static h2_status step_headers(h2_connection *conn, h2_stream *stream, bool informational, h2_block_kind *kind)
{
    const bool was_sent = (stream->machine.flags & H2_STREAM_HEADERS_SENT) != 0;
    TRY(h2_call_stream_step(conn, stream,
                            informational ? H2_STREAM_SEND_INFORMATIONAL_HEADERS : H2_STREAM_SEND_HEADERS));
    if (informational) {
        *kind = H2_BLOCK_RESPONSE;
    } else if (H2_UNUSUAL(was_sent)) {
        *kind = H2_BLOCK_TRAILERS;
    } else {
        *kind = stream->machine.client == 1 ? H2_BLOCK_REQUEST : H2_BLOCK_RESPONSE;
    }
    return H2_OK;
}

/* The end of the stream and the priority that go with the block. */
static h2_status step_ending(h2_connection *conn, h2_stream *stream, h2_block_kind kind, bool end_stream,
                             const h2_priority *priority)
{
    if (end_stream) TRY(h2_call_stream_step(conn, stream, H2_STREAM_SEND_END_STREAM));
    if (kind == H2_BLOCK_TRAILERS && !end_stream) {
        return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, stream->id,
                         "Trailers must have END_STREAM set.");
    }
    return H2_USUAL(priority == NULL) ? H2_OK : h2_check_priority(conn, stream->id, priority);
}

static h2_status queue_headers(h2_connection *conn, uint32_t id, const h2_outbound_list *list,
                               bool end_stream, const h2_priority *priority)
{
    uint8_t prefix[H2_PRIORITY_FIELDS];
    if (H2_UNUSUAL(priority != NULL)) h2_frame_put_priority(prefix, priority);
    const unsigned flags = (end_stream ? (unsigned)H2_FLAG_END_STREAM : 0U) |
                           (priority != NULL ? (unsigned)H2_FLAG_PRIORITY : 0U);
    const h2_frame_header first = {.type = H2_FRAME_HEADERS, .flags = (uint8_t)flags, .stream_id = id};
    return h2_queue_header_block(conn, &first, prefix, priority == NULL ? 0 : sizeof prefix, list);
}

/* `*found`: the stream, or NULL; receives one that is opened. */
static h2_status send_headers(h2_connection *conn, uint32_t id, h2_stream **found, h2_outbound_list *list,
                              bool end_stream, const h2_priority *priority)
{
    h2_stream *stream = *found;
    if (opens_stream(conn, stream)) TRY(check_concurrency(conn, id));
    if (stream == NULL) {
        if (h2_missing_stream(conn, id) == H2_ERROR_NO_SUCH_STREAM) TRY(check_draining(conn, id));
    }
    TRY(h2_call_step(conn, H2_CONNECTION_SEND_HEADERS));
    if (stream == NULL) {
        h2_stream *opened = NULL;
        TRY(open_for_headers(conn, id, &opened));
        *found = stream = opened;
    }
    /* What refuses is below zero. NOLINTNEXTLINE(clang-analyzer-core.NullDereference) */
    const bool informational = stream->machine.client != 1 &&
                               (!conn->policy->roles_are_fixed || conn->config.role == H2_SERVER) &&
                               h2_field_is_informational(list->fields, list->count);
    if (informational && end_stream) {
        return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, id,
                         "Cannot set END_STREAM on informational responses.");
    }
    h2_block_kind kind;
    TRY(step_headers(conn, stream, informational, &kind));
    if (!is_prepared(conn, kind, list)) TRY(prepare(conn, kind, list));
    TRY(step_ending(conn, stream, kind, end_stream, priority));
    uint64_t announced;
    TRY(h2_judge_message(conn, stream, list, kind, end_stream, &announced));
    uint32_t authority;
    TRY(keep_authority(conn, stream, list, &authority));
    const h2_status status = queue_headers(conn, id, list, end_stream, priority);
    if (status != H2_OK) {
        h2_drop_authority(conn, authority);
        return status;
    }
    if (authority != 0) stream->authority = authority;
    note_sent(conn, stream, list, kind);
    h2_note_message(conn, stream, list, kind, end_stream, announced);
    return H2_OK;
}

h2_status h2_send_headers(h2_connection *conn, uint32_t stream_id, const h2_header *headers, size_t count,
                          bool end_stream, const h2_priority *priority)
{
    TRY(h2_call_begin(conn));
    h2_outbound_list list;
    if (!is_list(conn, headers, count, &list)) return h2_argument(conn, "headers must not be NULL");
    if (stream_id > H2_STREAM_ID_MAX) return h2_argument(conn, "stream_id is above 2^31-1");
    if (H2_UNUSUAL(priority != NULL) && priority->depends_on > H2_STREAM_ID_MAX) {
        return h2_argument(conn, "depends_on is above 2^31-1");
    }
    if (conn->config.log != NULL) h2_log(conn, H2_LOG_DEBUG, "Send headers on stream ID %u", stream_id);
    h2_stream *stream = h2_streams_find(&conn->streams, stream_id);
    const h2_undo undo = h2_undo_with(conn, stream_id, stream);
    const h2_status status = send_headers(conn, stream_id, &stream, &list, end_stream, priority);
    if (status != H2_OK) return h2_call_end(conn, &undo, status);
    h2_retire_stream(conn, stream);
    return H2_OK;
}

/* PUSH_PROMISE. */

static void note_promise(const h2_connection *conn, h2_stream *promised, const h2_outbound_list *list)
{
    const h2_header *const method =
        h2_field_find(list->fields, list->hints.notes, list->count, H2_TOKEN_METHOD);
    if (conn->policy->message_semantics && h2_field_value_is(method, "HEAD"))
        promised->machine.flags |= H2_STREAM_IS_HEAD;
}

static h2_status push_stream(h2_connection *conn, uint32_t id, uint32_t promised_id, h2_outbound_list *list)
{
    if (h2_settings_value(&conn->remote, H2_SETTINGS_ENABLE_PUSH, 1) == 0) {
        return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, id,
                         "Remote peer has disabled stream push");
    }
    TRY(check_draining(conn, promised_id));
    TRY(h2_call_step(conn, H2_CONNECTION_SEND_PUSH_PROMISE));
    h2_stream *parent;
    h2_stream *promised;
    TRY(h2_call_stream(conn, id, &parent));
    if ((id & 1) == 0) {
        return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, id,
                         "Cannot recursively push streams.");
    }
    TRY(open_stream(conn, promised_id, &promised));
    parent = h2_streams_find(&conn->streams, id);
    TRY(h2_call_stream_step(conn, parent, H2_STREAM_SEND_PUSH_PROMISE));
    TRY(prepare(conn, H2_BLOCK_PUSHED_REQUEST, list));
    uint8_t prefix[4];
    h2_put32(prefix, promised_id);
    const h2_frame_header first = {.type = H2_FRAME_PUSH_PROMISE, .stream_id = id};
    TRY(h2_queue_header_block(conn, &first, prefix, sizeof prefix, list));
    note_promise(conn, promised, list);
    return h2_call_stream_step(conn, promised, H2_STREAM_SEND_PUSH_PROMISE);
}

h2_status h2_push_stream(h2_connection *conn, uint32_t stream_id, uint32_t promised_stream_id,
                         const h2_header *headers, size_t count)
{
    TRY(h2_call_begin(conn));
    h2_outbound_list list;
    if (!is_list(conn, headers, count, &list)) return h2_argument(conn, "headers must not be NULL");
    if (stream_id > H2_STREAM_ID_MAX || promised_stream_id > H2_STREAM_ID_MAX) {
        return h2_argument(conn, "a stream identifier is above 2^31-1");
    }
    h2_log(conn, H2_LOG_DEBUG, "Send Push Promise on stream ID %u", stream_id);
    const h2_undo undo = h2_undo_point(conn, promised_stream_id);
    const h2_status status =
        h2_call_end(conn, &undo, push_stream(conn, stream_id, promised_stream_id, &list));
    h2_stream *const parent = h2_streams_find(&conn->streams, stream_id);
    if (parent != NULL) h2_retire_stream(conn, parent);
    return status;
}
