/* How often each cell of libh2's two state machines, each call and each event was reached, and which of them
 * legal traffic has to reach (RFC 9113 section 5.1). Cells that are not listed take a broken peer or a call
 * that is refused; those have tests of their own. */
#include "cv.h"

#include <stdio.h>
#include <string.h>

enum {
    STATES = 16,
    INPUTS = 32,
    CALLS = 80,
    EVENTS = 32,
    CLIENT = 1,
    SERVER = 2,
    BOTH = CLIENT | SERVER,
    LEAST = 100 /* in a full run */
};

typedef struct counts {
    unsigned long cells[2][STATES][INPUTS]; /* [1]: of streams */
    unsigned long calls[CALLS], events[EVENTS];
} counts;

static counts reached[2][2]; /* by profile, by role: [1] is the client */

#define S(state, input) H2_STREAM_##state, H2_STREAM_##input
#define C(state, input) H2_CONNECTION_##state, H2_CONNECTION_##input

typedef struct expected_cell {
    int state, input, roles;
} expected_cell;

static const expected_cell stream_cells[] = {
    /* a request, the response to it, trailers of either; the response to a promise */
    {S(IDLE, SEND_HEADERS), CLIENT},
    {S(OPEN, SEND_HEADERS), BOTH},
    {S(HALF_CLOSED_REMOTE, SEND_HEADERS), BOTH},
    {S(RESERVED_LOCAL, SEND_HEADERS), SERVER},
    {S(IDLE, RECV_HEADERS), SERVER},
    {S(OPEN, RECV_HEADERS), BOTH},
    {S(HALF_CLOSED_LOCAL, RECV_HEADERS), BOTH},
    {S(RESERVED_REMOTE, RECV_HEADERS), CLIENT},
    {S(CLOSED, RECV_HEADERS), BOTH}, /* on its way when we reset */
    {S(OPEN, SEND_INFORMATIONAL_HEADERS), SERVER},
    {S(HALF_CLOSED_REMOTE, SEND_INFORMATIONAL_HEADERS), SERVER},
    {S(OPEN, RECV_INFORMATIONAL_HEADERS), CLIENT},
    {S(HALF_CLOSED_LOCAL, RECV_INFORMATIONAL_HEADERS), CLIENT},
    /* promises: the stream that they come on, and the promised one */
    {S(IDLE, SEND_PUSH_PROMISE), SERVER},
    {S(OPEN, SEND_PUSH_PROMISE), SERVER},
    {S(HALF_CLOSED_REMOTE, SEND_PUSH_PROMISE), SERVER},
    {S(IDLE, RECV_PUSH_PROMISE), CLIENT},
    {S(OPEN, RECV_PUSH_PROMISE), CLIENT},
    {S(HALF_CLOSED_LOCAL, RECV_PUSH_PROMISE), CLIENT},
    /* bodies */
    {S(OPEN, SEND_DATA), BOTH},
    {S(HALF_CLOSED_REMOTE, SEND_DATA), BOTH},
    {S(OPEN, SEND_END_STREAM), BOTH},
    {S(HALF_CLOSED_REMOTE, SEND_END_STREAM), BOTH},
    {S(OPEN, RECV_DATA), BOTH},
    {S(HALF_CLOSED_LOCAL, RECV_DATA), BOTH},
    {S(CLOSED, RECV_DATA), BOTH},
    {S(OPEN, RECV_END_STREAM), BOTH},
    {S(HALF_CLOSED_LOCAL, RECV_END_STREAM), BOTH},
    /* resets; on a closed stream when both sides reset at once */
    {S(OPEN, SEND_RST_STREAM), BOTH},
    {S(HALF_CLOSED_REMOTE, SEND_RST_STREAM), BOTH},
    {S(HALF_CLOSED_LOCAL, SEND_RST_STREAM), BOTH},
    {S(RESERVED_REMOTE, SEND_RST_STREAM), CLIENT},
    {S(RESERVED_LOCAL, SEND_RST_STREAM), SERVER},
    {S(OPEN, RECV_RST_STREAM), BOTH},
    {S(HALF_CLOSED_REMOTE, RECV_RST_STREAM), BOTH},
    {S(HALF_CLOSED_LOCAL, RECV_RST_STREAM), BOTH},
    {S(RESERVED_REMOTE, RECV_RST_STREAM), CLIENT},
    {S(RESERVED_LOCAL, RECV_RST_STREAM), SERVER},
    {S(CLOSED, RECV_RST_STREAM), BOTH},
    /* windows */
    {S(OPEN, SEND_WINDOW_UPDATE), BOTH},
    {S(HALF_CLOSED_REMOTE, SEND_WINDOW_UPDATE), BOTH},
    {S(HALF_CLOSED_LOCAL, SEND_WINDOW_UPDATE), BOTH},
    {S(RESERVED_REMOTE, SEND_WINDOW_UPDATE), CLIENT},
    {S(OPEN, RECV_WINDOW_UPDATE), BOTH},
    {S(HALF_CLOSED_REMOTE, RECV_WINDOW_UPDATE), BOTH},
    {S(HALF_CLOSED_LOCAL, RECV_WINDOW_UPDATE), BOTH},
    {S(RESERVED_LOCAL, RECV_WINDOW_UPDATE), SERVER},
    {S(CLOSED, RECV_WINDOW_UPDATE), BOTH},
    /* ALTSVC */
    {S(OPEN, SEND_ALTERNATIVE_SERVICE), SERVER},
    {S(HALF_CLOSED_REMOTE, SEND_ALTERNATIVE_SERVICE), SERVER},
    {S(RESERVED_LOCAL, SEND_ALTERNATIVE_SERVICE), SERVER},
    {S(OPEN, RECV_ALTERNATIVE_SERVICE), CLIENT},
    {S(HALF_CLOSED_REMOTE, RECV_ALTERNATIVE_SERVICE), CLIENT},
    {S(HALF_CLOSED_LOCAL, RECV_ALTERNATIVE_SERVICE), CLIENT},
    {S(RESERVED_REMOTE, RECV_ALTERNATIVE_SERVICE), CLIENT},
    {S(IDLE, RECV_ALTERNATIVE_SERVICE), CLIENT},
    {S(CLOSED, RECV_ALTERNATIVE_SERVICE), CLIENT},
    /* h2c */
    {S(IDLE, UPGRADE_CLIENT), CLIENT},
    {S(IDLE, UPGRADE_SERVER), SERVER},
};

static const expected_cell connection_cells[] = {
    {C(CLIENT_OPEN, SEND_HEADERS), CLIENT},
    {C(CLIENT_OPEN, SEND_DATA), CLIENT},
    {C(CLIENT_OPEN, SEND_GOAWAY), CLIENT},
    {C(CLIENT_OPEN, SEND_WINDOW_UPDATE), CLIENT},
    {C(CLIENT_OPEN, SEND_PING), CLIENT},
    {C(CLIENT_OPEN, SEND_SETTINGS), CLIENT},
    {C(CLIENT_OPEN, SEND_RST_STREAM), CLIENT},
    {C(CLIENT_OPEN, SEND_PRIORITY), CLIENT},
    {C(CLIENT_OPEN, RECV_HEADERS), CLIENT},
    {C(CLIENT_OPEN, RECV_PUSH_PROMISE), CLIENT},
    {C(CLIENT_OPEN, RECV_DATA), CLIENT},
    {C(CLIENT_OPEN, RECV_GOAWAY), CLIENT},
    {C(CLIENT_OPEN, RECV_WINDOW_UPDATE), CLIENT},
    {C(CLIENT_OPEN, RECV_PING), CLIENT},
    {C(CLIENT_OPEN, RECV_SETTINGS), CLIENT},
    {C(CLIENT_OPEN, RECV_RST_STREAM), CLIENT},
    {C(CLIENT_OPEN, RECV_PRIORITY), CLIENT},
    {C(CLIENT_OPEN, RECV_ALTERNATIVE_SERVICE), CLIENT},
    {C(SERVER_OPEN, SEND_HEADERS), SERVER},
    {C(SERVER_OPEN, SEND_PUSH_PROMISE), SERVER},
    {C(SERVER_OPEN, SEND_DATA), SERVER},
    {C(SERVER_OPEN, SEND_GOAWAY), SERVER},
    {C(SERVER_OPEN, SEND_WINDOW_UPDATE), SERVER},
    {C(SERVER_OPEN, SEND_PING), SERVER},
    {C(SERVER_OPEN, SEND_SETTINGS), SERVER},
    {C(SERVER_OPEN, SEND_RST_STREAM), SERVER},
    {C(SERVER_OPEN, SEND_ALTERNATIVE_SERVICE), SERVER},
    {C(SERVER_OPEN, RECV_HEADERS), SERVER},
    {C(SERVER_OPEN, RECV_DATA), SERVER},
    {C(SERVER_OPEN, RECV_GOAWAY), SERVER},
    {C(SERVER_OPEN, RECV_WINDOW_UPDATE), SERVER},
    {C(SERVER_OPEN, RECV_PING), SERVER},
    {C(SERVER_OPEN, RECV_SETTINGS), SERVER},
    {C(SERVER_OPEN, RECV_RST_STREAM), SERVER},
    {C(SERVER_OPEN, RECV_PRIORITY), SERVER},
    {C(CLOSED, RECV_GOAWAY), BOTH},
};

/* Those that only one profile can reach by legal traffic. */
static const expected_cell rfc_stream_cells[] = {
    {S(CLOSED, RECV_PUSH_PROMISE), CLIENT}, /* h2 fails on what follows */
    {S(CLOSED, RECV_INFORMATIONAL_HEADERS), CLIENT},
    {S(OPEN, RECV_ALTERNATIVE_SERVICE), SERVER}, /* h2 takes its receiver for a client */
    {S(HALF_CLOSED_REMOTE, RECV_ALTERNATIVE_SERVICE), SERVER},
    {S(HALF_CLOSED_LOCAL, RECV_ALTERNATIVE_SERVICE), SERVER},
    {S(RESERVED_LOCAL, RECV_ALTERNATIVE_SERVICE), SERVER},
    {S(IDLE, RECV_ALTERNATIVE_SERVICE), SERVER},
    {S(CLOSED, RECV_ALTERNATIVE_SERVICE), SERVER},
};

static const expected_cell rfc_connection_cells[] = {
    {C(SERVER_OPEN, RECV_ALTERNATIVE_SERVICE), SERVER},
    {C(CLIENT_OPEN, SEND_GRACEFUL_GOAWAY), CLIENT},
    {C(SERVER_OPEN, SEND_GRACEFUL_GOAWAY), SERVER},
};

/* The RFC profile knows from the beginning which side it is. */
static const expected_cell python_connection_cells[] = {
    {C(IDLE, SEND_SETTINGS), BOTH},
    {C(IDLE, SEND_HEADERS), CLIENT},
    {C(IDLE, SEND_WINDOW_UPDATE), BOTH},
    {C(IDLE, SEND_PING), BOTH},
    {C(IDLE, SEND_PRIORITY), CLIENT},
    {C(IDLE, SEND_GOAWAY), BOTH},
    {C(IDLE, SEND_ALTERNATIVE_SERVICE), SERVER},
    {C(IDLE, RECV_SETTINGS), BOTH},
    {C(IDLE, RECV_HEADERS), SERVER},
    {C(IDLE, RECV_WINDOW_UPDATE), BOTH},
    {C(IDLE, RECV_PING), BOTH},
    {C(IDLE, RECV_PRIORITY), SERVER},
    {C(IDLE, RECV_GOAWAY), BOTH},
    {C(IDLE, RECV_ALTERNATIVE_SERVICE), CLIENT},
    {C(CLOSED, SEND_GOAWAY), BOTH},
};

typedef struct expected_call {
    const char *name;
    int roles;
} expected_call;

static const expected_call calls[] = {
    {"h2_config_init_sized", BOTH},
    {"h2_connection_new", BOTH},
    {"h2_connection_free", BOTH},
    {"h2_connection_config", BOTH},
    {"h2_connection_reconfigure", BOTH},
    {"h2_initiate_connection", BOTH},
    {"h2_initiate_upgrade_connection", BOTH},
    {"h2_upgrade_settings", CLIENT},
    {"h2_receive_data", BOTH},
    {"h2_output_pending", BOTH},
    {"h2_data_to_send", BOTH},
    {"h2_output_peek", BOTH},
    {"h2_output_consume", BOTH},
    {"h2_clear_outbound_data_buffer", BOTH},
    {"h2_send_headers", BOTH},
    {"h2_send_data", BOTH},
    {"h2_send_data_ref", BOTH},
    {"h2_end_stream", BOTH},
    {"h2_reset_stream", BOTH},
    {"h2_push_stream", SERVER},
    {"h2_ping", BOTH},
    {"h2_prioritize", CLIENT},
    {"h2_update_settings", BOTH},
    {"h2_close_connection", BOTH},
    {"h2_shutdown", BOTH},
    {"h2_advertise_alternative_service", SERVER},
    {"h2_increment_flow_control_window", BOTH},
    {"h2_acknowledge_received_data", BOTH},
    {"h2_local_flow_control_window", BOTH},
    {"h2_remote_flow_control_window", BOTH},
    {"h2_get_next_available_stream_id", BOTH},
    {"h2_max_inbound_frame_size", BOTH},
    {"h2_max_outbound_frame_size", BOTH},
    {"h2_open_inbound_streams", BOTH},
    {"h2_open_outbound_streams", BOTH},
    {"h2_local_settings", BOTH},
    {"h2_remote_settings", BOTH},
    {"h2_replace_settings", BOTH},
    {"h2_settings_new", BOTH},
    {"h2_settings_free", BOTH},
    {"h2_settings_get", BOTH},
    {"h2_settings_list", BOTH},
    {"h2_settings_pending", BOTH},
    {"h2_last_error", BOTH},
    {"h2_connection_is_closed", BOTH},
    {"h2_advance_time", BOTH},
    {"h2_memory_used", BOTH},
    {"h2_connection_trim", BOTH},
    {"h2_counters_read", BOTH},
    {"h2_connection_get_info", BOTH},
    {"h2_stream_get_info", BOTH},
    {"h2_stream_closed_by", BOTH},
    {"h2_next_stream", BOTH},
    {"h2_override_window", BOTH},
    {"h2_override_frame_size", BOTH},
};

static const struct {
    h2_event_type type;
    int roles;
} events[] = {
    {H2_EVENT_REQUEST_RECEIVED, SERVER},
    {H2_EVENT_RESPONSE_RECEIVED, CLIENT},
    {H2_EVENT_TRAILERS_RECEIVED, BOTH},
    {H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED, CLIENT},
    {H2_EVENT_DATA_RECEIVED, BOTH},
    {H2_EVENT_WINDOW_UPDATED, BOTH},
    {H2_EVENT_REMOTE_SETTINGS_CHANGED, BOTH},
    {H2_EVENT_SETTINGS_ACKNOWLEDGED, BOTH},
    {H2_EVENT_PING_RECEIVED, BOTH},
    {H2_EVENT_PING_ACK_RECEIVED, BOTH},
    {H2_EVENT_STREAM_ENDED, BOTH},
    {H2_EVENT_STREAM_RESET, BOTH},
    {H2_EVENT_PUSHED_STREAM_RECEIVED, CLIENT},
    {H2_EVENT_PRIORITY_UPDATED, BOTH},
    {H2_EVENT_CONNECTION_TERMINATED, BOTH},
    {H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE, CLIENT},
    {H2_EVENT_UNKNOWN_FRAME_RECEIVED, BOTH},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static counts *of(cv_where where)
{
    return &reached[where.profile == H2_PROFILE_PYTHON][where.client];
}

void cv_count_cell(cv_where where, bool stream, int state, int input)
{
    if (state >= 0 && state < STATES && input >= 0 && input < INPUTS)
        of(where)->cells[stream][state][input]++;
}

void cv_count_event(cv_where where, h2_event_type type)
{
    if ((int)type < EVENTS) of(where)->events[type]++;
}

/* Names are literals: their addresses lead to their place in the table faster than their letters. */
void cv_count_call(cv_where where, const char *name)
{
    static struct {
        const char *name;
        size_t at;
    } known[512];
    const size_t slot = ((uintptr_t)name >> 2) % COUNT(known);
    if (known[slot].name != name) {
        size_t at = 0;
        while (at < COUNT(calls) && strcmp(calls[at].name, name) != 0)
            at++;
        known[slot].name = name;
        known[slot].at = at;
    }
    of(where)->calls[known[slot].at]++;
}

typedef struct report {
    bool print, low;
    unsigned long least;
    const char *profile, *role;
} report;

static void line(report *r, const char *what, const char *name, unsigned long hits, bool expected)
{
    const bool low = expected && hits < r->least;
    if (low) r->low = true;
    if (r->print && (expected || hits != 0))
        printf("%-6s %-6s %-10s %-62s %9lu%s\n", r->profile, r->role, what, name, hits,
               low        ? "  TOO FEW"
               : expected ? ""
                          : "  (more)");
}

static bool is_listed(const expected_cell *cells, size_t count, int state, int input, int role)
{
    for (size_t i = 0; i < count; i++)
        if (cells[i].state == state && cells[i].input == input) return (cells[i].roles & role) != 0;
    return false;
}

static bool is_expected(bool stream, int state, int input, int role, bool python)
{
    if (stream)
        return is_listed(stream_cells, COUNT(stream_cells), state, input, role) ||
               (!python && is_listed(rfc_stream_cells, COUNT(rfc_stream_cells), state, input, role));
    return is_listed(connection_cells, COUNT(connection_cells), state, input, role) ||
           (!python && is_listed(rfc_connection_cells, COUNT(rfc_connection_cells), state, input, role)) ||
           (python && is_listed(python_connection_cells, COUNT(python_connection_cells), state, input, role));
}

static void report_cells(report *r, const counts *from, int role, bool python)
{
    for (int stream = 1; stream >= 0; stream--)
        for (int state = 0; state < STATES; state++)
            for (int input = 0; input < INPUTS; input++) {
                const char *const state_name = h2_state_name(stream, state);
                const char *const input_name = h2_input_name(stream, input);
                char name[100];
                if (state_name == NULL || input_name == NULL) continue;
                snprintf(name, sizeof name, "%s, %s", state_name, input_name);
                line(r, stream ? "stream" : "connection", name, from->cells[stream][state][input],
                     is_expected(stream, state, input, role, python));
            }
}

/* Prints what each profile and role has reached; returns false when something was reached too seldom for that
 * many conversations of each. Scaled-down runs are held to their share, but to once at least. */
bool cv_count_report(bool print, unsigned long conversations)
{
    bool good = true;
    for (int python = 0; python < 2; python++)
        for (int client = 1; client >= 0; client--) {
            const int role = client ? CLIENT : SERVER;
            const counts *const from = &reached[python][client];
            unsigned long least = LEAST * conversations / 100000;
            if (conversations < 20000) least = 0;
            report r = {print, false, least, python ? "python" : "rfc", client ? "client" : "server"};
            report_cells(&r, from, role, python);
            for (size_t i = 0; i < COUNT(calls); i++)
                line(&r, "call", calls[i].name, from->calls[i], (calls[i].roles & role) != 0);
            for (size_t i = 0; i < COUNT(events); i++)
                line(&r, "event", h2_event_name(events[i].type), from->events[events[i].type],
                     (events[i].roles & role) != 0);
            if (from->calls[COUNT(calls)] != 0) r.low = true; /* a name that the table lacks */
            good = good && !r.low;
        }
    return good;
}
