/* See echo.h. */
#include "serve/echo.h"

#include <stdlib.h>
#include <string.h>

enum {
    ECHO_START = 16 * 1024
};

struct echo *echo_new(void)
{
    return calloc(1, sizeof(struct echo));
}

void echo_free(struct echo *echo)
{
    if (!echo) return;
    free(echo->bytes);
    free(echo->trailers);
    free(echo);
}

size_t echo_waiting(const struct echo *echo)
{
    return echo->end - echo->start;
}

static bool grow(struct echo *echo, size_t needed)
{
    size_t cap = echo->cap ? echo->cap : ECHO_START;
    while (cap < needed) {
        if (cap > SIZE_MAX / 2) return false;
        cap *= 2;
    }
    if (cap == echo->cap) return true;
    uint8_t *const grown = realloc(echo->bytes, cap);
    if (!grown) return false;
    echo->bytes = grown;
    echo->cap = cap;
    return true;
}

bool echo_add(struct echo *echo, const uint8_t *bytes, size_t len)
{
    if (len == 0) return true;
    const size_t waiting = echo_waiting(echo);
    if (waiting == 0) echo->start = echo->end = 0;
    if (echo->cap - echo->end < len) {
        if (waiting > 0) memmove(echo->bytes, echo->bytes + echo->start, waiting);
        echo->start = 0;
        echo->end = waiting;
        if (!grow(echo, waiting + len)) return false;
    }
    memcpy(echo->bytes + echo->end, bytes, len);
    echo->end += len;
    return true;
}

bool echo_set_trailers(struct echo *echo, const h2_header *fields, size_t count)
{
    size_t octets = 0;
    for (size_t i = 0; i < count; i++)
        octets += fields[i].name_len + fields[i].value_len;
    h2_header *const copy = malloc(count * sizeof *copy + octets + 1);
    if (!copy) return false;
    char *at = (char *)(copy + count);
    for (size_t i = 0; i < count; i++) {
        copy[i] = fields[i];
        copy[i].name = at;
        memcpy(at, fields[i].name, fields[i].name_len);
        at += fields[i].name_len;
        copy[i].value = at;
        if (fields[i].value_len > 0) memcpy(at, fields[i].value, fields[i].value_len);
        at += fields[i].value_len;
    }
    free(echo->trailers);
    echo->trailers = copy;
    echo->trailer_count = count;
    return true;
}
