/* Writes records as text or JSON; see record.h. */
#include "record.h"

#include "utf8.h"

#include <inttypes.h>
#include <stdlib.h>

static bool is_json(const record *r)
{
    return r->style.format == RECORD_JSON;
}

static void paint(const record *r, const char *sgr)
{
    if (r->style.colour && sgr) fprintf(r->out, "\033[%sm", sgr);
}

/* Text: printable ASCII stays, everything else is \xNN. */
static void put_escaped(FILE *out, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < len; i++) {
        if (p[i] == '\\')
            fputs("\\\\", out);
        else if (p[i] >= 0x20 && p[i] < 0x7f)
            fputc(p[i], out);
        else
            fprintf(out, "\\x%02x", p[i]);
    }
}

static void put_json_string(FILE *out, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    fputc('"', out);
    for (size_t i = 0; i < len; i++) {
        if (p[i] == '"' || p[i] == '\\')
            fprintf(out, "\\%c", p[i]);
        else if (p[i] < 0x20 || p[i] == 0x7f)
            fprintf(out, "\\u%04x", p[i]);
        else
            fputc(p[i], out);
    }
    fputc('"', out);
}

static void put_hex(FILE *out, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < len; i++)
        fprintf(out, "%02x", p[i]);
}

static void put_json_octets(FILE *out, const char *key, const void *bytes, size_t len)
{
    if (utf8_valid(bytes, len)) {
        fprintf(out, "\"%s\":", key);
        put_json_string(out, bytes, len);
        return;
    }
    fprintf(out, "\"%s_hex\":\"", key);
    put_hex(out, bytes, len);
    fputc('"', out);
}

static void begin_key(record *r, const char *key)
{
    if (is_json(r))
        fprintf(r->out, ",\"%s\":", key);
    else
        fprintf(r->out, " %s=", key);
}

void record_begin(record *r, FILE *out, const record_style *style, const char *prefix, const char *title)
{
    *r = (record){.target = out, .style = *style};
    r->out = open_memstream(&r->text, &r->text_len);
    if (!r->out) r->out = out; /* no memory: straight to the target */
    if (is_json(r)) {
        fprintf(r->out, "{\"type\":\"%s\"", title);
        return;
    }
    paint(r, r->style.paint);
    fputs(prefix, r->out);
    paint(r, "1");
    fputs(title, r->out);
    paint(r, "0");
}

static void finish(record *r, bool keep)
{
    if (r->out == r->target) return;
    fclose(r->out);
    if (keep && r->text) fwrite(r->text, 1, r->text_len, r->target);
    free(r->text);
}

void record_end(record *r)
{
    if (is_json(r)) fputc('}', r->out);
    if (is_json(r) || r->rows == 0) fputc('\n', r->out);
    finish(r, true);
}

void record_drop(record *r)
{
    finish(r, false);
}

void record_number(record *r, const char *key, uint64_t value)
{
    begin_key(r, key);
    fprintf(r->out, "%" PRIu64, value);
}

void record_word(record *r, const char *key, const char *word)
{
    begin_key(r, key);
    fprintf(r->out, is_json(r) ? "\"%s\"" : "%s", word);
}

void record_bool(record *r, const char *key, bool value)
{
    if (is_json(r))
        fprintf(r->out, ",\"%s\":%s", key, value ? "true" : "false");
    else if (value)
        fprintf(r->out, " %s", key);
}

void record_text(record *r, const char *key, const void *bytes, size_t len)
{
    if (is_json(r)) {
        fputc(',', r->out);
        put_json_octets(r->out, key, bytes, len);
        return;
    }
    fprintf(r->out, " %s=\"", key);
    put_escaped(r->out, bytes, len);
    fputc('"', r->out);
}

void record_hex(record *r, const char *key, const uint8_t *bytes, size_t len)
{
    const char *quote = is_json(r) ? "\"" : "";
    begin_key(r, key);
    fputs(quote, r->out);
    put_hex(r->out, bytes, len);
    fputs(quote, r->out);
}

void record_words(record *r, const char *key, const char *const *words, size_t count)
{
    if (count == 0 && !is_json(r)) return;
    begin_key(r, key);
    if (is_json(r)) fputc('[', r->out);
    for (size_t i = 0; i < count; i++)
        fprintf(r->out, is_json(r) ? "%s\"%s\"" : "%s%s", i ? "," : "", words[i]);
    if (is_json(r)) fputc(']', r->out);
}

void record_rows_begin(record *r, const char *key)
{
    r->keys = 0;
    if (is_json(r)) fprintf(r->out, ",\"%s\":[", key);
}

static void begin_row(record *r)
{
    if (is_json(r))
        fputs(r->keys ? "," : "", r->out);
    else
        fprintf(r->out, "%s%*s", r->rows ? "" : "\n", (int)r->style.indent, "");
    r->keys++;
    r->rows++;
}

void record_row_pair(record *r, const void *name, size_t name_len, const void *value, size_t value_len,
                     bool sensitive)
{
    begin_row(r);
    if (is_json(r)) {
        fputc('{', r->out);
        put_json_octets(r->out, "name", name, name_len);
        fputc(',', r->out);
        put_json_octets(r->out, "value", value, value_len);
        fputs(sensitive ? ",\"never_indexed\":true}" : "}", r->out);
        return;
    }
    paint(r, "36");
    put_escaped(r->out, name, name_len);
    paint(r, "0");
    fputs(": ", r->out);
    put_escaped(r->out, value, value_len);
    fputs(sensitive ? "  (never indexed)\n" : "\n", r->out);
}

void record_row_number(record *r, const char *name, uint64_t id, uint64_t value)
{
    begin_row(r);
    if (is_json(r))
        fprintf(r->out, "{\"id\":%" PRIu64 ",\"name\":\"%s\",\"value\":%" PRIu64 "}", id, name, value);
    else
        fprintf(r->out, "%s(%" PRIu64 ") = %" PRIu64 "\n", name, id, value);
}

void record_row_text(record *r, const void *bytes, size_t len)
{
    begin_row(r);
    if (is_json(r)) {
        fputc('{', r->out);
        put_json_octets(r->out, "text", bytes, len);
        fputc('}', r->out);
        return;
    }
    put_escaped(r->out, bytes, len);
    fputc('\n', r->out);
}

void record_rows_end(record *r)
{
    if (is_json(r)) fputc(']', r->out);
}
