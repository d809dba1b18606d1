/* Strings in Huffman code (RFC 7541 section 5.2). Decodes through a table that yields up to two symbols a step, encodes
 * through an accumulator of 64 bits. Knows nothing of where strings stand. */
#include "hpack/huffman.h"

#include "base/attributes.h"
#include "base/bytes.h"
#include "hpack/huffman_table.h"

#include <string.h>

/* Code not decoded yet. The bits are inverted, so that what is missing behind the end reads as the padding that the RFC
 * asks for; padding never completes a symbol.
 *
 * The time goes into waiting for one step before the next: nothing else is to stand between them. */
typedef struct reader {
    const uint8_t *at, *end;
    uint64_t bits; /* the next is at the top; there may be more than `have` */
    uint32_t have; /* only the lowest six bits count */
} reader;

/* Fills up to at least 56 bits, from eight octets. */
static inline void refill(reader *r)
{
    r->bits |= ~h2_get64(r->at) >> (r->have & 63);
    r->at += ~r->have >> 3 & 7;
    r->have |= 56;
}

/* The octets of a string of `len` that are left, fewer than eight, inverted, the next at the top. */
static inline uint64_t last_octets(const reader *r, size_t len, const uint8_t *input_end)
{
    const unsigned left = 8 * (unsigned)(r->end - r->at);
    if (len >= 8) return ~h2_get64(r->end - 8) << 1 << (63 - left);
    if (input_end - r->at >= 8) return ~h2_get64(r->at) & ~(UINT64_MAX >> left);
    uint64_t octets = 0;
    for (const uint8_t *at = r->at; at != r->end; at++)
        octets = octets << 8 | (uint8_t) ~*at;
    return octets << 1 << (63 - left);
}

/* The symbol at the top of `left` bits whose code is longer than the table is wide, and the length of that << 8; 0 if there
 * is none. */
H2_APART static unsigned long_symbol(uint64_t bits, int left)
{
    const uint32_t next = (uint32_t)(~bits >> 32);
    const h2_huffman_range *range = h2_huffman_ranges;
    while (next > range->last)
        range++;
    if (range->length > left) return 0;
    const uint16_t found =
        h2_huffman_long_symbols[range->symbols + ((next - range->first) >> (32 - range->length))];
    return found == H2_HUFFMAN_EOS ? 0 : (unsigned)range->length << 8 | found;
}

/* What has been decoded. */
typedef struct symbols {
    uint8_t *out;
    size_t count;
    bool *visible;
    bool counted_only; /* nothing is written, and there may be no `out` */
} symbols;

/* Takes one entry of the table, behind others whose steps add up to `taken`, and writes two symbols, whether there are two or
 * not. Returns its step. */
H2_INLINED static uint32_t take(uint64_t *bits, const symbols *s, uint32_t taken)
{
    const uint64_t root = *bits >> (64 - H2_HUFFMAN_ROOT_BITS);
    const uint32_t step = h2_huffman_steps[root];
    *bits <<= step & 63;
    if (!s->counted_only) {
        const uint16_t pair = h2_huffman_pairs[root];
        uint8_t *const out = s->out + s->count + (taken >> 6);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        memcpy(out, &pair, sizeof pair);
#else
        out[0] = (uint8_t)pair;
        out[1] = (uint8_t)(pair >> 8);
#endif
    }
    return step;
}

/* Takes four entries. The bits taken, at most 48, are the lowest six of what is returned; *last is 0 when the next symbol is
 * in no entry. */
H2_INLINED static uint32_t take_four(uint64_t *bits, symbols *s, uint32_t *last)
{
    uint32_t taken = take(bits, s, 0);
    taken += take(bits, s, taken);
    taken += take(bits, s, taken);
    *last = take(bits, s, taken);
    taken += *last;
    s->count += taken >> 6;
    return taken;
}

/* Takes a symbol that long_symbol has found. Returns the length of its code. */
H2_INLINED static uint32_t take_long(uint64_t *bits, symbols *s, unsigned found)
{
    if (!s->counted_only) {
        s->out[s->count] = (uint8_t)found;
        *s->visible = false;
    }
    s->count++;
    *bits <<= found >> 8;
    return found >> 8;
}

/* The end of a string: all that is left of it. */
typedef struct window {
    uint64_t bits, more; /* one word */
    int left;            /* of it; below 0: symbols were taken that are not whole */
} window;

/* Moves up what stands behind bits that were taken. */
static inline void advance(window *w, uint32_t taken)
{
    w->left -= (int)taken;
    w->bits |= w->more >> 1 >> (63 - taken);
    w->more <<= taken;
}

/* Decodes what is left of a string when fewer than eight octets are. False: the string is broken. */
H2_INLINED static bool decode_end(const reader *r, uint64_t octets, symbols *s)
{
    const uint32_t have = r->have & 63;
    window w = {.bits = r->bits | octets >> have,
                .more = octets << 1 << (63 - have),
                .left = (int)have + 8 * (int)(r->end - r->at)};
    for (;;) {
        uint32_t last;
        const uint32_t taken = take_four(&w.bits, s, &last);
        advance(&w, taken & 63);
        /* Nothing but ones is left. */
        if (w.bits == 0) return w.left >= 0 && w.left < 8;
        if (last != 0) continue;
        const unsigned found = long_symbol(w.bits, w.left);
        if (found == 0) return false;
        advance(&w, take_long(&w.bits, s, found));
    }
}

H2_INLINED static bool decode(const uint8_t *code, size_t len, const uint8_t *input_end, symbols *s)
{
    reader r = {.at = code, .end = code + len};
    while (r.end - r.at >= 8) {
        refill(&r);
        uint32_t last;
        r.have -= take_four(&r.bits, s, &last);
        if (last != 0) continue;
        if (r.end - r.at < 8) break;
        refill(&r);
        const unsigned found = long_symbol(r.bits, 56);
        if (found == 0) return false;
        r.have -= take_long(&r.bits, s, found);
    }
    return decode_end(&r, last_octets(&r, len, input_end), s);
}

uint8_t *h2_huffman_decode(const uint8_t *code, size_t len, const uint8_t *end, uint8_t *out, bool *visible)
{
    symbols s = {.count = 0};
    s.out = out;
    s.visible = visible;
    return decode(code, len, end, &s) ? out + s.count : NULL;
}

size_t h2_huffman_decoded_len(const uint8_t *code, size_t len, const uint8_t *end)
{
    symbols s = {.counted_only = true};
    return decode(code, len, end, &s) ? s.count : SIZE_MAX;
}

/* Code not written yet. */
typedef struct writer {
    uint64_t bits; /* the first is at the top; the lowest five may be anything */
    uint8_t *out;
    uint64_t count; /* of the bits, in the lowest 32; what is above may be anything */
} writer;

enum {
    WRITER_BITS = 59, /* that can be held: below them are the lengths that the table has */
    GROUP = 8,        /* octets between two flushes, which fit unless codes are long */
    PART = 4          /* octets looked up before any is used: registers are few */
};

static inline uint64_t bits_of(const writer *w)
{
    return w->bits >> (64 - WRITER_BITS) << (64 - WRITER_BITS);
}

static inline uint32_t count_of(const writer *w)
{
    return (uint32_t)w->count;
}

static inline void add(writer *w, uint8_t octet)
{
    const uint64_t code = h2_huffman_codes[octet];
    w->bits |= code >> (w->count & 63);
    w->count += code;
}

/* Writes all; of the last octet, if it is not whole, the bits are kept, too. */
static inline void flush(writer *w)
{
    const uint64_t bits = bits_of(w);
    const uint32_t count = count_of(w);
    h2_put64(w->out, bits);
    w->out += count >> 3;
    w->bits = bits << (count & 56);
    w->count = count & 7;
}

/* Octets that do not fit at once. */
H2_APART static writer add_each(writer w, const uint8_t *octets, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        flush(&w);
        add(&w, octets[i]);
    }
    return w;
}

/* The first PART octets. */
H2_INLINED static void add_part(writer *w, const uint8_t *octets)
{
    writer next = *w;
    for (size_t i = 0; i < PART; i++)
        add(&next, octets[i]);
    if (count_of(&next) > WRITER_BITS) next = add_each(*w, octets, PART);
    *w = next;
}

uint8_t *h2_huffman_encode(const uint8_t *octets, size_t len, uint8_t *out, size_t max)
{
    const uint8_t *const end = octets + len, *const stop = out + max;
    writer w = {.bits = 0};
    w.out = out;
    for (; end - octets >= GROUP; octets += GROUP) {
        for (size_t i = 0; i < GROUP; i += PART)
            add_part(&w, octets + i);
        flush(&w);
        if (w.out > stop) return NULL;
    }
    writer last = w;
    for (const uint8_t *at = octets; at != end; at++)
        add(&last, *at);
    if (count_of(&last) > WRITER_BITS) last = add_each(w, octets, (size_t)(end - octets));
    h2_put64(last.out, bits_of(&last) | UINT64_MAX >> count_of(&last));
    last.out += (count_of(&last) + 7) >> 3;
    return last.out > stop ? NULL : last.out;
}
