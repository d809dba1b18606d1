/* The base of h2.config.H2Configuration: options that a connection reads at each call, so they are kept as C values, and a
 * version that tells whether any of them has changed. */
#include "module.h"

static uint64_t versions;

static void changed(h2py_config *config)
{
    config->version = ++versions;
}

/* Options that are true or false. */

typedef struct option {
    const char *name;
    size_t offset;
} option;

static const option options[] = {
    {"client_side", offsetof(h2py_config, client_side)},
    {"validate_outbound_headers", offsetof(h2py_config, validate_outbound)},
    {"normalize_outbound_headers", offsetof(h2py_config, normalize_outbound)},
    {"split_outbound_cookies", offsetof(h2py_config, split_cookies)},
    {"validate_inbound_headers", offsetof(h2py_config, validate_inbound)},
    {"normalize_inbound_headers", offsetof(h2py_config, normalize_inbound)},
};

static PyObject *get_option(PyObject *self, void *closure)
{
    const option *const which = closure;
    return PyBool_FromLong(*((bool *)((char *)self + which->offset)));
}

static int set_option(PyObject *self, PyObject *value, void *closure)
{
    const option *const which = closure;
    if (value == NULL) {
        PyErr_Format(PyExc_AttributeError, "%s cannot be deleted", which->name);
        return -1;
    }
    if (!PyBool_Check(value)) {
        PyErr_Format(PyExc_ValueError, "%s must be a bool", which->name);
        return -1;
    }
    *((bool *)((char *)self + which->offset)) = value == Py_True;
    changed((h2py_config *)self);
    return 0;
}

/* header_encoding, logger. */

static PyObject *get_encoding(PyObject *self, void *closure)
{
    (void)closure;
    PyObject *const encoding = ((h2py_config *)self)->header_encoding;
    return Py_NewRef(encoding == NULL ? Py_None : encoding);
}

static int set_encoding(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    h2py_config *const config = (h2py_config *)self;
    if (value == NULL || !(PyBool_Check(value) || PyUnicode_Check(value) || value == Py_None)) {
        PyErr_SetString(PyExc_ValueError, "header_encoding must be bool, string, or None");
        return -1;
    }
    if (value == Py_True) {
        PyErr_SetString(PyExc_ValueError, "header_encoding cannot be True");
        return -1;
    }
    const char *text = NULL;
    if (PyUnicode_Check(value)) {
        text = PyUnicode_AsUTF8(value);
        if (text == NULL) return -1;
    }
    config->encoding = text;
    Py_XSETREF(config->header_encoding, Py_NewRef(value));
    return 0;
}

static PyObject *get_logger(PyObject *self, void *closure)
{
    (void)closure;
    PyObject *const logger = ((h2py_config *)self)->logger;
    return Py_NewRef(logger == NULL ? Py_None : logger);
}

static int set_logger(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    h2py_config *const config = (h2py_config *)self;
    Py_XSETREF(config->logger, Py_XNewRef(value));
    changed(config);
    return 0;
}

/* Limits. */

typedef struct limit {
    const char *name;
    size_t offset;
} limit;

#define LIMIT(member)                                                                                        \
    {                                                                                                        \
#member, offsetof(h2_limits, member)                                                                 \
    }

static const limit limits[] = {
    LIMIT(header_fields),    LIMIT(continuations),       LIMIT(settings_entries),
    LIMIT(unsent_replies),   LIMIT(output_frames),       LIMIT(output_control_octets),
    LIMIT(resets_burst),     LIMIT(resets_per_second),   LIMIT(empty_data),
    LIMIT(data_overhead),    LIMIT(priority_per_stream), LIMIT(informational_per_stream),
    LIMIT(reserved_streams), LIMIT(goaway_debug_octets), LIMIT(encoder_table_size),
    LIMIT(closed_streams),
};

enum {
    LIMITS = sizeof limits / sizeof *limits
};

static uint32_t *limit_at(h2_limits *all, const limit *which)
{
    return (uint32_t *)(void *)((char *)all + which->offset);
}

/* 0 is the default, None is no bound. */
static int read_limit(PyObject *value, const char *name, uint32_t *out)
{
    *out = UINT32_MAX;
    return value == Py_None ? 0 : h2py_bounded(value, name, UINT32_MAX, out);
}

static int read_memory(PyObject *value, size_t *out)
{
    int64_t octets;
    *out = SIZE_MAX;
    if (value == Py_None) return 0;
    if (h2py_integer(value, "max_memory", &octets) < 0) return -1;
    if (octets < 0 || octets == INT64_MAX || (uint64_t)octets > SIZE_MAX) {
        PyErr_Format(PyExc_ValueError, "max_memory must be a number of octets, or None, not %S", value);
        return -1;
    }
    *out = (size_t)octets;
    return 0;
}

/* -1, and the error names the limits that there are. */
static int refuse_name(PyObject *name)
{
    PyObject *names = PyUnicode_FromString("max_memory, observe_only");
    for (int i = LIMITS; names != NULL && i-- > 0;) {
        PyObject *const more = PyUnicode_FromFormat("%s, %U", limits[i].name, names);
        Py_SETREF(names, more);
    }
    if (names != NULL) PyErr_Format(PyExc_ValueError, "there is no limit %R; there are: %U", name, names);
    Py_XDECREF(names);
    return -1;
}

static int read_limit_named(PyObject *name, PyObject *value, h2_limits *out)
{
    const char *const text = PyUnicode_Check(name) ? PyUnicode_AsUTF8(name) : NULL;
    for (int i = 0; text != NULL && i < LIMITS; i++) {
        if (strcmp(text, limits[i].name) == 0) return read_limit(value, text, limit_at(out, &limits[i]));
    }
    if (text != NULL && strcmp(text, "max_memory") == 0) return read_memory(value, &out->max_memory);
    if (text != NULL && strcmp(text, "observe_only") == 0) {
        const int truth = PyObject_IsTrue(value);
        out->observe_only = truth > 0;
        return truth < 0 ? -1 : 0;
    }
    return PyErr_Occurred() ? -1 : refuse_name(name);
}

static int set_limits(PyObject *self, PyObject *value, void *closure)
{
    (void)closure;
    h2py_config *const config = (h2py_config *)self;
    h2_limits read = {0};
    if (value != NULL && value != Py_None) {
        PyObject *const items = PyMapping_Items(value);
        if (items == NULL) {
            PyErr_Format(PyExc_TypeError, "limits must be a mapping or None, not %.100s",
                         Py_TYPE(value)->tp_name);
            return -1;
        }
        for (Py_ssize_t i = 0; i < PyList_GET_SIZE(items); i++) {
            PyObject *const item = PyList_GET_ITEM(items, i);
            if (read_limit_named(PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1), &read) == 0) continue;
            Py_DECREF(items);
            return -1;
        }
        Py_DECREF(items);
    }
    config->limits = read;
    changed(config);
    return 0;
}

static int put(PyObject *dict, const char *name, PyObject *value)
{
    const int result = value == NULL ? -1 : PyDict_SetItemString(dict, name, value);
    Py_XDECREF(value);
    return result;
}

static PyObject *limit_value(uint32_t value)
{
    return value == UINT32_MAX ? Py_NewRef(Py_None) : PyLong_FromUnsignedLong(value);
}

/* Those that were set. */
static PyObject *get_limits(PyObject *self, void *closure)
{
    (void)closure;
    h2_limits *const all = &((h2py_config *)self)->limits;
    PyObject *const dict = PyDict_New();
    int result = dict == NULL ? -1 : 0;
    for (int i = 0; result == 0 && i < LIMITS; i++) {
        const uint32_t value = *limit_at(all, &limits[i]);
        if (value != 0) result = put(dict, limits[i].name, limit_value(value));
    }
    if (result == 0 && all->max_memory != 0) {
        const bool bounded = all->max_memory != SIZE_MAX;
        result = put(dict, "max_memory", bounded ? PyLong_FromSize_t(all->max_memory) : Py_NewRef(Py_None));
    }
    if (result == 0 && all->observe_only) result = put(dict, "observe_only", Py_NewRef(Py_True));
    if (result < 0) Py_XDECREF(dict);
    return result < 0 ? NULL : dict;
}

/* The class. */

static PyObject *config_new(PyTypeObject *type, PyObject *args, PyObject *kwargs)
{
    (void)args;
    (void)kwargs;
    h2py_config *const config = (h2py_config *)type->tp_alloc(type, 0);
    if (config == NULL) return NULL;
    config->client_side = true;
    config->validate_outbound = config->normalize_outbound = true;
    config->validate_inbound = config->normalize_inbound = true;
    changed(config);
    return (PyObject *)config;
}

static int config_traverse(PyObject *self, visitproc visit, void *arg)
{
    Py_VISIT(((h2py_config *)self)->logger);
    return 0;
}

static int config_clear(PyObject *self)
{
    Py_CLEAR(((h2py_config *)self)->logger);
    return 0;
}

static void config_dealloc(PyObject *self)
{
    PyObject_GC_UnTrack(self);
    (void)config_clear(self);
    Py_CLEAR(((h2py_config *)self)->header_encoding);
    Py_TYPE(self)->tp_free(self);
}

static PyGetSetDef config_attributes[] = {
    {"client_side", get_option, set_option, "Whether connections act as client; read when they are made.",
     (void *)&options[0]},
    {"validate_outbound_headers", get_option, set_option,
     "Whether field lists that RFC 9113 section 8 forbids are refused before they are sent.",
     (void *)&options[1]},
    {"normalize_outbound_headers", get_option, set_option,
     "Whether names are lower-cased, blanks stripped and connection-specific fields dropped before sending.",
     (void *)&options[2]},
    {"split_outbound_cookies", get_option, set_option,
     "Whether a cookie field is sent as one field for each crumb; needs normalize_outbound_headers.",
     (void *)&options[3]},
    {"validate_inbound_headers", get_option, set_option, "Whether malformed messages are errors.",
     (void *)&options[4]},
    {"normalize_inbound_headers", get_option, set_option,
     "Whether received cookie fields are joined into one.", (void *)&options[5]},
    {"header_encoding", get_encoding, set_encoding,
     "The encoding that received headers are decoded with; None or False gives bytes.", NULL},
    {"logger", get_logger, set_logger, "Where debug and trace lines go.", NULL},
    {"limits", get_limits, set_limits,
     "Bounds on what a peer can make a connection hold or do, {name: number}: those that differ from the defaults. None "
     "is no bound, 0 the default. Assigning replaces all of them.",
     NULL},
    {NULL, NULL, NULL, NULL, NULL},
};

PyTypeObject h2py_config_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "h2._h2.ConfigurationBase",
    .tp_basicsize = sizeof(h2py_config),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC,
    .tp_doc = "The options of connections, as C values.",
    .tp_new = config_new,
    .tp_dealloc = config_dealloc,
    .tp_traverse = config_traverse,
    .tp_clear = config_clear,
    .tp_getset = config_attributes,
};
