/* From a 32-bit key to the index of an item in an array whose items begin with their key: open addressing, four octets
 * an entry, backward-shift deletion. Knows nothing else of the items. */
#ifndef H2_BASE_IDMAP_H
#define H2_BASE_IDMAP_H

#include "base/alloc.h"
#include "base/attributes.h"

#include <string.h>

#define H2_IDMAP_NONE UINT32_MAX

typedef struct h2_idmap {
    uint32_t *entries; /* index of an item, or H2_IDMAP_NONE; NULL while empty */
    uint32_t capacity; /* a power of two, or 0 */
    uint32_t count;
    uint64_t
        factor; /* of the hash; odd, and of the caller's choice, so that a peer cannot choose keys that collide */
} h2_idmap;

/* A factor for hashing: any two keys collide for few seeds only. */
static inline uint64_t h2_idmap_factor(uint32_t seed)
{
    return (seed * UINT64_C(0x9e3779b97f4a7c15) + UINT64_C(0xd1b54a32d192ed03)) | 1;
}

static inline uint32_t h2_idmap_key_at(const void *items, size_t stride, uint32_t index)
{
    uint32_t key;
    memcpy(&key, (const unsigned char *)items + stride * index, sizeof key);
    return key;
}

/* Keys at even distance, which a peer can choose, stay at even distance in a product; its halves, mixed and multiplied once
 * more, do not. */
static inline uint32_t h2_idmap_slot_of(const h2_idmap *map, uint32_t key)
{
    uint64_t mixed = key * map->factor;
    mixed ^= mixed >> 32;
    mixed *= UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(mixed >> 32) & (map->capacity - 1);
}

/* items: the array; stride: octets from item to item; key at offset 0 of each. H2_IDMAP_NONE when there is none. The map has
 * been given room (h2_idmap_reserve). */
static inline uint32_t h2_idmap_find(const h2_idmap *map, const void *items, size_t stride, uint32_t key)
{
    const uint32_t mask = map->capacity - 1;
    for (uint32_t slot = h2_idmap_slot_of(map, key);; slot = (slot + 1) & mask) {
        const uint32_t index = map->entries[slot];
        if (index == H2_IDMAP_NONE || h2_idmap_key_at(items, stride, index) == key) return index;
    }
}

enum {
    H2_IDMAP_FEW = 8 /* items that are found without a map */
};

/* h2_idmap_find where the items are `count` in a row, and few of them have no map (h2_idmap_cover). */
static inline uint32_t h2_idmap_search(const h2_idmap *map, const void *items, size_t stride, uint32_t count,
                                       uint32_t key)
{
    if (map->capacity > 0) return h2_idmap_find(map, items, stride, key);
    for (uint32_t index = count; index-- > 0;)
        if (h2_idmap_key_at(items, stride, index) == key) return index;
    return H2_IDMAP_NONE;
}

/* Makes room for one more of `count` items in a row, all of which the map has, or none while they are few. False when there is
 * no memory. */
bool h2_idmap_cover(h2_idmap *map, h2_memory *memory, const void *items, size_t stride, uint32_t count);

/* Whether there is room for one more entry. */
static inline bool h2_idmap_has_room(const h2_idmap *map)
{
    return map->count < map->capacity / 4 * 3;
}

/* Makes room for one more entry; false when there is no memory. */
bool h2_idmap_reserve(h2_idmap *map, h2_memory *memory, const void *items, size_t stride);

/* The item at `index` holds the key already and is not in the map; room was reserved. Cannot fail. */
static inline void h2_idmap_insert(h2_idmap *map, const void *items, size_t stride, uint32_t index)
{
    const uint32_t mask = map->capacity - 1;
    uint32_t slot = h2_idmap_slot_of(map, h2_idmap_key_at(items, stride, index));
    while (H2_UNUSUAL(map->entries[slot] != H2_IDMAP_NONE))
        slot = (slot + 1) & mask;
    map->entries[slot] = index;
    map->count++;
}

/* For h2_idmap_remove, where something follows in the map. */
void h2_idmap_close_gap(h2_idmap *map, const void *items, size_t stride, uint32_t hole);

/* Removes a key that is in the map, while its item still holds it. */
static inline void h2_idmap_remove(h2_idmap *map, const void *items, size_t stride, uint32_t key)
{
    const uint32_t mask = map->capacity - 1;
    uint32_t hole = h2_idmap_slot_of(map, key);
    while (H2_UNUSUAL(h2_idmap_key_at(items, stride, map->entries[hole]) != key))
        hole = (hole + 1) & mask;
    map->count--;
    if (map->entries[(hole + 1) & mask] == H2_IDMAP_NONE)
        map->entries[hole] = H2_IDMAP_NONE;
    else
        h2_idmap_close_gap(map, items, stride, hole);
}

void h2_idmap_free(h2_idmap *map, h2_memory *memory);

#endif
