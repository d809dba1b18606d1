/* Classes that are written in Python, imported when they are first needed, since their modules import this one. */
#include "module.h"

h2py_types h2py;

static PyObject *import_from(const char *module, const char *name)
{
    PyObject *const imported = PyImport_ImportModule(module);
    if (imported == NULL) return NULL;
    PyObject *const found = PyObject_GetAttrString(imported, name);
    Py_DECREF(imported);
    return found;
}

static int load(PyObject **into, const char *module, const char *name)
{
    *into = import_from(module, name);
    return *into == NULL ? -1 : 0;
}

static int load_type(PyTypeObject **into, const char *module, const char *name)
{
    PyObject *found;
    if (load(&found, module, name) < 0) return -1;
    if (!PyType_Check(found) || !PyType_IsSubtype((PyTypeObject *)found, &PyTuple_Type)) {
        Py_DECREF(found);
        PyErr_Format(PyExc_ImportError, "%s.%s is no class of tuples", module, name);
        return -1;
    }
    *into = (PyTypeObject *)found;
    return 0;
}

/* The member of an enum with a value; NULL without an exception when there is none. */
static int load_member(PyObject **into, PyObject *class, long value)
{
    *into = PyObject_CallFunction(class, "l", value);
    if (*into != NULL) return 0;
    if (!PyErr_ExceptionMatches(PyExc_ValueError)) return -1;
    PyErr_Clear();
    return 0;
}

static int load_members(PyObject **into, long first, long count, const char *module, const char *name)
{
    PyObject *class;
    if (load(&class, module, name) < 0) return -1;
    int result = 0;
    for (long i = 0; result == 0 && i < count; i++)
        result = load_member(&into[i], class, first + i);
    Py_DECREF(class);
    return result;
}

static int load_exceptions(void)
{
    for (int status = H2_ERROR_PROTOCOL; status >= H2_ERROR_DENIAL_OF_SERVICE; status--) {
        if (load(&h2py.exceptions[-status], "h2.exceptions", h2_status_name((h2_status)status)) < 0)
            return -1;
    }
    h2py.exceptions[-H2_ERROR_ARGUMENT] = Py_NewRef(PyExc_ValueError);
    h2py.exceptions[-H2_ERROR_NO_MEMORY] = Py_NewRef(PyExc_MemoryError);
    return 0;
}

/* Objects by the place that they are kept at. */
static int load_objects(void)
{
    const struct {
        PyObject **into;
        const char *module, *name;
    } wanted[] = {
        {&h2py.extension_frame, "hyperframe.frame", "ExtensionFrame"},
        {&h2py.changed_setting, "h2.settings", "ChangedSetting"},
        {&h2py.settings, "h2.settings", "Settings"},
        {&h2py.configuration, "h2.config", "H2Configuration"},
        {&h2py.dummy_logger, "h2.config", "DummyLogger"},
        {&h2py.streams, "h2.stream", "Streams"},
        {&h2py.stream_inputs, "h2.stream", "StreamInputs"},
        {&h2py.connection_inputs, "h2.connection", "ConnectionInputs"},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (load(wanted[i].into, wanted[i].module, wanted[i].name) < 0) return -1;
    }
    return 0;
}

static int load_enums(void)
{
    h2py.closed_by[0] = Py_NewRef(Py_None);
    if (load_members(h2py.error_codes, 0, ERROR_CODES, "h2.errors", "ErrorCodes") < 0) return -1;
    if (load_members(h2py.setting_codes, 0, SETTING_CODES, "h2.settings", "SettingCodes") < 0) return -1;
    if (load_members(h2py.stream_states, 0, 7, "h2.stream", "StreamState") < 0) return -1;
    if (load_members(h2py.closed_by + 1, 0, 4, "h2.stream", "StreamClosedBy") < 0) return -1;
    return load_members(h2py.connection_states, 0, 4, "h2.connection", "ConnectionState");
}

static int load_all(void)
{
    if (load_type(&h2py.header, "hpack", "HeaderTuple") < 0) return -1;
    if (load_type(&h2py.never_indexed, "hpack", "NeverIndexedHeaderTuple") < 0) return -1;
    if (load_exceptions() < 0 || load_enums() < 0) return -1;
    return load_objects();
}

int h2py_types_load(void)
{
    static bool loaded;
    if (loaded) return 0;
    if (load_all() < 0) return -1;
    loaded = true;
    return 0;
}

PyObject *h2py_error_code(uint32_t code)
{
    if (code < ERROR_CODES && h2py.error_codes[code] != NULL) return Py_NewRef(h2py.error_codes[code]);
    return PyLong_FromUnsignedLong(code);
}

PyObject *h2py_setting_code(uint16_t id)
{
    if (id < SETTING_CODES && h2py.setting_codes[id] != NULL) return Py_NewRef(h2py.setting_codes[id]);
    return PyLong_FromLong(id);
}
