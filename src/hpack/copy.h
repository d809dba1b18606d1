/* Loads and copies of strings, most of which are short, without a call and without a look at what lies beyond them. Knows
 * nothing of what they are. */
#ifndef H2_HPACK_COPY_H
#define H2_HPACK_COPY_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t h2_load8(const char *octets)
{
    uint64_t x;
    memcpy(&x, octets, sizeof x);
    return x;
}

static inline uint32_t h2_load4(const char *octets)
{
    uint32_t x;
    memcpy(&x, octets, sizeof x);
    return x;
}

/* Copies one octet at least, sixteen at most, without a call. */
static inline void h2_copy_short(char *to, const char *from, size_t len)
{
    if (len >= 8) {
        const uint64_t last = h2_load8(from + len - 8);
        memcpy(to, from, 8);
        memcpy(to + len - 8, &last, sizeof last);
    } else if (len >= 4) {
        const uint32_t last = h2_load4(from + len - 4);
        memcpy(to, from, 4);
        memcpy(to + len - 4, &last, sizeof last);
    } else {
        to[0] = from[0];
        to[len / 2] = from[len / 2];
        to[len - 1] = from[len - 1];
    }
}

/* Copies sixteen octets at least. What a compiler makes of a memcpy with a bound may be slow to begin. */
static inline void h2_copy_pieces(uint8_t *to, const uint8_t *from, size_t len)
{
    for (size_t at = 0; at + 16 < len; at += 16)
        memcpy(to + at, from + at, 16);
    memcpy(to + len - 16, from + len - 16, 16);
}

/* Copies; most are short. */
static inline void h2_copy_string(uint8_t *to, const char *from, size_t len)
{
    if (len > 16)
        memcpy(to, from, len);
    else if (len > 0)
        h2_copy_short((char *)to, from, len);
}

#endif
