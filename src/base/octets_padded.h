/* Which octets a field may have, as in octets.h, of strings with H2_OCTETS_PADDING octets behind them that may be read,
 * whatever they are. Nearly all are short, and then nothing branches on what they are. */
#ifndef H2_BASE_OCTETS_PADDED_H
#define H2_BASE_OCTETS_PADDED_H

#include "base/octets.h"

#include <stdint.h>
#include <string.h>

enum {
    H2_OCTETS_PADDING = 16
};

/* MemorySanitizer takes a mask of sixteen octets to depend on all of them. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define H2_OCTETS_PORTABLE_PADDED
#endif
#endif

#if defined(__SSE2__) && !defined(H2_OCTETS_PORTABLE) && !defined(H2_OCTETS_PORTABLE_PADDED)

typedef uint8_t h2_octets16 __attribute__((vector_size(16)));
typedef char h2_marks16 __attribute__((vector_size(16)));

static inline h2_octets16 h2_octets_load(const char *octets)
{
    h2_octets16 x;
    memcpy(&x, octets, sizeof x);
    return x;
}

static inline h2_octets16 h2_octets_each(uint8_t octet)
{
    return (h2_octets16){octet, octet, octet, octet, octet, octet, octet, octet,
                         octet, octet, octet, octet, octet, octet, octet, octet};
}

/* A bit for each octet that is marked. */
static inline unsigned h2_octets_bits(h2_octets16 marks)
{
    return (unsigned)__builtin_ia32_pmovmskb128((h2_marks16)marks);
}

/* What no value may have. */
static inline h2_octets16 h2_octets_bad(h2_octets16 x)
{
    const h2_octets16 low =
        (h2_octets16)(x < h2_octets_each(0x20)) & (h2_octets16)(x != h2_octets_each('\t'));
    return low | (h2_octets16)(x == h2_octets_each(0x7f));
}

/* What is a letter, digit, - or one of ^ _ `: nearly all names have nothing else. */
static inline h2_octets16 h2_octets_plain(h2_octets16 x)
{
    const h2_octets16 letter = (h2_octets16)(x - h2_octets_each('^') < h2_octets_each('z' - '^' + 1));
    const h2_octets16 digit = (h2_octets16)(x - h2_octets_each('0') < h2_octets_each(10));
    return letter | digit | (h2_octets16)(x == h2_octets_each('-'));
}

/* The lowest `len` bits, 16 at most. */
static inline unsigned h2_octets_first(size_t len)
{
    return (1U << len) - 1;
}

/* Copies sixteen at a time, which stays in registers and is looked at there. */
static inline bool h2_value_copy_padded(char *out, const char *value, size_t len)
{
    if (len == 0) return true;
    /* At an end a tab is as bad as what is bad everywhere. */
    unsigned bad = ((uint8_t)value[0] <= ' ') | ((uint8_t)value[len - 1] <= ' ');
    for (;; len -= 16, value += 16, out += 16) {
        const h2_octets16 x = h2_octets_load(value);
        memcpy(out, &x, sizeof x);
        const unsigned marked = h2_octets_bits(h2_octets_bad(x));
        if (len <= 16) return (bad | (marked & h2_octets_first(len))) == 0;
        bad |= marked;
    }
}

/* The same of a name without a colon in front. */
static inline bool h2_plain_name_copy_padded(char *out, const char *name, size_t len)
{
    for (unsigned special = 0;; len -= 16, name += 16, out += 16) {
        const h2_octets16 x = h2_octets_load(name);
        memcpy(out, &x, sizeof x);
        const unsigned marked = h2_octets_bits(~h2_octets_plain(x));
        if (len <= 16) return (special | (marked & h2_octets_first(len))) == 0;
        special |= marked;
    }
}

static inline bool h2_value_is_clean_padded(const char *value, size_t len)
{
    if (len == 0) return true;
    unsigned bad = ((uint8_t)value[0] <= ' ') | ((uint8_t)value[len - 1] <= ' ');
    for (;; len -= 16, value += 16) {
        const unsigned marked = h2_octets_bits(h2_octets_bad(h2_octets_load(value)));
        if (len <= 16) return (bad | (marked & h2_octets_first(len))) == 0;
        bad |= marked;
    }
}

#else

static inline bool h2_value_copy_padded(char *out, const char *value, size_t len)
{
    memcpy(out, value, len);
    return h2_value_is_clean(value, len);
}

static inline bool h2_plain_name_copy_padded(char *out, const char *name, size_t len)
{
    memcpy(out, name, len);
    return false;
}

static inline bool h2_value_is_clean_padded(const char *value, size_t len)
{
    return h2_value_is_clean(value, len);
}

#endif

#endif
