/* Octets read as choices: lists of fields, and header blocks in every representation (RFC 7541 section 6). */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

unsigned choose(choices *c)
{
    if (c->len == 0) return 0;
    c->len--;
    return *c->data++;
}

unsigned choose_below(choices *c, unsigned end)
{
    return choose(c) % end;
}

uint32_t choose_u32(choices *c)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value = value << 8 | choose(c);
    return value;
}

const uint8_t *choose_octets(choices *c, size_t most, size_t *len)
{
    const uint8_t *const at = c->data;
    *len = c->len < most ? c->len : most;
    c->data += *len;
    c->len -= *len;
    return at;
}

/* Lists. */

static char *keep(chosen_list *list, const char *text, size_t len)
{
    char *const at = list->space + list->used;
    if (len > 0) memcpy(at, text, len);
    list->used += len;
    return at;
}

void chosen_put(chosen_list *list, const char *name, size_t name_len, const char *value, size_t value_len,
                unsigned flags)
{
    if (list->count == CHOSEN_FIELDS || name_len + value_len > CHOSEN_SPACE - list->used) return;
    h2_header *const field = &list->fields[list->count++];
    field->name = keep(list, name, name_len);
    field->name_len = name_len;
    field->value = keep(list, value, value_len);
    field->value_len = value_len;
    field->flags = flags;
}

static void put(chosen_list *list, const char *name, const char *value)
{
    chosen_put(list, name, strlen(name), value, strlen(value), 0);
}

#define PICK(c, texts) (texts)[choose_below((c), sizeof(texts) / sizeof *(texts))]

static void put_request(choices *c, chosen_list *list)
{
    static const char *const methods[] = {"GET", "GET", "POST", "HEAD", "PUT", "CONNECT", "OPTIONS", "x"};
    static const char *const paths[] = {"/", "/index.html", "*", "/a?b=c", "", "a", "/%20", "/ x"};
    static const char *const hosts[] = {"example.com", "a:80", "", "u@h", "[::1]:8443"};
    const unsigned odd = choose(c);
    const char *const method = PICK(c, methods);
    const bool tunnel = strcmp(method, "CONNECT") == 0 && !(odd & 1);
    put(list, ":method", method);
    if (!tunnel && odd % 16 != 2) put(list, ":scheme", odd % 16 == 4 ? "9x" : odd & 32 ? "http" : "https");
    if (!tunnel && odd % 16 != 6) put(list, ":path", PICK(c, paths));
    if (odd % 16 != 8) put(list, ":authority", PICK(c, hosts));
    if (odd % 16 == 10) put(list, ":protocol", "websocket");
    if (odd % 16 == 12) put(list, "host", PICK(c, hosts));
    if (odd % 64 == 14) put(list, ":method", "GET");
}

static void put_status(choices *c, chosen_list *list, bool informational)
{
    static const char *const statuses[] = {"200", "204", "304", "404", "500", "99", "2000", "20 "};
    static const char *const firsts[] = {"100", "103", "101", "199"};
    put(list, ":status", informational ? PICK(c, firsts) : PICK(c, statuses));
}

static void put_any(choices *c, chosen_list *list)
{
    static const char *const names[] = {"accept",
                                        "cookie",
                                        "content-length",
                                        "te",
                                        "x-a",
                                        "etag",
                                        "date",
                                        "set-cookie",
                                        "connection",
                                        "upgrade",
                                        "transfer-encoding",
                                        "X-Upper",
                                        "host",
                                        ":path",
                                        ":status",
                                        "x-longer-name-of-a-field",
                                        "",
                                        "a b",
                                        "authorization",
                                        "user-agent"};
    static const char *const values[] = {
        "",   "a=b",  "0",  "5",      "trailers", "gzip, deflate", "chunked", "5,5",
        "+5", "a\nb", " a", "a\x01b", "\t",       "example.com",   "close",   "\xc3\xa9"};
    const unsigned how = choose(c);
    const unsigned flags = how % 8 == 7 ? H2_HEADER_NEVER_INDEX : 0;
    const char *const name = how & 64 ? names[choose_below(c, 8)] : PICK(c, names);
    if (how & 128) {
        size_t len;
        const uint8_t *const value = choose_octets(c, choose(c), &len);
        chosen_put(list, name, strlen(name), (const char *)value, len, flags);
        return;
    }
    const char *const value = how & 64 ? values[choose_below(c, 4)] : PICK(c, values);
    chosen_put(list, name, strlen(name), value, strlen(value), flags);
}

void choose_list(choices *c, chosen_kind kind, chosen_list *out)
{
    out->count = out->used = 0;
    if (kind == CHOOSE_REQUEST) put_request(c, out);
    if (kind == CHOOSE_RESPONSE || kind == CHOOSE_INFORMATIONAL)
        put_status(c, out, kind == CHOOSE_INFORMATIONAL);
    for (unsigned left = choose(c) % (kind == CHOOSE_ANYTHING ? 16 : 6); left > 0; left--)
        put_any(c, out);
}

/* Blocks. */

static void put_integer(octets *out, unsigned first, unsigned mask, uint32_t value)
{
    if (value < mask) {
        octets_u8(out, first | value);
        return;
    }
    octets_u8(out, first | mask);
    for (value -= mask; value >= 128; value >>= 7)
        octets_u8(out, (value & 0x7f) | 0x80);
    octets_u8(out, value);
}

/* "www.example.com" and a few more, coded; the coder itself is what is on trial. */
static const struct {
    const char *octets;
    unsigned len;
} coded[] = {{"\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff", 12},
             {"\xa8\xeb\x10\x64\x9c\xbf", 6},
             {"\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f", 8},
             {"\x1f", 1},
             {"\x64\x02", 2},
             {"\xff\xff\xff\xff", 4}};

static void put_string(choices *c, octets *out, const char *text, size_t len)
{
    const unsigned how = choose(c);
    if (how % 8 == 1) {
        const unsigned which = choose_below(c, sizeof coded / sizeof *coded);
        put_integer(out, 0x80, 0x7f, coded[which].len);
        octets_put(out, coded[which].octets, coded[which].len);
        return;
    }
    put_integer(out, how == 255 ? 0x80 : 0, 0x7f, (uint32_t)len);
    octets_put(out, text, len);
}

static void put_literal(choices *c, octets *out, const h2_header *field, unsigned how)
{
    static const unsigned firsts[] = {0x40, 0x00, 0x10, 0x40}, masks[] = {0x3f, 0x0f, 0x0f, 0x3f};
    const unsigned which = how % 4;
    if (how & 16) {
        put_integer(out, firsts[which], masks[which], choose_below(c, 72));
        if (out->data[out->len - 1] == firsts[which]) octets_u8(out, 0);
    } else {
        put_integer(out, firsts[which], masks[which], 0);
        put_string(c, out, field->name, field->name_len);
    }
    put_string(c, out, field->value, field->value_len);
}

static void encode(choices *c, const chosen_list *list, octets *out)
{
    for (size_t i = 0; i < list->count; i++) {
        const unsigned how = choose(c);
        if (how % 32 == 31)
            put_integer(out, 0x80, 0x7f, choose_below(c, 80));
        else
            put_literal(c, out, &list->fields[i], how);
    }
}

void choose_block(choices *c, chosen_kind kind, octets *out)
{
    chosen_list list;
    choose_list(c, kind, &list);
    for (unsigned how = choose(c); how % 16 == 1; how = choose(c))
        put_integer(out, 0x20, 0x1f, how & 128 ? 4096 : how & 64 ? choose_u32(c) : choose(c));
    encode(c, &list, out);
    if (choose(c) % 64 == 63) octets_u8(out, choose(c));
}

void choose_suspect_block(choices *c, chosen_kind kind, octets *out)
{
    static const char *const fields[][2] = {{"transfer-encoding", "chunked"},
                                            {"host", "example.org"},
                                            {"host", "example.com"},
                                            {"content-length", "+5"},
                                            {"connection", "close"},
                                            {"te", "gzip"},
                                            {"upgrade", "h2c"},
                                            {"x-a", "b\t"},
                                            {"proxy-connection", "keep-alive"},
                                            {"x-a:b", "c"},
                                            {"x-a", " b"},
                                            {"keep-alive", "timeout=5"}};
    static const char octets_of_note[] = "\0\n\r\x7f\x01 \t\xff";
    enum {
        FIELDS = sizeof fields / sizeof *fields,
        LONGEST = 70
    };
    choices none = {0};
    chosen_list list;
    choose_list(&none, kind, &list);
    const unsigned which = choose_below(c, FIELDS + 4);
    if (which < FIELDS) {
        put(&list, fields[which][0], fields[which][1]);
    } else {
        char value[LONGEST];
        const unsigned len = 1 + choose_below(c, LONGEST);
        memset(value, 'a', len);
        value[choose_below(c, len)] = octets_of_note[choose_below(c, sizeof octets_of_note - 1)];
        chosen_put(&list, "x-long", 6, value, len, 0);
    }
    encode(&none, &list, out);
}
