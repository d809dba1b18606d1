/* Field lists as they follow each other on real connections, made up from a seed. */
#include "stories.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_FIELDS = 48,
    MAX_TEXT = 4096
};

#define PICK(state, list) ((list)[random_below(state, sizeof(list) / sizeof *(list))])

uint64_t random_next(uint64_t *state)
{
    uint64_t x = *state;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    *state = x;
    return x * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

size_t random_below(uint64_t *state, size_t end)
{
    return end ? (size_t)(random_next(state) % end) : 0;
}

/* A list in the making, and what stays the same through the story. */
typedef struct teller {
    uint64_t random;
    h2_header fields[MAX_FIELDS];
    size_t count;
    unsigned clock; /* seconds */
    char host[64], agent[160], cookie[400], token[400], etag_salt[12];
} teller;

static char *copy_text(const void *text, size_t len)
{
    char *copy = must_malloc(len);
    if (len > 0) memcpy(copy, text, len);
    return copy;
}

static void put(story_list *list, const void *name, size_t name_len, const void *value, size_t value_len,
                unsigned flags)
{
    list->fields[list->count++] = (h2_header){.name = copy_text(name, name_len),
                                              .name_len = name_len,
                                              .value = copy_text(value, value_len),
                                              .value_len = value_len,
                                              .flags = flags};
}

static void field(teller *t, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void field(teller *t, const char *name, const char *format, ...)
{
    char value[MAX_TEXT];
    va_list args;
    va_start(args, format);
    vsnprintf(value, sizeof value, format, args);
    va_end(args);
    story_list list = {.fields = t->fields, .count = t->count};
    put(&list, name, strlen(name), value, strlen(value), 0);
    t->count = list.count;
}

static void random_text(teller *t, char *out, size_t len, const char *alphabet)
{
    const size_t letters = strlen(alphabet);
    for (size_t i = 0; i < len; i++)
        out[i] = alphabet[random_below(&t->random, letters)];
    out[len] = 0;
}

static const char hex[] = "0123456789abcdef";
static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char *const words[] = {"app",    "main",  "vendor", "index", "assets", "img",
                                    "static", "user",  "news",   "style", "theme",  "search",
                                    "api",    "v1",    "v2",     "media", "fonts",  "report",
                                    "list",   "track", "home",   "photo", "thumb",  "cart"};

static void date(const teller *t, char *out, size_t cap, unsigned back)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const unsigned now = 40000000 + t->clock - back, day = now / 86400;
    snprintf(out, cap, "%s, %02u Nov 2024 %02u:%02u:%02u GMT", days[day % 7], day % 28 + 1, now / 3600 % 24,
             now / 60 % 60, now % 60);
}

static void path(teller *t, char *out, size_t cap)
{
    static const char *const endings[] = {".js", ".css", ".png", ".webp", ".woff2", ".svg", "", "/"};
    char tail[32], unique[24];
    random_text(t, unique, 8, hex);
    switch (random_below(&t->random, 4)) {
    case 0: snprintf(tail, sizeof tail, "?v=%s", unique); break;
    case 1: snprintf(tail, sizeof tail, "-%s%s", unique, PICK(&t->random, endings)); break;
    default: snprintf(tail, sizeof tail, "%s", PICK(&t->random, endings)); break;
    }
    snprintf(out, cap, "/%s/%s/%s%s", PICK(&t->random, words), PICK(&t->random, words),
             PICK(&t->random, words), tail);
}

static void begin_story(teller *t)
{
    char part[240];
    snprintf(t->host, sizeof t->host, "www.%s-%s.example.com", PICK(&t->random, words),
             PICK(&t->random, words));
    snprintf(
        t->agent, sizeof t->agent,
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%zu.0.0.0 Safari/537.36",
        100 + random_below(&t->random, 30));
    random_text(t, part, 24 + random_below(&t->random, 150), base64);
    snprintf(t->cookie, sizeof t->cookie, "_ga=GA1.1.%zu.%zu; session=%s", random_below(&t->random, 1u << 30),
             random_below(&t->random, 1u << 30), part);
    random_text(t, part, 200, base64);
    snprintf(t->token, sizeof t->token, "Bearer eyJhbGciOiJSUzI1NiJ9.%s", part);
    random_text(t, t->etag_salt, 6, hex);
}

static void browser_list(teller *t)
{
    static const struct {
        const char *accept, *dest, *mode, *priority;
    } uses[] = {
        {"text/css,*/*;q=0.1", "style", "no-cors", "u=0"},
        {"*/*", "script", "no-cors", "u=1"},
        {"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image", "no-cors", "u=2, i"},
        {"*/*", "font", "cors", "u=0"},
        {"*/*", "empty", "cors", "u=1, i"},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "document", "navigate", "u=0, i"},
    };
    const size_t use = random_below(&t->random, sizeof uses / sizeof *uses);
    char where[256], when[40];
    path(t, where, sizeof where);
    field(t, ":method", "%s", random_below(&t->random, 12) ? "GET" : "POST");
    field(t, ":authority", "%s", t->host);
    field(t, ":scheme", "https");
    field(t, ":path", "%s", where);
    if (random_below(&t->random, 8) == 0) field(t, "content-length", "%zu", random_below(&t->random, 5000));
    field(t, "sec-ch-ua", "\"Chromium\";v=\"124\", \"Google Chrome\";v=\"124\", \"Not-A.Brand\";v=\"99\"");
    field(t, "sec-ch-ua-mobile", "?0");
    field(t, "user-agent", "%s", t->agent);
    field(t, "sec-ch-ua-platform", "\"Linux\"");
    field(t, "accept", "%s", uses[use].accept);
    field(t, "sec-fetch-site", "same-origin");
    field(t, "sec-fetch-mode", "%s", uses[use].mode);
    field(t, "sec-fetch-dest", "%s", uses[use].dest);
    field(t, "referer", "https://%s/%s", t->host, random_below(&t->random, 3) ? "" : words[t->clock % 7]);
    field(t, "accept-encoding", "gzip, deflate, br, zstd");
    field(t, "accept-language", "en-GB,en;q=0.9");
    field(t, "cookie", "%s", t->cookie);
    if (random_below(&t->random, 4) == 0) {
        date(t, when, sizeof when, 86400 + (unsigned)random_below(&t->random, 900000));
        field(t, "if-modified-since", "%s", when);
        field(t, "if-none-match", "\"%s-%zx\"", t->etag_salt, random_below(&t->random, 1u << 30));
    }
    field(t, "priority", "%s", uses[use].priority);
}

static void site_list(teller *t)
{
    static const char *const types[] = {"text/html; charset=utf-8",
                                        "application/javascript",
                                        "text/css",
                                        "image/png",
                                        "image/webp",
                                        "font/woff2",
                                        "application/json"};
    static const char *const ages[] = {"max-age=31536000, immutable", "no-cache", "public, max-age=3600",
                                       "private, max-age=0"};
    char when[40];
    const bool fresh = random_below(&t->random, 8) == 0;
    field(t, ":status", "%s", fresh ? "304" : random_below(&t->random, 20) ? "200" : "404");
    date(t, when, sizeof when, 0);
    field(t, "date", "%s", when);
    field(t, "server", "nginx");
    if (!fresh) {
        field(t, "content-type", "%s", PICK(&t->random, types));
        field(t, "content-length", "%zu", random_below(&t->random, 200000));
    }
    date(t, when, sizeof when, 86400 + (unsigned)random_below(&t->random, 40) * 3600);
    field(t, "last-modified", "%s", when);
    field(t, "etag", "\"%s-%zx\"", t->etag_salt, random_below(&t->random, 1u << 30));
    field(t, "cache-control", "%s", PICK(&t->random, ages));
    field(t, "accept-ranges", "bytes");
    field(t, "vary", "Accept-Encoding");
    field(t, "strict-transport-security", "max-age=63072000; includeSubDomains; preload");
    field(t, "x-content-type-options", "nosniff");
    if (random_below(&t->random, 2)) {
        field(t, "x-cache", "%s", random_below(&t->random, 4) ? "HIT" : "MISS");
        field(t, "age", "%zu", random_below(&t->random, 90000));
    }
    if (random_below(&t->random, 12) == 0) {
        char id[33];
        random_text(t, id, 32, base64);
        field(t, "set-cookie", "session=%s; Path=/; Secure; HttpOnly; SameSite=Lax", id);
    }
    if (random_below(&t->random, 25) == 0)
        field(t, "location", "https://%s/%s", t->host, PICK(&t->random, words));
}

static void api_list(teller *t)
{
    static const char *const methods[] = {"GET", "GET", "GET", "POST", "PUT", "DELETE"};
    char id[40], trace[40];
    random_text(t, id, 24, hex);
    field(t, ":method", "%s", PICK(&t->random, methods));
    field(t, ":scheme", "https");
    field(t, ":authority", "%s", t->host);
    field(t, ":path", "/api/v1/%s/%s", PICK(&t->random, words), id);
    field(t, "accept", "application/json");
    field(t, "authorization", "%s", t->token);
    field(t, "user-agent", "acme-client/3.2 (+https://example.com/bot)");
    if (random_below(&t->random, 2)) {
        field(t, "content-type", "application/json");
        field(t, "content-length", "%zu", random_below(&t->random, 3000));
    }
    random_text(t, id, 32, hex);
    random_text(t, trace, 16, hex);
    field(t, "x-request-id", "%.8s-%.4s-%.4s-%.4s-%.12s", id, id + 8, id + 12, id + 16, id + 20);
    field(t, "traceparent", "00-%s-%s-01", id, trace);
}

static void api_reply_list(teller *t)
{
    char when[40], id[33];
    static const char *const statuses[] = {"200", "200", "200", "201", "204", "404", "429"};
    field(t, ":status", "%s", PICK(&t->random, statuses));
    date(t, when, sizeof when, 0);
    field(t, "date", "%s", when);
    field(t, "content-type", "application/json; charset=utf-8");
    field(t, "content-length", "%zu", random_below(&t->random, 9000));
    field(t, "cache-control", "no-store");
    random_text(t, id, 32, hex);
    field(t, "x-request-id", "%.8s-%.4s-%.4s-%.4s-%.12s", id, id + 8, id + 12, id + 16, id + 20);
    field(t, "x-ratelimit-limit", "5000");
    field(t, "x-ratelimit-remaining", "%u", 4999 - t->clock % 5000);
    field(t, "x-ratelimit-reset", "17309%05u", 10000 + t->clock / 60);
    field(t, "vary", "accept, origin");
    field(t, "server", "envoy");
    field(t, "x-envoy-upstream-service-time", "%zu", 2 + random_below(&t->random, 60));
}

static void grpc_list(teller *t)
{
    static const char *const calls[] = {"Get", "List", "Watch", "Update"};
    field(t, ":method", "POST");
    field(t, ":scheme", "http");
    field(t, ":path", "/acme.catalog.v1.Catalog/%s", PICK(&t->random, calls));
    field(t, ":authority", "%s:8443", t->host);
    field(t, "te", "trailers");
    field(t, "content-type", "application/grpc");
    field(t, "user-agent", "grpc-c++/1.62.0 grpc-c/39.0.0 (linux; chttp2)");
    field(t, "grpc-accept-encoding", "identity, deflate, gzip");
    field(t, "grpc-timeout", "%zum", 900 + random_below(&t->random, 100));
}

static void grpc_reply_list(teller *t)
{
    if (t->random & 1 << 20) {
        field(t, ":status", "200");
        field(t, "content-type", "application/grpc");
        field(t, "grpc-accept-encoding", "identity, deflate, gzip");
    } else {
        field(t, "grpc-status", "%d", random_below(&t->random, 15) ? 0 : 5);
        field(t, "grpc-message", "%s", random_below(&t->random, 15) ? "" : "not found");
    }
}

static const struct {
    const char *name;
    void (*tell)(teller *t);
} kinds[STORY_KINDS] = {
    [STORY_BROWSER] = {"browser", browser_list},
    [STORY_SITE] = {"site", site_list},
    [STORY_API] = {"api", api_list},
    [STORY_API_REPLY] = {"api replies", api_reply_list},
    [STORY_GRPC] = {"grpc", grpc_list},
    [STORY_GRPC_REPLY] = {"grpc replies", grpc_reply_list},
};

const char *story_name(story_kind kind)
{
    return kinds[kind].name;
}

story *story_make(story_kind kind, uint64_t seed, size_t lists)
{
    teller t = {.random = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15)};
    story *s = must_malloc(sizeof *s);
    *s = (story){.lists = must_malloc(lists * sizeof *s->lists)};
    begin_story(&t);
    for (; s->count < lists; s->count++) {
        t.count = 0;
        t.clock += random_below(&t.random, 10) == 0;
        random_next(&t.random);
        kinds[kind].tell(&t);
        story_list *list = &s->lists[s->count];
        list->count = t.count;
        list->fields = must_malloc(t.count * sizeof *list->fields);
        memcpy(list->fields, t.fields, t.count * sizeof *list->fields);
        s->fields += t.count;
        for (size_t i = 0; i < t.count; i++)
            s->octets += t.fields[i].name_len + t.fields[i].value_len;
    }
    return s;
}

void random_list_free(story_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free((void *)(uintptr_t)list->fields[i].name);
        free((void *)(uintptr_t)list->fields[i].value);
    }
    free(list->fields);
    *list = (story_list){.fields = NULL};
}

void story_free(story *s)
{
    for (size_t i = 0; i < s->count; i++)
        random_list_free(&s->lists[i]);
    free(s->lists);
    free(s);
}

/* Lists that want to go wrong. */

static size_t random_value(uint64_t *state, char *out)
{
    static const char *const common[] = {"",  "a",     "GET",      "200", "gzip, deflate",
                                         "/", "https", "no-cache", "0",   "text/html; charset=utf-8"};
    const size_t kind = random_below(state, 10);
    if (kind < 4) {
        const char *const text = PICK(state, common);
        memcpy(out, text, strlen(text));
        return strlen(text);
    }
    size_t len = random_below(state, kind == 9 ? MAX_TEXT : kind == 8 ? 300 : 40);
    const size_t range = kind == 5 ? 256 : kind == 6 ? 128 : 0;
    for (size_t i = 0; i < len; i++)
        out[i] =
            range ? (char)(uint8_t)random_below(state, range) : base64[random_below(state, 1 + len % 64)];
    return len;
}

story_list random_list(uint64_t *state)
{
    static const char *const names[] = {":method", ":status",      ":path",   "accept",     "cookie",
                                        "x-a",     "x-b",          "etag",    "user-agent", "content-length",
                                        "via",     "x-some-field", "x-c",     "date",       "authorization",
                                        "x",       "set-cookie",   "location"};
    story_list list = {.fields = must_malloc(MAX_FIELDS * sizeof *list.fields)};
    char name[MAX_TEXT], value[MAX_TEXT];
    for (size_t left = random_below(state, MAX_FIELDS - 8); left > 0; left--) {
        size_t name_len;
        if (random_below(state, 6)) {
            const char *const text = PICK(state, names);
            name_len = strlen(text);
            memcpy(name, text, name_len);
        } else {
            name_len = random_value(state, name);
        }
        const size_t value_len = random_value(state, value);
        put(&list, name, name_len, value, value_len, random_below(state, 9) ? 0 : H2_HEADER_NEVER_INDEX);
    }
    return list;
}
