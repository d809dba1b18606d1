/* The stream's state machine (RFC 9113 section 5.1): tables, actions, and the step. */
#include "stream/machine.h"

#include <h2/events.h>

/* A cell is the next state and the action. Short names keep a row on a line. */
typedef struct cell {
    uint8_t next, action;
} cell;

enum {
    I = H2_STREAM_IDLE,
    RR = H2_STREAM_RESERVED_REMOTE,
    RL = H2_STREAM_RESERVED_LOCAL,
    O = H2_STREAM_OPEN,
    HR = H2_STREAM_HALF_CLOSED_REMOTE,
    HL = H2_STREAM_HALF_CLOSED_LOCAL,
    C = H2_STREAM_CLOSED
};

/* clang-format off */
#define TO(next, action) { next, H2_ACTION_##action }
#define XX { C, H2_ACTION_INVALID }
#define CC { C, H2_ACTION_CONNECTION_ERROR }

/* Python h2 4.4.1, cell for cell. Columns: IDLE, RESERVED_REMOTE, RESERVED_LOCAL, OPEN, HALF_CLOSED_REMOTE,
 * HALF_CLOSED_LOCAL, CLOSED. */
static const cell python_table[H2_STREAM_INPUTS][H2_STREAM_STATES] = {
    [H2_STREAM_SEND_HEADERS] = {
        TO(O, SEND_REQUEST), XX, TO(HR, SEND_RESPONSE), TO(O, SEND_RESPONSE), TO(HR, SEND_RESPONSE), XX, TO(C, CLOSED) },
    [H2_STREAM_SEND_PUSH_PROMISE] = {
        TO(RL, RESERVE_LOCAL), XX, XX, TO(O, SEND_PUSH), TO(HR, SEND_PUSH), XX, TO(C, SEND_PUSH_CLOSED) },
    [H2_STREAM_SEND_RST_STREAM] = {
        XX, TO(C, SEND_RESET), TO(C, SEND_RESET), TO(C, SEND_RESET), TO(C, SEND_RESET), TO(C, SEND_RESET), TO(C, CLOSED) },
    [H2_STREAM_SEND_DATA] = {
        XX, XX, XX, TO(O, NONE), TO(HR, NONE), XX, TO(C, CLOSED) },
    [H2_STREAM_SEND_WINDOW_UPDATE] = {
        XX, TO(RR, NONE), TO(RL, NONE), TO(O, NONE), TO(HR, NONE), TO(HL, NONE), TO(C, CLOSED) },
    [H2_STREAM_SEND_END_STREAM] = {
        XX, XX, XX, TO(HL, NONE), TO(C, SEND_END), XX, TO(C, CLOSED) },
    [H2_STREAM_RECV_HEADERS] = {
        TO(O, RECV_REQUEST), TO(HL, RECV_RESPONSE), XX, TO(O, RECV_RESPONSE), TO(C, RESET_CLOSED), TO(HL, RECV_RESPONSE), TO(C, CLOSED) },
    [H2_STREAM_RECV_PUSH_PROMISE] = {
        TO(RR, RESERVE_REMOTE), XX, XX, TO(O, RECV_PUSH), TO(C, RESET_CLOSED), TO(HL, RECV_PUSH), TO(C, RECV_PUSH_CLOSED) },
    [H2_STREAM_RECV_RST_STREAM] = {
        XX, TO(C, RECV_RESET), TO(C, RECV_RESET), TO(C, RECV_RESET), TO(C, RECV_RESET), TO(C, RECV_RESET), TO(C, NONE) },
    [H2_STREAM_RECV_DATA] = {
        TO(C, RESET_CLOSED), TO(C, RESET_CLOSED), TO(C, RESET_CLOSED), TO(O, RECV_BODY), TO(C, RESET_CLOSED), TO(HL, RECV_BODY), TO(C, CLOSED) },
    [H2_STREAM_RECV_WINDOW_UPDATE] = {
        XX, TO(RR, RECV_WINDOW), TO(RL, RECV_WINDOW), TO(O, RECV_WINDOW), TO(HR, RECV_WINDOW), TO(HL, RECV_WINDOW), TO(C, NONE) },
    [H2_STREAM_RECV_END_STREAM] = {
        XX, XX, XX, TO(HR, RECV_HALF_END), XX, TO(C, RECV_END), TO(C, NONE) },
    [H2_STREAM_RECV_CONTINUATION] = { XX, XX, XX, XX, XX, XX, XX },
    [H2_STREAM_SEND_INFORMATIONAL_HEADERS] = {
        XX, XX, XX, TO(O, SEND_INFORMATIONAL), TO(HR, SEND_INFORMATIONAL), XX, XX },
    [H2_STREAM_RECV_INFORMATIONAL_HEADERS] = {
        XX, XX, XX, TO(O, RECV_INFORMATIONAL), XX, TO(HL, RECV_INFORMATIONAL), XX },
    [H2_STREAM_SEND_ALTERNATIVE_SERVICE] = {
        XX, XX, TO(RL, SEND_ALTSVC), TO(O, SEND_ALTSVC), TO(HR, SEND_ALTSVC), TO(HL, SEND_ALTSVC), XX },
    [H2_STREAM_RECV_ALTERNATIVE_SERVICE] = {
        TO(I, NONE), TO(RR, RECV_ALTSVC), TO(RL, NONE), TO(O, RECV_ALTSVC), TO(HR, RECV_ALTSVC), TO(HL, RECV_ALTSVC), TO(C, NONE) },
    [H2_STREAM_UPGRADE_CLIENT] = { TO(HL, SEND_REQUEST), XX, XX, XX, XX, XX, XX },
    [H2_STREAM_UPGRADE_SERVER] = { TO(HR, RECV_REQUEST), XX, XX, XX, XX, XX, XX },
};

/* RFC 9113 section 5.1. An input that is refused changes nothing; what the peer may never send in a state is a connection
 * error, what it may have sent before it knew is a stream error or ignored. */
static const cell rfc_table[H2_STREAM_INPUTS][H2_STREAM_STATES] = {
    [H2_STREAM_SEND_HEADERS] = {
        TO(O, SEND_REQUEST), XX, TO(HR, SEND_RESPONSE), TO(O, SEND_RESPONSE), TO(HR, SEND_RESPONSE), XX, TO(C, CLOSED) },
    [H2_STREAM_SEND_PUSH_PROMISE] = {
        TO(RL, RESERVE_LOCAL), XX, XX, TO(O, SEND_PUSH), TO(HR, SEND_PUSH), XX, TO(C, CLOSED) },
    [H2_STREAM_SEND_RST_STREAM] = {
        XX, TO(C, SEND_RESET), TO(C, SEND_RESET), TO(C, SEND_RESET), TO(C, SEND_RESET), TO(C, SEND_RESET), TO(C, CLOSED) },
    [H2_STREAM_SEND_DATA] = {
        XX, XX, XX, TO(O, SEND_BODY), TO(HR, SEND_BODY), XX, TO(C, CLOSED) },
    [H2_STREAM_SEND_WINDOW_UPDATE] = {
        XX, TO(RR, NONE), XX, TO(O, NONE), TO(HR, NONE), TO(HL, NONE), TO(C, CLOSED) },
    [H2_STREAM_SEND_END_STREAM] = {
        XX, XX, XX, TO(HL, SEND_HALF_END), TO(C, SEND_LAST_END), XX, TO(C, CLOSED) },
    [H2_STREAM_RECV_HEADERS] = {
        TO(O, RECV_REQUEST), TO(HL, RECV_RESPONSE), CC, TO(O, RECV_RESPONSE), TO(C, RESET_CLOSED), TO(HL, RECV_RESPONSE), TO(C, CLOSED) },
    [H2_STREAM_RECV_PUSH_PROMISE] = {
        TO(RR, RESERVE_REMOTE), CC, CC, TO(O, RECV_PUSH), CC, TO(HL, RECV_PUSH), TO(C, RECV_PUSH_CLOSED) },
    [H2_STREAM_RECV_RST_STREAM] = {
        CC, TO(C, RECV_RESET), TO(C, RECV_RESET), TO(C, RECV_RESET), TO(C, RECV_RESET), TO(C, RECV_RESET), TO(C, NONE) },
    [H2_STREAM_RECV_DATA] = {
        CC, CC, CC, TO(O, RECV_BODY), TO(C, RESET_CLOSED), TO(HL, RECV_BODY), TO(C, CLOSED) },
    [H2_STREAM_RECV_WINDOW_UPDATE] = {
        CC, CC, TO(RL, RECV_WINDOW), TO(O, RECV_WINDOW), TO(HR, RECV_WINDOW), TO(HL, RECV_WINDOW), TO(C, NONE) },
    [H2_STREAM_RECV_END_STREAM] = {
        CC, CC, CC, TO(HR, RECV_HALF_END), CC, TO(C, RECV_END), TO(C, NONE) },
    [H2_STREAM_RECV_CONTINUATION] = { CC, CC, CC, CC, CC, CC, CC },
    [H2_STREAM_SEND_INFORMATIONAL_HEADERS] = {
        XX, XX, TO(HR, SEND_INFORMATIONAL), TO(O, SEND_INFORMATIONAL), TO(HR, SEND_INFORMATIONAL), XX, TO(C, CLOSED) },
    [H2_STREAM_RECV_INFORMATIONAL_HEADERS] = {
        CC, TO(HL, RECV_INFORMATIONAL), CC, TO(O, RECV_INFORMATIONAL), TO(C, RESET_CLOSED), TO(HL, RECV_INFORMATIONAL), TO(C, CLOSED) },
    [H2_STREAM_SEND_ALTERNATIVE_SERVICE] = {
        XX, XX, TO(RL, SEND_ALTSVC), TO(O, SEND_ALTSVC), TO(HR, SEND_ALTSVC), TO(HL, SEND_ALTSVC), TO(C, CLOSED) },
    [H2_STREAM_RECV_ALTERNATIVE_SERVICE] = {
        TO(I, NONE), TO(RR, RECV_ALTSVC), TO(RL, NONE), TO(O, RECV_ALTSVC), TO(HR, RECV_ALTSVC), TO(HL, RECV_ALTSVC), TO(C, NONE) },
    [H2_STREAM_UPGRADE_CLIENT] = { TO(HL, SEND_REQUEST), XX, XX, XX, XX, XX, XX },
    [H2_STREAM_UPGRADE_SERVER] = { TO(HR, RECV_REQUEST), XX, XX, XX, XX, XX, XX },
};
/* clang-format on */

static const cell (*table_of(h2_profile profile))[H2_STREAM_STATES]
{
    return profile == H2_PROFILE_PYTHON ? python_table : rfc_table;
}

h2_cell h2_stream_cell(h2_profile profile, unsigned state, unsigned input)
{
    const cell at = table_of(profile)[input][state];
    const bool valid = at.action != H2_ACTION_INVALID && at.action != H2_ACTION_CONNECTION_ERROR;
    return (h2_cell){valid, valid || profile == H2_PROFILE_PYTHON ? at.next : (uint8_t)state, at.action};
}

static h2_step done(uint8_t event)
{
    return (h2_step){.status = H2_OK, .event = event};
}

static h2_step refused(const char *message)
{
    return (h2_step){.status = H2_ERROR_PROTOCOL, .message = message};
}

static h2_step closed(void)
{
    return (h2_step){.status = H2_ERROR_STREAM_CLOSED, .message = ""};
}

enum {
    CLIENT = 1,
    SERVER = 2
};

/* The first block that we send as the server of a stream is its response, the next one its trailers. */
static h2_step send_response(h2_stream_machine *m)
{
    if (!(m->flags & H2_STREAM_HEADERS_SENT)) {
        if (m->client != SERVER) return refused("Client cannot send responses.");
        m->flags |= H2_STREAM_HEADERS_SENT;
        return done(0);
    }
    if (m->flags & H2_STREAM_TRAILERS_SENT) return refused("");
    m->flags |= H2_STREAM_TRAILERS_SENT;
    return done(0);
}

static h2_step receive_request(h2_stream_machine *m)
{
    if (m->flags & (H2_STREAM_HEADERS_RECEIVED | H2_STREAM_TRAILERS_RECEIVED)) return refused("");
    m->client = SERVER;
    m->flags |= H2_STREAM_HEADERS_RECEIVED;
    return done(H2_EVENT_REQUEST_RECEIVED);
}

static h2_step receive_response(h2_stream_machine *m)
{
    if (!(m->flags & H2_STREAM_HEADERS_RECEIVED)) {
        if (m->client != CLIENT) return refused("");
        m->flags |= H2_STREAM_HEADERS_RECEIVED;
        return done(H2_EVENT_RESPONSE_RECEIVED);
    }
    if (m->flags & H2_STREAM_TRAILERS_RECEIVED) return refused("");
    m->flags |= H2_STREAM_TRAILERS_RECEIVED;
    return done(H2_EVENT_TRAILERS_RECEIVED);
}

static h2_step receive_push(const h2_stream_machine *m)
{
    if (m->client == CLIENT) return done(H2_EVENT_PUSHED_STREAM_RECEIVED);
    return refused(m->client == SERVER ? "Cannot receive pushed streams as a server"
                                       : "Idle streams cannot receive pushes");
}

static h2_step reserve(h2_stream_machine *m, uint8_t client, uint8_t flag)
{
    if (m->client != 0) return refused("");
    m->client = client;
    m->flags |= flag;
    return done(0);
}

static h2_step receive_push_closed(const h2_stream_machine *m)
{
    if (m->closed_by == H2_CLOSED_BY_SEND_RST_STREAM) return closed();
    return refused(m->closed_by == H2_CLOSED_BY_NONE ? "" : "Attempted to push on closed stream.");
}

static h2_step reset_closed(h2_stream_machine *m)
{
    m->closed_by = H2_CLOSED_BY_SEND_RST_STREAM;
    h2_step step = closed();
    step.event = H2_EVENT_STREAM_RESET;
    return step;
}

static h2_step close_by(h2_stream_machine *m, h2_closed_by by, uint8_t event)
{
    m->closed_by = (uint8_t)by;
    return done(event);
}

static h2_step send_last_end(h2_stream_machine *m)
{
    if (!(m->flags & H2_STREAM_HEADERS_SENT)) return refused("Cannot send data before headers.");
    return close_by(m, H2_CLOSED_BY_SEND_END_STREAM, 0);
}

static bool has(const h2_stream_machine *m, unsigned flag)
{
    return (m->flags & flag) != 0;
}

/* Actions that only look: a condition, and what refuses it. */
static h2_step act_guard(const h2_stream_machine *m, unsigned action)
{
    switch (action) {
    case H2_ACTION_SEND_PUSH:
        return m->client == CLIENT ? refused("Cannot push streams from client peers.") : done(0);
    case H2_ACTION_SEND_BODY:
    case H2_ACTION_SEND_HALF_END:
        return has(m, H2_STREAM_HEADERS_SENT) ? done(0) : refused("Cannot send data before headers.");
    case H2_ACTION_RECV_BODY:
        return has(m, H2_STREAM_HEADERS_RECEIVED) ? done(H2_EVENT_DATA_RECEIVED)
                                                  : refused("cannot receive data before headers");
    case H2_ACTION_SEND_INFORMATIONAL:
        return has(m, H2_STREAM_HEADERS_SENT) ? refused("Information response after final response")
                                              : done(0);
    case H2_ACTION_RECV_INFORMATIONAL:
        return has(m, H2_STREAM_HEADERS_RECEIVED) ? refused("Informational response after final response")
                                                  : done(H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED);
    case H2_ACTION_SEND_ALTSVC:
        return has(m, H2_STREAM_HEADERS_SENT) ? refused("Cannot send ALTSVC after sending response headers.")
                                              : done(0);
    case H2_ACTION_RECV_ALTSVC:
        return m->client == SERVER || has(m, H2_STREAM_HEADERS_RECEIVED)
                   ? done(0)
                   : done(H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE);
    case H2_ACTION_SEND_PUSH_CLOSED: return refused("Attempted to push on closed stream.");
    case H2_ACTION_RECV_PUSH_CLOSED: return receive_push_closed(m);
    case H2_ACTION_RECV_PUSH: return receive_push(m);
    case H2_ACTION_CLOSED: return closed();
    case H2_ACTION_RECV_WINDOW: return done(H2_EVENT_WINDOW_UPDATED);
    case H2_ACTION_RECV_HALF_END: return done(H2_EVENT_STREAM_ENDED);
    default: return done(0);
    }
}

/* Actions that change what the machine remembers besides its state. */
static h2_step act(h2_stream_machine *m, unsigned action)
{
    switch (action) {
    case H2_ACTION_SEND_REQUEST:
        m->client = CLIENT;
        m->flags |= H2_STREAM_HEADERS_SENT;
        return done(0);
    case H2_ACTION_SEND_RESPONSE: return send_response(m);
    case H2_ACTION_RESERVE_LOCAL: return reserve(m, SERVER, H2_STREAM_HEADERS_RECEIVED);
    case H2_ACTION_RESERVE_REMOTE: return reserve(m, CLIENT, H2_STREAM_HEADERS_SENT);
    case H2_ACTION_SEND_RESET: return close_by(m, H2_CLOSED_BY_SEND_RST_STREAM, 0);
    case H2_ACTION_SEND_LAST_END: return send_last_end(m);
    case H2_ACTION_SEND_END: return close_by(m, H2_CLOSED_BY_SEND_END_STREAM, 0);
    case H2_ACTION_RECV_REQUEST: return receive_request(m);
    case H2_ACTION_RECV_RESPONSE: return receive_response(m);
    case H2_ACTION_RECV_RESET: return close_by(m, H2_CLOSED_BY_RECV_RST_STREAM, H2_EVENT_STREAM_RESET);
    case H2_ACTION_RECV_END: return close_by(m, H2_CLOSED_BY_RECV_END_STREAM, H2_EVENT_STREAM_ENDED);
    case H2_ACTION_RESET_CLOSED: return reset_closed(m);
    default: return act_guard(m, action);
    }
}

h2_step h2_stream_step_in(h2_profile profile, h2_stream_machine *machine, int input)
{
    if (input < 0 || input >= H2_STREAM_INPUTS || machine == NULL || machine->state >= H2_STREAM_STATES) {
        return (h2_step){.status = H2_ERROR_ARGUMENT, .message = "Input must be an instance of StreamInputs"};
    }
    const cell at = table_of(profile)[input][machine->state];
    h2_step step = {.status = H2_ERROR_PROTOCOL, .action = at.action};
    if (at.action != H2_ACTION_INVALID && at.action != H2_ACTION_CONNECTION_ERROR) {
        step = act(machine, at.action);
        step.action = at.action;
    }
    if (step.status == H2_OK || step.event != 0) {
        machine->state = at.next;
    } else if (profile == H2_PROFILE_PYTHON) {
        machine->state = H2_STREAM_CLOSED;
    }
    return step;
}

h2_step h2_stream_step(h2_stream_machine *machine, int input)
{
    return h2_stream_step_in(H2_PROFILE_PYTHON, machine, input);
}
