/* Encoding of header blocks (RFC 7541 sections 4.2 and 6). Knows nothing of frames or of what a field means,
 * but for the tokens of names that are not worth indexing. */
#ifndef H2_HPACK_ENCODER_H
#define H2_HPACK_ENCODER_H

#include "hpack/huffman.h"
#include "hpack/index.h"
#include "hpack/integer.h"

#include <h2/hpack.h>

enum {
    H2_SHORT_COOKIE = 20,         /* octets; a shorter one can be guessed from how it compresses */
    H2_ENCODER_LONGEST = 1 << 28, /* octets of a string, so that its code has a length of 32 bits */
    H2_ENCODER_SIZE_CHANGES = 8,
    H2_ENCODER_SEEN = 64 /* fields that are remembered without being entered */
};

/* Defined here so that a connection can embed it; the members are the encoder's own. */
struct h2_hpack_encoder {
    h2_table table;
    h2_memory *memory;
    h2_table_index index;
    /* Of fields that are entered once they have come again, by hash; NULL before anything is, and where all is at
     * once. */
    uint16_t *seen;                            /* [H2_ENCODER_SEEN] */
    uint64_t entered;                          /* places of them that were entered: a bit for each */
    uint32_t announced;                        /* the size that the peer's decoder has been told */
    uint32_t changes[H2_ENCODER_SIZE_CHANGES]; /* of the size, not announced yet */
    uint8_t change_count;
    bool always_huffman;
};

void h2_encoder_init(h2_hpack_encoder *encoder, h2_memory *memory, uint32_t table_size, bool always_huffman);
void h2_encoder_release(h2_hpack_encoder *encoder);
h2_status h2_encoder_set_table_size(h2_hpack_encoder *encoder, uint32_t size);
uint32_t h2_encoder_table_size(const h2_hpack_encoder *encoder);

/* Octets of all names and values; SIZE_MAX when that, or one of them, is too many to be encoded. False: a name or a value
 * that has octets is NULL. */
static inline bool h2_encoder_measure(const h2_header *fields, size_t count, size_t *octets)
{
    uint64_t sum = 0;
    size_t any = 0;
    for (size_t i = 0; i < count; i++) {
        const h2_header *const field = &fields[i];
        if (field->name == NULL && field->name_len > 0) return false;
        if (field->value == NULL && field->value_len > 0) return false;
        any |= field->name_len | field->value_len;
        sum += field->name_len + field->value_len;
    }
    *octets = any < H2_ENCODER_LONGEST && sum < SIZE_MAX ? (size_t)sum : SIZE_MAX;
    return true;
}

static inline size_t h2_encoder_octets(const h2_header *fields, size_t count)
{
    size_t octets;
    return h2_encoder_measure(fields, count, &octets) ? octets : SIZE_MAX;
}

/* Octets that a block can take at most, in one of the policies. */
static inline size_t h2_encoder_bound_in(size_t count, size_t octets, bool always_huffman)
{
    const size_t most = SIZE_MAX / 8; /* of each sum, so that what is made of it below fits */
    const size_t field_octets = 1 + 3 * H2_INTEGER_MAX_OCTETS + (always_huffman ? 2 : 0);
    if (octets > most || count > most / field_octets) return SIZE_MAX;
    return H2_ENCODER_SIZE_CHANGES * H2_INTEGER_MAX_OCTETS + H2_HUFFMAN_ENCODE_SLACK + count * field_octets +
           (always_huffman ? h2_huffman_encoded_bound(octets) : octets);
}

/* Octets that the next block can take at most if it has these fields, what may be written behind it included; SIZE_MAX
 * when that is too many. At most h2_hpack_encode_bound, and much less in the policy that chooses. octets: as
 * h2_encoder_octets. */
static inline size_t h2_encoder_bound(const h2_hpack_encoder *encoder, size_t count, size_t octets)
{
    return encoder->always_huffman ? h2_encoder_bound_in(count, octets, true)
                                   : h2_encoder_bound_in(count, octets, false);
}

/* The same in either policy. */
static inline size_t h2_encoder_bound_either(size_t count, size_t octets)
{
    return h2_encoder_bound_in(count, octets, true);
}

/* What an encoder knows of a field. */
typedef struct h2_encoder_mark {
    uint32_t entry; /* the number of an entry that is equal, or 0 */
    uint32_t
        static_name; /* an entry of the static table with that name, the first where there is none; or 0 */
    /* From here on of a field of the last list, once it was recalled: as the encoder's tables have it; the value
     * is NULL where only the name is known. */
    h2_header was;
    uint8_t code; /* the entry as it was written, if in one octet; or 0 */
} h2_encoder_mark;

/* How long what is known of the last list is good. */
typedef struct h2_encoder_hold {
    const uint8_t *octets;
    uint32_t base;
    uint32_t oldest; /* of the entries that are pointed into, or 0 */
    uint32_t coded;  /* the number that the next entry had when entries were written */
} h2_encoder_hold;

/* What is known of a list that is to be encoded. */
typedef struct h2_encoder_hints {
    /* Of each field, with no other call on the encoder since; or NULL. Encoding makes them what these two take for the
     * next list. */
    h2_encoder_mark *marks;
    bool
        repeats; /* they are those of the last list, without the entries and codes of fields with a new value */
    h2_encoder_hold *hold;      /* of that, if so */
    const h2_field_note *notes; /* of each field, or NULL */
    size_t octets;              /* as h2_encoder_octets */
} h2_encoder_hints;

/* What an encoder looks into. A copy is good while the encoder does not change, and may stay in registers. */
typedef struct h2_encoder_view {
    h2_table table;
    const uint32_t *after;
    uint32_t slots; /* one less than there are */
} h2_encoder_view;

static inline h2_encoder_view h2_encoder_look(const h2_hpack_encoder *encoder)
{
    return (h2_encoder_view){.table = encoder->table,
                             .after = encoder->index.cap > 0 ? encoder->index.after : h2_index_nothing,
                             .slots = encoder->index.cap - 1};
}

/* The static_name of a field that is not what was guessed. */
uint32_t h2_encoder_static_name(const h2_table *table, const h2_header *field, uint32_t guess);

/* Looks for a field where the list before had it: its entry, or 0 with *entered as it was. entered: what was told of the
 * field when it was entered, with the index of its name in the static table for a token. */
static inline uint32_t h2_encoder_entry_of(const h2_table *table, const h2_header *field, uint32_t guess,
                                           h2_field_note *entered)
{
    *entered = (h2_field_note){.token = (uint8_t)guess, .clean = 1};
    const bool equal = guess > H2_STATIC_COUNT ? h2_index_guess_entry(table, field, guess, entered)
                                               : h2_index_guess_static(field, guess);
    return equal && !(field->flags & H2_HEADER_NEVER_INDEX) ? guess : 0;
}

/* Marks a field; *guess is view.after[0] for the first of a list, and becomes what it is for the next. note: what was told
 * of the field when it was entered, where it is found. */
static inline void h2_encoder_recognize(const h2_encoder_view *view, const h2_header *field, uint32_t *guess,
                                        h2_encoder_mark *mark, h2_field_note *note)
{
    const uint32_t entry = h2_encoder_entry_of(&view->table, field, *guess, note);
    mark->entry = entry;
    if (entry != 0) {
        mark->static_name = note->token;
        note->token = h2_static_entries[note->token].token;
    } else {
        *note = (h2_field_note){.token = H2_TOKEN_NONE, .clean = 0};
        mark->static_name = h2_encoder_static_name(&view->table, field, *guess);
    }
    *guess = view->after[h2_index_place(*guess, view->slots)];
}

static inline h2_encoder_hold h2_encoder_take_hold(const h2_table *table)
{
    return (h2_encoder_hold){.octets = table->octets, .base = table->base, .coded = table->next - 1};
}

static inline bool h2_encoder_holds(const h2_table *table, const h2_encoder_hold *hold)
{
    return hold->octets == table->octets && hold->base == table->base &&
           (hold->oldest == 0 || table->next - 1 - hold->oldest < table->count);
}

/* Looks up what a field was, by its mark: its value is NULL where only the name is known, and the mark has no entry then.
 * False: not even that is. */
bool h2_encoder_recall(const h2_table *table, h2_encoder_mark *mark, h2_encoder_hold *hold);

static inline bool h2_encoder_has_name(const h2_header *was, const h2_header *field)
{
    return was->name_len == field->name_len && h2_octets_equal(was->name, field->name, field->name_len);
}

/* Whether a field with the same name is that over again. */
static inline bool h2_encoder_repeats(const h2_header *was, const h2_header *field)
{
    return was->value_len == field->value_len && was->value != NULL &&
           h2_octets_equal(was->value, field->value, field->value_len) &&
           !(field->flags & H2_HEADER_NEVER_INDEX);
}

/* As h2_encoder_encode, octet for octet. */
h2_status h2_encoder_encode_known(h2_hpack_encoder *encoder, const h2_header *fields, size_t count,
                                  const h2_encoder_hints *hints, uint8_t *out, size_t *len);

/* out has room for h2_encoder_bound octets. H2_OK, or H2_ERROR_NO_MEMORY with the encoder unchanged. */
h2_status h2_encoder_encode(h2_hpack_encoder *encoder, const h2_header *fields, size_t count, uint8_t *out,
                            size_t *len);

/* Gives back what only encoding needs. */
void h2_encoder_trim(h2_hpack_encoder *encoder);

#endif
