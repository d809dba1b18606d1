/* Parsing of `bytes=first-last`, `bytes=first-` and `bytes=-count`; see range.h. */
#include "serve/range.h"

static const char unit[] = "bytes=";

/* A number, or UINT64_MAX when it is larger than any file; false when the text is no number. */
static bool read_number(text value, uint64_t *out)
{
    uint64_t number = 0;
    if (value.len == 0) return false;
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] < '0' || value.at[i] > '9') return false;
        const uint64_t digit = (uint64_t)(value.at[i] - '0');
        number = number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : number * 10 + digit;
    }
    *out = number;
    return true;
}

static range_kind last_octets(text count_text, uint64_t size, uint64_t *first, uint64_t *last)
{
    uint64_t count;
    if (!read_number(count_text, &count)) return RANGE_WHOLE;
    if (count == 0 || size == 0) return RANGE_UNSATISFIABLE;
    *first = count < size ? size - count : 0;
    *last = size - 1;
    return RANGE_PART;
}

range_kind range_parse(text value, uint64_t size, uint64_t *first, uint64_t *last)
{
    const size_t unit_len = sizeof unit - 1;
    value = text_trim(value);
    if (value.len <= unit_len || !text_is_caseless((text){value.at, unit_len}, unit)) return RANGE_WHOLE;
    text rest = text_trim((text){value.at + unit_len, value.len - unit_len});
    if (memchr(rest.at, ',', rest.len) || !memchr(rest.at, '-', rest.len)) return RANGE_WHOLE;
    const text from = text_cut(&rest, '-');
    if (from.len == 0) return last_octets(rest, size, first, last);
    uint64_t start, end = UINT64_MAX;
    if (!read_number(from, &start)) return RANGE_WHOLE;
    if (rest.len > 0 && !read_number(rest, &end)) return RANGE_WHOLE;
    if (end < start) return RANGE_WHOLE;
    if (start >= size) return RANGE_UNSATISFIABLE;
    *first = start;
    *last = end < size ? end : size - 1;
    return RANGE_PART;
}
