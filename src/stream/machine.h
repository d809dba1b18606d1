/* One stream's state machine (RFC 9113 section 5.1) as two tables, one for each profile, and the one function
 * that writes a stream's state. Knows nothing of frames, windows or the connection. */
#ifndef H2_STREAM_MACHINE_H
#define H2_STREAM_MACHINE_H

#include "base/attributes.h"

#include <h2/states.h>

#include <string.h>

enum {
    H2_STREAM_STATES = 7,
    H2_STREAM_ROWS = 32, /* of the table, so that a cell is found without multiplying */
    H2_STREAM_COLUMNS = 8,
    H2_STREAM_INPUTS = 19
};

/* What a cell does besides moving to the next state; text for people. */
#define H2_STREAM_ACTIONS(X)                                                                                 \
    X(NONE, "nothing")                                                                                       \
    X(INVALID, "invalid")                                                                                    \
    X(SEND_REQUEST, "request sent")                                                                          \
    X(SEND_RESPONSE, "response or trailers sent")                                                            \
    X(RESERVE_LOCAL, "promised by us")                                                                       \
    X(SEND_PUSH, "promise sent")                                                                             \
    X(SEND_RESET, "reset by us")                                                                             \
    X(SEND_BODY, "data sent")                                                                                \
    X(SEND_END, "ended by us, closed")                                                                       \
    X(SEND_HALF_END, "ended by us")                                                                          \
    X(SEND_LAST_END, "ended by us, closed")                                                                  \
    X(RECV_REQUEST, "request received")                                                                      \
    X(RECV_RESPONSE, "response or trailers received")                                                        \
    X(RESERVE_REMOTE, "promised by the peer")                                                                \
    X(RECV_PUSH, "promise received")                                                                         \
    X(RECV_RESET, "reset by the peer")                                                                       \
    X(RECV_BODY, "data received")                                                                            \
    X(RECV_WINDOW, "window updated")                                                                         \
    X(RECV_HALF_END, "ended by the peer")                                                                    \
    X(RECV_END, "ended by the peer, closed")                                                                 \
    X(SEND_INFORMATIONAL, "1xx sent")                                                                        \
    X(RECV_INFORMATIONAL, "1xx received")                                                                    \
    X(SEND_ALTSVC, "alternative service sent")                                                               \
    X(RECV_ALTSVC, "alternative service received")                                                           \
    X(RESET_CLOSED, "stream error STREAM_CLOSED")                                                            \
    X(CLOSED, "stream is closed")                                                                            \
    X(SEND_PUSH_CLOSED, "promise on a closed stream refused")                                                \
    X(RECV_PUSH_CLOSED, "promise on a closed stream")                                                        \
    X(CONNECTION_ERROR, "connection error PROTOCOL_ERROR")

typedef enum h2_stream_action {
#define H2_ACTION_ENUM(name, text) H2_ACTION_##name,
    H2_STREAM_ACTIONS(H2_ACTION_ENUM)
#undef H2_ACTION_ENUM
    H2_ACTION_COUNT
} h2_stream_action;

/* The tables. */

typedef struct h2_machine_cell {
    uint8_t next, action;
} h2_machine_cell;

/* Most actions ask whether the machine's members, as far as `asked` has their bits, are as in `found`; then what `kept` has
 * no bits of is replaced by `put`. Otherwise they refuse, or more than this table knows is to be done. The states are the
 * cells' own: they are never kept or put. */
typedef struct h2_effect {
    h2_stream_machine asked, found, kept, put;
    h2_step done; /* its message is the refusal */
} h2_effect;

extern const h2_machine_cell h2_stream_cells[2][H2_STREAM_ROWS][H2_STREAM_COLUMNS]; /* by profile */
extern const h2_effect h2_effects[H2_ACTION_COUNT];

/* The cell of a table; state and input are in range. */
h2_cell h2_stream_cell(h2_profile profile, unsigned state, unsigned input);

/* The step. */

/* The step where the effect does not apply. */
H2_RARE h2_step h2_step_otherwise(h2_profile profile, h2_stream_machine *machine, h2_machine_cell at);

/* All members at once. */
static inline uint32_t h2_machine_word(h2_stream_machine machine)
{
    uint32_t word;
    _Static_assert(sizeof word == sizeof machine, "a machine is four octets");
    memcpy(&word, &machine, sizeof word);
    return word;
}

/* h2_stream_step_in for a state and an input that are in range, where the effect of the cell is all there is to do. False:
 * it is not, and nothing is done. */
static inline bool h2_machine_moves(h2_machine_cell at, h2_stream_machine *machine)
{
    const h2_effect *const effect = &h2_effects[at.action];
    const uint32_t word = h2_machine_word(*machine);
    if (H2_UNUSUAL((word & h2_machine_word(effect->asked)) != h2_machine_word(effect->found))) return false;
    const uint32_t after = (word & h2_machine_word(effect->kept)) | h2_machine_word(effect->put) |
                           h2_machine_word((h2_stream_machine){.state = at.next});
    memcpy(machine, &after, sizeof after);
    return true;
}

/* What the step came to. */
static inline h2_step h2_machine_done(h2_machine_cell at)
{
    h2_step step = h2_effects[at.action].done;
    step.message = NULL;
    return step;
}

#endif
