/* The base of h2.settings.Settings: a mapping over the engine's settings, its own or those of one side of a connection.
 * The connection knows the object that shows its settings and not the other way round, so there is no cycle. */
#include "module.h"

enum {
    MOST_LISTED = 512,
    MOST_PENDING = 64
};

static h2_settings *settings_of(PyObject *self)
{
    h2py_settings *const settings = (h2py_settings *)self;
    h2_settings *found = settings->own;
    if (settings->connection != NULL) {
        h2_connection *const conn = settings->connection->conn;
        found = settings->local ? h2_local_settings(conn) : h2_remote_settings(conn);
    }
    if (found == NULL) PyErr_SetString(PyExc_RuntimeError, "Settings.__init__() has not been called");
    return found;
}

/* Keys and values. */

/* 1: a key that a setting can have, 0: another one, -1: an exception. */
static int read_key(PyObject *key, uint16_t *out)
{
    if (!PyLong_Check(key) && !PyIndex_Check(key)) return 0;
    int64_t number;
    if (h2py_integer(key, "a setting", &number) < 0) return -1;
    if (number < 0 || number > UINT16_MAX) return 0;
    *out = (uint16_t)number;
    return 1;
}

static int refuse(PyObject *key, PyObject *value, uint32_t code)
{
    PyObject *const name = PyObject_Format(key, NULL); /* a number also for a member of an enum */
    PyObject *const message =
        name == NULL ? NULL : PyUnicode_FromFormat("Setting %U has invalid value %S", name, value);
    PyObject *const error_code = h2py_error_code(code);
    Py_XDECREF(name);
    PyObject *exception = NULL;
    if (message != NULL && error_code != NULL) {
        exception = PyObject_CallFunctionObjArgs(h2py.exceptions[-H2_ERROR_INVALID_SETTINGS_VALUE], message,
                                                 error_code, NULL);
    }
    if (exception != NULL) PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_XDECREF(exception);
    Py_XDECREF(message);
    Py_XDECREF(error_code);
    return -1;
}

/* Reads a setting, and judges it unless the engine will. What 32 bits do not hold is refused in any case. */
static int read_setting(PyObject *key, PyObject *value, bool judge, h2_setting *out)
{
    if (h2py_types_load() < 0) return -1;
    const int known = read_key(key, &out->id);
    if (known < 0) return -1;
    if (known == 0) {
        PyErr_Format(PyLong_Check(key) ? PyExc_ValueError : PyExc_TypeError,
                     "a setting is an int from 0 to 65535, not %R", key);
        return -1;
    }
    int64_t number;
    if (h2py_integer(value, "the value of a setting", &number) < 0) return -1;
    const bool fits = number >= 0 && number <= UINT32_MAX;
    out->value = (uint32_t)number;
    if (fits && !judge) return 0;
    uint32_t code = H2_CODE_PROTOCOL_ERROR;
    /* What does not fit is judged as the greatest value, for its error code. */
    if (h2_setting_check(out->id, fits ? out->value : UINT32_MAX, &code) == H2_OK && fits) return 0;
    return refuse(key, value, code == H2_CODE_NO_ERROR ? H2_CODE_PROTOCOL_ERROR : code);
}

static int propose(h2_settings *settings, const h2_setting *setting)
{
    if (h2_settings_set(settings, setting->id, setting->value) == H2_OK) return 0;
    PyErr_NoMemory();
    return -1;
}

/* Mapping. */

static Py_ssize_t settings_length(PyObject *self)
{
    const h2_settings *const settings = settings_of(self);
    return settings == NULL ? -1 : (Py_ssize_t)h2_settings_list(settings, NULL, 0);
}

static PyObject *settings_get_item(PyObject *self, PyObject *key)
{
    const h2_settings *const settings = settings_of(self);
    uint16_t id;
    uint32_t value;
    const int known = settings == NULL ? -1 : read_key(key, &id);
    if (known < 0) return NULL;
    if (known == 1 && h2_settings_get(settings, id, &value)) return PyLong_FromUnsignedLong(value);
    PyErr_SetObject(PyExc_KeyError, key);
    return NULL;
}

static int settings_set_item(PyObject *self, PyObject *key, PyObject *value)
{
    h2_settings *const settings = settings_of(self);
    if (settings == NULL) return -1;
    if (value != NULL) {
        h2_setting setting;
        return read_setting(key, value, true, &setting) < 0 ? -1 : propose(settings, &setting);
    }
    uint16_t id;
    const int known = read_key(key, &id);
    if (known < 0) return -1;
    if (known == 1 && h2_settings_remove(settings, id)) return 0;
    PyErr_SetObject(PyExc_KeyError, key);
    return -1;
}

static int settings_contains(PyObject *self, PyObject *key)
{
    const h2_settings *const settings = settings_of(self);
    uint16_t id;
    const int known = settings == NULL ? -1 : read_key(key, &id);
    return known < 1 ? known : h2_settings_get(settings, id, NULL);
}

static PyObject *settings_iterate(PyObject *self)
{
    const h2_settings *const settings = settings_of(self);
    if (settings == NULL) return NULL;
    h2_setting all[MOST_LISTED];
    size_t count = h2_settings_list(settings, all, MOST_LISTED);
    if (count > MOST_LISTED) count = MOST_LISTED;
    PyObject *const keys = PyTuple_New((Py_ssize_t)count);
    if (keys == NULL) return NULL;
    for (size_t i = 0; i < count; i++) {
        PyObject *const key = h2py_setting_code(all[i].id);
        if (key == NULL) {
            Py_DECREF(keys);
            return NULL;
        }
        PyTuple_SET_ITEM(keys, (Py_ssize_t)i, key);
    }
    PyObject *const iterator = PyObject_GetIter(keys);
    Py_DECREF(keys);
    return iterator;
}

/* Comparing. */

static bool same_pending(const h2_settings *a, const h2_settings *b, uint16_t id)
{
    uint32_t left[MOST_PENDING], right[MOST_PENDING];
    size_t count = h2_settings_pending(a, id, left, MOST_PENDING);
    if (h2_settings_pending(b, id, right, MOST_PENDING) != count) return false;
    if (count > MOST_PENDING) count = MOST_PENDING;
    return memcmp(left, right, count * sizeof *left) == 0;
}

/* As mappings of what is in force and what is proposed, whatever the order. */
static bool are_equal(const h2_settings *a, const h2_settings *b)
{
    h2_setting all[MOST_LISTED];
    size_t count = h2_settings_list(a, all, MOST_LISTED);
    if (count != h2_settings_list(b, NULL, 0)) return false;
    if (count > MOST_LISTED) count = MOST_LISTED;
    for (size_t i = 0; i < count; i++) {
        uint32_t value;
        if (!h2_settings_get(b, all[i].id, &value) || value != all[i].value) return false;
        if (!same_pending(a, b, all[i].id)) return false;
    }
    for (uint16_t id = 0; id < SETTING_CODES; id++) {
        if (!same_pending(a, b, id)) return false;
    }
    return true;
}

static PyObject *settings_compare(PyObject *self, PyObject *other, int operation)
{
    if (!PyObject_TypeCheck(other, &h2py_settings_type)) Py_RETURN_NOTIMPLEMENTED;
    if (operation != Py_EQ && operation != Py_NE) Py_RETURN_NOTIMPLEMENTED;
    const h2_settings *const a = settings_of(self);
    const h2_settings *const b = a == NULL ? NULL : settings_of(other);
    if (b == NULL) return NULL;
    return PyBool_FromLong(are_equal(a, b) == (operation == Py_EQ));
}

/* Methods. */

PyObject *h2py_changes(const h2_changed_setting *changed, size_t count)
{
    PyObject *const dict = PyDict_New();
    for (size_t i = 0; dict != NULL && i < count; i++) {
        PyObject *const key = h2py_setting_code(changed[i].id);
        PyObject *const before =
            changed[i].had_original ? PyLong_FromUnsignedLong(changed[i].original_value) : Py_NewRef(Py_None);
        PyObject *const after = PyLong_FromUnsignedLong(changed[i].new_value);
        PyObject *change = NULL;
        if (key != NULL && before != NULL && after != NULL)
            change = PyObject_CallFunctionObjArgs(h2py.changed_setting, key, before, after, NULL);
        const int result = change == NULL ? -1 : PyDict_SetItem(dict, key, change);
        Py_XDECREF(key);
        Py_XDECREF(before);
        Py_XDECREF(after);
        Py_XDECREF(change);
        if (result == 0) continue;
        Py_DECREF(dict);
        return NULL;
    }
    return dict;
}

static PyObject *acknowledge(PyObject *self, PyObject *unused)
{
    (void)unused;
    h2_settings *const settings = settings_of(self);
    if (settings == NULL || h2py_types_load() < 0) return NULL;
    h2_changed_setting changed[MOST_LISTED];
    size_t count = h2_settings_acknowledge(settings, changed, MOST_LISTED);
    if (count > MOST_LISTED) count = MOST_LISTED;
    return h2py_changes(changed, count);
}

static PyObject *validate_received(PyObject *self, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static h2py_signature signature = {"validate_received_setting", 2, 2, {"setting", "value"}, {NULL}};
    PyObject *given[2];
    h2_setting setting;
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    if (read_setting(given[0], given[1], true, &setting) < 0) return NULL;
    const bool push = setting.id == H2_SETTINGS_ENABLE_PUSH && setting.value != 0;
    if (push && !((h2py_settings *)self)->client) {
        (void)refuse(given[0], given[1], H2_CODE_PROTOCOL_ERROR);
        return NULL;
    }
    Py_RETURN_NONE;
}

static PyMethodDef settings_methods[] = {
    {"acknowledge", acknowledge, METH_NOARGS,
     "acknowledge($self, /)\n--\n\n"
     "Take the oldest proposed value of every setting into force; returns {code: ChangedSetting}."},
    {"validate_received_setting", AS_METHOD(validate_received), METH_FASTCALL | METH_KEYWORDS,
     "validate_received_setting($self, /, setting, value)\n--\n\n"
     "Raise InvalidSettingsValueError for a value that the owner of these settings must not send."},
    {NULL, NULL, 0, NULL},
};

/* Settings by name. */

typedef struct known_setting {
    uint16_t id;
    enum {
        MISSING_IS_ERROR,
        MISSING_IS_UNBOUNDED,
        MISSING_IS_NONE
    } missing;
} known_setting;

static const known_setting known[] = {
    {H2_SETTINGS_HEADER_TABLE_SIZE, MISSING_IS_ERROR},
    {H2_SETTINGS_ENABLE_PUSH, MISSING_IS_ERROR},
    {H2_SETTINGS_INITIAL_WINDOW_SIZE, MISSING_IS_ERROR},
    {H2_SETTINGS_MAX_FRAME_SIZE, MISSING_IS_ERROR},
    {H2_SETTINGS_MAX_CONCURRENT_STREAMS, MISSING_IS_UNBOUNDED},
    {H2_SETTINGS_MAX_HEADER_LIST_SIZE, MISSING_IS_NONE},
    {H2_SETTINGS_ENABLE_CONNECT_PROTOCOL, MISSING_IS_ERROR},
};

static PyObject *get_known(PyObject *self, void *closure)
{
    const known_setting *const which = closure;
    const h2_settings *const settings = settings_of(self);
    uint32_t value;
    if (settings == NULL || h2py_types_load() < 0) return NULL;
    if (h2_settings_get(settings, which->id, &value)) return PyLong_FromUnsignedLong(value);
    if (which->missing == MISSING_IS_NONE) Py_RETURN_NONE;
    if (which->missing == MISSING_IS_UNBOUNDED) return PyLong_FromLongLong((1LL << 32) + 1);
    PyErr_SetObject(PyExc_KeyError, h2py.setting_codes[which->id]);
    return NULL;
}

static int set_known(PyObject *self, PyObject *value, void *closure)
{
    const known_setting *const which = closure;
    if (value == NULL) {
        PyErr_SetString(PyExc_AttributeError, "a setting is deleted by its code");
        return -1;
    }
    if (h2py_types_load() < 0) return -1;
    return settings_set_item(self, h2py.setting_codes[which->id], value);
}

static PyGetSetDef settings_attributes[] = {
    {"header_table_size", get_known, set_known, "SETTINGS_HEADER_TABLE_SIZE in force; assigning proposes.",
     (void *)&known[0]},
    {"enable_push", get_known, set_known, "SETTINGS_ENABLE_PUSH in force; assigning proposes.",
     (void *)&known[1]},
    {"initial_window_size", get_known, set_known,
     "SETTINGS_INITIAL_WINDOW_SIZE in force; assigning proposes.", (void *)&known[2]},
    {"max_frame_size", get_known, set_known, "SETTINGS_MAX_FRAME_SIZE in force; assigning proposes.",
     (void *)&known[3]},
    {"max_concurrent_streams", get_known, set_known,
     "SETTINGS_MAX_CONCURRENT_STREAMS in force, 2**32 + 1 when there is none; assigning proposes.",
     (void *)&known[4]},
    {"max_header_list_size", get_known, set_known,
     "SETTINGS_MAX_HEADER_LIST_SIZE in force, None when there is none; assigning proposes.",
     (void *)&known[5]},
    {"enable_connect_protocol", get_known, set_known,
     "SETTINGS_ENABLE_CONNECT_PROTOCOL in force; assigning proposes.", (void *)&known[6]},
    {NULL, NULL, NULL, NULL, NULL},
};

/* Life. */

Py_ssize_t h2py_settings_read(PyObject *mapping, bool judge, h2_setting **out)
{
    PyObject *const items = PyMapping_Items(mapping);
    if (items == NULL) return -1;
    const Py_ssize_t count = PyList_GET_SIZE(items);
    Py_ssize_t done = 0;
    *out = PyMem_New(h2_setting, (size_t)count + 1);
    if (*out == NULL) PyErr_NoMemory();
    while (*out != NULL && done < count) {
        PyObject *const item = PyList_GET_ITEM(items, done);
        if (read_setting(PyTuple_GET_ITEM(item, 0), PyTuple_GET_ITEM(item, 1), judge, &(*out)[done]) < 0)
            break;
        done++;
    }
    Py_DECREF(items);
    if (*out != NULL && done == count) return count;
    PyMem_Free(*out);
    *out = NULL;
    return -1;
}

static int settings_init(PyObject *self, PyObject *args, PyObject *kwargs)
{
    static char *names[] = {"client", "initial_values", NULL};
    h2py_settings *const settings = (h2py_settings *)self;
    int client = 1;
    PyObject *values = Py_None;
    if (!PyArg_ParseTupleAndKeywords(args, kwargs, "|pO:Settings", names, &client, &values)) return -1;
    if (settings->connection != NULL) {
        PyErr_SetString(PyExc_RuntimeError, "these settings belong to a connection");
        return -1;
    }
    h2_setting *initial = NULL;
    const Py_ssize_t count = values == Py_None ? 0 : h2py_settings_read(values, true, &initial);
    if (count < 0) return -1;
    h2_settings *made = NULL;
    const h2_status status = h2_settings_new(&made, client != 0, initial, (size_t)count, NULL);
    PyMem_Free(initial);
    if (status != H2_OK) {
        PyErr_NoMemory();
        return -1;
    }
    h2_settings_free(settings->own);
    settings->own = made;
    settings->client = client != 0;
    return 0;
}

static void settings_dealloc(PyObject *self)
{
    h2_settings_free(((h2py_settings *)self)->own);
    Py_TYPE(self)->tp_free(self);
}

/* A copy with the values in force and those proposed; NULL when there is no memory. */
static h2_settings *copy_of(const h2_settings *from, bool client)
{
    h2_settings *copy = NULL;
    h2_setting all[MOST_LISTED];
    uint32_t pending[MOST_PENDING];
    if (h2_settings_new(&copy, client, NULL, 0, NULL) != H2_OK) return NULL;
    h2_settings_clear(copy);
    size_t count = h2_settings_list(from, all, MOST_LISTED);
    if (count > MOST_LISTED) count = MOST_LISTED;
    for (size_t i = 0; i < count; i++)
        (void)h2_settings_set(copy, all[i].id, all[i].value);
    (void)h2_settings_acknowledge(copy, NULL, 0);
    for (size_t i = 0; i < count + SETTING_CODES; i++) {
        const uint16_t id = i < count ? all[i].id : (uint16_t)(i - count);
        if (i >= count && h2_settings_get(from, id, NULL)) continue;
        size_t waiting = h2_settings_pending(from, id, pending, MOST_PENDING);
        if (waiting > MOST_PENDING) waiting = MOST_PENDING;
        for (size_t j = 0; j < waiting; j++)
            (void)h2_settings_set(copy, id, pending[j]);
    }
    return copy;
}

PyObject *h2py_settings_attach(h2py_connection *connection, bool local)
{
    PyTypeObject *const type = (PyTypeObject *)h2py.settings;
    h2py_settings *const made = (h2py_settings *)type->tp_alloc(type, 0);
    if (made == NULL) return NULL;
    made->connection = connection;
    made->local = local;
    made->client = local == connection->client;
    return (PyObject *)made;
}

void h2py_settings_detach(h2py_settings *settings)
{
    if (Py_REFCNT(settings) > 1) {
        h2_connection *const conn = settings->connection->conn;
        settings->own =
            copy_of(settings->local ? h2_local_settings(conn) : h2_remote_settings(conn), settings->client);
    }
    settings->connection = NULL;
}

PyObject *h2py_settings_assign(h2py_connection *connection, bool local, PyObject *object)
{
    if (!PyObject_TypeCheck(object, &h2py_settings_type)) {
        PyErr_Format(PyExc_TypeError, "settings must be an h2.settings.Settings, not %.100s",
                     Py_TYPE(object)->tp_name);
        return NULL;
    }
    h2py_settings **const place = local ? &connection->local : &connection->remote;
    h2py_settings *const given = (h2py_settings *)object;
    if (given == *place) return Py_NewRef(object);
    const h2_settings *const from = settings_of(object);
    h2_connection *const conn = from == NULL ? NULL : h2py_begin(connection);
    if (conn == NULL) return NULL;
    if (*place != NULL) h2py_settings_detach(*place);
    Py_CLEAR(*place);
    if (h2py_end(connection, h2_replace_settings(conn, local, from)) < 0) return NULL;
    if (given->connection != NULL) return h2py_settings_attach(connection, local);
    h2_settings_free(given->own);
    given->own = NULL;
    given->connection = connection;
    given->local = local;
    return Py_NewRef(object);
}

static PyMappingMethods settings_mapping = {settings_length, settings_get_item, settings_set_item};
static PySequenceMethods settings_sequence = {.sq_contains = settings_contains};

PyTypeObject h2py_settings_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "h2._h2.SettingsBase",
    .tp_basicsize = sizeof(h2py_settings),
    .tp_flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE,
    .tp_doc = "SettingsBase(client=True, initial_values=None)\n--\n\n"
              "Settings in force and proposed, as a mapping.",
    .tp_new = PyType_GenericNew,
    .tp_init = settings_init,
    .tp_dealloc = settings_dealloc,
    .tp_iter = settings_iterate,
    .tp_richcompare = settings_compare,
    .tp_hash = PyObject_HashNotImplemented,
    .tp_as_mapping = &settings_mapping,
    .tp_as_sequence = &settings_sequence,
    .tp_methods = settings_methods,
    .tp_getset = settings_attributes,
};
