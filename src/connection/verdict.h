/* What follows from a broken rule: nothing, RST_STREAM or GOAWAY (RFC 9113 section 5.4), for each profile in one table.
 * Knows nothing of how rules are checked. */
#ifndef H2_CONNECTION_VERDICT_H
#define H2_CONNECTION_VERDICT_H

#include "base/attributes.h"
#include "base/limits.h"

#include <h2/connection.h>

typedef enum h2_rule {
    H2_RULE_PREFACE,
    H2_RULE_SETTINGS_FIRST,
    H2_RULE_STREAM_ID,
    H2_RULE_FRAME_TOO_LARGE,
    H2_RULE_FRAME_SIZE,
    H2_RULE_PRIORITY_SIZE,
    H2_RULE_SETTINGS_ACK_SIZE,
    H2_RULE_PROMISED_ID,
    H2_RULE_PADDING,
    H2_RULE_PADDING_OVERLAPS,
    H2_RULE_PADDING_FILLS,
    H2_RULE_ZERO_INCREMENT,
    H2_RULE_STREAM_ZERO_INCREMENT,
    H2_RULE_BLOCK_INTERRUPTED,
    H2_RULE_CONTINUATION_ALONE,
    H2_RULE_CONTINUATIONS,
    H2_RULE_CONNECTION_STATE,
    H2_RULE_STREAM_STATE,
    H2_RULE_MALFORMED,
    H2_RULE_HPACK,
    H2_RULE_LIST_TOO_LARGE,
    H2_RULE_LIST_FAR_TOO_LARGE,
    H2_RULE_FIELDS,
    H2_RULE_TOO_MANY_STREAMS,
    H2_RULE_WRONG_SIDE,
    H2_RULE_STREAM_ID_TOO_LOW,
    H2_RULE_STREAM_IDLE,
    H2_RULE_RESET_IDLE,
    H2_RULE_STREAM_CLOSED,
    H2_RULE_LATE_FRAME,
    H2_RULE_SELF_DEPENDENCY,
    H2_RULE_BODY_LENGTH,
    H2_RULE_CONNECTION_WINDOW,
    H2_RULE_STREAM_WINDOW,
    H2_RULE_CONNECTION_WINDOW_OVERFLOW,
    H2_RULE_STREAM_WINDOW_OVERFLOW,
    H2_RULE_INITIAL_WINDOW_OVERFLOW,
    H2_RULE_SETTING_VALUE,
    H2_RULE_PUSH,
    H2_RULE_GOAWAY_RISES,
    H2_RULE_INFORMATIONAL_FLOOD,
    H2_RULE_LIMIT,
    H2_RULE_COUNT
} h2_rule;

/* What was found. Zeroed members are none; text NULL is the rule's own. */
typedef struct h2_fault {
    h2_rule rule;
    uint32_t stream_id;
    uint32_t max_stream_id;
    uint32_t code; /* instead of the rule's own, when not 0 */
    uint64_t expected, actual;
    const char *text;
    const char *debug; /* what the GOAWAY carries as debug data */
} h2_fault;

/* Executes the verdict: H2_NEED_DATA (ignored), H2_OK (RST_STREAM is queued, the stream is closed, *event tells), or the
 * failure (GOAWAY is queued, the connection is closed, h2_last_error tells). */
h2_status h2_verdict(h2_connection *conn, const h2_fault *fault, h2_event *event);

/* h2_verdict for a rule that needs no more than a stream. */
h2_status h2_broken(h2_connection *conn, h2_rule rule, uint32_t stream_id, h2_event *event);

/* The same with a text made by a format. */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
h2_status
h2_broken_text(h2_connection *conn, h2_rule rule, uint32_t stream_id, h2_event *event, const char *format,
               ...);

/* Whether the rule ends the connection in this profile. */
bool h2_rule_is_fatal(const h2_connection *conn, h2_rule rule);

/* A bound was crossed: ends the connection and names it. */
h2_status h2_limit_crossed(h2_connection *conn, h2_limit limit);

/* Closes a stream because of what the peer did: RST_STREAM, charged to the bound of resets, and *event, or no event
 * (H2_NEED_DATA) when it is NULL. The stream need not be held. */
h2_status h2_stream_error(h2_connection *conn, uint32_t id, uint32_t code, h2_event *event);

/* A call is refused: sets h2_last_error and returns `status`. */
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
H2_RARE h2_status
h2_refuse(h2_connection *conn, h2_status status, uint32_t code, int64_t stream_id, const char *format, ...);

/* Adds the highest identifier to the failure just told. */
H2_RARE void h2_refuse_highest(h2_connection *conn, int64_t max_stream_id);

/* Adds the lengths to the failure just told. */
H2_RARE void h2_refuse_lengths(h2_connection *conn, uint64_t expected, uint64_t actual);

/* The peer broke a rule that is only told: no frame is sent and nothing is closed. Returns the rule's status. */
h2_status h2_tell_broken(h2_connection *conn, h2_rule rule);

/* Makes room to tell failures; false when there is no memory. */
bool h2_can_tell(h2_connection *conn);

#endif
