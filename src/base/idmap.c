/* From a 32-bit key to the index of an item. Knows nothing of the items but their key. */
#include "base/idmap.h"

#include <string.h>

enum {
    FIRST_CAPACITY = 8
};

static uint32_t key_at(const void *items, size_t stride, uint32_t index)
{
    uint32_t key;
    memcpy(&key, (const unsigned char *)items + stride * index, sizeof key);
    return key;
}

/* Multiplicative hashing with an odd factor made of the seed: any two keys collide for few seeds only. */
static uint32_t slot_of(const h2_idmap *map, uint32_t key)
{
    const uint64_t factor = (map->seed * UINT64_C(0x9e3779b97f4a7c15) + UINT64_C(0xd1b54a32d192ed03)) | 1;

    return (uint32_t)((key * factor) >> 32) & (map->capacity - 1);
}

uint32_t h2_idmap_find(const h2_idmap *map, const void *items, size_t stride, uint32_t key)
{
    if (map->count == 0) return H2_IDMAP_NONE;

    const uint32_t mask = map->capacity - 1;
    for (uint32_t slot = slot_of(map, key);; slot = (slot + 1) & mask) {
        const uint32_t index = map->entries[slot];
        if (index == H2_IDMAP_NONE || key_at(items, stride, index) == key) return index;
    }
}

static void put(h2_idmap *map, const void *items, size_t stride, uint32_t index)
{
    const uint32_t mask = map->capacity - 1;
    uint32_t slot = slot_of(map, key_at(items, stride, index));

    while (map->entries[slot] != H2_IDMAP_NONE)
        slot = (slot + 1) & mask;
    map->entries[slot] = index;
}

bool h2_idmap_reserve(h2_idmap *map, h2_memory *memory, const void *items, size_t stride)
{
    if (map->count < map->capacity / 4 * 3) return true;
    if (map->capacity > UINT32_MAX / 8) return false;

    h2_idmap grown = *map;
    grown.capacity = map->capacity ? map->capacity * 2 : FIRST_CAPACITY;
    const size_t size = grown.capacity * sizeof *grown.entries;
    grown.entries = h2_alloc(memory, size);
    if (!grown.entries) return false;

    memset(grown.entries, 0xff, size); /* H2_IDMAP_NONE everywhere */
    for (uint32_t slot = 0; slot < map->capacity; slot++)
        if (map->entries[slot] != H2_IDMAP_NONE) put(&grown, items, stride, map->entries[slot]);
    h2_free(memory, map->entries, map->capacity * sizeof *map->entries);
    *map = grown;
    return true;
}

void h2_idmap_insert(h2_idmap *map, const void *items, size_t stride, uint32_t index)
{
    put(map, items, stride, index);
    map->count++;
}

void h2_idmap_remove(h2_idmap *map, const void *items, size_t stride, uint32_t key)
{
    const uint32_t mask = map->capacity - 1;
    uint32_t hole = slot_of(map, key);

    while (key_at(items, stride, map->entries[hole]) != key)
        hole = (hole + 1) & mask;

    /* What follows moves into the hole, unless it would come to lie before the slot where searching it
     * begins. */
    for (uint32_t slot = (hole + 1) & mask; map->entries[slot] != H2_IDMAP_NONE; slot = (slot + 1) & mask) {
        const uint32_t home = slot_of(map, key_at(items, stride, map->entries[slot]));
        if (((slot - home) & mask) < ((slot - hole) & mask)) continue;
        map->entries[hole] = map->entries[slot];
        hole = slot;
    }
    map->entries[hole] = H2_IDMAP_NONE;
    map->count--;
}

void h2_idmap_free(h2_idmap *map, h2_memory *memory)
{
    h2_free(memory, map->entries, map->capacity * sizeof *map->entries);
    *map = (h2_idmap){.seed = map->seed};
}
