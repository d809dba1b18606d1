/* The rules for the fields of a message (RFC 9113 sections 8.2, 8.3 and 8.5, RFC 8441 section 4): which pseudo-fields a
 * block has as one table, and the judgement of a list. Each field is judged in turn, then the list as a whole, in the
 * order and in the words of Python's h2; what strict rules add comes behind. */
#include "field/rules.h"

#include "base/octets.h"
#include "field/field.h"
#include "field/message.h"

#include <stdio.h>
#include <string.h>

/* Which pseudo-fields a block has. */

enum {
    METHOD = 1 << H2_TOKEN_METHOD,
    SCHEME = 1 << H2_TOKEN_SCHEME,
    AUTHORITY = 1 << H2_TOKEN_AUTHORITY,
    PATH = 1 << H2_TOKEN_PATH,
    STATUS = 1 << H2_TOKEN_STATUS,
    PROTOCOL = 1 << H2_TOKEN_PROTOCOL
};

typedef enum block_row {
    ROW_REQUEST,
    ROW_CONNECT,
    ROW_EXTENDED_CONNECT,
    ROW_PUSHED_REQUEST,
    ROW_RESPONSE,
    ROW_TRAILERS,
    BLOCK_ROWS
} block_row;

typedef struct block_rule {
    const char *name;
    uint8_t required;        /* these, by every rule */
    uint8_t required_strict; /* and these, by strict rules; otherwise they may be there */
    uint8_t allowed;         /* these may be there, all others may not */
    const char *section;
} block_rule;

/* :authority of a request may give way to a host field. */
static const block_rule blocks[BLOCK_ROWS] = {
    [ROW_REQUEST] = {"request", METHOD | SCHEME | PATH, 0, AUTHORITY, "8.3.1"},
    [ROW_CONNECT] = {"CONNECT request", METHOD, AUTHORITY, 0, "8.5"},
    [ROW_EXTENDED_CONNECT] = {"extended CONNECT request", METHOD | SCHEME | PATH | PROTOCOL, AUTHORITY, 0,
                              "RFC 8441 4"},
    [ROW_PUSHED_REQUEST] = {"pushed request", METHOD | SCHEME | PATH, AUTHORITY, 0, "8.4"},
    [ROW_RESPONSE] = {"response", STATUS, 0, 0, "8.3.2"},
    [ROW_TRAILERS] = {"trailers", 0, 0, 0, "8.1"},
};

static const char *const pseudo_names[] = {
    [H2_TOKEN_METHOD] = ":method", [H2_TOKEN_SCHEME] = ":scheme", [H2_TOKEN_AUTHORITY] = ":authority",
    [H2_TOKEN_PATH] = ":path",     [H2_TOKEN_STATUS] = ":status", [H2_TOKEN_PROTOCOL] = ":protocol",
};

bool h2_field_rule_row(size_t row, char *out, size_t cap)
{
    if (row > BLOCK_ROWS) return false;

    char cells[160];
    size_t len = 0;
    for (unsigned token = H2_TOKEN_METHOD; token <= H2_TOKEN_PROTOCOL; token++) {
        const char *text = pseudo_names[token];
        if (row > 0) {
            const block_rule *const rule = &blocks[row - 1];
            if (rule->required >> token & 1)
                text = "required";
            else if (rule->required_strict >> token & 1)
                text = "required (h2: allowed)";
            else
                text = rule->allowed >> token & 1 ? "allowed" : "forbidden";
        }
        len += (size_t)snprintf(cells + len, sizeof cells - len, "\t%s", text);
    }
    snprintf(out, cap, "%s%s\t%s", row ? blocks[row - 1].name : "block", cells,
             row ? blocks[row - 1].section : "section");
    return true;
}

/* Complaints. */

typedef struct judge {
    const h2_field_context *context;
    char *message;
    const h2_header *method, *authority, *host;
    unsigned seen; /* pseudo-fields, a bit for each token */
    bool regular;  /* a field that is no pseudo-field has been seen */
} judge;

static bool is_request(const judge *j)
{
    return j->context->kind == H2_BLOCK_REQUEST || j->context->kind == H2_BLOCK_PUSHED_REQUEST;
}

static bool is_strict(const judge *j)
{
    return j->context->policy->strict_fields;
}

static h2_message begin(const judge *j)
{
    return h2_message_begin(j->message, j->context->policy->plain_words);
}

/* A complaint about what arrived, or in plain words about what is to be sent. */
static h2_message begin_received(const judge *j, const char *what)
{
    const bool sends = j->context->outbound && j->context->policy->plain_words;
    h2_message m = begin(j);

    h2_message_text(&m, sends ? "Cannot send " : "Received ");
    h2_message_text(&m, what);
    return m;
}

static bool complain_of_received(const judge *j, const char *what, const char *octets, size_t len,
                                 const char *after)
{
    h2_message m = begin_received(j, what);

    h2_message_quote(&m, octets, len);
    h2_message_text(&m, after);
    return false;
}

static bool complain_of_no_name(const judge *j)
{
    (void)begin_received(j, "header name with zero length.");
    return false;
}

static bool complain_of_received_name(const judge *j, const char *what, const h2_header *field,
                                      const char *after)
{
    return complain_of_received(j, what, field->name, field->name_len, after);
}

static bool complain(const judge *j, const char *text)
{
    h2_message m = begin(j);

    h2_message_text(&m, text);
    return false;
}

static bool complain_of(const judge *j, const char *before, const char *octets, size_t len, const char *after)
{
    h2_message m = begin(j);

    h2_message_text(&m, before);
    h2_message_quote(&m, octets, len);
    h2_message_text(&m, after);
    return false;
}

static bool complain_of_name(const judge *j, const char *before, const h2_header *field, const char *after)
{
    return complain_of(j, before, field->name, field->name_len, after);
}

static bool complain_of_value(const judge *j, const char *before, const h2_header *field)
{
    return complain_of(j, before, field->value, field->value_len, "");
}

static bool complain_of_blanks(const judge *j, const h2_header *field)
{
    return complain_of_received(j, "header value surrounded by whitespace ", field->value, field->value_len,
                                "");
}

static bool complain_of_octet(const judge *j, const char *octet, const char *where, const char *octets,
                              size_t len)
{
    h2_message m = begin(j);

    h2_message_text(&m, "Illegal character '");
    h2_message_octets(&m, octet, 1);
    h2_message_text(&m, where);
    h2_message_quote(&m, octets, len);
    return false;
}

/* Ends a message with a set of pseudo-fields as Python writes it. */
static bool complain_of_set(h2_message m, unsigned set)
{
    const char *before = "{";

    for (unsigned token = H2_TOKEN_METHOD; token <= H2_TOKEN_PROTOCOL; token++) {
        if (!(set >> token & 1)) continue;
        h2_message_text(&m, before);
        h2_message_quote(&m, pseudo_names[token], strlen(pseudo_names[token]));
        before = ", ";
    }
    h2_message_text(&m, "}");
    return false;
}

static bool complain_of_encountered(const judge *j, const char *text, unsigned set)
{
    h2_message m = begin(j);

    h2_message_text(&m, text);
    return complain_of_set(m, set);
}

/* Octets. */

static bool is_blank(char octet)
{
    return octet == ' ' || octet == '\t';
}

static bool judge_name(const judge *j, const h2_header *field)
{
    static const char where[] = "' in header name: ";
    const char *const name = field->name;
    const size_t len = field->name_len;

    for (size_t i = 0; i < len; i++) {
        const unsigned char octet = (unsigned char)name[i];
        if (octet >= 'A' && octet <= 'Z')
            return complain_of_received_name(j, "uppercase header name ", field, ".");
        if (octet <= 0x20 || octet >= 0x7f) return complain_of_octet(j, name + i, where, name, len);
    }
    for (size_t i = 1; i < len; i++)
        if (name[i] == ':') return complain_of_octet(j, name + i, where, name, len);
    return true;
}

static bool judge_value(const judge *j, const h2_header *field)
{
    const char *const value = field->value;
    const size_t len = field->value_len;
    if (len == 0) return true;

    for (size_t i = 0; i < len; i++) {
        const unsigned char octet = (unsigned char)value[i];
        const bool control = (octet < 0x20 && octet != '\t') || octet == 0x7f;
        const bool bad = is_strict(j) ? control : octet == '\0' || octet == '\n' || octet == '\r';
        if (bad) return complain_of_octet(j, value + i, "' in header value: ", value, len);
    }
    if (is_blank(value[0]) || is_blank(value[len - 1])) {
        return complain_of_blanks(j, field);
    }
    return true;
}

/* A field that is not known to be clean. */
static bool judge_octets(const judge *j, const h2_header *field, uint8_t clean)
{
    if (!is_strict(j) && j->context->outbound) {
        return field->name_len > 0 || complain_of_no_name(j);
    }
    if (!judge_name(j, field) || !judge_value(j, field)) return false;
    if (field->name_len == 0) return complain_of_no_name(j);
    if (!is_strict(j)) return true;

    /* A colon alone is left to the rules about pseudo-fields. */
    for (size_t i = field->name[0] == ':'; i < field->name_len; i++)
        if (!h2_name_is_clean(field->name + i, 1)) {
            return complain_of_octet(j, field->name + i, "' in header name: ", field->name, field->name_len);
        }
    if (clean != H2_FIELD_BROKEN && h2_value_is_clean(field->value, field->value_len)) return true;
    return complain_of_blanks(j, field);
}

/* Values. */

static inline bool equals(const h2_header *field, const char *text)
{
    return h2_field_value_is(field, text);
}

static bool is_letter(char octet)
{
    return (octet >= 'a' && octet <= 'z') || (octet >= 'A' && octet <= 'Z');
}

static bool is_digit(char octet)
{
    return octet >= '0' && octet <= '9';
}

/* A bit for each octet below 128. */
typedef struct octet_set {
    uint64_t low, high;
} octet_set;

/* RFC 9110 section 5.6.2: letters, digits and ! # $ % & ' * + - . ^ _ ` | ~ */
static const octet_set token_octets = {UINT64_C(0x03ff6cfa00000000), UINT64_C(0x57ffffffc7fffffe)};
/* RFC 3986 section 3.1: letters, digits and + - . */
static const octet_set scheme_octets = {UINT64_C(0x03ff680000000000), UINT64_C(0x07fffffe07fffffe)};

static bool is_in(octet_set set, char octet)
{
    const unsigned char c = (unsigned char)octet;

    return c < 128 && (c < 64 ? set.low : set.high) >> (c & 63) & 1;
}

static bool consists_of(const h2_header *field, octet_set set)
{
    for (size_t i = 0; i < field->value_len; i++)
        if (!is_in(set, field->value[i])) return false;
    return field->value_len > 0;
}

static bool is_method(const h2_header *field)
{
    return equals(field, "GET") || equals(field, "POST") || consists_of(field, token_octets);
}

static inline bool is_scheme(const h2_header *field)
{
    if (equals(field, "https") || equals(field, "http")) return true;
    return consists_of(field, scheme_octets) && is_letter(field->value[0]);
}

/* Host and port, without user information, and nothing that ends an authority (RFC 3986 section 3.2). */
static bool is_authority(const h2_header *field)
{
    return field->value_len > 0 && !h2_has_authority_end(field->value, field->value_len);
}

/* What can stand in the request line of HTTP/1.1. */
static bool is_path(const h2_header *field)
{
    if (field->value_len == 0) return false;
    if (field->value[0] == '/') return !h2_has_blank(field->value, field->value_len);
    return equals(field, "*");
}

/* Three digits; 101 has no meaning in HTTP/2 (RFC 9113 section 8.6). */
static bool is_status(const h2_header *field)
{
    const char *const value = field->value;

    if (field->value_len != 3) return false;
    return value[0] >= '1' && value[0] <= '9' && is_digit(value[1]) && is_digit(value[2]) &&
           !equals(field, "101");
}

/* Strict rules: the form of values that decide how a message is read. */
static bool has_form(const h2_header *field, uint8_t token)
{
    switch (token) {
    case H2_TOKEN_METHOD: return is_method(field);
    case H2_TOKEN_PROTOCOL: return consists_of(field, token_octets);
    case H2_TOKEN_SCHEME: return is_scheme(field);
    case H2_TOKEN_AUTHORITY: return is_authority(field);
    case H2_TOKEN_PATH: return is_path(field);
    case H2_TOKEN_STATUS: return is_status(field);
    default: return true;
    }
}

/* One field. */

static bool judge_te(const judge *j, const h2_header *field)
{
    static const char trailers[] = "trailers";
    bool same = field->value_len == sizeof trailers - 1;

    for (size_t i = 0; same && i < field->value_len; i++)
        same = (field->value[i] | (is_letter(field->value[i]) ? 0x20 : 0)) == trailers[i];
    return same || complain_of_value(j, "Invalid value for TE header: ", field);
}

static bool judge_pseudo(judge *j, const h2_header *field, uint8_t token)
{
    if (j->seen >> token & 1)
        return complain_of_received_name(j, "duplicate pseudo-header field ", field, "");
    if (j->regular) return complain_of_received_name(j, "pseudo-header field out of sequence: ", field, "");
    if (token == H2_TOKEN_OTHER_PSEUDO) {
        return complain_of_received_name(j, "custom pseudo-header field ", field, "");
    }
    j->seen |= 1U << token;
    if (token == H2_TOKEN_METHOD) j->method = field;
    if (token == H2_TOKEN_AUTHORITY) j->authority = field;
    if (token == H2_TOKEN_PATH && is_request(j) && field->value_len == 0) {
        return complain(j, "An empty :path header is forbidden");
    }
    if (!is_strict(j) || has_form(field, token)) return true;

    h2_message m = begin(j);
    h2_message_text(&m, "Invalid value for ");
    h2_message_text(&m, pseudo_names[token]);
    h2_message_text(&m, " header: ");
    h2_message_quote(&m, field->value, field->value_len);
    return false;
}

/* A field with a token that is no pseudo-field. */
static bool judge_regular(judge *j, const h2_header *field, uint8_t token)
{
    j->regular = true;
    if (token == H2_TOKEN_TE) return judge_te(j, field);
    if (h2_field_is_connection_specific(token)) {
        return complain_of_name(j, "Connection-specific header field present: ", field, ".");
    }
    if (token == H2_TOKEN_CONTENT_LENGTH && is_strict(j) && j->context->kind == H2_BLOCK_PUSHED_REQUEST &&
        !equals(field, "0")) {
        return complain_of_value(j, "A promised request has no content, but content-length ", field);
    }
    if (token != H2_TOKEN_HOST || !is_request(j)) return true;
    if (j->host) return complain(j, "Request header block has multiple Host headers.");
    j->host = field;
    return !is_strict(j) || is_authority(field) ||
           complain_of_value(j, "Invalid value for Host header: ", field);
}

/* The list as a whole. */

static block_row row_of(const judge *j)
{
    if (j->context->kind == H2_BLOCK_RESPONSE) return ROW_RESPONSE;
    if (j->context->kind == H2_BLOCK_TRAILERS) return ROW_TRAILERS;
    if (j->method && equals(j->method, "CONNECT"))
        return j->seen & PROTOCOL ? ROW_EXTENDED_CONNECT : ROW_CONNECT;
    return j->context->kind == H2_BLOCK_PUSHED_REQUEST ? ROW_PUSHED_REQUEST : ROW_REQUEST;
}

static bool complain_of_missing(const judge *j, unsigned missing)
{
    unsigned token = H2_TOKEN_METHOD;

    while (!(missing >> token & 1))
        token++;
    return complain_of(j, "Header block missing mandatory ", pseudo_names[token], strlen(pseudo_names[token]),
                       " header");
}

static bool judge_pseudo_set(const judge *j, block_row row)
{
    const block_rule *const rule = &blocks[row];
    const unsigned missing = rule->required & ~j->seen;
    const unsigned surplus =
        j->seen & ~((unsigned)rule->required | (unsigned)rule->required_strict | (unsigned)rule->allowed);

    if ((missing | surplus) == 0) return true;
    if (row == ROW_TRAILERS) return complain_of_set(begin_received(j, "pseudo-header in trailer "), surplus);
    if (row == ROW_CONNECT && (surplus & (SCHEME | PATH))) {
        return complain(j, "Ordinary CONNECT MUST NOT include :scheme or :path");
    }
    if (missing) return complain_of_missing(j, missing);
    if (row == ROW_RESPONSE) return complain_of_encountered(j, "Encountered request-only headers ", surplus);
    if (surplus & STATUS) return complain_of_encountered(j, "Encountered response-only headers ", STATUS);
    return complain_of_encountered(j, "Encountered connect-request-only headers ", surplus);
}

static bool judge_hosts(const judge *j)
{
    if (!j->authority && !j->host) {
        return complain(j, "Request header block does not have an :authority or Host header.");
    }
    if (!j->authority || !j->host) return true;

    const h2_header *const a = j->authority, *const b = j->host;
    if (a->value_len == b->value_len &&
        (a->value_len == 0 || memcmp(a->value, b->value, a->value_len) == 0)) {
        return true;
    }
    h2_message m = begin(j);
    h2_message_text(&m, "Request header block has mismatched :authority and Host headers: ");
    h2_message_quote(&m, a->value, a->value_len);
    h2_message_text(&m, " / ");
    h2_message_quote(&m, b->value, b->value_len);
    return false;
}

static bool judge_list(const judge *j)
{
    const block_row row = row_of(j);

    if (!judge_pseudo_set(j, row)) return false;
    if (!is_request(j)) return true;
    if (!judge_hosts(j)) return false;
    if (!is_strict(j)) return true;
    if (blocks[row].required_strict & ~j->seen)
        return complain_of_missing(j, blocks[row].required_strict & ~j->seen);
    if (row == ROW_EXTENDED_CONNECT && !j->context->protocol_allowed) {
        return complain(j, "The :protocol header needs ENABLE_CONNECT_PROTOCOL");
    }
    /* RFC 9113 section 8.4: safe and cacheable. */
    if (j->context->kind == H2_BLOCK_PUSHED_REQUEST && !equals(j->method, "GET") &&
        !equals(j->method, "HEAD")) {
        return complain_of_value(j, "Method that cannot be pushed: ", j->method);
    }
    return true;
}

/* Lists that nothing can be said against. */

enum {
    PSEUDO = METHOD | SCHEME | AUTHORITY | PATH | STATUS | PROTOCOL | 1 << H2_TOKEN_OTHER_PSEUDO,
    /* What no rule asks about as long as it is clean and the list is none of a promise; all else is looked at field by
     * field. */
    UNASKED = METHOD | SCHEME | AUTHORITY | PATH | STATUS | 1 << H2_TOKEN_NONE | 1 << H2_TOKEN_COOKIE |
              1 << H2_TOKEN_CONTENT_LENGTH | 1 << H2_TOKEN_AUTHORIZATION | 1 << H2_TOKEN_PROXY_AUTHORIZATION
};

/* Whether a field has no token and is clean, as most are. */
static inline bool is_plain(const h2_field_note *note)
{
    static const h2_field_note plain = {.clean = H2_FIELD_CLEAN};

    return memcmp(note, &plain, sizeof plain) == 0;
}

void h2_field_look(const h2_field_note *notes, size_t count, h2_field_survey *survey)
{
    unsigned front = 0, seen = 0, again = 0, clean = H2_FIELD_CLEAN;
    size_t at = 0;

    memset(survey->place, 0, sizeof survey->place);
    for (; at < count && notes[at].token - 1U < H2_TOKEN_OTHER_PSEUDO; at++) {
        const unsigned bit = 1U << notes[at].token;
        again |= front & bit;
        front |= bit;
        clean &= notes[at].clean;
        survey->place[notes[at].token] = (uint32_t)at;
    }
    for (; at < count; at++) {
        if (is_plain(&notes[at])) continue;
        const unsigned bit = 1U << notes[at].token;
        again |= seen & bit;
        seen |= bit;
        clean &= notes[at].clean;
        survey->place[notes[at].token] = (uint32_t)at;
    }
    survey->seen = front | seen;
    survey->again = again | (front & seen);
    survey->late = seen & PSEUDO;
    survey->clean = clean == H2_FIELD_CLEAN;
}

const h2_field_survey *h2_field_look_anew(h2_field_recall *last, const h2_field_note *notes, size_t count)
{
    if (count > H2_FIELDS_RECALLED) return NULL;
    if (count > 0) memcpy(last->notes, notes, count * sizeof *notes);
    last->count = (uint32_t)count;
    last->ordinary = 0;
    h2_field_look(notes, count, &last->survey);
    return &last->survey;
}

/* Whether the pseudo-fields of a request or response, each of which is there, have the form that strict rules want. */
static bool have_form(const h2_header *fields, const h2_field_survey *survey, h2_block_kind kind)
{
    const uint32_t *const place = survey->place;

    if (kind == H2_BLOCK_RESPONSE) return is_status(&fields[place[H2_TOKEN_STATUS]]);
    return is_method(&fields[place[H2_TOKEN_METHOD]]) && is_scheme(&fields[place[H2_TOKEN_SCHEME]]) &&
           is_authority(&fields[place[H2_TOKEN_AUTHORITY]]) && is_path(&fields[place[H2_TOKEN_PATH]]);
}

/* Whether a list has what one of its kind has, and nothing that need be looked at field by field. */
static inline bool has_ordinary_set(const h2_field_survey *survey, h2_block_kind kind)
{
    static const uint8_t rows[] = {[H2_BLOCK_REQUEST] = ROW_REQUEST,
                                   [H2_BLOCK_RESPONSE] = ROW_RESPONSE,
                                   [H2_BLOCK_TRAILERS] = ROW_TRAILERS,
                                   [H2_BLOCK_PUSHED_REQUEST] = ROW_PUSHED_REQUEST};
    const block_rule *const rule = &blocks[rows[kind]];
    const unsigned pseudo = survey->seen & PSEUDO, required = rule->required | rule->required_strict;
    const unsigned amiss = survey->late | (survey->again & PSEUDO) | (survey->seen & ~(unsigned)UNASKED);
    const unsigned surplus = pseudo & ~(required | rule->allowed);

    if (!survey->clean || (amiss | surplus | (required & ~pseudo)) != 0) return false;
    if (kind == H2_BLOCK_PUSHED_REQUEST) return false;
    return kind != H2_BLOCK_REQUEST || (pseudo & AUTHORITY);
}

/* Whether the values of such a list are ordinary, too. */
static inline bool has_ordinary_values(const h2_header *fields, const h2_field_survey *survey,
                                       const h2_field_context *context)
{
    const bool strict = context->policy->strict_fields;

    if (context->kind == H2_BLOCK_TRAILERS) return true;
    if (context->kind == H2_BLOCK_RESPONSE) return !strict || have_form(fields, survey, context->kind);
    if (equals(&fields[survey->place[H2_TOKEN_METHOD]], "CONNECT")) return false;
    return strict ? have_form(fields, survey, context->kind)
                  : fields[survey->place[H2_TOKEN_PATH]].value_len > 0;
}

bool h2_field_is_ordinary(const h2_header *fields, const h2_field_survey *survey,
                          const h2_field_context *context)
{
    return has_ordinary_set(survey, context->kind) && has_ordinary_values(fields, survey, context);
}

bool h2_field_is_ordinary_again(const h2_header *fields, h2_field_recall *last,
                                const h2_field_context *context)
{
    if (!(last->ordinary >> context->kind & 1)) {
        if (!has_ordinary_set(&last->survey, context->kind)) return false;
        last->ordinary |= 1U << context->kind;
    }
    return has_ordinary_values(fields, &last->survey, context);
}

/* Any list. */

static bool check_each(const h2_header *fields, const h2_field_note *notes, size_t count,
                       const h2_field_context *context, char *message)
{
    judge j = {.context = context};
    j.message = message;

    for (size_t i = 0; i < count; i++) {
        const h2_header *const field = &fields[i];
        const h2_field_note note = notes ? notes[i] : h2_field_note_of(field);
        if (note.clean != H2_FIELD_CLEAN && !judge_octets(&j, field, note.clean)) return false;
        if (note.token == H2_TOKEN_NONE) {
            j.regular = true;
            continue;
        }
        const bool pseudo = note.token <= H2_TOKEN_OTHER_PSEUDO;
        if (pseudo ? !judge_pseudo(&j, field, note.token) : !judge_regular(&j, field, note.token))
            return false;
    }
    return judge_list(&j);
}

bool h2_field_check(const h2_header *fields, const h2_field_note *notes, size_t count,
                    const h2_field_context *context, char *message)
{
    if (notes) {
        h2_field_survey survey;
        h2_field_look(notes, count, &survey);
        if (h2_field_is_ordinary(fields, &survey, context)) return true;
    }
    return check_each(fields, notes, count, context, message);
}
