/* Lists of header fields: from any iterable of pairs into the engine's, and from the engine's into hpack's tuples. */
#include "module.h"

/* In. */

/* Keeps an object alive until the list is released; the reference is stolen. */
static int keep(h2py_fields *fields, PyObject *object)
{
    if (fields->kept == NULL) fields->kept = PyList_New(0);
    const int result = fields->kept == NULL ? -1 : PyList_Append(fields->kept, object);
    Py_DECREF(object);
    return result;
}

/* What is neither text nor bytes may know how to become bytes; otherwise AttributeError, as in h2. */
static int read_other(h2py_fields *fields, PyObject *object, const char **at, size_t *len)
{
    PyObject *const bytes = PyObject_CallMethod(object, "encode", "s", "utf-8");
    if (bytes == NULL) return -1;
    if (!PyBytes_Check(bytes)) {
        Py_DECREF(bytes);
        PyErr_Format(PyExc_TypeError, "header names and values must be str or bytes, not %.100s",
                     Py_TYPE(object)->tp_name);
        return -1;
    }
    *at = PyBytes_AS_STRING(bytes);
    *len = (size_t)PyBytes_GET_SIZE(bytes);
    return keep(fields, bytes);
}

static int read_string(h2py_fields *fields, PyObject *object, const char **at, size_t *len)
{
    if (PyBytes_Check(object)) {
        *at = PyBytes_AS_STRING(object);
        *len = (size_t)PyBytes_GET_SIZE(object);
        return 0;
    }
    if (!PyUnicode_Check(object)) return read_other(fields, object, at, len);
    Py_ssize_t size;
    *at = PyUnicode_AsUTF8AndSize(object, &size);
    if (*at == NULL) return -1;
    *len = (size_t)size;
    return 0;
}

static int read_item(h2py_fields *fields, PyObject *header, Py_ssize_t i, const char **at, size_t *len)
{
    if (PyTuple_Check(header) && PyTuple_GET_SIZE(header) > i)
        return read_string(fields, PyTuple_GET_ITEM(header, i), at, len);
    PyObject *const index = PyLong_FromSsize_t(i);
    if (index == NULL) return -1;
    PyObject *const item = PyObject_GetItem(header, index);
    Py_DECREF(index);
    if (item == NULL) return -1;
    if (keep(fields, Py_NewRef(item)) < 0) {
        Py_DECREF(item);
        return -1;
    }
    const int result = read_string(fields, item, at, len);
    Py_DECREF(item);
    return result;
}

/* Whether a header may not be indexed; -1 with an exception. */
static int is_never_indexed(PyObject *header)
{
    PyTypeObject *const type = Py_TYPE(header);
    if (type == &PyTuple_Type || type == h2py.header) return 0;
    if (type == h2py.never_indexed) return 1;
    if (!PyType_IsSubtype(type, h2py.header)) return 0;
    PyObject *const indexable = PyObject_GetAttrString(header, "indexable");
    if (indexable == NULL) return -1;
    const int truth = PyObject_IsTrue(indexable);
    Py_DECREF(indexable);
    return truth < 0 ? -1 : !truth;
}

static int read_field(h2py_fields *fields, PyObject *header, h2_header *out)
{
    if (read_item(fields, header, 0, &out->name, &out->name_len) < 0) return -1;
    if (read_item(fields, header, 1, &out->value, &out->value_len) < 0) return -1;
    const int never = is_never_indexed(header);
    if (never < 0) return -1;
    out->flags = never ? H2_HEADER_NEVER_INDEX : 0;
    return 0;
}

int h2py_fields_read(PyObject *iterable, h2py_fields *out)
{
    out->items = out->small;
    out->kept = NULL;
    /* A tuple: nobody can change it while the items are read. */
    out->sequence = PySequence_Tuple(iterable);
    if (out->sequence == NULL) return -1;
    out->count = (size_t)PyTuple_GET_SIZE(out->sequence);
    if (out->count > SMALL_LIST) {
        out->items = PyMem_New(h2_header, out->count);
        if (out->items == NULL) {
            PyErr_NoMemory();
            h2py_fields_release(out);
            return -1;
        }
    }
    for (size_t i = 0; i < out->count; i++) {
        if (read_field(out, PyTuple_GET_ITEM(out->sequence, (Py_ssize_t)i), &out->items[i]) == 0) continue;
        h2py_fields_release(out);
        return -1;
    }
    return 0;
}

void h2py_fields_release(h2py_fields *fields)
{
    if (fields->items != fields->small) PyMem_Free(fields->items);
    fields->items = fields->small;
    Py_CLEAR(fields->sequence);
    Py_CLEAR(fields->kept);
}

/* Out. */

enum {
    SHARED = 1024,     /* places for strings that came before */
    SHARED_LENGTH = 96 /* longer ones are not remembered */
};

static PyObject *shared[SHARED];

static size_t place_of(const char *at, size_t len)
{
    uint64_t head = 0, tail = 0;
    memcpy(&head, at, len < 8 ? len : 8);
    if (len > 8) memcpy(&tail, at + len - 8, 8);
    const uint64_t mixed = (head ^ (tail << 1) ^ len) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> 54);
}

PyObject *h2py_bytes_shared(const char *at, size_t len)
{
    if (len < 2 || len > SHARED_LENGTH) return PyBytes_FromStringAndSize(at, (Py_ssize_t)len);
    PyObject **const place = &shared[place_of(at, len)];
    PyObject *const old = *place;
    if (old != NULL && (size_t)PyBytes_GET_SIZE(old) == len && memcmp(PyBytes_AS_STRING(old), at, len) == 0)
        return Py_NewRef(old);
    PyObject *const made = PyBytes_FromStringAndSize(at, (Py_ssize_t)len);
    if (made == NULL) return NULL;
    *place = Py_NewRef(made);
    Py_XDECREF(old);
    return made;
}

static PyObject *make_string(const char *at, size_t len, bool secret, const char *encoding)
{
    if (encoding != NULL) return PyUnicode_Decode(at == NULL ? "" : at, (Py_ssize_t)len, encoding, "strict");
    return secret ? PyBytes_FromStringAndSize(at, (Py_ssize_t)len) : h2py_bytes_shared(at, len);
}

/* A tuple of a class that adds nothing to tuple; both references are stolen. */
static PyObject *make_pair(PyTypeObject *type, PyObject *name, PyObject *value)
{
#if PY_VERSION_HEX < 0x030e0000
    PyObject *const pair = type->tp_alloc(type, 2);
    if (pair != NULL) {
        PyTuple_SET_ITEM(pair, 0, name);
        PyTuple_SET_ITEM(pair, 1, value);
        PyObject_GC_UnTrack(pair); /* two strings make no cycle */
        return pair;
    }
#else
    /* Tuples have a member since 3.14 that only their own constructor sets. */
    PyObject *const pair = PyObject_CallFunctionObjArgs((PyObject *)type, name, value, NULL);
#endif
    Py_DECREF(name);
    Py_DECREF(value);
    return pair;
}

static PyObject *make_header(const h2_header *field, const char *encoding)
{
    const bool never = (field->flags & H2_HEADER_NEVER_INDEX) != 0;
    PyTypeObject *const type = never ? h2py.never_indexed : h2py.header;
    PyObject *const name = make_string(field->name, field->name_len, false, encoding);
    if (name == NULL) return NULL;
    PyObject *const value = make_string(field->value, field->value_len, never, encoding);
    if (value == NULL) {
        Py_DECREF(name);
        return NULL;
    }
    return make_pair(type, name, value);
}

PyObject *h2py_fields_list(const h2_header *fields, size_t count, const char *encoding)
{
    PyObject *const list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *const header = make_header(&fields[i], encoding);
        if (header == NULL) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)i, header);
    }
    return list;
}
