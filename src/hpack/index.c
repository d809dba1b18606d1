/* Finds what an encoder has in its tables: keeping the chains, and what is seldom asked. */
#include "hpack/index.h"

static size_t size_of_index(uint32_t cap)
{
    return cap * (sizeof(h2_index_slot) + sizeof(uint32_t)) + H2_TABLE_FIRST_NUMBER * sizeof(uint32_t);
}

const uint32_t h2_index_nothing[H2_TABLE_FIRST_NUMBER];

uint32_t h2_index_find_name(const h2_table_index *index, const h2_table *table, const h2_header *field,
                            uint64_t name_hash)
{
    if (table->count == 0) return 0;
    const uint32_t mask = index->cap - 1;
    uint32_t number = index->slots[(uint32_t)name_hash & mask].newest_name;
    for (int i = 0; i < H2_INDEX_LONGEST_SEARCH; i++) {
        const uint32_t age = table->next - 1 - number;
        if (age >= table->count) return 0;
        const h2_table_view entry = h2_table_at(table, number);
        if (entry.name_len == field->name_len && h2_octets_equal(entry.name, field->name, entry.name_len))
            return H2_STATIC_COUNT + 1 + age;
        const uint32_t older = index->slots[number & mask].older_name;
        if (older == 0) return 0;
        number -= older;
    }
    return 0;
}

/* Puts an entry at the head of a chain; returns the distance to the one that was there. */
static uint32_t chain(const h2_table *table, uint32_t *head, uint32_t number)
{
    const uint32_t distance = number - *head;
    *head = number;
    return distance < table->count ? distance : 0;
}

static void link_entry(h2_table_index *index, const h2_table *table, uint32_t number, uint32_t static_name,
                       uint64_t name_hash, uint32_t hash)
{
    const uint32_t mask = index->cap - 1;
    h2_index_slot *const slot = &index->slots[number & mask];
    slot->hash = hash;
    slot->older = chain(table, &index->slots[hash & mask].newest, number);
    /* Names of the static table are never looked for. */
    slot->older_name = 0;
    if (static_name == 0)
        slot->older_name = chain(table, &index->slots[(uint32_t)name_hash & mask].newest_name, number);
}

void h2_index_push(h2_table_index *index, const h2_table *table, uint32_t static_name, uint64_t name_hash,
                   uint32_t hash)
{
    link_entry(index, table, table->next - 1, static_name, name_hash, hash);
}

static void link_all(h2_table_index *index, const h2_table *table)
{
    for (uint32_t number = table->next - table->count; number != table->next; number++) {
        const h2_table_view entry = h2_table_at(table, number);
        const h2_header field = {.name = entry.name,
                                 .name_len = entry.name_len,
                                 .value = entry.name + entry.name_len,
                                 .value_len = entry.value_len};
        const uint64_t name_hash = h2_hash_name(&field, entry.note.token);
        link_entry(index, table, number, entry.note.token, name_hash, h2_hash_field(&field, name_hash));
    }
}

void h2_index_renumber(h2_table_index *index, h2_table *table)
{
    /* Each entry keeps its place in the ring, and none has the number of a static one. */
    const uint32_t least = H2_TABLE_FIRST_NUMBER + 2;
    table->next = 2 * (table->ring_cap > least ? table->ring_cap : least);
    memset(index->slots, 0, index->cap * sizeof *index->slots);
    link_all(index, table);
}

bool h2_index_reserve(h2_table_index *index, const h2_table *table, h2_memory *memory)
{
    if (index->cap == table->ring_cap) return true;
    h2_table_index made = {.cap = table->ring_cap};
    made.slots = h2_alloc(memory, size_of_index(made.cap));
    if (!made.slots) return false;
    memset(made.slots, 0, size_of_index(made.cap));
    made.after = (uint32_t *)(void *)(made.slots + made.cap);
    link_all(&made, table);
    h2_index_release(index, memory);
    *index = made;
    return true;
}

void h2_index_release(h2_table_index *index, h2_memory *memory)
{
    h2_free(memory, index->slots, size_of_index(index->cap));
    *index = (h2_table_index){.cap = 0};
}
