/* A listening socket: accepts, asks admission, hands connections out. */
#ifndef H2_TOOLS_SERVE_LISTENER_H
#define H2_TOOLS_SERVE_LISTENER_H

#include "serve/worker.h"

struct listener {
    int fd;
    bool tls;
    char url[96]; /* "http://127.0.0.1:8080" */
    uv_poll_t poll;
    uv_timer_t pause; /* runs while accepting is impossible */
    struct admission *admission;
    struct worker *workers;
    size_t worker_count, next_worker;
};

enum {
    LISTENER_ERROR_SIZE = TLS_ERROR_SIZE
};

/* Binds. False: `error` says why (LISTENER_ERROR_SIZE octets). */
bool listener_bind(struct listener *listener, const char *host, uint16_t port, bool tls, char *error);

/* Accepts from now on and hands connections to the workers in turn. */
bool listener_start(struct listener *listener, uv_loop_t *loop, struct worker *workers, size_t count,
                    struct admission *admission);

/* Stops and closes the socket. */
void listener_stop(struct listener *listener);

#endif
