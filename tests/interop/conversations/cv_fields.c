/* Lists of header fields with realistic shapes and octets that are odd but legal, and what engines make of
 * them on the way (RFC 9113 section 8). */
#include "cv.h"

#include <string.h>

typedef struct builder {
    cv *c;
    cv_list list;
    size_t cap;
} builder;

static void add(builder *b, const char *name, size_t name_len, const char *value, size_t value_len,
                unsigned flags)
{
    if (b->list.count == b->cap) {
        const size_t cap = b->cap == 0 ? 24 : b->cap * 2;
        h2_header *const fields = cv_alloc(b->c, cap * sizeof *fields);
        if (b->list.count != 0) memcpy(fields, b->list.fields, b->list.count * sizeof *fields);
        b->list.fields = fields;
        b->cap = cap;
    }
    b->list.fields[b->list.count++] = (h2_header){name, name_len, value, value_len, flags};
}

static void add_text(builder *b, const char *name, const char *value)
{
    add(b, name, strlen(name), value, strlen(value), 0);
}

static const char *pick(cv *c, const char *const *from, size_t count)
{
    return from[cv_random(c, (uint32_t)count)];
}
#define PICK(c, array) pick(c, array, sizeof(array) / sizeof((array)[0]))

static const char token_symbols[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz";
static const char plain_symbols[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";

static char *word(cv *c, const char *symbols, size_t len)
{
    char *const out = cv_alloc(c, len + 1);
    const uint32_t count = (uint32_t)strlen(symbols);
    for (size_t i = 0; i < len; i++)
        out[i] = symbols[cv_random(c, count)];
    out[len] = '\0';
    return out;
}

/* Any field-value octet: blanks inside only, 0x21 to 0x7e, 0x80 to 0xff. */
static char *odd_value(cv *c, size_t len)
{
    char *const out = cv_alloc(c, len + 1);
    for (size_t i = 0; i < len; i++) {
        uint32_t octet = cv_random(c, 0x101 - 0x20) + 0x1f;
        if (octet == 0x1f) octet = '\t';
        if (octet == 0x7f) octet = 0x80 + cv_random(c, 0x80);
        const bool edge = i == 0 || i == len - 1;
        if (edge && (octet == ' ' || octet == '\t')) octet = 'x';
        out[i] = (char)octet;
    }
    out[len] = '\0';
    return out;
}

static size_t value_length(cv *c)
{
    const uint32_t kind = cv_random(c, 20);
    if (kind == 0) return 0;
    if (kind < 14) return 1 + cv_random(c, 20);
    if (kind < 19) return 1 + cv_random(c, 90);
    return 1 + cv_random(c, 400);
}

static const char *const known[][2] = {
    {"accept", "*/*"},
    {"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
    {"accept-encoding", "gzip, deflate"},
    {"accept-encoding", "gzip, deflate, br"},
    {"accept-language", "en-US,en;q=0.5"},
    {"cache-control", "max-age=0"},
    {"cache-control", "no-cache"},
    {"content-type", "application/octet-stream"},
    {"content-type", "text/html; charset=utf-8"},
    {"user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0"},
    {"server", "nghttpx"},
    {"date", "Tue, 15 Nov 1994 08:12:31 GMT"},
    {"etag", "\"33a64df551425fcc55e4d42a148795d9f25f89d4\""},
    {"last-modified", "Wed, 21 Oct 2015 07:28:00 GMT"},
    {"set-cookie", "id=a3fWa; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Secure; HttpOnly"},
    {"set-cookie", "theme=light"},
    {"location", "https://www.example.org/a?b=c"},
    {"vary", "accept-encoding"},
    {"via", "1.1 proxy"},
    {"strict-transport-security", "max-age=31536000; includeSubDomains"},
    {"authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
    {"proxy-authorization", "Basic c2VjcmV0"},
    {"if-none-match", "*"},
    {"x-forwarded-for", "203.0.113.195, 70.41.3.18"},
    {"priority", "u=3, i"},
    {"accept-charset", ""},
    {"referer", "http://example.org/"},
};

static const char *sloppy_name(cv *c, const char *name, size_t *len)
{
    char *const out = cv_alloc(c, *len + 3);
    size_t at = 0;
    if (cv_chance(c, 30)) out[at++] = ' ';
    for (size_t i = 0; i < *len; i++) {
        const char octet = name[i];
        out[at++] = octet >= 'a' && octet <= 'z' && cv_chance(c, 50) ? (char)(octet - 32) : octet;
    }
    if (cv_chance(c, 30)) out[at++] = '\t';
    *len = at;
    return out;
}

static const char *sloppy_value(cv *c, const char *value, size_t *len)
{
    char *const out = cv_alloc(c, *len + 4);
    size_t at = 0;
    if (cv_chance(c, 50)) out[at++] = cv_chance(c, 50) ? ' ' : '\t';
    if (*len != 0) memcpy(out + at, value, *len);
    at += *len;
    if (cv_chance(c, 50)) out[at++] = ' ';
    *len = at;
    return out;
}

/* Names and values as careless applications write them; libh2 puts them right when it normalises. */
static void add_sloppy(builder *b, const char *name, const char *value, size_t value_len, unsigned flags)
{
    size_t name_len = strlen(name);
    if (cv_chance(b->c, 12)) name = sloppy_name(b->c, name, &name_len);
    if (cv_chance(b->c, 12)) value = sloppy_value(b->c, value, &value_len);
    add(b, name, name_len, value, value_len, flags);
}

static bool writes_sloppily(const cv_side *side)
{
    return side->engine == &cv_libh2;
}

static void add_regular(builder *b, const cv_side *side)
{
    cv *const c = b->c;
    const unsigned flags = cv_chance(c, 8) ? H2_HEADER_NEVER_INDEX : 0;
    const char *name, *value;
    size_t value_len;
    if (cv_chance(c, 60)) {
        const uint32_t row = cv_random(c, sizeof known / sizeof known[0]);
        name = known[row][0];
        value = known[row][1];
        value_len = strlen(value);
    } else {
        static const char *const names[] = {"x-request-id", "x-a", "x-trace", "a", "grpc-timeout", "dnt"};
        name = cv_chance(c, 60) ? PICK(c, names) : word(c, token_symbols, 1 + cv_random(c, 24));
        if (strcmp(name, "te") == 0 || strcmp(name, "host") == 0) name = "x-te";
        value_len = value_length(c);
        value = cv_chance(c, 50) ? odd_value(c, value_len) : word(c, plain_symbols, value_len);
    }
    if (writes_sloppily(side))
        add_sloppy(b, name, value, value_len, flags);
    else
        add(b, name, strlen(name), value, value_len, flags);
}

static void add_cookies(builder *b)
{
    cv *const c = b->c;
    const uint32_t crumbs = 1 + cv_random(c, 4);
    for (uint32_t i = 0; i < crumbs; i++) {
        static const char *const values[] = {"a=1", "session=0123456789abcdef0123456789", "a=1; b=2; c=3",
                                             "x=", "theme=dark"};
        add_text(b, "cookie", PICK(c, values));
        if (cv_chance(c, 30)) add_text(b, "x-between", "1");
    }
}

static void add_connection_specific(builder *b)
{
    static const char *const names[] = {"Connection", "keep-alive", "Proxy-Connection", "upgrade",
                                        "transfer-encoding"};
    add_text(b, PICK(b->c, names), "chunked");
}

static void add_rest(builder *b, const cv_side *side, bool request)
{
    cv *const c = b->c;
    uint32_t fields = cv_random(c, 9);
    if (cv_chance(c, 1)) fields = 40 + cv_random(c, 60);
    for (uint32_t i = 0; i < fields; i++)
        add_regular(b, side);
    if (request && cv_chance(c, 25)) add_cookies(b);
    if (request && cv_chance(c, 10)) add_text(b, "te", "trailers");
    if (writes_sloppily(side) && cv_chance(c, 5)) add_connection_specific(b);
    if (!cv_chance(c, 1)) return;
    const uint32_t large = 1 + cv_random(c, 8); /* up to what takes CONTINUATION frames */
    for (uint32_t i = 0; i < large; i++) {
        const size_t len = 2000 + cv_random(c, 3000);
        add(b, "x-large", 7, word(c, plain_symbols, len), len, 0);
    }
}

static void add_content_length(builder *b, size_t octets)
{
    char digits[24];
    size_t at = sizeof digits;
    digits[--at] = '\0';
    do {
        digits[--at] = (char)('0' + octets % 10);
        octets /= 10;
    } while (octets > 0);
    add_text(b, "content-length", cv_copy(b->c, digits + at, strlen(digits + at)));
}

static size_t body_size(cv *c)
{
    const uint32_t kind = cv_random(c, 1000);
    if (kind < 200) return 0;
    if (kind < 700) return 1 + cv_random(c, 300);
    if (kind < 940) return 1 + cv_random(c, 3000);
    if (kind < 993) return 1 + cv_random(c, 20000);
    return 1 + cv_random(c, 120000);
}

static const char *authority(cv *c)
{
    static const char *const names[] = {"example.org", "www.example.org:8443", "[2001:db8::1]:80",
                                        "localhost", "a-b.c_d~e"};
    return PICK(c, names);
}

static const char *path(cv *c)
{
    static const char *const paths[] = {"/", "/index.html", "/a/b?c=d&e=%20", "/~user/;v=1", "//x//"};
    if (cv_chance(c, 70)) return PICK(c, paths);
    char *const out = word(c, plain_symbols, 1 + cv_random(c, 60));
    out[0] = '/';
    return out;
}

static void add_target(builder *b, const char *method, cv *c)
{
    static const char *const schemes[] = {"http", "https"};
    const bool asterisk = strcmp(method, "OPTIONS") == 0 && cv_chance(c, 50);
    const char *const scheme = PICK(c, schemes);
    const char *const where = asterisk ? "*" : path(c);
    if (cv_chance(c, 50)) {
        add_text(b, ":scheme", scheme);
        add_text(b, ":path", where);
    } else {
        add_text(b, ":path", where);
        add_text(b, ":scheme", scheme);
    }
}

static const char *choose_method(cv *c, cv_stream *stream, cv_half *half, bool pushed)
{
    static const char *const bodiless[] = {"GET", "GET", "GET", "HEAD", "DELETE", "OPTIONS"};
    static const char *const bodied[] = {"POST", "PUT", "PATCH", "M-SEARCH"};
    const bool body = !pushed && cv_chance(c, 45);
    const char *method = body ? PICK(c, bodied) : PICK(c, bodiless);
    if (pushed) method = cv_chance(c, 80) ? "GET" : "HEAD";
    stream->connect = !pushed && cv_chance(c, 6);
    if (stream->connect) method = "CONNECT";
    stream->head = strcmp(method, "HEAD") == 0;
    half->no_body = !body && !stream->connect;
    half->body_total = half->no_body ? 0 : body_size(c);
    half->trailers = !stream->connect && !pushed && cv_chance(c, 20);
    return method;
}

/* Extended CONNECT (RFC 8441), once the server has allowed it. */
static bool choose_extended(cv *c, cv_side *side, const cv_stream *stream)
{
    uint32_t allowed = 0;
    if (!stream->connect || cv_chance(c, 40)) return false;
    return side->engine->setting(side, false, H2_SETTINGS_ENABLE_CONNECT_PROTOCOL, &allowed) && allowed == 1;
}

cv_list cv_make_request(cv *c, cv_side *side, cv_stream *stream, bool pushed)
{
    builder b = {c, {NULL, 0}, 0};
    cv_half *const half = &stream->half[side->index];
    const char *const method = choose_method(c, stream, half, pushed), *const host = authority(c);
    const bool extended = choose_extended(c, side, stream);
    const bool host_alone = !stream->connect && !pushed && cv_chance(c, 10);
    add_text(&b, ":method", method);
    if (extended) add_text(&b, ":protocol", "websocket");
    if (!stream->connect || extended) add_target(&b, method, c);
    if (!host_alone) add_text(&b, ":authority", host);
    stream->authority = host_alone ? NULL : host;
    if (host_alone || (!stream->connect && cv_chance(c, 8))) add_text(&b, "host", host);
    if (!half->no_body && !stream->connect && cv_chance(c, 50)) add_content_length(&b, half->body_total);
    add_rest(&b, side, true);
    return b.list;
}

/* Python's h2 holds the content-length of a 304 response, and of a HEAD response after trailers or a push,
 * against the body that it may not have. */
static bool may_tell_length(const cv *c, const cv_stream *stream, const cv_half *half)
{
    if (!half->no_body || c->options.profile == H2_PROFILE_RFC) return true;
    return stream->head && !stream->pushed && !stream->half[0].trailers;
}

cv_list cv_make_response(cv *c, cv_side *side, cv_stream *stream, bool informational)
{
    static const char *const finals[] = {"200", "200", "200", "404", "500",
                                         "206", "302", "204", "304", "999"};
    static const char *const early[] = {"100", "102", "103", "199"};
    builder b = {c, {NULL, 0}, 0};
    cv_half *const half = &stream->half[side->index];
    const char *status = informational ? PICK(c, early) : PICK(c, finals);
    if (stream->connect && !informational) status = "200";
    add_text(&b, ":status", status);
    if (!informational) {
        const bool bodiless = strcmp(status, "204") == 0 || strcmp(status, "304") == 0;
        const size_t size = body_size(c);
        half->no_body = stream->head || bodiless;
        half->body_total = half->no_body ? 0 : size;
        half->trailers = !stream->connect && cv_chance(c, 20);
        const bool tells = !stream->connect && strcmp(status, "204") != 0 && cv_chance(c, 50);
        if (tells && may_tell_length(c, stream, half))
            add_content_length(&b, half->no_body ? size : half->body_total);
    }
    add_rest(&b, side, false);
    return b.list;
}

cv_list cv_make_trailers(cv *c, cv_side *side)
{
    builder b = {c, {NULL, 0}, 0};
    add_text(&b, "x-checksum", word(c, plain_symbols, 16));
    const uint32_t fields = cv_random(c, 4);
    for (uint32_t i = 0; i < fields; i++)
        add_regular(&b, side);
    return b.list;
}

/* What engines make of a list. */

static bool is_blank(char octet)
{
    return octet == ' ' || octet == '\t';
}

static void strip(const char **text, size_t *len)
{
    while (*len > 0 && is_blank((*text)[0])) {
        *text += 1;
        *len -= 1;
    }
    while (*len > 0 && is_blank((*text)[*len - 1]))
        *len -= 1;
}

static bool named(const h2_header *field, const char *name)
{
    return field->name_len == strlen(name) && memcmp(field->name, name, field->name_len) == 0;
}

static bool is_connection_specific(const h2_header *field)
{
    return named(field, "connection") || named(field, "proxy-connection") || named(field, "keep-alive") ||
           named(field, "transfer-encoding") || named(field, "upgrade");
}

cv_list cv_lower_names(cv *c, cv_list list)
{
    cv_list out = {cv_alloc(c, (list.count + 1) * sizeof *out.fields), list.count};
    for (size_t i = 0; i < list.count; i++) {
        h2_header field = list.fields[i];
        char *const name = cv_copy(c, field.name, field.name_len);
        for (size_t k = 0; k < field.name_len; k++)
            if (name[k] >= 'A' && name[k] <= 'Z') name[k] = (char)(name[k] + 32);
        field.name = name;
        out.fields[i] = field;
    }
    return out;
}

static void add_crumbs(builder *b, const h2_header *field)
{
    const char *at = field->value;
    size_t left = field->value_len;
    for (;;) {
        size_t len = 0;
        while (len + 1 < left && !(at[len] == ';' && at[len + 1] == ' '))
            len++;
        if (len + 1 >= left) break;
        add(b, field->name, field->name_len, at, len, field->flags);
        at += len + 2;
        left -= len + 2;
    }
    add(b, field->name, field->name_len, at, left, field->flags);
}

cv_list cv_normalize_outbound(cv *c, cv_list list, bool split_cookies)
{
    builder b = {c, {NULL, 0}, 0};
    const cv_list lower = cv_lower_names(c, list);
    for (size_t i = 0; i < lower.count; i++) {
        h2_header field = lower.fields[i];
        strip(&field.name, &field.name_len);
        strip(&field.value, &field.value_len);
        if (is_connection_specific(&field)) continue;
        if (split_cookies && named(&field, "cookie"))
            add_crumbs(&b, &field);
        else
            add(&b, field.name, field.name_len, field.value, field.value_len, field.flags);
    }
    return b.list;
}

cv_list cv_join_cookies(cv *c, cv_list list)
{
    builder b = {c, {NULL, 0}, 0};
    size_t room = 0;
    for (size_t i = 0; i < list.count; i++) {
        const h2_header *const f = &list.fields[i];
        if (named(f, "cookie"))
            room += f->value_len + 2;
        else
            add(&b, f->name, f->name_len, f->value, f->value_len, f->flags);
    }
    if (room == 0) return list;
    char *const joined = cv_alloc(c, room);
    size_t len = 0;
    for (size_t i = 0; i < list.count; i++) {
        const h2_header *const f = &list.fields[i];
        if (!named(f, "cookie")) continue;
        if (len != 0) {
            joined[len++] = ';';
            joined[len++] = ' ';
        }
        memcpy(joined + len, f->value, f->value_len);
        len += f->value_len;
    }
    add(&b, "cookie", 6, joined, len, H2_HEADER_NEVER_INDEX);
    return b.list;
}

bool cv_field_equal(const h2_header *a, const h2_header *b)
{
    return a->name_len == b->name_len && a->value_len == b->value_len &&
           memcmp(a->name, b->name, a->name_len) == 0 &&
           (a->value_len == 0 || memcmp(a->value, b->value, a->value_len) == 0);
}

void cv_expect_fields(cv *c, const char *who, const cv_list *expected, const h2_header *fields, size_t count,
                      bool flags)
{
    if (count != expected->count) {
        cv_fail(c, "%s reports %zu fields, %zu were sent", who, count, expected->count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const h2_header *const want = &expected->fields[i];
        if (!cv_field_equal(want, &fields[i])) {
            cv_fail(c, "%s reports field %zu as \"%.*s: %.*s\", sent was \"%.*s: %.*s\"", who, i,
                    (int)fields[i].name_len, fields[i].name, (int)fields[i].value_len, fields[i].value,
                    (int)want->name_len, want->name, (int)want->value_len, want->value);
            return;
        }
        if (flags && (want->flags & H2_HEADER_NEVER_INDEX) != (fields[i].flags & H2_HEADER_NEVER_INDEX)) {
            cv_fail(c, "%s reports field %zu (%.*s) with never-indexed %u, sent was %u", who, i,
                    (int)want->name_len, want->name, fields[i].flags & H2_HEADER_NEVER_INDEX,
                    want->flags & H2_HEADER_NEVER_INDEX);
            return;
        }
    }
}
