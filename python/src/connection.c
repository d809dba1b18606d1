/* The base of h2.connection.H2Connection: life, attributes, and what every call begins and ends with. Nothing of Python
 * runs while the engine does, so lines for the logger wait until the call is over. */
#include "module.h"

/* Logging. */

static void keep_line(void *arg, h2_log_level level, const char *line)
{
    h2py_connection *const self = arg;
    const size_t needed = strlen(line) + 2;
    if (self->log_cap - self->log_len < needed) {
        const size_t cap = 2 * self->log_cap + needed + 512;
        char *const grown = PyMem_RawRealloc(self->log, cap);
        if (grown == NULL) return;
        self->log = grown;
        self->log_cap = cap;
    }
    self->log[self->log_len] = (char)level;
    memcpy(self->log + self->log_len + 1, line, needed - 1);
    self->log_len += needed;
}

static int tell_line(PyObject *logger, const char *line)
{
    const char *const method = line[0] == (char)H2_LOG_TRACE ? "trace" : "debug";
    PyObject *const text = PyUnicode_DecodeUTF8(line + 1, (Py_ssize_t)strlen(line + 1), "backslashreplace");
    PyObject *const result = text == NULL ? NULL : PyObject_CallMethod(logger, method, "sO", "%s", text);
    Py_XDECREF(text);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

/* The logger may call the connection again, so the lines are taken away first. */
static int tell_lines(h2py_connection *self)
{
    char *const lines = self->log;
    const size_t len = self->log_len;
    PyObject *const logger = Py_XNewRef(self->config->logger);
    self->log = NULL;
    self->log_len = self->log_cap = 0;
    int result = 0;
    for (size_t at = 0; logger != NULL && result == 0 && at < len; at += strlen(lines + at + 1) + 2)
        result = tell_line(logger, lines + at);
    PyMem_RawFree(lines);
    Py_XDECREF(logger);
    return result;
}

/* Calls. */

static bool is_logging(const h2py_config *config)
{
    PyObject *const logger = config->logger;
    return logger != NULL && logger != Py_None && (PyObject *)Py_TYPE(logger) != h2py.dummy_logger;
}

static void read_config(const h2py_connection *self, h2_config *out)
{
    const h2py_config *const config = self->config;
    h2_config_init_python(out, self->client ? H2_CLIENT : H2_SERVER);
    out->validate_outbound_headers = config->validate_outbound;
    out->normalize_outbound_headers = config->normalize_outbound;
    out->split_outbound_cookies = config->split_cookies;
    out->validate_inbound_headers = config->validate_inbound;
    out->normalize_inbound_headers = config->normalize_inbound;
    out->limits = config->limits;
    if (!is_logging(config)) return;
    out->log = keep_line;
    out->log_arg = (void *)(uintptr_t)self;
}

/* The configuration may have changed since the last call, or be another one. */
static int follow_config(h2py_connection *self)
{
    h2_config config;
    read_config(self, &config);
    const uint32_t closed = h2_connection_config(self->conn)->limits.closed_streams;
    if (config.limits.closed_streams == 0) config.limits.closed_streams = closed;
    if (h2_connection_reconfigure(self->conn, &config) != H2_OK) {
        PyErr_NoMemory();
        return -1;
    }
    self->config_version = self->config->version;
    return 0;
}

h2_connection *h2py_begin(h2py_connection *self)
{
    if (self->conn == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "H2Connection.__init__() has not been called");
        return NULL;
    }
    if (self->busy) {
        PyErr_SetString(PyExc_RuntimeError,
                        "this H2Connection is in a call already, of another thread or of this one");
        return NULL;
    }
    if (self->config_version != self->config->version && follow_config(self) < 0) return NULL;
    self->busy = true;
    return self->conn;
}

int h2py_finish(h2py_connection *self)
{
    self->busy = false;
    if (self->log_len == 0) return PyErr_Occurred() ? -1 : 0;
    PyObject *type, *value, *traceback;
    PyErr_Fetch(&type, &value, &traceback);
    const int told = tell_lines(self);
    if (type == NULL) return told;
    if (told < 0) PyErr_WriteUnraisable((PyObject *)self);
    PyErr_Restore(type, value, traceback);
    return -1;
}

int h2py_end(h2py_connection *self, h2_status status)
{
    if (status < 0) (void)h2py_raise_info(h2_last_error(self->conn));
    if (status >= 0 && self->log_len == 0) {
        self->busy = false;
        return 0;
    }
    return h2py_finish(self);
}

/* Life. */

static void drop_connection(h2py_connection *self)
{
    if (self->local != NULL) h2py_settings_detach(self->local);
    if (self->remote != NULL) h2py_settings_detach(self->remote);
    Py_CLEAR(self->local);
    Py_CLEAR(self->remote);
    Py_CLEAR(self->rest);
    h2_connection *const conn = self->conn;
    self->conn = NULL;
    h2_connection_free(conn);
}

/* A class attribute that a subclass may have changed; None is no bound. */
static int class_number(PyObject *self, const char *name, uint32_t *out)
{
    PyObject *const value = PyObject_GetAttrString(self, name);
    if (value == NULL) return -1;
    *out = UINT32_MAX;
    const int result = value == Py_None ? 0 : h2py_bounded(value, name, UINT32_MAX, out);
    Py_DECREF(value);
    return result;
}

static int make_connection(h2py_connection *self)
{
    enum {
        USUAL_LIST_SIZE = 65536
    };
    h2_config config;
    uint32_t closed, list_size;
    if (class_number((PyObject *)self, "MAX_CLOSED_STREAMS", &closed) < 0) return -1;
    if (class_number((PyObject *)self, "DEFAULT_MAX_HEADER_LIST_SIZE", &list_size) < 0) return -1;
    read_config(self, &config);
    if (config.limits.closed_streams == 0) config.limits.closed_streams = closed == 0 ? 1 : closed;
    const h2_setting initial = {H2_SETTINGS_MAX_HEADER_LIST_SIZE, list_size};
    config.initial_settings = &initial;
    config.initial_settings_count = list_size == USUAL_LIST_SIZE ? 0 : 1;
    if (h2_connection_new(&self->conn, &config) == H2_OK) return 0;
    PyErr_NoMemory();
    return -1;
}

/* The configuration that was given, or a default one; a new reference. */
static PyObject *choose_config(PyObject *given)
{
    if (given == Py_None) return PyObject_CallNoArgs(h2py.configuration);
    if (PyObject_TypeCheck(given, &h2py_config_type)) return Py_NewRef(given);
    PyErr_Format(PyExc_TypeError, "config must be an h2.config.H2Configuration, not %.100s",
                 Py_TYPE(given)->tp_name);
    return NULL;
}

static int connection_init(PyObject *object, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"config", NULL};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|O:H2Connection", names, &given)) return -1;
    if (h2py_types_load() < 0) return -1;
    PyObject *const config = choose_config(given);
    if (config == NULL) return -1;
    if (self->busy) {
        Py_DECREF(config);
        PyErr_SetString(PyExc_RuntimeError, "this H2Connection is in a call");
        return -1;
    }
    if (self->conn != NULL) drop_connection(self);
    Py_XSETREF(self->config, (h2py_config *)config);
    self->client = self->config->client_side;
    self->config_version = self->config->version;
    self->clock = 0;
    return make_connection(self);
}

static int connection_traverse(PyObject *object, visitproc visit, void *arg)
{
    h2py_connection *const self = (h2py_connection *)object;
    Py_VISIT((PyObject *)self->config);
    Py_VISIT((PyObject *)self->local);
    Py_VISIT((PyObject *)self->remote);
    return 0;
}

/* Settings and configuration hold nothing that leads back but what a user put there, and the connection needs them. */
static int connection_clear(PyObject *object)
{
    (void)object;
    return 0;
}

static void connection_dealloc(PyObject *object)
{
    h2py_connection *const self = (h2py_connection *)object;
    PyObject_GC_UnTrack(object);
    drop_connection(self);
    Py_CLEAR(self->config);
    PyMem_RawFree(self->log);
    Py_TYPE(object)->tp_free(object);
}

/* Attributes. */

static bool read_info(PyObject *self, h2_connection_info *out)
{
    const h2_connection *const conn = ((h2py_connection *)self)->conn;
    if (conn == NULL) PyErr_SetString(PyExc_RuntimeError, "H2Connection.__init__() has not been called");
    out->size = sizeof *out;
    h2_connection_get_info(conn, out);
    return conn != NULL;
}

typedef enum number {
    HIGHEST_INBOUND,
    HIGHEST_OUTBOUND,
    OUTBOUND_WINDOW,
    INBOUND_WINDOW,
    OUTBOUND_FRAME,
    INBOUND_FRAME
} number;

static const number numbers[] = {HIGHEST_INBOUND, HIGHEST_OUTBOUND, OUTBOUND_WINDOW,
                                 INBOUND_WINDOW,  OUTBOUND_FRAME,   INBOUND_FRAME};

static PyObject *get_number(PyObject *self, void *closure)
{
    h2_connection_info info;
    if (!read_info(self, &info)) return NULL;
    switch (*(const number *)closure) {
    case HIGHEST_INBOUND: return PyLong_FromUnsignedLong(info.highest_inbound_stream_id);
    case HIGHEST_OUTBOUND: return PyLong_FromUnsignedLong(info.highest_outbound_stream_id);
    case OUTBOUND_WINDOW: return PyLong_FromLongLong(info.outbound_window);
    case INBOUND_WINDOW: return PyLong_FromLongLong(info.inbound_window);
    case OUTBOUND_FRAME: return PyLong_FromUnsignedLong(info.max_outbound_frame_size);
    default: return PyLong_FromUnsignedLong(info.max_inbound_frame_size);
    }
}

static int set_number(PyObject *object, PyObject *value, void *closure)
{
    enum {
        MOST = 0xffffff
    };
    h2py_connection *const self = (h2py_connection *)object;
    const number which = *(const number *)closure;
    int64_t wanted;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "this attribute cannot be deleted");
        return -1;
    }
    if (h2py_integer(value, "the attribute", &wanted) < 0) return -1;
    h2_connection *const conn = h2py_begin(self);
    if (conn == NULL) return -1;
    if (which == OUTBOUND_WINDOW) return h2py_end(self, h2_override_window(conn, 0, true, wanted));
    /* No frame is longer, so a greater bound means the same. */
    const uint32_t size = wanted < 0 ? 0 : wanted > MOST ? MOST : (uint32_t)wanted;
    return h2py_end(self, h2_override_frame_size(conn, which == OUTBOUND_FRAME, size));
}

static PyObject *get_open(PyObject *object, void *closure)
{
    h2py_connection *const self = (h2py_connection *)object;
    h2_connection *const conn = h2py_begin(self);
    if (conn == NULL) return NULL;
    const uint32_t count = closure == NULL ? h2_open_inbound_streams(conn) : h2_open_outbound_streams(conn);
    return h2py_end(self, H2_OK) < 0 ? NULL : PyLong_FromUnsignedLong(count);
}

static PyObject *get_config(PyObject *self, void *closure)
{
    (void)closure;
    PyObject *const config = (PyObject *)((h2py_connection *)self)->config;
    return Py_NewRef(config == NULL ? Py_None : config);
}

static int set_config(PyObject *object, PyObject *value, void *closure)
{
    (void)closure;
    h2py_connection *const self = (h2py_connection *)object;
    if (value == NULL || !PyObject_TypeCheck(value, &h2py_config_type)) {
        PyErr_SetString(PyExc_TypeError, "config must be an h2.config.H2Configuration");
        return -1;
    }
    Py_XSETREF(self->config, (h2py_config *)Py_NewRef(value));
    return 0;
}

static PyObject *get_settings(PyObject *object, void *closure)
{
    h2py_connection *const self = (h2py_connection *)object;
    h2py_settings **const place = closure == NULL ? &self->remote : &self->local;
    if (self->conn == NULL) {
        PyErr_SetString(PyExc_RuntimeError, "H2Connection.__init__() has not been called");
        return NULL;
    }
    if (*place == NULL) *place = (h2py_settings *)h2py_settings_attach(self, closure != NULL);
    return Py_XNewRef((PyObject *)*place);
}

static int set_settings(PyObject *object, PyObject *value, void *closure)
{
    h2py_connection *const self = (h2py_connection *)object;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "settings cannot be deleted");
        return -1;
    }
    PyObject *const assigned = h2py_settings_assign(self, closure != NULL, value);
    if (assigned == NULL) return -1;
    Py_XSETREF(*(closure == NULL ? &self->remote : &self->local), (h2py_settings *)assigned);
    return 0;
}

static PyObject *get_view(PyObject *object, void *closure)
{
    h2py_connection *const self = (h2py_connection *)object;
    switch (*(const char *)closure) {
    case 's': return h2py_streams_of(self);
    case 'm': return h2py_machine_of(self);
    case 'e': return h2py_coder_of(self, true);
    default: return h2py_coder_of(self, false);
    }
}

#define NUMBER(index) ((void *)(uintptr_t)&numbers[index])

static PyGetSetDef connection_attributes[] = {
    {"config", get_config, set_config, "The configuration, an H2Configuration.", NULL},
    {"local_settings", get_settings, set_settings, "The settings of this side.", (void *)"local"},
    {"remote_settings", get_settings, set_settings, "The settings of the peer.", NULL},
    {"open_inbound_streams", get_open, NULL, "How many streams that the peer opened are open.", NULL},
    {"open_outbound_streams", get_open, NULL, "How many streams that this side opened are open.",
     (void *)"outbound"},
    {"highest_inbound_stream_id", get_number, NULL, "The highest stream that the peer opened.", NUMBER(0)},
    {"highest_outbound_stream_id", get_number, NULL, "The highest stream that this side opened.", NUMBER(1)},
    {"outbound_flow_control_window", get_number, set_number,
     "How many octets of DATA may be sent on the connection.", NUMBER(2)},
    {"inbound_flow_control_window", get_number, NULL,
     "How many octets of DATA the peer may send on the connection.", NUMBER(3)},
    {"max_outbound_frame_size", get_number, set_number, "Octets of payload in a frame that is sent, at most.",
     NUMBER(4)},
    {"max_inbound_frame_size", get_number, set_number,
     "Octets of payload in a frame that is received, at most.", NUMBER(5)},
    {"streams", get_view, NULL, "The streams that the connection holds, a mapping of views by identifier.",
     (void *)"s"},
    {"state_machine", get_view, NULL, "The connection's state machine, a view.", (void *)"m"},
    {"encoder", get_view, NULL, "The HPACK encoder, a view.", (void *)"e"},
    {"decoder", get_view, NULL, "The HPACK decoder, a view.", (void *)"d"},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject h2py_connection_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "h2._h2.ConnectionBase",
    .tp_basicsize = sizeof(h2py_connection),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "ConnectionBase(config=None)\n--\n\nOne side of an HTTP/2 connection.",
    .tp_new = PyType_GenericNew,
    .tp_init = connection_init,
    .tp_dealloc = connection_dealloc,
    .tp_traverse = connection_traverse,
    .tp_clear = connection_clear,
    .tp_methods = h2py_connection_methods,
    .tp_getset = connection_attributes,
};
