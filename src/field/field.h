/* The rules for the fields of a message (RFC 9113 sections 8.2 and 8.3, RFC 8441): check, normalise, query.
 * Knows nothing of streams or frames. */
#ifndef H2_FIELD_FIELD_H
#define H2_FIELD_FIELD_H

#include "base/buffer.h"
#include "base/policy.h"
#include "base/token.h"
#include "hpack/encoder.h"

#include <h2/fields.h>

#include <string.h>

enum {
    H2_FIELD_MESSAGE = 256
}; /* octets of h2_error_info.message */

/* What to judge a list by. */
typedef struct h2_field_context {
    h2_block_kind kind;
    bool outbound;
    bool protocol_allowed; /* ENABLE_CONNECT_PROTOCOL is in force; only strict rules ask */
    const h2_policy *policy;
} h2_field_context;

/* What a list has, by its notes. A bit of a set is a token. */
typedef struct h2_field_survey {
    unsigned seen, again;           /* tokens that are there, and those that come more than once */
    unsigned late;                  /* pseudo-fields behind another field */
    bool clean;                     /* all are H2_FIELD_CLEAN */
    uint32_t place[H2_TOKEN_COUNT]; /* of the last field with a token, but for H2_TOKEN_NONE */
} h2_field_survey;

void h2_field_look(const h2_field_note *notes, size_t count, h2_field_survey *survey);

enum {
    H2_FIELDS_RECALLED = 24
};

/* What was seen of the last list: the next one often is alike. Zeroed is of none. */
typedef struct h2_field_recall {
    h2_field_survey survey;
    uint32_t count;    /* 0: of no list */
    unsigned ordinary; /* as what it has an ordinary set of fields, a bit for each h2_block_kind */
    h2_field_note notes[H2_FIELDS_RECALLED];
} h2_field_recall;

/* h2_field_look for a list whose notes are not those of the last one. */
const h2_field_survey *h2_field_look_anew(h2_field_recall *last, const h2_field_note *notes, size_t count);

/* h2_field_look; what it returns is `last`'s, or NULL: the list is too long for that. */
static inline const h2_field_survey *h2_field_look_again(h2_field_recall *last, const h2_field_note *notes,
                                                         size_t count)
{
    enum {
        AT_ONCE = sizeof(uint64_t) / sizeof *notes
    };
    if (count != last->count || count < AT_ONCE) return h2_field_look_anew(last, notes, count);
    uint64_t differ = 0;
    for (size_t at = 0; at < count; at += AT_ONCE) {
        const size_t from = at <= count - AT_ONCE ? at : count - AT_ONCE;
        uint64_t now, then;
        memcpy(&now, notes + from, sizeof now);
        memcpy(&then, last->notes + from, sizeof then);
        differ |= now ^ then;
    }
    return differ == 0 ? &last->survey : h2_field_look_anew(last, notes, count);
}

/* The same field by field: the next one, at `at`, joins what was seen. *regular: whether one was no pseudo-field. */
static inline void h2_field_look_on(h2_field_survey *survey, bool *regular, size_t at, h2_field_note note)
{
    if (note.clean != 1) survey->clean = false;
    *regular = *regular || note.token == H2_TOKEN_NONE || note.token > H2_TOKEN_OTHER_PSEUDO;
    if (note.token == H2_TOKEN_NONE) return;
    const unsigned bit = 1U << note.token;
    if (*regular && note.token <= H2_TOKEN_OTHER_PSEUDO) survey->late |= bit;
    survey->again |= survey->seen & bit;
    survey->seen |= bit;
    survey->place[note.token] = (uint32_t)at;
}

static inline bool h2_field_has(const h2_field_survey *survey, h2_token token)
{
    return survey->seen >> token & 1;
}

static inline bool h2_field_repeats(const h2_field_survey *survey, h2_token token)
{
    return survey->again >> token & 1;
}

/* Whether a list is one of those that no rule can have anything against, as nearly all are. False says nothing:
 * h2_field_check judges. */
bool h2_field_is_ordinary(const h2_header *fields, const h2_field_survey *survey,
                          const h2_field_context *context);

/* The same of a list whose survey is that of `last`. */
bool h2_field_is_ordinary_again(const h2_header *fields, h2_field_recall *last,
                                const h2_field_context *context);

/* Judges a list; `notes` NULL: they are worked out. False: broken, message (H2_FIELD_MESSAGE octets) says how, in the
 * wording of h2 for the rules that h2 has; in plain words octets are quoted as C does, and of what is to be sent it is not
 * said that it was received. */
bool h2_field_check(const h2_header *fields, const h2_field_note *notes, size_t count,
                    const h2_field_context *context, char *message);

/* The table of block kinds and pseudo-fields, a row as text; row 0 names the columns. False past the last. */
bool h2_field_rule_row(size_t row, char *out, size_t cap);

/* Of the leading pseudo-fields the first :status, or NULL. */
const h2_header *h2_field_find_status(const h2_header *fields, size_t count);

static inline bool h2_field_is_status(const h2_header *field)
{
    return field->name_len == 7 && memcmp(field->name, ":status", 7) == 0;
}

/* Whether that begins with "1"; most lists begin with it. */
static inline bool h2_field_is_informational(const h2_header *fields, size_t count)
{
    const h2_header *const status =
        count > 0 && h2_field_is_status(fields) ? fields : h2_field_find_status(fields, count);
    return status != NULL && status->value_len > 0 && status->value[0] == '1';
}

/* The value of the first field with that token, or NULL. `notes` as above. */
const h2_header *h2_field_find(const h2_header *fields, const h2_field_note *notes, size_t count,
                               uint8_t token);

/* Whether there is a field and its value is `text`, octet for octet. */
static inline bool h2_field_value_is(const h2_header *field, const char *text)
{
    const size_t len = strlen(text);
    if (field == NULL || field->value_len != len) return false;
    /* Most differ at once, and a call costs more. */
    for (size_t i = 0; i < len; i++)
        if (field->value[i] != text[i]) return false;
    return true;
}

/* The two questions above and below, to a list that was looked at; `survey` NULL: it was not. */
static inline const h2_header *h2_field_find_in(const h2_header *fields, const h2_field_note *notes,
                                                size_t count, const h2_field_survey *survey, h2_token token)
{
    if (survey == NULL || h2_field_repeats(survey, token))
        return h2_field_find(fields, notes, count, (uint8_t)token);
    return h2_field_has(survey, token) ? &fields[survey->place[token]] : NULL;
}

/* Whether content-length is seen at once: *length as it was where there is none, or a number that is sure to fit. */
static inline bool h2_field_length_at_once(const h2_header *fields, const h2_field_survey *survey,
                                           uint64_t *length)
{
    enum {
        FITTING = 18
    };
    if (survey == NULL || h2_field_repeats(survey, H2_TOKEN_CONTENT_LENGTH)) return false;
    if (!h2_field_has(survey, H2_TOKEN_CONTENT_LENGTH)) return true;
    const h2_header *const field = &fields[survey->place[H2_TOKEN_CONTENT_LENGTH]];
    uint64_t sum = 0;
    if (field->value_len == 0 || field->value_len > FITTING) return false;
    for (size_t i = 0; i < field->value_len; i++) {
        const unsigned digit = (unsigned char)field->value[i] - (unsigned)'0';
        if (digit > 9) return false;
        sum = sum * 10 + digit;
    }
    *length = sum;
    return true;
}

h2_status h2_field_length_in(const h2_header *fields, const h2_field_note *notes, size_t count,
                             const h2_field_survey *survey, const h2_policy *policy, bool *found,
                             uint64_t *length, char *message);

/* Content-length of a list: H2_OK with *found and *length (saturated at 2^63-1), or H2_ERROR_PROTOCOL with a message in
 * the wording of h2: a value that is no number, or two that differ (as numbers, or as octets by policy). */
h2_status h2_field_content_length(const h2_header *fields, const h2_field_note *notes, size_t count,
                                  const h2_policy *policy, bool *found, uint64_t *length, char *message);

/* Joins the cookie fields of a received list into one, never indexed, at the end, in place; the joined value is put into
 * `space`, which is emptied first. A list without cookies is untouched. False when there is no memory: untouched. */
bool h2_field_join_cookies(h2_header *fields, h2_field_note *notes, size_t *count, h2_buffer *space,
                           h2_memory *memory);

/* The same for a list with one cookie field only, at that place. */
void h2_field_move_cookie(h2_header *fields, h2_field_note *notes, size_t at, size_t count);

/* Reusable room for an outbound list, and what is known of the last one: lists repeat. Zeroed is empty. */
typedef struct h2_field_work {
    h2_buffer fields; /* h2_header[] */
    h2_buffer space;
    h2_buffer notes;        /* h2_field_note[], one for each field of the list told last */
    h2_buffer marks;        /* h2_encoder_mark[], where that list is the caller's own */
    h2_field_survey survey; /* of that list */
    size_t repeatable;      /* how many fields it has, if another one may repeat it; or 0 */
    bool split_cookies;     /* what it was made for */
    unsigned ordinary;      /* as what it is ordinary, a bit for each h2_block_kind */
    bool measured;          /* `length` is what the list announces as a response to a plain request */
    uint64_t length;        /* of the body, or H2_NO_LENGTH */
    bool recalled;          /* the marks tell that list as the encoder's tables have it */
    h2_encoder_hold hold;   /* how long that is good */
} h2_field_work;

/* What h2_field_check takes for the list that h2_field_normalize_outbound has told last. */
static inline const h2_field_note *h2_field_work_notes(const h2_field_work *work)
{
    return (const h2_field_note *)(const void *)work->notes.data;
}

/* What the encoder has recognized, where h2_field_normalize_outbound has told the caller's own list. */
static inline h2_encoder_mark *h2_field_work_marks(const h2_field_work *work)
{
    return (h2_encoder_mark *)(void *)work->marks.data;
}

void h2_field_work_free(h2_field_work *work, h2_memory *memory);

/* encoder: the one that the list is for, asked for what it has seen already. The list to send: the caller's own where
 * nothing needs changing, or a list in `work`, valid until the next use of it. False when there is no memory. */
bool h2_field_normalize_outbound(h2_field_work *work, h2_memory *memory, const h2_hpack_encoder *encoder,
                                 bool split_cookies, const h2_header **fields, size_t *count);

/* Whether the list has the names of the one that was told last, which went out as it was, and goes out as it is: then what
 * `work` holds is of this one, and *octets as h2_encoder_octets. False says nothing: octets may even be NULL. */
bool h2_field_list_repeats(h2_field_work *work, const h2_hpack_encoder *encoder, bool split_cookies,
                           const h2_header *fields, size_t count, size_t *octets);

/* Another list goes to the encoder: its entries may take the numbers that the one told last had, which none repeats then. */
static inline void h2_field_work_forget(h2_field_work *work)
{
    work->repeatable = 0;
}

/* Whether h2_field_is_ordinary was true of the list that was told last, or of one that it repeats with the same
 * pseudo-fields. */
static inline bool h2_field_work_was_ordinary(const h2_field_work *work, h2_block_kind kind)
{
    return work->ordinary >> kind & 1;
}

static inline void h2_field_work_note_length(h2_field_work *work, uint64_t length)
{
    work->length = length;
    work->measured = true;
}

static inline void h2_field_work_note_ordinary(h2_field_work *work, h2_block_kind kind)
{
    work->ordinary |= 1U << kind;
}

#endif
