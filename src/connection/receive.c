/* Reading frames out of the peer's octets, however they are cut (RFC 9113 section 4.1): preface, header, payload.
 * What a frame means is in the files of its type. */
#include "connection/connection.h"

#include "base/attributes.h"

#include <string.h>

/* Takes what the input has of the client's preface (RFC 9113 section 3.4). */
static h2_status read_preface(h2_connection *conn, const uint8_t **data, size_t *len, h2_event *event)
{
    h2_input *const in = &conn->input;
    const size_t n = *len < in->at.preface_left ? *len : in->at.preface_left;
    const char *const expected = &H2_PREFACE[H2_PREFACE_LENGTH - in->at.preface_left];
    if (n > 0 && memcmp(*data, expected, n) != 0) {
        if (conn->policy->bad_preface_is_fatal) return h2_broken(conn, H2_RULE_PREFACE, 0, event);
        return h2_tell_broken(conn, H2_RULE_PREFACE);
    }
    *data += n;
    *len -= n;
    in->at.preface_left = (uint8_t)(in->at.preface_left - n);
    return H2_OK;
}

/* Completes the nine octets of a frame's header. False: the input ends before. */
static bool read_head(h2_input *in, const uint8_t **data, size_t *len)
{
    if (in->at.head_len == 0 && *len >= H2_FRAME_HEADER) {
        in->frame = h2_frame_header_get(*data);
        *data += H2_FRAME_HEADER;
        *len -= H2_FRAME_HEADER;
        return true;
    }
    size_t n = (size_t)H2_FRAME_HEADER - in->at.head_len;
    if (n > *len) n = *len;
    if (n > 0) memcpy(in->head + in->at.head_len, *data, n);
    in->at.head_len = (uint8_t)(in->at.head_len + n);
    *data += n;
    *len -= n;
    if (in->at.head_len < H2_FRAME_HEADER) return false;
    in->at.head_len = 0;
    in->frame = h2_frame_header_get(in->head);
    return true;
}

static h2_status too_large(h2_connection *conn, h2_event *event)
{
    return h2_broken_text(conn, H2_RULE_FRAME_TOO_LARGE, conn->input.frame.stream_id, event,
                          "Received overlong frame: length %u, max %u", conn->input.frame.length,
                          h2_frame_limit(conn));
}

/* A block that is open allows only its own CONTINUATION (RFC 9113 section 4.3). */
static h2_status check_sequence(h2_connection *conn, h2_event *event)
{
    h2_input *const in = &conn->input;
    if (!in->at.in_block) return H2_OK;
    if (in->frame.type != H2_FRAME_CONTINUATION || in->frame.stream_id != in->block->stream_id) {
        return h2_broken(conn, H2_RULE_BLOCK_INTERRUPTED, in->block->stream_id, event);
    }
    const uint32_t most = conn->config.limits.continuations;
    in->block->continuations++;
    if (most == UINT32_MAX || in->block->continuations <= most) return H2_OK;
    if (h2_limit_allows(conn, H2_LIMIT_continuations)) return H2_OK;
    if (conn->policy->name_bounds) return h2_limit_crossed(conn, H2_LIMIT_continuations);
    return h2_broken(conn, H2_RULE_CONTINUATIONS, 0, event);
}

static bool is_known(uint8_t type)
{
    return type < H2_FRAME_TYPES;
}

/* What can be said of a frame by its header alone. */
static h2_status judge_head(h2_connection *conn, h2_event *event)
{
    h2_input *const in = &conn->input;
    const h2_frame_fault id_fault = h2_frame_check_id(&in->frame);
    if (id_fault != H2_FAULT_NONE) return h2_frame_broken(conn, id_fault, event);
    if (!conn->policy->length_at_header) return H2_NEED_DATA;
    if (in->frame.length > h2_frame_limit(conn)) return too_large(conn, event);
    if (in->at.awaits_settings && (in->frame.type != H2_FRAME_SETTINGS || (in->frame.flags & H2_FLAG_ACK))) {
        return h2_broken(conn, H2_RULE_SETTINGS_FIRST, 0, event);
    }
    in->at.awaits_settings = false;
    TRY(check_sequence(conn, event));
    /* A server ignores ALTSVC, whatever is in it (RFC 7838 section 4). */
    const bool ignored = in->frame.type == H2_FRAME_ALTSVC && conn->config.role == H2_SERVER;
    const h2_frame_fault fault = ignored ? H2_FAULT_NONE : h2_frame_check_length(&in->frame);
    if (ignored) in->at.phase = H2_INPUT_SKIP;
    if (fault == H2_FAULT_NONE) return H2_NEED_DATA;
    in->at.phase = H2_INPUT_SKIP;
    return h2_frame_broken(conn, fault, event);
}

/* How many octets of the payload will be looked at: of a GOAWAY's debug data not more than is told. */
static uint32_t wanted_octets(const h2_connection *conn)
{
    const h2_frame_header *const frame = &conn->input.frame;
    const uint64_t most =
        (uint64_t)conn->config.limits.goaway_debug_octets + H2_GOAWAY_FRAME - H2_FRAME_HEADER;
    return frame->type == H2_FRAME_GOAWAY && frame->length > most ? (uint32_t)most : frame->length;
}

/* How the payload is to be read. */
static void begin_payload(h2_connection *conn)
{
    h2_input *const in = &conn->input;
    in->left = in->frame.length;
    in->wanted = wanted_octets(conn);
    in->partial.len = 0;
    if (in->at.phase == H2_INPUT_SKIP || (!is_known(in->frame.type) && !conn->config.unknown_frames)) {
        in->at.phase = H2_INPUT_SKIP;
    } else if (in->frame.type == H2_FRAME_DATA && !conn->config.whole_data_frames) {
        in->at.phase = H2_INPUT_PADDING;
    } else {
        in->at.phase = H2_INPUT_PAYLOAD;
    }
}

static h2_status dispatch(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    switch (conn->input.frame.type) {
    case H2_FRAME_DATA: return h2_receive_whole_data(conn, payload, event);
    case H2_FRAME_HEADERS: return h2_receive_headers(conn, payload, event);
    case H2_FRAME_PRIORITY: return h2_receive_priority(conn, payload, event);
    case H2_FRAME_RST_STREAM: return h2_receive_rst_stream(conn, payload, event);
    case H2_FRAME_SETTINGS: return h2_receive_settings(conn, payload, event);
    case H2_FRAME_PUSH_PROMISE: return h2_receive_push_promise(conn, payload, event);
    case H2_FRAME_PING: return h2_receive_ping(conn, payload, event);
    case H2_FRAME_GOAWAY: return h2_receive_goaway(conn, payload, event);
    case H2_FRAME_WINDOW_UPDATE: return h2_receive_window_update(conn, payload, event);
    case H2_FRAME_CONTINUATION: return h2_receive_continuation(conn, payload, event);
    case H2_FRAME_ALTSVC: return h2_receive_altsvc(conn, payload, event);
    default: return h2_receive_unknown(conn, payload, event);
    }
}

/* What h2 judges once the payload is there. */
static h2_status judge_late(h2_connection *conn, h2_event *event)
{
    h2_input *const in = &conn->input;
    if (conn->config.log != NULL) h2_log_frame(conn, &in->frame);
    if (conn->policy->length_at_header) return H2_NEED_DATA;
    if (in->frame.length > h2_frame_limit(conn)) return too_large(conn, event);
    const h2_frame_fault fault = h2_frame_check_length(&in->frame);
    if (fault != H2_FAULT_NONE) return h2_frame_broken(conn, fault, event);
    return check_sequence(conn, event);
}

static h2_status handle(h2_connection *conn, const uint8_t *payload, h2_event *event)
{
    conn->input.at.phase = H2_INPUT_HEAD;
    if (conn->input.at.judges_late) TRY(judge_late(conn, event));
    return dispatch(conn, payload, event);
}

/* Whether the frame goes on with a block, whose octets lie together anyway. */
static bool is_fragment(const h2_connection *conn)
{
    const h2_input *const in = &conn->input;
    return conn->policy->length_at_header && in->frame.type == H2_FRAME_CONTINUATION && in->at.in_block;
}

/* Keeps octets of a payload that the input cuts, as far as they are wanted. */
static bool gather(h2_connection *conn, const uint8_t *from, size_t n)
{
    h2_input *const in = &conn->input;
    if (is_fragment(conn)) return h2_gather_fragment(conn, from, n);
    /* What the event before pointed to is over, and may be as much again. */
    if (in->frame.type == H2_FRAME_GOAWAY) h2_buffer_free(&conn->scratch, &conn->memory);
    const size_t missing = in->wanted - in->partial.len;
    if (n > missing) n = missing;
    return h2_buffer_reserve_within(&in->partial, &conn->memory, n, in->wanted) &&
           h2_buffer_append(&in->partial, &conn->memory, from, n);
}

/* A payload that is handled whole: in place when the input has all of it, otherwise gathered. */
static h2_status read_payload(h2_connection *conn, const uint8_t **data, size_t *len, h2_event *event)
{
    h2_input *const in = &conn->input;
    const uint8_t *const from = *data;
    const uint32_t n = *len < in->left ? (uint32_t)*len : in->left;
    const bool whole = n == in->frame.length;
    if (!whole && in->frame.length - in->left + n > h2_frame_limit(conn)) {
        *data += n;
        *len -= n;
        in->at.phase = H2_INPUT_HEAD;
        return too_large(conn, event);
    }
    if (!whole && !gather(conn, from, n)) return H2_ERROR_NO_MEMORY;
    *data += n;
    *len -= n;
    in->left -= n;
    if (whole) return handle(conn, from, event);
    if (in->left > 0) return H2_NEED_DATA;
    return handle(conn, is_fragment(conn) ? NULL : in->partial.data, event);
}

/* The Pad Length octet, then DATA begins (RFC 9113 section 6.1). */
static h2_status read_padding(h2_connection *conn, const uint8_t **data, size_t *len, h2_event *event)
{
    h2_input *const in = &conn->input;
    uint32_t pad_length = 0;
    if (in->frame.flags & H2_FLAG_PADDED) {
        if (in->frame.length > 0 && *len == 0) return H2_NEED_DATA;
        if (in->frame.length > 0) {
            pad_length = **data;
            *data += 1;
            *len -= 1;
        }
    }
    in->at.phase = H2_INPUT_HEAD;
    TRY(judge_late(conn, event));
    return h2_begin_data(conn, pad_length, event);
}

static void skip(h2_input *in, const uint8_t **data, size_t *len)
{
    const size_t n = *len < in->left ? *len : in->left;
    *data += n;
    *len -= n;
    in->left -= (uint32_t)n;
    if (in->left == 0) in->at.phase = H2_INPUT_HEAD;
}

/* One step of reading. H2_NEED_DATA with octets left: go on. */
H2_APART static h2_status read_some(h2_connection *conn, const uint8_t **data, size_t *len, h2_event *event)
{
    h2_input *const in = &conn->input;
    switch (in->at.phase) {
    case H2_INPUT_PAYLOAD: return read_payload(conn, data, len, event);
    case H2_INPUT_PADDING: return read_padding(conn, data, len, event);
    case H2_INPUT_BODY: return h2_continue_data(conn, data, len, event);
    case H2_INPUT_SKIP: skip(in, data, len); return H2_NEED_DATA;
    default: break;
    }
    if (!conn->begun && conn->policy->begin_once) return h2_not_begun(conn);
    if (in->at.preface_left > 0) {
        TRY(read_preface(conn, data, len, event));
        if (in->at.preface_left > 0) return H2_NEED_DATA;
    }
    if (!read_head(in, data, len)) return H2_NEED_DATA;
    const h2_status status = judge_head(conn, event);
    if (status < 0) return status;
    begin_payload(conn);
    if (status != H2_NEED_DATA) return status;
    /* Most payloads are there with their header. */
    if (in->at.phase == H2_INPUT_PAYLOAD) return read_payload(conn, data, len, event);
    if (in->at.phase == H2_INPUT_SKIP) skip(in, data, len);
    return H2_NEED_DATA;
}

/* The straight path. */

/* Not a status: the straight path has nothing to say. */
#define PASSED ((h2_status)(H2_NEED_DATA + 1))

/* Whether what comes next is a frame that is judged by its header and nothing else. */
static inline bool is_straight(const h2_connection *conn)
{
    static const h2_input_place straight = {0};
    return memcmp(&conn->input.at, &straight, sizeof straight) == 0 && conn->state != H2_CONNECTION_CLOSED;
}

/* Skips frames of unknown types that nobody wants, as far as they are there whole. */
static void skip_unknown(const h2_connection *conn, const uint8_t **data, size_t *len)
{
    const uint32_t most = conn->max_inbound_frame;
    const uint8_t *at = *data;
    size_t left = *len;
    while (left >= H2_FRAME_HEADER) {
        const uint32_t length = h2_get24(at), whole = H2_FRAME_HEADER + length;
        if (is_known(at[3]) || whole > left || length > most) break;
        /* The next frame's place hangs on this one's length. Where that is the same again and again, nothing waits for it to
         * be read. */
        const uint8_t *const first = at;
        do {
            at += whole;
            left -= whole;
        } while (left >= whole && memcmp(at, first, 4) == 0);
    }
    *data = at;
    *len = left;
}

/* A frame that is there whole, and what it is taken from. */
typedef struct straight_frame {
    h2_connection *conn;
    const uint8_t **data;
    size_t *len;
    const uint8_t *at;
    h2_frame_header header;
    h2_event *event;
} straight_frame;

typedef h2_status handler(h2_connection *conn, const uint8_t *payload, h2_event *event);

/* Handles a frame whose type is known when this is compiled. PASSED: it breaks a rule of that, and nothing was done. */
static H2_INLINED h2_status take(const straight_frame *frame, h2_frame_type type, handler *receive_it)
{
    h2_frame_header header = frame->header;
    header.type = (uint8_t)type;
    if (h2_frame_check_id(&header) != H2_FAULT_NONE || h2_frame_check_length(&header) != H2_FAULT_NONE)
        return PASSED;
    *frame->data = frame->at + H2_FRAME_HEADER + header.length;
    *frame->len -= H2_FRAME_HEADER + header.length;
    frame->conn->input.frame = header;
    return receive_it(frame->conn, frame->at + H2_FRAME_HEADER, frame->event);
}

/* DATA without padding, which is passed over once the body is told. */
static H2_INLINED h2_status take_data(const straight_frame *frame)
{
    return frame->header.flags & H2_FLAG_PADDED ? PASSED : take(frame, H2_FRAME_DATA, h2_receive_whole_data);
}

/* A frame of a type that is none of the below. */
H2_APART static h2_status take_other(h2_connection *conn, const uint8_t **data, size_t *len, h2_event *event)
{
    const straight_frame frame = {conn, data, len, *data, h2_frame_header_get(*data), event};
    if (is_known(frame.header.type)) return PASSED;
    if (conn->config.unknown_frames)
        return take(&frame, (h2_frame_type)frame.header.type, h2_receive_unknown);
    skip_unknown(conn, data, len);
    return H2_NEED_DATA;
}

/* Handles a frame whose header is there, and which is there whole and breaks no rule by its header, as most are. PASSED: it is
 * none, and nothing was done. */
static inline h2_status read_straight(h2_connection *conn, const uint8_t **data, size_t *len, h2_event *event)
{
    const straight_frame frame = {conn, data, len, *data, h2_frame_header_get(*data), event};
    const uint32_t length = frame.header.length;
    if (length > *len - H2_FRAME_HEADER || length > conn->max_inbound_frame) return PASSED;
    switch (frame.header.type) {
    case H2_FRAME_DATA: return take_data(&frame);
    case H2_FRAME_HEADERS: return take(&frame, H2_FRAME_HEADERS, h2_receive_headers);
    case H2_FRAME_PRIORITY: return take(&frame, H2_FRAME_PRIORITY, h2_receive_priority);
    case H2_FRAME_RST_STREAM: return take(&frame, H2_FRAME_RST_STREAM, h2_receive_rst_stream);
    case H2_FRAME_SETTINGS: return take(&frame, H2_FRAME_SETTINGS, h2_receive_settings);
    case H2_FRAME_PUSH_PROMISE: return take(&frame, H2_FRAME_PUSH_PROMISE, h2_receive_push_promise);
    case H2_FRAME_PING: return take(&frame, H2_FRAME_PING, h2_receive_ping);
    case H2_FRAME_WINDOW_UPDATE: return take(&frame, H2_FRAME_WINDOW_UPDATE, h2_receive_window_update);
    default: return take_other(conn, data, len, event);
    }
}

/* The loop. */

/* Whether the phase can go on without another octet. */
static bool is_ready(const h2_input *in)
{
    if (in->at.phase == H2_INPUT_PAYLOAD) return in->left == 0;
    if (in->at.phase == H2_INPUT_PADDING) return in->frame.length == 0 || !(in->frame.flags & H2_FLAG_PADDED);
    return in->at.phase == H2_INPUT_BODY && in->left == 0;
}

/* The events that follow the one given before. */
H2_APART static h2_status follow_with_end(h2_connection *conn, h2_event *event)
{
    h2_follow *const follow = &conn->follow;
    conn->input.at.stream_ended = false;
    event->type = H2_EVENT_STREAM_ENDED;
    event->stream_id = follow->stream_id;
    h2_stream *const stream = h2_streams_find(&conn->streams, follow->stream_id);
    if (stream != NULL) h2_retire_stream(conn, stream);
    return H2_OK;
}

H2_RARE static h2_status follow_with_priority(h2_connection *conn, h2_event *event)
{
    h2_follow *const follow = &conn->follow;
    conn->input.at.priority_updated = false;
    event->type = H2_EVENT_PRIORITY_UPDATED;
    event->stream_id = follow->stream_id;
    event->priority = follow->priority;
    return H2_OK;
}

H2_RARE static h2_status fail(h2_connection *conn, h2_status status)
{
    conn->input.begun = false;
    if (status == H2_ERROR_NO_MEMORY) h2_die(conn);
    return status;
}

/* Whether the input is to be dropped unread: we have ended the connection. */
static bool is_over(const h2_connection *conn)
{
    return conn->state == H2_CONNECTION_CLOSED && conn->policy->drop_after_error;
}

H2_RARE static h2_status drop_scratch(h2_connection *conn)
{
    h2_buffer_free(&conn->scratch, &conn->memory);
    return H2_NEED_DATA;
}

/* The input is used up, and no event points to anything: an idle connection holds nothing for one. */
static inline h2_status rest(h2_connection *conn)
{
    conn->input.begun = false;
    return H2_UNUSUAL(conn->scratch.cap > 0) && conn->streams.count == 0 ? drop_scratch(conn) : H2_NEED_DATA;
}

/* Reads on until there is an event. */
H2_APART static h2_status receive(h2_connection *conn, const uint8_t **data, size_t *len, h2_event *event)
{
    h2_input *const in = &conn->input;
    if (!in->begun) {
        in->begun = true;
        conn->input_limit = conn->max_inbound_frame;
    }
    while (*len > 0 || is_ready(in)) {
        if (is_over(conn)) {
            *data += *len;
            *len = 0;
            break;
        }
        const h2_status status = read_some(conn, data, len, event);
        if (status < 0) return fail(conn, status);
        if (status != H2_NEED_DATA) return status;
    }
    return rest(conn);
}

/* The streams that a GOAWAY of the peer refuses are told before more is read. */
H2_RARE static h2_status receive_refused(h2_connection *conn, const uint8_t **data, size_t *len,
                                         h2_event *event)
{
    return h2_next_refused(conn, event) ? H2_OK : receive(conn, data, len, event);
}

/* Whatever comes next. */
H2_APART static h2_status receive_any(h2_connection *conn, const uint8_t **data, size_t *len, h2_event *event)
{
    if (conn == NULL || conn->input.at.in_callback) return H2_ERROR_ARGUMENT;
    if (conn->input.at.dead) return H2_ERROR_NO_MEMORY;
    if (data == NULL || len == NULL || event == NULL || (*data == NULL && *len > 0))
        return h2_argument(conn, "data, len, event and the octets at *data must not be NULL");
    event->type = H2_EVENT_NONE;
    event->stream_id = 0;
    if (conn->input.at.stream_ended) return follow_with_end(conn, event);
    if (conn->input.at.priority_updated) return follow_with_priority(conn, event);
    if (conn->input.at.refusing) return receive_refused(conn, data, len, event);
    if (*len == 0 && conn->input.at.phase == H2_INPUT_HEAD) return rest(conn);
    return receive(conn, data, len, event);
}

/* Frames, the first of which is the straight path's if it is there whole and breaks no rule. */
H2_APART static h2_status receive_frames(h2_connection *conn, const uint8_t **data, size_t *len,
                                         h2_event *event)
{
    do {
        event->type = H2_EVENT_NONE;
        event->stream_id = 0;
        const h2_status status = read_straight(conn, data, len, event);
        if (status == H2_OK) return H2_OK;
        if (status < 0) return fail(conn, status);
        if (status == PASSED) break;
    } while (*len >= H2_FRAME_HEADER && is_straight(conn));
    return receive_any(conn, data, len, event);
}

/* WINDOW_UPDATE of the right length: many come in a row, and most are an addition and an event. */

enum {
    CREDIT = H2_WINDOW_UPDATE_FRAME - H2_FRAME_HEADER /* octets of its payload */
};

static inline bool is_credit(const uint8_t *at)
{
    return h2_get32(at) == (CREDIT << 8 | H2_FRAME_WINDOW_UPDATE);
}

/* Whether it is for a stream is known when this is compiled. */
static H2_INLINED h2_status take_credit(bool for_stream, h2_connection *conn, const uint8_t **data,
                                        size_t *len, h2_event *event)
{
    const uint8_t *const at = *data;
    const uint32_t id = for_stream ? h2_frame_header_get(at).stream_id : 0;
    const bool whole = *len >= H2_WINDOW_UPDATE_FRAME && CREDIT <= conn->max_inbound_frame;
    uint32_t increment;
    if (!whole || h2_frame_read_window_update(at + H2_FRAME_HEADER, &increment) != H2_FAULT_NONE)
        return receive_frames(conn, data, len, event);
    if (!(for_stream ? h2_peer_opens_stream(conn, id, increment) : h2_peer_opens(conn, increment)))
        return receive_frames(conn, data, len, event);
    *data = at + H2_WINDOW_UPDATE_FRAME;
    *len -= H2_WINDOW_UPDATE_FRAME;
    h2_tell_window(event, id, increment);
    return H2_OK;
}

H2_APART static h2_status receive_stream_credit(h2_connection *conn, const uint8_t **data, size_t *len,
                                                h2_event *event)
{
    return take_credit(true, conn, data, len, event);
}

H2_APART static h2_status receive_credit(h2_connection *conn, const uint8_t **data, size_t *len,
                                         h2_event *event)
{
    const bool for_stream = h2_frame_header_get(*data).stream_id != 0;
    if (for_stream) return receive_stream_credit(conn, data, len, event);
    return take_credit(false, conn, data, len, event);
}

h2_status h2_receive_data(h2_connection *conn, const uint8_t **data, size_t *len, h2_event *event)
{
    const bool is_call = conn != NULL && data != NULL && len != NULL && event != NULL;
    if (!is_call || *len < H2_FRAME_HEADER || !is_straight(conn) || *data == NULL)
        return receive_any(conn, data, len, event);
    if (is_credit(*data)) return receive_credit(conn, data, len, event);
    return receive_frames(conn, data, len, event);
}
