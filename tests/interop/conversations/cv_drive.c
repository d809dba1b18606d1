/* One conversation from its beginning to its end, and the comparing of both sides whenever all is quiet. */
#include "cv.h"

#include <stdio.h>
#include <string.h>

/* Comparing. */

static int mirrored(int state)
{
    switch (state) {
    case H2_STREAM_RESERVED_LOCAL: return H2_STREAM_RESERVED_REMOTE;
    case H2_STREAM_RESERVED_REMOTE: return H2_STREAM_RESERVED_LOCAL;
    case H2_STREAM_HALF_CLOSED_LOCAL: return H2_STREAM_HALF_CLOSED_REMOTE;
    case H2_STREAM_HALF_CLOSED_REMOTE: return H2_STREAM_HALF_CLOSED_LOCAL;
    default: return state;
    }
}

/* A window as the frames on the wire make it: both sides have to agree with that. */
static int64_t window_of_wire(cv *c, uint32_t id, const cv_side *from, cv_side *to)
{
    uint32_t initial = 65535;
    if (id != 0) (void)to->engine->setting(to, true, H2_SETTINGS_INITIAL_WINDOW_SIZE, &initial);
    int64_t window = initial;
    for (size_t i = 0; i < from->out->items_count; i++) {
        const cv_item *const item = &from->out->items[i];
        if (item->kind == CV_DATA && (id == 0 || item->stream == id)) window -= item->flow;
    }
    for (size_t i = 0; i < to->out->items_count; i++) {
        const cv_item *const item = &to->out->items[i];
        if (item->kind == CV_WINDOW && item->stream == id) window += item->number;
    }
    (void)c;
    return window;
}

static void compare_one_window(cv *c, uint32_t id, const cv_side *side, const char *what, int64_t said,
                               int64_t seen)
{
    if (id != 0 && seen < 0 && said <= 0) return; /* libnghttp2 says 0 */
    if (said != seen)
        cv_fail(c, "window of stream %u: %s says that %lld octets may be %s, by the frames it is %lld", id,
                side->engine->name, (long long)said, what, (long long)seen);
}

static void compare_window(cv *c, uint32_t id, cv_side *from, cv_side *to)
{
    const int64_t seen = window_of_wire(c, id, from, to);
    compare_one_window(c, id, from, "sent", from->engine->send_window(from, id), seen);
    /* libnghttp2 1.52 loses count of what it received when its application opens the windows, and after GOAWAY. */
    if (to->engine->counts_received == NULL || to->engine->counts_received(to))
        compare_one_window(c, id, to, "received", to->engine->receive_window(to, id), seen);
}

static void compare_streams(cv *c)
{
    cv_side *const a = &c->side[0], *const b = &c->side[1];
    for (size_t i = 0; i < c->stream_count && !c->failed; i++) {
        const cv_stream *const s = &c->streams[i];
        if (s->half[0].dropped || s->half[1].dropped || s->half[0].pending || s->half[1].pending) continue;
        const int left = a->engine->stream_state(a, s->id), right = b->engine->stream_state(b, s->id);
        if (left != mirrored(right)) {
            cv_fail(c, "stream %u is %s at the client (%s) and %s at the server (%s)", s->id,
                    h2_state_name(true, left), a->engine->name, h2_state_name(true, right), b->engine->name);
            return;
        }
        if (left == H2_STREAM_CLOSED) continue;
        if (s->half[0].sent != CV_ENDED) compare_window(c, s->id, a, b);
        if (s->half[1].sent != CV_ENDED) compare_window(c, s->id, b, a);
    }
}

static void compare_settings(cv *c, cv_side *owner)
{
    static const uint16_t ids[] = {1, 2, 3, 4, 5, 6, 8};
    cv_side *const peer = owner->peer;
    if (owner->unacknowledged_settings != 0) {
        cv_fail(c, "%s has %u SETTINGS that nobody acknowledged", owner->engine->name,
                owner->unacknowledged_settings);
        return;
    }
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        uint32_t here, there;
        if (ids[i] == H2_SETTINGS_ENABLE_PUSH && !owner->client) continue;
        if (!owner->engine->setting(owner, true, ids[i], &here)) continue;
        if (!peer->engine->setting(peer, false, ids[i], &there)) continue;
        if (here != there)
            cv_fail(c, "setting %u of %s is %u, %s holds it for %u", ids[i], owner->engine->name, here,
                    peer->engine->name, there);
    }
}

static void compare_counts(cv *c)
{
    cv_side *const a = &c->side[0], *const b = &c->side[1];
    const unsigned requests = a->engine->open_streams(a, false), taken = b->engine->open_streams(b, true);
    const unsigned pushed = b->engine->open_streams(b, false), got = a->engine->open_streams(a, true);
    for (size_t i = 0; i < c->stream_count; i++)
        if (c->streams[i].half[0].dropped || c->streams[i].half[1].dropped) return;
    if (requests != taken || pushed != got)
        cv_fail(c, "open streams: client %u out, %u in; server %u in, %u out", requests, got, taken, pushed);
}

static void compare(cv *c)
{
    if (c->failed || c->side[0].closed || c->side[1].closed) return;
    for (int i = 0; i < 2 && !c->failed; i++) {
        cv_side *const side = &c->side[i];
        cv_expect_nothing(c, side);
        if (side->closed) return;
        if (side->settings_acks_due != 0 || side->pings_count != 0)
            cv_fail(c, "%s owes %u acknowledgements of SETTINGS and %u of PING", side->engine->name,
                    side->settings_acks_due, side->pings_count);
    }
    if (c->failed) return;
    compare_streams(c);
    compare_window(c, 0, &c->side[0], &c->side[1]);
    compare_window(c, 0, &c->side[1], &c->side[0]);
    compare_counts(c);
    for (int i = 0; i < 2 && !c->failed; i++)
        compare_settings(c, &c->side[i]);
}

/* All that came is used up, so that less than half of the window may still be untold. */
static void check_credit(cv *c)
{
    for (int i = 0; i < 2 && !c->failed; i++) {
        cv_side *const side = &c->side[i];
        if (side->closed || side->engine != &cv_libh2) continue;
        const int64_t window = side->engine->receive_window(side, 0);
        if (window < 65535 / 2)
            cv_fail(c, "libh2 has used up everything and opens its window to %lld only", (long long)window);
    }
}

/* Moving octets. */

/* Returns whether anything was delivered. */
static bool move(cv *c, cv_side *to, bool all)
{
    to->peer->engine->pull(to->peer, all);
    const uint32_t pieces = all ? UINT32_MAX : 1 + cv_random(c, 4);
    uint32_t i = 0;
    while (i < pieces && !c->failed && cv_wire_deliver(c, to, all && cv_chance(c, 70)))
        i++;
    return i != 0;
}

/* Carries everything both ways until nothing moves; returns whether anything did. */
static bool settle(cv *c)
{
    bool moved = false, more = true;
    while (more && !c->failed) {
        more = move(c, &c->side[0], true);
        more |= move(c, &c->side[1], true);
        moved |= more;
    }
    return moved;
}

/* The course of a conversation. */

static void set_up_sides(cv *c)
{
    for (int i = 0; i < 2; i++) {
        cv_side *const side = &c->side[i];
        side->cv = c;
        side->index = i;
        side->client = i == 0;
        side->out = &c->wire[i];
        side->in = &c->wire[1 - i];
        side->peer = &c->side[1 - i];
        const bool h2 = !c->options.self && c->options.h2_is_client == side->client;
        side->engine = h2 ? &cv_libh2 : &cv_nghttp2;
        side->in->rewrite = h2 || c->options.self;
    }
}

static void choose_course(cv *c)
{
    const bool python = c->options.profile == H2_PROFILE_PYTHON;
    c->upgrade = cv_chance(c, 6);
    c->framewise = cv_chance(c, 65);
    c->allow_reset = cv_chance(c, 70);
    c->allow_informational = cv_chance(c, 60);
    c->allow_push = cv_chance(c, 60);
    c->allow_goaway = !python && cv_chance(c, 25);
    c->stream_limit = cv_chance(c, 6) ? 0 : 1 + cv_random(c, cv_chance(c, 20) ? 16 : 6);
    if (!c->upgrade) return;
    cv_stream *const stream = cv_stream_add(c, 1);
    stream->upgraded = true;
    for (int i = 0; i < 2; i++)
        stream->half[i].exists = true;
    stream->half[0].sent = stream->half[1].got = CV_ENDED;
    c->stream_limit++;
}

static void talk(cv *c)
{
    const uint32_t steps = 40 + cv_random(c, cv_chance(c, 10) ? 600 : 160);
    for (uint32_t i = 0; i < steps && !c->failed; i++) {
        cv_side *const side = &c->side[cv_random(c, 2)];
        const uint32_t what = cv_random(c, 100);
        if (what < 55)
            for (uint32_t k = 0; k < 3; k++)
                cv_act(c, side);
        else if (what < 98)
            move(c, side, false);
        else {
            settle(c);
            compare(c);
        }
    }
}

static bool all_over(const cv *c)
{
    if (c->side[0].closed || c->side[1].closed) return true;
    for (size_t i = 0; i < c->stream_count; i++)
        for (int k = 0; k < 2; k++) {
            const cv_half *const half = &c->streams[i].half[k];
            if (half->dropped || c->streams[i].half[1 - k].dropped) continue;
            if (cv_half_alive(&c->streams[i], k) && !half->reset_asked) return false;
        }
    return true;
}

static void drain(cv *c)
{
    unsigned idle = 0, rounds = 0;
    c->draining = true;
    while (!c->failed) {
        if (++rounds > 3000) cv_fail(c, "the conversation never ends");
        bool done = cv_finish_streams(c, &c->side[0]);
        done |= cv_finish_streams(c, &c->side[1]);
        done |= settle(c);
        if (done && rounds % 16 != 0) {
            idle = 0;
            continue;
        }
        if (!done && all_over(c)) break;
        cv_unblock(c, &c->side[0]);
        cv_unblock(c, &c->side[1]);
        settle(c);
        if (++idle > 40) cv_fail(c, "the conversation stands still");
    }
    compare(c);
    check_credit(c);
}

/* What one side did not take was refused by it, openly. */
static void check_refusals(cv *c)
{
    for (size_t i = 0; i < c->stream_count && !c->failed; i++)
        for (int k = 0; k < 2; k++) {
            const cv_half *const half = &c->streams[i].half[k];
            const cv_side *const side = &c->side[k];
            if (!half->dropped || half->reset_sent || side->closed || c->streams[i].half[1 - k].reset_sent)
                continue;
            if (side->out->goaway_seen || side->in->goaway_seen || c->streams[i].half[1 - k].dropped)
                continue;
            if (!c->streams[i].half[1 - k].exists) continue;
            cv_fail(c, "%s has passed over stream %u without a word", side->engine->name, c->streams[i].id);
        }
}

static void check_bodies(cv *c)
{
    for (size_t i = 0; i < c->stream_count && !c->failed; i++) {
        const cv_stream *const s = &c->streams[i];
        for (int k = 0; k < 2; k++) {
            const bool whole = s->half[k].sent == CV_ENDED && s->half[1 - k].got == CV_ENDED;
            if (whole && s->half[k].body_sent != s->half[1 - k].body_got)
                cv_fail(c, "stream %u: %zu octets of body were sent, %zu came", s->id, s->half[k].body_sent,
                        s->half[1 - k].body_got);
        }
    }
}

/* Either side may end it all, with any code; then both may say so again. */
static void part(cv *c)
{
    static const char *const words[] = {"", "thank you", "enough"};
    const uint32_t times = cv_random(c, 4);
    for (uint32_t i = 0; i < times && !c->failed; i++) {
        cv_side *const side = &c->side[cv_random(c, 2)];
        const uint32_t code = cv_chance(c, 50) ? 0 : cv_random(c, 14);
        c->parting = true;
        if (code != 0 || !cv_chance(c, 40) || !side->engine->shutdown(side))
            side->engine->goaway(side, code, words[cv_random(c, 3)]);
        settle(c);
        for (int k = 0; k < 2 && !c->failed; k++)
            if (!c->side[k].closed) cv_expect_nothing(c, &c->side[k]);
    }
}

bool cv_run(const cv_options *options, char *failure, size_t failure_len)
{
    static cv c; /* what the wires hold is kept for the next */
    for (int i = 0; i < 2; i++)
        cv_wire_reset(&c.wire[i]);
    const cv_wire wires[2] = {c.wire[0], c.wire[1]};
    memset(&c, 0, sizeof c);
    memcpy(c.wire, wires, sizeof wires);
    c.options = *options;
    c.rng = options->seed * 0x9e3779b97f4a7c15u + 12345;
    set_up_sides(&c);
    choose_course(&c);
    c.side[0].engine->start(&c.side[0]);
    c.side[1].engine->start(&c.side[1]);
    talk(&c);
    drain(&c);
    check_refusals(&c);
    check_bodies(&c);
    part(&c);
    for (int i = 0; i < 2; i++)
        c.side[i].engine->stop(&c.side[i]);
    cv_arena_free(&c);
    if (c.failed) snprintf(failure, failure_len, "%s", c.failure);
    return !c.failed;
}
