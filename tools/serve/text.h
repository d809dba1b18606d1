/* A run of octets that belongs to somebody else, and the few things the server asks of one. */
#ifndef H2_TOOLS_SERVE_TEXT_H
#define H2_TOOLS_SERVE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef struct text {
    const char *at; /* NULL: not there at all */
    size_t len;
} text;

static inline bool text_is(text value, const char *literal)
{
    const size_t len = strlen(literal);
    return value.len == len && memcmp(value.at, literal, len) == 0;
}

static inline char ascii_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static inline bool text_is_caseless(text value, const char *lower_literal)
{
    const size_t len = strlen(lower_literal);
    if (value.len != len) return false;
    for (size_t i = 0; i < len; i++)
        if (ascii_lower(value.at[i]) != lower_literal[i]) return false;
    return true;
}

static inline text text_trim(text value)
{
    while (value.len > 0 && (*value.at == ' ' || *value.at == '\t')) {
        value.at++;
        value.len--;
    }
    while (value.len > 0 && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t'))
        value.len--;
    return value;
}

/* Cuts the part before `separator` (or all of it) off the front of *rest and returns it trimmed. */
static inline text text_cut(text *rest, char separator)
{
    const char *end = rest->len ? memchr(rest->at, separator, rest->len) : NULL;
    const size_t len = end ? (size_t)(end - rest->at) : rest->len;
    const text part = {rest->at, len};
    rest->at += end ? len + 1 : len;
    rest->len -= end ? len + 1 : len;
    return text_trim(part);
}

#endif
