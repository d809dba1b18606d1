/* The dynamic table (RFC 7541 section 4): eviction and room. */
#include "hpack/table.h"

#include <string.h>

enum {
    SMALLEST_RING = 8,
    PACKED_BITS = 12 /* of each length of an entry that can be packed; behind them are eight of its note */
};

void h2_table_init(h2_table *table, uint32_t limit)
{
    *table = (h2_table){.limit = limit, .next = H2_TABLE_FIRST_NUMBER};
}

void h2_table_release(h2_table *table, h2_memory *memory)
{
    h2_free(memory, table->octets, table->octets_cap);
    if (h2_table_is_packed(table))
        h2_free(memory, table->packed, table->count * sizeof *table->packed);
    else
        h2_free(memory, table->ring, table->ring_cap * sizeof *table->ring);
    h2_table_init(table, table->limit);
}

void h2_table_evict(h2_table *table, uint32_t size)
{
    const uint32_t mask = table->ring_cap - 1;
    uint32_t oldest = table->next - table->count;
    while (table->size > size) {
        const uint32_t octets = table->ring[(oldest + 1) & mask].start - table->ring[oldest & mask].start;
        table->size -= octets + H2_TABLE_ENTRY_OVERHEAD;
        table->count--;
        oldest++;
    }
}

/* The smallest ring for that many entries and the slot behind them. */
static uint32_t ring_for(uint32_t entries)
{
    uint32_t cap = SMALLEST_RING;
    while (cap <= entries)
        cap *= 2;
    return cap;
}

static bool move_ring(h2_table *table, h2_memory *memory, uint32_t cap)
{
    h2_table_entry *ring = h2_alloc(memory, cap * sizeof *ring);
    if (!ring) return false;
    const uint32_t oldest = table->next - table->count;
    if (table->ring) {
        /* With the slot behind the newest, which ends it. */
        for (uint32_t i = oldest; i != table->next + 1; i++)
            ring[i & (cap - 1)] = table->ring[i & (table->ring_cap - 1)];
        h2_free(memory, table->ring, table->ring_cap * sizeof *table->ring);
    }
    table->ring = ring;
    table->ring_cap = cap;
    return true;
}

bool h2_table_reserve_ring(h2_table *table, h2_memory *memory, uint32_t entries)
{
    if (entries < table->ring_cap) return true;
    if (entries >= UINT32_MAX / 2) return false;
    uint32_t cap = table->ring_cap ? table->ring_cap : SMALLEST_RING;
    while (cap <= entries)
        cap *= 2;
    return move_ring(table, memory, cap);
}

bool h2_table_reserve_octets(h2_table *table, h2_memory *memory, uint32_t cap)
{
    uint8_t *octets = h2_realloc(memory, table->octets, table->octets_cap, cap);
    if (!octets) return false;
    table->octets = octets;
    table->octets_cap = cap;
    return true;
}

void h2_table_slide(h2_table *table)
{
    const uint32_t begin = h2_table_begin(table), gone = begin - table->base;
    if (gone == 0) return;
    if (table->end != begin) memmove(table->octets, table->octets + gone, table->end - begin);
    table->base = begin;
}

void h2_table_trim(h2_table *table, h2_memory *memory, uint32_t slack)
{
    if (table->count == 0) {
        h2_table_release(table, memory);
        return;
    }
    h2_table_slide(table);
    const uint32_t used = h2_table_used(table) + slack;
    const uint32_t needed = used > 0 ? used : 1; /* entries without octets: an allocation has some */
    /* Where there is no memory to give memory back, what is held stays. */
    if (needed < table->octets_cap) (void)h2_table_reserve_octets(table, memory, needed);
    const uint32_t cap = ring_for(table->count);
    if (cap < table->ring_cap) (void)move_ring(table, memory, cap);
}

void h2_table_pack(h2_table *table, h2_memory *memory)
{
    const uint32_t oldest = table->next - table->count;
    if (table->count == 0 || h2_table_is_packed(table)) return;
    for (uint32_t i = 0; i < table->count; i++) {
        const h2_table_view view = h2_table_at(table, oldest + i);
        if ((view.name_len | view.value_len) >> PACKED_BITS != 0) return;
    }
    uint32_t *const packed = h2_alloc(memory, table->count * sizeof *packed);
    if (!packed) return;
    for (uint32_t i = 0; i < table->count; i++) {
        const h2_table_view view = h2_table_at(table, oldest + i);
        packed[i] =
            view.value_len << (PACKED_BITS + 8) | table->ring[(oldest + i) & (table->ring_cap - 1)].word;
    }
    h2_free(memory, table->ring, table->ring_cap * sizeof *table->ring);
    table->packed = packed;
    table->ring_cap = 0;
}

bool h2_table_unpack(h2_table *table, h2_memory *memory)
{
    const uint32_t cap = ring_for(table->count);
    h2_table_entry *const ring = h2_alloc(memory, cap * sizeof *ring);
    if (!ring) return false;
    uint32_t at = table->base, number = table->next - table->count;
    for (uint32_t i = 0; i < table->count; i++, number++) {
        const uint32_t word = table->packed[i] & ((1U << (PACKED_BITS + 8)) - 1);
        ring[number & (cap - 1)] = (h2_table_entry){.start = at, .word = word};
        at += (word >> 8) + (table->packed[i] >> (PACKED_BITS + 8));
    }
    ring[number & (cap - 1)].start = at;
    h2_free(memory, table->packed, table->count * sizeof *table->packed);
    table->ring = ring;
    table->ring_cap = cap;
    return true;
}
