/* Integers of header blocks (RFC 7541 section 5.1) that do not fit their prefix. */
#include "hpack/integer.h"

const uint8_t *h2_integer_read_rest(const uint8_t *at, const uint8_t *end, uint32_t mask, uint32_t *value)
{
    uint64_t sum = mask;
    for (unsigned shift = 0; shift <= 28; shift += 7) {
        if (at == end) return NULL;
        const uint8_t octet = *at++;
        sum += (uint64_t)(octet & 127) << shift;
        if (octet < 128) {
            *value = (uint32_t)sum;
            return sum <= UINT32_MAX ? at : NULL;
        }
    }
    return NULL;
}
