/* Which octets a field may have (RFC 9113 section 8.2.1, RFC 9110 section 5.5). Looks at sixteen octets at once, or at
 * eight where the compiler knows no vectors, and never reads beyond the string. */
#include "base/octets.h"

#include <stdint.h>
#include <string.h>

/* The compiler makes SSE2 or NEON of these vectors. */
#if defined(__GNUC__) && !defined(H2_OCTETS_PORTABLE)
#define USE_VECTORS 1
#else
#define USE_VECTORS 0
#endif

/* The octets of a lower-case token, a bit for each below 128: digits, letters and ! # $ % & ' * + - . ^ _ ` | ~ */
static const uint64_t token_octets[2] = {UINT64_C(0x03ff6cfa00000000), UINT64_C(0x57ffffffc0000000)};

static bool is_token(const char *octets, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const uint8_t octet = (uint8_t)octets[i];
        if (octet > 127 || !(token_octets[octet >> 6] >> (octet & 63) & 1)) return false;
    }
    return true;
}

static bool is_blank(char octet)
{
    return octet == ' ' || octet == '\t';
}

static bool is_text_octet(uint8_t octet)
{
    return octet == '\t' || (octet >= 0x20 && octet != 0x7f);
}

static bool is_authority_end(char octet)
{
    return is_blank(octet) || octet == '#' || octet == '/' || octet == '?' || octet == '@' || octet == '\\';
}

#if USE_VECTORS

typedef uint8_t octets16 __attribute__((vector_size(16)));

static octets16 load16(const char *octets)
{
    octets16 x;
    memcpy(&x, octets, sizeof x);
    return x;
}

/* 4 to 15 octets, some of them twice. */
static octets16 load_part(const char *octets, size_t len)
{
    uint64_t halves[2];
    if (len >= 8) {
        memcpy(&halves[0], octets, 8);
        memcpy(&halves[1], octets + len - 8, 8);
    } else {
        uint32_t first, last;
        memcpy(&first, octets, 4);
        memcpy(&last, octets + len - 4, 4);
        halves[0] = halves[1] = (uint64_t)first << 32 | last;
    }
    octets16 x;
    memcpy(&x, halves, sizeof x);
    return x;
}

static octets16 each(uint8_t octet)
{
    return (octets16){octet, octet, octet, octet, octet, octet, octet, octet,
                      octet, octet, octet, octet, octet, octet, octet, octet};
}

static bool none(octets16 marks)
{
    uint64_t halves[2];
    memcpy(halves, &marks, sizeof halves);
    return (halves[0] | halves[1]) == 0;
}

/* Marks what is no letter, digit, - or _: nearly all names have nothing else. */
static octets16 not_plain16(octets16 x)
{
    const octets16 letter = (octets16)(x - each('a') < each(26));
    const octets16 digit = (octets16)(x - each('0') < each(10));
    const octets16 sign = (octets16)(x == each('-')) | (octets16)(x == each('_'));
    return ~(letter | digit | sign);
}

/* Whether `mark` marks none of at least four octets. */
static inline bool no_marks(const char *octets, size_t len, octets16 (*mark)(octets16))
{
    if (len < 16) return none(mark(load_part(octets, len)));
    octets16 marks = mark(load16(octets + len - 16));
    for (size_t at = 0; at + 16 < len; at += 16)
        marks |= mark(load16(octets + at));
    return none(marks);
}

static bool is_plain(const char *octets, size_t len)
{
    return len >= 4 && no_marks(octets, len, not_plain16);
}

/* Marks what no value may have. */
static octets16 bad16(octets16 x)
{
    const octets16 low = (octets16)(x < each(0x20)) & (octets16)(x != each('\t'));
    return low | (octets16)(x == each(0x7f));
}

static bool is_text(const char *octets, size_t len)
{
    return no_marks(octets, len, bad16);
}

static octets16 blanks16(octets16 x)
{
    return (octets16)(x == each(' ')) | (octets16)(x == each('\t'));
}

static octets16 authority_ends16(octets16 x)
{
    return blanks16(x) | (octets16)(x == each('#')) | (octets16)(x == each('/')) |
           (octets16)(x == each('?')) | (octets16)(x == each('@')) | (octets16)(x == each('\\'));
}

bool h2_has_blank(const char *octets, size_t len)
{
    if (len >= 4) return !no_marks(octets, len, blanks16);
    for (size_t i = 0; i < len; i++)
        if (is_blank(octets[i])) return true;
    return false;
}

bool h2_has_authority_end(const char *octets, size_t len)
{
    if (len >= 4) return !no_marks(octets, len, authority_ends16);
    for (size_t i = 0; i < len; i++)
        if (is_authority_end(octets[i])) return true;
    return false;
}

#else

#define EACH(octet) (UINT64_C(0x0101010101010101) * (octet))

static bool is_plain(const char *octets, size_t len)
{
    (void)octets;
    (void)len;
    return false;
}

/* The top bit of each octet of x that is 0. */
static uint64_t zeros(uint64_t x)
{
    return ~(((x & EACH(0x7f)) + EACH(0x7f)) | x | EACH(0x7f));
}

/* The top bit of each octet that no value may have. */
static uint64_t bad8(uint64_t x)
{
    const uint64_t high = ((x & EACH(0x7f)) + EACH(0x60)) | x;
    return ((~high & ~zeros(x ^ EACH('\t'))) | zeros(x ^ EACH(0x7f))) & EACH(0x80);
}

static uint64_t load8(const char *octets)
{
    uint64_t x;
    memcpy(&x, octets, sizeof x);
    return x;
}

static bool is_text(const char *octets, size_t len)
{
    if (len < 8) {
        uint32_t first, last;
        memcpy(&first, octets, 4);
        memcpy(&last, octets + len - 4, 4);
        return bad8((uint64_t)first << 32 | last) == 0;
    }
    uint64_t bad = bad8(load8(octets + len - 8));
    for (size_t at = 0; at + 8 < len; at += 8)
        bad |= bad8(load8(octets + at));
    return bad == 0;
}

bool h2_has_blank(const char *octets, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (is_blank(octets[i])) return true;
    return false;
}

bool h2_has_authority_end(const char *octets, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (is_authority_end(octets[i])) return true;
    return false;
}

#endif

bool h2_name_is_clean(const char *name, size_t len)
{
    if (len > 0 && name[0] == ':') {
        name++;
        len--;
    }
    if (len == 0) return false;
    return is_plain(name, len) || is_token(name, len);
}

bool h2_value_is_clean(const char *value, size_t len)
{
    if (len == 0) return true;
    if (is_blank(value[0]) || is_blank(value[len - 1])) return false;
    if (len >= 4) return is_text(value, len);
    return is_text_octet((uint8_t)value[0]) && is_text_octet((uint8_t)value[len / 2]) &&
           is_text_octet((uint8_t)value[len - 1]);
}
