/* The engine's state machines as data (RFC 9113 section 5.1), views of a connection, and the very steps that
 * the engine takes: for tools that print them and bindings that show them. Nothing here is needed to speak
 * HTTP/2. */
#ifndef H2_STATES_H
#define H2_STATES_H

#include <h2/connection.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers as Python's h2.connection.ConnectionState. */
typedef enum h2_connection_state {
    H2_CONNECTION_IDLE = 0,
    H2_CONNECTION_CLIENT_OPEN = 1,
    H2_CONNECTION_SERVER_OPEN = 2,
    H2_CONNECTION_CLOSED = 3
} h2_connection_state;

/* Numbers as Python's h2.connection.ConnectionInputs, and one more. */
typedef enum h2_connection_input {
    H2_CONNECTION_SEND_HEADERS = 0,
    H2_CONNECTION_SEND_PUSH_PROMISE,
    H2_CONNECTION_SEND_DATA,
    H2_CONNECTION_SEND_GOAWAY, /* RFC profile: with a code other than NO_ERROR */
    H2_CONNECTION_SEND_WINDOW_UPDATE,
    H2_CONNECTION_SEND_PING,
    H2_CONNECTION_SEND_SETTINGS,
    H2_CONNECTION_SEND_RST_STREAM,
    H2_CONNECTION_SEND_PRIORITY,
    H2_CONNECTION_RECV_HEADERS,
    H2_CONNECTION_RECV_PUSH_PROMISE,
    H2_CONNECTION_RECV_DATA,
    H2_CONNECTION_RECV_GOAWAY,
    H2_CONNECTION_RECV_WINDOW_UPDATE,
    H2_CONNECTION_RECV_PING,
    H2_CONNECTION_RECV_SETTINGS,
    H2_CONNECTION_RECV_RST_STREAM,
    H2_CONNECTION_RECV_PRIORITY,
    H2_CONNECTION_SEND_ALTERNATIVE_SERVICE,
    H2_CONNECTION_RECV_ALTERNATIVE_SERVICE,
    H2_CONNECTION_SEND_GRACEFUL_GOAWAY /* with NO_ERROR; the Python profile knows no difference */
} h2_connection_input;

/* Numbers as Python's h2.stream.StreamState. */
typedef enum h2_stream_state {
    H2_STREAM_IDLE = 0,
    H2_STREAM_RESERVED_REMOTE = 1,
    H2_STREAM_RESERVED_LOCAL = 2,
    H2_STREAM_OPEN = 3,
    H2_STREAM_HALF_CLOSED_REMOTE = 4,
    H2_STREAM_HALF_CLOSED_LOCAL = 5,
    H2_STREAM_CLOSED = 6
} h2_stream_state;

/* Numbers as Python's h2.stream.StreamInputs. */
typedef enum h2_stream_input {
    H2_STREAM_SEND_HEADERS = 0,
    H2_STREAM_SEND_PUSH_PROMISE,
    H2_STREAM_SEND_RST_STREAM,
    H2_STREAM_SEND_DATA,
    H2_STREAM_SEND_WINDOW_UPDATE,
    H2_STREAM_SEND_END_STREAM,
    H2_STREAM_RECV_HEADERS,
    H2_STREAM_RECV_PUSH_PROMISE,
    H2_STREAM_RECV_RST_STREAM,
    H2_STREAM_RECV_DATA,
    H2_STREAM_RECV_WINDOW_UPDATE,
    H2_STREAM_RECV_END_STREAM,
    H2_STREAM_RECV_CONTINUATION,
    H2_STREAM_SEND_INFORMATIONAL_HEADERS,
    H2_STREAM_RECV_INFORMATIONAL_HEADERS,
    H2_STREAM_SEND_ALTERNATIVE_SERVICE,
    H2_STREAM_RECV_ALTERNATIVE_SERVICE,
    H2_STREAM_UPGRADE_CLIENT,
    H2_STREAM_UPGRADE_SERVER
} h2_stream_input;

/* How a stream was closed; numbers as Python's h2.stream.StreamClosedBy, with 0 for None and one more in
 * front. */
typedef enum h2_closed_by {
    H2_CLOSED_BY_NONE = 0,
    H2_CLOSED_BY_SEND_END_STREAM,
    H2_CLOSED_BY_RECV_END_STREAM,
    H2_CLOSED_BY_SEND_RST_STREAM,
    H2_CLOSED_BY_RECV_RST_STREAM
} h2_closed_by;

/* Tables. */

/* How many states and inputs a machine has. stream: the stream's machine, otherwise the connection's. */
H2_API size_t h2_state_count(bool stream);
H2_API size_t h2_input_count(bool stream);

/* One cell: whether the input is allowed in the state, the state that follows, what is done on the way. */
typedef struct h2_cell {
    bool valid;
    uint8_t next;   /* h2_stream_state or h2_connection_state */
    uint8_t action; /* a number that h2_action_name knows; 0 is none */
} h2_cell;

/* Reads the cell of a profile's table. Returns false, `*out` untouched, when there is no such state or
 * input. */
H2_API bool h2_cell_get(h2_profile profile, bool stream, int state, int input, h2_cell *out);

/* Names as the enums of h2 spell them ("HALF_CLOSED_LOCAL", "RECV_HEADERS"); constant strings, NULL for
 * numbers that are none. h2_action_name tells an action in a few words. */
H2_API const char *h2_state_name(bool stream, int state);
H2_API const char *h2_input_name(bool stream, int input);
H2_API const char *h2_action_name(int action);

/* The other rule tables, a row at a time as text: columns parted by tabs; the row of number 0 names the
 * columns. */
typedef enum h2_rule_table {
    H2_RULES_FRAMES,
    H2_RULES_FIELDS,
    H2_RULES_SETTINGS
} h2_rule_table;

/* Writes row `row` of a table to `out`, terminated, cut to `cap` octets. Returns false past the last row. */
H2_API bool h2_rule_row(h2_rule_table table, size_t row, char *out, size_t cap);

/* Steps. */

/* h2_stream_machine.flags */
enum {
    H2_STREAM_HEADERS_SENT = 1,
    H2_STREAM_TRAILERS_SENT = 2,
    H2_STREAM_HEADERS_RECEIVED = 4,
    H2_STREAM_TRAILERS_RECEIVED = 8
};

/* All that a stream's machine remembers; zeroed is a stream that is idle. */
typedef struct h2_stream_machine {
    uint8_t state;     /* h2_stream_state */
    uint8_t closed_by; /* h2_closed_by */
    uint8_t client;    /* this side acts on the stream as: 0 not known yet, 1 client, 2 server */
    uint8_t flags;
} h2_stream_machine;

/* What a step came to. */
typedef struct h2_step {
    h2_status status; /* H2_OK, H2_ERROR_PROTOCOL, _STREAM_CLOSED, or _ARGUMENT (no such input) */
    uint8_t action;   /* of the cell; h2_action_name */
    uint8_t event;    /* h2_event_type that it makes, also when the status is STREAM_CLOSED (StreamReset) */
    const char *message; /* a constant string, what an action refused with; NULL where the cell is invalid */
} h2_step;

/* Feeds an input to a stream's machine by the table of the Python profile, which is what the engine calls in
 * it. An input that is refused closes the stream. Returns what it came to. */
H2_API h2_step h2_stream_step(h2_stream_machine *machine, int input);

/* The same for the connection's machine; `*state` is a h2_connection_state. */
H2_API h2_step h2_connection_step(uint8_t *state, int input);

/* The same by the table of either profile. In that of the RFC profile an input that is refused changes
 * nothing. */
H2_API h2_step h2_stream_step_in(h2_profile profile, h2_stream_machine *machine, int input);
H2_API h2_step h2_connection_step_in(h2_profile profile, uint8_t *state, int input);

/* Views. */

typedef struct h2_connection_info {
    size_t size;                             /* of this struct; the caller sets it */
    int state;                               /* h2_connection_state */
    int64_t outbound_window, inbound_window; /* octets; of the connection */
    uint32_t highest_inbound_stream_id, highest_outbound_stream_id;
    uint32_t encoder_table_size, decoder_table_size; /* octets that each table may have at most now */
    uint32_t max_inbound_frame_size, max_outbound_frame_size;
} h2_connection_info;

typedef struct h2_stream_info {
    size_t size;   /* of this struct; the caller sets it */
    int state;     /* h2_stream_state */
    int closed_by; /* h2_closed_by */
    bool open, closed, headers_sent, trailers_sent, headers_received, trailers_received;
    int64_t outbound_window, inbound_window; /* octets; of the stream alone */
    int client; /* this side acts on the stream as: 0 not known yet, 1 client, 2 server */
} h2_stream_info;

/* Reads a connection. Members past out->size are left alone. */
H2_API void h2_connection_get_info(const h2_connection *conn, h2_connection_info *out);

/* Reads a stream that the connection still holds. Returns false, `*out` untouched, when it holds none of that
 * id. */
H2_API bool h2_stream_get_info(const h2_connection *conn, uint32_t stream_id, h2_stream_info *out);

/* Walks the streams that the connection holds, in order of their creation: `after` 0 gives the first. Returns
 * false when there is no other, or `after` is not held. */
H2_API bool h2_next_stream(const h2_connection *conn, uint32_t after, uint32_t *out);

/* How a stream was closed, remembered or held; H2_CLOSED_BY_NONE when it is not known. */
H2_API h2_closed_by h2_stream_closed_by(const h2_connection *conn, uint32_t stream_id);

/* Sets a window or a frame size by force, as users of Python's h2 do by assignment; nothing is sent.
 * stream_id: 0 is the connection. value: octets, -2^31 to 2^31-1, a stream's at most 2^31 below
 * INITIAL_WINDOW_SIZE; frame sizes 1 to 2^24-1. Return H2_OK, H2_ERROR_ARGUMENT, H2_ERROR_NO_SUCH_STREAM or
 * H2_ERROR_STREAM_CLOSED. */
H2_API h2_status h2_override_window(h2_connection *conn, uint32_t stream_id, bool outbound, int64_t value);
H2_API h2_status h2_override_frame_size(h2_connection *conn, bool outbound, uint32_t value);

#ifdef __cplusplus
}
#endif
#endif
