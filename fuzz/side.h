/* One side of a conversation under test: a connection whose memory is counted, whose output is judged, and whose
 * invariants are looked at after each step. */
#ifndef H2_FUZZ_SIDE_H
#define H2_FUZZ_SIDE_H

#include "counting_allocator.h"
#include "fuzz.h"
#include "wire.h"

typedef struct side side;

/* What the application does when an event comes; NULL does nothing. DATA comes in pieces. */
typedef void side_act(side *s, const h2_event *event);

struct side {
    h2_connection *conn;
    counting_allocator memory;
    size_t idle; /* octets held by a connection that has done nothing */
    wire wire;
    bool strict;      /* the RFC profile */
    bool failing;     /* an allocation may fail */
    bool settled;     /* its own settings stay as they are */
    uint64_t crossed; /* bounds, so far */
    bool keep_output;
    octets output;         /* what was put out, when keep_output */
    octets taken;          /* of the output, and not judged yet */
    size_t lent, released; /* bodies that were borrowed, and given back */
    octets events;         /* what happened, as text that does not depend on how the input was cut */
    uint32_t data_stream;
    uint64_t data_flow;
    bool data_open, data_ended;
    octets data;      /* of the DATA pieces that are joined */
    h2_status status; /* of the first failure while receiving */
    side_act *act;
    const uint8_t *options;
    unsigned acts;
    void *owner;
};

/* What the octets in front of an input choose. `settings` needs room for 8. */
void side_config(h2_config *config, h2_role role, const uint8_t options[FUZZ_OPTIONS], h2_setting *settings);

void side_open(side *s, const h2_config *config, const uint8_t *options);

/* Frees it all and looks for what is left. */
void side_close(side *s);

/* Gives it input; false once it has failed. */
bool side_feed(side *s, const uint8_t *data, size_t len);

/* Takes some octets of the output, copied or by looking at it first. */
void side_take(side *s, size_t most, bool by_peeking);

/* h2_send_data_ref with a release that is counted. */
h2_status side_lend(side *s, uint32_t id, const void *data, size_t len, bool ends, int padding);

/* Takes all output and judges it. */
void side_drain(side *s);

/* What must hold between any two calls. */
void side_check(side *s);

/* Ends every stream, takes the output, trims: what is still held must be what an idle connection may hold. */
void side_settle(side *s);

/* The text of what happened, complete. */
const octets *side_events(side *s);

#endif
