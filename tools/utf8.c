/* Well-formed UTF-8; see utf8.h. */
#include "utf8.h"

#include <stdint.h>

/* RFC 3629 section 4: the lead octet fixes how many follow and the range of the first of them. */
static const struct {
    uint8_t first, last, follow, least, most;
} leads[] = {
    {0x00, 0x7f, 0, 0, 0},       {0xc2, 0xdf, 1, 0x80, 0xbf}, {0xe0, 0xe0, 2, 0xa0, 0xbf},
    {0xe1, 0xec, 2, 0x80, 0xbf}, {0xed, 0xed, 2, 0x80, 0x9f}, {0xee, 0xef, 2, 0x80, 0xbf},
    {0xf0, 0xf0, 3, 0x90, 0xbf}, {0xf1, 0xf3, 3, 0x80, 0xbf}, {0xf4, 0xf4, 3, 0x80, 0x8f},
};

/* Octets of the character at p, 0 when it is none. */
static size_t character(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        if (p[0] < leads[i].first || p[0] > leads[i].last) continue;
        const size_t size = 1 + (size_t)leads[i].follow;
        if (size > len) return 0;
        if (size > 1 && (p[1] < leads[i].least || p[1] > leads[i].most)) return 0;
        for (size_t k = 2; k < size; k++)
            if ((p[k] & 0xc0) != 0x80) return 0;
        return size;
    }
    return 0;
}

bool utf8_valid(const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    while (len > 0) {
        const size_t size = character(p, len);
        if (size == 0) return false;
        p += size;
        len -= size;
    }
    return true;
}
