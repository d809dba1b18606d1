/* Finds what an encoder has in its tables: the static one through a perfect hash, the dynamic one through chains
 * from newer to older entries, which need no work when entries leave. Knows nothing of how fields are written. */
#ifndef H2_HPACK_INDEX_H
#define H2_HPACK_INDEX_H

#include "hpack/copy.h"
#include "hpack/static_table.h"
#include "hpack/table.h"

#include <string.h>

enum {
    H2_INDEX_LONGEST_SEARCH = 64 /* entries of a chain that are looked at: values may be chosen to collide */
};

/* A place for an entry of the table, by entry number, and for the heads of two chains, by hash. Links are distances to
 * the next older entry of the chain; 0 ends it. What heads and links lead to may have left the table, or a head may be
 * of another chain: entries are compared. */
typedef struct h2_index_slot {
    uint32_t hash;
    uint32_t older, older_name;
    uint32_t newest, newest_name; /* entry numbers */
} h2_index_slot;

/* Of one dynamic table, which it must follow; there the token of an entry is the index of its name in the static table.
 * Zeroed is none; it can be given up and made anew at any time. */
typedef struct h2_table_index {
    h2_index_slot *slots;
    uint32_t cap; /* the table's ring_cap, or 0 */
    /* What came behind a static entry or a literal with its name, and from H2_TABLE_FIRST_NUMBER on behind what is in a
     * slot, when it was last in a block; 0 is the beginning of a block, or any other literal. Below
     * H2_TABLE_FIRST_NUMBER a static entry is meant, else an entry's number, which may mislead. */
    uint32_t *after;
} h2_table_index;

/* Makes the index fit the table's ring. False when there is no memory: it is as it was. */
bool h2_index_reserve(h2_table_index *index, const h2_table *table, h2_memory *memory);

/* The HPACK index of the newest entry with that name, which is not in the static table; or 0. */
uint32_t h2_index_find_name(const h2_table_index *index, const h2_table *table, const h2_header *field,
                            uint64_t name_hash);

/* The newest entry of the table has these hashes. Cannot fail. */
void h2_index_push(h2_table_index *index, const h2_table *table, uint32_t static_name, uint64_t name_hash,
                   uint32_t hash);

/* When the last entry had the highest number: gives all of them new ones. Cannot fail. */
void h2_index_renumber(h2_table_index *index, h2_table *table);

void h2_index_release(h2_table_index *index, h2_memory *memory);

/* 0 where both are equal. */
static inline uint64_t h2_octets_differ(const char *a, const char *b, size_t len)
{
    if (len >= 8) {
        const uint64_t ends = (h2_load8(a) ^ h2_load8(b)) | (h2_load8(a + len - 8) ^ h2_load8(b + len - 8));
        if (len <= 16) return ends;
        if (len > 32) return (uint64_t)memcmp(a, b, len);
        return ends | (h2_load8(a + 8) ^ h2_load8(b + 8)) | (h2_load8(a + len - 16) ^ h2_load8(b + len - 16));
    }
    if (len >= 4) return (h2_load4(a) ^ h2_load4(b)) | (h2_load4(a + len - 4) ^ h2_load4(b + len - 4));
    if (len == 0) return 0;
    return (uint64_t)((a[0] ^ b[0]) | (a[len / 2] ^ b[len / 2]) | (a[len - 1] ^ b[len - 1]));
}

static inline bool h2_octets_equal(const char *a, const char *b, size_t len)
{
    return h2_octets_differ(a, b, len) == 0;
}

/* The last octets of a load reach the top of the product only: they are folded down to where a slot is chosen. */
static inline uint64_t h2_mix(uint64_t sum, uint64_t more)
{
    sum = (sum ^ more) * UINT64_C(0x9e3779b97f4a7c15);
    return sum ^ sum >> 32 ^ sum >> 53;
}

/* Of the length and the first, middle and last eight octets. */
static inline uint64_t h2_hash(uint64_t seed, const char *octets, size_t len)
{
    seed += len;
    if (len >= 8)
        return h2_mix(h2_mix(seed, h2_load8(octets)),
                      h2_load8(octets + len - 8) ^ h2_load8(octets + len / 2 - 4) << 1);
    if (len >= 4) return h2_mix(seed, (uint64_t)h2_load4(octets) << 32 | h2_load4(octets + len - 4));
    if (len == 0) return seed;
    return h2_mix(seed, (uint64_t)(uint8_t)octets[0] << 16 | (uint64_t)(uint8_t)octets[len / 2] << 8 |
                            (uint8_t)octets[len - 1]);
}

/* A name of the static table has its index for a hash. */
static inline uint64_t h2_hash_name(const h2_header *field, uint32_t static_name)
{
    return static_name != 0 ? static_name : h2_hash(H2_STATIC_COUNT, field->name, field->name_len);
}

static inline uint32_t h2_hash_field(const h2_header *field, uint64_t name_hash)
{
    return (uint32_t)h2_hash(name_hash << 8, field->value, field->value_len);
}

/* Of all octets, for fields that are not compared. */
static inline uint32_t h2_hash_whole(const h2_header *field, uint32_t static_name)
{
    const char *octets = field->value;
    size_t len = field->value_len;
    uint64_t sum = h2_mix(static_name, len);
    for (; len > 8; octets += 8, len -= 8)
        sum = h2_mix(sum, h2_load8(octets));
    return (uint32_t)h2_hash(sum, octets, len);
}

/* The first entry of the static table with that name, or 0. */
static inline uint32_t h2_static_find_name(const h2_header *field)
{
    if (field->name_len == 0) return 0;
    const uint32_t at = h2_static_slots[h2_static_slot(field->name, field->name_len)];
    const h2_static_entry *const entry = &h2_static_entries[at];
    if (entry->name_len != field->name_len) return 0;
    return h2_octets_equal(h2_static_octets + entry->name, field->name, field->name_len) ? at : 0;
}

/* The entry of the static table that is equal, or 0; `at` is the first with that name. */
static inline uint32_t h2_static_find(const h2_header *field, uint32_t at)
{
    const h2_static_entry *entry = &h2_static_entries[at];
    const uint16_t name = entry->name;
    do {
        if (entry->value_len == field->value_len &&
            h2_octets_equal(h2_static_octets + entry->value, field->value, field->value_len))
            return at;
        at++;
        entry++;
    } while (at <= H2_STATIC_LAST_OF_MANY && entry->name == name);
    return 0;
}

static inline bool h2_index_is_equal(const h2_table_view *entry, const h2_header *field, uint32_t static_name)
{
    if (entry->note.token != static_name || entry->value_len != field->value_len) return false;
    if (static_name == 0 &&
        (entry->name_len != field->name_len || !h2_octets_equal(entry->name, field->name, field->name_len)))
        return false;
    return h2_octets_equal(entry->name + entry->name_len, field->value, field->value_len);
}

/* The HPACK index of an equal entry of the dynamic table, or 0. */
static inline uint32_t h2_index_find(const h2_table_index *index, const h2_table *table,
                                     const h2_header *field, uint32_t static_name, uint32_t hash)
{
    if (table->count == 0) return 0;
    const uint32_t mask = index->cap - 1;
    uint32_t number = index->slots[hash & mask].newest;
    for (int i = 0; i < H2_INDEX_LONGEST_SEARCH; i++) {
        const uint32_t age = table->next - 1 - number;
        if (age >= table->count) return 0;
        const h2_index_slot *const slot = &index->slots[number & mask];
        if (slot->hash == hash) {
            const h2_table_view entry = h2_table_at(table, number);
            if (h2_index_is_equal(&entry, field, static_name)) return H2_STATIC_COUNT + 1 + age;
        }
        if (slot->older == 0) return 0;
        number -= slot->older;
    }
    return 0;
}

/* What `after` is while there is no index: no guesses. */
extern const uint32_t h2_index_nothing[H2_TABLE_FIRST_NUMBER];

/* Where in `after` an entry has its place; slots: one less than there are of them. */
static inline uint32_t h2_index_place(uint32_t entry, uint32_t slots)
{
    return entry < H2_TABLE_FIRST_NUMBER ? entry : H2_TABLE_FIRST_NUMBER + (entry & slots);
}

/* Lists repeat: whether `guess`, an entry of the dynamic table or gone, is equal to the field. */
static inline bool h2_index_guess_entry(const h2_table *table, const h2_header *field, uint32_t guess,
                                        h2_field_note *note)
{
    if (table->next - 1 - guess >= table->count) return false;
    const h2_table_view entry = h2_table_at(table, guess);
    *note = entry.note;
    if (entry.name_len != field->name_len || entry.value_len != field->value_len) return false;
    return (h2_octets_differ(entry.name, field->name, entry.name_len) |
            h2_octets_differ(entry.name + entry.name_len, field->value, entry.value_len)) == 0;
}

/* The same for an entry of the static table. Those without a value are equal to none: some of their names are secret. */
static inline bool h2_index_guess_static(const h2_header *field, uint32_t guess)
{
    const h2_static_entry *const entry = &h2_static_entries[guess];
    if (entry->value_len == 0 || entry->name_len != field->name_len || entry->value_len != field->value_len)
        return false;
    return (h2_octets_differ(h2_static_octets + entry->name, field->name, entry->name_len) |
            h2_octets_differ(h2_static_octets + entry->value, field->value, entry->value_len)) == 0;
}

#endif
