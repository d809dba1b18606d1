/* Mutations that know frames and header blocks (RFC 9113 section 4.1): what comes out is mostly frames again, whose
 * lengths are right, so that the fuzzer gets past the first octets. */
#include "frames.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

enum {
    MAX_PIECES = 256,
    SCRATCH = 512
};

/* A frame or a block, where it stands. */
typedef struct piece {
    size_t at, len; /* its header is counted */
} piece;

typedef struct split {
    piece pieces[MAX_PIECES];
    size_t count;
    size_t end; /* of the last whole piece */
} split;

static unsigned state = 1;

static unsigned random_octets(void)
{
    state = state * 1103515245 + 12345;
    return state >> 8;
}

static unsigned below(unsigned end)
{
    return end == 0 ? 0 : random_octets() % end;
}

static size_t head_of(fuzz_shape shape)
{
    return shape == FUZZ_FRAMES ? 9 : 2;
}

static size_t payload_of(fuzz_shape shape, const uint8_t *at)
{
    if (shape == FUZZ_FRAMES) return (size_t)at[0] << 16 | (size_t)at[1] << 8 | at[2];
    return (size_t)at[0] << 8 | at[1];
}

static void find_pieces(fuzz_shape shape, const uint8_t *data, size_t size, split *out)
{
    out->count = 0;
    out->end = size < FUZZ_OPTIONS ? size : FUZZ_OPTIONS;
    while (out->count < MAX_PIECES && size - out->end >= head_of(shape)) {
        const size_t len = head_of(shape) + payload_of(shape, data + out->end);
        if (len > size - out->end) break;
        out->pieces[out->count++] = (piece){.at = out->end, .len = len};
        out->end += len;
    }
}

/* Frames made up. */

static const uint32_t ids[] = {1, 1, 1, 3, 3, 5, 7, 2, 4, 0, 9, 11, 0x7fffffff, 6};

static uint32_t random_id(void)
{
    return ids[below(sizeof ids / sizeof *ids)];
}

static void random_payload(octets *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        octets_u8(out, random_octets() & 0xff);
}

static void random_block(octets *out)
{
    uint8_t seeds[SCRATCH];
    static const chosen_kind kinds[] = {CHOOSE_REQUEST,  CHOOSE_REQUEST,       CHOOSE_RESPONSE,
                                        CHOOSE_RESPONSE, CHOOSE_INFORMATIONAL, CHOOSE_TRAILERS,
                                        CHOOSE_ANYTHING};
    for (size_t i = 0; i < sizeof seeds; i++)
        seeds[i] = below(3) ? 0 : (uint8_t)random_octets();
    if (below(4) == 0) {
        choices all = {seeds, 4};
        for (size_t i = 0; i < 4; i++)
            seeds[i] = (uint8_t)random_octets();
        choose_suspect_block(&all, kinds[below(4)], out);
        return;
    }
    choices c = {seeds, sizeof seeds};
    choose_block(&c, kinds[below(sizeof kinds / sizeof *kinds)], out);
}

static void put_headers(octets *out)
{
    octets payload = {0};
    unsigned flags = below(8) ? FLAG_END_HEADERS : 0;
    if (below(2)) flags |= FLAG_END_STREAM;
    const bool padded = below(6) == 0, prioritized = below(6) == 0, promise = below(8) == 0;
    const unsigned padding = padded ? below(12) : 0;
    if (padded) {
        flags |= FLAG_PADDED;
        octets_u8(&payload, padding);
    }
    if (promise) octets_u32(&payload, 2 * (1 + below(6)));
    if (prioritized && !promise) {
        flags |= FLAG_PRIORITY;
        octets_u32(&payload, random_id());
        octets_u8(&payload, random_octets() & 0xff);
    }
    random_block(&payload);
    octets_fill(&payload, 0, padding);
    const uint32_t id = random_id();
    if (promise) flags &= ~(unsigned)FLAG_END_STREAM;
    const size_t cut = flags & FLAG_END_HEADERS ? 0 : below((unsigned)payload.len + 1);
    frame_put(out, promise ? FRAME_PUSH_PROMISE : FRAME_HEADERS, flags, id, payload.data, payload.len - cut);
    if (!(flags & FLAG_END_HEADERS) && below(8))
        frame_put(out, FRAME_CONTINUATION, FLAG_END_HEADERS, id, payload.data + payload.len - cut, cut);
    octets_free(&payload);
}

static void put_settings(octets *out)
{
    static const uint32_t values[] = {0,     1,     2,     100,        4096,       16383,
                                      16384, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff};
    octets payload = {0};
    if (below(4) == 0) {
        frame_settings_ack(out);
        return;
    }
    for (unsigned left = below(4); left > 0; left--) {
        octets_u16(&payload, below(10));
        octets_u32(&payload, values[below(sizeof values / sizeof *values)]);
    }
    frame_put(out, FRAME_SETTINGS, 0, 0, payload.data, payload.len);
    octets_free(&payload);
}

static void put_data(octets *out)
{
    octets payload = {0};
    const bool padded = below(4) == 0;
    const unsigned padding = padded ? below(20) : 0;
    if (padded) octets_u8(&payload, padding);
    random_payload(&payload, below(4) ? below(16) : below(300));
    octets_fill(&payload, 0, padding);
    frame_put(out, FRAME_DATA, (padded ? FLAG_PADDED : 0U) | (below(3) ? 0U : FLAG_END_STREAM), random_id(),
              payload.data, payload.len);
    octets_free(&payload);
}

static void put_small(octets *out)
{
    static const uint32_t increments[] = {1, 1000, 65535, 0x7fffffff, 0, 0x7fff0000};
    static const uint8_t ping[8] = "fuzzing";
    const h2_priority priority = {.depends_on = random_id(), .weight = 16, .exclusive = below(2) == 0};
    switch (below(7)) {
    case 0: frame_ping(out, ping, below(2) == 0); break;
    case 1: frame_rst_stream(out, random_id(), below(14)); break;
    case 2: frame_window_update(out, random_id(), increments[below(6)]); break;
    case 3: frame_priority(out, random_id(), &priority); break;
    case 4: frame_goaway(out, random_id(), below(12), "debug", below(6)); break;
    case 5: frame_put(out, FRAME_ALTSVC, 0, random_id(), "\0\3abch2=\":1\"", below(13)); break;
    default: frame_put(out, 11 + below(245), random_octets() & 0xff, random_id(), "unknown", below(8)); break;
    }
}

/* A window to its very end, and then a little more: by hand, or with all others by a setting. */
static void put_brink(octets *out)
{
    static const uint32_t more[] = {1, 1, 2, 65535, 0x7fffffff};
    const uint32_t id = below(3) ? 1 : random_id();
    const unsigned how = below(4);
    frame_window_update(out, id, 0x7fff0000);
    if (how == 0) {
        octets payload = {0};
        octets_u16(&payload, H2_SETTINGS_INITIAL_WINDOW_SIZE);
        octets_u32(&payload, 65535 + below(3));
        frame_put(out, FRAME_SETTINGS, 0, 0, payload.data, payload.len);
        octets_free(&payload);
    } else {
        frame_window_update(out, how == 1 ? 0 : id, more[below(sizeof more / sizeof *more)]);
    }
}

static void put_piece(fuzz_shape shape, octets *out)
{
    if (shape == FUZZ_BLOCKS) {
        octets block = {0};
        random_block(&block);
        octets_u16(out, (unsigned)block.len);
        octets_put(out, block.data, block.len);
        octets_free(&block);
        return;
    }
    switch (below(17)) {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
    case 5: put_headers(out); break;
    case 6:
    case 7: put_settings(out); break;
    case 8:
    case 9:
    case 10:
    case 11: put_data(out); break;
    case 12: put_brink(out); break;
    default: put_small(out); break;
    }
}

/* What may happen to them. */

static void put_piece_changed(fuzz_shape shape, octets *out, const uint8_t *at, size_t len)
{
    const size_t head = head_of(shape);
    uint8_t payload[SCRATCH * 4];
    size_t n = len - head < sizeof payload / 2 ? len - head : sizeof payload / 2;
    memcpy(payload, at + head, n);
    n = LLVMFuzzerMutate(payload, n, n + 32);
    if (shape == FUZZ_FRAMES) {
        octets_u24(out, (uint32_t)n);
        octets_put(out, at + 3, 6);
    } else {
        octets_u16(out, (unsigned)n);
    }
    octets_put(out, payload, n);
}

/* Changes type, flags or stream of a frame that has been put last. */
static void change_head(octets *out, size_t at)
{
    uint8_t *const head = out->data + at;
    switch (below(4)) {
    case 0: head[3] = (uint8_t)below(12); break;
    case 1: head[4] ^= (uint8_t)(1U << below(8)); break;
    case 2: head[8] = (uint8_t)random_id(); break;
    default: head[2] ^= (uint8_t)(1U << below(8)); break;
    }
}

static void copy_changed(fuzz_shape shape, const uint8_t *data, const split *s, octets *out)
{
    const size_t which = below((unsigned)s->count), other = below((unsigned)s->count);
    const unsigned how = below(7);
    for (size_t i = 0; i < s->count; i++) {
        const piece *const p = &s->pieces[how == 3 && i == which   ? other
                                          : how == 3 && i == other ? which
                                                                   : i];
        const size_t at = out->len;
        if (i == which && how == 0) continue;
        if (i == which && how == 1) {
            put_piece_changed(shape, out, data + p->at, p->len);
            continue;
        }
        octets_put(out, data + p->at, p->len);
        if (i != which) continue;
        if (how == 2) octets_put(out, data + p->at, p->len);
        if (how >= 5) put_piece(shape, out);
        if (how == 4 && shape == FUZZ_FRAMES) change_head(out, at);
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    state = seed | 1;
    const fuzz_shape shape = fuzz_target_shape;
    if (shape == FUZZ_CALLS || size < FUZZ_OPTIONS || below(16) == 0)
        return LLVMFuzzerMutate(data, size, max_size);
    split s;
    find_pieces(shape, data, size, &s);
    octets out = {0};
    octets_put(&out, data, FUZZ_OPTIONS);
    if (below(12) == 0) out.data[below(FUZZ_OPTIONS)] = (uint8_t)random_octets();
    if (s.count == 0 || below(8) == 0) {
        octets_put(&out, data + FUZZ_OPTIONS, s.end - FUZZ_OPTIONS);
        for (unsigned left = 1 + below(3); left > 0; left--)
            put_piece(shape, &out);
    } else {
        copy_changed(shape, data, &s, &out);
    }
    if (below(4)) octets_put(&out, data + s.end, size - s.end);
    const size_t len = out.len < max_size ? out.len : max_size;
    memcpy(data, out.data, len);
    octets_free(&out);
    return len;
}
