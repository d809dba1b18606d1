/* The stream's state machine (RFC 9113 section 5.1): tables, actions, and the step. */
#include "stream/machine.h"

#include <h2/events.h>

/* Short names keep a row on a line. */
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

/* Python h2 4.4.1, cell for cell, and RFC 9113 section 5.1: there an input that is refused changes nothing; what the peer
 * may never send in a state is a connection error, what it may have sent before it knew is a stream error or ignored.
 * Columns: IDLE, RESERVED_REMOTE, RESERVED_LOCAL, OPEN, HALF_CLOSED_REMOTE, HALF_CLOSED_LOCAL, CLOSED. */
const h2_machine_cell h2_stream_cells[2][H2_STREAM_ROWS][H2_STREAM_COLUMNS] = {
[H2_PROFILE_PYTHON] = {
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
},
[H2_PROFILE_RFC] = {
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
},
};
/* clang-format on */

h2_cell h2_stream_cell(h2_profile profile, unsigned state, unsigned input)
{
    const h2_machine_cell at = h2_stream_cells[profile][input][state];
    const bool valid = at.action != H2_ACTION_INVALID && at.action != H2_ACTION_CONNECTION_ERROR;
    return (h2_cell){valid, valid || profile == H2_PROFILE_PYTHON ? at.next : (uint8_t)state, at.action};
}

/* What actions do. */

enum {
    CLIENT = 1,
    SERVER = 2,
    ANY = 0xff /* all bits of a member */
};

/* clang-format off */
#define ROW(name, ...) [H2_ACTION_##name] = { .done.action = H2_ACTION_##name, __VA_ARGS__ }
#define KEEP .kept = { 0, ANY, ANY, ANY }
#define PUT_ROLE .kept = { 0, ANY, 0, ANY }
#define PUT_CLOSE .kept = { 0, 0, ANY, ANY }
#define FLAGS(bits) { .flags = (bits) }
#define NEVER .found = { .state = 1 } /* no state is asked for */

const h2_effect h2_effects[H2_ACTION_COUNT] = {
    ROW(NONE,             KEEP),
    ROW(INVALID,          NEVER),
    ROW(CONNECTION_ERROR, NEVER),
    ROW(SEND_REQUEST,     PUT_ROLE, .put = { .client = CLIENT, .flags = H2_STREAM_HEADERS_SENT }),
    /* The first block that we send as the server of a stream is its response, the next one its trailers. */
    ROW(SEND_RESPONSE,    KEEP, .asked = { .client = ANY, .flags = H2_STREAM_HEADERS_SENT },
                          .found = { .client = SERVER }, .put = FLAGS(H2_STREAM_HEADERS_SENT)),
    ROW(RESERVE_LOCAL,    KEEP, .asked = { .client = ANY }, .done.message = "",
                          .put = { .client = SERVER, .flags = H2_STREAM_HEADERS_RECEIVED }),
    ROW(SEND_PUSH,        NEVER),
    ROW(SEND_RESET,       PUT_CLOSE, .put = { .closed_by = H2_CLOSED_BY_SEND_RST_STREAM }),
    ROW(SEND_BODY,        KEEP, .asked = FLAGS(H2_STREAM_HEADERS_SENT), .found = FLAGS(H2_STREAM_HEADERS_SENT),
                          .done.message = "Cannot send data before headers."),
    ROW(SEND_END,         PUT_CLOSE, .put = { .closed_by = H2_CLOSED_BY_SEND_END_STREAM }),
    ROW(SEND_HALF_END,    KEEP, .asked = FLAGS(H2_STREAM_HEADERS_SENT), .found = FLAGS(H2_STREAM_HEADERS_SENT),
                          .done.message = "Cannot send data before headers."),
    ROW(SEND_LAST_END,    PUT_CLOSE, .asked = FLAGS(H2_STREAM_HEADERS_SENT), .found = FLAGS(H2_STREAM_HEADERS_SENT),
                          .put = { .closed_by = H2_CLOSED_BY_SEND_END_STREAM },
                          .done.message = "Cannot send data before headers."),
    ROW(RECV_REQUEST,     PUT_ROLE, .asked = FLAGS(H2_STREAM_HEADERS_RECEIVED | H2_STREAM_TRAILERS_RECEIVED),
                          .put = { .client = SERVER, .flags = H2_STREAM_HEADERS_RECEIVED }, .done.message = "",
                          .done.event = H2_EVENT_REQUEST_RECEIVED),
    ROW(RECV_RESPONSE,    KEEP, .asked = { .client = ANY, .flags = H2_STREAM_HEADERS_RECEIVED },
                          .found = { .client = CLIENT }, .put = FLAGS(H2_STREAM_HEADERS_RECEIVED),
                          .done.event = H2_EVENT_RESPONSE_RECEIVED),
    ROW(RESERVE_REMOTE,   KEEP, .asked = { .client = ANY }, .done.message = "",
                          .put = { .client = CLIENT, .flags = H2_STREAM_HEADERS_SENT }),
    ROW(RECV_PUSH,        NEVER),
    ROW(RECV_RESET,       PUT_CLOSE, .put = { .closed_by = H2_CLOSED_BY_RECV_RST_STREAM },
                          .done.event = H2_EVENT_STREAM_RESET),
    ROW(RECV_BODY,        KEEP, .asked = FLAGS(H2_STREAM_HEADERS_RECEIVED), .found = FLAGS(H2_STREAM_HEADERS_RECEIVED),
                          .done.message = "cannot receive data before headers", .done.event = H2_EVENT_DATA_RECEIVED),
    ROW(RECV_WINDOW,      KEEP, .done.event = H2_EVENT_WINDOW_UPDATED),
    ROW(RECV_HALF_END,    KEEP, .done.event = H2_EVENT_STREAM_ENDED),
    ROW(RECV_END,         PUT_CLOSE, .put = { .closed_by = H2_CLOSED_BY_RECV_END_STREAM },
                          .done.event = H2_EVENT_STREAM_ENDED),
    ROW(SEND_INFORMATIONAL, KEEP, .asked = FLAGS(H2_STREAM_HEADERS_SENT),
                          .done.message = "Information response after final response"),
    ROW(RECV_INFORMATIONAL, KEEP, .asked = FLAGS(H2_STREAM_HEADERS_RECEIVED),
                          .done.message = "Informational response after final response",
                          .done.event = H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED),
    ROW(SEND_ALTSVC,      KEEP, .asked = FLAGS(H2_STREAM_HEADERS_SENT),
                          .done.message = "Cannot send ALTSVC after sending response headers."),
    ROW(RECV_ALTSVC,      NEVER),
    ROW(RESET_CLOSED,     NEVER),
    ROW(CLOSED,           NEVER),
    ROW(SEND_PUSH_CLOSED, NEVER, .done.message = "Attempted to push on closed stream."),
    ROW(RECV_PUSH_CLOSED, NEVER),
};
/* clang-format on */

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

/* What we send as a server after the response, or as a client. */
static h2_step send_trailers(h2_stream_machine *m)
{
    if (!(m->flags & H2_STREAM_HEADERS_SENT)) return refused("Client cannot send responses.");
    if (m->flags & H2_STREAM_TRAILERS_SENT) return refused("");
    m->flags |= H2_STREAM_TRAILERS_SENT;
    return done(0);
}

static h2_step receive_trailers(h2_stream_machine *m)
{
    if (!(m->flags & H2_STREAM_HEADERS_RECEIVED) || m->flags & H2_STREAM_TRAILERS_RECEIVED)
        return refused("");
    m->flags |= H2_STREAM_TRAILERS_RECEIVED;
    return done(H2_EVENT_TRAILERS_RECEIVED);
}

static h2_step receive_push(const h2_stream_machine *m)
{
    if (m->client == CLIENT) return done(H2_EVENT_PUSHED_STREAM_RECEIVED);
    return refused(m->client == SERVER ? "Cannot receive pushed streams as a server"
                                       : "Idle streams cannot receive pushes");
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

static h2_step receive_altsvc(const h2_stream_machine *m)
{
    if (m->client == SERVER || m->flags & H2_STREAM_HEADERS_RECEIVED) return done(0);
    return done(H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE);
}

/* Actions that are more than an effect, or whose effect did not apply. */
static h2_step other_action(h2_stream_machine *m, unsigned action)
{
    switch (action) {
    case H2_ACTION_SEND_RESPONSE: return send_trailers(m);
    case H2_ACTION_RECV_RESPONSE: return receive_trailers(m);
    case H2_ACTION_SEND_PUSH:
        return m->client == CLIENT ? refused("Cannot push streams from client peers.") : done(0);
    case H2_ACTION_RECV_PUSH: return receive_push(m);
    case H2_ACTION_RECV_PUSH_CLOSED: return receive_push_closed(m);
    case H2_ACTION_RECV_ALTSVC: return receive_altsvc(m);
    case H2_ACTION_RESET_CLOSED: return reset_closed(m);
    case H2_ACTION_CLOSED: return closed();
    default: return refused(h2_effects[action].done.message);
    }
}

/* The step. */

h2_step h2_step_otherwise(h2_profile profile, h2_stream_machine *machine, h2_machine_cell at)
{
    h2_step step = other_action(machine, at.action);
    step.action = at.action;
    if (step.status == H2_OK || step.event != 0) {
        machine->state = at.next;
    } else if (profile == H2_PROFILE_PYTHON) {
        machine->state = H2_STREAM_CLOSED;
    }
    return step;
}

h2_step h2_stream_step_in(h2_profile profile, h2_stream_machine *machine, int input)
{
    if (input < 0 || input >= H2_STREAM_INPUTS || machine == NULL || machine->state >= H2_STREAM_STATES) {
        return (h2_step){.status = H2_ERROR_ARGUMENT, .message = "Input must be an instance of StreamInputs"};
    }
    const h2_machine_cell at = h2_stream_cells[profile][input][machine->state];
    return h2_machine_moves(at, machine) ? h2_machine_done(at) : h2_step_otherwise(profile, machine, at);
}

h2_step h2_stream_step(h2_stream_machine *machine, int input)
{
    return h2_stream_step_in(H2_PROFILE_PYTHON, machine, input);
}
