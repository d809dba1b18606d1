/* Events: what the peer has done to the conversation, one type for each class in Python's h2.events. */
#ifndef H2_EVENTS_H
#define H2_EVENTS_H

#include <h2/base.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum h2_event_type {
    H2_EVENT_NONE = 0,
    H2_EVENT_REQUEST_RECEIVED,                /* .headers */
    H2_EVENT_RESPONSE_RECEIVED,               /* .headers; the final response */
    H2_EVENT_TRAILERS_RECEIVED,               /* .headers */
    H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED, /* .headers; a 1xx response, more follow */
    H2_EVENT_DATA_RECEIVED,                   /* .data */
    H2_EVENT_WINDOW_UPDATED,                  /* .window_updated; stream_id 0 is the connection */
    H2_EVENT_REMOTE_SETTINGS_CHANGED,         /* .settings; the acknowledgement is queued already */
    H2_EVENT_SETTINGS_ACKNOWLEDGED,           /* .settings; our values that are in force now */
    H2_EVENT_PING_RECEIVED,                   /* .ping; the acknowledgement is queued already */
    H2_EVENT_PING_ACK_RECEIVED,               /* .ping */
    H2_EVENT_STREAM_ENDED,                    /* the peer has sent all it will on this stream */
    H2_EVENT_STREAM_RESET,                    /* .stream_reset; the stream is closed */
    H2_EVENT_PUSHED_STREAM_RECEIVED,          /* .pushed */
    H2_EVENT_PRIORITY_UPDATED,                /* .priority */
    H2_EVENT_CONNECTION_TERMINATED,           /* .terminated; GOAWAY */
    H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE,   /* .altsvc; RFC 7838 */
    H2_EVENT_UNKNOWN_FRAME_RECEIVED           /* .unknown */
} h2_event_type;

/* Unless a member says otherwise, every pointer in an event is the connection's and lives until the next call
 * of h2_receive_data, h2_connection_trim or h2_connection_free on it. */

/* A block of fields. `stream_ended`: a StreamEnded event follows, unless the stream is reset before it is
 * asked for. `priority_updated`: NULL, or the priority that the HEADERS frame carried; a PriorityUpdated
 * event follows, the last of the frame. */
struct h2_event_headers {
    const h2_header *fields;
    size_t count;
    const h2_priority *priority_updated;
    bool stream_ended;
};

/* Octets of a body. `bytes` points into the input of h2_receive_data wherever it can, so it lives no longer
 * than that either. `flow_controlled_length` is what to give to h2_acknowledge_received_data: `len` and the
 * padding. In the RFC profile a frame arrives in one or more pieces, whose lengths add up; `stream_ended` is
 * set on the last one. */
struct h2_event_data {
    const uint8_t *bytes;
    size_t len;                      /* octets */
    uint32_t flow_controlled_length; /* octets */
    bool stream_ended;               /* a StreamEnded event follows */
};

struct h2_event_window {
    uint32_t delta; /* octets added, 1 to 2^31-1 */
};

/* What changed, INITIAL_WINDOW_SIZE of the peer with it: it moves the window of every stream, of which no
 * WindowUpdated event tells. */
struct h2_event_settings {
    const h2_changed_setting *changed; /* NULL when count is 0 */
    size_t count;
};

struct h2_event_ping {
    uint8_t data[8];
};

/* After H2_CODE_REFUSED_STREAM the request was not handled and may be sent again (RFC 9113 section 8.7). */
struct h2_event_reset {
    uint32_t error_code; /* h2_error_code or any other number */
    bool remote_reset;   /* false: this side has reset the stream because the peer broke a rule */
};

/* A promise: stream_id and parent_stream_id are the stream that it came on, `fields` is the request. */
struct h2_event_pushed {
    const h2_header *fields;
    size_t count;
    uint32_t pushed_stream_id, parent_stream_id;
};

/* In the RFC profile this side opens no stream any more, those up to last_stream_id go on, and for each above
 * it a StreamReset event follows (H2_CODE_REFUSED_STREAM, remote_reset), the newest first; at most
 * limits.goaway_debug_octets of the debug data are kept in additional_data. In the Python profile the
 * connection is closed. additional_data_received is how many octets came; additional_data is NULL when there
 * are none. */
struct h2_event_terminated {
    const uint8_t *additional_data;
    size_t additional_data_len;
    uint32_t error_code, last_stream_id;
    size_t additional_data_received;
};

/* `origin` is NULL when it is not known (a stream that has no authority). */
struct h2_event_altsvc {
    const char *origin;
    size_t origin_len;
    const char *field_value;
    size_t field_value_len;
};

/* A frame of a type that HTTP/2 does not define, whole. `payload` points into the input wherever it can. */
struct h2_event_unknown {
    const uint8_t *payload;
    size_t len;
    uint8_t type, flags;
};

typedef struct h2_event {
    h2_event_type type;
    uint32_t stream_id; /* 0: the connection */
    union {
        struct h2_event_headers headers;
        struct h2_event_data data;
        struct h2_event_window window_updated;
        struct h2_event_settings settings;
        struct h2_event_ping ping;
        struct h2_event_reset stream_reset;
        struct h2_event_pushed pushed;
        h2_priority priority;
        struct h2_event_terminated terminated;
        struct h2_event_altsvc altsvc;
        struct h2_event_unknown unknown;
    };
} h2_event;

/* The name of an event as h2.events spells it ("RequestReceived"), a constant string; "None" for
 * H2_EVENT_NONE and NULL for other numbers. */
H2_API const char *h2_event_name(h2_event_type type);

#ifdef __cplusplus
}
#endif
#endif
