/* What libnghttp2 reports of the frames that it received and of those that it sent. */
#include "cv_ng.h"

#include <stdlib.h>
#include <string.h>

static cv_half *half_of(cv_side *side, int32_t id, cv_stream **stream)
{
    cv_stream *const found = cv_stream_find(side->cv, (uint32_t)id);
    if (stream != NULL) *stream = found;
    return found == NULL ? NULL : &found->half[side->index];
}

/* Received. */

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    (void)session;
    (void)frame;
    cv_side *const side = user;
    ((ng *)side->state)->block.count = 0;
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags, void *user)
{
    (void)session;
    (void)frame;
    cv_side *const side = user;
    ng *const state = side->state;
    cv_list *const list = &state->block;
    if (list->count == state->block_room) {
        const size_t room = state->block_room == 0 ? 64 : state->block_room * 2;
        h2_header *const fields = cv_alloc(side->cv, room * sizeof *fields);
        if (list->count != 0) memcpy(fields, list->fields, list->count * sizeof *fields);
        list->fields = fields;
        state->block_room = room;
    }
    list->fields[list->count++] =
        (h2_header){cv_copy(side->cv, name, name_len), name_len, cv_copy(side->cv, value, value_len),
                    value_len, flags & NGHTTP2_NV_FLAG_NO_INDEX ? H2_HEADER_NEVER_INDEX : 0};
    return 0;
}

static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                             size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                             void *user)
{
    (void)session;
    (void)flags;
    cv_side *const side = user;
    cv_fail(side->cv, "libnghttp2 calls the field \"%.*s: %.*s\" on stream %d invalid", (int)name_len,
            (const char *)name, (int)value_len, (const char *)value, frame->hd.stream_id);
    return 0;
}

static int on_invalid_frame(nghttp2_session *session, const nghttp2_frame *frame, int error, void *user)
{
    (void)session;
    cv_side *const side = user;
    if (error == NGHTTP2_ERR_REFUSED_STREAM) return 0;
    if (frame->hd.type == NGHTTP2_ALTSVC) return 0; /* those that have to be ignored */
    cv_fail(side->cv, "libnghttp2 calls a frame of type %u on stream %d invalid: %s", frame->hd.type,
            frame->hd.stream_id, nghttp2_strerror(error));
    return 0;
}

static int on_data_chunk(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len,
                         void *user)
{
    (void)session;
    (void)flags;
    cv_side *const side = user;
    cv_item *const item = cv_expect(side->cv, side, CV_DATA, (uint32_t)id);
    cv_half *const half = half_of(side, id, NULL);
    if (item == NULL || half == NULL) return 0;
    cv_heard_body(side->cv, side, item, data, len);
    item->seen += (uint32_t)len;
    half->unacknowledged += len;
    return 0;
}

static void heard_data(cv_side *side, const nghttp2_frame *frame, const cv_item *item)
{
    const bool ends = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if (item->seen != item->length || frame->hd.length != item->flow || ends != item->end_stream)
        cv_fail(
            side->cv,
            "libnghttp2 reports DATA of %u octets in %zu, end %d on stream %u; sent were %u in %u, end %d",
            item->seen, frame->hd.length, ends, item->stream, item->length, item->flow, item->end_stream);
}

static void heard_headers(cv_side *side, const nghttp2_frame *frame, const cv_item *item)
{
    cv *const c = side->cv;
    ng *const state = side->state;
    const bool push = frame->hd.type == NGHTTP2_PUSH_PROMISE;
    cv_expect_fields(c, "libnghttp2", &item->list, state->block.fields, state->block.count, false);
    for (size_t i = 0; !c->failed && i < item->list.count; i++)
        if ((item->list.fields[i].flags & ~state->block.fields[i].flags & H2_HEADER_NEVER_INDEX) &&
            c->options.profile == H2_PROFILE_RFC)
            cv_fail(c, "field %zu (%.*s) was to be never indexed", i, (int)item->list.fields[i].name_len,
                    item->list.fields[i].name);
    if (push) {
        if ((uint32_t)frame->push_promise.promised_stream_id != item->number)
            cv_fail(c, "libnghttp2 reports another promised stream than %u", item->number);
        return;
    }
    const bool ends = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    if (ends != item->end_stream)
        cv_fail(c, "libnghttp2 reports END_STREAM %d on stream %u", ends, item->stream);
    if ((item->block == CV_REQUEST) != (frame->headers.cat == NGHTTP2_HCAT_REQUEST))
        cv_fail(c, "libnghttp2 takes the block on stream %u for another kind", item->stream);
    const nghttp2_priority_spec *const spec = &frame->headers.pri_spec;
    if (item->has_priority &&
        ((uint32_t)spec->stream_id != item->priority.depends_on || spec->weight != item->priority.weight ||
         (spec->exclusive != 0) != item->priority.exclusive))
        cv_fail(c, "libnghttp2 reports another priority on stream %u", item->stream);
}

/* Of a setting that is repeated libnghttp2 keeps the last value, and the least table size in front of it. */
static bool holds_setting(const nghttp2_settings *settings, int id, uint32_t value)
{
    for (size_t i = settings->niv; i-- > 0;)
        if (settings->iv[i].settings_id == id) return settings->iv[i].value == value;
    return false;
}

static void heard_settings(cv_side *side, const nghttp2_frame *frame, const cv_item *item)
{
    for (size_t i = 0; i < item->bytes_len / 6; i++) {
        const uint8_t *const p = item->bytes + i * 6;
        const uint32_t value = (uint32_t)p[2] << 24 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 8 | p[5];
        if (cv_setting_repeated(item, i) || holds_setting(&frame->settings, p[0] * 256 + p[1], value))
            continue;
        cv_fail(side->cv, "libnghttp2 does not report setting %d as %u", p[0] * 256 + p[1], value);
    }
    if (frame->settings.niv > item->bytes_len / 6)
        cv_fail(side->cv, "libnghttp2 reports more SETTINGS than were sent");
}

static bool same_goaway(const nghttp2_frame *frame, const cv_item *item)
{
    const uint8_t *const p = item->bytes;
    return (uint32_t)frame->goaway.last_stream_id == item->number && frame->goaway.error_code >> 24 == p[4] &&
           (frame->goaway.error_code & 0xff) == p[7] &&
           frame->goaway.opaque_data_len == item->bytes_len - 8 &&
           (item->bytes_len == 8 || memcmp(frame->goaway.opaque_data, p + 8, item->bytes_len - 8) == 0);
}

static bool same_altsvc(const nghttp2_frame *frame, const cv_item *item)
{
    const nghttp2_ext_altsvc *const alt = frame->ext.payload;
    return alt->origin_len == item->number && alt->origin_len + alt->field_value_len + 2 == item->bytes_len &&
           (alt->origin_len == 0 || memcmp(alt->origin, item->bytes + 2, alt->origin_len) == 0) &&
           memcmp(alt->field_value, item->bytes + 2 + alt->origin_len, alt->field_value_len) == 0;
}

static bool same_small(const nghttp2_frame *frame, const cv_item *item)
{
    switch (item->kind) {
    case CV_RESET: return frame->rst_stream.error_code == item->number;
    case CV_WINDOW: return (uint32_t)frame->window_update.window_size_increment == item->number;
    case CV_PING:
    case CV_PING_ACK: return memcmp(frame->ping.opaque_data, item->bytes, 8) == 0;
    case CV_GOAWAY: return same_goaway(frame, item);
    case CV_ALTSVC: return same_altsvc(frame, item);
    case CV_PRIORITY:
        return (uint32_t)frame->priority.pri_spec.stream_id == item->priority.depends_on &&
               frame->priority.pri_spec.weight == item->priority.weight &&
               (frame->priority.pri_spec.exclusive != 0) == item->priority.exclusive;
    default: return true;
    }
}

static cv_kind kind_of(const nghttp2_frame *frame)
{
    const bool ack = frame->hd.flags & NGHTTP2_FLAG_ACK;
    switch (frame->hd.type) {
    case NGHTTP2_DATA: return CV_DATA;
    case NGHTTP2_HEADERS: return CV_HEADERS;
    case NGHTTP2_PRIORITY: return CV_PRIORITY;
    case NGHTTP2_RST_STREAM: return CV_RESET;
    case NGHTTP2_SETTINGS: return ack ? CV_SETTINGS_ACK : CV_SETTINGS_FRAME;
    case NGHTTP2_PUSH_PROMISE: return CV_PUSH;
    case NGHTTP2_PING: return ack ? CV_PING_ACK : CV_PING;
    case NGHTTP2_GOAWAY: return CV_GOAWAY;
    case NGHTTP2_WINDOW_UPDATE: return CV_WINDOW;
    case NGHTTP2_ALTSVC: return CV_ALTSVC;
    default: return CV_UNKNOWN;
    }
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    (void)session;
    cv_side *const side = user;
    cv *const c = side->cv;
    if (c->failed || ((ng *)side->state)->upgrading) return 0;
    cv_item *const item = cv_expect(c, side, kind_of(frame), (uint32_t)frame->hd.stream_id);
    if (item == NULL) return 0;
    if (item->kind == CV_DATA) heard_data(side, frame, item);
    if (item->kind == CV_HEADERS || item->kind == CV_PUSH) heard_headers(side, frame, item);
    if (item->kind == CV_SETTINGS_FRAME) heard_settings(side, frame, item);
    if (!same_small(frame, item))
        cv_fail(c, "libnghttp2 reports another %s on stream %u than was sent", cv_kind_name(item->kind),
                item->stream);
    cv_heard(c, side, item);
    cv_expect_done(side);
    return 0;
}

/* Sent. */

/* libnghttp2 writes these as never indexed by itself. */
static void mark_sensitive(cv_list list)
{
    for (size_t i = 0; i < list.count; i++) {
        h2_header *const f = &list.fields[i];
        const bool authorization = f->name_len == 13 && memcmp(f->name, "authorization", 13) == 0;
        const bool crumb = f->name_len == 6 && memcmp(f->name, "cookie", 6) == 0 && f->value_len < 20;
        if (authorization || crumb) f->flags |= H2_HEADER_NEVER_INDEX;
    }
}

static int before_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    (void)session;
    cv_side *const side = user;
    cv *const c = side->cv;
    const bool push = frame->hd.type == NGHTTP2_PUSH_PROMISE;
    if (!push && frame->hd.type != NGHTTP2_HEADERS) return 0;
    const int32_t id = push ? frame->push_promise.promised_stream_id : frame->hd.stream_id;
    cv_half *const half = half_of(side, id, NULL);
    if (half == NULL) return 0;
    cv_sent_block block = {half->block, (uint32_t)frame->hd.stream_id, (uint32_t)id,
                           cv_lower_names(c, half->list)};
    mark_sensitive(block.list);
    cv_wire_sent_block(side->out, &block);
    half->pending = false;
    half->exists = true;
    if (push)
        half->got = CV_ENDED;
    else if (half->block != CV_INFORMATIONAL)
        half->sent = half->list_ends ? CV_ENDED : CV_BEGUN;
    return 0;
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user)
{
    (void)session;
    cv_side *const side = user;
    const bool push = frame->hd.type == NGHTTP2_PUSH_PROMISE;
    cv_half *const half =
        half_of(side, push ? frame->push_promise.promised_stream_id : frame->hd.stream_id, NULL);
    if (half == NULL) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS || push) half->busy = false;
    if (frame->hd.type == NGHTTP2_DATA && half->chunk_left == 0) {
        half->busy = false;
        if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) half->sent = CV_ENDED;
    }
    return 0;
}

static int on_frame_not_send(nghttp2_session *session, const nghttp2_frame *frame, int error, void *user)
{
    (void)session;
    cv_side *const side = user;
    const bool push = frame->hd.type == NGHTTP2_PUSH_PROMISE;
    cv_half *const half =
        half_of(side, push ? frame->push_promise.promised_stream_id : frame->hd.stream_id, NULL);
    cv_trace(side->cv, "      libnghttp2 does not send type %u on stream %d: %s", frame->hd.type,
             frame->hd.stream_id, nghttp2_strerror(error));
    if (half == NULL || (!push && frame->hd.type != NGHTTP2_HEADERS)) return 0;
    half->busy = false;
    if (half->pending) half->dropped = true;
    half->pending = false;
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *user)
{
    (void)session;
    (void)code;
    cv_side *const side = user;
    cv_half *const half = half_of(side, id, NULL);
    if (half == NULL) return 0;
    half->busy = false;
    half->chunk_left = 0;
    if (half->pending) half->dropped = true;
    half->pending = false;
    return 0;
}

static ssize_t select_padding(nghttp2_session *session, const nghttp2_frame *frame, size_t most, void *user)
{
    (void)session;
    cv_side *const side = user;
    cv *const c = side->cv;
    size_t len = frame->hd.length;
    if (cv_chance(c, 15)) len += cv_random(c, cv_chance(c, 20) ? 256 : 12);
    return (ssize_t)(len < most ? len : most);
}

static ssize_t read_length(nghttp2_session *session, uint8_t type, int32_t id, int32_t connection,
                           int32_t stream, uint32_t frame, void *user)
{
    (void)session;
    (void)type;
    (void)id;
    cv_side *const side = user;
    uint32_t most = frame;
    if ((uint32_t)connection < most) most = (uint32_t)connection;
    if ((uint32_t)stream < most) most = (uint32_t)stream;
    if (cv_chance(side->cv, 40) && most > 1) most = 1 + cv_random(side->cv, most < 2000 ? most : 2000);
    return (ssize_t)most;
}

static int on_error(nghttp2_session *session, int code, const char *message, size_t len, void *user)
{
    (void)session;
    cv_side *const side = user;
    cv_trace(side->cv, "      libnghttp2 says (%d) %.*s", code, (int)len, message);
    return 0;
}

const nghttp2_session_callbacks *cv_ng_callbacks(void)
{
    static nghttp2_session_callbacks *callbacks;
    if (callbacks != NULL) return callbacks;
    if (nghttp2_session_callbacks_new(&callbacks) != 0) abort();
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid_header);
    nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data_chunk);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
    nghttp2_session_callbacks_set_before_frame_send_callback(callbacks, before_frame_send);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
    nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_frame_not_send);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_callbacks_set_select_padding_callback(callbacks, select_padding);
    nghttp2_session_callbacks_set_data_source_read_length_callback(callbacks, read_length);
    nghttp2_session_callbacks_set_error_callback2(callbacks, on_error);
    return callbacks;
}
