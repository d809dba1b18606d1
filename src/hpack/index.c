/* Finds what an encoder has in its tables. Knows nothing of how fields are written. */
#include "hpack/index.h"

#include "hpack/static_table.h"

#include <string.h>

enum {
    LONGEST_SEARCH = 64 /* entries of a chain that are looked at: values may have been chosen to collide */
};

/* Links are distances to the next older entry of the chain; 0 ends it. What they lead to may have left the table. */
typedef struct h2_index_node {
    uint32_t hash;
    uint32_t older, older_name;
} h2_index_node;

/* Heads are entry numbers, of entries in the table or not; a head that is not its chain's any more does no harm, for
 * entries are compared. */
static uint32_t *heads_of(const h2_table_index *index)
{
    return (uint32_t *)(void *)(index->nodes + index->cap);
}

static uint32_t *name_heads_of(const h2_table_index *index)
{
    return heads_of(index) + index->cap;
}

static size_t size_of_index(uint32_t cap)
{
    return cap * (sizeof(h2_index_node) + 2 * sizeof(uint32_t));
}

static bool is_equal(const char *a, const char *b, size_t len)
{
    uint64_t first[2], last[2];
    if (len > 16) return memcmp(a, b, len) == 0;
    if (len >= 8) {
        memcpy(&first[0], a, 8);
        memcpy(&first[1], b, 8);
        memcpy(&last[0], a + len - 8, 8);
        memcpy(&last[1], b + len - 8, 8);
        return ((first[0] ^ first[1]) | (last[0] ^ last[1])) == 0;
    }
    for (size_t i = 0; i < len; i++)
        if (a[i] != b[i]) return false;
    return true;
}

static uint64_t load(const char *octets, size_t len)
{
    uint64_t x = 0;
    memcpy(&x, octets, len);
    return x;
}

static uint64_t mix(uint64_t sum, uint64_t more)
{
    sum = (sum ^ more) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ sum >> 32;
}

/* Of the length and the first, middle and last eight octets. */
static uint64_t hash_of(uint64_t seed, const char *octets, size_t len)
{
    seed += len;
    if (len >= 8)
        return mix(mix(seed, load(octets, 8)), load(octets + len - 8, 8) ^ load(octets + len / 2 - 4, 8)
                                                                               << 1);
    if (len >= 4) return mix(seed, load(octets, 4) << 32 | load(octets + len - 4, 4));
    if (len == 0) return seed;
    return mix(seed, load(octets, 1) << 16 | load(octets + len / 2, 1) << 8 | load(octets + len - 1, 1));
}

void h2_sought_init(h2_sought *sought, const h2_header *field)
{
    *sought = (h2_sought){.field = field};
    if (field->name_len == 0) return;
    uint32_t at = h2_static_slots[h2_static_slot(field->name, field->name_len)];
    const h2_static_entry *entry = &h2_static_entries[at];
    if (entry->name_len != field->name_len ||
        !is_equal(h2_static_octets + entry->name, field->name, field->name_len))
        return;
    sought->static_name = at;
    const uint16_t name = entry->name;
    for (; at <= H2_STATIC_COUNT && entry->name == name; at++, entry++) {
        if (entry->value_len == field->value_len &&
            is_equal(h2_static_octets + entry->value, field->value, field->value_len)) {
            sought->static_field = at;
            return;
        }
    }
}

void h2_sought_hash(h2_sought *sought)
{
    const h2_header *const field = sought->field;
    const uint64_t name =
        sought->static_name ? sought->static_name : hash_of(H2_STATIC_COUNT, field->name, field->name_len);
    sought->name_hash = (uint32_t)name;
    sought->hash = (uint32_t)hash_of(name << 8, field->value, field->value_len);
}

/* 0: not in the table. */
static uint32_t index_of(const h2_table *table, uint32_t number)
{
    const uint32_t age = table->next - 1 - number;
    return age < table->count ? H2_STATIC_COUNT + 1 + age : 0;
}

uint32_t h2_index_find(const h2_table_index *index, const h2_table *table, const h2_sought *sought)
{
    if (index->cap == 0) return 0;
    const uint32_t mask = index->cap - 1;
    const h2_header *const field = sought->field;
    uint32_t number = heads_of(index)[sought->hash & mask];
    for (int i = 0; i < LONGEST_SEARCH; i++) {
        const uint32_t found = index_of(table, number);
        if (found == 0) return 0;
        const h2_index_node *const node = &index->nodes[number & mask];
        if (node->hash == sought->hash) {
            const h2_table_view entry = h2_table_at(table, number);
            if (entry.name_len == field->name_len && entry.value_len == field->value_len &&
                is_equal(entry.name, field->name, entry.name_len) &&
                is_equal(entry.name + entry.name_len, field->value, entry.value_len))
                return found;
        }
        if (node->older == 0) return 0;
        number -= node->older;
    }
    return 0;
}

uint32_t h2_index_find_name(const h2_table_index *index, const h2_table *table, const h2_sought *sought)
{
    if (index->cap == 0) return 0;
    const uint32_t mask = index->cap - 1;
    const h2_header *const field = sought->field;
    uint32_t number = name_heads_of(index)[sought->name_hash & mask];
    for (int i = 0; i < LONGEST_SEARCH; i++) {
        const uint32_t found = index_of(table, number);
        if (found == 0) return 0;
        const h2_table_view entry = h2_table_at(table, number);
        if (entry.name_len == field->name_len && is_equal(entry.name, field->name, entry.name_len))
            return found;
        const uint32_t older = index->nodes[number & mask].older_name;
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

static void link_entry(h2_table_index *index, const h2_table *table, const h2_sought *sought, uint32_t number)
{
    const uint32_t mask = index->cap - 1;
    h2_index_node *const node = &index->nodes[number & mask];
    node->hash = sought->hash;
    node->older = chain(table, &heads_of(index)[sought->hash & mask], number);
    /* Names of the static table are never looked for. */
    node->older_name =
        sought->static_name ? 0 : chain(table, &name_heads_of(index)[sought->name_hash & mask], number);
}

void h2_index_push(h2_table_index *index, const h2_table *table, const h2_sought *sought)
{
    link_entry(index, table, sought, table->next - 1);
}

bool h2_index_reserve(h2_table_index *index, const h2_table *table, h2_memory *memory)
{
    if (index->cap == table->ring_cap) return true;
    h2_table_index made = {.cap = table->ring_cap};
    made.nodes = h2_alloc(memory, size_of_index(made.cap));
    if (!made.nodes) return false;
    memset(made.nodes, 0, size_of_index(made.cap));
    for (uint32_t number = table->next - table->count; number != table->next; number++) {
        const h2_table_view entry = h2_table_at(table, number);
        const h2_header field = {.name = entry.name,
                                 .name_len = entry.name_len,
                                 .value = entry.name + entry.name_len,
                                 .value_len = entry.value_len};
        h2_sought sought;
        h2_sought_init(&sought, &field);
        h2_sought_hash(&sought);
        link_entry(&made, table, &sought, number);
    }
    h2_index_release(index, memory);
    *index = made;
    return true;
}

void h2_index_release(h2_table_index *index, h2_memory *memory)
{
    h2_free(memory, index->nodes, size_of_index(index->cap));
    *index = (h2_table_index){.cap = 0};
}
