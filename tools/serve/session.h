/* One HTTP/2 connection as the server sees it, without its socket: bytes in, events handled, bodies pumped
 * into the engine's output as far as the caller lets it grow. */
#ifndef H2_TOOLS_SERVE_SESSION_H
#define H2_TOOLS_SERVE_SESSION_H

#include "serve/exchange.h"
#include "serve/request.h"

enum {
    SESSION_BUCKETS = 64,
    SESSION_STREAMS = 128,                   /* MAX_CONCURRENT_STREAMS */
    SESSION_STREAM_WINDOW = 256 * 1024,      /* octets of a request body in flight */
    SESSION_CONNECTION_WINDOW = 1024 * 1024, /* of all of them */
    SESSION_NAME_SIZE = 64
};

struct queue {
    struct exchange *first, *last;
};

struct session {
    h2_connection *h2;
    struct site *site;
    struct exchange **buckets; /* appears with the first request */
    struct queue queues[QUEUE_COUNT];
    unsigned open;                /* exchanges */
    bool greeted;                 /* the client's SETTINGS have come */
    bool recheck;                 /* windows have opened: the blocked ones are ready again */
    bool peer_leaves;             /* GOAWAY came */
    bool shutting_down;           /* we said GOAWAY */
    bool goaway_final;            /* and named the last stream */
    bool broken;                  /* the engine said that the conversation is over */
    uint64_t clock;               /* site->now at the last h2_advance_time */
    uint64_t progress;            /* site->now when a request or a body last moved */
    char name[SESSION_NAME_SIZE]; /* who it is, for logs */
};

/* Makes the engine's side; queues nothing yet. False: no memory. */
bool session_open(struct session *session, struct site *site);
void session_close(struct session *session);

/* Queues the server's preface. */
bool session_begin(struct session *session);

/* The same after 101: `settings` is the value of HTTP2-Settings. The request then comes with
 * session_upgraded. */
bool session_begin_upgraded(struct session *session, text settings);
void session_upgraded(struct session *session, const h2_header *fields, size_t count, const uint8_t *body,
                      size_t len);

/* Handles bytes from the peer. False: the conversation is over; what is in the output should still be sent.
 */
bool session_feed(struct session *session, const uint8_t *bytes, size_t len);

/* Queues frames of bodies, each stream in turn, until the output holds `limit` octets or nobody can go on. */
void session_pump(struct session *session, size_t limit);

/* Says GOAWAY. The first call still lets requests in that are on their way, the second (made by the session
 * when the peer has seen the first, or by the caller when it takes too long) names the last one. */
void session_shut_down(struct session *session);

/* Whether nothing is left to do but sending the output. */
bool session_is_done(const struct session *session);

/* Ends all exchanges without a word to the peer. */
void session_abandon(struct session *session);

#endif
