/* See access_log.h. */
#include "serve/access_log.h"

#include "serve/session.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum {
    PATH_SHOWN = 2048 /* octets of a path in a line */
};

/* Appends, with what could break a line or its quotes as \xHH. */
static char *append(char *at, text value)
{
    static const char digits[] = "0123456789abcdef";
    const size_t len = value.len < PATH_SHOWN ? value.len : PATH_SHOWN;
    for (size_t i = 0; i < len; i++) {
        const unsigned char c = (unsigned char)value.at[i];
        if (c > ' ' && c < 0x7f && c != '"' && c != '\\') {
            *at++ = (char)c;
            continue;
        }
        *at++ = '\\';
        *at++ = 'x';
        *at++ = digits[c >> 4];
        *at++ = digits[c & 15];
    }
    return at;
}

void access_log_request(struct exchange *exchange, const http_request *request)
{
    if (!exchange->session->site->access_log) return;
    const size_t shown = request->method.len + request->path.len;
    exchange->started = exchange->session->site->now;
    exchange->log_line = malloc(4 * (shown < 2 * (size_t)PATH_SHOWN ? shown : 2 * (size_t)PATH_SHOWN) + 2);
    if (!exchange->log_line) return;
    char *at = append(exchange->log_line, request->method);
    *at++ = ' ';
    *append(at, request->path) = '\0';
}

void access_log_finish(const struct exchange *exchange)
{
    struct site *const site = exchange->session->site;
    char when[32];
    struct tm tm;
    if (!exchange->log_line) return;
    const time_t now = time(NULL);
    localtime_r(&now, &tm);
    strftime(when, sizeof when, "%d/%b/%Y:%H:%M:%S %z", &tm);
    const uint64_t took = site->now - exchange->started;
    printf("%s - - [%s] \"%s HTTP/2.0\" %d %" PRIu64 " %" PRIu64 ".%03u\n", exchange->session->name, when,
           exchange->log_line, exchange->status, exchange->sent, took / 1000, (unsigned)(took % 1000));
    site->log_waiting = true;
}

void access_log_flush(struct site *site)
{
    if (!site->log_waiting) return;
    fflush(stdout);
    site->log_waiting = false;
}
