/* A growable run of octets or of text, for tests. Out of memory ends the program: a test has no use for it.
 * Must not know HTTP/2. */
#ifndef H2_TEST_OCTETS_H
#define H2_TEST_OCTETS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct octets {
    uint8_t *data; /* NULL when nothing was ever put; data[len] is always 0 otherwise */
    size_t len, cap;
} octets;

void octets_free(octets *o);
void octets_clear(octets *o);
void octets_put(octets *o, const void *data, size_t len);
void octets_fill(octets *o, uint8_t octet, size_t count);
void octets_u8(octets *o, unsigned value);
void octets_u16(octets *o, unsigned value);
void octets_u24(octets *o, uint32_t value);
void octets_u32(octets *o, uint32_t value);
void octets_text(octets *o, const char *text);
void octets_format(octets *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "" when nothing was put. */
const char *octets_string(const octets *o);
bool octets_equal(const octets *a, const octets *b);

/* Writes octets so that they can be read and compared: printable runs quoted, other octets as \xHH, sixteen
 * or more equal octets as xHH*COUNT. The same octets always give the same text. */
void octets_quote(octets *out, const void *data, size_t len);

void *must_malloc(size_t size);

#endif
