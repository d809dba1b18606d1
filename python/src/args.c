/* Arguments of methods: by position and by name, integers with their range, and octets of any buffer. */
#include "module.h"

static PyObject *name_of(h2py_signature *signature, int i)
{
    if (signature->interned[i] == NULL)
        signature->interned[i] = PyUnicode_InternFromString(signature->names[i]);
    return signature->interned[i];
}

/* The place of a keyword among the arguments; -1: it is none, -2: an exception. */
static int place_of(h2py_signature *signature, PyObject *keyword)
{
    for (int i = 0; i < signature->count; i++) {
        PyObject *const name = name_of(signature, i);
        if (name == NULL) return -2;
        if (name == keyword) return i;
    }
    for (int i = 0; i < signature->count; i++) {
        const int same = PyUnicode_Compare(signature->interned[i], keyword);
        if (same == 0) return i;
        if (same == -1 && PyErr_Occurred()) return -2;
    }
    return -1;
}

static int take_keywords(h2py_signature *signature, PyObject *const *values, PyObject *kwnames,
                         PyObject **out)
{
    const Py_ssize_t count = PyTuple_GET_SIZE(kwnames);
    for (Py_ssize_t i = 0; i < count; i++) {
        PyObject *const keyword = PyTuple_GET_ITEM(kwnames, i);
        const int place = place_of(signature, keyword);
        if (place == -2) return -1;
        if (place < 0) {
            PyErr_Format(PyExc_TypeError, "%s() got an unexpected keyword argument '%U'", signature->function,
                         keyword);
            return -1;
        }
        if (out[place] != NULL) {
            PyErr_Format(PyExc_TypeError, "%s() got multiple values for argument '%U'", signature->function,
                         keyword);
            return -1;
        }
        out[place] = values[i];
    }
    return 0;
}

int h2py_arguments(h2py_signature *signature, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
                   PyObject **out)
{
    if (nargs > signature->count) {
        PyErr_Format(PyExc_TypeError, "%s() takes at most %d arguments (%zd given)", signature->function,
                     signature->count, nargs);
        return -1;
    }
    for (int i = 0; i < signature->count; i++)
        out[i] = i < nargs ? args[i] : NULL;
    if (kwnames != NULL && take_keywords(signature, args + nargs, kwnames, out) < 0) return -1;
    for (int i = 0; i < signature->required; i++) {
        if (out[i] != NULL) continue;
        PyErr_Format(PyExc_TypeError, "%s() missing required argument: '%s'", signature->function,
                     signature->names[i]);
        return -1;
    }
    return 0;
}

int h2py_integer(PyObject *object, const char *name, int64_t *out)
{
    PyObject *number = object;
    if (!PyLong_Check(object)) {
        if (!PyIndex_Check(object)) {
            PyErr_Format(PyExc_TypeError, "%s must be an int, not %.100s", name, Py_TYPE(object)->tp_name);
            return -1;
        }
        number = PyNumber_Index(object);
        if (number == NULL) return -1;
    }
    int overflow;
    const long long value = PyLong_AsLongLongAndOverflow(number, &overflow);
    if (number != object) Py_DECREF(number);
    if (value == -1 && overflow == 0 && PyErr_Occurred()) return -1;
    *out = value;
    if (overflow != 0) *out = overflow < 0 ? INT64_MIN : INT64_MAX;
    return 0;
}

int h2py_bounded(PyObject *object, const char *name, int64_t most, uint32_t *out)
{
    int64_t value;
    if (h2py_integer(object, name, &value) < 0) return -1;
    if (value < 0 || value > most) {
        PyErr_Format(PyExc_ValueError, "%s must be between 0 and %lld, not %S", name, (long long)most,
                     object);
        return -1;
    }
    *out = (uint32_t)value;
    return 0;
}

/* A buffer in pieces is copied. */
static int copy_octets(PyObject *object, h2py_octets *out)
{
    PyErr_Clear();
    if (PyObject_GetBuffer(object, &out->view, PyBUF_FULL_RO) < 0) return -1;
    out->bytes = PyBytes_FromStringAndSize(NULL, out->view.len);
    if (out->bytes != NULL &&
        PyBuffer_ToContiguous(PyBytes_AS_STRING(out->bytes), &out->view, out->view.len, 'C') < 0) {
        Py_CLEAR(out->bytes);
    }
    PyBuffer_Release(&out->view);
    out->view.obj = NULL;
    if (out->bytes == NULL) return -1;
    out->at = (const uint8_t *)PyBytes_AS_STRING(out->bytes);
    out->len = (size_t)PyBytes_GET_SIZE(out->bytes);
    return 0;
}

int h2py_octets_get(PyObject *object, h2py_octets *out)
{
    out->bytes = NULL;
    out->view.obj = NULL;
    if (PyBytes_CheckExact(object)) {
        out->bytes = Py_NewRef(object);
        out->at = (const uint8_t *)PyBytes_AS_STRING(object);
        out->len = (size_t)PyBytes_GET_SIZE(object);
        return 0;
    }
    if (PyObject_GetBuffer(object, &out->view, PyBUF_SIMPLE) < 0) {
        if (PyErr_ExceptionMatches(PyExc_BufferError)) return copy_octets(object, out);
        return -1;
    }
    out->at = out->view.buf;
    out->len = (size_t)out->view.len;
    return 0;
}

void h2py_octets_release(h2py_octets *octets)
{
    Py_CLEAR(octets->bytes);
    if (octets->view.obj != NULL) PyBuffer_Release(&octets->view);
}
