/* The classes of h2.events. One struct serves all of them: a row of the table below says which values a class has, and the
 * engine's events become objects here, without a step through Python. */
#include "module.h"

enum {
    EVENTS = H2_EVENT_UNKNOWN_FRAME_RECEIVED + 1,
    MOST_VALUES = 4,
    SPARE = 128, /* objects kept for reuse */
    SHOWN = 20   /* octets of data in a repr */
};

typedef enum h2py_shape {
    BY_VALUE,   /* compares by value, so it has no hash */
    BY_IDENTITY /* compares by identity */
} h2py_shape;

typedef struct event_class {
    const char *name, *repr, *doc;
    h2py_shape shape;
    const char *values[MOST_VALUES];
} event_class;

/* repr: text with a letter for each value shown: %0 to %3 as str(), %x as hex of value 0, %d as hex of the first octets
 * of value 1, %a the same of value 2, %c as the settings of value 0, %u and %v as text of values 0 and 1. */
static const event_class classes[EVENTS] = {
    [H2_EVENT_NONE] = {"h2.events.Event", NULL, "What all events have in common.", BY_IDENTITY, {NULL}},
    [H2_EVENT_REQUEST_RECEIVED] = {"h2.events.RequestReceived",
                                   "<RequestReceived stream_id:%0, headers:%1>",
                                   "A request has come, its header block whole.",
                                   BY_VALUE,
                                   {"stream_id", "headers", "stream_ended", "priority_updated"}},
    [H2_EVENT_RESPONSE_RECEIVED] = {"h2.events.ResponseReceived",
                                    "<ResponseReceived stream_id:%0, headers:%1>",
                                    "The final response has come, its header block whole.",
                                    BY_VALUE,
                                    {"stream_id", "headers", "stream_ended", "priority_updated"}},
    [H2_EVENT_TRAILERS_RECEIVED] = {"h2.events.TrailersReceived",
                                    "<TrailersReceived stream_id:%0, headers:%1>",
                                    "Trailers have come; they end the peer's side of the stream.",
                                    BY_VALUE,
                                    {"stream_id", "headers", "stream_ended", "priority_updated"}},
    [H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED] = {"h2.events.InformationalResponseReceived",
                                                  "<InformationalResponseReceived stream_id:%0, headers:%1>",
                                                  "A 1xx response has come; the final one follows.",
                                                  BY_VALUE,
                                                  {"stream_id", "headers", "priority_updated"}},
    [H2_EVENT_DATA_RECEIVED] =
        {"h2.events.DataReceived",
         "<DataReceived stream_id:%0, flow_controlled_length:%2, data:%d>",
         "Octets of a body. Give flow_controlled_length to acknowledge_received_data once "
         "they are used up.",
         BY_VALUE,
         {"stream_id", "data", "flow_controlled_length", "stream_ended"}},
    [H2_EVENT_WINDOW_UPDATED] = {"h2.events.WindowUpdated",
                                 "<WindowUpdated stream_id:%0, delta:%1>",
                                 "The peer takes more data: on a stream, or on the connection (stream_id 0).",
                                 BY_VALUE,
                                 {"stream_id", "delta"}},
    [H2_EVENT_REMOTE_SETTINGS_CHANGED] = {"h2.events.RemoteSettingsChanged",
                                          "<RemoteSettingsChanged changed_settings:{%c}>",
                                          "The peer has sent settings; they are in force and acknowledged.",
                                          BY_IDENTITY,
                                          {"changed_settings"}},
    [H2_EVENT_SETTINGS_ACKNOWLEDGED] = {"h2.events.SettingsAcknowledged",
                                        "<SettingsAcknowledged changed_settings:{%c}>",
                                        "The peer has acknowledged settings of this side; they are in force.",
                                        BY_IDENTITY,
                                        {"changed_settings"}},
    [H2_EVENT_PING_RECEIVED] = {"h2.events.PingReceived",
                                "<PingReceived ping_data:%x>",
                                "The peer has sent PING; the answer is queued.",
                                BY_VALUE,
                                {"ping_data"}},
    [H2_EVENT_PING_ACK_RECEIVED] = {"h2.events.PingAckReceived",
                                    "<PingAckReceived ping_data:%x>",
                                    "The peer has answered a PING.",
                                    BY_VALUE,
                                    {"ping_data"}},
    [H2_EVENT_STREAM_ENDED] = {"h2.events.StreamEnded",
                               "<StreamEnded stream_id:%0>",
                               "The peer has sent all it will on a stream.",
                               BY_VALUE,
                               {"stream_id"}},
    [H2_EVENT_STREAM_RESET] =
        {"h2.events.StreamReset",
         "<StreamReset stream_id:%0, error_code:%1, remote_reset:%2>",
         "A stream has been reset: by the peer, or by this side because the peer broke a rule.",
         BY_VALUE,
         {"stream_id", "error_code", "remote_reset"}},
    [H2_EVENT_PUSHED_STREAM_RECEIVED] =
        {"h2.events.PushedStreamReceived",
         "<PushedStreamReceived pushed_stream_id:%0, parent_stream_id:%1, headers:%2>",
         "The server promises a response to a request that was not made.",
         BY_IDENTITY,
         {"pushed_stream_id", "parent_stream_id", "headers"}},
    [H2_EVENT_PRIORITY_UPDATED] = {"h2.events.PriorityUpdated",
                                   "<PriorityUpdated stream_id:%0, weight:%1, depends_on:%2, exclusive:%3>",
                                   "The peer has said how a stream weighs against others; advice, no more.",
                                   BY_IDENTITY,
                                   {"stream_id", "weight", "depends_on", "exclusive"}},
    [H2_EVENT_CONNECTION_TERMINATED] =
        {"h2.events.ConnectionTerminated",
         "<ConnectionTerminated error_code:%0, last_stream_id:%1, additional_data:%a>",
         "The peer has sent GOAWAY: nothing more can be done on this connection.",
         BY_IDENTITY,
         {"error_code", "last_stream_id", "additional_data"}},
    [H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE] =
        {"h2.events.AlternativeServiceAvailable",
         "<AlternativeServiceAvailable origin:%u, field_value:%v>",
         "The server names an alternative service (RFC 7838) for an origin.",
         BY_IDENTITY,
         {"origin", "field_value"}},
    [H2_EVENT_UNKNOWN_FRAME_RECEIVED] = {"h2.events.UnknownFrameReceived",
                                         "<UnknownFrameReceived>",
                                         "A frame of a type that HTTP/2 does not define.",
                                         BY_VALUE,
                                         {"frame"}},
};

static PyTypeObject types[EVENTS];
static PyMemberDef members[EVENTS][MOST_VALUES + 2];

/* The row of an event's class, or of the one that it was derived from in Python. */
static const event_class *class_of(PyObject *self)
{
    for (PyTypeObject *type = Py_TYPE(self); type != NULL; type = type->tp_base) {
        if (type >= types && type < types + EVENTS) return &classes[type - types];
    }
    return &classes[H2_EVENT_NONE];
}

static int count_values(const event_class *class)
{
    int count = 0;
    while (count < MOST_VALUES && class->values[count] != NULL)
        count++;
    return count;
}

/* Life. */

static h2py_event *spare[SPARE];
static int spare_count;

h2py_event *h2py_event_new(h2_event_type type)
{
    h2py_event *event;
    if (spare_count > 0) {
        event = spare[--spare_count];
        (void)PyObject_Init((PyObject *)event, &types[type]);
    } else {
        event = PyObject_GC_New(h2py_event, &types[type]);
        if (event == NULL) return NULL;
    }
    event->dict = NULL;
    event->weak = NULL;
    memset(event->slots, 0, sizeof event->slots);
    PyObject_GC_Track((PyObject *)event);
    return event;
}

static int event_traverse(PyObject *self, visitproc visit, void *arg)
{
    h2py_event *const event = (h2py_event *)self;
    Py_VISIT(event->dict);
    for (int i = 0; i < MOST_VALUES; i++)
        Py_VISIT(event->slots[i]);
    return 0;
}

static int event_clear(PyObject *self)
{
    h2py_event *const event = (h2py_event *)self;
    Py_CLEAR(event->dict);
    for (int i = 0; i < MOST_VALUES; i++)
        Py_CLEAR(event->slots[i]);
    return 0;
}

static void event_dealloc(PyObject *self)
{
    h2py_event *const event = (h2py_event *)self;
    PyTypeObject *const type = Py_TYPE(self);
    PyObject_GC_UnTrack(self);
    if (event->weak != NULL) PyObject_ClearWeakRefs(self);
    (void)event_clear(self);
    if (type >= types && type < types + EVENTS && spare_count < SPARE) {
        spare[spare_count++] = event;
        return;
    }
    type->tp_free(self);
}

static PyObject *event_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    h2py_event *const event = (h2py_event *)type->tp_alloc(type, 0);
    if (event == NULL) return NULL;
    const event_class *const class = class_of((PyObject *)event);
    if (class == &classes[H2_EVENT_STREAM_RESET]) event->slots[2] = Py_NewRef(Py_True);
    if (class == &classes[H2_EVENT_REMOTE_SETTINGS_CHANGED] ||
        class == &classes[H2_EVENT_SETTINGS_ACKNOWLEDGED]) {
        event->slots[0] = PyDict_New();
        if (event->slots[0] == NULL) {
            Py_DECREF(event);
            return NULL;
        }
    }
    return (PyObject *)event;
}

static int value_index(const event_class *class, PyObject *name)
{
    for (int i = 0; i < count_values(class); i++) {
        if (PyUnicode_CompareWithASCIIString(name, class->values[i]) == 0) return i;
    }
    return -1;
}

/* Values by name only, each of them optional: users of h2 before 4.3 construct events without any. */
static int event_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    const event_class *const class = class_of(self);
    const char *const name = strrchr(class->name, '.') + 1;
    if (PyTuple_GET_SIZE(args) > 0) {
        PyErr_Format(PyExc_TypeError, "%s.__init__() takes 1 positional argument but %zd were given", name,
                     PyTuple_GET_SIZE(args) + 1);
        return -1;
    }
    Py_ssize_t position = 0;
    PyObject *keyword, *value;
    while (kwargs != NULL && PyDict_Next(kwargs, &position, &keyword, &value)) {
        const int i = value_index(class, keyword);
        if (i < 0) {
            PyErr_Format(PyExc_TypeError, "%s.__init__() got an unexpected keyword argument '%U'", name,
                         keyword);
            return -1;
        }
        Py_XSETREF(((h2py_event *)self)->slots[i], Py_NewRef(value));
    }
    return 0;
}

/* Showing and comparing. */

static PyObject *value_of(PyObject *self, int i)
{
    PyObject *const value = ((h2py_event *)self)->slots[i];
    return value == NULL ? Py_None : value;
}

static PyObject *hex_of(PyObject *data)
{
    return PyObject_CallMethod(data, "hex", NULL);
}

static PyObject *hex_of_beginning(PyObject *data, const char *otherwise)
{
    const int some = PyObject_IsTrue(data);
    if (some < 0) return NULL;
    if (!some) return PyUnicode_FromString(otherwise);
    PyObject *const beginning = PySequence_GetSlice(data, 0, SHOWN);
    if (beginning == NULL) return NULL;
    PyObject *const text = hex_of(beginning);
    Py_DECREF(beginning);
    return text;
}

static PyObject *settings_text(PyObject *changed)
{
    PyObject *const values = PyObject_CallMethod(changed, "values", NULL);
    PyObject *const list = values == NULL ? NULL : PySequence_List(values);
    Py_XDECREF(values);
    if (list == NULL) return NULL;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(list); i++) {
        PyObject *const text = PyObject_Repr(PyList_GET_ITEM(list, i));
        if (text == NULL || PyList_SetItem(list, i, text) < 0) {
            Py_DECREF(list);
            return NULL;
        }
    }
    PyObject *const comma = PyUnicode_FromString(", ");
    PyObject *const joined = comma == NULL ? NULL : PyUnicode_Join(comma, list);
    Py_XDECREF(comma);
    Py_DECREF(list);
    return joined;
}

static PyObject *lenient_text(PyObject *value)
{
    if (value == Py_None) return PyUnicode_FromString("");
    return PyUnicode_FromEncodedObject(value, "utf-8", "ignore");
}

static PyObject *text_of(PyObject *self, char letter)
{
    switch (letter) {
    case 'x': return value_of(self, 0) == Py_None ? PyObject_Str(Py_None) : hex_of(value_of(self, 0));
    case 'd': return hex_of_beginning(value_of(self, 1), "");
    case 'a': return hex_of_beginning(value_of(self, 2), "None");
    case 'c': return settings_text(value_of(self, 0));
    case 'u': return lenient_text(value_of(self, 0));
    case 'v': return lenient_text(value_of(self, 1));
    default: return PyObject_Str(value_of(self, letter - '0'));
    }
}

static PyObject *event_repr(PyObject *self)
{
    const char *at = class_of(self)->repr;
    PyObject *text = PyUnicode_FromString("");
    while (text != NULL && *at != '\0') {
        const char *const mark = strchr(at, '%');
        const size_t plain = mark == NULL ? strlen(at) : (size_t)(mark - at);
        PyUnicode_AppendAndDel(&text, PyUnicode_FromStringAndSize(at, (Py_ssize_t)plain));
        at += plain;
        if (mark == NULL) break;
        if (text != NULL) PyUnicode_AppendAndDel(&text, text_of(self, mark[1]));
        at += 2;
    }
    return text;
}

static PyObject *event_compare(PyObject *self, PyObject *other, int operation)
{
    if (Py_TYPE(self) != Py_TYPE(other) || (operation != Py_EQ && operation != Py_NE))
        Py_RETURN_NOTIMPLEMENTED;
    const int count = count_values(class_of(self));
    int equal = 1;
    for (int i = 0; equal == 1 && i < count; i++)
        equal = PyObject_RichCompareBool(value_of(self, i), value_of(other, i), Py_EQ);
    if (equal < 0) return NULL;
    return PyBool_FromLong(equal == (operation == Py_EQ));
}

/* Copies and pickles: the class, then its values. */
static PyObject *event_reduce(PyObject *self, PyObject *unused)
{
    (void)unused;
    const event_class *const class = class_of(self);
    PyObject *const values = PyDict_New();
    for (int i = 0; values != NULL && i < count_values(class); i++) {
        if (PyDict_SetItemString(values, class->values[i], value_of(self, i)) == 0) continue;
        Py_DECREF(values);
        return NULL;
    }
    if (values == NULL) return NULL;
    PyObject *const dict = ((h2py_event *)self)->dict;
    return Py_BuildValue("O()(ON)", Py_TYPE(self), dict == NULL ? Py_None : dict, values);
}

static PyObject *from_settings(PyObject *class, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames);

static PyMethodDef methods[] = {
    {"__reduce__", event_reduce, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static PyMethodDef settings_methods[] = {
    {"__reduce__", event_reduce, METH_NOARGS, NULL},
    {"from_settings", AS_METHOD(from_settings), METH_FASTCALL | METH_KEYWORDS | METH_CLASS,
     "from_settings($type, /, old_settings, new_settings)\n--\n\n"
     "Build the event from the settings before and those that changed, both {code: value}."},
    {NULL, NULL, 0, NULL},
};

static PyGetSetDef attributes[] = {
    {"__dict__", PyObject_GenericGetDict, PyObject_GenericSetDict, NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

/* h2.events.RemoteSettingsChanged.from_settings. */

static int add_change(PyObject *changes, PyObject *old, PyObject *code, PyObject *value)
{
    int64_t number;
    if (h2py_integer(code, "a setting", &number) < 0) return -1;
    PyObject *const key =
        number >= 0 && number < SETTING_CODES ? h2py_setting_code((uint16_t)number) : Py_NewRef(code);
    PyObject *const before = key == NULL ? NULL : PyObject_CallMethod(old, "get", "O", key);
    PyObject *const change =
        before == NULL ? NULL : PyObject_CallFunctionObjArgs(h2py.changed_setting, key, before, value, NULL);
    const int result = change == NULL ? -1 : PyDict_SetItem(changes, key, change);
    Py_XDECREF(key);
    Py_XDECREF(before);
    Py_XDECREF(change);
    return result;
}

static int add_changes(PyObject *changes, PyObject *old, PyObject *new)
{
    PyObject *const items = PyMapping_Items(new);
    int result = items == NULL ? -1 : 0;
    for (Py_ssize_t i = 0; result == 0 && i < PyList_GET_SIZE(items); i++) {
        PyObject *const item = PyList_GET_ITEM(items, i);
        result = add_change(changes, old, PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1));
    }
    Py_XDECREF(items);
    return result;
}

static PyObject *from_settings(PyObject *class, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static h2py_signature signature = {"from_settings", 2, 2, {"old_settings", "new_settings"}, {NULL}};
    PyObject *given[2];
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0 || h2py_types_load() < 0) return NULL;
    PyObject *const event = PyObject_CallNoArgs(class);
    if (event == NULL) return NULL;
    PyObject *const changes = PyObject_GetAttrString(event, "changed_settings");
    const int result = changes == NULL ? -1 : add_changes(changes, given[0], given[1]);
    Py_XDECREF(changes);
    if (result == 0) return event;
    Py_DECREF(event);
    return NULL;
}

/* From the engine. */

static PyObject *from_octets(const void *at, size_t len)
{
    return PyBytes_FromStringAndSize(at, (Py_ssize_t)len);
}

static PyObject *make_frame(const h2_event *event)
{
    PyObject *const body = from_octets(event->unknown.payload, event->unknown.len);
    PyObject *const arguments = PyTuple_New(0);
    PyObject *const keywords = body == NULL
                                   ? NULL
                                   : Py_BuildValue("{s:i,s:k,s:i,s:O}", "type", (int)event->unknown.type,
                                                   "stream_id", (unsigned long)event->stream_id, "flag_byte",
                                                   (int)event->unknown.flags, "body", body);
    PyObject *frame = NULL;
    if (arguments != NULL && keywords != NULL)
        frame = PyObject_Call(h2py.extension_frame, arguments, keywords);
    if (frame != NULL) {
        PyObject *const length = PyLong_FromSize_t(event->unknown.len);
        if (length == NULL || PyObject_SetAttrString(frame, "body_len", length) < 0) Py_CLEAR(frame);
        Py_XDECREF(length);
    }
    Py_XDECREF(body);
    Py_XDECREF(arguments);
    Py_XDECREF(keywords);
    return frame;
}

static void fill_priority(PyObject **slots, const h2_event *event)
{
    slots[0] = PyLong_FromUnsignedLong(event->stream_id);
    slots[1] = PyLong_FromLong(event->priority.weight);
    slots[2] = PyLong_FromUnsignedLong(event->priority.depends_on);
    slots[3] = PyBool_FromLong(event->priority.exclusive);
}

static void fill_terminated(PyObject **slots, const h2_event *event)
{
    slots[0] = h2py_error_code(event->terminated.error_code);
    slots[1] = PyLong_FromUnsignedLong(event->terminated.last_stream_id);
    slots[2] = event->terminated.additional_data_len == 0
                   ? Py_NewRef(Py_None)
                   : from_octets(event->terminated.additional_data, event->terminated.additional_data_len);
}

static void fill_altsvc(PyObject **slots, const h2_event *event)
{
    slots[0] = event->altsvc.origin == NULL ? Py_NewRef(Py_None)
                                            : from_octets(event->altsvc.origin, event->altsvc.origin_len);
    slots[1] = from_octets(event->altsvc.field_value, event->altsvc.field_value_len);
}

static void fill_pushed(PyObject **slots, const h2_event *event, const char *encoding)
{
    slots[0] = PyLong_FromUnsignedLong(event->pushed.pushed_stream_id);
    slots[1] = PyLong_FromUnsignedLong(event->pushed.parent_stream_id);
    slots[2] = h2py_fields_list(event->pushed.fields, event->pushed.count, encoding);
}

static void fill_headers(PyObject **slots, const h2_event *event, const char *encoding)
{
    slots[0] = PyLong_FromUnsignedLong(event->stream_id);
    slots[1] = h2py_fields_list(event->headers.fields, event->headers.count, encoding);
}

static void fill_data(PyObject **slots, const h2_event *event)
{
    slots[0] = PyLong_FromUnsignedLong(event->stream_id);
    slots[1] = from_octets(event->data.bytes, event->data.len);
    slots[2] = PyLong_FromUnsignedLong(event->data.flow_controlled_length);
}

static void fill_reset(PyObject **slots, const h2_event *event)
{
    slots[0] = PyLong_FromUnsignedLong(event->stream_id);
    slots[1] = h2py_error_code(event->stream_reset.error_code);
    slots[2] = PyBool_FromLong(event->stream_reset.remote_reset);
}

/* Sets the values of an event that tells of the connection; what failed is NULL. Returns how many there must be. */
static int fill_other(PyObject **slots, const h2_event *event)
{
    switch (event->type) {
    case H2_EVENT_REMOTE_SETTINGS_CHANGED:
    case H2_EVENT_SETTINGS_ACKNOWLEDGED:
        slots[0] = h2py_changes(event->settings.changed, event->settings.count);
        return 1;
    case H2_EVENT_PING_RECEIVED:
    case H2_EVENT_PING_ACK_RECEIVED: slots[0] = from_octets(event->ping.data, 8); return 1;
    case H2_EVENT_CONNECTION_TERMINATED: fill_terminated(slots, event); return 3;
    case H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE: fill_altsvc(slots, event); return 2;
    case H2_EVENT_UNKNOWN_FRAME_RECEIVED: slots[0] = make_frame(event); return 1;
    default: slots[0] = PyLong_FromUnsignedLong(event->stream_id); return 1;
    }
}

/* The same for any event. */
static int fill(PyObject **slots, const h2_event *event, const char *encoding)
{
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
    case H2_EVENT_RESPONSE_RECEIVED:
    case H2_EVENT_TRAILERS_RECEIVED:
    case H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED: fill_headers(slots, event, encoding); return 2;
    case H2_EVENT_DATA_RECEIVED: fill_data(slots, event); return 3;
    case H2_EVENT_WINDOW_UPDATED:
        slots[0] = PyLong_FromUnsignedLong(event->stream_id);
        slots[1] = PyLong_FromUnsignedLong(event->window_updated.delta);
        return 2;
    case H2_EVENT_STREAM_RESET: fill_reset(slots, event); return 3;
    case H2_EVENT_PUSHED_STREAM_RECEIVED: fill_pushed(slots, event, encoding); return 3;
    case H2_EVENT_PRIORITY_UPDATED: fill_priority(slots, event); return 4;
    default: return fill_other(slots, event);
    }
}

/* Where an event keeps the one that follows it; -1: nowhere. */
static int related_slot(PyTypeObject *parent, h2_event_type type)
{
    switch ((int)(parent - types)) {
    case H2_EVENT_REQUEST_RECEIVED:
    case H2_EVENT_RESPONSE_RECEIVED:
    case H2_EVENT_TRAILERS_RECEIVED: return type == H2_EVENT_STREAM_ENDED ? 2 : 3;
    case H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED: return type == H2_EVENT_STREAM_ENDED ? -1 : 2;
    case H2_EVENT_DATA_RECEIVED: return type == H2_EVENT_STREAM_ENDED ? 3 : -1;
    default: return -1;
    }
}

/* Hangs an event on the one that it belongs to. */
static void relate(h2py_event *parent, h2_event_type type, PyObject *made)
{
    const int slot = related_slot(Py_TYPE((PyObject *)parent), type);
    if (slot >= 0 && parent->slots[slot] == NULL) parent->slots[slot] = Py_NewRef(made);
}

PyObject *h2py_event_make(const h2_event *event, h2py_event *parent, const char *encoding)
{
    h2py_event *const made = h2py_event_new(event->type);
    if (made == NULL) return NULL;
    const int count = fill(made->slots, event, encoding);
    for (int i = 0; i < count; i++) {
        if (made->slots[i] != NULL) continue;
        Py_DECREF(made);
        return NULL;
    }
    if (parent != NULL) relate(parent, event->type, (PyObject *)made);
    return (PyObject *)made;
}

/* The module's part. */

/* The documentation, with a signature in front that inspect can read. */
static const char *describe(int type)
{
    enum {
        LONGEST = 512
    };
    static char texts[EVENTS][LONGEST];
    const event_class *const class = &classes[type];
    char *const text = texts[type];
    const char *const open = count_values(class) == 0 ? "(" : "(*";
    size_t at = (size_t)PyOS_snprintf(text, LONGEST, "%s%s", strrchr(class->name, '.') + 1, open);
    for (int i = 0; i < count_values(class); i++)
        at += (size_t)PyOS_snprintf(text + at, LONGEST - at, ", %s=None", class->values[i]);
    (void)PyOS_snprintf(text + at, LONGEST - at, ")\n--\n\n%s", class->doc);
    return text;
}

static void define(int type)
{
    const event_class *const class = &classes[type];
    for (int i = 0; i < count_values(class); i++) {
        members[type][i] = (PyMemberDef){
            .name = class->values[i],
            .type = T_OBJECT,
            .offset = (Py_ssize_t)(offsetof(h2py_event, slots) + (size_t)i * sizeof(PyObject *))};
    }
    PyTypeObject *const new = &types[type];
    *new = (PyTypeObject){PyVarObject_HEAD_INIT(NULL, 0).tp_name = class->name};
    new->tp_basicsize = sizeof(h2py_event);
    if (type != H2_EVENT_NONE) new->tp_base = &types[H2_EVENT_NONE];
    new->tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC;
    new->tp_doc = describe(type);
    new->tp_dictoffset = offsetof(h2py_event, dict);
    new->tp_weaklistoffset = offsetof(h2py_event, weak);
    new->tp_members = members[type];
    new->tp_getset = attributes;
    new->tp_methods = type == H2_EVENT_REMOTE_SETTINGS_CHANGED ? settings_methods : methods;
    new->tp_new = event_new;
    new->tp_init = event_init;
    new->tp_dealloc = event_dealloc;
    new->tp_traverse = event_traverse;
    new->tp_clear = event_clear;
    if (class->repr != NULL) new->tp_repr = event_repr;
    if (class->shape != BY_VALUE) return;
    new->tp_richcompare = event_compare;
    new->tp_hash = PyObject_HashNotImplemented;
}

int h2py_events_ready(PyObject *module)
{
    for (int type = H2_EVENT_NONE; type < EVENTS; type++) {
        define(type);
        if (PyModule_AddType(module, &types[type]) < 0) return -1;
    }
    return 0;
}
