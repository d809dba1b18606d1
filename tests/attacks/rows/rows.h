/* The rows of the attack table: what is sent, and what must come of it. */
#ifndef H2_TEST_ATTACKS_ROWS_H
#define H2_TEST_ATTACKS_ROWS_H

#include "frames.h"
#include "subject.h"

#define ALL SIZE_MAX

/* What ends the connection, or a stream, or nothing. */
typedef enum outcome {
    PASSES,
    PASSES_READ,  /* where output is read: the application queues more than the peer provokes */
    ENDS_STREAMS, /* each attacked stream, with `code` */
    ENDS          /* the connection, with `code` */
} outcome;

typedef struct row {
    const char *id, *what;
    h2_role role;
    configure *configure;
    void (*prepare)(subject *s); /* what is there before; NULL is nothing */
    subject_act *act;
    void (*unit)(octets *out, size_t number); /* what is sent again and again, numbers from 0 */
    size_t units;
    outcome outcome;
    uint32_t code;
    const char *bound;     /* its name in the GOAWAY and in the counters; NULL is none */
    size_t tolerated;      /* units before that, output unread */
    size_t tolerated_read; /* and output read */
    size_t memory;         /* octets beyond idle at most; what 0 means is no allocation at all */
    unsigned ratio;        /* or: octets held for each octet on the wire at most; 0 is no such figure */
    void (*finish)(subject *s, size_t units); /* looks at what is left; NULL is nothing */
} row;

extern const row block_rows[], flood_rows[], reset_rows[], other_rows[], cost_rows[];
extern const size_t block_row_count, flood_row_count, reset_row_count, other_row_count, cost_row_count;

/* For generators. */

#define REQUEST                                                                                              \
    H2_HEADER(":method", "POST"), H2_HEADER(":scheme", "https"), H2_HEADER(":authority", "example.com"),     \
        H2_HEADER(":path", "/")

/* The stream of a unit: 1, 3, 5... */
static inline uint32_t odd(size_t number)
{
    return (uint32_t)(2 * number + 1);
}

void put_request(octets *out, uint32_t id, bool ends);
void put_block(octets *out, uint32_t id, bool ends, const void *block, size_t len);

/* A block in HEADERS and as many CONTINUATION as it takes. */
void put_long_block(octets *out, uint32_t id, bool ends, const octets *block);

/* The fields of a request as references to the static table: 5 octets. */
void put_request_fields(octets *block);

/* Opens stream 1 at a server, by a request that goes on; or at a client, by a request of its own. */
void open_stream(subject *s);

/* What a check did not find. */
void expect(bool holds, const char *id, const char *what);

#endif
