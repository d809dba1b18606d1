/* Streams of frames that a client or a server could send, then broken: bits flipped, lengths that lie, types,
 * flags and ids changed, frames dropped, doubled, swapped and made up, field lists that are malformed. */
#include "rj.h"

#include <nghttp2/nghttp2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t rj_random(rj_stream *s, uint32_t below)
{
    s->rng += 0x9e3779b97f4a7c15u;
    uint64_t z = s->rng;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return below == 0 ? (uint32_t)z : (uint32_t)(((z & 0xffffffffu) * below) >> 32);
}

static bool chance(rj_stream *s, uint32_t percent)
{
    return rj_random(s, 100) < percent;
}

const char *rj_class_name(rj_class class)
{
    static const char *const names[] = {"ok", "stream error", "connection error"};
    return names[class];
}

static void note(rj_stream *s, const char *what, size_t at)
{
    const size_t len = strlen(s->changes);
    snprintf(s->changes + len, sizeof s->changes - len, "%s%s %zu", len == 0 ? "" : ", ", what, at);
}

static uint8_t *room(rj_stream *s, size_t len)
{
    if (sizeof s->scratch - s->scratch_len < len) abort();
    uint8_t *const at = s->scratch + s->scratch_len;
    s->scratch_len += len;
    return at;
}

static rj_frame *add(rj_stream *s, uint8_t type, uint8_t flags, uint32_t stream, const void *payload,
                     size_t len)
{
    if (s->count == RJ_FRAMES) return &s->frames[RJ_FRAMES - 1];
    rj_frame *const f = &s->frames[s->count++];
    *f = (rj_frame){type, flags, stream, len, room(s, len + 8), len};
    if (len != 0) memcpy(f->payload, payload, len);
    return f;
}

/* Field lists. */

typedef struct field {
    const char *name, *value;
} field;

static const field request_fields[] = {
    {":method", "POST"}, {":scheme", "https"}, {":path", "/a"}, {":authority", "example.org"}};
static const field response_fields[] = {{":status", "200"}};
static const field early_fields[] = {{":status", "103"}};
static const field trailer_fields[] = {{"x-sum", "1"}};
static const field plain_fields[] = {{"accept", "*/*"}, {"user-agent", "a"}, {"cookie", "a=1"},
                                     {"x-a", "b"},      {"te", "trailers"},  {"date", "today"}};

/* What a peer may have put into a list that it should not have. */
static const field bad_fields[] = {
    {"Upper", "a"},
    {"x y", "a"},
    {"", "a"},
    {"x:", "a"},
    {"x-a", "a\r\nb: c"},
    {"x-a", " a"},
    {"x-a", "a\t"},
    {"x-a", "\x7f"},
    {"x-a", "\x01"},
    {"connection", "a"},
    {"transfer-encoding", "chunked"},
    {"upgrade", "a"},
    {"keep-alive", "a"},
    {"proxy-connection", "a"},
    {"te", "gzip"},
    {"te", "Trailers"},
    {":path", "/b"},
    {":status", "200"},
    {":custom", "a"},
    {":protocol", "a"},
    {":method", "GET"},
    {":authority", "b"},
    {"host", "other.example"},
    {"content-length", "5"},
    {"content-length", "x"},
    {"content-length", "+5"},
    {"content-length", "5,5"},
    {"content-length", ""},
    {"host", "example.org"},
    {"x-\x80", "a"},
    {"x-a", "\xff\x80"},
    {"x@", "a"},
    {"x-a", ""},
    {"host", ""},
};

/* Values that pseudo-fields should not have. */
static const field bad_pseudo[] = {
    {":method", ""},       {":method", "GE T"}, {":method", "CONNECT"}, {":method", "OPTIONS"},
    {":scheme", ""},       {":scheme", "1x"},   {":scheme", "ftp"},     {":path", ""},
    {":path", "a"},        {":path", "*"},      {":path", "/a b"},      {":path", "/\x01"},
    {":path", "/\xff"},    {":path", "/#a"},    {":authority", ""},     {":authority", "u@example.org"},
    {":authority", "a b"}, {":status", "20"},   {":status", "2000"},    {":status", "abc"},
    {":status", "101"},    {":status", "100"},  {":status", "099"},     {":status", "600"},
    {":status", "204"},    {":status", "304"},  {":status", ""},        {":method", "HEAD"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static size_t append(nghttp2_nv *out, size_t at, const field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        out[at++] = (nghttp2_nv){(uint8_t *)(uintptr_t)fields[i].name, (uint8_t *)(uintptr_t)fields[i].value,
                                 strlen(fields[i].name), strlen(fields[i].value), NGHTTP2_NV_FLAG_NONE};
    return at;
}

static void spoil_pseudo(rj_stream *s, nghttp2_nv *nv, size_t count)
{
    const field *const bad = &bad_pseudo[rj_random(s, COUNT(bad_pseudo))];
    for (size_t i = 0; i < count; i++)
        if (nv[i].namelen == strlen(bad->name) && memcmp(nv[i].name, bad->name, nv[i].namelen) == 0) {
            nv[i].value = (uint8_t *)(uintptr_t)bad->value;
            nv[i].valuelen = strlen(bad->value);
            note(s, bad->name, rj_random(s, 1));
        }
}

static size_t spoil(rj_stream *s, nghttp2_nv *nv, size_t count)
{
    const uint32_t what = rj_random(s, 4);
    if (what == 0 && count > 0) { /* leave one out */
        const size_t at = rj_random(s, (uint32_t)count);
        memmove(nv + at, nv + at + 1, (count - at - 1) * sizeof *nv);
        note(s, "field left out", at);
        return count - 1;
    }
    if (what == 1) {
        spoil_pseudo(s, nv, count);
        return count;
    }
    const size_t bad = rj_random(s, COUNT(bad_fields)),
                 at = chance(s, 70) ? count : rj_random(s, (uint32_t)count + 1);
    memmove(nv + at + 1, nv + at, (count - at) * sizeof *nv);
    append(nv, at, &bad_fields[bad], 1);
    note(s, "bad field", bad);
    return count + 1;
}

static void add_block(rj_stream *s, nghttp2_hd_deflater *deflater, uint8_t type, uint8_t flags,
                      uint32_t stream, uint32_t promised, const field *first, size_t first_count, bool broken)
{
    nghttp2_nv nv[16];
    uint8_t block[2000];
    size_t at = 0, count = append(nv, 0, first, first_count);
    const uint32_t extra = rj_random(s, 4);
    for (uint32_t i = 0; i < extra; i++)
        count = append(nv, count, &plain_fields[rj_random(s, COUNT(plain_fields))], 1);
    if (broken) count = spoil(s, nv, count);
    if (promised != 0) {
        const uint8_t id[4] = {0, 0, 0, (uint8_t)promised};
        memcpy(block, id, 4);
        at = 4;
    }
    if (flags & 8) block[at++] = 0; /* padded, with none */
    if (promised != 0 && (flags & 8)) {
        block[0] = 0;
        memcpy(block + 1, (const uint8_t[4]){0, 0, 0, (uint8_t)promised}, 4);
    }
    if (flags & 0x20) {
        memcpy(block + at, (const uint8_t[5]){0, 0, 0, 0, 15}, 5);
        at += 5;
    }
    const ssize_t len = nghttp2_hd_deflate_hd(deflater, block + at, sizeof block - at, nv, count);
    if (len < 0) abort();
    at += (size_t)len;
    const size_t cut = chance(s, 20) && at > 12 ? 10 + rj_random(s, (uint32_t)at - 10) : at;
    add(s, type, (uint8_t)(flags | (cut == at ? 4 : 0)), stream, block, cut);
    if (cut < at) add(s, 9, 4, stream, block + cut, at - cut);
}

/* What a client says, and a server. */

typedef struct talk {
    nghttp2_hd_deflater *deflater;
    uint32_t next;      /* id of the next request, or promise */
    uint8_t ended[64];  /* by stream: 1 begun, 2 ended */
    uint32_t broken_at; /* which block is to be malformed */
    uint32_t blocks;
} talk;

static bool is_broken(talk *t)
{
    return t->blocks++ == t->broken_at;
}

static void add_small(rj_stream *s, talk *t)
{
    uint8_t payload[16] = {0};
    const uint32_t id = t->next > 2 ? 1 + 2 * rj_random(s, (t->next - 1) / 2 + 1) % t->next : 1;
    const uint32_t known = id < 64 && t->ended[id] != 0 ? id : 0;
    switch (rj_random(s, 7)) {
    case 0: add(s, 6, (uint8_t)rj_random(s, 2), 0, "12345678", 8); break;
    case 1:
        payload[3] = (uint8_t)(1 + rj_random(s, 200));
        add(s, 8, 0, known, payload, 4);
        break;
    case 2:
        payload[4] = (uint8_t)rj_random(s, 256);
        add(s, 2, 0, 1 + 2 * rj_random(s, 8), payload, 5);
        break;
    case 3:
        payload[1] = 4;
        payload[4] = (uint8_t)rj_random(s, 256);
        add(s, 4, 0, 0, payload, 6);
        break;
    case 4:
        add(s, (uint8_t)(0x20 + rj_random(s, 0x80)), 0, rj_random(s, 20), payload, rj_random(s, 16));
        break;
    case 5:
        if (known == 0) break;
        payload[3] = 8;
        add(s, 3, 0, known, payload, 4);
        t->ended[known] = 2;
        break;
    default:
        if (chance(s, 20)) add(s, 7, 0, 0, payload, 8);
        break;
    }
}

static uint32_t open_stream(rj_stream *s, const talk *t)
{
    const uint32_t start = rj_random(s, 64);
    for (uint32_t i = 0; i < 64; i++)
        if (t->ended[(start + i) % 64] == 1) return (start + i) % 64;
    return 0;
}

static void add_data(rj_stream *s, talk *t)
{
    uint8_t payload[64];
    const uint32_t id = open_stream(s, t);
    if (id == 0) return;
    memset(payload, 'x', sizeof payload);
    const bool end = chance(s, 30), padded = chance(s, 30);
    if (padded) payload[0] = (uint8_t)rj_random(s, 10);
    add(s, 0, (uint8_t)(end + (padded ? 8 : 0)), id, payload, 10 + rj_random(s, 50));
    if (end) t->ended[id] = 2;
}

static void add_trailers(rj_stream *s, talk *t)
{
    const uint32_t id = open_stream(s, t);
    if (id == 0) return;
    add_block(s, t->deflater, 1, 1, id, 0, trailer_fields, 1, is_broken(t));
    t->ended[id] = 2;
}

static void add_request(rj_stream *s, talk *t)
{
    if (t->next > 40) return;
    const bool end = chance(s, 40);
    const uint8_t flags = (uint8_t)(end + (chance(s, 15) ? 8 : 0) + (chance(s, 15) ? 0x20 : 0));
    add_block(s, t->deflater, 1, flags, t->next, 0, request_fields, COUNT(request_fields), is_broken(t));
    t->ended[t->next] = end ? 2 : 1;
    t->next += 2;
}

static void add_response(rj_stream *s, talk *t)
{
    const uint32_t id = 1 + 2 * rj_random(s, RJ_REQUESTS);
    if (t->ended[id] != 0) return;
    if (chance(s, 15)) add_block(s, t->deflater, 1, 0, id, 0, early_fields, 1, is_broken(t));
    const bool end = chance(s, 30);
    add_block(s, t->deflater, 1, end, id, 0, response_fields, 1, is_broken(t));
    t->ended[id] = end ? 2 : 1;
}

static void add_promise(rj_stream *s, talk *t)
{
    const uint32_t parent = 1 + 2 * rj_random(s, RJ_REQUESTS);
    static const field get[] = {
        {":method", "GET"}, {":scheme", "https"}, {":path", "/p"}, {":authority", "example.org"}};
    if (t->ended[parent] == 2 || t->next > 40) return;
    add_block(s, t->deflater, 5, chance(s, 20) ? 8 : 0, parent, t->next, get, 4, is_broken(t));
    if (chance(s, 60)) {
        add_block(s, t->deflater, 1, 0, t->next, 0, response_fields, 1, is_broken(t));
        t->ended[t->next] = 1;
    }
    t->next += 2;
}

static void add_step(rj_stream *s, talk *t, uint32_t what)
{
    switch (what) {
    case 0:
    case 1:
    case 2:
        if (s->to_server)
            add_request(s, t);
        else
            add_response(s, t);
        break;
    case 3:
        if (!s->to_server) add_promise(s, t);
        break;
    case 4:
    case 5: add_data(s, t); break;
    case 6: add_trailers(s, t); break;
    default: add_small(s, t); break;
    }
}

static void make_talk(rj_stream *s)
{
    talk t = {NULL, s->to_server ? 1 : 2, {0}, UINT32_MAX, 0};
    if (nghttp2_hd_deflate_new(&t.deflater, 4096) != 0) abort();
    if (chance(s, 35)) t.broken_at = rj_random(s, 6);
    add(s, 4, 0, 0, "", 0);
    add(s, 4, 1, 0, "", 0);
    const uint32_t steps = 4 + rj_random(s, 14);
    for (uint32_t i = 0; i < steps && s->count < RJ_FRAMES - 8; i++)
        add_step(s, &t, rj_random(s, 10));
    nghttp2_hd_deflate_del(t.deflater);
}

/* Breaking. */

static void change_payload_length(rj_stream *s, rj_frame *f)
{
    const size_t len =
        chance(s, 50) ? rj_random(s, (uint32_t)f->payload_len + 1) : f->payload_len + 1 + rj_random(s, 7);
    for (size_t i = f->payload_len; i < len && i < f->payload_len + 8; i++)
        f->payload[i] = (uint8_t)rj_random(s, 256);
    f->payload_len = f->length = len;
}

static void make_up_frame(rj_stream *s, size_t at)
{
    if (s->count == RJ_FRAMES) return;
    const size_t len = rj_random(s, 20);
    memmove(s->frames + at + 1, s->frames + at, (s->count - at) * sizeof *s->frames);
    rj_frame *const f = &s->frames[at];
    s->count++;
    *f = (rj_frame){(uint8_t)rj_random(s, 17), (uint8_t)(1u << rj_random(s, 8)),
                    rj_random(s, 14),          len,
                    room(s, len + 8),          len};
    if (chance(s, 30)) f->flags = 0;
    for (size_t i = 0; i < len; i++)
        f->payload[i] = chance(s, 50) ? 0 : (uint8_t)rj_random(s, 256);
}

static void move_frames(rj_stream *s, size_t at, uint32_t how)
{
    if (how == 0) { /* drop */
        memmove(s->frames + at, s->frames + at + 1, (s->count - at - 1) * sizeof *s->frames);
        s->count--;
    } else if (how == 1 && s->count < RJ_FRAMES) { /* double */
        memmove(s->frames + at + 1, s->frames + at, (s->count - at) * sizeof *s->frames);
        s->count++;
    } else { /* swap */
        const size_t other = rj_random(s, (uint32_t)s->count);
        const rj_frame f = s->frames[at];
        s->frames[at] = s->frames[other];
        s->frames[other] = f;
    }
}

static void lie_about_length(rj_stream *s, rj_frame *f)
{
    static const size_t lengths[] = {0, 1, 4, 5, 8, 16384, 16385, 70000, 16777215};
    f->length = chance(s, 50) ? lengths[rj_random(s, COUNT(lengths))] : f->length + 1 - 2 * rj_random(s, 2);
    f->length &= 0xffffff;
}

/* Values that mean something special: 0, and the frame's own stream. */
static void write_special(rj_frame *f, bool own)
{
    if (own && f->payload_len >= 4) {
        const uint8_t id[4] = {0, 0, (uint8_t)(f->stream >> 8), (uint8_t)f->stream};
        memcpy(f->payload, id, 4);
    } else {
        memset(f->payload, 0, f->payload_len);
    }
}

static void break_frame(rj_stream *s)
{
    static const char *const names[] = {"bit of",    "length of",         "type of",          "flags of",
                                        "stream of", "payload length of", "made-up frame at", "zeroed",
                                        "own id in", "dropped",           "doubled",          "swapped"};
    const size_t at = rj_random(s, (uint32_t)s->count);
    rj_frame *const f = &s->frames[at];
    const uint32_t how = rj_random(s, COUNT(names));
    note(s, names[how], at);
    switch (how) {
    case 0:
        if (f->payload_len != 0)
            f->payload[rj_random(s, (uint32_t)f->payload_len)] ^= (uint8_t)(1u << rj_random(s, 8));
        break;
    case 1: lie_about_length(s, f); break;
    case 2: f->type = (uint8_t)rj_random(s, 12); break;
    case 3: f->flags ^= (uint8_t)(1u << rj_random(s, 8)); break;
    case 4: f->stream = chance(s, 20) ? rj_random(s, 0) : rj_random(s, 16); break;
    case 5: change_payload_length(s, f); break;
    case 6: make_up_frame(s, at); break;
    case 7:
    case 8: write_special(f, how == 8); break;
    default: move_frames(s, at, how - 9); break;
    }
}

static void write_octets(rj_stream *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const rj_frame *const f = &s->frames[i];
        const uint8_t head[9] = {(uint8_t)(f->length >> 16),
                                 (uint8_t)(f->length >> 8),
                                 (uint8_t)f->length,
                                 f->type,
                                 f->flags,
                                 (uint8_t)(f->stream >> 24),
                                 (uint8_t)(f->stream >> 16),
                                 (uint8_t)(f->stream >> 8),
                                 (uint8_t)f->stream};
        memcpy(s->octets + s->octets_len, head, 9);
        if (f->payload_len != 0) memcpy(s->octets + s->octets_len + 9, f->payload, f->payload_len);
        s->octets_len += 9 + f->payload_len;
    }
}

/* The frames as an engine finds them, after lengths that lie. */
static void read_frames(rj_stream *s, size_t at)
{
    s->count = 0;
    while (at < s->octets_len && s->count < RJ_FRAMES) {
        uint8_t *const p = s->octets + at;
        const size_t left = s->octets_len - at;
        rj_frame f = {.payload = p + 9, .length = 1}; /* less than a head: cut off */
        if (left >= 9) {
            f.length = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
            f.type = p[3];
            f.flags = p[4];
            f.stream =
                ((uint32_t)p[5] << 24 | (uint32_t)p[6] << 16 | (uint32_t)p[7] << 8 | p[8]) & 0x7fffffffu;
            f.payload_len = f.length < left - 9 ? f.length : left - 9;
        }
        at += left < 9 ? left : 9 + f.payload_len;
        s->ends[s->count] = at;
        s->frames[s->count++] = f;
    }
}

void rj_make(rj_stream *s, uint64_t seed, bool to_server)
{
    s->seed = seed;
    s->to_server = to_server;
    s->rng = seed * 0x9e3779b97f4a7c15u + to_server;
    s->count = s->octets_len = s->scratch_len = 0;
    s->changes[0] = '\0';
    make_talk(s);
    const uint32_t breaks = s->changes[0] != '\0' ? rj_random(s, 2) : 1 + rj_random(s, 2);
    for (uint32_t i = 0; i < breaks; i++)
        break_frame(s);
    if (to_server) {
        memcpy(s->octets, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
        s->octets_len = 24;
        if (chance(s, 2)) {
            s->octets[rj_random(s, 24)] ^= (uint8_t)(1u << rj_random(s, 8));
            note(s, "preface", 0);
        }
    }
    const size_t preface = s->octets_len;
    write_octets(s);
    read_frames(s, preface);
}
