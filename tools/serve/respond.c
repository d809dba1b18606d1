/* See respond.h. */
#include "serve/respond.h"

#include "serve/conditional.h"
#include "serve/echo.h"
#include "serve/listing.h"
#include "serve/path.h"
#include "serve/range.h"
#include "serve/reply.h"
#include "serve/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static text without_query(text target)
{
    const char *const mark = target.len ? memchr(target.at, '?', target.len) : NULL;
    return (text){target.at, mark ? (size_t)(mark - target.at) : target.len};
}

static bool not_modified(struct exchange *exchange, const served_file *file)
{
    struct reply reply;
    reply_begin(&reply, exchange->session->site, 304);
    reply_add_string(&reply, "etag", file->etag);
    reply_add_string(&reply, "last-modified", file->modified_text);
    return reply_send(&reply, exchange, true);
}

static bool range_not_satisfiable(struct exchange *exchange, const served_file *file)
{
    char range[48];
    snprintf(range, sizeof range, "bytes */%" PRIu64, file->size);
    return reply_status(exchange, 416, false, "content-range", range);
}

static void describe(struct reply *reply, struct site *site, int status, const served_file *file,
                     const char *length)
{
    reply_begin(reply, site, status);
    reply_add_string(reply, "content-type", file->type);
    reply_add_string(reply, "content-length", length);
    reply_add_string(reply, "last-modified", file->modified_text);
    reply_add_string(reply, "etag", file->etag);
    reply_add_string(reply, "accept-ranges", "bytes");
}

/* Made once for a file: of its strings the date alone changes, where it lies. NULL: no memory. */
static const struct reply *whole_head(struct site *site, served_file *file)
{
    if (file->head) {
        site_date(site);
        return file->head;
    }
    file->head = malloc(sizeof *file->head);
    if (file->head) describe(file->head, site, 200, file, file->length_text);
    return file->head;
}

static bool send_whole(struct exchange *exchange, bool head)
{
    const struct reply *const reply = whole_head(exchange->session->site, exchange->file);
    if (!reply) return false;
    if (!head && exchange->end > 0) exchange->body = BODY_FILE;
    return reply_send(reply, exchange, exchange->body == BODY_NONE);
}

/* The octets from exchange->offset to exchange->end of exchange->file. */
static bool send_part(struct exchange *exchange)
{
    const served_file *const file = exchange->file;
    char length[FILE_LENGTH_SIZE], range[80];
    struct reply reply;
    snprintf(length, sizeof length, "%" PRIu64, exchange->end - exchange->offset);
    snprintf(range, sizeof range, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, exchange->offset,
             exchange->end - 1, file->size);
    describe(&reply, exchange->session->site, 206, file, length);
    reply_add_string(&reply, "content-range", range);
    exchange->body = BODY_FILE;
    return reply_send(&reply, exchange, false);
}

static bool serve_file(struct exchange *exchange, const http_request *request, served_file *file, bool head)
{
    exchange->file = file;
    exchange->end = file->size;
    switch (precondition(request, file)) {
    case 304: return not_modified(exchange, file);
    case 412: return reply_status(exchange, 412, head, NULL, NULL);
    default: break;
    }
    if (head || !request->selective) return send_whole(exchange, head);
    const text range = request_field(request, "range");
    if (!range.at || !range_allowed(request, file)) return send_whole(exchange, false);
    uint64_t first, last;
    switch (range_parse(range, file->size, &first, &last)) {
    case RANGE_UNSATISFIABLE: return range_not_satisfiable(exchange, file);
    case RANGE_WHOLE: return send_whole(exchange, false);
    case RANGE_PART: break;
    }
    exchange->offset = first;
    exchange->end = last + 1;
    return send_part(exchange);
}

static bool serve_listing(struct exchange *exchange, int fd, const char *relative, bool head)
{
    size_t len = 0;
    char length[FILE_LENGTH_SIZE];
    struct reply reply;
    exchange->owned_memory = listing_make(fd, relative, &len);
    if (!exchange->owned_memory) return reply_status(exchange, 500, head, NULL, NULL);
    reply_begin(&reply, exchange->session->site, 200);
    reply_add_string(&reply, "content-type", "text/html; charset=utf-8");
    snprintf(length, sizeof length, "%zu", len);
    reply_add_string(&reply, "content-length", length);
    reply_add_string(&reply, "cache-control", "no-cache");
    if (!head) {
        exchange->body = BODY_MEMORY;
        exchange->memory = exchange->owned_memory;
        exchange->end = len;
    }
    return reply_send(&reply, exchange, head);
}

static bool redirect_to_directory(struct exchange *exchange, const request_path *path, bool head)
{
    char encoded[3 * PATH_SIZE + 1], location[2 * sizeof encoded];
    const bool fits = path_encode((text){path->relative, strlen(path->relative)}, encoded, sizeof encoded) &&
                      path->query.len < sizeof encoded - 4;
    if (!fits) return reply_status(exchange, 414, head, NULL, NULL);
    snprintf(location, sizeof location, "/%s/%s%.*s", encoded, path->query.at ? "?" : "",
             (int)path->query.len, path->query.at ? path->query.at : "");
    return reply_status(exchange, 301, head, "location", location);
}

/* The path ended in a slash: its index.html, or the list of what is in it. */
static bool serve_directory(struct exchange *exchange, const http_request *request, const request_path *path,
                            bool head)
{
    const struct site *const site = exchange->session->site;
    const bool top = strcmp(path->relative, ".") == 0;
    char index[PATH_SIZE + 16];
    snprintf(index, sizeof index, "%s%sindex.html", top ? "" : path->relative, top ? "" : "/");
    found item = file_cache_find(site->files, index, site->turn);
    if (item.kind == FOUND_FILE) {
        file_cache_note(item.file, without_query(request->path));
        return serve_file(exchange, request, item.file, head);
    }
    if (item.kind == FOUND_DIRECTORY)
        found_close(&item);
    else if (item.status != 404)
        return reply_status(exchange, item.status, head, NULL, NULL);
    item = file_cache_find(site->files, path->relative, site->turn);
    if (item.kind == FOUND_DIRECTORY) return serve_listing(exchange, item.fd, path->relative, head);
    const int status = item.kind == FOUND_FILE ? 404 : item.status;
    found_close(&item);
    return reply_status(exchange, status, head, NULL, NULL);
}

static bool serve_name(struct exchange *exchange, const http_request *request, bool head)
{
    const struct site *const site = exchange->session->site;
    request_path path;
    switch (path_parse(request->path, &path)) {
    case PATH_BAD: return reply_status(exchange, 400, head, NULL, NULL);
    case PATH_TOO_LONG: return reply_status(exchange, 414, head, NULL, NULL);
    case PATH_NOWHERE: return reply_status(exchange, 404, head, NULL, NULL);
    case PATH_OK: break;
    }
    if (path.directory) return serve_directory(exchange, request, &path, head);
    found item = file_cache_find(site->files, path.relative, site->turn);
    switch (item.kind) {
    case FOUND_FILE:
        file_cache_note(item.file, without_query(request->path));
        return serve_file(exchange, request, item.file, head);
    case FOUND_DIRECTORY: found_close(&item); return redirect_to_directory(exchange, &path, head);
    case FOUND_NOTHING: break;
    }
    return reply_status(exchange, item.status, head, NULL, NULL);
}

static bool serve_path(struct exchange *exchange, const http_request *request, bool head)
{
    const struct site *const site = exchange->session->site;
    served_file *const file = file_cache_find_noted(site->files, without_query(request->path), site->turn);
    return file ? serve_file(exchange, request, file, head) : serve_name(exchange, request, head);
}

static bool send_continue(struct exchange *exchange)
{
    static const h2_header fields[] = {H2_HEADER(":status", "100")};
    return h2_send_headers(exchange->session->h2, exchange->id, fields, 1, false, NULL) == H2_OK;
}

static bool serve_echo(struct exchange *exchange, const http_request *request)
{
    const text expect = request_field(request, "expect"), type = request_field(request, "content-type"),
               length = request_field(request, "content-length");
    struct reply reply;
    exchange->echo = echo_new();
    if (!exchange->echo) return reply_status(exchange, 503, false, NULL, NULL);
    exchange->body = BODY_ECHO;
    if (!request->ended && expect.at && text_is_caseless(expect, "100-continue") && !send_continue(exchange))
        return false;
    reply_begin(&reply, exchange->session->site, 200);
    if (type.at)
        reply_add(&reply, "content-type", type);
    else
        reply_add_string(&reply, "content-type", "application/octet-stream");
    if (length.at) reply_add(&reply, "content-length", length);
    return reply_send(&reply, exchange, false);
}

bool respond(struct exchange *exchange, const http_request *request)
{
    if (text_is(request->method, "GET")) return serve_path(exchange, request, false);
    if (text_is(request->method, "HEAD")) return serve_path(exchange, request, true);
    const bool echo = text_is(without_query(request->path), "/echo");
    if (echo && text_is(request->method, "POST")) return serve_echo(exchange, request);
    return reply_status(exchange, 405, false, "allow", echo ? "GET, HEAD, POST" : "GET, HEAD");
}
