/* The dynamic table (RFC 7541 section 2.3.2): a ring of descriptors of eight octets, and one run of octets in
 * which the entries follow each other. Nothing is allocated for an entry, and nothing at all before the
 * first. Knows nothing of blocks; which way the table is used, the decoder and the encoder know. */
#ifndef H2_HPACK_TABLE_H
#define H2_HPACK_TABLE_H

#include "base/alloc.h"
#include "base/token.h"

enum {
    H2_TABLE_ENTRY_OVERHEAD = 32, /* what section 4.1 adds to the octets of an entry */
    H2_TABLE_MAX_NAME = (1 << 24) - 1,
    H2_TABLE_FIRST_NUMBER = 62,  /* entry numbers begin above the indices of the static table */
    H2_TABLE_DEFAULT_SIZE = 4096 /* the size that both sides begin with (RFC 9113 section 6.5.2) */
};

typedef struct h2_table_entry {
    uint32_t start; /* position of the name; the value follows, and ends where the next entry starts */
    uint32_t word;  /* length of the name << 8 | clean << 7 | token */
} h2_table_entry;

/* Positions count the octets ever entered, modulo 2^32; so do entry numbers. */
typedef struct h2_table {
    uint8_t *octets; /* NULL while octets_cap is 0 */
    union {
        h2_table_entry *ring; /* NULL while empty; the slot behind the newest entry tells where that ends */
        uint32_t *packed;     /* while ring_cap is 0 and there are entries: h2_table_pack */
    };
    uint32_t octets_cap;
    uint32_t ring_cap; /* a power of two, or 0 */
    uint32_t base;     /* position of octets[0] */
    uint32_t end;      /* position behind the newest entry */
    uint32_t next;     /* number that the next entry gets */
    uint32_t count;    /* entries */
    uint32_t size;     /* as section 4.1 counts it */
    uint32_t limit;    /* size at most */
} h2_table;

/* Nothing is allocated. */
void h2_table_init(h2_table *table, uint32_t limit);
void h2_table_release(h2_table *table, h2_memory *memory);

/* Removes the oldest entries until the size is at most `size`. Their octets stay where they are. */
void h2_table_evict(h2_table *table, uint32_t size);

/* Makes room in the ring for `entries` in all; false when there is no memory. */
bool h2_table_reserve_ring(h2_table *table, h2_memory *memory, uint32_t entries);

/* Moves the octets to an allocation of `cap`, where they fit; false when there is no memory. */
bool h2_table_reserve_octets(h2_table *table, h2_memory *memory, uint32_t cap);

/* Moves the entries' octets to the front. */
void h2_table_slide(h2_table *table);

/* Gives back what the entries do not need. `slack`: octets that must stay free behind them. */
void h2_table_trim(h2_table *table, h2_memory *memory, uint32_t slack);

/* After h2_table_trim: puts four octets for each entry in the place of the ring, where that suffices and there is memory.
 * Until h2_table_unpack the table can only be released. */
void h2_table_pack(h2_table *table, h2_memory *memory);

static inline bool h2_table_is_packed(const h2_table *table)
{
    return table->ring_cap == 0 && table->count > 0;
}

/* False when there is no memory: it is still packed. */
bool h2_table_unpack(h2_table *table, h2_memory *memory);

/* Position of the oldest entry, or of the end. */
static inline uint32_t h2_table_begin(const h2_table *table)
{
    return table->count == 0 ? table->end
                             : table->ring[(table->next - table->count) & (table->ring_cap - 1)].start;
}

/* Octets of the allocation that are in use, or were. */
static inline uint32_t h2_table_used(const h2_table *table)
{
    return table->end - table->base;
}

/* Where the next entry's octets go. */
static inline uint8_t *h2_table_tail(const h2_table *table)
{
    return table->octets + h2_table_used(table);
}

/* An entry as it is looked at. */
typedef struct h2_table_view {
    const char *name; /* the value follows the name */
    uint32_t name_len, value_len;
    h2_field_note note;
} h2_table_view;

/* The entry with that number, which is in the table. */
static inline h2_table_view h2_table_at(const h2_table *table, uint32_t number)
{
    const uint32_t mask = table->ring_cap - 1;
    const h2_table_entry entry = table->ring[number & mask];
    const uint32_t name_len = entry.word >> 8;
    return (h2_table_view){
        .name = (const char *)table->octets + (entry.start - table->base),
        .name_len = name_len,
        .value_len = table->ring[(number + 1) & mask].start - entry.start - name_len,
        .note = {.token = (uint8_t)(entry.word & 127), .clean = (uint8_t)(entry.word >> 7 & 1)},
    };
}

/* Enters what stands at the tail: evicts first, cannot fail. The entry is not larger than the limit, its name no longer
 * than H2_TABLE_MAX_NAME, and there is room for it in the ring. */
static inline void h2_table_push(h2_table *table, uint32_t name_len, uint32_t value_len, h2_field_note note)
{
    const uint32_t cost = name_len + value_len + H2_TABLE_ENTRY_OVERHEAD;
    const uint32_t mask = table->ring_cap - 1;
    /* The oldest entry mostly makes way for the newest. */
    if (table->size > table->limit - cost) {
        const uint32_t oldest = table->next - table->count;
        const uint32_t octets = table->ring[(oldest + 1) & mask].start - table->ring[oldest & mask].start;
        table->size -= octets + H2_TABLE_ENTRY_OVERHEAD;
        table->count--;
        if (table->size > table->limit - cost) h2_table_evict(table, table->limit - cost);
    }
    table->ring[table->next & mask] = (h2_table_entry){
        .start = table->end,
        .word = name_len << 8 | (uint32_t)note.clean << 7 | note.token,
    };
    table->end += name_len + value_len;
    table->next++;
    table->ring[table->next & mask].start = table->end;
    table->count++;
    table->size += cost;
}

#endif
