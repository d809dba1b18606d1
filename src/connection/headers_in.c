/* HEADERS, PUSH_PROMISE and CONTINUATION from the peer (RFC 9113 sections 6.2, 6.6, 6.10, 8.1 and 8.4): blocks gathered,
 * decoded, and judged as messages. */
#include "connection/connection.h"

#include "base/attributes.h"

#include <stdio.h>

enum {
    KEPT_FRAGMENTS = 4096, /* octets of room for cut blocks that are kept between them */
    LIST_FACTOR = 4,       /* how far past its bound a list is decoded, unstored */
    LEAST_SIZE_UPDATES = 2
};

/* A header block that is complete, and the frame that began it. */
typedef struct received_block {
    uint32_t stream_id, promised_id;
    uint8_t flags;
    h2_priority priority;
    const uint8_t *bytes;
    size_t len;
} received_block;

/* Decoding. */

static h2_block_limits block_limits(const h2_connection *conn)
{
    const uint32_t fields = conn->config.limits.header_fields;
    const uint32_t sent = conn->budget.settings_sent;
    const size_t list = conn->max_header_list;
    const size_t updates = sent > LEAST_SIZE_UPDATES ? sent : LEAST_SIZE_UPDATES;
    const bool unbounded = fields == UINT32_MAX || conn->config.limits.observe_only;
    return (h2_block_limits){.list_size = list,
                             .hard_list_size = list > SIZE_MAX / LIST_FACTOR ? SIZE_MAX : list * LIST_FACTOR,
                             .fields = unbounded ? SIZE_MAX : fields,
                             .size_updates = conn->policy->bound_size_updates ? updates : SIZE_MAX,
                             .stop_at_list_size = conn->policy->stop_at_list_size};
}

H2_RARE static h2_status broken_list(h2_connection *conn, h2_rule rule, uint32_t id, h2_event *event)
{
    const bool named = conn->policy->name_bounds;
    const char *const name = named ? h2_limit_name(H2_LIMIT_header_list_size) : "";
    char text[128];
    (void)snprintf(text, sizeof text,
                   "Oversized header block: A header list larger than %llu has been received%s%s",
                   (unsigned long long)conn->max_header_list, named ? ": " : "", name);
    (void)h2_limit_allows(conn,
                          H2_LIMIT_header_list_size); /* what a setting bounds is refused all the same */
    const h2_fault fault = {.rule = rule, .stream_id = id, .text = text, .debug = named ? name : NULL};
    return h2_verdict(conn, &fault, event);
}

H2_RARE static h2_status too_many_fields(h2_connection *conn, uint32_t id, h2_event *event)
{
    if (h2_limit_allows(conn, H2_LIMIT_header_fields)) return H2_NEED_DATA;
    return h2_broken(conn, H2_RULE_FIELDS, id, event);
}

/* What decoding came to, where it does not end the connection, is judged later: `*result` says. */
static inline h2_status decode(h2_connection *conn, const received_block *block, h2_field_list *list,
                               h2_decode_result *result, h2_event *event)
{
    if (conn->messages == NULL) TRY(h2_need_messages(conn));
    const h2_block_limits limits = block_limits(conn);
    *result = h2_decoder_decode(&conn->messages->decoder, block->bytes, block->len, &limits, list);
    conn->budget.settings_sent = 0;
    switch (*result) {
    case H2_DECODE_BROKEN: return h2_broken(conn, H2_RULE_HPACK, block->stream_id, event);
    case H2_DECODE_FAR_TOO_LARGE:
        return broken_list(conn, H2_RULE_LIST_FAR_TOO_LARGE, block->stream_id, event);
    case H2_DECODE_NO_MEMORY: return H2_ERROR_NO_MEMORY;
    case H2_DECODE_TOO_LARGE:
        if (!h2_rule_is_fatal(conn, H2_RULE_LIST_TOO_LARGE)) return H2_NEED_DATA;
        return broken_list(conn, H2_RULE_LIST_TOO_LARGE, block->stream_id, event);
    default: return H2_NEED_DATA;
    }
}

/* The stream error that decoding came to, if any. */
static h2_status judge_list(h2_connection *conn, h2_decode_result result, size_t count, uint32_t id,
                            h2_event *event)
{
    const uint32_t most = conn->config.limits.header_fields;
    if (result == H2_DECODE_TOO_LARGE) return broken_list(conn, H2_RULE_LIST_TOO_LARGE, id, event);
    if (result == H2_DECODE_TOO_MANY_FIELDS || (most != UINT32_MAX && count > most)) {
        return too_many_fields(conn, id, event);
    }
    return H2_NEED_DATA;
}

/* Messages. */

/* The fields of a message, with what they are. */
typedef struct message_fields {
    h2_field_list list;
    const h2_field_survey *survey; /* of them; `seen`, or what is kept in `last` */
    h2_field_recall *last;         /* or NULL */
    h2_field_survey seen;
} message_fields;

static void look_at(message_fields *fields)
{
    h2_field_look(fields->list.notes, fields->list.count, &fields->seen);
    fields->survey = &fields->seen;
    fields->last = NULL;
}

/* The same of a list that is likely to be like the last one. */
static inline void look_first(const h2_connection *conn, message_fields *fields)
{
    h2_message_work *const work = conn->messages->work;
    fields->last = work != NULL ? &work->inbound : NULL;
    fields->survey =
        work != NULL ? h2_field_look_again(&work->inbound, fields->list.notes, fields->list.count) : NULL;
    if (fields->survey == NULL) look_at(fields);
}

/* The first field with that token, which rules ask about, or NULL. */
static const h2_header *find_field(const message_fields *fields, h2_token token)
{
    const h2_field_list *const list = &fields->list;
    return h2_field_find_in(list->fields, list->notes, list->count, fields->survey, token);
}

H2_RARE static h2_status malformed(h2_connection *conn, uint32_t id, h2_event *event, const char *text)
{
    const h2_fault fault = {.rule = H2_RULE_MALFORMED, .stream_id = id, .text = text};
    return h2_verdict(conn, &fault, event);
}

H2_RARE static h2_status body_length_fault(h2_connection *conn, const h2_stream *stream, h2_event *event)
{
    const h2_fault fault = {.rule = H2_RULE_BODY_LENGTH,
                            .stream_id = stream->id,
                            .expected = stream->expected_length,
                            .actual = stream->received_length};
    return h2_verdict(conn, &fault, event);
}

/* Whether a response has no body whatever its fields say (RFC 9110 section 6.4.1). */
static bool has_no_body(const message_fields *fields)
{
    const h2_header *const status = find_field(fields, H2_TOKEN_STATUS);
    return h2_field_value_is(status, "204") || h2_field_value_is(status, "304");
}

/* The content-length of the list, or H2_NO_LENGTH. H2_NEED_DATA: it is none that breaks a rule. */
static h2_status read_length(h2_connection *conn, uint32_t id, const message_fields *fields, uint64_t *length,
                             h2_event *event)
{
    const h2_field_list *const list = &fields->list;
    *length = H2_NO_LENGTH;
    if (!h2_field_has(fields->survey, H2_TOKEN_CONTENT_LENGTH)) return H2_NEED_DATA;
    bool found = false;
    char message[H2_FIELD_MESSAGE];
    const h2_status status = h2_field_length_in(list->fields, list->notes, list->count, fields->survey,
                                                conn->policy, &found, length, message);
    return status == H2_OK ? H2_NEED_DATA : malformed(conn, id, event, message);
}

/* What the block says of the length of the body (RFC 9113 section 8.1.1). */
static h2_status track_length(h2_connection *conn, h2_stream *stream, const message_fields *fields,
                              uint8_t kind, h2_event *event)
{
    /* What a server receives is the request. */
    const bool judged = !conn->policy->message_semantics || conn->config.role == H2_CLIENT;
    const bool is_head = judged && (stream->machine.flags & H2_STREAM_IS_HEAD) != 0;
    if (is_head) stream->expected_length = 0;
    if (is_head && !conn->policy->message_semantics) return H2_NEED_DATA;
    uint64_t length;
    const h2_status status = read_length(conn, stream->id, fields, &length, event);
    if (status != H2_NEED_DATA) return status;
    if (conn->policy->message_semantics) {
        if (kind == H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED || kind == H2_EVENT_TRAILERS_RECEIVED)
            return H2_NEED_DATA;
        if (is_head || (stream->machine.flags & H2_STREAM_IS_CONNECT)) return H2_NEED_DATA;
        if (kind == H2_EVENT_RESPONSE_RECEIVED && has_no_body(fields)) length = 0;
    }
    stream->expected_length = length;
    return H2_NEED_DATA;
}

/* A message that ends here has all of its body. */
static h2_status check_ended(h2_connection *conn, const h2_stream *stream, h2_event *event)
{
    if (!conn->policy->message_semantics || stream->expected_length == H2_NO_LENGTH) return H2_NEED_DATA;
    if (stream->expected_length == stream->received_length) return H2_NEED_DATA;
    return body_length_fault(conn, stream, event);
}

static h2_block_kind kind_of(uint8_t event_type)
{
    switch (event_type) {
    case H2_EVENT_RESPONSE_RECEIVED:
    case H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED: return H2_BLOCK_RESPONSE;
    case H2_EVENT_TRAILERS_RECEIVED: return H2_BLOCK_TRAILERS;
    case H2_EVENT_PUSHED_STREAM_RECEIVED: return H2_BLOCK_PUSHED_REQUEST;
    default: return H2_BLOCK_REQUEST;
    }
}

/* One cookie field, the last one; false when there is no memory. The fields are looked at anew where they may be others. */
static bool join_cookies(h2_connection *conn, message_fields *fields)
{
    h2_field_list *const list = &fields->list;
    if (!h2_field_has(fields->survey, H2_TOKEN_COOKIE)) return true;
    if (!h2_field_repeats(fields->survey, H2_TOKEN_COOKIE)) {
        const size_t at = fields->survey->place[H2_TOKEN_COOKIE];
        list->fields[at].flags |= H2_HEADER_NEVER_INDEX;
        if (at + 1 < list->count) {
            h2_decoder_fields_changed(&conn->messages->decoder, at);
            h2_field_move_cookie(list->fields, list->notes, at, list->count);
        }
        /* Pseudo-fields behind it, which are asked for, have moved. */
        if (fields->survey->late != 0) look_at(fields);
        return true;
    }
    const h2_header *const first = find_field(fields, H2_TOKEN_COOKIE);
    h2_decoder_fields_changed(&conn->messages->decoder, (size_t)(first - list->fields));
    if (!h2_need_work(conn) || !h2_field_join_cookies(list->fields, list->notes, &list->count,
                                                      &conn->messages->work->cookies, &conn->memory)) {
        return false;
    }
    look_at(fields);
    return true;
}

/* Judges fields one by one. */
H2_APART static h2_status judge_fields(h2_connection *conn, const h2_field_list *list,
                                       h2_field_context context, uint32_t id, h2_event *event)
{
    char message[H2_FIELD_MESSAGE];
    context.protocol_allowed = h2_settings_value(&conn->local, H2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 0) == 1;
    if (h2_field_check(list->fields, list->notes, list->count, &context, message)) return H2_NEED_DATA;
    return malformed(conn, id, event, message);
}

/* Joins cookies and judges the fields, as configured. A fault is about `id`. */
static H2_INLINED h2_status check_fields(h2_connection *conn, message_fields *fields, uint8_t event_type,
                                         uint32_t id, h2_event *event)
{
    const h2_field_list *const list = &fields->list;
    if (conn->config.normalize_inbound_headers && !join_cookies(conn, fields)) return H2_ERROR_NO_MEMORY;
    if (!conn->config.validate_inbound_headers) return H2_NEED_DATA;
    const h2_field_context context = {.kind = kind_of(event_type), .policy = conn->policy};
    const bool is_ordinary = fields->last != NULL
                                 ? h2_field_is_ordinary_again(list->fields, fields->last, &context)
                                 : h2_field_is_ordinary(list->fields, fields->survey, &context);
    if (H2_USUAL(is_ordinary)) return H2_NEED_DATA;
    return judge_fields(conn, list, context, id, event);
}

static h2_status count_informational(h2_connection *conn, h2_stream *stream, h2_event *event)
{
    const uint32_t most = conn->config.limits.informational_per_stream;
    if (stream->informational < UINT16_MAX) stream->informational++;
    if (most == UINT32_MAX || stream->informational <= most) return H2_NEED_DATA;
    if (h2_limit_allows(conn, H2_LIMIT_informational_per_stream)) return H2_NEED_DATA;
    return h2_broken(conn, H2_RULE_INFORMATIONAL_FLOOD, stream->id, event);
}

/* What the stream must remember of the request to judge what follows. */
static void note_request(const h2_connection *conn, h2_stream *stream, const message_fields *fields)
{
    if (!conn->policy->message_semantics) return;
    const h2_header *const method = find_field(fields, H2_TOKEN_METHOD);
    if (h2_field_value_is(method, "CONNECT")) stream->machine.flags |= H2_STREAM_IS_CONNECT;
    if (h2_field_value_is(method, "HEAD")) stream->machine.flags |= H2_STREAM_IS_HEAD;
}

/* Only a successful response to CONNECT opens a tunnel, any other is an ordinary one (RFC 9113 section 8.5). */
static void note_response(h2_stream *stream, const message_fields *fields)
{
    const h2_header *const status = find_field(fields, H2_TOKEN_STATUS);
    const bool successful = status != NULL && status->value_len > 0 && status->value[0] == '2';
    if (!successful) stream->machine.flags &= (uint8_t) ~(unsigned)H2_STREAM_IS_CONNECT;
}

static void set_headers_event(h2_connection *conn, const received_block *block, const h2_field_list *list,
                              uint8_t type, bool prioritized, h2_event *event)
{
    const bool ends = (block->flags & H2_FLAG_END_STREAM) != 0;
    conn->input.at.stream_ended = ends;
    conn->input.at.priority_updated = prioritized;
    conn->follow = (h2_follow){.stream_id = block->stream_id, .priority = block->priority};
    event->type = (h2_event_type)type;
    event->stream_id = block->stream_id;
    event->headers =
        (struct h2_event_headers){.fields = list->fields,
                                  .count = list->count,
                                  .priority_updated = prioritized ? &conn->follow.priority : NULL,
                                  .stream_ended = ends};
}

/* The message once the stream's machine has taken it. *event is set only by a stream error. */
static h2_status judge_message(h2_connection *conn, h2_stream *stream, const received_block *block,
                               message_fields *fields, uint8_t type, h2_event *event)
{
    const bool ends = (block->flags & H2_FLAG_END_STREAM) != 0;
    const uint32_t id = stream->id;
    if (type == H2_EVENT_REQUEST_RECEIVED) note_request(conn, stream, fields);
    if (type == H2_EVENT_RESPONSE_RECEIVED) note_response(stream, fields);
    h2_status status = track_length(conn, stream, fields, type, event);
    if (status != H2_NEED_DATA) return status;
    if (type == H2_EVENT_TRAILERS_RECEIVED && !ends) {
        return malformed(conn, id, event, "Trailers must have END_STREAM set");
    }
    if (type == H2_EVENT_TRAILERS_RECEIVED && (stream->machine.flags & H2_STREAM_IS_CONNECT)) {
        return malformed(conn, id, event, "HEADERS in a tunnel");
    }
    status = check_fields(conn, fields, type, id, event);
    if (status != H2_NEED_DATA) return status;
    if (type == H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED) return count_informational(conn, stream, event);
    return ends ? check_ended(conn, stream, event) : H2_NEED_DATA;
}

/* Priority that came with the block. `*wanted`: it is to be told. */
static h2_status judge_priority(h2_connection *conn, const received_block *block, bool *wanted,
                                h2_event *event)
{
    *wanted = false;
    if (H2_USUAL(!(block->flags & H2_FLAG_PRIORITY))) return H2_NEED_DATA;
    const h2_status status = h2_peer_step(conn, H2_CONNECTION_RECV_PRIORITY);
    if (status != H2_NEED_DATA) return status;
    TRY(h2_charge_priority(conn));
    if (block->priority.depends_on == block->stream_id) {
        return h2_broken_text(conn, H2_RULE_SELF_DEPENDENCY, block->stream_id, event,
                              "Stream %u may not depend on itself", block->stream_id);
    }
    *wanted = true;
    return H2_NEED_DATA;
}

static h2_status receive_message(h2_connection *conn, h2_stream *stream, const received_block *block,
                                 message_fields *fields, h2_event *event)
{
    const h2_field_list *const list = &fields->list;
    const bool ends = (block->flags & H2_FLAG_END_STREAM) != 0;
    const bool may_be_informational = !conn->policy->roles_are_fixed || conn->config.role == H2_CLIENT;
    const bool informational = may_be_informational && h2_field_is_informational(list->fields, list->count);
    if (informational && ends) {
        return malformed(conn, stream->id, event, "Cannot set END_STREAM on informational responses");
    }
    const h2_stream_input input =
        informational ? H2_STREAM_RECV_INFORMATIONAL_HEADERS : H2_STREAM_RECV_HEADERS;
    const unsigned before = stream->machine.state;
    const h2_step step = h2_step_stream(conn, stream, input);
    if (step.status != H2_OK) return h2_peer_stream_fault(conn, stream->id, step, input, before, event);
    if (step.event == H2_EVENT_RESPONSE_RECEIVED) h2_begin_body(conn, stream);
    if (ends) (void)h2_step_stream(conn, stream, H2_STREAM_RECV_END_STREAM);

    look_first(conn, fields);
    h2_status status = judge_message(conn, stream, block, fields, step.event, event);
    if (status != H2_NEED_DATA) return status;
    bool prioritized = false;
    status = judge_priority(conn, block, &prioritized, event);
    if (status != H2_NEED_DATA) return status;
    set_headers_event(conn, block, list, step.event, prioritized, event);
    h2_retire_stream(conn, stream);
    return H2_OK;
}

/* HEADERS. */

/* Whether the block would open one stream too many (RFC 9113 section 5.1.2): `stream`, that is reserved, or a new one. */
static bool is_over_limit(h2_connection *conn, const h2_stream *stream)
{
    const bool opens = stream == NULL ||
                       (conn->policy->promises_count && stream->machine.state == H2_STREAM_RESERVED_REMOTE);
    if (!opens) return false;
    const uint32_t most = h2_settings_value(&conn->local, H2_SETTINGS_MAX_CONCURRENT_STREAMS, UINT32_MAX);
    if (conn->policy->forget_lazily) h2_purge_streams(conn);
    return conn->open_inbound >= most && most != UINT32_MAX;
}

H2_RARE static h2_status too_many_streams(h2_connection *conn, uint32_t id, h2_event *event)
{
    (void)h2_limit_allows(conn,
                          H2_LIMIT_concurrent_streams); /* what a setting bounds is refused all the same */
    return h2_broken_text(conn, H2_RULE_TOO_MANY_STREAMS, id, event, "Max inbound streams is %u, %u open",
                          h2_settings_value(&conn->local, H2_SETTINGS_MAX_CONCURRENT_STREAMS, UINT32_MAX),
                          conn->open_inbound);
}

/* Whether a stream that is not held may be opened by these HEADERS. H2_NEED_DATA: it may. */
static h2_status admit_stream(h2_connection *conn, uint32_t id, bool *dropped, h2_event *event)
{
    *dropped = true;
    if (h2_missing_stream(conn, id) == H2_ERROR_STREAM_CLOSED) return h2_low_stream_frame(conn, id, event);
    const bool wrong_side = conn->policy->roles_are_fixed
                                ? h2_is_ours(conn, id) || conn->config.role == H2_CLIENT
                                : h2_is_ours(conn, id);
    if (wrong_side) return h2_broken(conn, H2_RULE_WRONG_SIDE, id, event);
    if (h2_is_beyond_goaway(conn, id)) return h2_remember_reset(conn, id) ? H2_NEED_DATA : H2_ERROR_NO_MEMORY;
    *dropped = false;
    return H2_NEED_DATA;
}

static h2_status receive_header_block(h2_connection *conn, const received_block *block, h2_event *event)
{
    const uint32_t id = block->stream_id;
    h2_stream *stream = h2_streams_find(&conn->streams, id);
    const bool over_limit = is_over_limit(conn, stream);
    if (over_limit && h2_rule_is_fatal(conn, H2_RULE_TOO_MANY_STREAMS))
        return too_many_streams(conn, id, event);

    message_fields fields;
    h2_decode_result result;
    TRY(decode(conn, block, &fields.list, &result, event));
    h2_status status = h2_peer_step(conn, H2_CONNECTION_RECV_HEADERS);
    if (status != H2_NEED_DATA) return status;
    if (stream == NULL) {
        bool dropped;
        status = admit_stream(conn, id, &dropped, event);
        if (status != H2_NEED_DATA || dropped) return status;
        if (over_limit) return too_many_streams(conn, id, NULL);
    }
    if (over_limit) return too_many_streams(conn, id, event);
    status = judge_list(conn, result, fields.list.count, id, event);
    if (status != H2_NEED_DATA) return status;
    if (stream == NULL) {
        if (!h2_reserve_stream(conn, id)) return H2_ERROR_NO_MEMORY;
        stream = h2_open_stream(conn, id);
    }
    return receive_message(conn, stream, block, &fields, event);
}

/* PUSH_PROMISE. */

/* Refuses a promise because its stream is closed. */
static h2_status refuse_promise(h2_connection *conn, uint32_t promised_id)
{
    if (conn->policy->roles_are_fixed && !h2_remember_reset(conn, promised_id)) return H2_ERROR_NO_MEMORY;
    TRY(h2_queue_reset(conn, promised_id, H2_CODE_REFUSED_STREAM));
    TRY(h2_charge_reply(conn, false, H2_RST_STREAM_FRAME));
    return H2_NEED_DATA;
}

/* The stream that the promise came on, or NULL with what follows from there being none. */
static h2_status find_parent(h2_connection *conn, const received_block *block, h2_stream **parent,
                             h2_event *event)
{
    const uint32_t id = block->stream_id;
    *parent = h2_streams_find(&conn->streams, id);
    if (*parent == NULL) {
        if (h2_how_closed(conn, id) == H2_CLOSED_BY_SEND_RST_STREAM)
            return refuse_promise(conn, block->promised_id);
        return h2_broken_text(conn, H2_RULE_PUSH, id, event, "Attempted to push on closed stream.");
    }
    if ((id & 1) == 0)
        return h2_broken_text(conn, H2_RULE_PUSH, id, event, "Cannot recursively push streams.");
    const unsigned before = (*parent)->machine.state;
    const h2_step step = h2_step_stream(conn, *parent, H2_STREAM_RECV_PUSH_PROMISE);
    if (step.status == H2_OK) return H2_NEED_DATA;
    h2_stream *const stream = *parent;
    *parent = NULL;
    if (step.status != H2_ERROR_STREAM_CLOSED) {
        const h2_rule rule = step.message == NULL ? H2_RULE_STREAM_STATE : H2_RULE_PUSH;
        if (step.message != NULL) return h2_broken_text(conn, rule, id, event, "%s", step.message);
        return h2_peer_stream_fault(conn, id, step, H2_STREAM_RECV_PUSH_PROMISE, before, event);
    }
    h2_retire_stream(conn, stream);
    return refuse_promise(conn, block->promised_id);
}

/* Whether the promised identifier is a new one of the peer's. H2_NEED_DATA: it is. */
static h2_status admit_promised(h2_connection *conn, uint32_t id, bool *dropped, h2_event *event)
{
    *dropped = true;
    if (h2_streams_find(&conn->streams, id) != NULL ||
        h2_missing_stream(conn, id) == H2_ERROR_STREAM_CLOSED) {
        if (!conn->policy->roles_are_fixed) return h2_low_stream_frame(conn, id, event);
        const h2_fault fault = {
            .rule = H2_RULE_STREAM_ID_TOO_LOW, .stream_id = id, .max_stream_id = conn->highest_inbound};
        return h2_verdict(conn, &fault, event);
    }
    if (h2_is_ours(conn, id)) return h2_broken(conn, H2_RULE_WRONG_SIDE, id, event);
    *dropped = false;
    return H2_NEED_DATA;
}

static h2_status reserve_promised(h2_connection *conn, const received_block *block,
                                  const message_fields *fields)
{
    if (!h2_reserve_stream(conn, block->promised_id)) return H2_ERROR_NO_MEMORY;
    h2_stream *const promised = h2_open_stream(conn, block->promised_id);
    (void)h2_step_stream(conn, promised, H2_STREAM_RECV_PUSH_PROMISE);
    const h2_header *const authority = find_field(fields, H2_TOKEN_AUTHORITY);
    if (authority != NULL) {
        promised->authority = h2_intern_authority(conn, authority->value, authority->value_len);
        if (promised->authority == 0) return H2_ERROR_NO_MEMORY;
    }
    const h2_header *const method = find_field(fields, H2_TOKEN_METHOD);
    if (conn->policy->message_semantics && h2_field_value_is(method, "HEAD"))
        promised->machine.flags |= H2_STREAM_IS_HEAD;
    return H2_OK;
}

static h2_status receive_promise_block(h2_connection *conn, const received_block *block, h2_event *event)
{
    message_fields fields;
    h2_decode_result result;
    TRY(decode(conn, block, &fields.list, &result, event));
    h2_status status = h2_peer_step(conn, H2_CONNECTION_RECV_PUSH_PROMISE);
    if (status != H2_NEED_DATA) return status;
    const bool early = conn->policy->roles_are_fixed;
    bool dropped = false;
    if (early) status = admit_promised(conn, block->promised_id, &dropped, event);
    if (status != H2_NEED_DATA || dropped) return status;
    h2_stream *parent;
    status = find_parent(conn, block, &parent, event);
    if (status != H2_NEED_DATA || parent == NULL) return status;
    TRY(h2_charge_reserved(conn));
    if (h2_is_beyond_goaway(conn, block->promised_id)) return refuse_promise(conn, block->promised_id);

    const uint32_t about = early ? block->promised_id : block->stream_id;
    status = judge_list(conn, result, fields.list.count, about, event);
    if (status != H2_NEED_DATA) return status;
    look_at(&fields);
    status = check_fields(conn, &fields, H2_EVENT_PUSHED_STREAM_RECEIVED, about, event);
    if (status != H2_NEED_DATA) return status;
    if (!early) status = admit_promised(conn, block->promised_id, &dropped, event);
    if (status != H2_NEED_DATA || dropped) return status;
    TRY(reserve_promised(conn, block, &fields));
    event->type = H2_EVENT_PUSHED_STREAM_RECEIVED;
    event->stream_id = block->stream_id;
    event->pushed = (struct h2_event_pushed){.fields = fields.list.fields,
                                             .count = fields.list.count,
                                             .pushed_stream_id = block->promised_id,
                                             .parent_stream_id = block->stream_id};
    return H2_OK;
}

/* Frames. */

H2_RARE static h2_status receive_promise(h2_connection *conn, const received_block *block, h2_event *event)
{
    if (h2_settings_value(&conn->local, H2_SETTINGS_ENABLE_PUSH, 1) == 0) {
        return h2_broken(conn, H2_RULE_PUSH, block->stream_id, event);
    }
    return receive_promise_block(conn, block, event);
}

/* Room grows by doubling, but not past what the bounds let come. */
bool h2_gather_fragment(h2_connection *conn, const uint8_t *octets, size_t len)
{
    h2_buffer *const fragments = &conn->input.block->fragments;
    const uint32_t more = conn->config.limits.continuations;
    const bool bounded = more != UINT32_MAX && !conn->config.limits.observe_only;
    const uint64_t most = bounded ? ((uint64_t)more + 1) * h2_frame_limit(conn) : SIZE_MAX;
    return h2_buffer_reserve_within(fragments, &conn->memory, len,
                                    most < SIZE_MAX ? (size_t)most : SIZE_MAX) &&
           h2_buffer_append(fragments, &conn->memory, octets, len);
}

static h2_open_block *need_block(h2_connection *conn)
{
    h2_input *const in = &conn->input;
    if (in->block != NULL) return in->block;
    in->block = h2_alloc(&conn->memory, sizeof *in->block);
    if (in->block != NULL) *in->block = (h2_open_block){0};
    return in->block;
}

void h2_free_block(h2_connection *conn)
{
    h2_open_block *const block = conn->input.block;
    if (block == NULL) return;
    h2_buffer_free(&block->fragments, &conn->memory);
    h2_free(&conn->memory, block, sizeof *block);
    conn->input.block = NULL;
}

/* Octets of a block whose CONTINUATION is to come. */
H2_RARE static h2_status open_block(h2_connection *conn, const received_block *block)
{
    h2_open_block *const open = need_block(conn);
    if (open == NULL) return H2_ERROR_NO_MEMORY;
    open->fragments.len = 0;
    if (!h2_gather_fragment(conn, block->bytes, block->len)) return H2_ERROR_NO_MEMORY;
    if (conn->input.partial.cap > KEPT_FRAGMENTS) h2_buffer_free(&conn->input.partial, &conn->memory);
    open->stream_id = block->stream_id;
    open->promised_id = block->promised_id;
    open->flags = block->flags;
    open->priority = block->priority;
    open->continuations = 0;
    conn->input.at.in_block = true;
    return H2_NEED_DATA;
}

/* What stands in front of the fragment and behind it. */
H2_APART static h2_status read_around(h2_connection *conn, const uint8_t *payload, received_block *block,
                                      h2_event *event)
{
    h2_block_frame frame = {0};
    const h2_frame_fault fault = h2_frame_read_headers(&conn->input.frame, payload, &frame);
    if (fault != H2_FAULT_NONE) TRY(h2_frame_broken(conn, fault, event));
    block->bytes = frame.fragment;
    block->len = frame.len;
    block->priority = frame.priority;
    return H2_OK;
}

h2_status h2_receive_headers(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    const h2_frame_header *const head = &conn->input.frame;
    received_block block = {
        .stream_id = head->stream_id, .flags = head->flags, .bytes = payload, .len = head->length};
    if (head->flags & (H2_FLAG_PADDED | H2_FLAG_PRIORITY)) TRY(read_around(conn, payload, &block, event));
    if (!(head->flags & H2_FLAG_END_HEADERS)) return open_block(conn, &block);
    return receive_header_block(conn, &block, event);
}

h2_status h2_receive_push_promise(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    const h2_frame_header *const head = &conn->input.frame;
    h2_block_frame frame = {0};
    const h2_frame_fault fault = h2_frame_read_push_promise(head, payload, &frame);
    if (fault != H2_FAULT_NONE) TRY(h2_frame_broken(conn, fault, event));
    const received_block block = {.stream_id = head->stream_id,
                                  .promised_id = frame.promised_id,
                                  .flags = head->flags,
                                  .bytes = frame.fragment,
                                  .len = frame.len};
    if (!(head->flags & H2_FLAG_END_HEADERS)) return open_block(conn, &block);
    return receive_promise(conn, &block, event);
}

/* CONTINUATION without a block: the RFC has one answer, h2 one for each state of the stream. */
static h2_status continuation_alone(h2_connection *conn, h2_event *event)
{
    const uint32_t id = conn->input.frame.stream_id;
    if (conn->policy->roles_are_fixed) return h2_broken(conn, H2_RULE_CONTINUATION_ALONE, id, event);
    h2_stream *const stream = h2_streams_find(&conn->streams, id);
    if (stream == NULL && h2_missing_stream(conn, id) == H2_ERROR_NO_SUCH_STREAM) {
        return h2_broken(conn, H2_RULE_STREAM_IDLE, id, event);
    }
    if (stream == NULL) return h2_closed_stream_frame(conn, id, event);
    const unsigned before = stream->machine.state;
    const h2_step step = h2_step_stream(conn, stream, H2_STREAM_RECV_CONTINUATION);
    return h2_peer_stream_fault(conn, id, step, H2_STREAM_RECV_CONTINUATION, before, event);
}

h2_status h2_receive_continuation(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    h2_open_block *const open = conn->input.block;
    const h2_frame_header *const head = &conn->input.frame;
    if (!conn->input.at.in_block) return continuation_alone(conn, event);
    if (payload != NULL && !h2_gather_fragment(conn, payload, head->length)) return H2_ERROR_NO_MEMORY;
    if (!(head->flags & H2_FLAG_END_HEADERS)) return H2_NEED_DATA;
    const received_block block = {.stream_id = open->stream_id,
                                  .promised_id = open->promised_id,
                                  .flags = open->flags,
                                  .priority = open->priority,
                                  .bytes = open->fragments.data,
                                  .len = open->fragments.len};
    conn->input.at.in_block = false;
    const h2_status status = block.promised_id == 0 ? receive_header_block(conn, &block, event)
                                                    : receive_promise(conn, &block, event);
    if (open->fragments.cap > KEPT_FRAGMENTS) h2_buffer_free(&open->fragments, &conn->memory);
    return status;
}
