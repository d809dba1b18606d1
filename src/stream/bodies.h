/* The bodies whose length was announced and that are being sent, by stream (RFC 9113 section 8.1.1). They are kept apart from
 * the streams, most of which have none. Knows nothing of frames. */
#ifndef H2_STREAM_BODIES_H
#define H2_STREAM_BODIES_H

#include "base/attributes.h"
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

/* h2_bodies_find and h2_bodies_remove where it takes more than a look. */
h2_body *h2_bodies_search(const h2_bodies *bodies, uint32_t id);
void h2_bodies_take_out(h2_bodies *bodies, const h2_body *body);

/* Whether there are so few that none is in the map. */
static inline bool h2_bodies_are_few(const h2_bodies *bodies)
{
    return bodies->map.capacity == 0;
}

/* Whether there is room for one more, as far as that is seen at once. */
static inline bool h2_bodies_have_room(const h2_bodies *bodies)
{
    return h2_bodies_are_few(bodies) && bodies->count < H2_IDMAP_FEW && bodies->count < bodies->capacity;
}

/* Makes room for one more; false when there is no memory. */
bool h2_bodies_reserve(h2_bodies *bodies, h2_memory *memory);

/* Adds a body of which nothing is sent; room was reserved, and the stream has none. */
static inline void h2_bodies_add(h2_bodies *bodies, uint32_t id, uint64_t announced)
{
    const uint32_t index = bodies->count++;
    bodies->items[index] = (h2_body){.id = id, .announced = announced};
    if (!h2_bodies_are_few(bodies))
        h2_idmap_insert(&bodies->map, bodies->items, sizeof *bodies->items, index);
}

/* NULL when the stream has none. Holds until the next one is added or removed. Most that are asked for were added last. */
static inline h2_body *h2_bodies_find(const h2_bodies *bodies, uint32_t id)
{
    if (bodies->count == 0) return NULL;
    h2_body *const last = &bodies->items[bodies->count - 1];
    return H2_USUAL(last->id == id) ? last : h2_bodies_search(bodies, id);
}

static inline void h2_bodies_remove(h2_bodies *bodies, const h2_body *body)
{
    if (H2_USUAL(h2_bodies_are_few(bodies) && body == &bodies->items[bodies->count - 1]))
        bodies->count--;
    else
        h2_bodies_take_out(bodies, body);
}

void h2_bodies_free(h2_bodies *bodies, h2_memory *memory);

#endif
