/* Beginning in HTTP/1.1 (RFC 7540 section 3.2): a plain GET asks for the upgrade itself and becomes stream 1; any other
 * request is sent after an OPTIONS that does. A server that answers without upgrading is taken at its word: its
 * answer to a GET is the body. */
#include "get/request.h"
#include "get/session.h"

#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    SWITCHING_PROTOCOLS = 101,
    HTTP1_BACKLOG = 1 << 20 /* octets that may wait to be written before reading stops */
};

/* What the parser finds. */

static int on_status(http_parser *parser, const char *at, size_t len)
{
    session *s = parser->data;
    if (s->env->options->verbose)
        fprintf(stderr, "- HTTP/1.%d %u %.*s\n", parser->http_minor, parser->status_code, (int)len, at);
    return 0;
}

static int on_header_field(http_parser *parser, const char *at, size_t len)
{
    session *s = parser->data;
    s->in_upgrade_field = len == 7 && strncasecmp(at, "upgrade", 7) == 0;
    return 0;
}

static int on_header_value(http_parser *parser, const char *at, size_t len)
{
    session *s = parser->data;
    const size_t have = strlen(s->upgrade_field);
    if (!s->in_upgrade_field || len > sizeof s->upgrade_field - 1 - have) return 0;
    memcpy(s->upgrade_field + have, at, len);
    return 0;
}

/* The server has answered the upgrading request itself. */
static void take_answer(session *s, const http_parser *parser)
{
    transfer *t = s->upgraded;
    s->state = SESSION_HTTP1;
    if (!t) return;
    t->status = parser->status_code;
    t->expected = parser->content_length == UINT64_MAX ? -1 : (int64_t)parser->content_length;
    if (s->env->bar_shown) fputs("\r\033[K", stderr);
    cli_fail("get", 0, "%s: the server did not upgrade, this is its answer in HTTP/1.%d", t->text,
             parser->http_minor);
}

static int on_headers_complete(http_parser *parser)
{
    session *s = parser->data;
    if (parser->status_code == SWITCHING_PROTOCOLS) return strcasecmp(s->upgrade_field, "h2c") == 0 ? 2 : -1;
    if (parser->status_code < 200) return 0;
    take_answer(s, parser);
    return 0;
}

static int on_body(http_parser *parser, const char *at, size_t len)
{
    session *s = parser->data;
    transfer *t = s->upgraded;
    if (!t) return 0;
    t->received += len;
    if (!sink_write(&t->sink, (const uint8_t *)at, len, len)) return -1;
    if (t->sink.queued < HTTP1_BACKLOG || s->http1_paused) return 0;
    s->http1_paused = true;
    wire_pause(&s->wire);
    return 0;
}

static int on_message_complete(http_parser *parser)
{
    session *s = parser->data;
    transfer *t = s->upgraded;
    if (parser->status_code < 200) return 0;
    s->upgraded = NULL;
    if (t) transfer_succeed(t);
    session_end(s, CLI_EXIT_PROTOCOL, "the server does not upgrade to HTTP/2", false);
    return 0;
}

static const http_parser_settings callbacks = {.on_status = on_status,
                                               .on_header_field = on_header_field,
                                               .on_header_value = on_header_value,
                                               .on_headers_complete = on_headers_complete,
                                               .on_body = on_body,
                                               .on_message_complete = on_message_complete};

/* Asking. */

/* The value of HTTP2-Settings, without the padding that RFC 7540 section 3.2.1 does not want. */
static bool read_settings(session *s, char *out, size_t size)
{
    size_t len = 0;
    if (h2_upgrade_settings(s->conn, out, size - 1, &len) != H2_OK) return false;
    while (len > 0 && out[len - 1] == '=')
        len--;
    out[len] = '\0';
    return true;
}

static char *make_text(session *s, const transfer *t, bool direct)
{
    request r;
    char settings[256];
    char *text = NULL;
    if (!read_settings(s, settings, sizeof settings) || !request_make(&r, t)) return NULL;
    text = request_upgrade_text(&r, direct ? "GET" : "OPTIONS", direct ? t->url->path : "*", settings);
    request_free(&r);
    return text;
}

void upgrade_start(session *s)
{
    const get_options *options = s->env->options;
    const bool direct = !options->data && strcmp(options->method, "GET") == 0;
    char *text = s->origin->first ? make_text(s, s->origin->first, direct) : NULL;
    if (!text) {
        session_end(s, CLI_EXIT_LOCAL, "out of memory", false);
        return;
    }
    http_parser_init(&s->parser, HTTP_RESPONSE);
    s->parser.data = s;
    s->state = SESSION_UPGRADING;
    if (direct) {
        s->upgraded = s->asked = origin_pop(s->origin);
        s->upgraded->session = s; /* for the credit of an answer in HTTP/1.1 */
    }
    if (options->verbose) fprintf(stderr, "- asking for an upgrade to h2c\n");
    wire_send(&s->wire, text, strlen(text));
    free(text);
}

/* 101: what follows is HTTP/2, and the request is stream 1. */
static void switch_protocols(session *s, const uint8_t *rest, size_t len)
{
    transfer *t = s->upgraded;
    s->upgraded = NULL;
    session_begin_http2(s, true);
    if (t && !requests_attach(s, t, 1)) transfer_fail(t, CLI_EXIT_LOCAL, "out of memory");
    if (!t) requests_attach(s, NULL, 1);
    if (t) t->body_sent = true;
    session_receive(s, rest, len);
}

static void fail_output(session *s)
{
    transfer *t = s->upgraded;
    s->upgraded = NULL;
    transfer_fail_output(t);
    session_end(s, CLI_EXIT_PROTOCOL, "the server does not upgrade to HTTP/2", false);
}

void upgrade_receive(session *s, const uint8_t *bytes, size_t len)
{
    session_moved(s);
    const size_t used = http_parser_execute(&s->parser, &callbacks, (const char *)bytes, len);
    if (s->state == SESSION_CLOSING) return;
    const enum http_errno error = HTTP_PARSER_ERRNO(&s->parser);
    if (error == HPE_CB_body)
        fail_output(s);
    else if (error == HPE_CB_headers_complete)
        session_end(s, CLI_EXIT_PROTOCOL, "the server switches to a protocol that is not h2c", false);
    else if (error != HPE_OK)
        session_end(s, CLI_EXIT_PROTOCOL, "the answer to the upgrade is no HTTP/1.1", false);
    else if (s->parser.upgrade && s->state == SESSION_UPGRADING)
        switch_protocols(s, bytes + used, len - used);
}

void upgrade_end(session *s)
{
    http_parser_execute(&s->parser, &callbacks, NULL, 0);
}
