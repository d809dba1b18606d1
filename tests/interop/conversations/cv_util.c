/* Small things that every part of a conversation uses: chance, memory, bodies, failing. */
#include "cv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t cv_random(cv *c, uint32_t below)
{
    c->rng += 0x9e3779b97f4a7c15u;
    uint64_t z = c->rng;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return below == 0 ? (uint32_t)z : (uint32_t)(((z & 0xffffffffu) * below) >> 32);
}

bool cv_chance(cv *c, uint32_t percent)
{
    return cv_random(c, 100) < percent;
}

struct cv_chunk {
    struct cv_chunk *next;
    size_t used, size;
};

void *cv_alloc(cv *c, size_t size)
{
    const size_t need = (size + 15) & ~(size_t)15;
    if (c->arena == NULL || c->arena->size - c->arena->used < need) {
        const size_t room = need > 65536 ? need : 65536;
        struct cv_chunk *chunk = malloc(sizeof *chunk + room);
        if (chunk == NULL) abort();
        chunk->next = c->arena;
        chunk->used = 0;
        chunk->size = room;
        c->arena = chunk;
    }
    uint8_t *const at = (uint8_t *)(c->arena + 1) + c->arena->used;
    c->arena->used += need;
    return at;
}

void *cv_copy(cv *c, const void *data, size_t len)
{
    void *const copy = cv_alloc(c, len + 1);
    if (len != 0) memcpy(copy, data, len);
    ((char *)copy)[len] = '\0';
    return copy;
}

void cv_arena_free(cv *c)
{
    while (c->arena != NULL) {
        struct cv_chunk *const next = c->arena->next;
        free(c->arena);
        c->arena = next;
    }
}

/* Bodies are windows into one fixed random table, so that every octet tells its stream, direction and place. */
static uint8_t pattern[2 * CV_PATTERN];

void cv_pattern_init(void)
{
    uint32_t x = 2463534242u;
    for (size_t i = 0; i < CV_PATTERN; i++) {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        pattern[i] = pattern[i + CV_PATTERN] = (uint8_t)(x >> 11);
    }
}

const uint8_t *cv_pattern_at(const cv_stream *stream, int from, size_t offset, size_t *len)
{
    const size_t start = ((size_t)stream->id * 40503u + (size_t)from * 12347u + offset) % CV_PATTERN;
    if (*len > CV_PATTERN) *len = CV_PATTERN;
    return pattern + start;
}

void cv_pattern_fill(const cv_stream *stream, int from, size_t offset, uint8_t *out, size_t len)
{
    while (len > 0) {
        size_t piece = len;
        const uint8_t *const at = cv_pattern_at(stream, from, offset, &piece);
        memcpy(out, at, piece);
        out += piece;
        offset += piece;
        len -= piece;
    }
}

bool cv_pattern_matches(const cv_stream *stream, int from, size_t offset, const uint8_t *data, size_t len)
{
    while (len > 0) {
        size_t piece = len;
        const uint8_t *const at = cv_pattern_at(stream, from, offset, &piece);
        if (memcmp(at, data, piece) != 0) return false;
        data += piece;
        offset += piece;
        len -= piece;
    }
    return true;
}

void cv_fail(cv *c, const char *format, ...)
{
    if (c->failed) return;
    c->failed = true;
    va_list args;
    va_start(args, format);
    vsnprintf(c->failure, sizeof c->failure, format, args);
    va_end(args);
    if (c->options.verbose) fprintf(stderr, "    FAILED: %s\n", c->failure);
}

void cv_trace(cv *c, const char *format, ...)
{
    if (!c->options.verbose) return;
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
}

cv_stream *cv_stream_find(cv *c, uint32_t id)
{
    for (size_t i = 0; i < c->stream_count; i++)
        if (c->streams[i].id == id) return &c->streams[i];
    return NULL;
}

cv_stream *cv_stream_add(cv *c, uint32_t id)
{
    if (c->stream_count == CV_STREAMS) return NULL;
    cv_stream *const stream = &c->streams[c->stream_count++];
    memset(stream, 0, sizeof *stream);
    stream->id = id;
    return stream;
}

bool cv_half_alive(const cv_stream *stream, int index)
{
    const cv_half *const half = &stream->half[index];
    return half->exists && !half->reset_sent && !half->reset_got && !half->dropped &&
           !(half->sent == CV_ENDED && half->got == CV_ENDED);
}

void cv_octets_add(cv_octets *o, const void *data, size_t len)
{
    if (o->head == o->tail) o->head = o->tail = 0;
    if (o->cap - o->tail < len) {
        size_t cap = o->cap == 0 ? 65536 : o->cap;
        while (cap - o->tail < len)
            cap *= 2;
        o->data = realloc(o->data, cap);
        if (o->data == NULL) abort();
        o->cap = cap;
    }
    if (len != 0) memcpy(o->data + o->tail, data, len);
    o->tail += len;
}

const char *cv_kind_name(cv_kind kind)
{
    static const char *const names[CV_KINDS] = {
        "HEADERS", "PUSH_PROMISE", "DATA",   "RST_STREAM",    "PRIORITY", "SETTINGS", "SETTINGS ACK",
        "PING",    "PING ACK",     "GOAWAY", "WINDOW_UPDATE", "ALTSVC",   "unknown"};
    return names[kind];
}

bool cv_setting_repeated(const cv_item *item, size_t at)
{
    for (size_t k = at + 1; k < item->bytes_len / 6; k++)
        if (memcmp(item->bytes + k * 6, item->bytes + at * 6, 2) == 0) return true;
    return false;
}
