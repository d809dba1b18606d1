/* Functions of the module: the engine's tables by name, and the rules for header fields on their own. */
#include "module.h"

/* Names. */

typedef const char *name_function(bool stream, int number);

static PyObject *names_of(bool stream, size_t count, name_function *name)
{
    PyObject *const names = PyTuple_New((Py_ssize_t)count);
    for (size_t i = 0; names != NULL && i < count; i++) {
        PyObject *const text = PyUnicode_FromString(name(stream, (int)i));
        if (text == NULL) {
            Py_DECREF(names);
            return NULL;
        }
        PyTuple_SET_ITEM(names, (Py_ssize_t)i, text);
    }
    return names;
}

static PyObject *state_names(PyObject *module, PyObject *stream)
{
    (void)module;
    const bool of_stream = stream == Py_True;
    return names_of(of_stream, h2_state_count(of_stream), h2_state_name);
}

static PyObject *input_names(PyObject *module, PyObject *stream)
{
    (void)module;
    const bool of_stream = stream == Py_True;
    return names_of(of_stream, h2_input_count(of_stream), h2_input_name);
}

static PyObject *cell(PyObject *module, PyObject *args)
{
    (void)module;
    int stream, state, input;
    h2_cell found;
    if (!PyArg_ParseTuple(args, "pii:cell", &stream, &state, &input)) return NULL;
    if (!h2_cell_get(H2_PROFILE_PYTHON, stream != 0, state, input, &found)) {
        PyErr_SetString(PyExc_IndexError, "there is no such cell");
        return NULL;
    }
    if (!found.valid) Py_RETURN_NONE;
    return Py_BuildValue("iz", (int)found.next, found.action == 0 ? NULL : h2_action_name(found.action));
}

static PyObject *error_names(PyObject *module, PyObject *unused)
{
    (void)module;
    (void)unused;
    PyObject *const names = PyList_New(0);
    for (uint32_t code = 0; names != NULL && h2_error_code_name(code) != NULL; code++) {
        PyObject *const text = PyUnicode_FromString(h2_error_code_name(code));
        const int result = text == NULL ? -1 : PyList_Append(names, text);
        Py_XDECREF(text);
        if (result == 0) continue;
        Py_DECREF(names);
        return NULL;
    }
    return names;
}

/* Header fields. */

static PyObject *validate(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *headers;
    int kind, outbound;
    h2py_fields fields;
    h2_error_info info = {.status = H2_OK};
    if (!PyArg_ParseTuple(args, "Oip:validate", &headers, &kind, &outbound)) return NULL;
    if (h2py_types_load() < 0 || h2py_fields_read(headers, &fields) < 0) return NULL;
    const h2_status status = h2_fields_validate(fields.items, fields.count, (h2_block_kind)kind,
                                                outbound != 0, H2_PROFILE_PYTHON, &info);
    h2py_fields_release(&fields);
    if (status == H2_OK) Py_RETURN_NONE;
    (void)h2py_raise_info(&info);
    return NULL;
}

/* A list of (name, value, never indexed). */
static PyObject *triples(const h2_header *fields, size_t count)
{
    PyObject *const list = PyList_New((Py_ssize_t)count);
    for (size_t i = 0; list != NULL && i < count; i++) {
        PyObject *const triple = Py_BuildValue("y#y#O", fields[i].name, (Py_ssize_t)fields[i].name_len,
                                               fields[i].value, (Py_ssize_t)fields[i].value_len,
                                               fields[i].flags & H2_HEADER_NEVER_INDEX ? Py_True : Py_False);
        if (triple == NULL) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)i, triple);
    }
    return list;
}

static PyObject *normalize_into(const h2py_fields *fields, bool outbound, bool split)
{
    size_t count = 0, octets = 0;
    (void)h2_fields_normalize(fields->items, fields->count, outbound, split, NULL, &count, NULL, &octets);
    h2_header *const out = PyMem_New(h2_header, count + 1);
    char *const space = PyMem_Malloc(octets + 1);
    PyObject *list = NULL;
    if (out != NULL && space != NULL &&
        h2_fields_normalize(fields->items, fields->count, outbound, split, out, &count, space, &octets) ==
            H2_OK) {
        list = triples(out, count);
    } else {
        PyErr_NoMemory();
    }
    PyMem_Free(out);
    PyMem_Free(space);
    return list;
}

static PyObject *normalize(PyObject *module, PyObject *args)
{
    (void)module;
    PyObject *headers;
    int outbound, split;
    h2py_fields fields;
    if (!PyArg_ParseTuple(args, "Opp:normalize", &headers, &outbound, &split)) return NULL;
    if (h2py_types_load() < 0 || h2py_fields_read(headers, &fields) < 0) return NULL;
    PyObject *const list = normalize_into(&fields, outbound != 0, split != 0);
    h2py_fields_release(&fields);
    return list;
}

PyMethodDef h2py_functions[] = {
    {"state_names", state_names, METH_O,
     "state_names(stream, /)\n--\n\nThe states of the stream's machine (True) or the connection's, by number."},
    {"input_names", input_names, METH_O, "input_names(stream, /)\n--\n\nThe inputs of a machine, by number."},
    {"cell", cell, METH_VARARGS,
     "cell(stream, state, input, /)\n--\n\nThe next state and the action, or None where the input is refused."},
    {"error_names", error_names, METH_NOARGS,
     "error_names()\n--\n\nThe names of the error codes, by number."},
    {"validate", validate, METH_VARARGS,
     "validate(headers, kind, outbound, /)\n--\n\nRaise ProtocolError for a list that breaks a rule. kind: 0 request, "
     "1 response, 2 trailers, 3 pushed request."},
    {"normalize", normalize, METH_VARARGS,
     "normalize(headers, outbound, split_cookies, /)\n--\n\nThe list as a connection changes it: (name, value, never "
     "indexed)."},
    {NULL, NULL, 0, NULL},
};
