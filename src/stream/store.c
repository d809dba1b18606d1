/* The streams that a connection holds. */
#include "stream/store.h"

enum {
    FIRST_SLOTS = 4
};

static const h2_streams no_streams = {
    .free = H2_NO_SLOT, .oldest = H2_NO_SLOT, .newest = H2_NO_SLOT, .last = H2_NO_SLOT};

void h2_streams_init(h2_streams *streams, const void *seed)
{
    *streams = no_streams;
    streams->map.factor = h2_idmap_factor((uint32_t)((uintptr_t)seed >> 4));
}

void h2_streams_free(h2_streams *streams, h2_memory *memory)
{
    const uint64_t factor = streams->map.factor;
    h2_free(memory, streams->slots, streams->capacity * sizeof *streams->slots);
    h2_idmap_free(&streams->map, memory);
    *streams = no_streams;
    streams->map.factor = factor;
}

static bool grow(h2_streams *streams, h2_memory *memory)
{
    if (streams->capacity > UINT32_MAX / 4) return false;
    const uint32_t capacity = streams->capacity == 0 ? FIRST_SLOTS : streams->capacity * 2;
    h2_stream *const slots =
        h2_realloc(memory, streams->slots, streams->capacity * sizeof *slots, capacity * sizeof *slots);
    if (slots == NULL) return false;
    for (uint32_t i = streams->capacity; i < capacity; i++) {
        slots[i].newer = i + 1 < capacity ? i + 1 : H2_NO_SLOT;
    }
    streams->free = streams->capacity;
    streams->slots = slots;
    streams->capacity = capacity;
    return true;
}

bool h2_streams_reserve(h2_streams *streams, h2_memory *memory)
{
    if (h2_streams_has_room(streams)) return true;
    if (streams->free == H2_NO_SLOT && !grow(streams, memory)) return false;
    return h2_idmap_reserve(&streams->map, memory, streams->slots, sizeof *streams->slots);
}

void h2_streams_trim(h2_streams *streams, h2_memory *memory)
{
    if (streams->count == 0) h2_streams_free(streams, memory);
}
