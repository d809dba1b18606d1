/* One connection to an origin and the requests on it: the engine between a wire and transfers. */
#ifndef H2_GET_SESSION_H
#define H2_GET_SESSION_H

#include "capture.h"
#include "get/transfer.h"
#include "get/wire.h"
#include "print.h"

#include <h2/connection.h>
#include <http_parser.h>

typedef struct session session;

enum {
    SESSION_STREAMS = 100 /* that we use at once, whatever the server allows */
};

/* A scheme, host and port, and the transfers that wait for a connection to it. */
typedef struct origin {
    const url *url;
    transfer *first, *last;
    session *session;
    unsigned fruitless; /* connections in a row on which no transfer was completed */
} origin;

void origin_push(origin *o, transfer *t);
transfer *origin_pop(origin *o);

typedef enum session_state {
    SESSION_CONNECTING,
    SESSION_UPGRADING, /* HTTP/1.1, waiting for 101 */
    SESSION_HTTP1,     /* the server answers without upgrading */
    SESSION_OPEN,
    SESSION_CLOSING
} session_state;

struct session {
    get_env *env;
    origin *origin;
    session_state state;
    wire wire;
    h2_connection *conn;
    uv_timer_t timer;
    uint64_t moved;       /* when something last did, loop time in milliseconds */
    transfer **by_stream; /* of stream 2i+1 */
    size_t stream_count, stream_capacity;
    size_t open_count, completed;
    bool settings_seen;
    bool heard;        /* octets of HTTP/2 have come */
    bool speaks_http1; /* or rather, they were none */
    bool goaway;       /* no new requests */
    uint32_t goaway_code;
    char goaway_text[256];  /* for messages */
    char upgrade_field[16]; /* the response's Upgrade field */
    bool in_upgrade_field;
    transfer *upgraded; /* the request that was sent in HTTP/1.1 and is not answered; NULL: OPTIONS */
    transfer *asked;    /* the same, also when it is answered */
    http_parser parser;
    bool http1_paused;
    frame_printer sent, received; /* with -v */
    capture *record;              /* with --record */
    h2_hpack_decoder *sent_fields;
    unsigned handles;                    /* still open */
    void (*over)(session *s, void *arg); /* the session is closed and can be freed with session_free */
    void *over_arg;
};

/* Connects; NULL when memory is out. Takes the transfers of the origin's queue, now and later. */
session *session_start(get_env *env, origin *o, void (*over)(session *s, void *arg), void *arg);
void session_free(session *s);

/* Does whatever can be done now: opens requests, sends bodies, flushes, closes when all is done. */
void session_advance(session *s);

/* Ends the session: open transfers fail with this reason, and those that wait unless keep_queue. */
void session_end(session *s, int exit_code, const char *why, bool keep_queue);

/* What session.c, requests.c, events.c and upgrade.c do for each other. */
void session_begin_http2(session *s, bool upgraded);
void session_receive(session *s, const uint8_t *bytes, size_t len);
void session_moved(session *s); /* there was progress */
transfer *session_find(const session *s, uint32_t stream_id);

bool requests_attach(session *s, transfer *t, uint32_t stream_id); /* t NULL: a stream without a transfer */
void requests_detach(session *s); /* a transfer is no longer open on this session */
void requests_start(session *s);
void requests_send_bodies(session *s);
bool requests_prepare_body(session *s, transfer *t); /* opens the body's source */

/* A sink's function: gives the server credit for what has been written, or ends what cannot be written. */
void credit_written(sink *written, size_t credit);

void events_handle(session *s, const h2_event *event);

void upgrade_start(session *s);
void upgrade_receive(session *s, const uint8_t *bytes, size_t len);
void upgrade_end(session *s); /* the server has closed the connection */

/* `NAME (0xN)` */
void describe_error_code(char *out, size_t size, uint32_t code);

#endif
