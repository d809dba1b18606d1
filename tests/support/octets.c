/* A growable run of octets or of text, for tests. */
#include "octets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *must_malloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p) {
        fputs("out of memory in a test\n", stderr);
        abort();
    }
    return p;
}

void octets_free(octets *o)
{
    free(o->data);
    *o = (octets){0};
}

void octets_clear(octets *o)
{
    o->len = 0;
    if (o->data) o->data[0] = 0;
}

static uint8_t *grow(octets *o, size_t more)
{
    if (o->cap - o->len < more + 1) {
        size_t cap = (o->len + more + 64) * 2;
        uint8_t *data = must_malloc(cap);
        if (o->len) memcpy(data, o->data, o->len);
        free(o->data);
        o->data = data;
        o->cap = cap;
    }
    uint8_t *at = o->data + o->len;
    o->len += more;
    o->data[o->len] = 0;
    return at;
}

void octets_put(octets *o, const void *data, size_t len)
{
    uint8_t *at = grow(o, len);
    if (len) memcpy(at, data, len);
}

void octets_fill(octets *o, uint8_t octet, size_t count)
{
    memset(grow(o, count), octet, count);
}

void octets_u8(octets *o, unsigned value)
{
    *grow(o, 1) = (uint8_t)value;
}

void octets_u16(octets *o, unsigned value)
{
    octets_u8(o, value >> 8 & 0xff);
    octets_u8(o, value & 0xff);
}

void octets_u24(octets *o, uint32_t value)
{
    octets_u8(o, value >> 16 & 0xff);
    octets_u16(o, value & 0xffff);
}

void octets_u32(octets *o, uint32_t value)
{
    octets_u16(o, value >> 16);
    octets_u16(o, value & 0xffff);
}

void octets_text(octets *o, const char *text)
{
    octets_put(o, text, strlen(text));
}

void octets_format(octets *o, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len > 0) vsnprintf((char *)grow(o, (size_t)len), (size_t)len + 1, format, again);
    va_end(again);
}

const char *octets_string(const octets *o)
{
    return o->data ? (const char *)o->data : "";
}

bool octets_equal(const octets *a, const octets *b)
{
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

static size_t run_of_equal(const uint8_t *data, size_t len)
{
    size_t run = 1;
    while (run < len && data[run] == data[0])
        run++;
    return run;
}

void octets_quote(octets *out, const void *data, size_t len)
{
    const uint8_t *octet = data;
    bool open = false, any = false;
    for (size_t i = 0; i < len;) {
        size_t run = run_of_equal(octet + i, len - i);
        if (run >= 16) {
            octets_format(out, "%s%sx%02x*%zu", open ? "\"" : "", any ? "+" : "", octet[i], run);
            open = false;
            any = true;
            i += run;
            continue;
        }
        if (!open) octets_text(out, any ? "+\"" : "\"");
        open = any = true;
        if (octet[i] == '"' || octet[i] == '\\') octets_u8(out, '\\');
        if (octet[i] >= 0x20 && octet[i] < 0x7f)
            octets_u8(out, octet[i]);
        else
            octets_format(out, "\\x%02x", octet[i]);
        i++;
    }
    octets_text(out, open ? "\"" : any ? "" : "\"\"");
}
