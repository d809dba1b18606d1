/* Bodies being sent whose length was announced. */
#include "stream/bodies.h"

enum {
    FIRST_BODIES = 4
};

bool h2_bodies_reserve(h2_bodies *bodies, h2_memory *memory)
{
    if (bodies->count == bodies->capacity) {
        if (bodies->capacity > UINT32_MAX / 4) return false;
        const uint32_t capacity = bodies->capacity == 0 ? FIRST_BODIES : bodies->capacity * 2;
        h2_body *const items =
            h2_realloc(memory, bodies->items, bodies->capacity * sizeof *items, capacity * sizeof *items);
        if (items == NULL) return false;
        bodies->items = items;
        bodies->capacity = capacity;
    }
    return h2_idmap_cover(&bodies->map, memory, bodies->items, sizeof *bodies->items, bodies->count);
}

h2_body *h2_bodies_search(const h2_bodies *bodies, uint32_t id)
{
    const uint32_t index =
        h2_idmap_search(&bodies->map, bodies->items, sizeof *bodies->items, bodies->count, id);
    return index == H2_IDMAP_NONE ? NULL : &bodies->items[index];
}

/* The last one takes the place. */
void h2_bodies_take_out(h2_bodies *bodies, const h2_body *body)
{
    const size_t stride = sizeof *bodies->items;
    const uint32_t index = (uint32_t)(body - bodies->items), last = bodies->count - 1;
    const bool mapped = !h2_bodies_are_few(bodies);
    if (mapped) h2_idmap_remove(&bodies->map, bodies->items, stride, body->id);
    if (index != last) {
        if (mapped) h2_idmap_remove(&bodies->map, bodies->items, stride, bodies->items[last].id);
        bodies->items[index] = bodies->items[last];
        if (mapped) h2_idmap_insert(&bodies->map, bodies->items, stride, index);
    }
    bodies->count = last;
}

void h2_bodies_free(h2_bodies *bodies, h2_memory *memory)
{
    h2_free(memory, bodies->items, bodies->capacity * sizeof *bodies->items);
    h2_idmap_free(&bodies->map, memory);
    *bodies = (h2_bodies){.map.factor = bodies->map.factor};
}
