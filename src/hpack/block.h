/* One call of the decoder: what is known while a block is decoded, and what is done with a string or a field wherever it is
 * decoded. Private to the decoder. */
#ifndef H2_HPACK_BLOCK_H
#define H2_HPACK_BLOCK_H

#include "base/octets_padded.h"
#include "hpack/copy.h"
#include "hpack/decoder.h"
#include "hpack/huffman.h"
#include "hpack/static_table.h"

#include <string.h>

enum {
    H2_BLOCK_PIECE = 32, /* octets copied at once */
    H2_BLOCK_SLACK =
        32, /* octets of an allocation behind what it holds: for pieces, checks, the Huffman decoder */
    H2_BLOCK_PLACES = 32,        /* fields, the first of a list, of which it is known where they are from */
    H2_BLOCK_FIELD_OVERHEAD = 32 /* what a field counts besides its octets (RFC 9113 section 10.5.1) */
};

/* Where a field of a list is from, if it stands there still. */
typedef struct h2_field_source {
    uint32_t entry; /* index in the static table, or number in the dynamic one; 0: none, or it is not known */
    uint32_t cost;  /* octets that count */
} h2_field_source;

/* One call's state. */
typedef struct h2_block {
    h2_hpack_decoder *decoder;
    const h2_block_limits *limits;
    const uint8_t *end;
    h2_header *fields;        /* the list */
    h2_field_note *notes;     /* of each */
    h2_field_source *sources; /* of those in front, and behind them of the last list */
    size_t count;             /* fields; 0 once the list is given up */
    size_t most;              /* that there may be without more ado; 0 once it is given up */
    size_t places;            /* whose sources can be known: of `most` those in front */
    size_t known;             /* fields up to the last one whose source is known */
    size_t left; /* octets that may still come, as they count: of hard_list_size once the list is given up */
    size_t scratch_used;
    h2_decode_result verdict; /* not H2_DECODE_OK: the list is given up */
    h2_decode_result failure; /* why decoding stops where a function says that it does */
} h2_block;

/* A string as it stands in the block. */
typedef struct h2_block_string {
    const uint8_t *octets;
    uint32_t len;
    bool huffman;
    size_t bound; /* octets that it stands for, at most */
} h2_block_string;

/* Forgets where fields of the last list are from, from that one on. */
void h2_block_forget_sources(h2_hpack_decoder *decoder, size_t from);

static inline void h2_block_forget(h2_hpack_decoder *decoder, size_t from)
{
    if (from < decoder->recalled) h2_block_forget_sources(decoder, from);
}

static inline void h2_block_put(h2_block *b, const h2_header *field, h2_field_note note)
{
    const size_t at = b->count++;
    b->fields[at] = *field;
    b->notes[at] = note;
    b->sources[at % H2_BLOCK_PLACES].entry = 0; /* that of another place is forgotten for nothing */
    b->left -= field->name_len + field->value_len + H2_BLOCK_FIELD_OVERHEAD;
}

/* The entry of a table with that index; false when there is none. */
static inline bool h2_block_find(const h2_table *table, uint32_t index, h2_header *field, h2_field_note *note)
{
    if (index <= H2_STATIC_COUNT) {
        const h2_static_entry *const entry = &h2_static_entries[index];
        field->name = h2_static_octets + entry->name;
        field->name_len = entry->name_len;
        field->value = h2_static_octets + entry->value;
        field->value_len = entry->value_len;
        *note = (h2_field_note){.token = entry->token, .clean = 1};
        return index != 0;
    }
    const uint32_t age = index - H2_STATIC_COUNT - 1;
    if (age >= table->count) return false;
    const h2_table_view view = h2_table_at(table, table->next - 1 - age);
    field->name = view.name;
    field->name_len = view.name_len;
    field->value = view.name + view.name_len;
    field->value_len = view.value_len;
    *note = view.note;
    return true;
}

/* What is to be known of a name that is spelled; is_plain: that it has no special octet is known. */
static inline h2_field_note h2_note_of_name(const char *octets, size_t len, bool is_plain)
{
    const uint8_t token = h2_token_of(octets, len);
    return (h2_field_note){.token = token,
                           .clean = h2_token_is_known(token) || is_plain || h2_name_is_clean(octets, len)};
}

/* The same of a name that is referred to, by the note of its entry: that can be unclean by its value. */
static inline h2_field_note h2_note_of_reference(h2_field_note note, const char *octets, size_t len)
{
    if (!note.clean) note.clean = h2_name_is_clean(octets, len);
    return note;
}

/* Copies without a look at what lies beyond, which may be read and written for H2_BLOCK_PIECE octets. Never a call: most strings
 * are short, and what a compiler makes of a memcpy with a bound may be slow to begin. */
static inline void h2_copy_octets(uint8_t *out, const void *from, size_t len)
{
    const uint8_t *at = from;
    uint8_t piece[H2_BLOCK_PIECE / 2], other[H2_BLOCK_PIECE / 2];
    for (;; len -= H2_BLOCK_PIECE, at += H2_BLOCK_PIECE, out += H2_BLOCK_PIECE) {
        memcpy(piece, at, sizeof piece);
        memcpy(other, at + sizeof piece, sizeof other);
        memcpy(out, piece, sizeof piece);
        memcpy(out + sizeof piece, other, sizeof other);
        if (len <= H2_BLOCK_PIECE) return;
    }
}

/* Writes what a string of an input that ends at `end` stands for; *visible as h2_huffman_decode has it. Returns what
 * follows, or NULL: the block is broken. */
static inline uint8_t *h2_write_string(const uint8_t *end, const h2_block_string *s, uint8_t *out,
                                       bool *visible)
{
    if (s->huffman) return h2_huffman_decode(s->octets, s->len, end, out, visible);
    *visible = false;
    if ((size_t)(end - s->octets) >= s->len + (size_t)H2_BLOCK_PIECE)
        h2_copy_octets(out, s->octets, s->len);
    else if (s->len <= 16)
        h2_copy_string(out, (const char *)s->octets, s->len);
    else
        h2_copy_pieces(out, s->octets, s->len);
    return out + s->len;
}

/* Fields, for as long as lengths and indices are short and nothing is in the way. Returns where something else is to be
 * done, or NULL: decoding stops. */
const uint8_t *h2_plain_fields(h2_block *b, const uint8_t *at);

#endif
