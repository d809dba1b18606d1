/* How lists of fields are changed: before they are sent (RFC 9113 sections 8.2 and 8.2.2, RFC 7541 section 7.1.3), in the
 * steps of Python's h2, and after they were received (RFC 9113 section 8.2.3). All of it is linear in the list. */
#include "base/attributes.h"
#include "base/octets.h"
#include "field/field.h"
#include "field/rules.h"
#include "hpack/index.h"

#include <string.h>

enum {
    LONGEST_TOKEN = 19
};

/* Where a changed list goes. What finds no room is counted and not written. */
typedef struct sink {
    h2_header *fields;
    size_t field_room, count;
    char *space; /* for names that are lower-cased */
    size_t space_room, used;
    h2_field_note *notes; /* NULL: none are wanted */
    size_t note_room;
    bool same; /* nothing has changed so far */
} sink;

/* Before sending. */

static bool is_upper(char octet)
{
    return octet >= 'A' && octet <= 'Z';
}

static char lower(char octet)
{
    return is_upper(octet) ? (char)(octet + ('a' - 'A')) : octet;
}

/* What bytes.strip of Python takes off. */
static bool is_space(char octet)
{
    return octet == ' ' || (octet >= '\t' && octet <= '\r');
}

static void strip(const char **octets, size_t *len)
{
    while (*len > 0 && is_space((*octets)[*len - 1]))
        --*len;
    while (*len > 0 && is_space((*octets)[0])) {
        ++*octets;
        --*len;
    }
}

static bool has_upper(const char *octets, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (is_upper(octets[i])) return true;
    return false;
}

static uint8_t token_of_lowered(const char *name, size_t len)
{
    char lowered[LONGEST_TOKEN];

    if (len > LONGEST_TOKEN) return h2_token_of(name, len);
    for (size_t i = 0; i < len; i++)
        lowered[i] = lower(name[i]);
    return h2_token_of(lowered, len);
}

static bool is_secret(uint8_t token, size_t value_len)
{
    return token == H2_TOKEN_AUTHORIZATION || token == H2_TOKEN_PROXY_AUTHORIZATION ||
           (token == H2_TOKEN_COOKIE && value_len < H2_SHORT_COOKIE);
}

static void lower_name(sink *to, h2_header *field)
{
    const size_t at = to->used;

    to->used += field->name_len;
    if (to->used > to->space_room) return;
    for (size_t i = 0; i < field->name_len; i++)
        to->space[at + i] = lower(field->name[i]);
    field->name = to->space + at;
}

static void write_field(sink *to, const h2_header *field, h2_field_note note)
{
    if (to->count < to->field_room) to->fields[to->count] = *field;
    if (to->notes && to->count < to->note_room) to->notes[to->count] = note;
    to->count++;
}

/* A field whose name is in order. */
static void normalize_value(sink *to, const h2_header *given, uint8_t token)
{
    h2_header field = *given;

    strip(&field.value, &field.value_len);
    if (h2_field_is_connection_specific(token)) {
        to->same = false;
        return;
    }
    if (is_secret(token, field.value_len)) field.flags |= H2_HEADER_NEVER_INDEX;
    if (field.value_len != given->value_len || field.flags != given->flags) to->same = false;

    const bool clean = to->notes && h2_value_is_clean(field.value, field.value_len);
    write_field(to, &field,
                (h2_field_note){.token = token, .clean = clean ? H2_FIELD_CLEAN : H2_FIELD_UNKNOWN});
}

/* Whether nothing about the field needs changing, as with nearly all; its name is in order. Tokens from COOKIE on are
 * those that are changed or dropped, TE excepted. */
static bool is_in_order(const h2_header *field, uint8_t token)
{
    if (token >= H2_TOKEN_COOKIE && token != H2_TOKEN_TE) return false;
    return field->value_len == 0 ||
           !(is_space(field->value[0]) || is_space(field->value[field->value_len - 1]));
}

static void normalize_field(sink *to, const h2_header *given)
{
    if (h2_name_is_clean(given->name, given->name_len)) {
        const uint8_t token = h2_token_of(given->name, given->name_len);
        if (!is_in_order(given, token)) {
            normalize_value(to, given, token);
            return;
        }
        const bool clean = to->notes && h2_value_is_clean(given->value, given->value_len);
        write_field(to, given,
                    (h2_field_note){.token = token, .clean = clean ? H2_FIELD_CLEAN : H2_FIELD_UNKNOWN});
        return;
    }

    h2_header field = *given;
    const bool lowered = has_upper(field.name, field.name_len);
    strip(&field.name, &field.name_len);
    const uint8_t token =
        lowered ? token_of_lowered(field.name, field.name_len) : h2_token_of(field.name, field.name_len);
    if (lowered && !h2_field_is_connection_specific(token)) lower_name(to, &field);
    if (lowered || field.name_len != given->name_len) to->same = false;

    const size_t at = to->count;
    normalize_value(to, &field, token);
    if (to->notes && to->count > at && at < to->note_room && !h2_name_is_clean(field.name, field.name_len)) {
        to->notes[at].clean = H2_FIELD_UNKNOWN;
    }
}

/* A field for each crumb of a cookie; crumbs are parted by "; ". */
static void split_cookie(sink *to, const h2_header *cookie)
{
    h2_header crumb = *cookie;
    size_t at = 0;

    for (size_t i = 0; i + 1 < cookie->value_len; i++) {
        if (cookie->value[i] != ';' || cookie->value[i + 1] != ' ') continue;
        crumb.value = cookie->value + at;
        crumb.value_len = i - at;
        normalize_field(to, &crumb);
        to->same = false;
        at = i + 2;
        i++;
    }
    crumb.value = at ? cookie->value + at : cookie->value;
    crumb.value_len = cookie->value_len - at;
    normalize_field(to, &crumb);
}

static bool is_cookie(const h2_header *field)
{
    return field->name_len == 6 && token_of_lowered(field->name, 6) == H2_TOKEN_COOKIE;
}

static void normalize_list(sink *to, const h2_header *fields, size_t count, bool split_cookies)
{
    to->same = true;
    to->count = to->used = 0;
    for (size_t i = 0; i < count; i++) {
        if (split_cookies && is_cookie(&fields[i]))
            split_cookie(to, &fields[i]);
        else
            normalize_field(to, &fields[i]);
    }
}

/* Room for `size` octets in a buffer whose contents no longer count. */
static inline bool make_room(h2_buffer *buffer, h2_memory *memory, size_t count, size_t size)
{
    if (count > SIZE_MAX / size) return false;
    buffer->len = 0;
    return count * size <= buffer->cap || h2_buffer_reserve(buffer, memory, count * size);
}

/* Whether a field with that token, whose name and value are in order, goes out as it is. */
static inline bool may_stay(const h2_header *field, bool split_cookies, uint8_t token)
{
    if (token < H2_TOKEN_COOKIE) return true;
    if (h2_field_is_connection_specific(token)) return false;
    if (token == H2_TOKEN_COOKIE && split_cookies) return false;
    return !is_secret(token, field->value_len) || (field->flags & H2_HEADER_NEVER_INDEX);
}

/* A field that nobody has judged. A name of HPACK's static table is in order and has its token there, so that one lookup
 * tells all. False: the field may need changing. */
H2_APART static bool note_in_order(const h2_header *field, bool split_cookies, uint32_t known,
                                   h2_field_note *note)
{
    if (known == 0 && !h2_name_is_clean(field->name, field->name_len)) return false;
    const uint8_t token = known ? h2_static_entries[known].token : h2_token_of(field->name, field->name_len);
    if (!may_stay(field, split_cookies, token)) return false;
    const bool clean = h2_value_is_clean(field->value, field->value_len);
    if (!clean && (is_space(field->value[0]) || is_space(field->value[field->value_len - 1]))) return false;
    *note = (h2_field_note){.token = token, .clean = clean ? H2_FIELD_CLEAN : H2_FIELD_UNKNOWN};
    return true;
}

/* Whether it is seen at once that nothing needs changing, as with nearly all lists. Tells what the encoder knows of all
 * fields, for they may stay as they are all the same, and what we know of them. */
static bool note_list_in_order(const h2_header *fields, size_t count, bool split_cookies,
                               const h2_hpack_encoder *encoder, h2_field_work *work)
{
    h2_field_note *const notes = (h2_field_note *)(void *)work->notes.data;
    h2_encoder_mark *const marks = h2_field_work_marks(work);
    h2_field_survey *const survey = &work->survey;
    const h2_encoder_view view = h2_encoder_look(encoder);
    uint32_t guess = view.after[0];
    bool in_order = true, regular = false;
    survey->seen = survey->again = survey->late = 0;
    survey->clean = true;
    for (size_t i = 0; i < count; i++) {
        h2_field_note note;
        h2_encoder_recognize(&view, &fields[i], &guess, &marks[i], &note);
        if (note.token == H2_TOKEN_NONE && note.clean == H2_FIELD_CLEAN) { /* most are */
            regular = true;
            notes[i] = note;
            continue;
        }
        if (in_order) {
            in_order = note.clean == H2_FIELD_CLEAN
                           ? may_stay(&fields[i], split_cookies, note.token)
                           : note_in_order(&fields[i], split_cookies, marks[i].static_name, &note);
        }
        notes[i] = note;
        h2_field_look_on(survey, &regular, i, note);
    }
    return in_order;
}

/* A list that may need changing; it is `*list` so far. */
H2_APART static bool change_list(h2_field_work *work, h2_memory *memory, bool split_cookies,
                                 const h2_header **list, size_t *list_count)
{
    const h2_header *const fields = *list;
    const size_t count = *list_count;
    h2_field_note *const notes = (h2_field_note *)(void *)work->notes.data;
    sink to = {.notes = notes, .note_room = count};
    normalize_list(&to, fields, count, split_cookies);
    if (to.same) {
        h2_field_look(notes, count, &work->survey);
        return true;
    }

    if (!make_room(&work->fields, memory, to.count, sizeof(h2_header)) ||
        !make_room(&work->space, memory, to.used, 1) ||
        !make_room(&work->notes, memory, to.count, sizeof(h2_field_note))) {
        return false;
    }
    to = (sink){.fields = (h2_header *)(void *)work->fields.data,
                .field_room = to.count,
                .space = (char *)work->space.data,
                .space_room = to.used,
                .notes = (h2_field_note *)(void *)work->notes.data,
                .note_room = to.count};
    normalize_list(&to, fields, count, split_cookies);
    *list = to.fields;
    *list_count = to.count;
    h2_field_look(to.notes, to.count, &work->survey);
    return true;
}

bool h2_field_normalize_outbound(h2_field_work *work, h2_memory *memory, const h2_hpack_encoder *encoder,
                                 bool split_cookies, const h2_header **fields, size_t *count)
{
    work->repeatable = 0;
    work->ordinary = 0;
    work->measured = work->recalled = false;
    if (!make_room(&work->notes, memory, *count, sizeof(h2_field_note)) ||
        !make_room(&work->marks, memory, *count, sizeof(h2_encoder_mark))) {
        return false;
    }
    if (!note_list_in_order(*fields, *count, split_cookies, encoder, work))
        return change_list(work, memory, split_cookies, fields, count);
    work->repeatable = *count;
    work->split_cookies = split_cookies;
    return true;
}

/* Looks the last list up anew. False: a name is not known any more. */
H2_APART static bool recall_list(h2_field_work *work, const h2_table *table)
{
    h2_encoder_mark *const marks = h2_field_work_marks(work);
    work->recalled = false;
    work->hold = h2_encoder_take_hold(table);
    for (size_t i = 0; i < work->repeatable; i++)
        if (!h2_encoder_recall(table, &marks[i], &work->hold)) return false;
    work->recalled = true;
    return true;
}

/* A field with the name that the last list had at its place, but another value, as far as is known. Whether it goes out as
 * it is, and its value is clean. */
static inline bool renew(h2_field_work *work, const h2_table *table, const h2_header *field, size_t at)
{
    h2_encoder_mark *const mark = &h2_field_work_marks(work)[at];
    const uint8_t token = h2_field_work_notes(work)[at].token;
    if (mark->was.value == NULL && mark->entry != 0) { /* entered when it was written */
        if (!h2_encoder_recall(table, mark, &work->hold)) return false;
        if (h2_encoder_repeats(&mark->was, field)) return true;
    }
    if (field->value_len >= H2_ENCODER_LONGEST || !may_stay(field, work->split_cookies, token)) return false;
    if (!h2_value_is_clean(field->value, field->value_len)) return false;
    mark->entry = 0;
    mark->was.value = NULL;
    mark->code = 0;
    if (token == H2_TOKEN_CONTENT_LENGTH || h2_token_is_pseudo(token)) work->measured = false;
    /* What the static table has is as ordinary as what it takes the place of. */
    if (h2_token_is_pseudo(token)) work->ordinary = 0;
    return true;
}

bool h2_field_list_repeats(h2_field_work *work, const h2_hpack_encoder *encoder, bool split_cookies,
                           const h2_header *fields, size_t count, size_t *octets)
{
    const h2_table *const table = &encoder->table;
    if (count != work->repeatable || split_cookies != work->split_cookies || fields == NULL) return false;
    const bool is_held = work->recalled && h2_encoder_holds(table, &work->hold);
    if (!is_held && !recall_list(work, table)) return false;
    const h2_encoder_mark *mark = h2_field_work_marks(work);
    const h2_header *const end = fields + count;
    uint64_t sum = 0;
    for (const h2_header *field = fields; field != end; field++, mark++) {
        if (field->name == NULL || field->value == NULL) return false;
        sum += field->name_len + field->value_len;
        if (!h2_encoder_has_name(&mark->was, field)) return false;
        if (h2_encoder_repeats(&mark->was, field)) continue;
        if (!renew(work, table, field, (size_t)(field - fields))) return false;
    }
    *octets = sum < SIZE_MAX ? (size_t)sum : SIZE_MAX;
    return count > 0;
}

void h2_field_work_free(h2_field_work *work, h2_memory *memory)
{
    h2_buffer_free(&work->fields, memory);
    h2_buffer_free(&work->space, memory);
    h2_buffer_free(&work->notes, memory);
    h2_buffer_free(&work->marks, memory);
}

/* After receiving. */

static bool is_cookie_at(const h2_header *fields, const h2_field_note *notes, size_t i)
{
    return (notes ? notes[i].token : h2_token_of(fields[i].name, fields[i].name_len)) == H2_TOKEN_COOKIE;
}

/* How many cookie fields there are, and the length of their values joined. */
static size_t measure_cookies(const h2_header *fields, const h2_field_note *notes, size_t count, size_t *len)
{
    size_t crumbs = 0;

    *len = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_cookie_at(fields, notes, i)) continue;
        *len += fields[i].value_len + (crumbs ? 2 : 0);
        crumbs++;
    }
    return crumbs;
}

/* Joins the values of the cookie fields into `space`, which has the room. */
static void join_values(const h2_header *fields, const h2_field_note *notes, size_t count, char *space)
{
    char *to = space;
    bool first = true;

    for (size_t i = 0; i < count; i++) {
        if (!is_cookie_at(fields, notes, i)) continue;
        if (!first) {
            *to++ = ';';
            *to++ = ' ';
        }
        first = false;
        if (fields[i].value_len > 0) memcpy(to, fields[i].value, fields[i].value_len);
        to += fields[i].value_len;
    }
}

/* A crumb that is broken at its ends would look clean in the middle. */
static uint8_t worse(uint8_t clean, const h2_header *crumb, uint8_t crumb_clean)
{
    if (crumb_clean == H2_FIELD_CLEAN || h2_value_is_clean(crumb->value, crumb->value_len)) return clean;
    return H2_FIELD_BROKEN;
}

/* Writes the list without its cookie fields and with `joined` behind it; `to` may be `fields`. */
static size_t move_cookies(const h2_header *fields, size_t count, h2_field_note *notes, h2_header joined,
                           h2_header *to)
{
    const bool clean = notes && h2_value_is_clean(joined.value, joined.value_len);
    h2_field_note note = {.token = H2_TOKEN_COOKIE, .clean = clean ? H2_FIELD_CLEAN : H2_FIELD_UNKNOWN};
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (is_cookie_at(fields, notes, i)) {
            if (notes) note.clean = worse(note.clean, &fields[i], notes[i].clean);
            continue;
        }
        to[kept] = fields[i];
        if (notes) notes[kept] = notes[i];
        kept++;
    }
    to[kept] = joined;
    if (notes) notes[kept] = note;
    return kept + 1;
}

/* The cookie field that takes the place of all; `space` has room for the joined values, which one alone does not need. */
static h2_header joined_cookie(const h2_header *fields, const h2_field_note *notes, size_t count,
                               size_t crumbs, size_t len, char *space)
{
    h2_header joined = *h2_field_find(fields, notes, count, H2_TOKEN_COOKIE);

    joined.flags |= H2_HEADER_NEVER_INDEX;
    if (crumbs == 1 || !space) return joined;
    join_values(fields, notes, count, space);
    joined.value = space;
    joined.value_len = len;
    return joined;
}

/* The place of the first cookie field from `at` on, or `count`. */
static size_t find_cookie(const h2_header *fields, const h2_field_note *notes, size_t at, size_t count)
{
    while (at < count && !is_cookie_at(fields, notes, at))
        at++;
    return at;
}

void h2_field_move_cookie(h2_header *fields, h2_field_note *notes, size_t at, size_t count)
{
    const size_t behind = count - at - 1;
    fields[at].flags |= H2_HEADER_NEVER_INDEX;
    if (behind == 0) return;
    const h2_header cookie = fields[at];
    memmove(fields + at, fields + at + 1, behind * sizeof *fields);
    fields[count - 1] = cookie;
    if (!notes) return;
    const h2_field_note note = notes[at];
    memmove(notes + at, notes + at + 1, behind * sizeof *notes);
    notes[count - 1] = note;
}

bool h2_field_join_cookies(h2_header *fields, h2_field_note *notes, size_t *count, h2_buffer *space,
                           h2_memory *memory)
{
    const size_t first = find_cookie(fields, notes, 0, *count);
    if (first == *count) return true;
    if (find_cookie(fields, notes, first + 1, *count) == *count) {
        h2_field_move_cookie(fields, notes, first, *count);
        return true;
    }

    size_t len;
    const size_t crumbs = measure_cookies(fields, notes, *count, &len);
    if (!make_room(space, memory, len, 1)) return false;
    const h2_header joined = joined_cookie(fields, notes, *count, crumbs, len, (char *)space->data);
    *count = move_cookies(fields, *count, notes, joined, fields);
    return true;
}

/* The public call. */

static h2_status join_public(const h2_header *fields, size_t count, h2_header *out, size_t *out_count,
                             char *space, size_t *space_used)
{
    const size_t field_room = *out_count, space_room = *space_used;
    size_t len;
    const size_t crumbs = measure_cookies(fields, NULL, count, &len);

    *out_count = crumbs ? count - crumbs + 1 : count;
    *space_used = crumbs > 1 ? len : 0;
    if (field_room < *out_count || space_room < *space_used) return H2_ERROR_ARGUMENT;
    if (crumbs == 0) {
        if (count > 0) memcpy(out, fields, count * sizeof *fields);
        return H2_OK;
    }
    const h2_header joined = joined_cookie(fields, NULL, count, crumbs, len, space);
    (void)move_cookies(fields, count, NULL, joined, out);
    return H2_OK;
}

h2_status h2_fields_normalize(const h2_header *fields, size_t count, bool outbound, bool split_cookies,
                              h2_header *out, size_t *out_count, char *space, size_t *space_used)
{
    if (!out_count || !space_used || (!fields && count > 0)) return H2_ERROR_ARGUMENT;
    if ((!out && *out_count > 0) || (!space && *space_used > 0)) return H2_ERROR_ARGUMENT;
    if (!outbound) return join_public(fields, count, out, out_count, space, space_used);

    sink to = {.fields = out, .field_room = *out_count, .space = space, .space_room = *space_used};
    normalize_list(&to, fields, count, split_cookies);
    *out_count = to.count;
    *space_used = to.used;
    return to.count <= to.field_room && to.used <= to.space_room ? H2_OK : H2_ERROR_ARGUMENT;
}
