/* Questions to a list of fields. */
#include "field/field.h"
#include "field/message.h"

#include <string.h>

enum {
    MOST_DIGITS = 4300 /* what Python's int() takes */
};

/* The place of the first field from `at` on with that token, or `count`. */
static size_t find_from(const h2_header *fields, const h2_field_note *notes, size_t at, size_t count,
                        uint8_t token)
{
    if (notes) {
        while (at < count && notes[at].token != token)
            at++;
        return at;
    }
    while (at < count && h2_token_of(fields[at].name, fields[at].name_len) != token)
        at++;
    return at;
}

const h2_header *h2_field_find_status(const h2_header *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const h2_header *const field = &fields[i];
        if (field->name_len == 0 || field->name[0] != ':') return NULL;
        if (h2_field_is_status(field)) return field;
    }
    return NULL;
}

const h2_header *h2_field_find(const h2_header *fields, const h2_field_note *notes, size_t count,
                               uint8_t token)
{
    const size_t at = find_from(fields, notes, 0, count, token);

    return at < count ? &fields[at] : NULL;
}

static bool is_number(const h2_header *field)
{
    if (field->value_len == 0 || field->value_len > MOST_DIGITS) return false;
    for (size_t i = 0; i < field->value_len; i++)
        if (field->value[i] < '0' || field->value[i] > '9') return false;
    return true;
}

typedef struct digits {
    const char *first;
    size_t count;
} digits;

/* A number without the zeros in front; of 0 one is left. */
static digits significant(const h2_header *field)
{
    digits d = {field->value, field->value_len};

    while (d.count > 1 && d.first[0] == '0') {
        d.first++;
        d.count--;
    }
    return d;
}

static uint64_t saturated(digits d)
{
    uint64_t number = 0;

    for (size_t i = 0; i < d.count; i++) {
        const uint64_t digit = (uint64_t)(d.first[i] - '0');
        if (number > ((uint64_t)INT64_MAX - digit) / 10) return INT64_MAX;
        number = number * 10 + digit;
    }
    return number;
}

static h2_status invalid(const h2_header *field, const h2_policy *policy, char *message)
{
    h2_message m = h2_message_begin(message, policy->plain_words);

    h2_message_text(&m, "Invalid content-length header: ");
    h2_message_quote(&m, field->value, field->value_len);
    return H2_ERROR_PROTOCOL;
}

static h2_status conflicting(digits first, digits other, char *message)
{
    const size_t most = 64;
    h2_message m = h2_message_begin(message, true);

    h2_message_text(&m, "Conflicting content-length headers: ");
    h2_message_octets(&m, first.first, first.count < most ? first.count : most);
    h2_message_text(&m, " and ");
    h2_message_octets(&m, other.first, other.count < most ? other.count : most);
    return H2_ERROR_PROTOCOL;
}

static digits compared(const h2_header *field, const h2_policy *policy)
{
    return policy->equal_content_length ? (digits){field->value, field->value_len} : significant(field);
}

h2_status h2_field_content_length(const h2_header *fields, const h2_field_note *notes, size_t count,
                                  const h2_policy *policy, bool *found, uint64_t *length, char *message)
{
    const size_t first = find_from(fields, notes, 0, count, H2_TOKEN_CONTENT_LENGTH);

    *found = false;
    if (first == count) return H2_OK;
    if (!is_number(&fields[first])) return invalid(&fields[first], policy, message);
    for (size_t i = first; (i = find_from(fields, notes, i + 1, count, H2_TOKEN_CONTENT_LENGTH)) < count;) {
        if (!is_number(&fields[i])) return invalid(&fields[i], policy, message);
        const digits a = compared(&fields[first], policy), b = compared(&fields[i], policy);
        if (a.count != b.count || memcmp(a.first, b.first, a.count) != 0) return conflicting(a, b, message);
    }
    *found = true;
    *length = saturated(significant(&fields[first]));
    return H2_OK;
}

h2_status h2_field_length_in(const h2_header *fields, const h2_field_note *notes, size_t count,
                             const h2_field_survey *survey, const h2_policy *policy, bool *found,
                             uint64_t *length, char *message)
{
    if (h2_field_length_at_once(fields, survey, length)) {
        *found = h2_field_has(survey, H2_TOKEN_CONTENT_LENGTH);
        return H2_OK;
    }
    return h2_field_content_length(fields, notes, count, policy, found, length, message);
}
