/* Integers of header blocks (RFC 7541 section 5.1). */
#ifndef H2_HPACK_INTEGER_H
#define H2_HPACK_INTEGER_H

#include <stddef.h>
#include <stdint.h>

enum {
    H2_INTEGER_MAX_OCTETS = 6
}; /* of a value of 32 bits, prefix included */

/* What follows a full prefix of `mask`: at most five octets, 32 bits of value. NULL when it is more or cut. */
const uint8_t *h2_integer_read_rest(const uint8_t *at, const uint8_t *end, uint32_t mask, uint32_t *value);

/* Reads from `at`, which is before `end`, the integer whose prefix is `mask`. Returns what follows it, or NULL. */
static inline const uint8_t *h2_integer_read(const uint8_t *at, const uint8_t *end, uint32_t mask,
                                             uint32_t *value)
{
    *value = *at++ & mask;
    return *value < mask ? at : h2_integer_read_rest(at, end, mask, value);
}

/* Writes; `kind` is what the bits above the prefix are. Returns what follows. */
static inline uint8_t *h2_integer_write(uint8_t *at, uint32_t kind, uint32_t mask, uint32_t value)
{
    if (value < mask) {
        *at++ = (uint8_t)(kind | value);
        return at;
    }
    *at++ = (uint8_t)(kind | mask);
    for (value -= mask; value > 127; value >>= 7)
        *at++ = (uint8_t)(value | 128);
    *at++ = (uint8_t)value;
    return at;
}

#endif
