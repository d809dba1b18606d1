/* Flow-control windows (RFC 9113 section 5.2): the arithmetic, and when to open a window again.
 * Knows nothing of streams or frames. */
#ifndef H2_STREAM_WINDOW_H
#define H2_STREAM_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#define H2_WINDOW_MAX INT64_C(0x7fffffff)

/* A window that we grant. max: what it opens to; current: what is left of it, octets, may be negative after a
 * setting was lowered; processed: octets used up that the peer was not told of yet. */
typedef struct h2_window {
    int64_t max, current;
    uint32_t processed;
} h2_window;

/* The peer has used `octets`; false when that is more than it had. */
bool h2_window_consume(h2_window *window, uint32_t octets);

/* We grant `octets` more; false when the window would pass 2^31-1. */
bool h2_window_open(h2_window *window, int64_t octets);

/* `octets` were used up here: the increment to tell the peer now, or 0 while it is not worth a frame. */
uint32_t h2_window_process(h2_window *window, uint32_t octets);

#endif
