/* One thread's event loop and the connections on it. */
#ifndef H2_TOOLS_SERVE_WORKER_H
#define H2_TOOLS_SERVE_WORKER_H

#include "serve/admission.h"
#include "serve/options.h"
#include "serve/site.h"
#include "tls.h"

#include <uv.h>

enum {
    WORKER_INPUT = 64 * 1024,
    WORKER_RECORD = 16 * 1024, /* plain octets in a TLS record */
    ARRIVAL_NAME_SIZE = 64
};

struct peer;

/* A connection that was accepted and waits for its worker. */
struct arrival {
    struct arrival *next;
    int fd;
    bool tls;
    struct admission_key key;
    char name[ARRIVAL_NAME_SIZE];
};

struct worker {
    struct site site;
    const struct serve_options *options;
    tls_context *tls;
    struct admission *admission;
    uv_loop_t own_loop;
    uv_loop_t *loop; /* its own, or the caller's */
    uv_prepare_t turn;
    uv_timer_t sweep;
    uv_async_t wake;
    uv_async_t *ended; /* the caller's */
    uv_thread_t thread;
    uv_mutex_t lock;          /* over the two lines below */
    struct arrival *arrivals; /* last come first */
    bool stop_asked, kill_asked, gone;
    bool stopping; /* the loop has seen stop_asked */
    uint64_t stopping_since;
    struct peer *peers;
    size_t closed, closed_at_sweep; /* connections, since freed memory was given back to the system */
    /* What one connection uses at a time. */
    uint8_t input[WORKER_INPUT], plain[WORKER_RECORD], record[WORKER_RECORD];
};

/* loop: the caller's, which runs it; NULL: the worker starts a thread with a loop of its own. What it shares with others
 * is the caller's and must outlive it. `ended` is sent when the worker
 * has ended. False: out of resources. */
bool worker_open(struct worker *worker, uv_loop_t *loop, const struct serve_options *options, const root *top,
                 tls_context *tls, struct admission *admission, uv_async_t *ended);

/* After the caller's loop has come to its end; waits for the thread. */
void worker_close(struct worker *worker);

/* From any thread. The arrival is the worker's to free; the worker owns its fd and its admission. */
void worker_take(struct worker *worker, struct arrival *arrival);

/* From any thread: whether it has told so by `ended`. */
bool worker_has_ended(struct worker *worker);

/* From any thread: finish what is open, then let the loop end; the second one does not wait. */
void worker_stop(struct worker *worker, bool now);

#endif
