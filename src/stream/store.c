/* The streams that a connection holds. */
#include "stream/store.h"

enum {
    FIRST_SLOTS = 4
};

void h2_streams_init(h2_streams *streams, const void *seed)
{
    *streams =
        (h2_streams){.free = H2_NO_SLOT, .oldest = H2_NO_SLOT, .newest = H2_NO_SLOT, .last = H2_NO_SLOT};
    streams->map.factor = h2_idmap_factor((uint32_t)((uintptr_t)seed >> 4));
}

void h2_streams_free(h2_streams *streams, h2_memory *memory)
{
    const uint64_t factor = streams->map.factor;
    h2_free(memory, streams->slots, streams->capacity * sizeof *streams->slots);
    h2_idmap_free(&streams->map, memory);
    *streams =
        (h2_streams){.free = H2_NO_SLOT, .oldest = H2_NO_SLOT, .newest = H2_NO_SLOT, .last = H2_NO_SLOT};
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

h2_stream *h2_streams_add(h2_streams *streams, uint32_t id)
{
    const uint32_t slot = streams->free;
    h2_stream *const stream = &streams->slots[slot];
    streams->free = stream->newer;
    *stream =
        (h2_stream){.id = id, .older = streams->newest, .newer = H2_NO_SLOT, .expected_length = H2_NO_LENGTH};
    if (streams->newest == H2_NO_SLOT) {
        streams->oldest = slot;
    } else {
        streams->slots[streams->newest].newer = slot;
    }
    streams->newest = streams->last = slot;
    streams->count++;
    h2_idmap_insert(&streams->map, streams->slots, sizeof *streams->slots, slot);
    return stream;
}

void h2_streams_remove(h2_streams *streams, h2_stream *stream)
{
    h2_idmap_remove(&streams->map, streams->slots, sizeof *streams->slots, stream->id);
    if (stream->older == H2_NO_SLOT) {
        streams->oldest = stream->newer;
    } else {
        streams->slots[stream->older].newer = stream->newer;
    }
    if (stream->newer == H2_NO_SLOT) {
        streams->newest = stream->older;
    } else {
        streams->slots[stream->newer].older = stream->older;
    }
    stream->newer = streams->free;
    streams->free = h2_streams_slot(streams, stream);
    if (streams->last == streams->free) streams->last = streams->newest;
    streams->count--;
}

uint32_t h2_streams_slot(const h2_streams *streams, const h2_stream *stream)
{
    return (uint32_t)(stream - streams->slots);
}

void h2_streams_trim(h2_streams *streams, h2_memory *memory)
{
    if (streams->count == 0) h2_streams_free(streams, memory);
}
