/* What of a connection can be looked at: its streams, its state machine, its HPACK coders. Views hold the connection, never
 * the other way round. The state machines also exist on their own, and step as the engine does. */
#include "module.h"

static h2_connection *conn_of(h2py_connection *connection)
{
    if (connection->conn == NULL)
        PyErr_SetString(PyExc_RuntimeError, "H2Connection.__init__() has not been called");
    return connection->conn;
}

static PyObject *none_or_true(bool value)
{
    return Py_NewRef(value ? Py_True : Py_None);
}

/* Streams. */

typedef struct streams_view {
    PyObject_HEAD h2py_connection *connection;
} streams_view;

typedef struct stream_view {
    PyObject_HEAD h2py_connection *connection;
    uint32_t id;
    h2_stream_info info; /* as it was when it was last looked at */
} stream_view;

static PyObject *view_alloc(PyTypeObject *type, h2py_connection *connection)
{
    PyObject *const view = type->tp_alloc(type, 0);
    if (view != NULL)
        ((streams_view *)view)->connection = (h2py_connection *)Py_NewRef((PyObject *)connection);
    return view;
}

static void view_dealloc(PyObject *self)
{
    Py_CLEAR(((streams_view *)self)->connection);
    Py_TYPE(self)->tp_free(self);
}

PyObject *h2py_streams_of(h2py_connection *connection)
{
    return conn_of(connection) == NULL ? NULL : view_alloc((PyTypeObject *)h2py.streams, connection);
}

/* Whether the connection holds the stream that a key names; -1 with an exception. */
static int find_stream(PyObject *self, PyObject *key, uint32_t *id, h2_stream_info *info)
{
    h2_connection *const conn = conn_of(((streams_view *)self)->connection);
    if (conn == NULL) return -1;
    if (!PyLong_Check(key)) return 0;
    int64_t number;
    if (h2py_integer(key, "stream_id", &number) < 0) return -1;
    if (number < 1 || number > INT32_MAX) return 0;
    *id = (uint32_t)number;
    info->size = sizeof *info;
    return h2_stream_get_info(conn, *id, info);
}

static PyObject *streams_get_item(PyObject *self, PyObject *key)
{
    uint32_t id;
    h2_stream_info info;
    const int found = find_stream(self, key, &id, &info);
    if (found == 0) PyErr_SetObject(PyExc_KeyError, key);
    if (found <= 0) return NULL;
    stream_view *const view =
        (stream_view *)view_alloc(&h2py_stream_type, ((streams_view *)self)->connection);
    if (view == NULL) return NULL;
    view->id = id;
    view->info = info;
    return (PyObject *)view;
}

static int streams_contains(PyObject *self, PyObject *key)
{
    uint32_t id;
    h2_stream_info info;
    return find_stream(self, key, &id, &info);
}

static Py_ssize_t streams_length(PyObject *self)
{
    h2_connection *const conn = conn_of(((streams_view *)self)->connection);
    if (conn == NULL) return -1;
    Py_ssize_t count = 0;
    for (uint32_t id = 0; h2_next_stream(conn, id, &id);)
        count++;
    return count;
}

static PyObject *streams_iterate(PyObject *self)
{
    h2_connection *const conn = conn_of(((streams_view *)self)->connection);
    PyObject *const ids = conn == NULL ? NULL : PyList_New(0);
    if (ids == NULL) return NULL;
    for (uint32_t id = 0; h2_next_stream(conn, id, &id);) {
        PyObject *const number = PyLong_FromUnsignedLong(id);
        const int result = number == NULL ? -1 : PyList_Append(ids, number);
        Py_XDECREF(number);
        if (result == 0) continue;
        Py_DECREF(ids);
        return NULL;
    }
    PyObject *const iterator = PyObject_GetIter(ids);
    Py_DECREF(ids);
    return iterator;
}

static PyMappingMethods streams_mapping = {streams_length, streams_get_item, NULL};
static PySequenceMethods streams_sequence = {.sq_contains = streams_contains};

PyTypeObject h2py_streams_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "h2._h2.StreamsBase",
    .tp_basicsize = sizeof(streams_view),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "The streams of a connection, as a mapping.",
    .tp_dealloc = view_dealloc,
    .tp_iter = streams_iterate,
    .tp_as_mapping = &streams_mapping,
    .tp_as_sequence = &streams_sequence,
};

/* One stream. */

/* A stream that the connection has forgotten is closed; the rest stays as it was last seen. One without a connection is
 * idle for ever. */
static h2_stream_info *look(stream_view *view)
{
    if (view->connection == NULL) return &view->info;
    h2_connection *const conn = view->connection->conn;
    view->info.size = sizeof view->info;
    if (h2_stream_get_info(conn, view->id, &view->info)) return &view->info;
    if (view->info.state != H2_STREAM_CLOSED) view->info.closed_by = (int)h2_stream_closed_by(conn, view->id);
    view->info.state = H2_STREAM_CLOSED;
    view->info.open = false;
    view->info.closed = true;
    return &view->info;
}

typedef enum stream_member {
    STREAM_ID,
    STREAM_OPEN,
    STREAM_CLOSED,
    STREAM_CLOSED_BY,
    STREAM_OUTBOUND,
    STREAM_INBOUND,
    STREAM_FRAME,
    STREAM_CONFIG,
    STREAM_MACHINE
} stream_member;

static const stream_member stream_members[] = {STREAM_ID,        STREAM_OPEN,     STREAM_CLOSED,
                                               STREAM_CLOSED_BY, STREAM_OUTBOUND, STREAM_INBOUND,
                                               STREAM_FRAME,     STREAM_CONFIG,   STREAM_MACHINE};

static PyObject *stream_machine_of(stream_view *view);

static PyObject *get_stream_member(PyObject *self, void *closure)
{
    stream_view *const view = (stream_view *)self;
    const h2_stream_info *const info = look(view);
    switch (*(const stream_member *)closure) {
    case STREAM_ID: return PyLong_FromUnsignedLong(view->id);
    case STREAM_OPEN: return PyBool_FromLong(info->open);
    case STREAM_CLOSED: return PyBool_FromLong(info->closed);
    case STREAM_CLOSED_BY: return Py_NewRef(h2py.closed_by[info->closed_by]);
    case STREAM_OUTBOUND: return PyLong_FromLongLong(info->outbound_window);
    case STREAM_INBOUND: return PyLong_FromLongLong(info->inbound_window);
    case STREAM_MACHINE: return stream_machine_of(view);
    default: break;
    }
    if (view->connection == NULL) Py_RETURN_NONE;
    if (*(const stream_member *)closure == STREAM_CONFIG)
        return PyObject_GetAttrString((PyObject *)view->connection, "config");
    return PyLong_FromUnsignedLong(h2_max_outbound_frame_size(view->connection->conn));
}

static int set_stream_window(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    stream_view *const view = (stream_view *)self;
    int64_t wanted;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "this attribute cannot be deleted");
        return -1;
    }
    if (h2py_integer(value, "the window", &wanted) < 0) return -1;
    if (view->connection == NULL) {
        view->info.outbound_window = wanted;
        return 0;
    }
    h2_connection *const conn = h2py_begin(view->connection);
    if (conn == NULL) return -1;
    return h2py_end(view->connection, h2_override_window(conn, view->id, true, wanted));
}

static PyObject *stream_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"stream_id", "config", "inbound_window_size", "outbound_window_size", NULL};
    PyObject *config;
    unsigned int id;
    int inbound, outbound;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "IOii:H2Stream", names, &id, &config, &inbound, &outbound))
        return NULL;
    stream_view *const view = h2py_types_load() < 0 ? NULL : (stream_view *)type->tp_alloc(type, 0);
    if (view == NULL) return NULL;
    view->id = id;
    view->info.inbound_window = inbound;
    view->info.outbound_window = outbound;
    return (PyObject *)view;
}

static PyObject *stream_repr(PyObject *self)
{
    stream_view *const view = (stream_view *)self;
    return PyUnicode_FromFormat("<H2Stream id:%lu state:%R>", (unsigned long)view->id,
                                h2py.stream_states[look(view)->state]);
}

#define MEMBER(index) ((void *)(uintptr_t)&stream_members[index])

static PyGetSetDef stream_attributes[] = {
    {"stream_id", get_stream_member, NULL, "The identifier.", MEMBER(0)},
    {"open", get_stream_member, NULL, "Whether the stream counts against the number of open ones.",
     MEMBER(1)},
    {"closed", get_stream_member, NULL, "Whether the stream is closed.", MEMBER(2)},
    {"closed_by", get_stream_member, NULL, "How the stream was closed, a StreamClosedBy or None.", MEMBER(3)},
    {"outbound_flow_control_window", get_stream_member, set_stream_window,
     "How many octets of DATA this stream alone allows to be sent.", MEMBER(4)},
    {"inbound_flow_control_window", get_stream_member, NULL,
     "How many octets of DATA this stream alone allows the peer to send.", MEMBER(5)},
    {"max_outbound_frame_size", get_stream_member, NULL,
     "Octets of payload in a frame that is sent, at most.", MEMBER(6)},
    {"config", get_stream_member, NULL, "The configuration of the connection.", MEMBER(7)},
    {"state_machine", get_stream_member, NULL, "The stream's state machine, a view.", MEMBER(8)},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject h2py_stream_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "h2.stream.H2Stream",
    .tp_basicsize = sizeof(stream_view),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc =
        "H2Stream(stream_id, config, inbound_window_size, outbound_window_size)\n--\n\n"
        "A stream of a connection, a view of it. One that is made by hand belongs to none and stays idle.",
    .tp_new = stream_new,
    .tp_dealloc = view_dealloc,
    .tp_repr = stream_repr,
    .tp_getset = stream_attributes,
};

/* The machine of a stream. */

typedef struct stream_machine {
    PyObject_HEAD stream_view *view; /* NULL: on its own */
    int64_t stream_id;
    h2_stream_machine machine;
} stream_machine;

static PyObject *stream_machine_of(stream_view *view)
{
    stream_machine *const made =
        (stream_machine *)h2py_stream_machine_type.tp_alloc(&h2py_stream_machine_type, 0);
    if (made == NULL) return NULL;
    made->view = (stream_view *)Py_NewRef((PyObject *)view);
    made->stream_id = view->id;
    return (PyObject *)made;
}

static unsigned flag_if(bool value, unsigned flag)
{
    return value ? flag : 0;
}

/* The machine as it is now. */
static h2_stream_machine *machine_now(PyObject *self)
{
    stream_machine *const machine = (stream_machine *)self;
    if (machine->view == NULL) return &machine->machine;
    const h2_stream_info *const info = look(machine->view);
    const unsigned flags = flag_if(info->headers_sent, H2_STREAM_HEADERS_SENT) |
                           flag_if(info->trailers_sent, H2_STREAM_TRAILERS_SENT) |
                           flag_if(info->headers_received, H2_STREAM_HEADERS_RECEIVED) |
                           flag_if(info->trailers_received, H2_STREAM_TRAILERS_RECEIVED);
    machine->machine = (h2_stream_machine){.state = (uint8_t)info->state,
                                           .closed_by = (uint8_t)info->closed_by,
                                           .client = (uint8_t)info->client,
                                           .flags = (uint8_t)flags};
    return &machine->machine;
}

/* A machine that may be changed; NULL with AttributeError for one that belongs to a connection. */
static h2_stream_machine *own_machine(PyObject *self)
{
    stream_machine *const machine = (stream_machine *)self;
    if (machine->view == NULL) return &machine->machine;
    PyErr_SetString(PyExc_AttributeError, "the state machine of a connection's stream is a view");
    return NULL;
}

static int stream_machine_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"stream_id", NULL};
    stream_machine *const machine = (stream_machine *)self;
    PyObject *id;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "O:H2StreamStateMachine", names, &id)) return -1;
    if (h2py_types_load() < 0 || own_machine(self) == NULL) return -1;
    machine->machine = (h2_stream_machine){0};
    return h2py_integer(id, "stream_id", &machine->stream_id);
}

static void stream_machine_dealloc(PyObject *self)
{
    Py_CLEAR(((stream_machine *)self)->view);
    Py_TYPE(self)->tp_free(self);
}

/* The place of a member among `count`, -1 with ValueError. */
static int index_of(PyObject *const *members, int count, PyObject *value, const char *what)
{
    for (int i = 0; value != NULL && i < count; i++) {
        if (members[i] == value) return i;
    }
    PyErr_Format(PyExc_ValueError, "that is no %s", what);
    return -1;
}

static PyObject *get_stream_state(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef(h2py.stream_states[machine_now(self)->state]);
}

static int set_stream_state(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    h2_stream_machine *const machine = own_machine(self);
    const int state = machine == NULL ? -1 : index_of(h2py.stream_states, 7, value, "StreamState");
    if (state >= 0) machine->state = (uint8_t)state;
    return state < 0 ? -1 : 0;
}

static PyObject *get_closed_by(PyObject *self, void *closure)
{
    (void)closure;
    return Py_NewRef(h2py.closed_by[machine_now(self)->closed_by]);
}

static int set_closed_by(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    h2_stream_machine *const machine = own_machine(self);
    const int how = machine == NULL ? -1 : index_of(h2py.closed_by, 5, value, "StreamClosedBy");
    if (how >= 0) machine->closed_by = (uint8_t)how;
    return how < 0 ? -1 : 0;
}

static PyObject *get_client(PyObject *self, void *closure)
{
    (void)closure;
    const unsigned client = machine_now(self)->client;
    return client == 0 ? Py_NewRef(Py_None) : PyBool_FromLong(client == 1);
}

static int set_client(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    h2_stream_machine *const machine = own_machine(self);
    if (machine == NULL) return -1;
    const int truth = value == NULL || value == Py_None ? 0 : PyObject_IsTrue(value);
    if (truth < 0) return -1;
    machine->client = value == NULL || value == Py_None ? 0 : truth ? 1 : 2;
    return 0;
}

static const unsigned flags[] = {H2_STREAM_HEADERS_SENT, H2_STREAM_TRAILERS_SENT, H2_STREAM_HEADERS_RECEIVED,
                                 H2_STREAM_TRAILERS_RECEIVED};

static PyObject *get_flag(PyObject *self, void *closure)
{
    return none_or_true((machine_now(self)->flags & *(const unsigned *)closure) != 0);
}

static int set_flag(PyObject *self, PyObject *value, void *closure)
{
    h2_stream_machine *const machine = own_machine(self);
    const int truth = machine == NULL ? -1 : value == NULL ? 0 : PyObject_IsTrue(value);
    if (truth < 0) return -1;
    const unsigned rest = machine->flags & ~*(const unsigned *)closure;
    machine->flags = (uint8_t)(rest | flag_if(truth == 1, *(const unsigned *)closure));
    return 0;
}

static PyObject *get_stream_id(PyObject *self, void *closure)
{
    (void)closure;
    return PyLong_FromLongLong(((stream_machine *)self)->stream_id);
}

/* Steps. */

/* The number of an input, -1 with ValueError for what is no member of the enum. */
static int input_number(PyObject *input, PyObject *enumeration, const char *name)
{
    const int is = PyObject_IsInstance(input, enumeration);
    if (is < 0) return -1;
    if (is == 0) {
        PyErr_Format(PyExc_ValueError, "Input must be an instance of %s", name);
        return -1;
    }
    PyObject *const value = PyObject_GetAttrString(input, "value");
    const long number = value == NULL ? -1 : PyLong_AsLong(value);
    Py_XDECREF(value);
    return (int)number;
}

/* What a step tells, with what is known of it without a frame. */
static PyObject *step_events(const h2_step *step, int64_t stream_id)
{
    PyObject *const events = PyList_New(0);
    if (events == NULL || step->event == H2_EVENT_NONE) return events;
    h2py_event *const event = h2py_event_new((h2_event_type)step->event);
    int result = -1;
    if (event != NULL) {
        const bool pushed = step->event == H2_EVENT_PUSHED_STREAM_RECEIVED;
        if (step->event != H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE)
            event->slots[pushed ? 1 : 0] = PyLong_FromLongLong(stream_id);
        if (step->event == H2_EVENT_STREAM_RESET) {
            const bool ours = step->status == H2_ERROR_STREAM_CLOSED;
            if (ours) event->slots[1] = h2py_error_code(H2_CODE_STREAM_CLOSED);
            event->slots[2] = PyBool_FromLong(!ours);
        }
        result = PyList_Append(events, (PyObject *)event);
        Py_DECREF(event);
    }
    if (result < 0) Py_DECREF(events);
    return result < 0 ? NULL : events;
}

static void raise_closed(PyObject *events, int64_t stream_id)
{
    PyObject *const exception =
        PyObject_CallFunction(h2py.exceptions[-H2_ERROR_STREAM_CLOSED], "L", (long long)stream_id);
    if (exception == NULL) return;
    if (PyObject_SetAttrString(exception, "_events", events) == 0)
        PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_DECREF(exception);
}

static void raise_invalid(const h2_step *step, bool stream, int input, int state)
{
    PyObject *const class = h2py.exceptions[-H2_ERROR_PROTOCOL];
    if (step->message != NULL) {
        PyErr_SetString(class, step->message);
    } else if (stream) {
        PyErr_Format(class, "Invalid input StreamInputs.%s in state %d", h2_input_name(true, input), state);
    } else {
        PyErr_Format(class, "Invalid input ConnectionInputs.%s in state ConnectionState.%s",
                     h2_input_name(false, input), h2_state_name(false, state));
    }
}

static PyObject *step_stream(PyObject *self, PyObject *given)
{
    stream_machine *const machine = (stream_machine *)self;
    const int input = input_number(given, h2py.stream_inputs, "StreamInputs");
    if (input < 0 || own_machine(self) == NULL) return NULL;
    const int state = machine->machine.state;
    const h2_step step = h2_stream_step(&machine->machine, input);
    if (step.status != H2_OK && step.status != H2_ERROR_STREAM_CLOSED) {
        raise_invalid(&step, true, input, state);
        return NULL;
    }
    PyObject *const events = step_events(&step, machine->stream_id);
    if (events == NULL || step.status == H2_OK) return events;
    raise_closed(events, machine->stream_id);
    Py_DECREF(events);
    return NULL;
}

static PyMethodDef stream_machine_methods[] = {
    {"process_input", step_stream, METH_O,
     "process_input($self, input_, /)\n--\n\n"
     "Feed a StreamInputs to the machine; returns the events that it makes."},
    {NULL, NULL, 0, NULL},
};

#define FLAG(index) ((void *)(uintptr_t)&flags[index])

static PyGetSetDef stream_machine_attributes[] = {
    {"state", get_stream_state, set_stream_state, "The state, a StreamState.", NULL},
    {"stream_id", get_stream_id, NULL, "The identifier of the stream.", NULL},
    {"client", get_client, set_client, "Whether this side acts as client on the stream; None: not known yet.",
     NULL},
    {"headers_sent", get_flag, set_flag, "True once a header block that is not 1xx was sent.", FLAG(0)},
    {"trailers_sent", get_flag, set_flag, "True once trailers were sent.", FLAG(1)},
    {"headers_received", get_flag, set_flag, "True once a header block that is not 1xx was received.",
     FLAG(2)},
    {"trailers_received", get_flag, set_flag, "True once trailers were received.", FLAG(3)},
    {"stream_closed_by", get_closed_by, set_closed_by, "How the stream was closed, a StreamClosedBy or None.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject h2py_stream_machine_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "h2.stream.H2StreamStateMachine",
    .tp_basicsize = sizeof(stream_machine),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "H2StreamStateMachine(stream_id)\n--\n\nThe state machine of a stream (RFC 9113 section 5.1).",
    .tp_new = PyType_GenericNew,
    .tp_init = stream_machine_init,
    .tp_dealloc = stream_machine_dealloc,
    .tp_methods = stream_machine_methods,
    .tp_getset = stream_machine_attributes,
};

/* The machine of a connection. */

typedef struct connection_machine {
    PyObject_HEAD h2py_connection *connection; /* NULL: on its own */
    uint8_t state;
} connection_machine;

PyObject *h2py_machine_of(h2py_connection *connection)
{
    return conn_of(connection) == NULL ? NULL : view_alloc(&h2py_connection_machine_type, connection);
}

static int connection_machine_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {NULL};
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, ":H2ConnectionStateMachine", names)) return -1;
    ((connection_machine *)self)->state = H2_CONNECTION_IDLE;
    return h2py_types_load();
}

static PyObject *get_connection_state(PyObject *self, void *closure)
{
    (void)closure;
    connection_machine *const machine = (connection_machine *)self;
    if (machine->connection != NULL) {
        h2_connection_info info = {.size = sizeof info};
        h2_connection_get_info(machine->connection->conn, &info);
        machine->state = (uint8_t)info.state;
    }
    return Py_NewRef(h2py.connection_states[machine->state]);
}

static bool is_own_machine(const connection_machine *machine)
{
    if (machine->connection == NULL) return true;
    PyErr_SetString(PyExc_AttributeError, "the state machine of a connection is a view");
    return false;
}

static int set_connection_state(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    connection_machine *const machine = (connection_machine *)self;
    if (!is_own_machine(machine)) return -1;
    const int state = index_of(h2py.connection_states, 4, value, "ConnectionState");
    if (state >= 0) machine->state = (uint8_t)state;
    return state < 0 ? -1 : 0;
}

static PyObject *step_connection(PyObject *self, PyObject *given)
{
    connection_machine *const machine = (connection_machine *)self;
    const int input = input_number(given, h2py.connection_inputs, "ConnectionInputs");
    if (input < 0 || !is_own_machine(machine)) return NULL;
    const int state = machine->state;
    const h2_step step = h2_connection_step(&machine->state, input);
    if (step.status == H2_OK) return PyList_New(0);
    raise_invalid(&step, false, input, state);
    return NULL;
}

static PyMethodDef connection_machine_methods[] = {
    {"process_input", step_connection, METH_O,
     "process_input($self, input_, /)\n--\n\n"
     "Feed a ConnectionInputs to the machine; returns an empty list of events."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef connection_machine_attributes[] = {
    {"state", get_connection_state, set_connection_state, "The state, a ConnectionState.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject h2py_connection_machine_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "h2.connection.H2ConnectionStateMachine",
    .tp_basicsize = sizeof(connection_machine),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "H2ConnectionStateMachine()\n--\n\nThe state machine of a connection.",
    .tp_new = PyType_GenericNew,
    .tp_init = connection_machine_init,
    .tp_dealloc = view_dealloc,
    .tp_methods = connection_machine_methods,
    .tp_getset = connection_machine_attributes,
};

/* HPACK. */

typedef struct coder_view {
    PyObject_HEAD h2py_connection *connection;
    bool encoder;
} coder_view;

PyObject *h2py_coder_of(h2py_connection *connection, bool encoder)
{
    if (conn_of(connection) == NULL) return NULL;
    coder_view *const view = (coder_view *)view_alloc(&h2py_coder_type, connection);
    if (view != NULL) view->encoder = encoder;
    return (PyObject *)view;
}

static PyObject *get_table_size(PyObject *self, void *closure)
{
    (void)closure;
    const coder_view *const view = (const coder_view *)self;
    h2_connection_info info = {.size = sizeof info};
    h2_connection_get_info(view->connection->conn, &info);
    return PyLong_FromUnsignedLong(view->encoder ? info.encoder_table_size : info.decoder_table_size);
}

static PyGetSetDef coder_attributes[] = {
    {"header_table_size", get_table_size, NULL, "Octets of the dynamic table, at most.", NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject h2py_coder_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "h2._h2.Coder",
    .tp_basicsize = sizeof(coder_view),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "The HPACK encoder or decoder of a connection, a view of it.",
    .tp_dealloc = view_dealloc,
    .tp_getset = coder_attributes,
};
