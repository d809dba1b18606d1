/* The verdict on a broken rule, and the telling of failures (RFC 9113 section 5.4). */
#include "connection/verdict.h"

#include "connection/connection.h"
#include "connection/wording.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef enum scope {
    IGNORE,
    STREAM,
    CONNECTION
} scope;

typedef struct judgement {
    uint8_t scope, code;
} judgement;

typedef struct rule_row {
    h2_status status;
    judgement by_profile[2]; /* H2_PROFILE_RFC, H2_PROFILE_PYTHON */
    const char *text;
} rule_row;

/* clang-format off */
#define PROTO H2_CODE_PROTOCOL_ERROR
#define FLOW H2_CODE_FLOW_CONTROL_ERROR
#define SIZE H2_CODE_FRAME_SIZE_ERROR
#define CLOSED H2_CODE_STREAM_CLOSED
#define REFUSED H2_CODE_REFUSED_STREAM
#define COMPRESSION H2_CODE_COMPRESSION_ERROR
#define CALM H2_CODE_ENHANCE_YOUR_CALM
#define DATA_MISSING "Frame data missing or invalid"
#define NON_COMPLIANT "Received frame with non-compliant data"

static const rule_row rules[H2_RULE_COUNT] = {
    /*                                     status                            RFC 9113                  Python h2 */
    [H2_RULE_PREFACE] =                  { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { CONNECTION, PROTO } }, "Invalid HTTP/2 preamble." },
    [H2_RULE_SETTINGS_FIRST] =           { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { IGNORE, 0 } },         "The first frame is not SETTINGS" },
    [H2_RULE_STREAM_ID] =                { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { CONNECTION, PROTO } }, "Received frame with invalid header" },
    [H2_RULE_FRAME_TOO_LARGE] =          { H2_ERROR_FRAME_TOO_LARGE,      { { CONNECTION, SIZE },    { CONNECTION, SIZE } },  "Received overlong frame" },
    [H2_RULE_FRAME_SIZE] =               { H2_ERROR_FRAME_DATA_MISSING,   { { CONNECTION, SIZE },    { CONNECTION, SIZE } },  DATA_MISSING },
    [H2_RULE_PRIORITY_SIZE] =            { H2_ERROR_FRAME_DATA_MISSING,   { { STREAM, SIZE },        { CONNECTION, SIZE } },  DATA_MISSING },
    [H2_RULE_SETTINGS_ACK_SIZE] =        { H2_ERROR_PROTOCOL,             { { CONNECTION, SIZE },    { CONNECTION, PROTO } }, NON_COMPLIANT },
    [H2_RULE_PROMISED_ID] =              { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { CONNECTION, PROTO } }, NON_COMPLIANT },
    [H2_RULE_PADDING] =                  { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { CONNECTION, PROTO } }, "Received frame with invalid padding." },
    [H2_RULE_PADDING_OVERLAPS] =         { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { IGNORE, 0 } },         "Padding reaches into the frame's fixed fields" },
    [H2_RULE_PADDING_FILLS] =            { H2_ERROR_PROTOCOL,             { { IGNORE, 0 },           { CONNECTION, PROTO } }, "Received frame with invalid padding." },
    [H2_RULE_ZERO_INCREMENT] =           { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { CONNECTION, PROTO } }, NON_COMPLIANT },
    [H2_RULE_STREAM_ZERO_INCREMENT] =    { H2_ERROR_PROTOCOL,             { { STREAM, PROTO },       { CONNECTION, PROTO } }, NON_COMPLIANT },
    [H2_RULE_BLOCK_INTERRUPTED] =        { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { CONNECTION, PROTO } }, "Invalid frame during header block." },
    [H2_RULE_CONTINUATION_ALONE] =       { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { CONNECTION, PROTO } }, "CONTINUATION without an open header block" },
    [H2_RULE_CONTINUATIONS] =            { H2_ERROR_PROTOCOL,             { { CONNECTION, CALM },    { CONNECTION, PROTO } }, "Too many continuation frames received." },
    [H2_RULE_CONNECTION_STATE] =         { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { CONNECTION, PROTO } }, "" },
    [H2_RULE_STREAM_STATE] =             { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { CONNECTION, PROTO } }, "" },
    [H2_RULE_MALFORMED] =                { H2_ERROR_PROTOCOL,             { { STREAM, PROTO },       { CONNECTION, PROTO } }, "" },
    [H2_RULE_HPACK] =                    { H2_ERROR_PROTOCOL,             { { CONNECTION, COMPRESSION }, { CONNECTION, PROTO } }, "Error decoding header block: it is not HPACK" },
    [H2_RULE_LIST_TOO_LARGE] =           { H2_ERROR_DENIAL_OF_SERVICE,    { { STREAM, CALM },        { CONNECTION, CALM } },  "Oversized header block" },
    [H2_RULE_LIST_FAR_TOO_LARGE] =       { H2_ERROR_DENIAL_OF_SERVICE,    { { CONNECTION, CALM },    { CONNECTION, CALM } },  "Oversized header block" },
    [H2_RULE_FIELDS] =                   { H2_ERROR_DENIAL_OF_SERVICE,    { { STREAM, CALM },        { CONNECTION, CALM } },  "header_fields" },
    [H2_RULE_TOO_MANY_STREAMS] =         { H2_ERROR_TOO_MANY_STREAMS,     { { STREAM, REFUSED },     { CONNECTION, PROTO } }, "Max inbound streams" },
    [H2_RULE_WRONG_SIDE] =               { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { CONNECTION, PROTO } }, "Invalid stream ID for peer." },
    [H2_RULE_STREAM_ID_TOO_LOW] =        { H2_ERROR_STREAM_ID_TOO_LOW,    { { CONNECTION, PROTO },   { CONNECTION, PROTO } }, "" },
    [H2_RULE_STREAM_IDLE] =              { H2_ERROR_NO_SUCH_STREAM,       { { CONNECTION, PROTO },   { CONNECTION, PROTO } }, "" },
    [H2_RULE_RESET_IDLE] =               { H2_ERROR_NO_SUCH_STREAM,       { { CONNECTION, PROTO },   { IGNORE, 0 } },         "RST_STREAM on an idle stream" },
    [H2_RULE_STREAM_CLOSED] =            { H2_ERROR_STREAM_CLOSED,        { { CONNECTION, CLOSED },  { CONNECTION, CLOSED } }, "" },
    [H2_RULE_LATE_FRAME] =               { H2_ERROR_STREAM_CLOSED,        { { STREAM, CLOSED },      { CONNECTION, CLOSED } }, "" },
    [H2_RULE_SELF_DEPENDENCY] =          { H2_ERROR_PROTOCOL,             { { IGNORE, 0 },           { CONNECTION, PROTO } }, "" },
    [H2_RULE_BODY_LENGTH] =              { H2_ERROR_INVALID_BODY_LENGTH,  { { STREAM, PROTO },       { CONNECTION, PROTO } }, "" },
    [H2_RULE_CONNECTION_WINDOW] =        { H2_ERROR_FLOW_CONTROL,         { { CONNECTION, FLOW },    { CONNECTION, FLOW } },  "Flow control window shrunk below 0" },
    [H2_RULE_STREAM_WINDOW] =            { H2_ERROR_FLOW_CONTROL,         { { STREAM, FLOW },        { CONNECTION, FLOW } },  "Flow control window shrunk below 0" },
    [H2_RULE_CONNECTION_WINDOW_OVERFLOW] = { H2_ERROR_FLOW_CONTROL,       { { CONNECTION, FLOW },    { CONNECTION, FLOW } },  "May not increment flow control window past 2147483647" },
    [H2_RULE_STREAM_WINDOW_OVERFLOW] =   { H2_ERROR_FLOW_CONTROL,         { { STREAM, FLOW },        { STREAM, FLOW } },      "May not increment flow control window past 2147483647" },
    [H2_RULE_INITIAL_WINDOW_OVERFLOW] =  { H2_ERROR_FLOW_CONTROL,         { { CONNECTION, FLOW },    { CONNECTION, FLOW } },  "May not increment flow control window past 2147483647" },
    [H2_RULE_SETTING_VALUE] =            { H2_ERROR_INVALID_SETTINGS_VALUE, { { CONNECTION, PROTO }, { CONNECTION, PROTO } }, "" },
    [H2_RULE_PUSH] =                     { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { CONNECTION, PROTO } }, "Received pushed stream" },
    [H2_RULE_GOAWAY_RISES] =             { H2_ERROR_PROTOCOL,             { { CONNECTION, PROTO },   { IGNORE, 0 } },         "The last stream identifier of GOAWAY rises" },
    [H2_RULE_INFORMATIONAL_FLOOD] =      { H2_ERROR_DENIAL_OF_SERVICE,    { { STREAM, CALM },        { CONNECTION, CALM } },  "informational_per_stream" },
    [H2_RULE_LIMIT] =                    { H2_ERROR_DENIAL_OF_SERVICE,    { { CONNECTION, CALM },    { CONNECTION, CALM } },  "" },
};
/* clang-format on */

static const h2_error_info no_memory = {.status = H2_ERROR_NO_MEMORY,
                                        .error_code = H2_CODE_INTERNAL_ERROR,
                                        .stream_id = -1,
                                        .max_stream_id = -1,
                                        .message = "out of memory"};

static const h2_error_info memory_bound = {.status = H2_ERROR_NO_MEMORY,
                                           .error_code = H2_CODE_ENHANCE_YOUR_CALM,
                                           .stream_id = -1,
                                           .max_stream_id = -1,
                                           .message = "The bound max_memory was crossed"};

static const h2_error_info no_error = {.stream_id = -1, .max_stream_id = -1};

const h2_error_info *h2_last_error(const h2_connection *conn)
{
    if (conn == NULL) return &no_error;
    if (conn->input.at.dead) return conn->memory.refused ? &memory_bound : &no_memory;
    return conn->error == NULL ? &no_error : conn->error;
}

bool h2_can_tell(h2_connection *conn)
{
    if (conn->error != NULL) return true;
    conn->error = h2_alloc(&conn->memory, sizeof *conn->error);
    if (conn->error == NULL) return false;
    *conn->error = no_error;
    return true;
}

/* Fills the error info but for the message; false when there is no memory for it. */
static bool tell(h2_connection *conn, h2_status status, uint32_t code, int64_t stream_id, bool remote)
{
    if (!h2_can_tell(conn)) return false;
    *conn->error = (h2_error_info){
        .status = status, .error_code = code, .stream_id = stream_id, .max_stream_id = -1, .remote = remote};
    return true;
}

h2_status h2_refuse(h2_connection *conn, h2_status status, uint32_t code, int64_t stream_id,
                    const char *format, ...)
{
    if (!tell(conn, status, code, stream_id, false)) return H2_ERROR_NO_MEMORY;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(conn->error->message, sizeof conn->error->message, format, args);
    va_end(args);
    return status;
}

void h2_refuse_highest(h2_connection *conn, int64_t max_stream_id)
{
    conn->error->max_stream_id = max_stream_id;
}

void h2_refuse_lengths(h2_connection *conn, uint64_t expected, uint64_t actual)
{
    conn->error->expected_length = expected;
    conn->error->actual_length = actual;
}

static void copy_text(char *out, size_t cap, const char *text)
{
    const size_t len = strlen(text);
    const size_t fits = len < cap - 1 ? len : cap - 1;
    memcpy(out, text, fits);
    out[fits] = '\0';
}

h2_status h2_tell_broken(h2_connection *conn, h2_rule rule)
{
    const uint32_t code = rules[rule].by_profile[conn->policy->profile].code;
    if (!tell(conn, rules[rule].status, code, -1, true)) return H2_ERROR_NO_MEMORY;
    copy_text(conn->error->message, sizeof conn->error->message, rules[rule].text);
    return rules[rule].status;
}

/* The message of a fault: its own text, or that of the rule with its numbers. */
static void write_message(const h2_connection *conn, const h2_fault *fault, char *out, size_t cap)
{
    const h2_status status = rules[fault->rule].status;
    const char *text = fault->text != NULL ? fault->text : rules[fault->rule].text;
    char words[H2_WORDING];
    switch (status) {
    case H2_ERROR_STREAM_ID_TOO_LOW:
        text = h2_word_too_low(conn, fault->stream_id, fault->max_stream_id, words);
        break;
    case H2_ERROR_INVALID_BODY_LENGTH:
        (void)snprintf(out, cap, "InvalidBodyLengthError: Expected %llu bytes, received %llu",
                       (unsigned long long)fault->expected, (unsigned long long)fault->actual);
        return;
    case H2_ERROR_NO_SUCH_STREAM:
    case H2_ERROR_STREAM_CLOSED: text = h2_word_stream(conn, status, fault->stream_id, words); break;
    default: break;
    }
    copy_text(out, cap, text);
}

/* What broke the rule may have closed its stream, too: the next purge finds it. */
static void retire_broken(h2_connection *conn, uint32_t id)
{
    if (id == 0 || !conn->policy->forget_lazily) return;
    h2_stream *const stream = h2_streams_find(&conn->streams, id);
    if (stream != NULL) h2_retire_stream(conn, stream);
}

static h2_status connection_error(h2_connection *conn, const h2_fault *fault, uint32_t code)
{
    const h2_status status = rules[fault->rule].status;
    const int64_t id = fault->stream_id == 0 ? -1 : (int64_t)fault->stream_id;
    if (!tell(conn, status, code, id, true)) return H2_ERROR_NO_MEMORY;
    if (status == H2_ERROR_STREAM_ID_TOO_LOW) conn->error->max_stream_id = fault->max_stream_id;
    conn->error->expected_length = fault->expected;
    conn->error->actual_length = fault->actual;
    write_message(conn, fault, conn->error->message, sizeof conn->error->message);

    const size_t debug_len = fault->debug == NULL ? 0 : strlen(fault->debug);
    const h2_status queued = h2_queue_goaway(conn, h2_last_handled(conn), code, fault->debug, debug_len);
    if (queued != H2_OK) return queued;
    (void)h2_connection_step_in(conn->policy->profile, &conn->state, H2_CONNECTION_SEND_GOAWAY);
    retire_broken(conn, fault->stream_id);
    return status;
}

static h2_status reset_stream(h2_connection *conn, uint32_t id, uint32_t code, h2_event *event)
{
    TRY(h2_charge_reset(conn));
    h2_stream *const stream = h2_streams_find(&conn->streams, id);
    if (stream == NULL && !h2_remember_reset(conn, id)) return H2_ERROR_NO_MEMORY;
    TRY(h2_queue_reset(conn, id, code));
    TRY(h2_charge_reply(conn, false, H2_RST_STREAM_FRAME));
    if (stream != NULL) h2_close_stream(conn, stream);
    if (event == NULL) return H2_NEED_DATA;
    event->type = H2_EVENT_STREAM_RESET;
    event->stream_id = id;
    event->stream_reset = (struct h2_event_reset){.error_code = code, .remote_reset = false};
    return H2_OK;
}

h2_status h2_stream_error(h2_connection *conn, uint32_t id, uint32_t code, h2_event *event)
{
    if (!tell(conn, H2_ERROR_STREAM_CLOSED, code, id, true)) return H2_ERROR_NO_MEMORY;
    (void)h2_word_stream(conn, H2_ERROR_STREAM_CLOSED, id, conn->error->message);
    return reset_stream(conn, id, code, event);
}

h2_status h2_verdict(h2_connection *conn, const h2_fault *fault, h2_event *event)
{
    const judgement judged = rules[fault->rule].by_profile[conn->policy->profile];
    const uint32_t code = fault->code != 0 ? fault->code : judged.code;
    if (judged.scope == IGNORE) return H2_NEED_DATA;
    if (judged.scope == CONNECTION) return connection_error(conn, fault, code);
    if (!tell(conn, rules[fault->rule].status, code, fault->stream_id, true)) return H2_ERROR_NO_MEMORY;
    write_message(conn, fault, conn->error->message, sizeof conn->error->message);
    h2_log(conn, H2_LOG_DEBUG, "Stream error on stream %u: %s", fault->stream_id, conn->error->message);
    return reset_stream(conn, fault->stream_id, code, event);
}

h2_status h2_broken(h2_connection *conn, h2_rule rule, uint32_t stream_id, h2_event *event)
{
    const h2_fault fault = {.rule = rule, .stream_id = stream_id};
    return h2_verdict(conn, &fault, event);
}

h2_status h2_broken_text(h2_connection *conn, h2_rule rule, uint32_t stream_id, h2_event *event,
                         const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const h2_fault fault = {.rule = rule, .stream_id = stream_id, .text = text};
    return h2_verdict(conn, &fault, event);
}

bool h2_rule_is_fatal(const h2_connection *conn, h2_rule rule)
{
    return rules[rule].by_profile[conn->policy->profile].scope == CONNECTION;
}

h2_status h2_limit_crossed(h2_connection *conn, h2_limit limit)
{
    const char *const name = h2_limit_name(limit);
    char text[96];
    (void)snprintf(text, sizeof text, "The bound %s was crossed", name);
    const h2_fault fault = {.rule = H2_RULE_LIMIT, .text = text, .debug = name};
    return h2_verdict(conn, &fault, NULL);
}
