/* A run of octets that grows by doubling. Knows nothing of its contents. */
#include "base/buffer.h"

#include <string.h>

enum {
    FIRST_CAPACITY = 64
};

bool h2_buffer_reserve(h2_buffer *buffer, h2_memory *memory, size_t more)
{
    return h2_buffer_reserve_within(buffer, memory, more, SIZE_MAX);
}

bool h2_buffer_reserve_within(h2_buffer *buffer, h2_memory *memory, size_t more, size_t most)
{
    if (more <= buffer->cap - buffer->len) return true;
    if (more > SIZE_MAX / 2 - buffer->len) return false;

    const size_t least = buffer->len + more;
    size_t cap = buffer->cap ? buffer->cap : FIRST_CAPACITY;
    while (cap < least)
        cap *= 2;
    if (cap > most) cap = least > most ? least : most;
    uint8_t *const data = h2_realloc(memory, buffer->data, buffer->cap, cap);
    if (!data) return false;
    buffer->data = data;
    buffer->cap = cap;
    return true;
}

bool h2_buffer_append(h2_buffer *buffer, h2_memory *memory, const void *data, size_t len)
{
    if (len == 0) return true;
    if (!h2_buffer_reserve(buffer, memory, len)) return false;
    memcpy(buffer->data + buffer->len, data, len);
    buffer->len += len;
    return true;
}

void h2_buffer_free(h2_buffer *buffer, h2_memory *memory)
{
    h2_free(memory, buffer->data, buffer->cap);
    *buffer = (h2_buffer){0};
}
