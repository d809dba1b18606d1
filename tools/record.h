/* Writes one record, a titled set of keys and values, as readable text or as a line of JSON. Octets of the
 * peer are escaped, so that they cannot drive a terminal or break the JSON. Knows nothing of HTTP/2. */
#ifndef H2_TOOLS_RECORD_H
#define H2_TOOLS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef enum record_format {
    RECORD_TEXT, /* `prefix TITLE key=value …`, rows of a list indented below */
    RECORD_JSON  /* one object a line */
} record_format;

typedef struct record_style {
    record_format format;
    bool colour;       /* text: ANSI colours */
    const char *paint; /* text: the colour of prefix and title, an SGR parameter such as "32" */
    unsigned indent;   /* text: columns before a row */
} record_style;

/* One record under way. It is gathered in memory and written at once, so that records of several threads do
 * not mix. */
typedef struct record {
    FILE *out, *target;
    char *text;
    size_t text_len;
    record_style style;
    unsigned keys, rows;
} record;

/* `prefix` comes before the title in text alone. JSON begins with `"type": title`. Keys are constant strings.
 */
void record_begin(record *r, FILE *out, const record_style *style, const char *prefix, const char *title);
void record_end(record *r);
void record_drop(record *r); /* instead of record_end: nothing is written */

void record_number(record *r, const char *key, uint64_t value);
void record_word(record *r, const char *key, const char *word); /* a constant that needs no quotes */
void record_bool(record *r, const char *key, bool value);       /* text: the key alone, when true */
/* Octets. JSON: a string when they are UTF-8; otherwise lower-case hexadecimal under the key with "_hex"
 * added. */
void record_text(record *r, const char *key, const void *bytes, size_t len);
void record_hex(record *r, const char *key, const uint8_t *bytes, size_t len);

/* A list of strings on the record's line: `key=A,B`, `"key": ["A","B"]`. */
void record_words(record *r, const char *key, const char *const *words, size_t count);

/* A list with a line for each row. Between begin and end only record_row_*. */
void record_rows_begin(record *r, const char *key);
void record_row_pair(record *r, const void *name, size_t name_len, const void *value, size_t value_len,
                     bool sensitive);
void record_row_number(record *r, const char *name, uint64_t id, uint64_t value);
void record_row_text(record *r, const void *bytes, size_t len);
void record_rows_end(record *r);

#endif
