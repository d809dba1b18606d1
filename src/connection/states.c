/* The connection's state machine as two tables, one for each profile, and the names of both machines' states, inputs and
 * actions. */
#include "connection/connection.h"

#include "field/rules.h"
#include "stream/machine.h"

enum {
    STATES = H2_CONNECTION_STATES,
    INPUTS = H2_CONNECTION_INPUTS,
    NO = H2_CONNECTION_REFUSES
};

enum {
    I = H2_CONNECTION_IDLE,
    CO = H2_CONNECTION_CLIENT_OPEN,
    SO = H2_CONNECTION_SERVER_OPEN,
    C = H2_CONNECTION_CLOSED
};

/* clang-format off */

/* Python h2 4.4.1, cell for cell, and RFC 9113: there which side this is, is known from the start, so IDLE is never entered;
 * a GOAWAY without error, sent or received, leaves the conversation going on; nothing is sent or received once it is
 * closed. Columns: IDLE, CLIENT_OPEN, SERVER_OPEN, CLOSED. */
const uint8_t h2_connection_cells[2][H2_CONNECTION_ROWS][STATES] = {
[H2_PROFILE_PYTHON] = {
    [H2_CONNECTION_SEND_HEADERS] =             { CO, CO, SO, NO },
    [H2_CONNECTION_SEND_PUSH_PROMISE] =        { NO, NO, SO, NO },
    [H2_CONNECTION_SEND_DATA] =                { NO, CO, SO, NO },
    [H2_CONNECTION_SEND_GOAWAY] =              {  C,  C,  C,  C },
    [H2_CONNECTION_SEND_WINDOW_UPDATE] =       {  I, CO, SO, NO },
    [H2_CONNECTION_SEND_PING] =                {  I, CO, SO, NO },
    [H2_CONNECTION_SEND_SETTINGS] =            {  I, CO, SO, NO },
    [H2_CONNECTION_SEND_RST_STREAM] =          { NO, CO, SO, NO },
    [H2_CONNECTION_SEND_PRIORITY] =            {  I, CO, SO, NO },
    [H2_CONNECTION_RECV_HEADERS] =             { SO, CO, SO, NO },
    [H2_CONNECTION_RECV_PUSH_PROMISE] =        { NO, CO, NO, NO },
    [H2_CONNECTION_RECV_DATA] =                { NO, CO, SO, NO },
    [H2_CONNECTION_RECV_GOAWAY] =              {  C,  C,  C,  C },
    [H2_CONNECTION_RECV_WINDOW_UPDATE] =       {  I, CO, SO, NO },
    [H2_CONNECTION_RECV_PING] =                {  I, CO, SO, NO },
    [H2_CONNECTION_RECV_SETTINGS] =            {  I, CO, SO, NO },
    [H2_CONNECTION_RECV_RST_STREAM] =          { NO, CO, SO, NO },
    [H2_CONNECTION_RECV_PRIORITY] =            {  I, CO, SO, NO },
    [H2_CONNECTION_SEND_ALTERNATIVE_SERVICE] = { SO, NO, SO, NO },
    [H2_CONNECTION_RECV_ALTERNATIVE_SERVICE] = { CO, CO, SO, NO },
    [H2_CONNECTION_SEND_GRACEFUL_GOAWAY] =     {  C,  C,  C,  C },
},
[H2_PROFILE_RFC] = {
    [H2_CONNECTION_SEND_HEADERS] =             { NO, CO, SO, NO },
    [H2_CONNECTION_SEND_PUSH_PROMISE] =        { NO, NO, SO, NO },
    [H2_CONNECTION_SEND_DATA] =                { NO, CO, SO, NO },
    [H2_CONNECTION_SEND_GOAWAY] =              { NO,  C,  C, NO },
    [H2_CONNECTION_SEND_WINDOW_UPDATE] =       { NO, CO, SO, NO },
    [H2_CONNECTION_SEND_PING] =                { NO, CO, SO, NO },
    [H2_CONNECTION_SEND_SETTINGS] =            { NO, CO, SO, NO },
    [H2_CONNECTION_SEND_RST_STREAM] =          { NO, CO, SO, NO },
    [H2_CONNECTION_SEND_PRIORITY] =            { NO, CO, NO, NO },
    [H2_CONNECTION_RECV_HEADERS] =             { NO, CO, SO, NO },
    [H2_CONNECTION_RECV_PUSH_PROMISE] =        { NO, CO, NO, NO },
    [H2_CONNECTION_RECV_DATA] =                { NO, CO, SO, NO },
    [H2_CONNECTION_RECV_GOAWAY] =              { NO, CO, SO, NO },
    [H2_CONNECTION_RECV_WINDOW_UPDATE] =       { NO, CO, SO, NO },
    [H2_CONNECTION_RECV_PING] =                { NO, CO, SO, NO },
    [H2_CONNECTION_RECV_SETTINGS] =            { NO, CO, SO, NO },
    [H2_CONNECTION_RECV_RST_STREAM] =          { NO, CO, SO, NO },
    [H2_CONNECTION_RECV_PRIORITY] =            { NO, CO, SO, NO },
    [H2_CONNECTION_SEND_ALTERNATIVE_SERVICE] = { NO, NO, SO, NO },
    [H2_CONNECTION_RECV_ALTERNATIVE_SERVICE] = { NO, CO, SO, NO },
    [H2_CONNECTION_SEND_GRACEFUL_GOAWAY] =     { NO, CO, SO, NO },
},
};
/* clang-format on */

int h2_first_state(h2_profile profile, h2_role role)
{
    if (profile == H2_PROFILE_PYTHON) return H2_CONNECTION_IDLE;
    return role == H2_CLIENT ? H2_CONNECTION_CLIENT_OPEN : H2_CONNECTION_SERVER_OPEN;
}

h2_step h2_connection_step_in(h2_profile profile, uint8_t *state, int input)
{
    if (state == NULL || *state >= STATES || input < 0 || input >= INPUTS) {
        return (h2_step){.status = H2_ERROR_ARGUMENT,
                         .message = "Input must be an instance of ConnectionInputs"};
    }
    const uint8_t next = h2_connection_cells[profile][input][*state];
    if (next != NO) {
        *state = next;
        return (h2_step){.status = H2_OK};
    }
    if (profile == H2_PROFILE_PYTHON) *state = H2_CONNECTION_CLOSED;
    return (h2_step){.status = H2_ERROR_PROTOCOL, .action = H2_ACTION_INVALID};
}

h2_step h2_connection_step(uint8_t *state, int input)
{
    return h2_connection_step_in(H2_PROFILE_PYTHON, state, input);
}

/* Names. */

static const char *const connection_states[] = {"IDLE", "CLIENT_OPEN", "SERVER_OPEN", "CLOSED"};

static const char *const stream_states[] = {
    "IDLE", "RESERVED_REMOTE", "RESERVED_LOCAL", "OPEN", "HALF_CLOSED_REMOTE", "HALF_CLOSED_LOCAL", "CLOSED",
};

static const char *const connection_inputs[] = {
    "SEND_HEADERS",
    "SEND_PUSH_PROMISE",
    "SEND_DATA",
    "SEND_GOAWAY",
    "SEND_WINDOW_UPDATE",
    "SEND_PING",
    "SEND_SETTINGS",
    "SEND_RST_STREAM",
    "SEND_PRIORITY",
    "RECV_HEADERS",
    "RECV_PUSH_PROMISE",
    "RECV_DATA",
    "RECV_GOAWAY",
    "RECV_WINDOW_UPDATE",
    "RECV_PING",
    "RECV_SETTINGS",
    "RECV_RST_STREAM",
    "RECV_PRIORITY",
    "SEND_ALTERNATIVE_SERVICE",
    "RECV_ALTERNATIVE_SERVICE",
    "SEND_GRACEFUL_GOAWAY",
};

static const char *const stream_inputs[] = {
    "SEND_HEADERS",
    "SEND_PUSH_PROMISE",
    "SEND_RST_STREAM",
    "SEND_DATA",
    "SEND_WINDOW_UPDATE",
    "SEND_END_STREAM",
    "RECV_HEADERS",
    "RECV_PUSH_PROMISE",
    "RECV_RST_STREAM",
    "RECV_DATA",
    "RECV_WINDOW_UPDATE",
    "RECV_END_STREAM",
    "RECV_CONTINUATION",
    "SEND_INFORMATIONAL_HEADERS",
    "RECV_INFORMATIONAL_HEADERS",
    "SEND_ALTERNATIVE_SERVICE",
    "RECV_ALTERNATIVE_SERVICE",
    "UPGRADE_CLIENT",
    "UPGRADE_SERVER",
};

static const char *const action_names[] = {
#define NAME(name, text) text,
    H2_STREAM_ACTIONS(NAME)
#undef NAME
};

size_t h2_state_count(bool stream)
{
    return stream ? H2_STREAM_STATES : STATES;
}

size_t h2_input_count(bool stream)
{
    return stream ? H2_STREAM_INPUTS : INPUTS;
}

const char *h2_state_name(bool stream, int state)
{
    if ((size_t)state >= h2_state_count(stream)) return NULL; /* below 0, too */
    return stream ? stream_states[state] : connection_states[state];
}

const char *h2_input_name(bool stream, int input)
{
    if ((size_t)input >= h2_input_count(stream)) return NULL;
    return stream ? stream_inputs[input] : connection_inputs[input];
}

const char *h2_action_name(int action)
{
    return action < 0 || action >= (int)H2_ACTION_COUNT ? NULL : action_names[action];
}

bool h2_cell_get(h2_profile profile, bool stream, int state, int input, h2_cell *out)
{
    if (out == NULL || h2_state_name(stream, state) == NULL || h2_input_name(stream, input) == NULL)
        return false;
    if (stream) {
        *out = h2_stream_cell(profile, (unsigned)state, (unsigned)input);
        return true;
    }
    const uint8_t next = h2_connection_cells[profile][input][state];
    const uint8_t stays = profile == H2_PROFILE_PYTHON ? (uint8_t)H2_CONNECTION_CLOSED : (uint8_t)state;
    *out = next == NO ? (h2_cell){.next = stays, .action = H2_ACTION_INVALID}
                      : (h2_cell){.valid = true, .next = next};
    return true;
}

bool h2_rule_row(h2_rule_table table, size_t row, char *out, size_t cap)
{
    if (out == NULL || cap == 0) return false;
    switch (table) {
    case H2_RULES_FRAMES: return h2_frame_rule_row(row, out, cap);
    case H2_RULES_SETTINGS: return h2_settings_rule_row(row, out, cap);
    case H2_RULES_FIELDS: return h2_field_rule_row(row, out, cap);
    }
    return false;
}
