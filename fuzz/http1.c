/* Fields as HTTP/1.1 (RFC 9112), written naively and read by a parser that is as careless as any on the net: lines end
 * with CR, LF or NUL, blanks part the words of the first line, lines that begin with a blank go on with the one before. */
#include "http1.h"

#include "fuzz.h"

#include <string.h>

typedef struct text {
    const char *at;
    size_t len;
} text;

static bool is_break(char c)
{
    return c == '\r' || c == '\n' || c == '\0';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

/* The next line that is not empty. */
static bool next_line(text *rest, text *line)
{
    while (rest->len > 0 && is_break(*rest->at)) {
        rest->at++;
        rest->len--;
    }
    line->at = rest->at;
    while (rest->len > 0 && !is_break(*rest->at)) {
        rest->at++;
        rest->len--;
    }
    line->len = (size_t)(rest->at - line->at);
    return line->len > 0;
}

static text strip(text t)
{
    while (t.len > 0 && is_blank(*t.at)) {
        t.at++;
        t.len--;
    }
    while (t.len > 0 && is_blank(t.at[t.len - 1]))
        t.len--;
    return t;
}

static bool same(text t, const char *at, size_t len)
{
    return t.len == len && (len == 0 || memcmp(t.at, at, len) == 0);
}

static void write_field(octets *out, const h2_header *field)
{
    octets_put(out, field->name, field->name_len);
    octets_text(out, ": ");
    octets_put(out, field->value, field->value_len);
    octets_text(out, "\r\n");
}

static const h2_header *find(const h2_header *fields, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (same((text){fields[i].name, fields[i].name_len}, name, strlen(name))) return &fields[i];
    return NULL;
}

static void judge_first_line(text line, const h2_header *fields, size_t count)
{
    const h2_header *const method = find(fields, count, ":method"), *const path =
                                                                        find(fields, count, ":path");
    size_t words = 0, at = 0;
    text word[4] = {{0}};
    while (at < line.len && words < 4) {
        word[words].at = line.at + at;
        while (at < line.len && !is_blank(line.at[at]))
            at++;
        word[words].len = (size_t)(line.at + at - word[words].at);
        words++;
        if (at < line.len) at++;
    }
    CHECK(words == 3);
    if (method) CHECK(same(word[0], method->value, method->value_len));
    if (method && path) CHECK(same(word[1], path->value, path->value_len));
    CHECK(same(word[2], "HTTP/1.1", 8));
}

static void judge_fields(text rest, const h2_header *fields, size_t count)
{
    text line;
    for (size_t i = 0; i < count; i++) {
        if (fields[i].name_len > 0 && fields[i].name[0] == ':') continue;
        CHECK(next_line(&rest, &line));
        CHECK(!is_blank(*line.at));
        const char *const colon = memchr(line.at, ':', line.len);
        CHECK(colon != NULL);
        CHECK(same((text){line.at, (size_t)(colon - line.at)}, fields[i].name, fields[i].name_len));
        const text value = strip((text){colon + 1, (size_t)(line.at + line.len - colon - 1)});
        CHECK(same(value, fields[i].value, fields[i].value_len));
    }
    CHECK(!next_line(&rest, &line));
}

static void judge_request(const h2_header *fields, size_t count)
{
    octets out = {0};
    const h2_header *const method = find(fields, count, ":method"), *const path =
                                                                        find(fields, count, ":path");
    const h2_header *const authority = find(fields, count, ":authority"), *const host =
                                                                              find(fields, count, "host");
    CHECK(method != NULL && method->value_len > 0);
    const h2_header *const target = path ? path : authority;
    CHECK(target != NULL);
    octets_put(&out, method->value, method->value_len);
    octets_u8(&out, ' ');
    octets_put(&out, target->value, target->value_len);
    octets_text(&out, " HTTP/1.1\r\n");
    for (size_t i = 0; i < count; i++)
        if (fields[i].name[0] != ':') write_field(&out, &fields[i]);
    if (authority && host)
        CHECK(same((text){host->value, host->value_len}, authority->value, authority->value_len));
    text rest = {octets_string(&out), out.len}, line;
    CHECK(next_line(&rest, &line));
    judge_first_line(line, fields, count);
    judge_fields(rest, fields, count);
    octets_free(&out);
}

static void judge_others(const h2_header *fields, size_t count)
{
    octets out = {0};
    for (size_t i = 0; i < count; i++)
        if (fields[i].name_len > 0 && fields[i].name[0] != ':') write_field(&out, &fields[i]);
    judge_fields((text){octets_string(&out), out.len}, fields, count);
    octets_free(&out);
}

static void judge_framing(const h2_header *fields, size_t count)
{
    CHECK(!find(fields, count, "transfer-encoding") && !find(fields, count, "connection"));
    CHECK(!find(fields, count, "upgrade") && !find(fields, count, "keep-alive"));
    const h2_header *const te = find(fields, count, "te");
    if (te) CHECK(same((text){te->value, te->value_len}, "trailers", 8));
    const h2_header *const length = find(fields, count, "content-length");
    for (size_t i = 0; length && i < length->value_len; i++)
        CHECK(length->value[i] >= '0' && length->value[i] <= '9');
}

void http1_judge(const h2_event *event)
{
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
        judge_framing(event->headers.fields, event->headers.count);
        judge_request(event->headers.fields, event->headers.count);
        break;
    case H2_EVENT_PUSHED_STREAM_RECEIVED: judge_request(event->pushed.fields, event->pushed.count); break;
    case H2_EVENT_RESPONSE_RECEIVED:
    case H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED:
    case H2_EVENT_TRAILERS_RECEIVED:
        judge_framing(event->headers.fields, event->headers.count);
        judge_others(event->headers.fields, event->headers.count);
        break;
    default: break;
    }
}
