/* One URL on its way: what was asked, how far it is, what came of it. Knows nothing of sockets or frames. */
#ifndef H2_GET_TRANSFER_H
#define H2_GET_TRANSFER_H

#include "get/options.h"
#include "get/output.h"
#include "get/source.h"

typedef struct transfer transfer;
struct session;

/* What all of a run share. */
typedef struct get_env {
    uv_loop_t *loop;
    const get_options *options;
    struct tls_context *tls; /* NULL: no URL needs it */
    bool colour;             /* standard error is a terminal */
    bool bar_shown;          /* a progress bar is on the last line */
} get_env;

typedef enum transfer_state {
    TRANSFER_QUEUED,
    TRANSFER_OPEN,
    TRANSFER_DONE /* exit_code says how */
} transfer_state;

struct transfer {
    get_env *env;
    const char *text; /* the URL as given */
    const url *url;
    transfer *next;          /* in its origin's queue */
    struct session *session; /* that takes credit for what is written; NULL: none any more */
    transfer_state state;
    uint32_t stream_id;
    unsigned status; /* of the final response; 0: none yet */
    int exit_code;
    bool refused; /* with REFUSED_STREAM, once */
    bool has_body, body_sent;
    int64_t expected; /* octets of the response's body; -1: not known */
    uint64_t received, sent;
    source body;
    output own; /* with --output-dir */
    char *own_path;
    sink sink;
};

/* The whole response is there: says so when its status is an error. */
void transfer_succeed(transfer *t);

/* Ends it with a message on standard error. */
void transfer_fail(transfer *t, int exit_code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Ends it as the output has failed; the first of an output says so. */
void transfer_fail_output(transfer *t);

/* Back to the state before it was sent. False when its body cannot be had again. */
bool transfer_rewind(transfer *t);

#endif
