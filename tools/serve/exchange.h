/* One request and its response: what is known of them between events, and the lists that order the work of a
 * connection. session.c moves exchanges about, respond.c decides the answer, pump.c sends the body. */
#ifndef H2_TOOLS_SERVE_EXCHANGE_H
#define H2_TOOLS_SERVE_EXCHANGE_H

#include "serve/site.h"

#include <h2/h2.h>

struct session;

enum body_kind {
    BODY_NONE,   /* the response is complete */
    BODY_FILE,   /* octets `offset` to `end` of `file` */
    BODY_MEMORY, /* octets `offset` to `end` of `memory` */
    BODY_ECHO    /* what waits in `echo`, until the request has ended */
};

enum queue_kind {
    QUEUE_NONE,    /* nothing to send now */
    QUEUE_READY,   /* sends a frame when its turn comes */
    QUEUE_BLOCKED, /* waits for a flow-control window */
    QUEUE_COUNT
};

struct exchange {
    struct exchange *next; /* in its bucket, or in the free list */
    struct exchange *queue_next, *queue_previous;
    struct session *session;
    uint32_t id;
    enum queue_kind queue;
    enum body_kind body;
    bool request_ended; /* the peer has sent all it will */
    int status;
    uint64_t offset, end;
    uint64_t sent;    /* octets of body */
    uint64_t dropped; /* octets of the request that nobody wanted */
    uint64_t started;
    served_file *file;
    const uint8_t *memory;
    uint8_t *owned_memory; /* freed with the exchange; NULL: memory is constant */
    struct echo *echo;
    char *log_line; /* "GET /path"; NULL: not logged */
};

/* A new exchange of a session, in its table; NULL: no memory. */
struct exchange *exchange_new(struct session *session, uint32_t id);
struct exchange *exchange_find(const struct session *session, uint32_t id);

/* Takes it out of all lists and frees what it holds. Calls nothing on the connection but giving back credit
 * for octets of the request that were never used. */
void exchange_free(struct exchange *exchange);

void exchange_queue(struct exchange *exchange, enum queue_kind kind);

#endif
