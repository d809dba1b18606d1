/* The output queue: whole frames in order, in chunks that never move, between them memory that is borrowed.
 * Knows of frames only their length, to drop whole ones. */
#ifndef H2_BASE_OUTPUT_H
#define H2_BASE_OUTPUT_H

#include "base/alloc.h"

#include <h2/connection.h>

/* A borrowed run that lies in the queue. */
typedef struct h2_segment h2_segment;

typedef struct h2_chunk h2_chunk;

struct h2_chunk {
    h2_chunk *next;
    h2_segment *borrowed, *borrowed_last;
    h2_segment *spare; /* one that is not in use, to be used again */
    size_t begin, end; /* octets queued */
    size_t cap;        /* 0: its memory is not the queue's */
    uint8_t octets[];
};

typedef struct h2_output {
    h2_chunk *first, *last;
    h2_chunk *spare; /* a drained chunk, to be used again; NULL while the queue is empty */
    size_t pending;  /* octets queued */
    size_t pinned;   /* octets at the front that a peek has shown */
    size_t in_frame; /* octets left of the frame that the front lies in; 0: the front is at a frame's
                        beginning */
    size_t grow;     /* octets of the next chunk, with its own few members */
    h2_memory *memory;
} h2_output;

void h2_output_init(h2_output *output, h2_memory *memory);

/* Frees everything; borrowed memory is released first, in order. */
void h2_output_free(h2_output *output);

/* As h2_output_reserve, in a chunk that is added. */
uint8_t *h2_output_reserve_chunk(h2_output *output, size_t len);

/* h2_output_reserve where no chunk need be added; NULL: it must. */
static inline uint8_t *h2_output_room(const h2_output *output, size_t len)
{
    h2_chunk *const chunk = output->last;
    return chunk && chunk->cap - chunk->end >= len ? chunk->octets + chunk->end : NULL;
}

/* Room for `len` contiguous octets at the end of the queue, which stays valid and is not part of the queue
 * until committed; NULL when there is no memory. Only the latest reservation counts. */
static inline uint8_t *h2_output_reserve(h2_output *output, size_t len)
{
    uint8_t *const room = h2_output_room(output, len);
    return room ? room : h2_output_reserve_chunk(output, len);
}

/* Makes the first `len` octets of the latest reservation, which there must be, part of the queue. A frame's nine octets
 * must be committed together. Cannot fail. */
static inline void h2_output_commit(h2_output *output, size_t len)
{
    output->last->end += len;
    output->pending += len;
}

/* Makes `len` octets that are still to be written the end of the queue, for ever: no reservation may follow. They lie
 * in `room`, `size` octets aligned as pointers are, which takes no memory and must outlive the queue. NULL when that is
 * too small. */
uint8_t *h2_output_end_in(h2_output *output, void *room, size_t size, size_t len);

/* Prepares a borrowed run so that committing it cannot fail: reserve (frame header) -> prepare -> commit ->
 * borrow. NULL when there is no memory. `abandon` gives an unused one back. Once all octets up to its end are
 * dropped the run is released, after the queue is in order again; also a run of no octets. */
h2_segment *h2_output_prepare_borrow(h2_output *output);
void h2_output_abandon_borrow(h2_output *output, h2_segment *segment);
void h2_output_borrow(h2_output *output, h2_segment *segment, const void *data, size_t len,
                      h2_release_fn *release, void *arg);

/* Copies the first octets of the queue out, at most `cap`, and drops them. Returns how many. */
size_t h2_output_copy(h2_output *output, void *out, size_t cap);

/* Fills at most `count` runs from the front and pins what they show. Returns how many were filled. */
size_t h2_output_show(h2_output *output, h2_iovec *out, size_t count);

/* Drops the first octets; more than there are is all. */
void h2_output_drop(h2_output *output, size_t octets);

/* Drops all but the frame that the front lies in and those that are pinned, whole. */
void h2_output_clear(h2_output *output);

/* Gives back what the queue need not hold: all of it when it is empty. Ends the life of a reservation. */
void h2_output_trim(h2_output *output);

#endif
