/* Strings in Huffman code (RFC 7541 section 5.2). Decodes through a table that yields up to two symbols a step, encodes
 * through an accumulator of 64 bits. Knows nothing of where strings stand. */
#include "hpack/huffman.h"

#include "base/attributes.h"
#include "base/bytes.h"
#include "hpack/huffman_table.h"

#include <string.h>

/* Code not decoded yet. The bits are inverted, so that what is missing behind the end reads as the padding that the RFC
 * asks for; padding never completes a symbol. */
typedef struct reader {
    const uint8_t *at, *end;
    uint64_t bits; /* the next is at the top; there may be more than `have` */
    int have;      /* below 0: symbols were taken that are not whole */
} reader;

/* The octets of a string of `len` that are left, fewer than eight and at least one, inverted, the next at the top. */
static inline uint64_t last_octets(const reader *r, size_t len, const uint8_t *input_end)
{
    const unsigned missing = 64 - 8 * (unsigned)(r->end - r->at);
    if (len >= 8) return ~h2_get64(r->end - 8) << missing;
    if (input_end - r->at >= 8) return ~h2_get64(r->at) >> missing << missing;
    uint64_t octets = 0;
    for (const uint8_t *at = r->at; at != r->end; at++)
        octets = octets << 8 | (uint8_t) ~*at;
    return octets << missing;
}

/* Fills up to at least 56 bits, or to what is left. */
static inline void refill(reader *r, size_t len, const uint8_t *input_end)
{
    const int room = (63 - r->have) >> 3;
    if (r->end - r->at >= 8) {
        r->bits |= ~h2_get64(r->at) >> r->have;
        r->at += room;
        r->have |= 56;
    } else if (r->at != r->end) {
        r->bits |= last_octets(r, len, input_end) >> r->have;
        const int taken = r->end - r->at < room ? (int)(r->end - r->at) : room;
        r->at += taken;
        r->have += 8 * taken;
    }
}

/* Takes one symbol whose code is longer than the table is wide; false when there is none. */
static bool take_long(reader *r, uint8_t *symbol)
{
    while (r->have <= 48 && r->at != r->end) {
        r->bits |= (uint64_t)(uint8_t) ~*r->at++ << (56 - r->have);
        r->have += 8;
    }
    const uint32_t next = (uint32_t)(~r->bits >> 32);
    const h2_huffman_range *range = h2_huffman_ranges;
    while (next > range->last)
        range++;
    if (range->length > r->have) return false;
    const uint16_t found =
        h2_huffman_long_symbols[range->symbols + ((next - range->first) >> (32 - range->length))];
    if (found == H2_HUFFMAN_EOS) return false;
    *symbol = (uint8_t)found;
    r->bits <<= range->length;
    r->have -= range->length;
    return true;
}

/* Takes the symbols of one entry of the table; 0 when there are none. */
static inline uint32_t take(uint64_t *bits)
{
    const uint32_t entry = h2_huffman_root[*bits >> (64 - H2_HUFFMAN_ROOT_BITS)];
    *bits <<= entry & 63;
    return entry;
}

/* Takes the symbols of one entry and writes both, whether there are two or not. */
static inline uint32_t take_to(uint64_t *bits, uint8_t **out)
{
    const uint32_t entry = take(bits);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint16_t symbols = (uint16_t)(entry >> 8);
    memcpy(*out, &symbols, sizeof symbols);
#else
    (*out)[0] = (uint8_t)(entry >> 8);
    (*out)[1] = (uint8_t)(entry >> 16);
#endif
    *out += entry >> 24;
    return entry;
}

/* Whether nothing but padding is left. */
static inline bool at_padding(const reader *r)
{
    return r->at == r->end && r->have < 8;
}

static inline bool is_well_ended(const reader *r)
{
    return r->have >= 0 && r->bits == 0;
}

uint8_t *h2_huffman_decode(const uint8_t *code, size_t len, const uint8_t *end, uint8_t *out, bool *visible)
{
    reader r = {.at = code, .end = code + len};
    for (;;) {
        refill(&r, len, end);
        /* Five times eleven bits at most; what they sum up to stands in the lowest six. */
        uint32_t taken = take_to(&r.bits, &out);
        taken += take_to(&r.bits, &out);
        taken += take_to(&r.bits, &out);
        taken += take_to(&r.bits, &out);
        const uint32_t last = take_to(&r.bits, &out);
        r.have -= (int)((taken + last) & 63);
        if (last != 0) continue;
        if (at_padding(&r)) return is_well_ended(&r) ? out : NULL;
        /* A copy, so that r need not be in memory. */
        reader slow = {.at = r.at, .end = r.end, .bits = r.bits, .have = r.have};
        if (!take_long(&slow, out)) return NULL;
        *visible = false;
        out++;
        r.at = slow.at;
        r.bits = slow.bits;
        r.have = slow.have;
    }
}

size_t h2_huffman_decoded_len(const uint8_t *code, size_t len, const uint8_t *end)
{
    reader r = {.at = code, .end = code + len};
    for (size_t count = 0;;) {
        refill(&r, len, end);
        const uint32_t entry = take(&r.bits);
        r.have -= (int)(entry & 63);
        count += entry >> 24;
        if (entry != 0) continue;
        if (at_padding(&r)) return is_well_ended(&r) ? count : SIZE_MAX;
        uint8_t symbol;
        if (!take_long(&r, &symbol)) return SIZE_MAX;
        count++;
    }
}

/* Code not written yet. */
typedef struct writer {
    uint8_t *out;
    uint64_t bits;  /* the lowest `count`; above them is what was */
    unsigned count; /* at most 64 */
} writer;

/* Writes all whole octets and the beginning of the next, if there are any bits. */
static inline void flush(writer *w)
{
    h2_put64(w->out, w->bits << (-w->count & 63));
    w->out += w->count >> 3;
    w->count &= 7;
}

static inline void add(writer *w, uint8_t octet)
{
    const uint64_t code = h2_huffman_codes[octet];
    const unsigned length = code & 0xff;
    if (w->count + length > 64) flush(w);
    w->bits = w->bits << length | code >> 8;
    w->count += length;
}

/* The codes of `count` octets, at most eight, behind `bits`; adds up their lengths. Of no use if all that does not fit. */
static inline uint64_t add_some(uint64_t bits, const uint8_t *octets, size_t count, unsigned *lengths)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t code = h2_huffman_codes[octets[i]];
        bits = bits << (code & 63) | code >> 8;
        sum += code;
    }
    *lengths = sum & 0xff;
    return bits;
}

static inline void add_or_part(writer *w, const uint8_t *octets, size_t count)
{
    unsigned lengths;
    const uint64_t bits = add_some(w->bits, octets, count, &lengths);
    if (w->count + lengths <= 64) {
        w->bits = bits;
        w->count += lengths;
        return;
    }
    for (size_t i = 0; i < count; i++)
        add(w, octets[i]);
}

H2_APART static uint8_t *encode_any(const uint8_t *octets, size_t len, uint8_t *out, size_t max)
{
    const uint8_t *const end = octets + len, *const stop = out + max;
    writer w = {.bits = 0};
    w.out = out;
    while (end - octets >= 8) {
        add_or_part(&w, octets, 8);
        octets += 8;
        flush(&w);
        if (w.out > stop) return NULL;
    }
    add_or_part(&w, octets, (size_t)(end - octets));
    flush(&w);
    if (w.count > 0) *w.out++ |= (uint8_t)(0xff >> w.count);
    return w.out > stop ? NULL : w.out;
}

uint8_t *h2_huffman_encode(const uint8_t *octets, size_t len, uint8_t *out, size_t max)
{
    if (len >= 8) return encode_any(octets, len, out, max);
    unsigned lengths;
    const uint64_t bits = add_some(0, octets, len, &lengths);
    if (lengths >= 64) return encode_any(octets, len, out, max);
    const size_t size = (lengths + 7) / 8;
    if (size > max) return NULL;
    h2_put64(out, bits << (-lengths & 63) | UINT64_MAX >> lengths);
    return out + size;
}
