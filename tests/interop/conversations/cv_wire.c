/* The wire: takes what an engine sends apart into frames, notes each, may cut header blocks into other
 * fragments and put in frames that nobody sent but that are legal, and delivers the octets in pieces. */
#include "cv.h"

#include <stdlib.h>
#include <string.h>

enum {
    DATA = 0,
    HEADERS = 1,
    PRIORITY = 2,
    RST_STREAM = 3,
    SETTINGS = 4,
    PUSH_PROMISE = 5,
    PING = 6,
    GOAWAY = 7,
    WINDOW_UPDATE = 8,
    CONTINUATION = 9,
    ALTSVC = 10,
    END_STREAM = 1,
    END_HEADERS = 4,
    PADDED = 8,
    HAS_PRIORITY = 0x20,
    PREFACE = 24
};

typedef struct frame {
    size_t len;
    uint8_t type, flags;
    uint32_t stream;
    const uint8_t *payload;
} frame;

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

void cv_wire_reset(cv_wire *w)
{
    cv_wire kept = *w;
    memset(w, 0, sizeof *w);
    w->raw = kept.raw;
    w->ready = kept.ready;
    w->raw.head = w->raw.tail = w->ready.head = w->ready.tail = 0;
    w->items = kept.items;
    w->items_cap = kept.items_cap;
    w->blocks = kept.blocks;
    w->blocks_cap = kept.blocks_cap;
}

void cv_wire_free(cv_wire *w)
{
    free(w->raw.data);
    free(w->ready.data);
    free(w->items);
    free(w->blocks);
    memset(w, 0, sizeof *w);
}

void cv_wire_sent_block(cv_wire *w, const cv_sent_block *block)
{
    if (w->blocks_count == w->blocks_cap) {
        w->blocks_cap = w->blocks_cap == 0 ? 64 : w->blocks_cap * 2;
        w->blocks = realloc(w->blocks, w->blocks_cap * sizeof *w->blocks);
        if (w->blocks == NULL) abort();
    }
    w->blocks[w->blocks_count++] = *block;
}

static cv_item *new_item(cv_wire *w, cv_kind kind, const frame *f)
{
    if (w->items_count == w->items_cap) {
        w->items_cap = w->items_cap == 0 ? 256 : w->items_cap * 2;
        w->items = realloc(w->items, w->items_cap * sizeof *w->items);
        if (w->items == NULL) abort();
    }
    cv_item *const item = &w->items[w->items_count++];
    memset(item, 0, sizeof *item);
    item->kind = kind;
    item->type = f->type;
    item->flags = f->flags;
    item->stream = f->stream;
    return item;
}

static void emit(cv_wire *w, cv_item *item, const frame *f)
{
    uint8_t head[9] = {(uint8_t)(f->len >> 16), (uint8_t)(f->len >> 8), (uint8_t)f->len, f->type, f->flags};
    put32(head + 5, f->stream);
    cv_octets_add(&w->ready, head, sizeof head);
    cv_octets_add(&w->ready, f->payload, f->len);
    item->wire_len += sizeof head + f->len;
    w->frames++;
}

static bool next_frame(const cv_octets *from, size_t at, frame *f)
{
    if (from->tail - at < 9) return false;
    const uint8_t *const p = from->data + at;
    f->len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
    f->type = p[3];
    f->flags = p[4];
    f->stream = get32(p + 5);
    f->payload = p + 9;
    return from->tail - at - 9 >= f->len;
}

/* Frames that nobody sent. */

static uint32_t any_stream(cv *c)
{
    if (c->stream_count == 0 || cv_chance(c, 20)) return cv_random(c, 60);
    if (cv_chance(c, 40)) return c->streams[c->stream_count - 1].id;
    return c->streams[cv_random(c, (uint32_t)c->stream_count)].id;
}

static void inject_unknown(cv *c, cv_wire *w)
{
    const size_t len = cv_chance(c, 10) ? 300 : cv_random(c, 30);
    uint8_t *const payload = cv_alloc(c, len + 1);
    for (size_t i = 0; i < len; i++)
        payload[i] = (uint8_t)cv_random(c, 256);
    const frame f = {len, (uint8_t)(0x11 + cv_random(c, 0xee)), (uint8_t)cv_random(c, 256), any_stream(c),
                     payload};
    cv_item *const item = new_item(w, CV_UNKNOWN, &f);
    item->injected = true;
    item->bytes = payload;
    item->bytes_len = len;
    emit(w, item, &f);
}

static void inject_altsvc(cv *c, cv_wire *w)
{
    static const char origin[] = "https://example.org", value[] = "h2=\":8000\"; ma=60";
    const bool on_stream = c->stream_count != 0 && cv_chance(c, 70);
    const size_t origin_len = on_stream == cv_chance(c, 5) ? sizeof origin - 1 : 0;
    const size_t value_len = 1 + cv_random(c, (uint32_t)sizeof value - 1);
    uint8_t *const payload = cv_alloc(c, 2 + origin_len + value_len);
    payload[0] = 0;
    payload[1] = (uint8_t)origin_len;
    memcpy(payload + 2, origin, origin_len);
    memcpy(payload + 2 + origin_len, value, value_len);
    const frame f = {2 + origin_len + value_len, ALTSVC, 0, on_stream ? any_stream(c) : 0, payload};
    cv_item *const item = new_item(w, CV_ALTSVC, &f);
    item->injected = true;
    item->bytes = payload;
    item->bytes_len = f.len;
    item->number = (uint32_t)origin_len;
    emit(w, item, &f);
}

static void inject_priority(cv *c, cv_wire *w)
{
    uint8_t payload[5];
    const uint32_t id = any_stream(c) | 1;
    uint32_t on = any_stream(c);
    if (on == id) on = 0;
    const bool exclusive = cv_chance(c, 30);
    put32(payload, on | (exclusive ? 0x80000000u : 0));
    payload[4] = (uint8_t)cv_random(c, 256);
    const frame f = {sizeof payload, PRIORITY, 0, id, payload};
    cv_item *const item = new_item(w, CV_PRIORITY, &f);
    item->injected = true;
    item->priority = (h2_priority){on, (uint16_t)(payload[4] + 1), exclusive};
    emit(w, item, &f);
}

static void inject(cv *c, cv_wire *w)
{
    if (!w->rewrite || w->items_count == 0 || !cv_chance(c, 8)) return;
    const uint32_t what = cv_random(c, 3);
    if (what == 0) inject_unknown(c, w);
    /* A client's ALTSVC has to be ignored; Python's h2 takes whoever gets one for a client. */
    const bool confuses = w == &c->wire[0] && c->options.profile == H2_PROFILE_PYTHON;
    if (what == 1 && !confuses) inject_altsvc(c, w);
    if (what == 2 && !c->options.self) inject_priority(c, w);
}

/* Header blocks. */

typedef struct block_view {
    uint8_t *fragment;
    size_t len, consumed;
    unsigned frames;
} block_view;

static void cut_padding(const frame *f, const uint8_t **at, size_t *left)
{
    if (!(f->flags & PADDED) || *left == 0) return;
    const size_t pad = **at;
    *at += 1;
    *left -= 1;
    *left = *left >= pad ? *left - pad : 0;
}

/* Puts the fragments of a whole block together; false while some of it is not there yet. */
static bool gather(cv *c, const cv_wire *w, const frame *first, size_t fixed, block_view *out)
{
    size_t at = w->raw.head, total = 0;
    frame f = *first;
    unsigned frames = 1;
    for (;;) {
        total += f.len;
        at += 9 + f.len;
        if (f.flags & END_HEADERS) break;
        if (!next_frame(&w->raw, at, &f)) return false;
        if (f.type != CONTINUATION || f.stream != first->stream) {
            cv_fail(c, "a header block on stream %u is interrupted by frame type %u", first->stream, f.type);
            return false;
        }
        frames++;
    }
    *out = (block_view){cv_alloc(c, total + 1), 0, at - w->raw.head, frames};
    at = w->raw.head;
    for (unsigned i = 0; i < frames; i++) {
        (void)next_frame(&w->raw, at, &f);
        const uint8_t *from = f.payload;
        size_t left = f.len;
        if (i == 0) {
            cut_padding(&f, &from, &left);
            from += fixed;
            left -= fixed;
        }
        memcpy(out->fragment + out->len, from, left);
        out->len += left;
        at += 9 + f.len;
    }
    return true;
}

/* The same block in other fragments, with CONTINUATION frames that may be empty. */
static void emit_cut(cv *c, cv_wire *w, cv_item *item, const frame *first, const uint8_t *fixed,
                     size_t fixed_len, const block_view *block)
{
    size_t done = 0;
    uint32_t extra = 1 + cv_random(c, 3);
    for (unsigned i = 0; i == 0 || done < block->len || extra > 0; i++) {
        size_t room = 16384 - (i == 0 ? fixed_len : 0);
        size_t take = block->len - done;
        if (extra > 0 && take > 0) take = cv_random(c, (uint32_t)take + 1);
        if (extra > 0) extra--;
        if (take > room) take = room;
        uint8_t *const payload = cv_alloc(c, fixed_len + take + 1);
        size_t at = 0;
        if (i == 0) {
            memcpy(payload, fixed, fixed_len);
            at = fixed_len;
        }
        memcpy(payload + at, block->fragment + done, take);
        done += take;
        frame f = {at + take, i == 0 ? first->type : (uint8_t)CONTINUATION, 0, first->stream, payload};
        if (i == 0) f.flags = (uint8_t)(first->flags & ~(END_HEADERS | PADDED));
        if (done == block->len && extra == 0) f.flags |= END_HEADERS;
        emit(w, item, &f);
    }
}

static void emit_block_as_is(cv_wire *w, cv_item *item, unsigned frames)
{
    size_t at = w->raw.head;
    for (unsigned i = 0; i < frames; i++) {
        frame f;
        if (!next_frame(&w->raw, at, &f)) return;
        at += 9 + f.len;
        emit(w, item, &f);
    }
}

static h2_priority priority_at(const uint8_t *p)
{
    return (h2_priority){get32(p) & 0x7fffffffu, (uint16_t)(p[4] + 1), (p[0] & 0x80) != 0};
}

/* What the frame says beside its fields, held against what the sender was asked for. */
static void note_block(cv *c, cv_side *sender, cv_item *item, const cv_sent_block *sent, const uint8_t *fixed)
{
    const char *const who = sender->engine->name;
    const bool push = item->kind == CV_PUSH;
    item->block = sent->block;
    item->list = sent->list;
    item->end_stream = !push && (item->flags & END_STREAM);
    if (sent->stream != item->stream || push != (sent->block == CV_PROMISE))
        cv_fail(c, "%s sends the header block of stream %u on stream %u", who, sent->stream, item->stream);
    if (push) {
        item->number = get32(fixed) & 0x7fffffffu;
        if (item->number != sent->promised)
            cv_fail(c, "%s promises stream %u, asked was %u", who, item->number, sent->promised);
    } else if (item->flags & HAS_PRIORITY) {
        item->has_priority = true;
        item->priority = priority_at(fixed);
    }
}

static bool take_block(cv *c, cv_side *sender, const frame *f)
{
    cv_wire *const w = sender->out;
    const bool push = f->type == PUSH_PROMISE;
    const uint8_t *const fixed = f->payload + (f->flags & PADDED ? 1 : 0);
    const size_t fixed_len = push ? 4 : f->flags & HAS_PRIORITY ? 5 : 0;
    block_view block;
    if (!gather(c, w, f, fixed_len, &block)) return false;
    if (w->blocks_head == w->blocks_count) {
        cv_fail(c, "%s sends a block on stream %u that nobody asked for", sender->engine->name, f->stream);
        return false;
    }
    const cv_sent_block sent = w->blocks[w->blocks_head++];
    cv_item *const item = new_item(w, push ? CV_PUSH : CV_HEADERS, f);
    note_block(c, sender, item, &sent, fixed);
    /* libnghttp2 1.52 sometimes makes the first frame of a long block one octet too long. */
    const bool overlong = sender->engine == &cv_nghttp2 && f->len > 16384;
    if (overlong || (w->rewrite && block.frames < 4 && cv_chance(c, 12)))
        emit_cut(c, w, item, f, fixed, fixed_len, &block);
    else
        emit_block_as_is(w, item, block.frames);
    w->raw.head += block.consumed;
    return true;
}

/* Other frames. */

static void note_data(cv_item *item, const frame *f)
{
    const uint8_t *at = f->payload;
    size_t left = f->len;
    cut_padding(f, &at, &left);
    item->length = (uint32_t)left;
    item->flow = (uint32_t)f->len;
    item->end_stream = f->flags & END_STREAM;
}

static cv_kind kind_of(const frame *f)
{
    switch (f->type) {
    case DATA: return CV_DATA;
    case PRIORITY: return CV_PRIORITY;
    case RST_STREAM: return CV_RESET;
    case SETTINGS: return f->flags & 1 ? CV_SETTINGS_ACK : CV_SETTINGS_FRAME;
    case PING: return f->flags & 1 ? CV_PING_ACK : CV_PING;
    case GOAWAY: return CV_GOAWAY;
    case WINDOW_UPDATE: return CV_WINDOW;
    case ALTSVC: return CV_ALTSVC;
    default: return CV_UNKNOWN;
    }
}

/* The sender has done with the peer's streams above the last that it names. */
static void note_goaway(cv_side *sender, const cv_item *item, uint32_t code)
{
    cv *const c = sender->cv;
    sender->out->goaway_seen = true;
    if (code != 0) sender->out->goaway_fatal = true;
    for (size_t i = 0; i < c->stream_count; i++) {
        cv_stream *const stream = &c->streams[i];
        const bool own = (stream->id % 2 != 0) == sender->client;
        if (!own && stream->id > item->number) stream->half[sender->index].dropped = true;
    }
}

static void note_number(cv_side *sender, cv_item *item, const frame *f)
{
    const uint8_t *const p = f->payload;
    switch (item->kind) {
    case CV_RESET:
    case CV_WINDOW: item->number = get32(p); break;
    case CV_PRIORITY: item->priority = priority_at(p); break;
    case CV_ALTSVC: item->number = (uint32_t)p[0] << 8 | p[1]; break;
    case CV_GOAWAY:
        item->number = get32(p);
        note_goaway(sender, item, get32(p + 4));
        break;
    default: break;
    }
}

static void take_plain(cv *c, cv_side *sender, const frame *f)
{
    cv_wire *const w = sender->out;
    cv_item *const item = new_item(w, kind_of(f), f);
    if (item->kind == CV_DATA) {
        note_data(item, f);
        w->body_octets += item->length;
    } else {
        item->bytes = cv_copy(c, f->payload, f->len);
        item->bytes_len = f->len;
        note_number(sender, item, f);
    }
    if (item->kind == CV_RESET) {
        cv_stream *const stream = cv_stream_find(c, f->stream);
        if (stream != NULL) stream->half[sender->index].reset_sent = true;
    }
    cv_check_answers(c, sender, item);
    frame out = *f;
    if (w->rewrite && cv_chance(c, 3)) out.flags |= 0x40; /* undefined everywhere */
    if (w->rewrite && cv_chance(c, 3)) out.stream |= 0x80000000u;
    emit(w, item, &out);
    w->raw.head += 9 + f->len;
}

void cv_wire_output(cv *c, cv_side *sender, const void *octets, size_t len)
{
    cv_wire *const w = sender->out;
    cv_octets_add(&w->raw, octets, len);
    if (sender->client && !w->preface_seen) {
        if (w->raw.tail - w->raw.head < PREFACE) return;
        if (memcmp(w->raw.data + w->raw.head, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", PREFACE) != 0) {
            cv_fail(c, "%s sends no preface", sender->engine->name);
            return;
        }
        cv_octets_add(&w->ready, w->raw.data + w->raw.head, PREFACE);
        w->raw.head += PREFACE;
        w->preface_pending = PREFACE;
        w->preface_seen = true;
    }
    frame f;
    while (!c->failed && next_frame(&w->raw, w->raw.head, &f)) {
        const size_t before = w->items_count;
        inject(c, w);
        if (f.type == HEADERS || f.type == PUSH_PROMISE) {
            if (!take_block(c, sender, &f)) break;
        } else {
            take_plain(c, sender, &f);
        }
        w->items[before].wire_len += w->preface_pending;
        w->preface_pending = 0;
        const cv_item *const item = &w->items[w->items_count - 1];
        if (sender->engine->on_wire != NULL) sender->engine->on_wire(sender, item);
        if (c->options.verbose) {
            cv_trace(c, "  %s -> %s stream %u flags %02x number %u length %zu", sender->engine->name,
                     cv_kind_name(item->kind), item->stream, item->flags, item->number, f.len);
        }
    }
}

/* Delivering. */

bool cv_wire_idle(const cv_wire *w)
{
    return w->raw.head == w->raw.tail && w->ready.head == w->ready.tail;
}

static void advance(cv_wire *w, size_t octets)
{
    w->ready.head += octets;
    while (octets > 0) {
        const size_t left = w->items[w->fed].wire_len - w->fed_octets;
        const size_t step = octets < left ? octets : left;
        w->fed_octets += step;
        octets -= step;
        if (w->fed_octets == w->items[w->fed].wire_len) {
            w->fed++;
            w->fed_octets = 0;
        }
    }
}

/* Hands the next piece to the receiver; everything that is ready when `all`. Returns false when there is
 * nothing. */
bool cv_wire_deliver(cv *c, cv_side *receiver, bool all)
{
    cv_wire *const w = receiver->in;
    size_t len = w->ready.tail - w->ready.head;
    if (len == 0 || w->fed >= w->items_count) return false;
    if (c->framewise) {
        const size_t left = w->items[w->fed].wire_len - w->fed_octets;
        if (len > left) len = left;
    }
    if (!all && !cv_chance(c, 30)) {
        const size_t piece = cv_chance(c, 20) ? 1 + cv_random(c, 12) : 1 + cv_random(c, 1500);
        if (len > piece) len = piece;
    }
    const uint8_t *const from = w->ready.data + w->ready.head;
    if (cv_chance(c, 10)) {
        /* An engine that reads past the piece or keeps a pointer to it is seen by a sanitizer here. */
        uint8_t *const copy = malloc(len);
        if (copy == NULL) abort();
        memcpy(copy, from, len);
        receiver->engine->feed(receiver, copy, len);
        free(copy);
    } else {
        receiver->engine->feed(receiver, from, len);
    }
    advance(w, len);
    cv_expect_nothing(c, receiver);
    return true;
}
