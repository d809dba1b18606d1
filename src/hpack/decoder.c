/* Decoding of header blocks (RFC 7541 sections 3, 4 and 6): one whole block in, one list of fields with notes out.
 * Knows nothing of frames, streams, or what a field means.
 *
 * Octets that the list points to do not move or change while a block is decoded, but for the two allocations that may
 * grow, and then the list is led after them. So the table's octets are only added to; what was evicted goes between
 * blocks. Once a list has grown too large it is given up, and the table alone is kept in step. */
#include "hpack/block.h"
#include "hpack/integer.h"

#include <string.h>

enum {
    FIRST_FIELDS = 16,
    FIRST_OCTETS = 256
};

/* The name of a literal: a reference to a table, or a string. */
typedef struct name {
    bool is_static, is_dynamic;
    const char *octets; /* of the static table */
    uint32_t number;    /* in the dynamic table, whose octets may move */
    h2_field_note note; /* of what is referred to */
    h2_block_string spelled;
    size_t bound;
} name;

static bool fail(h2_block *b, h2_decode_result failure)
{
    b->failure = failure;
    return false;
}

/* The list. */

enum {
    SOURCES = H2_BLOCK_PLACES * sizeof(h2_field_source)
};

static size_t size_of_fields(size_t cap)
{
    return cap > 0 ? SOURCES + cap * (sizeof(h2_header) + sizeof(h2_field_note)) : 0;
}

static inline size_t places_of(size_t fields)
{
    return fields < H2_BLOCK_PLACES ? fields : H2_BLOCK_PLACES;
}

/* Where the allocation of a list begins that is there. */
static inline h2_field_source *sources_before(h2_header *fields)
{
    return (h2_field_source *)(void *)fields - H2_BLOCK_PLACES;
}

static inline h2_field_source *sources_of(const h2_hpack_decoder *decoder)
{
    return decoder->fields_cap > 0 ? sources_before(decoder->fields) : NULL;
}

void h2_block_forget_sources(h2_hpack_decoder *decoder, size_t from)
{
    h2_field_source *const sources = sources_before(decoder->fields);
    for (size_t at = from; at < decoder->recalled; at++)
        sources[at].entry = 0;
    decoder->recalled = from;
}

static void give_up(h2_block *b, h2_decode_result verdict)
{
    b->verdict = verdict;
    b->count = b->most = b->places = 0;
    b->left += b->limits->hard_list_size - b->limits->list_size;
}

/* A field of that cost is too large. False: decoding stops. */
static bool pass_limit(h2_block *b, size_t cost)
{
    if (b->verdict != H2_DECODE_OK) return fail(b, H2_DECODE_FAR_TOO_LARGE);
    give_up(b, H2_DECODE_TOO_LARGE);
    if (b->limits->stop_at_list_size) return fail(b, H2_DECODE_TOO_LARGE);
    return cost <= b->left || fail(b, H2_DECODE_FAR_TOO_LARGE);
}

/* Judges a field before anything is done for it. False: decoding stops. */
static inline bool is_within_limit(h2_block *b, size_t cost)
{
    return cost <= b->left || pass_limit(b, cost);
}

/* There is no room for another field: gives up if there must be none. False: decoding stops. */
static bool make_room(h2_block *b)
{
    h2_hpack_decoder *const decoder = b->decoder;
    if (b->verdict != H2_DECODE_OK) return true;
    const size_t count = decoder->fields_cap; /* all are taken */
    if (count >= b->limits->fields) {
        give_up(b, H2_DECODE_TOO_MANY_FIELDS);
        return true;
    }
    size_t cap = count > 0 ? count * 2 : FIRST_FIELDS;
    if (cap > b->limits->fields) cap = b->limits->fields;
    h2_field_source *const sources = h2_alloc(decoder->memory, size_of_fields(cap));
    if (!sources) return fail(b, H2_DECODE_NO_MEMORY);
    h2_header *const fields = (h2_header *)(void *)(sources + H2_BLOCK_PLACES);
    h2_field_note *const notes = (h2_field_note *)(fields + cap);
    if (count > 0) {
        memcpy(sources, b->sources, SOURCES);
        memcpy(fields, b->fields, count * sizeof *fields);
        memcpy(notes, b->notes, count * sizeof *notes);
    } else {
        memset(sources, 0, SOURCES);
    }
    h2_free(decoder->memory, b->sources, size_of_fields(count));
    decoder->fields = fields;
    decoder->fields_cap = cap;
    b->sources = sources;
    b->fields = fields;
    b->notes = notes;
    b->most = cap;
    b->places = places_of(cap);
    return true;
}

/* Appends a field whose size has been judged. False: decoding stops. */
static inline bool store(h2_block *b, const h2_header *field, h2_field_note note)
{
    if (b->count == b->most && !make_room(b)) return false;
    if (b->verdict == H2_DECODE_OK)
        h2_block_put(b, field, note);
    else
        b->left -= field->name_len + field->value_len + H2_BLOCK_FIELD_OVERHEAD;
    return true;
}

/* Room for octets. */

/* The list's pointers into `from` become pointers into `to`. */
static void lead(const h2_block *b, const uint8_t *from, size_t cap, const uint8_t *to)
{
    for (size_t i = 0; i < b->count; i++) {
        h2_header *const field = &b->fields[i];
        const uintptr_t name_at = (uintptr_t)field->name - (uintptr_t)from;
        const uintptr_t value_at = (uintptr_t)field->value - (uintptr_t)from;
        if (name_at < cap) field->name = (const char *)to + name_at;
        if (value_at < cap) field->value = (const char *)to + value_at;
    }
}

/* The next size of an allocation of which `needed` octets will be used, and more than `ceiling` never. */
static size_t next_cap(size_t cap, size_t needed, size_t ceiling)
{
    size_t next = cap > needed / 2 && cap <= SIZE_MAX / 2 ? cap * 2 : needed;
    if (next < FIRST_OCTETS) next = FIRST_OCTETS;
    if (next > ceiling) next = ceiling;
    return next < needed ? needed : next;
}

/* An allocation in the place of another of which `used` octets count; NULL when there is no memory. */
static uint8_t *move_octets(const h2_block *b, uint8_t *octets, size_t used, size_t old_cap, size_t cap)
{
    h2_memory *const memory = b->decoder->memory;
    uint8_t *const moved = h2_alloc(memory, cap);
    if (!moved) return NULL;
    if (used > 0) memcpy(moved, octets, used);
    if (octets) lead(b, octets, old_cap, moved);
    h2_free(memory, octets, old_cap);
    return moved;
}

/* Room for `more` octets, H2_BLOCK_SLACK among them, behind the table's. False: decoding stops. */
static bool make_table_room(h2_block *b, size_t more)
{
    h2_table *const table = &b->decoder->table;
    /* Nothing points to the table yet, or any more. */
    if (b->count == 0) h2_table_slide(table);
    h2_block_forget(b->decoder, b->count);
    const size_t used = h2_table_used(table);
    if (more <= table->octets_cap - used) return true;
    if (more > UINT32_MAX - used) return fail(b, H2_DECODE_NO_MEMORY);
    const size_t list_size = b->limits->list_size;
    const size_t ceiling =
        list_size < UINT32_MAX / 2 ? list_size + table->limit + H2_BLOCK_SLACK : UINT32_MAX;
    size_t cap = next_cap(table->octets_cap, used + more, ceiling);
    if (cap > UINT32_MAX) cap = UINT32_MAX;
    uint8_t *const octets = move_octets(b, table->octets, used, table->octets_cap, cap);
    if (!octets) return fail(b, H2_DECODE_NO_MEMORY);
    table->octets = octets;
    table->octets_cap = (uint32_t)cap;
    return true;
}

static bool make_scratch_room(h2_block *b, size_t more)
{
    h2_hpack_decoder *const decoder = b->decoder;
    const size_t list_size = b->limits->list_size;
    const size_t ceiling = list_size < SIZE_MAX - H2_BLOCK_SLACK ? list_size + H2_BLOCK_SLACK : SIZE_MAX;
    const size_t cap = next_cap(decoder->scratch_cap, b->scratch_used + more, ceiling);
    uint8_t *const scratch = move_octets(b, decoder->scratch, b->scratch_used, decoder->scratch_cap, cap);
    if (!scratch) return fail(b, H2_DECODE_NO_MEMORY);
    decoder->scratch = scratch;
    decoder->scratch_cap = cap;
    return true;
}

/* Literals. */

/* Reads where a string stands. NULL: the block is broken. */
static inline const uint8_t *read_string(const h2_block *b, const uint8_t *at, h2_block_string *s)
{
    if (at == b->end) return NULL;
    s->huffman = (*at & 0x80) != 0;
    at = h2_integer_read(at, b->end, 0x7f, &s->len);
    if (!at || s->len > (size_t)(b->end - at)) return NULL;
    s->octets = at;
    s->bound = s->huffman ? h2_huffman_decoded_bound(s->len) : s->len;
    return at + s->len;
}

/* Reads what the name is. NULL: the block is broken. */
static inline const uint8_t *read_name(const h2_block *b, const uint8_t *at, uint32_t mask, name *n)
{
    uint32_t index;
    at = h2_integer_read(at, b->end, mask, &index);
    if (!at) return NULL;
    n->is_static = n->is_dynamic = false;
    if (index == 0) {
        at = read_string(b, at, &n->spelled);
        if (at) n->bound = n->spelled.bound;
        return at;
    }
    if (index <= H2_STATIC_COUNT) {
        const h2_static_entry *const entry = &h2_static_entries[index];
        n->is_static = true;
        n->octets = h2_static_octets + entry->name;
        n->bound = entry->name_len;
        n->note = (h2_field_note){.token = entry->token, .clean = 1};
        return at;
    }
    const h2_table *const table = &b->decoder->table;
    const uint32_t age = index - H2_STATIC_COUNT - 1;
    if (age >= table->count) return NULL;
    n->is_dynamic = true;
    n->number = table->next - 1 - age;
    const h2_table_view view = h2_table_at(table, n->number);
    n->bound = view.name_len;
    n->note = view.note;
    return at;
}

/* Makes the bound exact. False: the block is broken. */
static bool measure(const h2_block *b, h2_block_string *s)
{
    if (s->huffman) s->bound = h2_huffman_decoded_len(s->octets, s->len, b->end);
    return s->bound != SIZE_MAX;
}

static const char *referred_name(const h2_block *b, const name *n)
{
    return n->is_static ? n->octets : h2_table_at(&b->decoder->table, n->number).name;
}

/* What is to be known of a literal, which stands in front of octets that may be read. */
static h2_field_note note_of(const name *n, const h2_header *field)
{
    h2_field_note note = n->is_static || n->is_dynamic
                             ? h2_note_of_reference(n->note, field->name, field->name_len)
                             : h2_note_of_name(field->name, field->name_len, false);
    note.clean &= h2_value_is_clean_padded(field->value, field->value_len);
    return note;
}

/* A literal that is entered into the table: it is decoded where it will stay. False: decoding stops. */
static bool enter(h2_block *b, const name *n, const h2_block_string *value, unsigned flags)
{
    h2_table *const table = &b->decoder->table;
    const size_t need = n->bound + value->bound + H2_BLOCK_SLACK;
    if (need > table->octets_cap - h2_table_used(table) && !make_table_room(b, need)) return false;
    if (table->count + 1 >= table->ring_cap &&
        !h2_table_reserve_ring(table, b->decoder->memory, table->count + 1))
        return fail(b, H2_DECODE_NO_MEMORY);
    uint8_t *const octets = h2_table_tail(table);
    uint8_t *name_end;
    bool visible;
    if (n->is_static || n->is_dynamic) {
        h2_copy_octets(octets, referred_name(b, n), n->bound);
        name_end = octets + n->bound;
    } else {
        name_end = h2_write_string(b->end, &n->spelled, octets, &visible);
        if (!name_end) return false;
    }
    const uint8_t *const value_end = h2_write_string(b->end, value, name_end, &visible);
    if (!value_end) return false;
    const h2_header field = {.name = (const char *)octets,
                             .name_len = (size_t)(name_end - octets),
                             .value = (const char *)name_end,
                             .value_len = (size_t)(value_end - name_end),
                             .flags = flags};
    if (field.name_len > H2_TABLE_MAX_NAME) return fail(b, H2_DECODE_NO_MEMORY);
    const h2_field_note note = note_of(n, &field);
    h2_table_push(table, (uint32_t)field.name_len, (uint32_t)field.value_len, note);
    return store(b, &field, note);
}

/* A literal that is not entered. False: decoding stops. */
static bool keep(h2_block *b, const name *n, const h2_block_string *value, unsigned flags)
{
    h2_hpack_decoder *const decoder = b->decoder;
    const size_t need = n->bound + value->bound + H2_BLOCK_SLACK;
    if (need > decoder->scratch_cap - b->scratch_used && !make_scratch_room(b, need)) return false;
    uint8_t *octets = decoder->scratch + b->scratch_used;
    h2_header field = {.flags = flags};
    bool visible;
    if (n->is_static || n->is_dynamic) {
        field.name = referred_name(b, n);
        field.name_len = n->bound;
    } else {
        field.name = (const char *)octets;
        octets = h2_write_string(b->end, &n->spelled, octets, &visible);
        if (!octets) return false;
        field.name_len = (size_t)((const char *)octets - field.name);
    }
    field.value = (const char *)octets;
    octets = h2_write_string(b->end, value, octets, &visible);
    if (!octets) return false;
    field.value_len = (size_t)((const char *)octets - field.value);
    b->scratch_used = (size_t)(octets - decoder->scratch);
    return store(b, &field, note_of(n, &field));
}

/* A literal whose bounds say that it may be too large for the list or for the table, or one that comes after the list
 * was given up. Nothing is stored before it is known to fit. False: decoding stops. */
static bool weigh_literal(h2_block *b, name *n, h2_block_string *value, bool indexing, unsigned flags)
{
    if (!n->is_static && !n->is_dynamic) {
        if (!measure(b, &n->spelled)) return false;
        n->bound = n->spelled.bound;
    }
    if (!measure(b, value)) return false;
    const size_t cost = n->bound + value->bound + H2_BLOCK_FIELD_OVERHEAD;
    if (!is_within_limit(b, cost)) return false;
    h2_table *const table = &b->decoder->table;
    if (indexing && cost <= table->limit) return enter(b, n, value, flags);
    bool going_on = true;
    if (b->verdict == H2_DECODE_OK)
        going_on = keep(b, n, value, flags);
    else
        b->left -= cost;
    if (indexing) h2_table_evict(table, 0);
    return going_on;
}

/* Any literal. NULL: decoding stops. */
static const uint8_t *literal(h2_block *b, const uint8_t *at)
{
    const bool indexing = (*at & 0x40) != 0;
    const unsigned flags = !indexing && *at & 0x10 ? H2_HEADER_NEVER_INDEX : 0;
    if (!indexing && *at & 0x20) return NULL; /* a size update behind a field */
    name n;
    h2_block_string value;
    at = read_name(b, at, indexing ? 0x3f : 0x0f, &n);
    if (at) at = read_string(b, at, &value);
    if (!at) return NULL;
    const size_t most = n.bound + value.bound + H2_BLOCK_FIELD_OVERHEAD;
    bool going_on;
    if (b->verdict != H2_DECODE_OK || most > b->left || (indexing && most > b->decoder->table.limit))
        going_on = weigh_literal(b, &n, &value, indexing, flags);
    else if (indexing)
        going_on = enter(b, &n, &value, flags);
    else
        going_on = keep(b, &n, &value, flags);
    return going_on ? at : NULL;
}

/* The other representations. */

/* An indexed field. NULL: decoding stops. */
static const uint8_t *indexed(h2_block *b, const uint8_t *at)
{
    uint32_t index;
    at = h2_integer_read(at, b->end, 0x7f, &index);
    h2_header field = {.flags = 0};
    h2_field_note note;
    if (!at || !h2_block_find(&b->decoder->table, index, &field, &note)) return NULL;
    if (!is_within_limit(b, field.name_len + field.value_len + H2_BLOCK_FIELD_OVERHEAD)) return NULL;
    return store(b, &field, note) ? at : NULL;
}

/* Table size updates stand in front of the first field (section 4.2). NULL: the block is broken. */
static const uint8_t *read_size_updates(h2_block *b, const uint8_t *at)
{
    h2_hpack_decoder *const decoder = b->decoder;
    for (size_t count = 0; at != b->end && (*at & 0xe0) == 0x20; count++) {
        uint32_t size;
        at = h2_integer_read(at, b->end, 0x1f, &size);
        if (!at || count == b->limits->size_updates || size > decoder->max_table_size) return NULL;
        decoder->table.limit = size;
        h2_table_evict(&decoder->table, size);
    }
    return at;
}

/* NULL: decoding stops. */
static const uint8_t *read_fields(h2_block *b, const uint8_t *at)
{
    while (at && at != b->end) {
        const uint8_t *const before = at;
        at = h2_plain_fields(b, at);
        if (at == before) at = *at >> 7 == 1 ? indexed(b, at) : literal(b, at);
    }
    return at;
}

/* The decoder. */

void h2_decoder_init(h2_hpack_decoder *decoder, h2_memory *memory, uint32_t max_table_size)
{
    *decoder = (h2_hpack_decoder){.memory = memory, .max_table_size = max_table_size};
    h2_table_init(&decoder->table, H2_TABLE_DEFAULT_SIZE);
}

static void release_list(h2_hpack_decoder *decoder)
{
    h2_free(decoder->memory, sources_of(decoder), size_of_fields(decoder->fields_cap));
    h2_free(decoder->memory, decoder->scratch, decoder->scratch_cap);
    decoder->fields = NULL;
    decoder->scratch = NULL;
    decoder->recalled = 0;
    decoder->fields_cap = decoder->scratch_cap = 0;
}

void h2_decoder_release(h2_hpack_decoder *decoder)
{
    release_list(decoder);
    h2_table_release(&decoder->table, decoder->memory);
}

void h2_decoder_set_max_table_size(h2_hpack_decoder *decoder, uint32_t size)
{
    decoder->max_table_size = size;
}

uint32_t h2_decoder_max_table_size(const h2_hpack_decoder *decoder)
{
    return decoder->max_table_size;
}

uint32_t h2_decoder_table_size(const h2_hpack_decoder *decoder)
{
    return decoder->table.limit;
}

/* Frees what evicted entries held once that is most of what is used, so that blocks seldom need to. */
static inline void tidy_table(h2_hpack_decoder *decoder)
{
    h2_table *const table = &decoder->table;
    if (table->count > 0 && h2_table_used(table) <= table->octets_cap / 4 * 3) return;
    h2_table_slide(table);
    if (table->count > 0) h2_block_forget(decoder, 0);
}

/* There is no list; of one that was begun nothing is known. */
static h2_decode_result give_none(h2_hpack_decoder *decoder, h2_decode_result result)
{
    decoder->recalled = places_of(decoder->fields_cap);
    h2_block_forget(decoder, 0);
    return result;
}

h2_decode_result h2_decoder_decode(h2_hpack_decoder *decoder, const uint8_t *octets, size_t len,
                                   const h2_block_limits *limits, h2_field_list *out)
{
    h2_huffman_expect();
    const size_t cap = decoder->fields_cap, most = cap < limits->fields ? cap : limits->fields;
    h2_block b = {
        .decoder = decoder,
        .limits = limits,
        .end = len > 0 ? octets + len : octets,
        .fields = decoder->fields,
        .notes = cap > 0 ? (h2_field_note *)(decoder->fields + cap) : NULL,
        .sources = sources_of(decoder),
        .most = most,
        .places = places_of(most),
        .left = limits->list_size,
        .verdict = H2_DECODE_OK,
        .failure = H2_DECODE_BROKEN,
    };
    *out = (h2_field_list){.fields = NULL};
    if (h2_table_is_packed(&decoder->table) && !h2_table_unpack(&decoder->table, decoder->memory))
        return H2_DECODE_NO_MEMORY;
    tidy_table(decoder);
    const bool whole = len == 0 || read_fields(&b, read_size_updates(&b, octets));
    if (!whole) return give_none(decoder, b.failure);
    if (decoder->table.limit > decoder->max_table_size) return give_none(decoder, H2_DECODE_BROKEN);
    if (b.verdict != H2_DECODE_OK) return give_none(decoder, b.verdict);
    h2_block_forget(decoder, b.known);
    decoder->recalled = b.known;
    if (b.count > 0) *out = (h2_field_list){.fields = b.fields, .notes = b.notes, .count = b.count};
    return H2_DECODE_OK;
}

void h2_decoder_fields_changed(h2_hpack_decoder *decoder, size_t from)
{
    h2_block_forget(decoder, from);
}

void h2_decoder_trim(h2_hpack_decoder *decoder)
{
    release_list(decoder);
    if (h2_table_is_packed(&decoder->table)) return;
    h2_table_trim(&decoder->table, decoder->memory, H2_BLOCK_SLACK);
    h2_table_pack(&decoder->table, decoder->memory);
}
