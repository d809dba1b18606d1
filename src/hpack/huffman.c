/* Strings in Huffman code (RFC 7541 section 5.2). Decodes through a table that yields up to two symbols a step, encodes
 * through an accumulator of 64 bits. Knows nothing of where strings stand. */
#include "hpack/huffman.h"

#include "base/bytes.h"
#include "hpack/huffman_table.h"

/* Code not decoded yet. The bits are inverted, so that what is missing behind the end reads as the padding that the RFC
 * asks for; padding never completes a symbol. */
typedef struct reader {
    const uint8_t *at, *end;
    uint64_t bits; /* the next is at the top; there may be more than `have` */
    int have;      /* below 0: symbols were taken that are not whole */
} reader;

/* Fills up from the last octets, fewer than eight and at least one. */
static void refill_tail(reader *r, const uint8_t *code)
{
    const int left = (int)(r->end - r->at);
    const int room = (63 - r->have) >> 3;
    uint64_t more = 0;
    if (r->end - code >= 8) {
        more = ~h2_get64(r->end - 8) << (8 * (8 - left));
    } else {
        for (int i = 0; i < left; i++)
            more |= (uint64_t)(uint8_t)~r->at[i] << (56 - 8 * i);
    }
    const int taken = left < room ? left : room;
    r->bits |= more >> r->have;
    r->at += taken;
    r->have += 8 * taken;
}

/* Takes one symbol whose code is longer than the table is wide; -1 when there is none. */
static int take_long(reader *r)
{
    while (r->have <= 48 && r->at != r->end) {
        r->bits |= (uint64_t)(uint8_t) ~*r->at++ << (56 - r->have);
        r->have += 8;
    }
    const uint32_t next = (uint32_t)(~r->bits >> 32);
    const h2_huffman_range *range = h2_huffman_ranges;
    while (next > range->last)
        range++;
    if (range->length > r->have) return -1;
    const int symbol =
        h2_huffman_long_symbols[range->symbols + ((next - range->first) >> (32 - range->length))];
    if (symbol == H2_HUFFMAN_EOS) return -1;
    r->bits <<= range->length;
    r->have -= range->length;
    return symbol;
}

/* Fills up; `code` is where the string begins. */
static inline void refill(reader *r, const uint8_t *code)
{
    if (r->end - r->at >= 8) {
        r->bits |= ~h2_get64(r->at) >> r->have;
        r->at += (63 - r->have) >> 3;
        r->have |= 56;
    } else if (r->at != r->end) {
        refill_tail(r, code);
    }
}

/* Takes the symbols of one entry of the table; 0 when there are none. */
static inline uint32_t take(reader *r)
{
    const uint32_t entry = h2_huffman_root[r->bits >> (64 - H2_HUFFMAN_ROOT_BITS)];
    r->bits <<= entry & 63;
    return entry;
}

/* Takes the symbols of one entry and writes both, whether there are two or not. */
static inline uint32_t take_to(reader *r, uint8_t **out)
{
    const uint32_t entry = take(r);
    (*out)[0] = (uint8_t)(entry >> 8);
    (*out)[1] = (uint8_t)(entry >> 16);
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

uint8_t *h2_huffman_decode(const uint8_t *code, size_t len, uint8_t *out)
{
    reader r = {.at = code, .end = code + len};
    for (;;) {
        refill(&r, code);
        /* Four times eleven bits at most; what they sum up to stands in the lowest six. */
        uint32_t taken = take_to(&r, &out);
        taken += take_to(&r, &out);
        taken += take_to(&r, &out);
        const uint32_t last = take_to(&r, &out);
        r.have -= (int)((taken + last) & 63);
        if (last != 0) continue;
        if (at_padding(&r)) return is_well_ended(&r) ? out : NULL;
        const int symbol = take_long(&r);
        if (symbol < 0) return NULL;
        *out++ = (uint8_t)symbol;
    }
}

size_t h2_huffman_decoded_len(const uint8_t *code, size_t len)
{
    reader r = {.at = code, .end = code + len};
    for (size_t count = 0;;) {
        refill(&r, code);
        const uint32_t entry = take(&r);
        r.have -= (int)(entry & 63);
        count += entry >> 24;
        if (entry != 0) continue;
        if (at_padding(&r)) return is_well_ended(&r) ? count : SIZE_MAX;
        if (take_long(&r) < 0) return SIZE_MAX;
        count++;
    }
}

/* Writes the lowest `count` bits, 1 to 64, whole octets and the beginning of the next. */
static inline void put_bits(uint8_t *out, uint64_t bits, unsigned count)
{
    h2_put64(out, bits << (64 - count));
}

uint8_t *h2_huffman_encode(const uint8_t *octets, size_t len, uint8_t *out, size_t max)
{
    const uint8_t *const end = octets + len, *const stop = out + max;
    uint64_t bits = 0; /* the lowest `count` wait to be written; above them is what was */
    unsigned count = 0;
    while (end - octets >= 4) {
        const h2_huffman_code a = h2_huffman_codes[octets[0]], b = h2_huffman_codes[octets[1]],
                              c = h2_huffman_codes[octets[2]], d = h2_huffman_codes[octets[3]];
        bits = bits << a.length | a.bits;
        count += a.length;
        octets++;
        if (count + b.length + c.length + d.length <= 64) {
            bits = (bits << b.length | b.bits) << c.length | c.bits;
            bits = bits << d.length | d.bits;
            count += b.length + c.length + d.length;
            octets += 3;
        }
        put_bits(out, bits, count);
        out += count >> 3;
        count &= 7;
        if (out > stop) return NULL;
    }
    for (; octets != end; octets++) {
        const h2_huffman_code a = h2_huffman_codes[*octets];
        bits = bits << a.length | a.bits;
        count += a.length;
        put_bits(out, bits, count);
        out += count >> 3;
        count &= 7;
        if (out > stop) return NULL;
    }
    if (count > 0) *out++ = (uint8_t)(bits << (8 - count) | 0xffu >> count);
    return out > stop ? NULL : out;
}
