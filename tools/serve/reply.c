/* See reply.h. */
#include "serve/reply.h"

#include "serve/session.h"

#include <stdio.h>

static const struct {
    int status;
    const char *line;
} lines[] = {
    {301, "301 Moved Permanently\n"},
    {400, "400 Bad Request: the path has broken escapes, a NUL or too many '..'\n"},
    {403, "403 Forbidden: the server may not read this file\n"},
    {404, "404 Not Found\n"},
    {405, "405 Method Not Allowed: the allow field says which are\n"},
    {412, "412 Precondition Failed: the file has changed\n"},
    {414, "414 URI Too Long\n"},
    {416, "416 Range Not Satisfiable: the file is shorter, content-range says how long it is\n"},
    {500, "500 Internal Server Error: the file could not be read\n"},
    {503, "503 Service Unavailable: out of memory or open files, try again later\n"},
};

void reply_begin(struct reply *reply, struct site *site, int status)
{
    reply->status = status;
    reply->count = 0;
    for (int i = 2, rest = status; i >= 0; i--, rest /= 10)
        reply->status_text[i] = (char)('0' + rest % 10);
    reply_add(reply, ":status", (text){reply->status_text, 3});
    reply_add_string(reply, "server", "libh2");
    reply_add(reply, "date", (text){site_date(site), HTTP_DATE_LENGTH});
}

bool reply_send(const struct reply *reply, struct exchange *exchange, bool end)
{
    if (h2_send_headers(exchange->session->h2, exchange->id, reply->fields, reply->count, end, NULL) != H2_OK)
        return false;
    exchange->status = reply->status;
    return true;
}

static const char *line_for(int status)
{
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (lines[i].status == status) return lines[i].line;
    return "";
}

bool reply_status(struct exchange *exchange, int status, bool head, const char *name, const char *value)
{
    const char *const line = line_for(status);
    const size_t len = strlen(line);
    char length[FILE_LENGTH_SIZE];
    struct reply reply;
    reply_begin(&reply, exchange->session->site, status);
    if (len > 0) {
        reply_add_string(&reply, "content-type", "text/plain; charset=utf-8");
        snprintf(length, sizeof length, "%zu", len);
        reply_add_string(&reply, "content-length", length);
    }
    if (name) reply_add_string(&reply, name, value);
    if (!head && len > 0) {
        exchange->body = BODY_MEMORY;
        exchange->memory = (const uint8_t *)line;
        exchange->end = len;
    }
    return reply_send(&reply, exchange, exchange->body == BODY_NONE);
}
