/* Decoding and encoding of request paths; see path.h. */
#include "serve/path.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One octet of a segment from *at, which moves on. */
static path_status decode_octet(const char **at, const char *end, char *out)
{
    char c = *(*at)++;
    if (c == '%') {
        if (end - *at < 2) return PATH_BAD;
        const int high = hex_digit((*at)[0]), low = hex_digit((*at)[1]);
        if (high < 0 || low < 0) return PATH_BAD;
        c = (char)(high * 16 + low);
        *at += 2;
        if (c == '/') return PATH_NOWHERE;
    }
    if (c == '\0') return PATH_BAD;
    *out = c;
    return PATH_OK;
}

/* What is left of the name without its last segment. */
static size_t parent(const char *name, size_t len)
{
    while (len > 0 && name[len - 1] != '/')
        len--;
    return len > 0 ? len - 1 : 0;
}

/* Decodes one segment behind what is in `out` already; *named is false when it names nothing by itself. */
static path_status add_segment(const char *at, const char *end, char *out, size_t *used, bool *named)
{
    size_t len = *used;
    if (len > 0) out[len++] = '/';
    const size_t start = len;
    while (at < end) {
        if (len >= PATH_SIZE - 2) return PATH_TOO_LONG;
        const path_status status = decode_octet(&at, end, &out[len]);
        if (status != PATH_OK) return status;
        len++;
    }
    const text segment = {out + start, len - start};
    *named = false;
    if (segment.len == 0 || text_is(segment, ".")) return PATH_OK;
    if (text_is(segment, "..")) {
        if (*used == 0) return PATH_BAD;
        *used = parent(out, *used);
        return PATH_OK;
    }
    *named = true;
    *used = len;
    return PATH_OK;
}

/* Most paths name a file as they are. Copies what is behind the first slash; false, with anything in `out`, when
 * something is escaped, or a segment is empty or begins with a dot. */
static bool copy_plain(const char *at, const char *end, char *out)
{
    char before = '/';
    for (; at < end; before = *out++ = *at++)
        if (*at == '%' || *at == '\0' || (before == '/' && (*at == '/' || *at == '.'))) return false;
    return before != '/';
}

path_status path_parse(text target, request_path *out)
{
    if (target.len == 0) return PATH_BAD;
    const char *const mark = memchr(target.at, '?', target.len);
    const char *const end = mark ? mark : target.at + target.len;
    const char *at = target.at;
    size_t used = 0;
    if (*at != '/') return PATH_BAD;
    out->directory = false;
    out->query = mark ? (text){mark + 1, (size_t)(target.at + target.len - mark) - 1} : (text){NULL, 0};
    if (end - at < PATH_SIZE && copy_plain(at + 1, end, out->relative)) {
        used = (size_t)(end - at) - 1;
        at = end;
    }
    while (at < end) {
        const char *const start = ++at; /* past the slash */
        while (at < end && *at != '/')
            at++;
        bool named;
        const path_status status = add_segment(start, at, out->relative, &used, &named);
        if (status != PATH_OK) return status;
        out->directory = !named;
    }
    if (used == 0) out->relative[used++] = '.';
    out->relative[used] = '\0';
    return PATH_OK;
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~/", c));
}

bool path_encode(text in, char *out, size_t cap)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t used = 0;
    for (size_t i = 0; i < in.len; i++) {
        const unsigned char c = (unsigned char)in.at[i];
        if (cap - used < 4) return false;
        if (is_plain(in.at[i])) {
            out[used++] = in.at[i];
            continue;
        }
        out[used++] = '%';
        out[used++] = digits[c >> 4];
        out[used++] = digits[c & 15];
    }
    if (used >= cap) return false;
    out[used] = '\0';
    return true;
}
