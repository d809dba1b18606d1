/* The output queue. Octets lie in chunks; a borrowed run hangs on the chunk at the place where it comes in
 * between, so that the few octets around borrowed payloads share chunks. Knows of frames only their length
 * (RFC 9113 section 4.1), and the client's preface (section 3.4), which counts as one. */
#include "base/output.h"

#include "base/attributes.h"
#include "base/bytes.h"

#include <string.h>

struct h2_segment {
    h2_segment *next;
    size_t at; /* the octet of the chunk that comes behind the run */
    const uint8_t *data;
    size_t len, taken; /* octets; taken: dropped already */
    h2_release_fn *release;
    void *arg;
};

enum {
    FIRST_CHUNK = 256,
    LAST_CHUNK = 65 * 1024, /* four DATA frames of 16 KiB with their headers */
    FRAME_HEADER = 9,
    PREFACE = 24,
    PREFACE_TYPE = 0x20,      /* what "PRI * HTTP/2.0" reads as */
    PREFACE_LENGTH = 0x505249 /* "PRI" */
};

/* A place in the queue: octet `at` of `chunk`, or octet `into` of `run`, which lies there. */
typedef struct place {
    h2_chunk *chunk;
    h2_segment *run; /* the next one in the chunk, at or behind the place */
    size_t at, into;
} place;

void h2_output_init(h2_output *output, h2_memory *memory)
{
    *output = (h2_output){.grow = FIRST_CHUNK, .memory = memory};
}

/* Chunks. */

static h2_chunk *make_chunk(h2_output *output, size_t len)
{
    if (len > SIZE_MAX / 2) return NULL;

    const size_t least = sizeof(h2_chunk) + len;
    const size_t size = least > output->grow ? least : output->grow;
    h2_chunk *const chunk = h2_alloc(output->memory, size);
    if (!chunk) return NULL;
    *chunk = (h2_chunk){.cap = size - sizeof(h2_chunk)};
    output->grow = size > LAST_CHUNK / 2 ? LAST_CHUNK : size * 2;
    return chunk;
}

static void free_chunk(h2_output *output, h2_chunk *chunk)
{
    if (!chunk) return;
    h2_free(output->memory, chunk->spare, sizeof *chunk->spare);
    if (chunk->cap > 0) h2_free(output->memory, chunk, sizeof(h2_chunk) + chunk->cap);
}

/* A chunk without octets: the larger one of it and the spare is kept. */
static void retire_chunk(h2_output *output, h2_chunk *chunk)
{
    if (output->spare && output->spare->cap >= chunk->cap) {
        free_chunk(output, chunk);
        return;
    }
    free_chunk(output, output->spare);
    *chunk = (h2_chunk){.cap = chunk->cap, .spare = chunk->spare};
    output->spare = chunk;
}

/* The queue is empty: one chunk stays, as both first and last. */
static void settle_empty(h2_output *output)
{
    while (output->first) {
        h2_chunk *const chunk = output->first;
        output->first = chunk->next;
        retire_chunk(output, chunk);
    }
    output->first = output->last = output->spare;
    output->spare = NULL;
    output->in_frame = 0;
    output->pinned = 0;
}

static void append_chunk(h2_output *output, h2_chunk *chunk)
{
    if (output->last)
        output->last->next = chunk;
    else
        output->first = chunk;
    output->last = chunk;
}

/* In. */

uint8_t *h2_output_reserve_chunk(h2_output *output, size_t len)
{
    h2_chunk *chunk;

    if (output->spare && output->spare->cap >= len) {
        chunk = output->spare;
        output->spare = NULL;
    } else {
        chunk = make_chunk(output, len);
        if (!chunk) return NULL;
    }
    if (output->first && output->pending == 0 && !output->first->borrowed) {
        free_chunk(output, output->first);
        output->first = output->last = NULL;
    }
    append_chunk(output, chunk);
    return chunk->octets;
}

uint8_t *h2_output_end_in(h2_output *output, void *room, size_t size, size_t len)
{
    h2_chunk *const chunk = room;

    if (size < sizeof *chunk + len) return NULL;
    *chunk = (h2_chunk){.end = len};
    append_chunk(output, chunk);
    output->pending += len;
    return chunk->octets;
}

h2_segment *h2_output_prepare_borrow(h2_output *output)
{
    h2_segment *const spare = output->last ? output->last->spare : NULL;

    if (!spare) return h2_alloc(output->memory, sizeof(h2_segment));
    output->last->spare = NULL;
    return spare;
}

void h2_output_abandon_borrow(h2_output *output, h2_segment *segment)
{
    if (H2_USUAL(output->last && !output->last->spare))
        output->last->spare = segment;
    else
        h2_free(output->memory, segment, sizeof *segment);
}

void h2_output_borrow(h2_output *output, h2_segment *segment, const void *data, size_t len,
                      h2_release_fn *release, void *arg)
{
    h2_chunk *const chunk = output->last;

    *segment = (h2_segment){.at = chunk->end, .data = data, .len = len, .release = release, .arg = arg};
    if (chunk->borrowed)
        chunk->borrowed_last->next = segment;
    else
        chunk->borrowed = segment;
    chunk->borrowed_last = segment;
    output->pending += len;
}

/* Walking. */

static place front_of(const h2_output *output)
{
    h2_chunk *const chunk = output->first;

    if (!chunk) return (place){0};
    return (place){.chunk = chunk,
                   .run = chunk->borrowed,
                   .at = chunk->begin,
                   .into = chunk->borrowed ? chunk->borrowed->taken : 0};
}

/* The octets that lie together at the place, which moves to where there are any; 0 at the end of the queue.
 */
static size_t run_at(place *p, const uint8_t **octets)
{
    while (p->chunk) {
        if (p->run && p->run->at == p->at) {
            if (p->into < p->run->len) {
                *octets = p->run->data + p->into;
                return p->run->len - p->into;
            }
            p->run = p->run->next;
            p->into = 0;
        } else if (p->at < p->chunk->end) {
            *octets = p->chunk->octets + p->at;
            return (p->run ? p->run->at : p->chunk->end) - p->at;
        } else {
            p->chunk = p->chunk->next;
            p->run = p->chunk ? p->chunk->borrowed : NULL;
            p->at = p->chunk ? p->chunk->begin : 0;
            p->into = 0;
        }
    }
    return 0;
}

/* Moves on by octets of the run that run_at has told. */
static void move(place *p, size_t octets)
{
    if (p->run && p->run->at == p->at)
        p->into += octets;
    else
        p->at += octets;
}

static void skip(place *p, size_t octets)
{
    const uint8_t *start;

    while (octets > 0) {
        const size_t run = run_at(p, &start);
        const size_t step = run < octets ? run : octets;
        if (step == 0) return;
        move(p, step);
        octets -= step;
    }
}

/* The length of the frame that begins at the place, its header counted; a header lies together. */
static size_t frame_length(place *p)
{
    const uint8_t *start;
    const size_t run = run_at(p, &start);

    if (run < FRAME_HEADER) return run;
    const size_t length = h2_get24(start);
    if (start[3] == PREFACE_TYPE && length == PREFACE_LENGTH) return PREFACE;
    return FRAME_HEADER + length;
}

/* Out. */

/* Takes the run off the front of its chunk and puts it on the end of a list. */
static void detach(h2_chunk *chunk, h2_segment ***tail)
{
    h2_segment *const segment = chunk->borrowed;

    chunk->borrowed = segment->next;
    segment->next = NULL;
    **tail = segment;
    *tail = &segment->next;
}

/* The last thing that is done: the queue is in order, whatever a release function does. */
static void release_all(h2_output *output, h2_segment *segment)
{
    while (segment) {
        const h2_segment done = *segment;
        h2_output_abandon_borrow(output, segment);
        segment = done.next;
        if (done.release) done.release(done.arg, done.data, done.len);
    }
}

/* Removes octets from the front, without looking at frames. */
static void remove_front(h2_output *output, size_t octets, h2_segment ***released)
{
    output->pending -= octets;
    output->pinned -= output->pinned < octets ? output->pinned : octets;
    while (output->first) {
        h2_chunk *const chunk = output->first;
        h2_segment *const run = chunk->borrowed;
        const bool at_run = run && run->at == chunk->begin;
        const size_t here = at_run ? run->len - run->taken : (run ? run->at : chunk->end) - chunk->begin;
        const size_t step = here < octets ? here : octets;

        octets -= step;
        if (at_run)
            run->taken += step;
        else
            chunk->begin += step;
        if (step < here) return;
        if (at_run) {
            detach(chunk, released);
        } else if (!run) {
            if (!chunk->next) break;
            output->first = chunk->next;
            retire_chunk(output, chunk);
        }
    }
}

/* Whether the queue is one chunk's octets, as it is with a transport that takes all there is. */
static inline bool is_plain(const h2_output *output)
{
    return output->first == output->last && output->first && !output->first->borrowed;
}

H2_APART static void drop_runs(h2_output *output, size_t octets)
{
    h2_segment *released = NULL;
    h2_segment **tail = &released;

    if (H2_UNUSUAL(octets < output->pending)) {
        place p = front_of(output);
        for (size_t left = octets; left > 0;) {
            if (output->in_frame == 0) output->in_frame = frame_length(&p);
            const size_t step = left < output->in_frame ? left : output->in_frame;
            skip(&p, step);
            output->in_frame -= step;
            left -= step;
        }
        remove_front(output, octets, &tail);
    } else {
        remove_front(output, output->pending, &tail);
        settle_empty(output);
    }
    release_all(output, released);
}

void h2_output_drop(h2_output *output, size_t octets)
{
    if (octets < output->pending || !is_plain(output) || output->spare) {
        drop_runs(output, octets);
        return;
    }
    output->first->begin = output->first->end = 0;
    output->pending = output->in_frame = output->pinned = 0;
}

size_t h2_output_copy(h2_output *output, void *out, size_t cap)
{
    uint8_t *to = out;
    size_t left = cap < output->pending ? cap : output->pending;
    const size_t copied = left;
    place p = front_of(output);

    while (left > 0) {
        const uint8_t *start;
        const size_t run = run_at(&p, &start);
        const size_t step = run < left ? run : left;
        if (step == 0) break;
        memcpy(to, start, step);
        move(&p, step);
        to += step;
        left -= step;
    }
    h2_output_drop(output, copied);
    return copied;
}

H2_APART static size_t show_runs(h2_output *output, h2_iovec *out, size_t count)
{
    place p = front_of(output);
    size_t filled = 0, shown = 0;

    while (filled < count) {
        const uint8_t *start;
        const size_t run = run_at(&p, &start);
        if (run == 0) break;
        out[filled++] = (h2_iovec){start, run};
        shown += run;
        move(&p, run);
    }
    if (shown > output->pinned) output->pinned = shown;
    return filled;
}

size_t h2_output_show(h2_output *output, h2_iovec *out, size_t count)
{
    if (output->pending == 0 || count == 0) return 0;
    if (!is_plain(output)) return show_runs(output, out, count);
    out[0] = (h2_iovec){output->first->octets + output->first->begin, output->pending};
    output->pinned = output->pending;
    return 1;
}

/* Removes all behind the place, which lies at the end of a frame. */
static void cut(h2_output *output, const place *p, h2_segment ***released)
{
    h2_chunk *const chunk = p->chunk;
    h2_segment *kept = NULL;

    for (h2_segment *run = chunk->borrowed; run != p->run; run = run->next)
        kept = run;
    h2_segment *const gone = p->run;
    h2_chunk *next = chunk->next;

    chunk->next = NULL;
    chunk->end = p->at;
    chunk->borrowed_last = kept;
    if (kept)
        kept->next = NULL;
    else
        chunk->borrowed = NULL;
    output->last = chunk;
    if (gone) {
        **released = gone;
        while (**released)
            *released = &(**released)->next;
    }
    while (next) {
        h2_chunk *const after = next->next;
        while (next->borrowed)
            detach(next, released);
        retire_chunk(output, next);
        next = after;
    }
}

void h2_output_clear(h2_output *output)
{
    h2_segment *released = NULL;
    h2_segment **tail = &released;
    size_t keep = output->in_frame;
    place p = front_of(output);

    skip(&p, keep);
    while (keep < output->pinned) {
        const size_t frame = frame_length(&p);
        skip(&p, frame);
        keep += frame;
    }
    if (keep == 0) {
        h2_output_drop(output, output->pending);
        return;
    }
    if (keep >= output->pending) return;
    /* A borrowed run that ends the last frame that is kept stays with it. */
    if (p.into > 0) {
        p.run = p.run->next;
        p.into = 0;
    }
    cut(output, &p, &tail);
    output->pending = keep;
    release_all(output, released);
}

void h2_output_trim(h2_output *output)
{
    free_chunk(output, output->spare);
    output->spare = NULL;
    output->grow = FIRST_CHUNK;
    if (output->pending > 0 || (output->first && output->first->borrowed)) return;
    free_chunk(output, output->first);
    output->first = output->last = NULL;
}

void h2_output_free(h2_output *output)
{
    h2_output_drop(output, output->pending);
    h2_output_trim(output);
}
