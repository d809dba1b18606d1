/* What a side may say next: everything that is legal at this point of the conversation, at random. */
#include "cv.h"

#include <string.h>

static bool is_h2(const cv_side *side)
{
    return side->engine == &cv_libh2;
}

static bool python_h2(const cv_side *side)
{
    return is_h2(side) && side->cv->options.profile == H2_PROFILE_PYTHON;
}

static bool ending(const cv *c)
{
    return c->wire[0].goaway_seen || c->wire[1].goaway_seen || c->side[0].goaway_sent ||
           c->side[1].goaway_sent;
}

/* A stream on which this side could say something now. */
static bool is_free(const cv_side *side, const cv_stream *stream)
{
    const cv_half *const half = &stream->half[side->index];
    return cv_half_alive(stream, side->index) && !half->busy && !half->pending && !half->reset_asked;
}

static cv_stream *pick_stream(cv *c)
{
    return c->stream_count == 0 ? NULL : &c->streams[cv_random(c, (uint32_t)c->stream_count)];
}

static bool act_request(cv *c, cv_side *side)
{
    if (!side->client || c->draining || ending(c) || c->stream_count >= c->stream_limit) return false;
    if (!side->engine->may_request(side)) return false;
    cv_stream *const stream = cv_stream_add(c, 0);
    if (stream == NULL) return false;
    const cv_list list = cv_make_request(c, side, stream, false);
    cv_half *const half = &stream->half[side->index];
    const bool end = half->body_total == 0 && !half->trailers && !cv_chance(c, 15);
    h2_priority priority = {cv_chance(c, 50) ? 0 : 1 + 2 * cv_random(c, 8), (uint16_t)(1 + cv_random(c, 256)),
                            cv_chance(c, 30)};
    if (side->next_id == priority.depends_on) priority.depends_on = 0;
    const bool with_priority = cv_chance(c, 15);
    if (side->engine->send_block(side, stream, CV_REQUEST, list, end, with_priority ? &priority : NULL))
        return true;
    c->stream_count--;
    return false;
}

static bool act_response(cv *c, cv_side *side, cv_stream *stream)
{
    cv_half *const half = &stream->half[side->index];
    if (!stream->pushed && half->got == CV_NONE) return false;
    if (!stream->pushed && c->allow_informational && half->informational < 3 && !c->draining &&
        cv_chance(c, 30)) {
        half->informational++;
        const cv_half kept = *half;
        const cv_list list = cv_make_response(c, side, stream, true);
        *half = kept;
        return side->engine->send_block(side, stream, CV_INFORMATIONAL, list, false, NULL);
    }
    const cv_half kept = *half;
    const cv_list list = cv_make_response(c, side, stream, false);
    const bool end = half->body_total == 0 && !half->trailers && !cv_chance(c, 15);
    if (side->engine->send_block(side, stream, CV_RESPONSE, list, end, NULL)) return true;
    *half = kept;
    return false;
}

static bool act_body(cv *c, cv_side *side, cv_stream *stream)
{
    cv_half *const half = &stream->half[side->index];
    const size_t left = half->body_total - half->body_sent;
    if (left > 0) {
        size_t len = left;
        if (cv_chance(c, 60)) len = 1 + cv_random(c, (uint32_t)left);
        const bool end = len == left && !half->trailers && cv_chance(c, 70);
        const int pad = cv_chance(c, 20) ? (int)cv_random(c, cv_chance(c, 20) ? 256 : 12) : -1;
        return side->engine->send_data(side, stream, len, end, pad);
    }
    if (half->trailers)
        return side->engine->send_block(side, stream, CV_TRAILERS, cv_make_trailers(c, side), true, NULL);
    if (cv_chance(c, 30)) return side->engine->send_data(side, stream, 0, true, -1);
    return side->engine->end_stream(side, stream);
}

static bool progress(cv *c, cv_side *side, cv_stream *stream)
{
    if (stream == NULL || !is_free(side, stream)) return false;
    const cv_half *const half = &stream->half[side->index];
    if (half->sent == CV_BEGUN) return act_body(c, side, stream);
    if (half->sent == CV_NONE && !side->client) return act_response(c, side, stream);
    return false;
}

/* Python's h2 fails when a stream that it has reset gets a 1xx response or a promise that was on its way;
 * libnghttp2 muddles a promise whose parent is reset while it has half of it. */
static bool may_reset(const cv_side *side, const cv_stream *stream)
{
    if (!is_h2(side) && side->in->fed_octets != 0) return false;
    const cv *const c = side->cv;
    const cv_half *const half = &stream->half[side->index];
    if (!python_h2(side) || !side->client || stream->pushed) return true;
    if (c->allow_informational && half->got == CV_NONE) return false;
    return !c->allow_push || half->got == CV_ENDED;
}

static bool act_reset(cv *c, cv_side *side)
{
    cv_stream *const stream = pick_stream(c);
    if (!c->allow_reset || stream == NULL) return false;
    const cv_half *const half = &stream->half[side->index];
    if (!cv_half_alive(stream, side->index) || half->pending || half->reset_asked || !may_reset(side, stream))
        return false;
    const uint32_t code = cv_chance(c, 10) ? cv_random(c, 0) : cv_random(c, 14);
    return side->engine->reset(side, stream, code);
}

static bool act_ping(cv *c, cv_side *side)
{
    if (side->pings_sent >= CV_PINGS - 2) return false;
    uint8_t data[8];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)cv_random(c, 256);
    if (!side->engine->ping(side, data)) return false;
    side->pings_sent++;
    return true;
}

#define PICK(c, array) ((array)[cv_random((c), sizeof(array) / sizeof((array)[0]))])

static uint32_t setting_value(cv *c, const cv_side *side, uint16_t id)
{
    static const uint32_t tables[] = {0, 64, 100, 1000, 4096, 4096, 8192, 65536};
    static const uint32_t streams[] = {0, 1, 2, 3, 5, 20, 100, 100, 1000};
    static const uint32_t windows[] = {0, 1, 10, 100, 1000, 16384, 65535, 65535, 100000, 1048576};
    static const uint32_t frames[] = {16384, 16384, 16385, 20000, 65536, 16777215};
    static const uint32_t lists[] = {65536, 100000, 262144};
    switch (id) {
    case H2_SETTINGS_HEADER_TABLE_SIZE: return PICK(c, tables);
    case H2_SETTINGS_ENABLE_PUSH: return side->client && cv_chance(c, 70) ? 1 : 0;
    /* Python's h2 counts a late HEADERS frame on a stream that it has reset as one stream more. */
    case H2_SETTINGS_MAX_CONCURRENT_STREAMS: return PICK(c, streams) + (python_h2(side) ? 50 : 0);
    case H2_SETTINGS_INITIAL_WINDOW_SIZE: return PICK(c, windows);
    case H2_SETTINGS_MAX_FRAME_SIZE:
        /* Python's h2 holds what comes in one piece with the acknowledgement to the old size. */
        return python_h2(side) && !c->framewise ? 16384 : PICK(c, frames);
    case H2_SETTINGS_MAX_HEADER_LIST_SIZE: return PICK(c, lists);
    case H2_SETTINGS_ENABLE_CONNECT_PROTOCOL: return 1;
    default: return cv_random(c, 0);
    }
}

bool cv_random_settings(cv *c, cv_side *side, h2_setting *out, size_t *count, bool first)
{
    static const uint16_t ids[] = {1, 2, 3, 4, 5, 6, 8, 0xfe03, 0x4242};
    const uint32_t chance = first ? 25 : 20;
    *count = 0;
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        if (!cv_chance(c, chance)) continue;
        if (ids[i] == H2_SETTINGS_ENABLE_CONNECT_PROTOCOL && side->client) continue;
        out[*count] = (h2_setting){ids[i], setting_value(c, side, ids[i])};
        *count += 1;
    }
    return *count != 0;
}

static bool act_settings(cv *c, cv_side *side)
{
    h2_setting settings[CV_SETTINGS];
    size_t count;
    /* Python's h2 takes any acknowledgement for the latest SETTINGS. */
    if (side->unacknowledged_settings >= (python_h2(side) ? 1u : 3u)) return false;
    cv_random_settings(c, side, settings, &count, false);
    return side->engine->settings(side, settings, count);
}

static bool act_window(cv *c, cv_side *side)
{
    const uint32_t increment = 1 + cv_random(c, cv_chance(c, 50) ? 100 : 50000);
    if (cv_chance(c, 40)) return side->engine->window(side, 0, increment);
    cv_stream *const stream = pick_stream(c);
    if (stream == NULL) return false;
    const cv_half *const half = &stream->half[side->index];
    if (!cv_half_alive(stream, side->index) || half->pending || half->reset_asked) return false;
    if (stream->pushed && !side->client) return false; /* nothing comes that way */
    return side->engine->window(side, stream->id, increment);
}

static bool act_push(cv *c, cv_side *side)
{
    cv_stream *const parent = pick_stream(c);
    if (side->client || !c->allow_push || c->draining || ending(c) || parent == NULL || parent->pushed)
        return false;
    if (!is_free(side, parent) || parent->half[side->index].sent == CV_ENDED) return false;
    cv_stream *const promised = cv_stream_add(c, 0);
    if (promised == NULL) return false;
    promised->pushed = true;
    promised->parent = parent->id;
    const cv_list list = cv_make_request(c, side, promised, true);
    cv_half *const half = &promised->half[side->index];
    half->body_total = 0;
    half->trailers = false;
    if (side->engine->push(side, parent, promised, list)) return true;
    c->stream_count--;
    return false;
}

static bool act_altsvc(cv *c, cv_side *side)
{
    static const char *const values[] = {"h2=\":443\"", "h3-29=\"alt.example.org:50781\"; ma=3600; persist=1",
                                         "clear"};
    if (side->client) return false;
    if (cv_chance(c, 40)) return side->engine->altsvc(side, NULL, "https://example.org", PICK(c, values));
    cv_stream *const stream = pick_stream(c);
    if (stream == NULL || !is_free(side, stream)) return false;
    const cv_half *const half = &stream->half[side->index];
    if (half->sent != CV_NONE || (!stream->pushed && half->got == CV_NONE)) return false;
    return side->engine->altsvc(side, stream, NULL, PICK(c, values));
}

static bool act_priority(cv *c, cv_side *side)
{
    if (!side->client) return false;
    const uint32_t id = 1 + 2 * cv_random(c, 14);
    h2_priority priority = {cv_chance(c, 40) ? 0 : 1 + 2 * cv_random(c, 14),
                            (uint16_t)(1 + cv_random(c, 256)), cv_chance(c, 30)};
    if (priority.depends_on == id) priority.depends_on = 0;
    return side->engine->prioritize(side, id, &priority);
}

static bool act_consume(cv *c, cv_side *side)
{
    cv_stream *const stream = pick_stream(c);
    if (stream == NULL) return false;
    cv_half *const half = &stream->half[side->index];
    if (half->unacknowledged == 0) return false;
    size_t octets = half->unacknowledged;
    if (cv_chance(c, 30)) octets = 1 + cv_random(c, (uint32_t)octets);
    if (!side->engine->consume(side, stream, octets)) return false;
    half->unacknowledged -= octets;
    return true;
}

static bool act_goaway(cv *c, cv_side *side)
{
    if (!c->allow_goaway || !cv_chance(c, 15)) return false;
    /* A libnghttp2 client ends the connection when a stream that was promised before goes on. */
    if (side->client && !is_h2(side) && c->allow_push) return false;
    if (!side->goaway_sent && cv_chance(c, 50)) return side->engine->shutdown(side);
    return side->engine->goaway(side, 0, cv_chance(c, 50) ? "bye" : "");
}

bool cv_act(cv *c, cv_side *side)
{
    if (side->closed || (side->must_wait && !side->peer_settings_seen)) return false;
    const uint32_t what = cv_random(c, 100);
    if (what < 14) return act_request(c, side);
    if (what < 58) return progress(c, side, pick_stream(c));
    if (what < 72) return act_consume(c, side);
    if (what < 76) return act_reset(c, side);
    if (what < 80) return act_ping(c, side);
    if (what < 83) return act_settings(c, side);
    if (what < 88) return act_window(c, side);
    if (what < 92) return act_push(c, side);
    if (what < 95) return act_altsvc(c, side);
    if (what < 98) return act_priority(c, side);
    return act_goaway(c, side);
}

/* Towards the end. */

static bool cannot_go_on(const cv_side *side, const cv_stream *stream)
{
    return stream->pushed && !side->client && stream->half[side->index].sent == CV_NONE;
}

/* Says what is left to say on every stream and uses up what was received. */
bool cv_finish_streams(cv *c, cv_side *side)
{
    bool done = false;
    for (size_t i = 0; i < c->stream_count && !c->failed && !side->closed; i++) {
        cv_stream *const stream = &c->streams[i];
        cv_half *const half = &stream->half[side->index];
        if (half->unacknowledged > 0 && side->engine->consume(side, stream, half->unacknowledged)) {
            half->unacknowledged = 0;
            done = true;
        }
        if (progress(c, side, stream))
            done = true;
        else if (is_free(side, stream) && cannot_go_on(side, stream) && may_reset(side, stream))
            done |= side->engine->reset(side, stream, H2_CODE_CANCEL);
    }
    return done;
}

/* Opens what keeps the other side from going on, and gives up pushes that may not begin. */
void cv_unblock(cv *c, cv_side *side)
{
    if (side->closed) return;
    if (side->engine->receive_window(side, 0) < 1000) side->engine->window(side, 0, 65535);
    for (size_t i = 0; i < c->stream_count; i++) {
        cv_stream *const stream = &c->streams[i];
        const cv_half *const half = &stream->half[side->index];
        if (!cv_half_alive(stream, side->index) || half->pending || half->reset_asked) continue;
        if (cannot_go_on(side, stream)) side->engine->reset(side, stream, H2_CODE_CANCEL);
        if (half->got == CV_ENDED || half->reset_asked) continue;
        if (side->engine->receive_window(side, stream->id) < 1000)
            side->engine->window(side, stream->id, 65535);
    }
}
