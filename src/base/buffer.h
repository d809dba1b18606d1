/* A run of octets that grows by doubling and may move when it does. Knows nothing of its contents. */
#ifndef H2_BASE_BUFFER_H
#define H2_BASE_BUFFER_H

#include "base/alloc.h"

typedef struct h2_buffer {
    uint8_t *data; /* NULL while cap is 0 */
    size_t len, cap;
} h2_buffer;

/* Makes room for `more` octets behind len. False when there is no memory: the buffer is as it was. */
bool h2_buffer_reserve(h2_buffer *buffer, h2_memory *memory, size_t more);

/* The same, but never makes room for more than `most` octets in all unless these need it. */
bool h2_buffer_reserve_within(h2_buffer *buffer, h2_memory *memory, size_t more, size_t most);

/* Appends; false when there is no memory, the buffer being as it was. `data` may be NULL when len is 0. */
bool h2_buffer_append(h2_buffer *buffer, h2_memory *memory, const void *data, size_t len);

void h2_buffer_free(h2_buffer *buffer, h2_memory *memory);

#endif
