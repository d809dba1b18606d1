/* Where bodies go: a file or standard output takes the bodies of its sinks one after the other, written in the
 * background. A sink tells when octets have been written, so that no more credit is given than that. Knows nothing of
 * HTTP. */
#ifndef H2_GET_OUTPUT_H
#define H2_GET_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

typedef struct sink sink;
typedef struct output output;
struct chunk;

/* `credit` octets, as given to sink_write, have been written, or dropped after an error (output.error). */
typedef void sink_written_fn(sink *s, size_t credit);

struct output {
    const char *path;   /* "-": standard output */
    int fd;             /* -1: not opened yet */
    int error;          /* errno of what failed; nothing is written any more */
    bool reported;      /* the user has been told */
    sink *first, *last; /* in order; only the first one is written */
    bool writing, advancing;
    struct chunk *flight; /* what is being written */
    struct chunk *free;   /* used again */
    size_t free_count;
    int result; /* and what came of it */
    uint64_t written;
    uv_loop_t *loop;
    uv_work_t work;
};

struct sink {
    output *out;
    sink *next;
    struct chunk *head, *tail;
    size_t queued; /* octets that wait or are being written */
    bool finished; /* nothing more comes */
    bool touch;    /* the file must exist even when the body is empty */
    uint64_t written;
    sink_written_fn *on_written;
    void *arg; /* the user's */
};

void output_init(output *out, uv_loop_t *loop, const char *path);

/* Closes the file. False when that fails, with output.error set. */
bool output_close(output *out);

/* Adds a sink: its octets come after those of the sinks before. */
void sink_init(sink *s, output *out, sink_written_fn *on_written, void *arg);

/* Copies octets into the queue. False when memory is out or the output has failed. */
bool sink_write(sink *s, const uint8_t *bytes, size_t len, size_t credit);

/* No more is written to this sink; the next one has its turn when the queue is empty. */
void sink_finish(sink *s, bool touch);

/* Whether this sink is the reason why nothing moves: it is its turn, and a write is under way. */
bool sink_is_writing(const sink *s);

#endif
