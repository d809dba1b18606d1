/* The output queue against a plain model: octets, frame ends and borrowed runs by their place in the whole
 * stream. */
#include "base/bytes.h"
#include "base/output.h"
#include "counting_allocator.h"
#include "octets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    MOST_RUNS = 4000,
    MOST_SHOWN = 64
};

typedef struct run {
    size_t begin, end; /* place in the stream; dropped by a clear when begin is SIZE_MAX */
    uint8_t *octets;
    unsigned released;
} run;

typedef struct model {
    counting_allocator allocator;
    h2_memory memory;
    h2_output output;
    octets stream; /* all that was ever queued and not cleared */
    octets ends;   /* size_t: where frames end in it */
    size_t front, pinned;
    run runs[MOST_RUNS];
    size_t run_count;
    h2_iovec shown[MOST_SHOWN];
    size_t shown_at[MOST_SHOWN];
    size_t shown_count;
    uint64_t seed;
} model;

static uint32_t pick(model *m, uint32_t below)
{
    m->seed = m->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(m->seed >> 33) % below;
}

static void on_release(void *arg, const void *data, size_t len)
{
    run *const r = arg;
    assert_ptr_equal(data, r->octets);
    assert_int_equal(len, r->end - r->begin);
    r->released++;
    memset(r->octets, 0xee, len);
}

static void open_model(model *m, uint64_t seed)
{
    *m = (model){.seed = seed};
    counting_allocator_init(&m->allocator);
    h2_memory_init(&m->memory, &m->allocator.base);
    h2_output_init(&m->output, &m->memory);
}

static size_t end_at(const model *m, size_t index)
{
    size_t end;
    memcpy(&end, m->ends.data + index * sizeof end, sizeof end);
    return end;
}

static void frame_done(model *m)
{
    octets_put(&m->ends, &m->stream.len, sizeof m->stream.len);
}

static bool put(model *m, const uint8_t *frame, size_t len)
{
    const uint32_t surplus = pick(m, 3) == 0 ? pick(m, 300) : 0;
    uint8_t *const room = h2_output_reserve(&m->output, len + surplus);
    if (!room) return false;
    memset(room, 0xcc, len + surplus);
    memcpy(room, frame, len);
    h2_output_commit(&m->output, len);
    octets_put(&m->stream, frame, len);
    return true;
}

static void queue_frame(model *m, size_t len)
{
    uint8_t *const frame = malloc(9 + len);
    h2_put24(frame, (uint32_t)len);
    frame[3] = (uint8_t)pick(m, 10);
    for (size_t i = 4; i < 9 + len; i++)
        frame[i] = (uint8_t)pick(m, 256);
    if (put(m, frame, 9 + len)) frame_done(m);
    free(frame);
}

/* A DATA frame whose payload is borrowed in up to two runs, with padding of our own behind. */
static void queue_borrowed(model *m)
{
    const size_t lens[2] = {pick(m, 4) ? pick(m, 700) : 0, pick(m, 2) ? pick(m, 50) : 0};
    const size_t padding = pick(m, 2) ? pick(m, 60) : 0;
    uint8_t head[9] = {0};
    h2_put24(head, (uint32_t)(lens[0] + lens[1] + padding));

    uint8_t *const room = h2_output_reserve(&m->output, 9 + padding);
    h2_segment *const first = room ? h2_output_prepare_borrow(&m->output) : NULL;
    h2_segment *const second = first ? h2_output_prepare_borrow(&m->output) : NULL;
    if (!second) {
        if (first) h2_output_abandon_borrow(&m->output, first);
        return;
    }
    memcpy(room, head, 9);
    memset(room + 9, 0, padding);
    h2_output_commit(&m->output, 9);
    octets_put(&m->stream, head, 9);
    for (unsigned i = 0; i < 2; i++) {
        run *const r = &m->runs[m->run_count++];
        r->begin = m->stream.len;
        r->end = r->begin + lens[i];
        r->octets = malloc(lens[i] + 1);
        memset(r->octets, (int)pick(m, 256), lens[i]);
        octets_put(&m->stream, r->octets, lens[i]);
        h2_output_borrow(&m->output, i ? second : first, r->octets, lens[i], on_release, r);
    }
    h2_output_commit(&m->output, padding);
    octets_fill(&m->stream, 0, padding);
    frame_done(m);
}

static void advance(model *m, size_t taken)
{
    m->front += taken;
    m->pinned -= m->pinned < taken ? m->pinned : taken;
    size_t kept = 0;
    for (size_t i = 0; i < m->shown_count; i++) {
        if (m->shown_at[i] < m->front) continue;
        m->shown[kept] = m->shown[i];
        m->shown_at[kept++] = m->shown_at[i];
    }
    m->shown_count = kept;
}

static void copy_out(model *m, size_t cap)
{
    uint8_t *const out = malloc(cap + 1);
    const size_t left = m->stream.len - m->front;
    const size_t copied = h2_output_copy(&m->output, out, cap);
    assert_int_equal(copied, cap < left ? cap : left);
    if (copied) assert_memory_equal(out, m->stream.data + m->front, copied);
    free(out);
    advance(m, copied);
}

static void show(model *m)
{
    const size_t count = pick(m, MOST_SHOWN);
    m->shown_count = h2_output_show(&m->output, m->shown, count);
    assert_true(m->shown_count <= count);
    size_t at = m->front;
    for (size_t i = 0; i < m->shown_count; i++) {
        assert_int_not_equal(m->shown[i].len, 0);
        m->shown_at[i] = at;
        at += m->shown[i].len;
    }
    if (m->shown_count < count) assert_int_equal(at, m->stream.len);
    if (at - m->front > m->pinned) m->pinned = at - m->front;
}

static void clear(model *m)
{
    size_t keep = m->front;
    for (size_t i = 0; i < m->ends.len / sizeof(size_t); i++) {
        const size_t begin = i ? end_at(m, i - 1) : 0;
        if (end_at(m, i) <= m->front) continue;
        if (begin < m->front || begin < m->front + m->pinned) keep = end_at(m, i);
    }
    h2_output_clear(&m->output);
    m->stream.len = keep;
    while (m->ends.len && end_at(m, m->ends.len / sizeof(size_t) - 1) > keep)
        m->ends.len -= sizeof(size_t);
    for (size_t i = 0; i < m->run_count; i++) {
        run *const r = &m->runs[i];
        if (r->begin == SIZE_MAX || r->end <= m->front) continue;
        if (r->begin < keep && r->end > r->begin) continue;
        if (r->begin == r->end && r->begin <= keep) continue; /* of the last frame: now or with it */
        assert_int_equal(r->released, 1);
        r->begin = SIZE_MAX;
    }
}

static void check(model *m)
{
    const size_t pending = m->stream.len - m->front;
    assert_int_equal(m->output.pending, pending);
    assert_int_equal(m->output.pinned, m->pinned);
    for (size_t i = 0; i < m->shown_count; i++)
        assert_memory_equal(m->shown[i].base, m->stream.data + m->shown_at[i], m->shown[i].len);
    for (size_t i = 0; i < m->run_count; i++) {
        const run *const r = &m->runs[i];
        if (r->begin == SIZE_MAX || r->end <= m->front)
            assert_int_equal(r->released, 1);
        else if (r->end > r->begin)
            assert_int_equal(r->released, 0);
        else
            assert_true(r->released <= 1);
    }
    size_t in_frame = 0;
    for (size_t i = 0; i < m->ends.len / sizeof(size_t); i++)
        if ((i ? end_at(m, i - 1) : 0) < m->front && end_at(m, i) > m->front)
            in_frame = end_at(m, i) - m->front;
    assert_int_equal(m->output.in_frame, in_frame);
}

static void drop(model *m)
{
    const size_t left = m->stream.len - m->front;
    const size_t octets_taken = pick(m, 2) && m->pinned ? m->pinned : pick(m, 500);

    h2_output_drop(&m->output, octets_taken);
    advance(m, octets_taken < left ? octets_taken : left);
}

static void rarely(model *m)
{
    switch (pick(m, 6)) {
    case 0: clear(m); break;
    case 1:
    case 2: h2_output_trim(&m->output); break;
    default: (void)h2_output_reserve(&m->output, pick(m, 1000)); break;
    }
}

static void step(model *m)
{
    if (pick(m, 20) == 0) m->allocator.fail_at = m->allocator.requests + 1;
    switch (pick(m, 10)) {
    case 0: queue_frame(m, pick(m, 20000)); break;
    case 1:
    case 2: queue_frame(m, pick(m, 30)); break;
    case 3:
    case 4: queue_borrowed(m); break;
    case 5: copy_out(m, pick(m, 60)); break;
    case 6: copy_out(m, pick(m, 3000)); break;
    case 7: show(m); break;
    case 8: drop(m); break;
    default: rarely(m); break;
    }
}

static void agrees_with_a_model(void **state)
{
    (void)state;
    static model m;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        open_model(&m, seed);
        if (seed % 2) {
            assert_true(put(&m, (const uint8_t *)"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24));
            frame_done(&m);
        }
        for (unsigned i = 0; i < 600; i++) {
            step(&m);
            check(&m);
        }
        if (seed % 3 == 0) copy_out(&m, SIZE_MAX / 4 < m.stream.len ? 0 : m.stream.len - m.front);
        h2_output_free(&m.output);
        for (size_t i = 0; i < m.run_count; i++) {
            assert_int_equal(m.runs[i].released, 1);
            free(m.runs[i].octets);
        }
        assert_true(counting_allocator_clean(&m.allocator));
        octets_free(&m.stream);
        octets_free(&m.ends);
    }
}

/* What was taken in part stays whole, and the preface is one piece. */
static void clear_drops_whole_frames_only(void **state)
{
    (void)state;
    static const uint8_t settings[9] = {0, 0, 0, 4};
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    h2_output output;
    h2_output_init(&output, &memory);
    uint8_t out[64];

    h2_output_clear(&output);
    memcpy(h2_output_reserve(&output, 24), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    h2_output_commit(&output, 24);
    for (unsigned i = 0; i < 2; i++) {
        memcpy(h2_output_reserve(&output, 9), settings, 9);
        h2_output_commit(&output, 9);
    }
    assert_int_equal(h2_output_copy(&output, out, 23), 23);
    h2_output_clear(&output);
    assert_int_equal(output.pending, 1);
    assert_int_equal(h2_output_copy(&output, out, 64), 1);
    assert_int_equal(out[0], '\n');

    memcpy(h2_output_reserve(&output, 9), settings, 9);
    h2_output_commit(&output, 9);
    h2_output_clear(&output);
    assert_int_equal(output.pending, 0);
    h2_output_free(&output);
    assert_int_equal(memory.used, 0);
}

typedef struct meddler {
    h2_output *output;
    unsigned calls;
} meddler;

static void meddle(void *arg, const void *data, size_t len)
{
    meddler *const m = arg;
    (void)data;
    (void)len;
    m->calls++;
    h2_output_drop(m->output, 5);
    h2_output_clear(m->output);
    uint8_t *const room = m->calls < 4 ? h2_output_reserve(m->output, 9) : NULL;
    if (!room) return;
    memset(room, 0, 9);
    h2_output_commit(m->output, 9);
}

static void release_cannot_corrupt_the_queue(void **state)
{
    (void)state;
    counting_allocator allocator;
    counting_allocator_init(&allocator);
    h2_memory memory;
    h2_memory_init(&memory, &allocator.base);
    h2_output output;
    h2_output_init(&output, &memory);
    meddler m = {.output = &output};

    for (unsigned i = 0; i < 6; i++) {
        uint8_t *const room = h2_output_reserve(&output, 9);
        h2_segment *const segment = h2_output_prepare_borrow(&output);
        memcpy(room, "\0\0\3\0\0\0\0\0\1", 9);
        h2_output_commit(&output, 9);
        h2_output_borrow(&output, segment, "abc", 3, i == 5 ? NULL : meddle, &m);
    }
    h2_output_drop(&output, 13);
    assert_int_equal(m.calls, 5);
    h2_output_free(&output);
    assert_int_equal(m.calls, 5);
    assert_true(counting_allocator_clean(&allocator));
}

/* In steady state a queue that is drained again and again asks for no memory. */
static void drained_queue_keeps_one_chunk(void **state)
{
    (void)state;
    counting_allocator allocator;
    counting_allocator_init(&allocator);
    h2_memory memory;
    h2_memory_init(&memory, &allocator.base);
    h2_output output;
    h2_output_init(&output, &memory);
    uint8_t out[2000];

    assert_non_null(h2_output_reserve(&output, 64));
    assert_true(memory.used <= 256);
    size_t requests = 0;
    for (unsigned round = 0; round < 100; round++) {
        if (round == 10) requests = allocator.requests;
        for (unsigned i = 0; i < 10; i++) {
            memset(h2_output_reserve(&output, 100), 0, 100);
            h2_output_commit(&output, 100);
        }
        assert_int_equal(h2_output_copy(&output, out, sizeof out), 1000);
    }
    assert_int_equal(allocator.requests, requests);
    assert_int_equal(allocator.live_blocks, 1);
    h2_output_trim(&output);
    assert_int_equal(memory.used, 0);
    h2_output_free(&output);
}

static void queue_octets(h2_output *output, size_t len)
{
    uint8_t *const at = h2_output_reserve(output, len);
    assert_non_null(at);
    memset(at, 0, len);
    if (len >= 9) h2_put24(at, (uint32_t)len - 9);
    h2_output_commit(output, len);
}

/* What a chunk takes besides its octets. */
static size_t chunk_overhead(void)
{
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    h2_output output;
    h2_output_init(&output, &memory);
    assert_non_null(h2_output_reserve(&output, 1000));
    const size_t overhead = memory.used - 1000;
    h2_output_free(&output);
    return overhead;
}

static void a_chunk_is_filled_to_its_last_octet(void **state)
{
    (void)state;
    model m;
    open_model(&m, 0);
    const size_t room = 256 - chunk_overhead();

    queue_octets(&m.output, room - 1);
    queue_octets(&m.output, 1);
    assert_int_equal(m.allocator.requests, 1);
    queue_octets(&m.output, 1);
    assert_int_equal(m.allocator.requests, 2);
    assert_int_equal(m.memory.used, 256 + 512);
    h2_output_free(&m.output);
    assert_true(counting_allocator_clean(&m.allocator));
}

static void chunks_grow_to_a_bound(void **state)
{
    (void)state;
    model m;
    open_model(&m, 0);
    size_t before = 0, largest = 0;

    for (unsigned i = 0; i < 400; i++) {
        const size_t requests = m.allocator.requests;
        queue_octets(&m.output, 1000);
        if (m.allocator.requests == requests) continue;
        const size_t chunk = m.memory.used - before;
        assert_true(chunk >= largest && chunk <= 65 * 1024);
        largest = chunk;
        before = m.memory.used;
    }
    assert_int_equal(largest, 65 * 1024);
    assert_null(h2_output_reserve(&m.output, SIZE_MAX));
    assert_null(h2_output_reserve(&m.output, SIZE_MAX - 16));
    assert_null(h2_output_reserve(&m.output, SIZE_MAX / 2 + 1));
    h2_output_free(&m.output);
    assert_true(counting_allocator_clean(&m.allocator));
}

/* Two chunks, of which the first is emptied and kept: the next one is that, as long as it has the room. */
static void an_empty_chunk_is_used_again(void **state)
{
    (void)state;
    model m;
    open_model(&m, 0);
    const size_t room = 256 - chunk_overhead(), more = 512 - chunk_overhead();
    uint8_t out[1000];

    queue_octets(&m.output, room);
    queue_octets(&m.output, more);
    assert_int_equal(h2_output_copy(&m.output, out, room), room);
    assert_int_equal(m.memory.used, 256 + 512);
    queue_octets(&m.output, room); /* exactly */
    assert_int_equal(m.allocator.requests, 2);

    assert_int_equal(h2_output_copy(&m.output, out, more), more);
    queue_octets(&m.output, more);
    assert_int_equal(m.allocator.requests, 2);
    assert_int_equal(h2_output_copy(&m.output, out, room), room);
    queue_octets(&m.output, room + 1); /* too much for what is kept */
    assert_int_equal(m.allocator.requests, 3);
    h2_output_free(&m.output);
    assert_true(counting_allocator_clean(&m.allocator));
}

static void the_larger_empty_chunk_is_kept(void **state)
{
    (void)state;
    model m;
    open_model(&m, 0);
    uint8_t out[8000];

    queue_octets(&m.output, 100);
    queue_octets(&m.output, 5000);
    queue_octets(&m.output, 10000 - chunk_overhead() - 100); /* 10000 * 2 is what would follow */
    assert_int_equal(m.allocator.requests, 3);
    assert_int_equal(h2_output_copy(&m.output, out, 100), 100);
    assert_int_equal(h2_output_copy(&m.output, out, 5000), 5000);
    assert_int_equal(m.allocator.live_blocks, 2);
    queue_octets(&m.output, 5000);
    assert_int_equal(m.allocator.requests, 3);
    h2_output_free(&m.output);

    /* The large one is emptied first. */
    open_model(&m, 0);
    queue_octets(&m.output, 5000);
    queue_octets(&m.output, 12000);
    m.output.grow = 256;
    queue_octets(&m.output, 200);
    assert_int_equal(h2_output_copy(&m.output, out, 5000), 5000);
    h2_output_drop(&m.output, 12000 + 200);
    m.output.grow = 256;
    assert_int_equal(m.allocator.live_blocks, 1);
    const size_t requests = m.allocator.requests;
    queue_octets(&m.output, 12000);
    assert_int_equal(m.allocator.requests, requests);
    h2_output_free(&m.output);
    assert_true(counting_allocator_clean(&m.allocator));
}

/* An empty first chunk that is too small for what comes does not stay in front of it. */
static void an_empty_queue_gives_its_chunk_up(void **state)
{
    (void)state;
    model m;
    open_model(&m, 0);
    uint8_t out[100];

    queue_octets(&m.output, 100);
    assert_int_equal(h2_output_copy(&m.output, out, 100), 100);
    queue_octets(&m.output, 4000);
    assert_int_equal(m.allocator.live_blocks, 1);
    assert_int_equal(m.memory.used, chunk_overhead() + 4000);
    h2_output_free(&m.output);
    assert_true(counting_allocator_clean(&m.allocator));
}

static void an_abandoned_segment_is_kept_for_the_next(void **state)
{
    (void)state;
    model m;
    open_model(&m, 0);

    h2_segment *const early = h2_output_prepare_borrow(&m.output); /* nothing to keep it in */
    h2_output_abandon_borrow(&m.output, early);
    assert_int_equal(m.memory.used, 0);
    queue_octets(&m.output, 9);
    h2_segment *const first = h2_output_prepare_borrow(&m.output);
    h2_segment *const second = h2_output_prepare_borrow(&m.output);
    const size_t requests = m.allocator.requests, blocks = m.allocator.live_blocks;
    h2_output_abandon_borrow(&m.output, first);
    h2_output_abandon_borrow(&m.output, second);
    assert_int_equal(m.allocator.live_blocks, blocks - 1);
    assert_ptr_equal(h2_output_prepare_borrow(&m.output), first);
    assert_int_equal(m.allocator.requests, requests);
    h2_output_abandon_borrow(&m.output, first);
    h2_output_free(&m.output);
    assert_true(counting_allocator_clean(&m.allocator));
}

static void the_end_takes_no_memory_and_needs_its_room(void **state)
{
    (void)state;
    enum {
        END = 17
    };
    model m;
    open_model(&m, 0);
    _Alignas(h2_chunk) uint8_t room[sizeof(h2_chunk) + END];
    uint8_t out[100];

    queue_octets(&m.output, 20);
    const size_t used = m.memory.used;
    assert_null(h2_output_end_in(&m.output, room, sizeof room - 1, END));
    assert_int_equal(m.output.pending, 20);
    uint8_t *const end = h2_output_end_in(&m.output, room, sizeof room, END);
    assert_non_null(end);
    memset(end, 'e', END);
    assert_int_equal(m.memory.used, used);
    assert_int_equal(h2_output_copy(&m.output, out, sizeof out), 20 + END);
    assert_memory_equal(out + 20, "eeeeeeeeeeeeeeeee", END);
    h2_output_free(&m.output);
    assert_true(counting_allocator_clean(&m.allocator));
}

/* A segment that comes back while only the end is left goes with the queue. */
static void the_end_keeps_no_segment(void **state)
{
    (void)state;
    enum {
        END = 17
    };
    _Alignas(h2_chunk) uint8_t room[sizeof(h2_chunk) + END];
    for (unsigned taken = 0; taken < 2; taken++) {
        model m;
        open_model(&m, 0);
        queue_octets(&m.output, 9);
        h2_segment *const segment = h2_output_prepare_borrow(&m.output);
        assert_non_null(segment);
        h2_output_borrow(&m.output, segment, "body", 4, NULL, NULL);
        uint8_t *const end = h2_output_end_in(&m.output, room, sizeof room, END);
        assert_non_null(end);
        memset(end, 0, END);
        h2_output_drop(&m.output, 9 + 4);
        assert_int_equal(m.output.pending, END);
        if (taken) h2_output_drop(&m.output, END);
        h2_output_free(&m.output);
        assert_true(counting_allocator_clean(&m.allocator));
    }
}

/* A chunk that has become empty goes with the queue, where the last one is plain, too. */
static void an_emptied_queue_has_no_spare(void **state)
{
    (void)state;
    model m;
    open_model(&m, 0);
    queue_octets(&m.output, 200);
    queue_octets(&m.output, 1000);
    h2_output_drop(&m.output, 200);
    assert_non_null(m.output.spare);
    h2_output_drop(&m.output, 1000);
    assert_null(m.output.spare);
    assert_int_equal(m.allocator.live_blocks, 1);
    h2_output_free(&m.output);
    assert_true(counting_allocator_clean(&m.allocator));
}

static void count_release(void *arg, const void *data, size_t len)
{
    (void)data;
    assert_int_equal(len, 0);
    ++*(unsigned *)arg;
}

/* The run hangs on a chunk that has no octets. */
static void a_run_of_no_octets_keeps_its_chunk(void **state)
{
    (void)state;
    for (unsigned trimmed = 0; trimmed < 2; trimmed++) {
        model m;
        unsigned released = 0;
        open_model(&m, 0);
        assert_non_null(h2_output_reserve(&m.output, 9));
        h2_segment *const segment = h2_output_prepare_borrow(&m.output);
        h2_output_borrow(&m.output, segment, "", 0, count_release, &released);
        if (trimmed) h2_output_trim(&m.output);
        queue_octets(&m.output, 1000);
        assert_int_equal(released, 0);
        h2_output_drop(&m.output, 1000);
        assert_int_equal(released, 1);
        h2_output_free(&m.output);
        assert_true(counting_allocator_clean(&m.allocator));
    }
}

/* A frame that shares its type or its length with what the preface reads as is as long as it says. */
static void only_the_preface_counts_as_one(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {50, 0x505249};
    static const uint8_t types[] = {0x20, 0};
    for (size_t i = 0; i < 2; i++) {
        model m;
        uint8_t out[5];
        open_model(&m, 0);
        queue_octets(&m.output, 9 + lengths[i]);
        m.output.last->octets[3] = types[i];
        queue_octets(&m.output, 20);
        assert_int_equal(h2_output_copy(&m.output, out, sizeof out), sizeof out);
        h2_output_clear(&m.output);
        assert_int_equal(m.output.pending, 9 + lengths[i] - sizeof out);
        h2_output_free(&m.output);
        assert_true(counting_allocator_clean(&m.allocator));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_emptied_queue_has_no_spare),
        cmocka_unit_test(a_run_of_no_octets_keeps_its_chunk),
        cmocka_unit_test(only_the_preface_counts_as_one),
        cmocka_unit_test(agrees_with_a_model),
        cmocka_unit_test(clear_drops_whole_frames_only),
        cmocka_unit_test(release_cannot_corrupt_the_queue),
        cmocka_unit_test(drained_queue_keeps_one_chunk),
        cmocka_unit_test(a_chunk_is_filled_to_its_last_octet),
        cmocka_unit_test(chunks_grow_to_a_bound),
        cmocka_unit_test(an_empty_chunk_is_used_again),
        cmocka_unit_test(the_larger_empty_chunk_is_kept),
        cmocka_unit_test(an_empty_queue_gives_its_chunk_up),
        cmocka_unit_test(an_abandoned_segment_is_kept_for_the_next),
        cmocka_unit_test(the_end_takes_no_memory_and_needs_its_room),
        cmocka_unit_test(the_end_keeps_no_segment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
