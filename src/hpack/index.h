/* Finds what an encoder has in its tables: the static one through a perfect hash, the dynamic one through chains from
 * newer to older entries, which need no work when entries leave. */
#ifndef H2_HPACK_INDEX_H
#define H2_HPACK_INDEX_H

#include "hpack/table.h"

/* Of one dynamic table, which it must follow. Zeroed is none; it can be given up and made anew at any time. */
typedef struct h2_table_index {
    struct h2_index_node
        *nodes;   /* by entry number; behind them, in the same allocation, the heads of the chains */
    uint32_t cap; /* the table's ring_cap, or 0 */
} h2_table_index;

/* A field as it is looked for. */
typedef struct h2_sought {
    const h2_header *field;
    uint32_t static_name;     /* the first static entry of that name, or 0 */
    uint32_t static_field;    /* the static entry that is equal, or 0 */
    uint32_t name_hash, hash; /* of use once h2_sought_hash was called */
} h2_sought;

/* Looks the field up in the static table. */
void h2_sought_init(h2_sought *sought, const h2_header *field);
void h2_sought_hash(h2_sought *sought);

/* Makes the index fit the table's ring. False when there is no memory: it is as it was. */
bool h2_index_reserve(h2_table_index *index, const h2_table *table, h2_memory *memory);

/* The HPACK index of an equal entry of the dynamic table, or 0. */
uint32_t h2_index_find(const h2_table_index *index, const h2_table *table, const h2_sought *sought);

/* The HPACK index of the newest entry with that name, which is not in the static table; or 0. */
uint32_t h2_index_find_name(const h2_table_index *index, const h2_table *table, const h2_sought *sought);

/* The newest entry of the table is what was sought. Cannot fail. */
void h2_index_push(h2_table_index *index, const h2_table *table, const h2_sought *sought);

void h2_index_release(h2_table_index *index, h2_memory *memory);

#endif
