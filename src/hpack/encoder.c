/* Encoding of header blocks (RFC 7541 sections 4.2 and 6), in one of two policies: to choose what costs least, or to do
 * as Python's hpack does, octet for octet. Knows nothing of frames. */
#include "hpack/encoder.h"

#include "base/attributes.h"

enum {
    FIRST_OCTETS = 256
};

/* The ways to write a literal: the bits above the prefix, and the prefix. */
typedef struct literal_form {
    uint8_t kind, mask;
} literal_form;

static const literal_form literal_forms[] = {
    [H2_INDEXING_GOOD] = {0x40, 0x3f},
    [H2_INDEXING_PASSING] = {0x00, 0x0f},
    [H2_INDEXING_RETURNING] = {0x00, 0x0f},
    [H2_INDEXING_SECRET] = {0x10, 0x0f},
};

/* Table size. */

static uint32_t smallest_change(const h2_hpack_encoder *encoder)
{
    uint32_t smallest = UINT32_MAX;
    for (size_t i = 0; i < encoder->change_count; i++)
        if (encoder->changes[i] < smallest) smallest = encoder->changes[i];
    return smallest;
}

/* Leaves of the changes what the RFC asks for: the smallest, then the last. */
static void condense_changes(h2_hpack_encoder *encoder)
{
    const uint32_t smallest = smallest_change(encoder), last = encoder->changes[encoder->change_count - 1];
    encoder->changes[0] = smallest;
    encoder->changes[1] = last;
    encoder->change_count = smallest == last ? 1 : 2;
}

h2_status h2_encoder_set_table_size(h2_hpack_encoder *encoder, uint32_t size)
{
    if (size == encoder->table.limit) return H2_OK;
    if (encoder->change_count == H2_ENCODER_SIZE_CHANGES) condense_changes(encoder);
    encoder->changes[encoder->change_count++] = size;
    if (!encoder->always_huffman) condense_changes(encoder);
    encoder->table.limit = size;
    h2_table_evict(&encoder->table, size);
    return H2_OK;
}

static uint8_t *write_size_updates(h2_hpack_encoder *encoder, uint8_t *out)
{
    if (encoder->change_count == 0) return out;
    /* The table is what the peer believes it to be. */
    const bool needless = !encoder->always_huffman && encoder->table.limit == encoder->announced &&
                          smallest_change(encoder) == encoder->announced;
    for (size_t i = 0; i < encoder->change_count && !needless; i++)
        out = h2_integer_write(out, 0x20, 0x1f, encoder->changes[i]);
    encoder->change_count = 0;
    encoder->announced = encoder->table.limit;
    return out;
}

/* Strings. */

static size_t integer_octets(uint32_t mask, size_t value)
{
    size_t octets = 1;
    if (value < mask) return octets;
    for (value -= mask; value > 127; value >>= 7)
        octets++;
    return octets + 1;
}

static uint8_t *write_raw(uint8_t *out, const char *octets, size_t len)
{
    out = h2_integer_write(out, 0, 0x7f, (uint32_t)len);
    h2_copy_string(out, octets, len);
    return out + len;
}

static uint8_t *write_string(const h2_hpack_encoder *encoder, uint8_t *out, const char *octets, size_t len)
{
    if (len == 0 && !encoder->always_huffman) return write_raw(out, octets, len);
    const size_t most = encoder->always_huffman ? h2_huffman_encoded_bound(len) : len - 1;
    /* Written where it stands if its length takes one octet, which is nearly always so. */
    const uint8_t *const end = h2_huffman_encode((const uint8_t *)octets, len, out + 1, most);
    if (!end) return write_raw(out, octets, len);
    const size_t size = (size_t)(end - out) - 1;
    if (size < 0x7f) {
        *out = (uint8_t)(0x80 | size);
        return out + 1 + size;
    }
    const size_t front = integer_octets(0x7f, size);
    memmove(out + front, out + 1, size);
    h2_integer_write(out, 0x80, 0x7f, (uint32_t)size);
    return out + front + size;
}

/* Fields. */

static size_t cost_of(const h2_header *field)
{
    return field->name_len + field->value_len + H2_TABLE_ENTRY_OVERHEAD;
}

/* What to do with a field of that name, 0 if it is not in the static table. */
static inline h2_indexing indexing_of(const h2_hpack_encoder *encoder, const h2_header *field,
                                      uint32_t static_name)
{
    if (field->flags & H2_HEADER_NEVER_INDEX) return H2_INDEXING_SECRET;
    if (encoder->always_huffman) return H2_INDEXING_GOOD;
    const h2_indexing indexing = (h2_indexing)h2_static_entries[static_name].indexing;
    if (indexing != H2_INDEXING_COOKIE) return indexing;
    return field->value_len < H2_SHORT_COOKIE ? H2_INDEXING_SECRET : H2_INDEXING_GOOD;
}

/* Room is reserved. clean: of the field, if its name has a token then one of the static table. False: the field is
 * larger than the table, which is empty now. */
H2_INLINED static bool enter(h2_hpack_encoder *encoder, const h2_header *field, uint32_t static_name,
                             uint64_t name_hash, uint32_t hash, bool clean)
{
    h2_table *const table = &encoder->table;
    const size_t cost = cost_of(field);
    if (cost > table->limit || field->name_len > H2_TABLE_MAX_NAME) {
        h2_table_evict(table, 0);
        return false;
    }
    const uint32_t name_len = (uint32_t)field->name_len, value_len = (uint32_t)field->value_len;
    h2_table_evict(table, table->limit - (uint32_t)cost);
    if (name_len + value_len > table->octets_cap - h2_table_used(table)) h2_table_slide(table);
    uint8_t *const octets = h2_table_tail(table);
    h2_copy_string(octets, field->name, name_len);
    h2_copy_string(octets + name_len, field->value, value_len);
    h2_table_push(table, name_len, value_len, (h2_field_note){.token = (uint8_t)static_name, .clean = clean});
    h2_index_push(&encoder->index, table, static_name, name_hash, hash);
    if (table->next == 0) h2_index_renumber(&encoder->index, table);
    return true;
}

static uint8_t *write_literal(const h2_hpack_encoder *encoder, uint8_t *out, const h2_header *field,
                              h2_indexing indexing, uint32_t name)
{
    const literal_form form = literal_forms[indexing];
    out = h2_integer_write(out, form.kind, form.mask, name);
    if (name == 0) out = write_string(encoder, out, field->name, field->name_len);
    return write_string(encoder, out, field->value, field->value_len);
}

/* What would push out most of the table has to come again very often to be worth it. */
static bool costs_too_much(const h2_hpack_encoder *encoder, const h2_header *field, h2_indexing indexing)
{
    return indexing == H2_INDEXING_GOOD && !encoder->always_huffman &&
           cost_of(field) > (size_t)encoder->table.limit / 4 * 3;
}

/* Whether an entry may carry the note on: the token that it will have is the field's. */
static bool is_clean(const h2_field_note *note, uint32_t static_name)
{
    return note->clean == 1 && (static_name != 0 || note->token == H2_TOKEN_NONE);
}

/* What has been written: a static entry or a literal with its name, an entry's number, or 0. */
typedef uint32_t trace;

/* Whether a table may be asked for a field. */
static inline bool may_be_indexed(const h2_hpack_encoder *encoder, h2_indexing indexing)
{
    return indexing != H2_INDEXING_SECRET || encoder->always_huffman;
}

/* Whether a field with that hash came before, as far as is remembered, and is to be entered; it has come now. Where it was
 * another one, the entry is of no use. */
static inline bool has_returned(h2_hpack_encoder *encoder, uint32_t hash)
{
    if (encoder->seen == NULL) return false;
    const uint32_t place = hash % H2_ENCODER_SEEN;
    const uint16_t rest = (uint16_t)(hash >> 16);
    const bool same = encoder->seen[place] == rest;
    encoder->seen[place] = rest;
    encoder->entered |= (uint64_t)same << place;
    return same;
}

/* Whether a field whose value may return may be in the dynamic table, or is to be. It has come now. */
static inline bool is_known(h2_hpack_encoder *encoder, const h2_header *field, uint32_t static_name)
{
    const uint32_t hash = h2_hash_whole(field, static_name);
    return (encoder->entered >> hash % H2_ENCODER_SEEN & 1) != 0 || has_returned(encoder, hash);
}

/* A field with a name of the static table that it takes no dynamic table to write, or NULL. */
static inline uint8_t *write_static(h2_hpack_encoder *encoder, uint8_t *out, const h2_header *field,
                                    uint32_t static_name, h2_indexing indexing, trace *written)
{
    if (static_name == 0) return NULL;
    const bool indexed = may_be_indexed(encoder, indexing);
    if (indexed) {
        const uint32_t found = h2_static_find(field, static_name);
        if (found != 0) {
            *written = found;
            return h2_integer_write(out, 0x80, 0x7f, found);
        }
    }
    const bool literal = !indexed || indexing == H2_INDEXING_PASSING ||
                         (indexing == H2_INDEXING_RETURNING && !is_known(encoder, field, static_name));
    return literal ? write_literal(encoder, out, field, indexing, static_name) : NULL;
}

/* A field with a name whose value is not guessed; it may be in a table all the same. */
H2_INLINED static uint8_t *write_field(h2_hpack_encoder *encoder, uint8_t *out, const h2_header *field,
                                       uint32_t static_name, const h2_field_note *note, trace *written)
{
    const h2_table *const table = &encoder->table;
    h2_indexing indexing = indexing_of(encoder, field, static_name);
    *written = static_name;
    uint8_t *const end = write_static(encoder, out, field, static_name, indexing, written);
    if (end != NULL) return end;

    const uint64_t name_hash = h2_hash_name(field, static_name);
    const uint32_t hash = h2_hash_field(field, name_hash);
    if (may_be_indexed(encoder, indexing)) {
        const uint32_t found = h2_index_find(&encoder->index, table, field, static_name, hash);
        if (found != 0) {
            *written = table->next - 1 - (found - H2_STATIC_COUNT - 1);
            return h2_integer_write(out, 0x80, 0x7f, found);
        }
    }
    if (indexing == H2_INDEXING_RETURNING)
        indexing =
            has_returned(encoder, h2_hash_whole(field, static_name)) ? H2_INDEXING_GOOD : H2_INDEXING_PASSING;
    if (costs_too_much(encoder, field, indexing)) indexing = H2_INDEXING_PASSING;
    const uint32_t name =
        static_name ? static_name : h2_index_find_name(&encoder->index, table, field, name_hash);
    out = write_literal(encoder, out, field, indexing, name);
    const bool clean = note && is_clean(note, static_name);
    if (indexing == H2_INDEXING_GOOD && enter(encoder, field, static_name, name_hash, hash, clean))
        *written = table->next - 1;
    return out;
}

/* Whether it is the first of those with its name. */
static inline bool is_first(uint32_t static_entry)
{
    static const uint64_t others = UINT64_C(1) | 1U << 3 | 1U << 5 | 1U << 7 | 0x3fU << 9;

    return !(others >> static_entry & 1);
}

/* The first entry of the static table with a field's name, or 0. The value alone of what was guessed may be new. */
static inline uint32_t static_name_of(const h2_table *table, const h2_header *field, uint32_t guess)
{
    uint32_t name = guess;
    if (guess > H2_STATIC_COUNT)
        name = table->next - 1 - guess < table->count ? h2_table_at(table, guess).note.token : 0;
    const h2_static_entry *const entry = &h2_static_entries[name];
    const bool same = is_first(name) && entry->name_len == field->name_len &&
                      h2_octets_equal(h2_static_octets + entry->name, field->name, entry->name_len);
    return same ? name : h2_static_find_name(field);
}

uint32_t h2_encoder_static_name(const h2_table *table, const h2_header *field, uint32_t guess)
{
    return static_name_of(table, field, guess);
}

/* The first entry of the static table with the name of that one, 0 of 0. */
static inline uint32_t first_of_name(uint32_t static_name)
{
    if (static_name > H2_STATIC_LAST_OF_MANY) return static_name;
    while (static_name > 1 && h2_static_entries[static_name - 1].name == h2_static_entries[static_name].name)
        static_name--;
    return static_name;
}

/* The HPACK index of an entry by number, or 0 if it is gone. */
static inline uint32_t index_of(const h2_table *table, uint32_t entry)
{
    if (entry <= H2_STATIC_COUNT) return entry;
    const uint32_t age = table->next - 1 - entry;
    return age < table->count ? H2_STATIC_COUNT + 1 + age : 0;
}

bool h2_encoder_recall(const h2_table *table, h2_encoder_mark *mark, h2_encoder_hold *hold)
{
    mark->code = 0;
    mark->static_name = first_of_name(mark->static_name);
    if (index_of(table, mark->entry) == 0) mark->entry = 0;
    if (mark->entry > H2_STATIC_COUNT) {
        const h2_table_view entry = h2_table_at(table, mark->entry);
        mark->was = (h2_header){.name = entry.name,
                                .name_len = entry.name_len,
                                .value = entry.name + entry.name_len,
                                .value_len = entry.value_len};
        const uint32_t newest = table->next - 1;
        if (hold->oldest == 0 || newest - mark->entry > newest - hold->oldest) hold->oldest = mark->entry;
        return true;
    }
    const uint32_t at = mark->entry != 0 ? mark->entry : mark->static_name;
    if (at == 0) return false;
    const h2_static_entry *const entry = &h2_static_entries[at];
    /* Those without a value are equal to none: some of their names are secret. */
    if (entry->value_len == 0) mark->entry = 0;
    mark->was = (h2_header){.name = h2_static_octets + entry->name,
                            .name_len = entry->name_len,
                            .value = mark->entry == 0 ? NULL : h2_static_octets + entry->value,
                            .value_len = entry->value_len};
    return true;
}

/* Writes the fields from `at` on that are entries, up to the first that is none. Returns its place. */
static inline size_t write_entries(const h2_hpack_encoder *encoder, uint8_t **out,
                                   const h2_encoder_mark *marks, size_t at, size_t count, uint32_t **after)
{
    const uint32_t newest = encoder->table.next - 1, held = encoder->table.count;
    const uint32_t slots = encoder->index.cap - 1;
    uint32_t *const all = encoder->index.after, *noted = *after;
    uint8_t *to = *out;
    for (; at < count; at++) {
        const uint32_t entry = marks[at].entry;
        uint32_t known = entry, place = entry;
        if (entry > H2_STATIC_COUNT) {
            if (newest - entry >= held) break;
            known = H2_TABLE_FIRST_NUMBER + (newest - entry);
            place = H2_TABLE_FIRST_NUMBER + (entry & slots);
        } else if (entry == 0) {
            break;
        }
        *noted = entry;
        noted = &all[place];
        to = h2_integer_write(to, 0x80, 0x7f, known);
    }
    *after = noted;
    *out = to;
    return at;
}

/* What the next list has at that place if it repeats this one. That which must not be indexed is not looked for. */
static inline uint32_t expected(const h2_header *field, trace written)
{
    return field->flags & H2_HEADER_NEVER_INDEX ? 0 : written;
}

H2_APART static uint8_t *write_apart(h2_hpack_encoder *encoder, uint8_t *out, const h2_header *field,
                                     h2_encoder_mark *mark, const h2_field_note *note)
{
    trace written = 0;
    out = write_field(encoder, out, field, mark->static_name, note, &written);
    mark->entry = expected(field, written);
    return out;
}

/* The entry of the static table that is equal, or 0; most have a length that none has with that name. */
H2_APART static uint32_t search_static(const h2_header *field, uint32_t name)
{
    return h2_static_find(field, name);
}

static inline uint32_t find_static(const h2_header *field, uint32_t name)
{
    const h2_static_entry *const only = &h2_static_entries[name];
    if (name > H2_STATIC_LAST_OF_MANY && only->value_len != field->value_len) return 0;
    return search_static(field, name);
}

/* A field of a list that repeats the last one which is no entry. */
static inline uint8_t *write_renewed(h2_hpack_encoder *encoder, uint8_t *out, const h2_header *field,
                                     h2_encoder_mark *mark, const h2_field_note *note)
{
    mark->code = 0;
    const uint32_t name = mark->static_name;
    const h2_indexing indexing = indexing_of(encoder, field, name);
    if (indexing != H2_INDEXING_RETURNING) return write_apart(encoder, out, field, mark, note);
    mark->entry = find_static(field, name);
    if (mark->entry != 0) return h2_integer_write(out, 0x80, 0x7f, mark->entry);
    if (is_known(encoder, field, name)) return write_apart(encoder, out, field, mark, note);
    return write_literal(encoder, out, field, indexing, name);
}

/* What comes behind what is as it was. Codes of entries are good for as long as none is entered and none leaves. */
H2_APART static uint8_t *write_repeated(h2_hpack_encoder *encoder, uint8_t *out, const h2_header *fields,
                                        size_t count, const h2_encoder_hints *hints)
{
    const h2_table *const table = &encoder->table;
    const uint32_t next = table->next, held = table->count;
    h2_encoder_mark *const begin = hints->marks, *const end = begin + count;
    bool as_coded = hints->hold->coded == next;
    for (h2_encoder_mark *mark = begin; mark != end; mark++) {
        if (as_coded && mark->code != 0) {
            *out++ = mark->code;
            continue;
        }
        const uint32_t known = index_of(table, mark->entry);
        if (known != 0) {
            mark->code = known < 0x7f ? (uint8_t)(0x80 | known) : 0;
            out = h2_integer_write(out, 0x80, 0x7f, known);
        } else {
            const size_t at = (size_t)(mark - begin);
            out = write_renewed(encoder, out, &fields[at], mark, &hints->notes[at]);
            as_coded = as_coded && table->next == next && table->count == held;
        }
    }
    hints->hold->coded = next;
    return out;
}

static uint8_t *write_fields(h2_hpack_encoder *encoder, uint8_t *out, const h2_header *fields, size_t count,
                             const h2_encoder_hints *hints)
{
    const h2_table_index *const index = &encoder->index;
    h2_encoder_mark *const kept = hints->marks, *const marks = index->cap > 0 ? kept : NULL;
    uint32_t none = 0, *after = index->cap > 0 ? index->after : &none;
    bool as_marked = marks != NULL; /* so far: the next guess would be the one that the mark was made of */
    for (size_t i = 0; i < count; i++) {
        uint32_t entry = 1, static_name = 0;
        if (marks) {
            i = write_entries(encoder, &out, marks, i, count, &after);
            if (i == count) break;
            entry = marks[i].entry;
            static_name = marks[i].static_name;
        }
        if (entry != 0 || !as_marked) {
            h2_field_note unused;
            entry = h2_encoder_entry_of(&encoder->table, &fields[i], *after, &unused);
            if (entry == 0) static_name = static_name_of(&encoder->table, &fields[i], *after);
        }
        trace written = entry;
        const uint32_t known = index_of(&encoder->table, written);
        if (known != 0)
            out = h2_integer_write(out, 0x80, 0x7f, known);
        else
            out = write_field(encoder, out, &fields[i], static_name, hints->notes ? &hints->notes[i] : NULL,
                              &written);
        as_marked = as_marked && written == *after;
        *after = written;
        if (index->cap > 0) after = &index->after[h2_index_place(written, index->cap - 1)];
        if (kept) kept[i].entry = expected(&fields[i], written);
    }
    return out;
}

/* Memory. */

static bool reserve_octets(h2_hpack_encoder *encoder, size_t more)
{
    h2_table *const table = &encoder->table;
    const size_t limit = table->limit;
    if (table->octets_cap >= limit) return true;
    const size_t live = table->end - h2_table_begin(table);
    const size_t needed = more < limit - live ? live + more : limit;
    if (table->octets_cap > 0 && needed <= table->octets_cap) return true;
    /* A small table is moved to the front whenever its end is reached; a large one gets room to do so seldom. */
    size_t most = limit <= H2_TABLE_DEFAULT_SIZE ? limit : limit + limit / 4;
    if (most > UINT32_MAX) most = UINT32_MAX;
    size_t cap = (size_t)table->octets_cap * 2;
    if (cap < FIRST_OCTETS) cap = FIRST_OCTETS;
    if (cap < needed) cap = needed;
    if (cap > most) cap = most; /* at least 32 */
    return h2_table_reserve_octets(table, encoder->memory, (uint32_t)cap);
}

static bool reserve_seen(h2_hpack_encoder *encoder)
{
    const size_t size = H2_ENCODER_SEEN * sizeof *encoder->seen;
    if (encoder->seen != NULL || encoder->always_huffman) return true;
    encoder->seen = h2_alloc(encoder->memory, size);
    if (encoder->seen == NULL) return false;
    memset(encoder->seen, 0, size);
    return true;
}

H2_APART static bool reserve_more(h2_hpack_encoder *encoder, size_t count, size_t octets)
{
    h2_table *const table = &encoder->table;
    const uint32_t most = table->limit / H2_TABLE_ENTRY_OVERHEAD;
    const uint32_t entries = count < most - table->count ? table->count + (uint32_t)count : most;
    return reserve_seen(encoder) && reserve_octets(encoder, octets) &&
           h2_table_reserve_ring(table, encoder->memory, entries) &&
           h2_index_reserve(&encoder->index, table, encoder->memory);
}

/* Whether the table has whatever it can need for `count` fields of so many octets. */
static inline bool has_room(const h2_hpack_encoder *encoder, size_t count, size_t octets)
{
    const h2_table *const table = &encoder->table;
    return encoder->index.cap == table->ring_cap && octets <= table->octets_cap - h2_table_used(table) &&
           count < table->ring_cap - table->count;
}

/* Makes it so. False: no memory, and nothing has changed. */
static inline bool reserve(h2_hpack_encoder *encoder, size_t count, size_t octets)
{
    if (count == 0 || encoder->table.limit < H2_TABLE_ENTRY_OVERHEAD) return true;
    return has_room(encoder, count, octets) || reserve_more(encoder, count, octets);
}

/* The encoder. */

void h2_encoder_init(h2_hpack_encoder *encoder, h2_memory *memory, uint32_t table_size, bool always_huffman)
{
    *encoder = (h2_hpack_encoder){
        .memory = memory, .announced = H2_TABLE_DEFAULT_SIZE, .always_huffman = always_huffman};
    h2_table_init(&encoder->table, H2_TABLE_DEFAULT_SIZE);
    (void)h2_encoder_set_table_size(encoder, table_size);
}

void h2_encoder_release(h2_hpack_encoder *encoder)
{
    h2_free(encoder->memory, encoder->seen, H2_ENCODER_SEEN * sizeof *encoder->seen);
    h2_index_release(&encoder->index, encoder->memory);
    h2_table_release(&encoder->table, encoder->memory);
}

uint32_t h2_encoder_table_size(const h2_hpack_encoder *encoder)
{
    return encoder->table.limit;
}

H2_APART static h2_status encode_any(h2_hpack_encoder *encoder, const h2_header *fields, size_t count,
                                     const h2_encoder_hints *hints, uint8_t *out, size_t *len)
{
    if (!reserve(encoder, count, hints->octets)) return H2_ERROR_NO_MEMORY;
    const uint8_t *const begin = out;
    out = write_size_updates(encoder, out);
    const uint8_t *const end = hints->repeats ? write_repeated(encoder, out, fields, count, hints)
                                              : write_fields(encoder, out, fields, count, hints);
    *len = (size_t)(end - begin);
    return H2_OK;
}

h2_status h2_encoder_encode_known(h2_hpack_encoder *encoder, const h2_header *fields, size_t count,
                                  const h2_encoder_hints *hints, uint8_t *out, size_t *len)
{
    if (!hints->repeats || encoder->change_count > 0 || !has_room(encoder, count, hints->octets))
        return encode_any(encoder, fields, count, hints, out, len);
    *len = (size_t)(write_repeated(encoder, out, fields, count, hints) - out);
    return H2_OK;
}

h2_status h2_encoder_encode(h2_hpack_encoder *encoder, const h2_header *fields, size_t count, uint8_t *out,
                            size_t *len)
{
    const h2_encoder_hints hints = {.octets = h2_encoder_octets(fields, count)};

    return h2_encoder_encode_known(encoder, fields, count, &hints, out, len);
}

void h2_encoder_trim(h2_hpack_encoder *encoder)
{
    h2_index_release(&encoder->index, encoder->memory);
    h2_table_trim(&encoder->table, encoder->memory, 0);
}
