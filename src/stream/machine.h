/* One stream's state machine (RFC 9113 section 5.1) as two tables, one for each profile, and the one function
 * that writes a stream's state. Knows nothing of frames, windows or the connection. */
#ifndef H2_STREAM_MACHINE_H
#define H2_STREAM_MACHINE_H

#include <h2/states.h>

enum {
    H2_STREAM_STATES = 7,
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

/* The cell of a table; state and input are in range. */
h2_cell h2_stream_cell(h2_profile profile, unsigned state, unsigned input);

#endif
