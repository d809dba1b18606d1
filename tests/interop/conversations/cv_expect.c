/* What a receiver has to report: the frames of the wire in their order, but for those that the protocol lets
 * it pass over. */
#include "cv.h"

#include <string.h>

/* The receiver has given the stream up, so that frames on their way to it may be dropped (RFC 9113 section
 * 5.1, "closed"; section 6.8 after GOAWAY). */
static bool given_up(const cv_side *receiver, const cv_stream *stream)
{
    const cv_half *const half = &stream->half[receiver->index];
    return half->reset_sent || half->reset_asked || half->dropped || half->reset_got;
}

static bool opens_refused(const cv_side *receiver, const cv_item *item)
{
    return receiver->out->goaway_seen || receiver->goaway_sent || item->block == CV_REQUEST;
}

static bool altsvc_counts(const cv_side *receiver, const cv_item *item, const cv_stream *stream)
{
    if (!receiver->client) return false;
    if (item->stream == 0) return item->number != 0;
    if (item->number != 0 || stream == NULL) return false;
    return cv_half_alive(stream, receiver->index) && !given_up(receiver, stream) &&
           stream->half[receiver->index].got == CV_NONE;
}

static bool closed_for(const cv_side *receiver, const cv_stream *stream)
{
    return stream == NULL || !cv_half_alive(stream, receiver->index) || given_up(receiver, stream);
}

/* Blocks that open a stream which the receiver does not take, or answer on one that it does not want. */
static bool may_refuse(const cv_side *receiver, const cv_item *item, const cv_stream *stream)
{
    const bool is_h2 = receiver->engine == &cv_libh2;
    if (stream == NULL) return false;
    if (given_up(receiver, stream)) return true;
    if (!stream->half[receiver->index].exists) return opens_refused(receiver, item);
    return stream->pushed && (receiver->out->goaway_seen || (!is_h2 && item->block == CV_RESPONSE));
}

static bool may_refuse_promise(const cv_side *receiver, const cv_stream *parent)
{
    if (parent == NULL) return false;
    return given_up(receiver, parent) || receiver->goaway_sent || receiver->engine != &cv_libh2;
}

static bool may_skip(cv *c, const cv_side *receiver, const cv_item *item)
{
    cv_stream *const stream = cv_stream_find(c, item->stream);
    const bool is_h2 = receiver->engine == &cv_libh2;
    if (receiver->closed) return true;
    switch (item->kind) {
    case CV_UNKNOWN: return !receiver->unknown_frames;
    case CV_ALTSVC: return !altsvc_counts(receiver, item, stream);
    case CV_PRIORITY: return !is_h2 && closed_for(receiver, stream);
    case CV_WINDOW: return item->stream != 0 && closed_for(receiver, stream);
    case CV_RESET: return closed_for(receiver, stream);
    case CV_DATA: return stream != NULL && given_up(receiver, stream);
    case CV_PUSH: return may_refuse_promise(receiver, stream);
    case CV_HEADERS: return may_refuse(receiver, item, stream);
    default: return false;
    }
}

/* A stream whose opening frame was passed over does not exist on this side; that it was refused is checked in
 * the end. */
static void pass_over(cv *c, cv_side *receiver, cv_item *item)
{
    item->skipped = true;
    const bool opens = item->kind == CV_PUSH || item->kind == CV_HEADERS;
    cv_stream *const stream = cv_stream_find(c, item->kind == CV_PUSH ? item->number : item->stream);
    const bool answers = item->kind == CV_HEADERS && stream != NULL && stream->pushed;
    if (opens && stream != NULL && (answers || !stream->half[receiver->index].exists)) {
        cv_half *const half = &stream->half[receiver->index];
        if (!half->dropped) half->came_early = receiver->unacknowledged_settings > 0;
        half->dropped = true;
    }
    cv_trace(c, "      %s passes over %s on stream %u", receiver->engine->name, cv_kind_name(item->kind),
             item->stream);
}

static bool matches(cv *c, const cv_side *receiver, const cv_item *item, cv_kind kind, uint32_t stream)
{
    if (item->kind != kind || item->stream != stream) return false;
    if (kind != CV_ALTSVC) return true;
    const bool sound = (item->stream == 0) == (item->number != 0);
    return sound &&
           (receiver->engine != &cv_libh2 || altsvc_counts(receiver, item, cv_stream_find(c, stream)));
}

/* Frames that a given-up stream may have either reported or not: when one of the same kind is looked for, the
 * first that fits is taken. */
cv_item *cv_expect(cv *c, cv_side *receiver, cv_kind kind, uint32_t stream)
{
    cv_wire *const w = receiver->in;
    while (w->expected < w->items_count) {
        cv_item *const item = &w->items[w->expected];
        if (matches(c, receiver, item, kind, stream)) return item;
        if (!may_skip(c, receiver, item)) {
            cv_fail(c, "%s reports %s on stream %u where %s on stream %u was sent", receiver->engine->name,
                    cv_kind_name(kind), stream, cv_kind_name(item->kind), item->stream);
            return NULL;
        }
        pass_over(c, receiver, item);
        w->expected++;
    }
    cv_fail(c, "%s reports %s on stream %u that was never sent", receiver->engine->name, cv_kind_name(kind),
            stream);
    return NULL;
}

void cv_expect_done(cv_side *receiver)
{
    receiver->in->expected++;
}

/* All that was delivered has been reported. */
void cv_expect_nothing(cv *c, cv_side *receiver)
{
    cv_wire *const w = receiver->in;
    while (!c->failed && w->expected < w->fed) {
        cv_item *const item = &w->items[w->expected];
        if (!may_skip(c, receiver, item)) {
            cv_fail(c, "%s never reported %s on stream %u", receiver->engine->name, cv_kind_name(item->kind),
                    item->stream);
            return;
        }
        pass_over(c, receiver, item);
        w->expected++;
    }
}

void cv_heard_body(cv *c, cv_side *receiver, cv_item *item, const uint8_t *octets, size_t len)
{
    cv_stream *const stream = cv_stream_find(c, item->stream);
    if (stream == NULL) {
        cv_fail(c, "%s reports DATA on the unknown stream %u", receiver->engine->name, item->stream);
        return;
    }
    cv_half *const half = &stream->half[receiver->index];
    if (!cv_pattern_matches(stream, receiver->peer->index, half->body_got, octets, len))
        cv_fail(c, "%s reports other octets on stream %u at %zu than were sent", receiver->engine->name,
                item->stream, half->body_got);
    half->body_got += len;
}

static void heard_block(cv *c, cv_side *receiver, const cv_item *item, cv_stream *stream)
{
    cv_half *const half = &stream->half[receiver->index];
    if (item->block == CV_REQUEST) half->exists = true;
    if (!half->exists)
        cv_fail(c, "%s reports fields on stream %u, which it has not", receiver->engine->name, item->stream);
    if (item->block == CV_INFORMATIONAL)
        stream->informational_got = true;
    else
        half->got = item->end_stream ? CV_ENDED : CV_BEGUN;
}

static void heard_goaway(cv *c, cv_side *receiver, const cv_item *item)
{
    receiver->goaway_got = true;
    const unsigned own = receiver->client ? 1 : 0;
    for (size_t i = 0; i < c->stream_count; i++) {
        cv_stream *const stream = &c->streams[i];
        if (stream->id % 2 != own || stream->id <= item->number) continue;
        stream->half[receiver->index].dropped = true;
    }
}

void cv_heard(cv *c, cv_side *receiver, const cv_item *item)
{
    cv_stream *const stream = cv_stream_find(c, item->kind == CV_PUSH ? item->number : item->stream);
    switch (item->kind) {
    case CV_HEADERS:
        if (stream != NULL) heard_block(c, receiver, item, stream);
        break;
    case CV_PUSH:
        if (stream == NULL) break;
        stream->half[receiver->index].exists = true;
        stream->half[receiver->index].sent = CV_ENDED;
        break;
    case CV_DATA:
        if (stream != NULL && item->end_stream) stream->half[receiver->index].got = CV_ENDED;
        break;
    case CV_RESET:
        if (stream != NULL) stream->half[receiver->index].reset_got = true;
        break;
    case CV_GOAWAY: heard_goaway(c, receiver, item); break;
    case CV_SETTINGS_FRAME:
        receiver->peer_settings_seen = true;
        receiver->settings_acks_due++;
        break;
    case CV_SETTINGS_ACK: receiver->unacknowledged_settings--; break;
    case CV_PING:
        memcpy(receiver->pings_due[(receiver->pings_first + receiver->pings_count++) % CV_PINGS], item->bytes,
               8);
        break;
    default: break;
    }
}

/* Acknowledgements repeat what was heard, in its order. */
void cv_check_answers(cv *c, cv_side *sender, const cv_item *item)
{
    if (item->kind == CV_SETTINGS_ACK && sender->settings_acks_due-- == 0)
        cv_fail(c, "%s acknowledges SETTINGS that it was not sent", sender->engine->name);
    if (item->kind != CV_PING_ACK) return;
    if (sender->pings_count == 0) {
        cv_fail(c, "%s answers a PING that it was not sent", sender->engine->name);
        return;
    }
    sender->pings_count--;
    if (memcmp(sender->pings_due[sender->pings_first++ % CV_PINGS], item->bytes, 8) != 0)
        cv_fail(c, "%s answers a PING with other octets", sender->engine->name);
}
