/* URLs taken apart; see url.h. */
#include "get/url.h"

#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* RFC 3986 appendix A, reg-name and IP-literal; what is left is refused rather than repaired. */
static const char host_characters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=%:";

static const char *check_octets(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
        if (*p <= 0x20 || *p == 0x7f) return "has a blank or a control character";
        if (*p >= 0x80) return "has a character that must be percent-encoded";
    }
    return NULL;
}

static const char *parse_scheme(url *out, const char **rest)
{
    if (strncasecmp(*rest, "http://", 7) == 0) {
        *rest += 7;
    } else if (strncasecmp(*rest, "https://", 8) == 0) {
        out->tls = true;
        *rest += 8;
    } else {
        return "must begin with http:// or https://";
    }
    return NULL;
}

static const char *parse_port(url *out, const char *text, size_t len)
{
    uint64_t number = out->tls ? 443 : 80;
    char digits[6] = "";
    if (len >= sizeof digits) return "has no valid port: a number from 1 to 65535";
    memcpy(digits, text, len);
    if (len > 0 && !cli_number(digits, 1, 65535, &number))
        return "has no valid port: a number from 1 to 65535";
    snprintf(out->port, sizeof out->port, "%u", (unsigned)number & 0xffff);
    return NULL;
}

static char *lower_copy(const char *text, size_t len)
{
    char *copy = strndup(text, len);
    for (char *p = copy; p && *p; p++)
        if (*p >= 'A' && *p <= 'Z') *p = (char)(*p + ('a' - 'A'));
    return copy;
}

/* Where host and port are in host[:port] or [address][:port]. */
struct authority {
    const char *host, *digits;
    size_t host_len, digits_len;
    bool literal;
};

static const char *split_literal(struct authority *out, const char *text, const char *end)
{
    const char *bracket = memchr(text, ']', (size_t)(end - text));
    if (!bracket) return "has an address without a closing bracket";
    if (bracket + 1 != end && bracket[1] != ':') return "has something between the address and the port";
    out->literal = true;
    out->host = text + 1;
    out->host_len = (size_t)(bracket - out->host);
    out->digits = bracket + 1 == end ? end : bracket + 2;
    return NULL;
}

static const char *split_authority(struct authority *out, const char *text, size_t len)
{
    const char *end = text + len;
    const char *error = NULL;
    if (memchr(text, '@', len)) return "has user information: give -H 'authorization: ...' instead";
    if (len > 0 && *text == '[') {
        error = split_literal(out, text, end);
    } else {
        const char *colon = memchr(text, ':', len);
        out->host = text;
        out->host_len = colon ? (size_t)(colon - text) : len;
        out->digits = colon ? colon + 1 : end;
    }
    if (error) return error;
    out->digits_len = (size_t)(end - out->digits);
    if (out->host_len == 0) return "has no host";
    return strspn(out->host, host_characters) < out->host_len ? "has a host that is no name" : NULL;
}

static bool is_usual_port(const url *u)
{
    return strcmp(u->port, u->tls ? "443" : "80") == 0;
}

static const char *parse_authority(url *out, const char *text, size_t len)
{
    struct authority parts = {0};
    const char *error = split_authority(&parts, text, len);
    if (!error) error = parse_port(out, parts.digits, parts.digits_len);
    if (error) return error;
    const char *open = parts.literal ? "[" : "", *close = parts.literal ? "]" : "";
    const char *colon = is_usual_port(out) ? "" : ":", *port = is_usual_port(out) ? "" : out->port;
    out->host = lower_copy(parts.host, parts.host_len);
    if (!out->host || asprintf(&out->authority, "%s%s%s%s%s", open, out->host, close, colon, port) < 0)
        return "is too much: out of memory";
    return NULL;
}

static const char *parse_parts(url *out, const char *text)
{
    const char *rest = text;
    const char *error = check_octets(text);
    if (!error) error = parse_scheme(out, &rest);
    if (error) return error;
    const size_t authority_len = strcspn(rest, "/?#");
    error = parse_authority(out, rest, authority_len);
    if (error) return error;
    rest += authority_len;
    const int path_len = (int)strcspn(rest, "#");
    if (asprintf(&out->path, "%s%.*s", *rest == '/' ? "" : "/", path_len, rest) < 0)
        return "is too much: out of memory";
    return NULL;
}

const char *url_parse(url *out, const char *text)
{
    *out = (url){0};
    const char *error = parse_parts(out, text);
    if (error) url_free(out);
    return error;
}

bool url_same_origin(const url *a, const url *b)
{
    return a->tls == b->tls && strcmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}

char *url_file_name(const url *u)
{
    const size_t path_len = strcspn(u->path, "?");
    const char *slash = memrchr(u->path, '/', path_len);
    const size_t start = slash ? (size_t)(slash - u->path) + 1 : 0;
    const size_t len = path_len - start;
    if (len == 0) return strdup("index.html");
    if ((len == 1 && u->path[start] == '.') || (len == 2 && strncmp(u->path + start, "..", 2) == 0))
        return NULL;
    return strndup(u->path + start, len);
}

void url_free(url *u)
{
    free(u->host);
    free(u->authority);
    free(u->path);
    *u = (url){0};
}
