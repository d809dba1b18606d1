/* A byte stream to a server; see wire.h. */
#include "get/wire.h"

#include "cli.h"
#include "host.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    PLAIN_SIZE = 1 << 14
};

static void try_address(wire *w);

__attribute__((format(printf, 3, 4))) static void fail(wire *w, int exit_code, const char *format, ...)
{
    va_list args;
    if (w->ended || w->closing) return;
    w->ended = true;
    va_start(args, format);
    vsnprintf(w->error, sizeof w->error, format, args);
    va_end(args);
    w->handler->ended(w->arg, exit_code, w->error);
}

/* Closing. */

static void on_closed(uv_handle_t *handle)
{
    wire *w = handle->data;
    w->has_tcp = false;
    uv_freeaddrinfo(w->addresses);
    tls_session_free(w->tls);
    free(w->out);
    free(w->flight);
    w->handler->closed(w->arg);
}

/* `closed` always comes from the loop: where there is no socket one is made to be closed. */
static void close_handles(wire *w)
{
    if (w->resolving) {
        uv_cancel((uv_req_t *)&w->resolve);
        return; /* resolved() comes back here */
    }
    if (!w->has_tcp) {
        uv_tcp_init(w->loop, &w->tcp);
        w->tcp.data = w;
    }
    if (!uv_is_closing((uv_handle_t *)&w->tcp)) uv_close((uv_handle_t *)&w->tcp, on_closed);
}

void wire_abort(wire *w)
{
    w->closing = true;
    w->ended = true;
    close_handles(w);
}

/* Writing. */

static bool append(wire *w, const void *bytes, size_t len)
{
    if (w->out_len + len > w->out_capacity) {
        const size_t capacity = (w->out_len + len) * 2;
        char *out = realloc(w->out, capacity);
        if (!out) return false;
        w->out = out;
        w->out_capacity = capacity;
    }
    memcpy(w->out + w->out_len, bytes, len);
    w->out_len += len;
    return true;
}

static void swap_buffers(wire *w)
{
    char *const out = w->out;
    const size_t capacity = w->out_capacity;
    w->out = w->flight;
    w->out_capacity = w->flight_capacity;
    w->flight = out;
    w->flight_capacity = capacity;
    w->flight_len = w->out_len;
    w->out_len = 0;
}

static void start_write(wire *w);

static void written(uv_write_t *request, int status)
{
    wire *w = request->data;
    w->writing = false;
    w->flight_len = 0;
    if (status == UV_ECANCELED) return;
    if (status != 0) {
        w->out_len =
            0; /* a server that has said why it closed is heard first: the error comes from reading */
        w->broken = true;
    }
    if (w->out_len > 0)
        start_write(w);
    else if (w->closing)
        close_handles(w);
    else if (!w->broken && w->opened)
        w->handler->drained(w->arg);
}

static void start_write(wire *w)
{
    if (w->writing || w->broken || w->out_len == 0) return;
    swap_buffers(w);
    uv_buf_t buffer = uv_buf_init(w->flight, (unsigned)w->flight_len);
    w->write.data = w;
    w->writing = true;
    const int status = uv_write(&w->write, (uv_stream_t *)&w->tcp, &buffer, 1, written);
    if (status == 0) return;
    w->writing = false;
    w->flight_len = 0;
    fail(w, CLI_EXIT_CONNECTION, "cannot send: %s", uv_strerror(status));
}

static void take_tls_output(wire *w)
{
    const uint8_t *bytes;
    const size_t len = tls_output_peek(w->tls, &bytes);
    if (len > 0 && append(w, bytes, len)) tls_output_consume(w->tls, len);
    start_write(w);
}

void wire_send(wire *w, const void *bytes, size_t len)
{
    if (w->ended || w->closing || w->broken || len == 0) return;
    if (!w->tls) {
        if (!append(w, bytes, len)) {
            fail(w, CLI_EXIT_LOCAL, "out of memory");
            return;
        }
        start_write(w);
        return;
    }
    if (tls_write(w->tls, bytes, len) != TLS_OK) {
        fail(w, CLI_EXIT_TLS, "%s", tls_error(w->tls));
        return;
    }
    take_tls_output(w);
}

size_t wire_backlog(const wire *w)
{
    return w->out_len + w->flight_len;
}

void wire_close(wire *w)
{
    if (w->closing) return;
    if (w->tls && !w->ended && tls_established(w->tls)) {
        tls_close(w->tls);
        take_tls_output(w);
    }
    w->closing = true;
    if (w->has_tcp) uv_read_stop((uv_stream_t *)&w->tcp);
    if (!w->writing || w->ended) close_handles(w);
}

/* Reading. */

static void tls_failed(wire *w)
{
    take_tls_output(w); /* the alert */
    fail(w, CLI_EXIT_TLS, "TLS: %s", tls_error(w->tls));
}

/* True once the handshake is complete and the server has agreed to HTTP/2. */
static bool check_opened(wire *w)
{
    if (w->opened) return true;
    if (!tls_established(w->tls)) return false;
    if (!tls_is_h2(w->tls)) {
        fail(w, CLI_EXIT_TLS, "TLS: the server does not offer HTTP/2 (no ALPN h2)");
        return false;
    }
    w->opened = true;
    w->handler->opened(w->arg);
    return true;
}

static void read_tls(wire *w, const uint8_t *bytes, size_t len)
{
    uint8_t plain[PLAIN_SIZE];
    tls_input(w->tls, bytes, len);
    while (!w->ended && !w->closing) {
        size_t got = 0;
        const tls_status status = tls_read(w->tls, plain, sizeof plain, &got);
        if (status == TLS_FAILED) {
            tls_failed(w);
            return;
        }
        take_tls_output(w);
        if (!check_opened(w) && w->ended) return;
        if (status == TLS_CLOSED) {
            fail(w, CLI_EXIT_OK, "the server closed the connection");
            return;
        }
        if (status == TLS_AGAIN) return;
        w->handler->received(w->arg, plain, got);
    }
}

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    wire *w = handle->data;
    (void)suggested;
    *buffer = uv_buf_init(w->in, sizeof w->in);
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    wire *w = stream->data;
    (void)buffer;
    if (got == 0) return;
    if (got == UV_EOF) {
        if (w->tls && !w->opened)
            fail(w, CLI_EXIT_TLS, "TLS: the server closed the connection in the handshake");
        else
            fail(w, CLI_EXIT_OK, "the server closed the connection");
        return;
    }
    if (got < 0) {
        fail(w, CLI_EXIT_CONNECTION, "connection lost: %s", uv_strerror((int)got));
        return;
    }
    if (w->tls)
        read_tls(w, (const uint8_t *)w->in, (size_t)got);
    else
        w->handler->received(w->arg, (const uint8_t *)w->in, (size_t)got);
}

void wire_pause(wire *w)
{
    if (w->has_tcp && !w->closing) uv_read_stop((uv_stream_t *)&w->tcp);
}

void wire_resume(wire *w)
{
    if (w->has_tcp && !w->closing && !w->ended) uv_read_start((uv_stream_t *)&w->tcp, give_buffer, on_read);
}

/* Connecting. */

static void closed_for_next(uv_handle_t *handle)
{
    wire *w = handle->data;
    w->has_tcp = false;
    if (w->closing)
        close_handles(w);
    else
        try_address(w);
}

static void name_peer(wire *w)
{
    struct sockaddr_storage address;
    int len = sizeof address;
    if (uv_tcp_getpeername(&w->tcp, (struct sockaddr *)&address, &len) != 0) return;
    uv_ip_name((const struct sockaddr *)&address, w->peer, sizeof w->peer);
}

static void connected(uv_connect_t *request, int status)
{
    wire *w = request->data;
    if (w->closing) return; /* being closed by uv_close */
    if (status != 0) {
        snprintf(w->error, sizeof w->error, "%s", uv_strerror(status));
        uv_close((uv_handle_t *)&w->tcp, closed_for_next);
        return;
    }
    name_peer(w);
    uv_tcp_nodelay(&w->tcp, 1);
    wire_resume(w);
    if (!w->tls) {
        w->opened = true;
        w->handler->opened(w->arg);
        return;
    }
    if (tls_handshake(w->tls) == TLS_FAILED) {
        tls_failed(w);
        return;
    }
    take_tls_output(w);
}

static void try_address(wire *w)
{
    const struct addrinfo *address = w->next_address;
    if (!address) {
        char why[sizeof w->error];
        memcpy(why, w->error, sizeof why);
        fail(w, CLI_EXIT_CONNECTION, "cannot connect to %s port %s: %.128s", w->host, w->port, why);
        return;
    }
    w->next_address = address->ai_next;
    uv_tcp_init(w->loop, &w->tcp);
    w->tcp.data = w;
    w->connect.data = w;
    w->has_tcp = true;
    const int status = uv_tcp_connect(&w->connect, &w->tcp, address->ai_addr, connected);
    if (status == 0) return;
    snprintf(w->error, sizeof w->error, "%s", uv_strerror(status));
    uv_close((uv_handle_t *)&w->tcp, closed_for_next);
}

static void resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
    wire *w = request->data;
    w->resolving = false;
    w->addresses = w->next_address = addresses;
    if (w->closing) {
        close_handles(w);
        return;
    }
    if (status != 0)
        fail(w, CLI_EXIT_CONNECTION, "cannot find host %s: %s", w->host, uv_strerror(status));
    else
        try_address(w);
}

void wire_open(wire *w, uv_loop_t *loop, const wire_handler *handler, void *arg, const char *host,
               const char *port, tls_context *tls)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    w->handler = handler;
    w->arg = arg;
    w->loop = loop;
    w->host = host;
    w->port = port;
    if (tls && !(w->tls = tls_session_new(tls, host))) {
        fail(w, CLI_EXIT_LOCAL, "out of memory");
        return;
    }
    w->resolve.data = w;
    w->resolving = true;
    const int status = uv_getaddrinfo(loop, &w->resolve, resolved, host_to_look_up(host), port, &hints);
    if (status == 0) return;
    w->resolving = false;
    fail(w, CLI_EXIT_CONNECTION, "cannot find host %s: %s", host, uv_strerror(status));
}
