/* A byte stream to a server: finds the address, connects, does TLS when asked to, then moves octets both ways. Knows
 * nothing of HTTP. */
#ifndef H2_GET_WIRE_H
#define H2_GET_WIRE_H

#include "tls.h"

#include <uv.h>

typedef struct wire wire;

/* What happens on a wire; all run in the loop's thread. */
typedef struct wire_handler {
    void (*opened)(void *arg); /* connected, TLS established with ALPN h2 */
    void (*received)(void *arg, const uint8_t *bytes, size_t len); /* octets live for the call */
    void (*drained)(void *arg); /* all octets given to wire_send have left */
    /* The end, unless wire_close came first: CLI_EXIT_OK when the server has closed the stream. */
    void (*ended)(void *arg, int exit_code, const char *why);
    void (*closed)(void *arg); /* after wire_close: the wire can be freed */
} wire_handler;

struct wire {
    const wire_handler *handler;
    void *arg;
    uv_loop_t *loop;
    uv_getaddrinfo_t resolve;
    uv_tcp_t tcp;
    uv_connect_t connect;
    uv_write_t write;
    struct addrinfo *addresses, *next_address;
    tls_session *tls;
    char *out, *flight; /* what waits and what is being written */
    size_t out_len, out_capacity, flight_len, flight_capacity;
    bool resolving, has_tcp, writing, opened, closing, ended, broken;
    const char *host, *port;
    char peer[64]; /* the address connected to */
    char error[TLS_ERROR_SIZE + 64];
    char in[1 << 16];
};

/* host and port live as long as the wire. tls: NULL is cleartext. */
void wire_open(wire *w, uv_loop_t *loop, const wire_handler *handler, void *arg, const char *host,
               const char *port, tls_context *tls);

/* Queues a copy of the octets. */
void wire_send(wire *w, const void *bytes, size_t len);

/* Octets that have not left yet. */
size_t wire_backlog(const wire *w);

void wire_pause(wire *w); /* reads no more until wire_resume */
void wire_resume(wire *w);

/* Sends what waits, unless the wire has ended, and closes; `closed` runs some time later. */
void wire_close(wire *w);

/* Closes without sending what waits. */
void wire_abort(wire *w);

#endif
