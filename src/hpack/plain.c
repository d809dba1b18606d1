/* What nearly all fields of a block are, decoded with nothing that need be in memory. Everything else, and all that is
 * judged, is left to decoder.c (RFC 7541 section 6). */
#include "base/attributes.h"
#include "hpack/block.h"

enum {
    SHORT_INDICES = 126 /* the highest that one octet can be */
};

/* An indexed field for a place where another one stands. False: there is no such entry. */
static inline bool put_indexed(const h2_block *b, size_t at, uint32_t index, uint32_t entry)
{
    h2_header found = {.flags = 0};
    if (!h2_block_find(&b->decoder->table, index, &found, &b->notes[at])) return false;
    b->fields[at] = found;
    const size_t cost = found.name_len + found.value_len + H2_BLOCK_FIELD_OVERHEAD;
    b->sources[at] = (h2_field_source){.entry = entry, .cost = (uint32_t)cost};
    return true;
}

/* Indexed fields whose indices have one octet, the first of which stands at `at`, behind the places that are recalled. */
H2_APART static const uint8_t *read_indexed(h2_block *b, const uint8_t *at)
{
    if (b->count == b->most) return at;
    const h2_table *const table = &b->decoder->table;
    const uint8_t *const end = b->end;
    const h2_header *const last = b->fields + b->most;
    h2_header *field = b->fields + b->count;
    h2_field_note *note = b->notes + b->count;
    size_t left = b->left;
    for (; at != end && field != last; at++, field++, note++) {
        const uint32_t index = *at ^ 0x80U;
        h2_header found = {.flags = 0};
        h2_field_note known;
        if (index > SHORT_INDICES || !h2_block_find(table, index, &found, &known)) break;
        const size_t cost = found.name_len + found.value_len + H2_BLOCK_FIELD_OVERHEAD;
        if (cost > left) break;
        left -= cost;
        *field = found;
        *note = known;
    }
    b->count = (size_t)(note - b->notes);
    b->left = left;
    return at;
}

/* The same in those places: fields that stand there since the last list are left there. */
static inline const uint8_t *read_recalled(h2_block *b, const uint8_t *at)
{
    if (b->count >= b->places) return read_indexed(b, at);
    const h2_table *const table = &b->decoder->table;
    const uint32_t all = H2_STATIC_COUNT + table->count;
    /* Numbers that begin anew could be taken for indices of the static table: until none is so low, those entries are left to
     * decoder.c. */
    const uint32_t most_indices = table->next > all ? SHORT_INDICES : H2_STATIC_COUNT;
    const uint32_t indices = all < most_indices ? all : most_indices;
    const uint32_t before = table->next + H2_STATIC_COUNT;
    const uint8_t *const end = b->end;
    const h2_field_source *const sources = b->sources;
    const size_t places = b->places;
    size_t left = b->left, count = b->count;
    for (; at != end && count != places; at++, count++) {
        const uint32_t index = *at - 0x80U;
        if (index - 1 >= indices) break;
        const uint32_t entry = index <= H2_STATIC_COUNT ? index : before - index;
        if (sources[count].entry != entry && !put_indexed(b, count, index, entry)) break;
        if (sources[count].cost > left) break;
        left -= sources[count].cost;
    }
    b->count = b->known = count;
    b->left = left;
    return at;
}

/* Literals that stand in the block as they are, name and value of less than 127 octets, and are not entered: as those write
 * who do not compress. */
H2_APART static const uint8_t *read_raw(h2_block *b, const uint8_t *at)
{
    enum {
        FRAMING = 3
    };
    h2_hpack_decoder *const decoder = b->decoder;
    const uint8_t *const end = b->end;
    if (!decoder->scratch || b->count == b->most) return at;
    h2_block_forget(decoder, b->count);
    char *octets = (char *)decoder->scratch + b->scratch_used;
    h2_header *field = b->fields + b->count;
    const h2_header *const full = b->fields + b->most;
    h2_field_note *to = b->notes + b->count;
    size_t left = b->left, space = decoder->scratch_cap - b->scratch_used;
    while (end - at > FRAMING && (*at & 0xef) == 0 && field != full) {
        const size_t name_len = at[1];
        if (name_len - 1 >= 126 || (size_t)(end - at) < name_len + FRAMING) break;
        const char *const name_at = (const char *)at + 2, *const value = name_at + name_len + 1;
        const size_t value_len = at[2 + name_len], len = name_len + value_len;
        if (value_len >= 127 || (size_t)(end - at) < len + FRAMING + H2_OCTETS_PADDING) break;
        if (len + H2_BLOCK_FIELD_OVERHEAD > left || len + H2_BLOCK_SLACK > space) break;
        const bool is_plain = h2_plain_name_copy_padded(octets, name_at, name_len);
        h2_field_note note = h2_note_of_name(octets, name_len, is_plain);
        note.clean &= h2_value_copy_padded(octets + name_len, value, value_len);
        *field++ = (h2_header){.name = octets,
                               .name_len = name_len,
                               .value = octets + name_len,
                               .value_len = value_len,
                               .flags = *at & 0x10 ? H2_HEADER_NEVER_INDEX : 0};
        *to++ = note;
        at += len + FRAMING;
        octets += len;
        space -= len;
        left -= len + H2_BLOCK_FIELD_OVERHEAD;
    }
    b->count = (size_t)(field - b->fields);
    b->left = left;
    b->scratch_used = decoder->scratch_cap - space;
    return at;
}

/* A literal as it stands in the block. */
typedef struct plain {
    bool indexing;
    uint32_t index; /* of the name; 0: it is spelled */
    h2_block_string spelled, value;
    unsigned flags;
    const char *name; /* if it is not spelled */
    size_t name_len;  /* at most, if it is spelled */
    h2_field_note note;
} plain;

/* An integer of at most two octets from `at`, which is before `end`. NULL: it is cut or longer. */
static inline const uint8_t *short_integer(const uint8_t *at, const uint8_t *end, uint32_t mask,
                                           uint32_t *value)
{
    *value = *at++ & mask;
    if (*value < mask) return at;
    if (at == end || *at > 127) return NULL;
    *value += *at++;
    return at;
}

/* Reads where a string stands. NULL: it is cut, or something is in the way. */
static inline const uint8_t *short_string(const uint8_t *at, const uint8_t *end, h2_block_string *s)
{
    if (at == end) return NULL;
    s->huffman = *at > 127;
    at = short_integer(at, end, 0x7f, &s->len);
    if (!at || s->len > (size_t)(end - at)) return NULL;
    s->octets = at;
    s->bound = s->huffman ? h2_huffman_decoded_bound(s->len) : s->len;
    return at + s->len;
}

/* Octets that a literal may take where it goes, H2_BLOCK_SLACK among them. */
static inline size_t room_of(const h2_block *b, bool indexing)
{
    const h2_hpack_decoder *const decoder = b->decoder;
    const h2_table *const table = &decoder->table;
    if (!indexing) return decoder->scratch_cap - b->scratch_used;
    return table->count + 1 < table->ring_cap ? table->octets_cap - h2_table_used(table) : 0;
}

/* Reads what a literal is. Returns what follows it, or NULL: it is cut, broken, or something is in the way. */
static inline const uint8_t *read_plain(const h2_block *b, const uint8_t *at, plain *p)
{
    p->indexing = (*at & 0x40) != 0;
    if (!p->indexing && *at & 0x20) return NULL;
    p->flags = !p->indexing && *at & 0x10 ? H2_HEADER_NEVER_INDEX : 0;
    at = short_integer(at, b->end, p->indexing ? 0x3f : 0x0f, &p->index);
    if (!at) return NULL;
    if (p->index == 0) {
        at = short_string(at, b->end, &p->spelled);
        if (!at) return NULL;
        p->name = NULL;
        p->name_len = p->spelled.bound;
    } else {
        h2_header field;
        if (!h2_block_find(&b->decoder->table, p->index, &field, &p->note)) return NULL;
        p->name = field.name;
        p->name_len = field.name_len;
        p->spelled = (h2_block_string){.len = 0};
    }
    return short_string(at, b->end, &p->value);
}

/* Whether nothing need be judged, given up or grown for it. */
static inline bool fits(const h2_block *b, const plain *p)
{
    const size_t most = p->name_len + p->value.bound;
    return b->count != b->most && most + H2_BLOCK_FIELD_OVERHEAD <= b->left &&
           (!p->indexing || most + H2_BLOCK_FIELD_OVERHEAD <= b->decoder->table.limit) &&
           most + H2_BLOCK_SLACK <= room_of(b, p->indexing);
}

/* Writes the name to `octets` if it is not to stay where it is. Returns what follows, or NULL: the block is broken. */
static inline uint8_t *write_name(const h2_block *b, plain *p, uint8_t *octets)
{
    if (p->index != 0) {
        p->note = h2_note_of_reference(p->note, p->name, p->name_len);
        if (!p->indexing) return octets;
        h2_copy_octets(octets, p->name, p->name_len);
        p->name = (const char *)octets;
        return octets + p->name_len;
    }
    bool visible;
    uint8_t *const end = h2_write_string(b->end, &p->spelled, octets, &visible);
    if (!end) return NULL;
    p->name = (const char *)octets;
    p->name_len = (size_t)(end - octets);
    p->note = h2_note_of_name(p->name, p->name_len, false);
    return end;
}

/* Whether a value without octets below space is clean. */
static inline bool has_clean_ends(const char *value, size_t len)
{
    return len == 0 || ((uint8_t)value[0] > ' ' && (uint8_t)value[len - 1] > ' ');
}

/* Apart, since what it needs in registers would have to be brought back after each call. */
H2_APART static bool is_clean(const char *value, size_t len)
{
    return h2_value_is_clean_padded(value, len);
}

/* A literal with lengths below 255 that surely fits where it goes. Returns what follows it; `at` itself when something is in
 * the way, and then nothing was done; or NULL: the block is broken. */
static inline const uint8_t *read_literal(h2_block *b, const uint8_t *at)
{
    h2_table *const table = &b->decoder->table;
    plain p;
    const uint8_t *const next = read_plain(b, at, &p);
    if (!next || !fits(b, &p)) return at;
    uint8_t *const octets = p.indexing ? h2_table_tail(table) : b->decoder->scratch + b->scratch_used;
    uint8_t *const value = write_name(b, &p, octets);
    bool visible = true;
    const uint8_t *const end = value ? h2_write_string(b->end, &p.value, value, &visible) : NULL;
    if (!end) return NULL;
    const size_t value_len = (size_t)(end - value);
    p.note.clean &=
        visible ? has_clean_ends((const char *)value, value_len) : is_clean((const char *)value, value_len);
    if (p.indexing)
        h2_table_push(table, (uint32_t)p.name_len, (uint32_t)value_len, p.note);
    else
        b->scratch_used = (size_t)(end - b->decoder->scratch);
    const h2_header field = {.name = p.name,
                             .name_len = p.name_len,
                             .value = (const char *)value,
                             .value_len = value_len,
                             .flags = p.flags};
    h2_block_put(b, &field, p.note);
    return next;
}

const uint8_t *h2_plain_fields(h2_block *b, const uint8_t *at)
{
    const uint8_t *const end = b->end;
    while (at != end) {
        const uint8_t *const before = at;
        const uint8_t first = *at;
        if (first >> 7 == 1) {
            at = read_recalled(b, at);
        } else {
            if ((first & 0xef) == 0) at = read_raw(b, at);
            if (at == before) at = read_literal(b, at);
        }
        if (!at || at == before) break;
    }
    return at;
}
