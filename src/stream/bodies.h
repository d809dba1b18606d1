/* The bodies whose length was announced and that are being sent, by stream (RFC 9113 section 8.1.1). They are kept apart from
 * the streams, most of which have none. Knows nothing of frames. */
#ifndef H2_STREAM_BODIES_H
#define H2_STREAM_BODIES_H

#include "base/idmap.h"

typedef struct h2_body {
    uint32_t id;              /* of the stream */
    uint64_t announced, sent; /* octets */
} h2_body;

/* Zeroed is empty. */
typedef struct h2_bodies {
    h2_body *items;
    uint32_t count, capacity;
    h2_idmap map;
} h2_bodies;

/* Makes room for one more; false when there is no memory. */
bool h2_bodies_reserve(h2_bodies *bodies, h2_memory *memory);

/* Adds a body of which nothing is sent; room was reserved, and the stream has none. */
void h2_bodies_add(h2_bodies *bodies, uint32_t id, uint64_t announced);

/* NULL when the stream has none. Holds until the next one is added or removed. */
h2_body *h2_bodies_find(const h2_bodies *bodies, uint32_t id);

void h2_bodies_remove(h2_bodies *bodies, const h2_body *body);

void h2_bodies_free(h2_bodies *bodies, h2_memory *memory);

#endif
