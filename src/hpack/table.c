/* The dynamic table (RFC 7541 section 4): eviction and room. */
#include "hpack/table.h"

#include <string.h>

enum {
    SMALLEST_RING = 8
};

void h2_table_init(h2_table *table, uint32_t limit)
{
    *table = (h2_table){.limit = limit, .next = H2_TABLE_FIRST_NUMBER};
}

void h2_table_release(h2_table *table, h2_memory *memory)
{
    h2_free(memory, table->octets, table->octets_cap);
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
    const uint32_t needed = h2_table_used(table) + slack;
    /* Where there is no memory to give memory back, what is held stays. */
    if (needed < table->octets_cap) (void)h2_table_reserve_octets(table, memory, needed);
    uint32_t cap = SMALLEST_RING;
    while (cap <= table->count)
        cap *= 2;
    if (cap < table->ring_cap) (void)move_ring(table, memory, cap);
}
