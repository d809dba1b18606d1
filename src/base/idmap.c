/* From a 32-bit key to the index of an item. Knows nothing of the items but their key. */
#include "base/idmap.h"

#include <string.h>

enum {
    FIRST_CAPACITY = 8
};

bool h2_idmap_reserve(h2_idmap *map, h2_memory *memory, const void *items, size_t stride)
{
    if (h2_idmap_has_room(map)) return true;
    if (map->capacity > UINT32_MAX / 8) return false;

    h2_idmap grown = *map;
    grown.count = 0;
    grown.capacity = map->capacity ? map->capacity * 2 : FIRST_CAPACITY;
    const size_t size = grown.capacity * sizeof *grown.entries;
    grown.entries = h2_alloc(memory, size);
    if (!grown.entries) return false;

    memset(grown.entries, 0xff, size); /* H2_IDMAP_NONE everywhere */
    for (uint32_t slot = 0; slot < map->capacity; slot++)
        if (map->entries[slot] != H2_IDMAP_NONE) h2_idmap_insert(&grown, items, stride, map->entries[slot]);
    h2_free(memory, map->entries, map->capacity * sizeof *map->entries);
    *map = grown;
    return true;
}

bool h2_idmap_cover(h2_idmap *map, h2_memory *memory, const void *items, size_t stride, uint32_t count)
{
    if (map->capacity > 0) return h2_idmap_reserve(map, memory, items, stride);
    if (count < H2_IDMAP_FEW) return true;
    h2_idmap made = *map;
    for (uint32_t index = 0;; index++) {
        if (!h2_idmap_reserve(&made, memory, items, stride)) {
            h2_idmap_free(&made, memory);
            return false;
        }
        if (index == count) break;
        h2_idmap_insert(&made, items, stride, index);
    }
    *map = made;
    return true;
}

void h2_idmap_close_gap(h2_idmap *map, const void *items, size_t stride, uint32_t hole)
{
    const uint32_t mask = map->capacity - 1;
    /* What follows moves into the hole, unless it would come to lie before the slot where searching it
     * begins. */
    for (uint32_t slot = (hole + 1) & mask; map->entries[slot] != H2_IDMAP_NONE; slot = (slot + 1) & mask) {
        const uint32_t home = h2_idmap_slot_of(map, h2_idmap_key_at(items, stride, map->entries[slot]));
        if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
        map->entries[hole] = map->entries[slot];
        hole = slot;
    }
    map->entries[hole] = H2_IDMAP_NONE;
}

void h2_idmap_free(h2_idmap *map, h2_memory *memory)
{
    h2_free(memory, map->entries, map->capacity * sizeof *map->entries);
    *map = (h2_idmap){.factor = map->factor};
}
