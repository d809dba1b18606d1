/* The life of a connection; see session.h. */
#include "get/session.h"

#include "cli.h"
#include "names.h"

#include <h2/states.h>
#include <stdlib.h>
#include <string.h>

enum {
    BACKLOG = 1 << 18,      /* octets that may wait in the wire */
    FLUSH_SIZE = 1 << 14,   /* one TLS record */
    LARGE_WINDOW = 1 << 20, /* each stream's when there are few */
    SMALL_WINDOW = 1 << 18, /* and when there are many */
    FEW_STREAMS = 8,
    DEFAULT_WINDOW = 65535,
    CLOSE_TIMEOUT = 2000 /* milliseconds for the last octets to leave */
};

void origin_push(origin *o, transfer *t)
{
    t->next = NULL;
    if (o->last)
        o->last->next = t;
    else
        o->first = t;
    o->last = t;
}

transfer *origin_pop(origin *o)
{
    transfer *t = o->first;
    if (!t) return NULL;
    o->first = t->next;
    if (!o->first) o->last = NULL;
    t->next = NULL;
    return t;
}

void describe_error_code(char *out, size_t size, uint32_t code)
{
    snprintf(out, size, "%s (0x%x)", name_of_error(code), code);
}

void session_moved(session *s)
{
    s->moved = uv_now(s->env->loop);
}

transfer *session_find(const session *s, uint32_t stream_id)
{
    const size_t index = stream_id / 2;
    transfer *t = stream_id % 2 && index < s->stream_count ? s->by_stream[index] : NULL;
    return t && t->state == TRANSFER_OPEN ? t : NULL;
}

/* The engine. */

static bool make_connection(session *s)
{
    h2_config config;
    const bool few = s->env->options->url_count <= FEW_STREAMS;
    const h2_setting settings[] = {{H2_SETTINGS_ENABLE_PUSH, 0},
                                   {H2_SETTINGS_INITIAL_WINDOW_SIZE, few ? LARGE_WINDOW : SMALL_WINDOW}};
    h2_config_init(&config, H2_CLIENT);
    config.limits.data_overhead = UINT32_MAX; /* small pieces are joined before they wait to be written */
    config.initial_settings = settings;
    config.initial_settings_count = sizeof settings / sizeof *settings;
    return h2_connection_new(&s->conn, &config) == H2_OK;
}

/* Bodies that wait for their turn hold up to a window of credit each. Twice that for the connection: what the others do
 * not hold is then enough to make the engine's manager open the window again, so they never stop the one that is
 * written. */
static uint32_t connection_window(const session *s)
{
    const size_t urls = s->env->options->url_count;
    const uint32_t streams = urls < SESSION_STREAMS ? (uint32_t)urls : SESSION_STREAMS;
    return 2 * streams * (urls <= FEW_STREAMS ? LARGE_WINDOW : SMALL_WINDOW);
}

void session_begin_http2(session *s, bool upgraded)
{
    const h2_status status =
        upgraded ? h2_initiate_upgrade_connection(s->conn, NULL, 0) : h2_initiate_connection(s->conn);
    if (status != H2_OK) {
        session_end(s, CLI_EXIT_LOCAL, h2_last_error(s->conn)->message, false);
        return;
    }
    h2_increment_flow_control_window(s->conn, connection_window(s) - DEFAULT_WINDOW, 0);
    s->record = capture_open(s->env->options->record_dir);
    s->state = SESSION_OPEN;
}

static void flush(session *s)
{
    uint8_t bytes[FLUSH_SIZE];
    while (!s->wire.ended && !s->wire.closing && wire_backlog(&s->wire) < BACKLOG) {
        const size_t len = h2_data_to_send(s->conn, bytes, sizeof bytes);
        if (len == 0) return;
        if (s->env->options->verbose) print_frames(&s->sent, bytes, len);
        capture_client(s->record, bytes, len);
        wire_send(&s->wire, bytes, len);
    }
}

static void on_timer(uv_timer_t *timer);

static bool is_done(const session *s)
{
    return s->state == SESSION_OPEN && s->open_count == 0 && (!s->origin->first || s->goaway);
}

void session_advance(session *s)
{
    if (s->state == SESSION_OPEN) {
        requests_start(s);
        requests_send_bodies(s);
    }
    flush(s);
    if (is_done(s)) session_end(s, CLI_EXIT_OK, "", true);
}

static void protocol_error(session *s)
{
    char code[64], why[400];
    const h2_error_info *error = h2_last_error(s->conn);
    describe_error_code(code, sizeof code, error->error_code);
    if (s->speaks_http1)
        snprintf(why, sizeof why, "the server answers in HTTP/1.x, it does not speak HTTP/2 here");
    else
        snprintf(why, sizeof why, "the server %s: %s: %s",
                 error->status == H2_ERROR_DENIAL_OF_SERVICE ? "asks too much" : "broke the protocol", code,
                 error->message);
    session_end(s, error->status == H2_ERROR_NO_MEMORY ? CLI_EXIT_LOCAL : CLI_EXIT_PROTOCOL, why, false);
}

void session_receive(session *s, const uint8_t *bytes, size_t len)
{
    if (!s->heard) s->speaks_http1 = len >= 5 && memcmp(bytes, "HTTP/", 5) == 0;
    s->heard = true;
    if (s->state == SESSION_OPEN) capture_server(s->record, bytes, len);
    while (s->state == SESSION_OPEN) {
        h2_event event;
        const uint8_t *const before = bytes;
        const h2_status status = h2_receive_data(s->conn, &bytes, &len, &event);
        if (s->env->options->verbose) print_frames(&s->received, before, (size_t)(bytes - before));
        if (status == H2_NEED_DATA) break;
        if (status != H2_OK) {
            protocol_error(s);
            return;
        }
        if (s->env->options->verbose) print_event(stderr, &event, s->env->colour);
        events_handle(s, &event);
    }
    session_advance(s);
}

/* The end. */

static void fail_queue(session *s, int exit_code, const char *why)
{
    for (transfer *t = origin_pop(s->origin); t; t = origin_pop(s->origin))
        transfer_fail(t, exit_code, "%s", why);
}

static void fail_open(session *s, int exit_code, const char *why)
{
    for (size_t i = 0; i < s->stream_count; i++) {
        transfer *t = s->by_stream[i];
        if (!t || t->state != TRANSFER_OPEN) continue;
        requests_detach(s);
        transfer_fail(t, exit_code, "%s", why);
    }
}

void session_end(session *s, int exit_code, const char *why, bool keep_queue)
{
    char reason[sizeof s->wire.error + 64];
    if (s->state == SESSION_CLOSING) return;
    const bool was_open = s->state == SESSION_OPEN;
    s->state = SESSION_CLOSING;
    snprintf(reason, sizeof reason, "%s", why); /* it may be part of what is freed below */
    if (s->upgraded) transfer_fail(s->upgraded, exit_code, "%s", reason);
    s->upgraded = NULL;
    fail_open(s, exit_code, reason);
    if (!keep_queue)
        fail_queue(s, exit_code, exit_code == CLI_EXIT_OK ? "the server ended the connection" : reason);
    if (was_open && exit_code == CLI_EXIT_OK) h2_close_connection(s->conn, H2_CODE_NO_ERROR, NULL, 0, -1);
    flush(s);
    uv_timer_start(&s->timer, on_timer, CLOSE_TIMEOUT, 0);
    wire_close(&s->wire);
}

/* Whether nothing moves because of our own side: a file that is slow to write, a body that is slow to come.
 */
static bool waits_for_us(const session *s)
{
    if (s->asked && sink_is_writing(&s->asked->sink)) return true;
    for (size_t i = 0; i < s->stream_count; i++) {
        const transfer *t = s->by_stream[i];
        if (t && (sink_is_writing(&t->sink) || (t->state == TRANSFER_OPEN && t->body.reading))) return true;
    }
    return false;
}

static void on_timer(uv_timer_t *timer)
{
    session *s = timer->data;
    char why[96];
    const uint64_t timeout = s->env->options->timeout;
    if (s->state == SESSION_CLOSING) {
        wire_abort(&s->wire);
        return;
    }
    if (waits_for_us(s)) session_moved(s);
    const uint64_t idle = uv_now(s->env->loop) - s->moved;
    if (idle < timeout) {
        uv_timer_start(timer, on_timer, timeout - idle, 0);
        return;
    }
    snprintf(why, sizeof why, "timed out: nothing happened for %g seconds", (double)timeout / 1000);
    session_end(s, CLI_EXIT_TIMEOUT, why, false);
}

static void handle_closed(session *s)
{
    if (--s->handles > 0) return;
    for (size_t i = 0; i < s->stream_count; i++)
        if (s->by_stream[i] && s->by_stream[i]->session == s) s->by_stream[i]->session = NULL;
    if (s->asked && s->asked->session == s) s->asked->session = NULL;
    s->over(s, s->over_arg);
}

static void timer_closed(uv_handle_t *handle)
{
    handle_closed(handle->data);
}

/* The wire's handler. */

static void on_opened(void *arg)
{
    session *s = arg;
    const char *version = s->wire.tls ? tls_version_name(s->wire.tls) : "cleartext";
    const char *cipher = s->wire.tls ? tls_cipher_name(s->wire.tls) : "";
    session_moved(s);
    if (s->env->options->verbose)
        fprintf(stderr, "- connected to %s port %s, %s%s%s\n", s->wire.peer, s->wire.port, version,
                *cipher ? " " : "", cipher);
    if (s->env->options->upgrade)
        upgrade_start(s);
    else
        session_begin_http2(s, false);
    session_advance(s);
}

static void on_received(void *arg, const uint8_t *bytes, size_t len)
{
    session *s = arg;
    if (s->state == SESSION_UPGRADING || s->state == SESSION_HTTP1)
        upgrade_receive(s, bytes, len);
    else if (s->state == SESSION_OPEN)
        session_receive(s, bytes, len);
}

static void on_drained(void *arg)
{
    session *s = arg;
    if (s->state != SESSION_CLOSING) session_advance(s);
}

/* The server has closed the connection: what that means for what is under way. */
static void closed_by_server(session *s)
{
    char why[sizeof s->goaway_text + 80];
    if (s->state == SESSION_UPGRADING || s->state == SESSION_HTTP1) upgrade_end(s);
    if (s->goaway && s->goaway_code != H2_CODE_NO_ERROR) {
        snprintf(why, sizeof why, "the server ended the connection: %s", s->goaway_text);
        session_end(s, CLI_EXIT_PROTOCOL, why, false);
        return;
    }
    session_end(s, CLI_EXIT_CONNECTION, "the server closed the connection before the response was complete",
                s->completed > 0);
}

static void on_ended(void *arg, int exit_code, const char *why)
{
    session *s = arg;
    if (exit_code == CLI_EXIT_OK)
        closed_by_server(s);
    else if (s->goaway && s->goaway_code != H2_CODE_NO_ERROR)
        closed_by_server(s); /* a reset connection after GOAWAY: the GOAWAY says why */
    else
        session_end(s, exit_code, why, false);
}

static void on_closed(void *arg)
{
    session *s = arg;
    uv_close((uv_handle_t *)&s->timer, timer_closed);
    handle_closed(s);
}

static const wire_handler handler = {on_opened, on_received, on_drained, on_ended, on_closed};

static bool prepare_printers(session *s)
{
    if (!s->env->options->verbose) return true;
    if (h2_hpack_decoder_new(&s->sent_fields, 4096, UINT32_MAX, NULL) != H2_OK) return false;
    s->sent = (frame_printer){.out = stderr, .direction = PRINT_SENT, .colour = s->env->colour};
    s->sent.context.hpack = s->sent_fields;
    s->received = (frame_printer){.out = stderr, .direction = PRINT_RECEIVED, .colour = s->env->colour};
    s->received.reader.no_preface = true;
    return true;
}

session *session_start(get_env *env, origin *o, void (*over)(session *s, void *arg), void *arg)
{
    session *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    s->env = env;
    s->origin = o;
    s->over = over;
    s->over_arg = arg;
    if (!make_connection(s) || !prepare_printers(s)) {
        session_free(s);
        return NULL;
    }
    o->session = s;
    s->handles = 2; /* the wire and the timer */
    uv_timer_init(env->loop, &s->timer);
    s->timer.data = s;
    uv_update_time(env->loop);
    session_moved(s);
    uv_timer_start(&s->timer, on_timer, env->options->timeout, 0);
    if (env->options->timeout == 0) uv_timer_stop(&s->timer);
    wire_open(&s->wire, env->loop, &handler, s, o->url->host, o->url->port, o->url->tls ? env->tls : NULL);
    return s;
}

void session_free(session *s)
{
    frame_printer_free(&s->sent);
    frame_printer_free(&s->received);
    h2_hpack_decoder_free(s->sent_fields);
    h2_connection_free(s->conn);
    capture_close(s->record);
    free(s->by_stream);
    free(s);
}
