/* See upgrade.h; the parsing is http_parser's. */
#include "serve/upgrade.h"

#include <http_parser.h>
#include <stdlib.h>

enum {
    HEAD_SIZE = 16 * 1024,
    BODY_SIZE = 64 * 1024, /* it has to wait here until the request is whole: as much as one window */
    FIELDS_MOST = 100,
    PSEUDO_FIELDS = 2
};

#define ANSWER(status, fields, line)                                                                         \
    "HTTP/1.1 " status "\r\nconnection: close\r\ncontent-type: text/plain\r\n" fields "\r\n" line "\n"

static const char switching[] =
    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
static const char upgrade_required[] =
    "HTTP/1.1 426 Upgrade Required\r\nconnection: Upgrade, close\r\nupgrade: h2c\r\ncontent-type: "
    "text/plain\r\n\r\n"
    "This server speaks HTTP/2: try curl --http2-prior-knowledge or curl --http2.\n";
static const char not_supported[] = ANSWER("505 HTTP Version Not Supported", "",
                                           "This server speaks HTTP/2: try curl --http2-prior-knowledge.");
static const char bad_request[] =
    ANSWER("400 Bad Request", "", "Neither HTTP/2 nor a well-formed HTTP/1.1 request.");
static const char bad_settings[] = ANSWER(
    "400 Bad Request", "", "An upgrade to h2c needs exactly one HTTP2-Settings field, base64url encoded.");
static const char too_large[] =
    ANSWER("431 Request Header Fields Too Large", "", "The request's head is too large.");
static const char body_too_large[] = ANSWER(
    "413 Content Too Large", "", "The body is too large to upgrade with: use HTTP/2 with prior knowledge.");

struct upgrade {
    http_parser parser;
    const char *answer; /* set once the request is refused */
    bool complete, in_value;
    unsigned settings_count;
    bool h2c;
    size_t used;  /* of head */
    size_t count; /* of fields; the first two are pseudo-fields */
    size_t target_len;
    text settings;
    h2_header fields[PSEUDO_FIELDS + FIELDS_MOST];
    uint8_t *body;
    size_t body_len;
    char head[HEAD_SIZE];
};

static int refuse(struct upgrade *upgrade, const char *answer)
{
    upgrade->answer = answer;
    return -1;
}

/* Appends to the head; *len grows with it. */
static int store(struct upgrade *upgrade, const char *at, size_t len, size_t *total)
{
    if (len > HEAD_SIZE - upgrade->used) return refuse(upgrade, too_large);
    memcpy(upgrade->head + upgrade->used, at, len);
    upgrade->used += len;
    *total += len;
    return 0;
}

static int on_url(http_parser *parser, const char *at, size_t len)
{
    struct upgrade *const upgrade = parser->data;
    return store(upgrade, at, len, &upgrade->target_len);
}

static int on_field(http_parser *parser, const char *at, size_t len)
{
    struct upgrade *const upgrade = parser->data;
    if (upgrade->in_value || upgrade->count == PSEUDO_FIELDS) {
        if (upgrade->count == PSEUDO_FIELDS + FIELDS_MOST) return refuse(upgrade, too_large);
        upgrade->fields[upgrade->count++] = (h2_header){.name = upgrade->head + upgrade->used};
        upgrade->in_value = false;
    }
    h2_header *const field = &upgrade->fields[upgrade->count - 1];
    char *const name = upgrade->head + upgrade->used;
    if (store(upgrade, at, len, &field->name_len) != 0) return -1;
    for (size_t i = 0; i < len; i++)
        name[i] = ascii_lower(name[i]);
    return 0;
}

static int on_value(http_parser *parser, const char *at, size_t len)
{
    struct upgrade *const upgrade = parser->data;
    h2_header *const field = &upgrade->fields[upgrade->count - 1];
    if (!upgrade->in_value) field->value = upgrade->head + upgrade->used;
    upgrade->in_value = true;
    return store(upgrade, at, len, &field->value_len);
}

static void read_field(struct upgrade *upgrade, const h2_header *field)
{
    const text name = {field->name, field->name_len};
    text value = {field->value, field->value_len};
    if (text_is(name, "http2-settings")) {
        upgrade->settings_count++;
        upgrade->settings = text_trim(value);
    }
    if (!text_is(name, "upgrade")) return;
    while (value.len > 0)
        if (text_is_caseless(text_cut(&value, ','), "h2c")) upgrade->h2c = true;
}

/* What a proxy's request line says, `http://host/path`, becomes the path. */
static text target_path(const struct upgrade *upgrade)
{
    text target = {upgrade->head, upgrade->target_len};
    if (target.len < 7 || !text_is_caseless((text){target.at, 7}, "http://")) return target;
    const char *const slash = memchr(target.at + 7, '/', target.len - 7);
    return slash ? (text){slash, target.len - (size_t)(slash - target.at)} : (text){"/", 1};
}

static int on_headers_complete(http_parser *parser)
{
    struct upgrade *const upgrade = parser->data;
    const char *const method = http_method_str((enum http_method)parser->method);
    for (size_t i = PSEUDO_FIELDS; i < upgrade->count; i++)
        read_field(upgrade, &upgrade->fields[i]);
    if (parser->http_major != 1 || parser->http_minor != 1) return refuse(upgrade, not_supported);
    if (!parser->upgrade || !upgrade->h2c || parser->method == HTTP_CONNECT)
        return refuse(upgrade, upgrade_required);
    if (upgrade->settings_count != 1) return refuse(upgrade, bad_settings);
    if (parser->content_length != UINT64_MAX && parser->content_length > BODY_SIZE)
        return refuse(upgrade, body_too_large);
    const text path = target_path(upgrade);
    upgrade->fields[0] = (h2_header){":method", 7, method, strlen(method), 0};
    upgrade->fields[1] = (h2_header){":path", 5, path.at, path.len, 0};
    return 0;
}

static int on_body(http_parser *parser, const char *at, size_t len)
{
    struct upgrade *const upgrade = parser->data;
    if (len > BODY_SIZE - upgrade->body_len) return refuse(upgrade, body_too_large);
    if (!upgrade->body) upgrade->body = malloc(BODY_SIZE);
    if (!upgrade->body) return refuse(upgrade, body_too_large);
    memcpy(upgrade->body + upgrade->body_len, at, len);
    upgrade->body_len += len;
    return 0;
}

static int on_message_complete(http_parser *parser)
{
    struct upgrade *const upgrade = parser->data;
    upgrade->complete = true;
    return 0;
}

struct upgrade *upgrade_new(void)
{
    struct upgrade *const upgrade = malloc(sizeof *upgrade);
    if (!upgrade) return NULL;
    memset(upgrade, 0, offsetof(struct upgrade, head));
    http_parser_init(&upgrade->parser, HTTP_REQUEST);
    upgrade->parser.data = upgrade;
    upgrade->count = PSEUDO_FIELDS;
    return upgrade;
}

void upgrade_free(struct upgrade *upgrade)
{
    if (!upgrade) return;
    free(upgrade->body);
    free(upgrade);
}

enum upgrade_result upgrade_feed(struct upgrade *upgrade, const uint8_t *bytes, size_t len, size_t *used)
{
    static const http_parser_settings settings = {
        .on_url = on_url,
        .on_header_field = on_field,
        .on_header_value = on_value,
        .on_headers_complete = on_headers_complete,
        .on_body = on_body,
        .on_message_complete = on_message_complete,
    };
    *used = http_parser_execute(&upgrade->parser, &settings, (const char *)bytes, len);
    if (upgrade->answer) return UPGRADE_REFUSED;
    if (upgrade->complete) return UPGRADE_ACCEPTED;
    if (upgrade->parser.http_errno == HPE_OK) return UPGRADE_MORE;
    upgrade->answer = bad_request;
    return UPGRADE_REFUSED;
}

const char *upgrade_switching(void)
{
    return switching;
}

const char *upgrade_answer(const struct upgrade *upgrade)
{
    return upgrade->answer ? upgrade->answer : bad_settings;
}

text upgrade_settings(const struct upgrade *upgrade)
{
    return upgrade->settings;
}

const h2_header *upgrade_fields(const struct upgrade *upgrade, size_t *count)
{
    *count = upgrade->count;
    return upgrade->fields;
}

const uint8_t *upgrade_body(const struct upgrade *upgrade, size_t *len)
{
    *len = upgrade->body_len;
    return upgrade->body;
}
