/* The body of a request: text, a file or standard input, read piece by piece in the background so that it is never
 * held whole and a slow reader does not stop the conversation. Knows nothing of HTTP. */
#ifndef H2_GET_SOURCE_H
#define H2_GET_SOURCE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

enum {
    SOURCE_UNKNOWN_LENGTH = -1
};

typedef struct source source;
typedef void source_ready_fn(source *s); /* after source_read, in the loop's thread */

struct source {
    int64_t length;      /* octets in all, or SOURCE_UNKNOWN_LENGTH */
    const uint8_t *next; /* what has been read and not consumed */
    size_t left;
    bool ended;     /* nothing comes after that */
    bool reading;   /* source_ready_fn will run */
    bool rewinding; /* go back to the beginning then */
    int error;      /* errno of a read that failed */
    void *arg;      /* the user's */

    int fd; /* -1: text */
    const char *text;
    uint64_t taken; /* octets that were read so far */
    uint8_t *buffer;
    ssize_t result;
    atomic_bool cancelled;
    uv_loop_t *loop;
    uv_work_t work;
    source_ready_fn *ready;
};

/* spec: DATA, @FILE or @-. Returns 0 or an errno. */
int source_open(source *s, uv_loop_t *loop, const char *spec, source_ready_fn *ready);

/* Reads on in the background; only when left is 0, and neither ended nor reading. */
void source_read(source *s);

void source_consume(source *s, size_t octets);

/* Back to the beginning. False when that cannot be done any more. */
bool source_rewind(source *s);

/* Ends a read that waits for input; its source_ready_fn still runs. */
void source_cancel(source *s);
void source_close(source *s);

#endif
