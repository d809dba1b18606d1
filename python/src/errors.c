/* Exceptions for failures. */
#include "module.h"

static PyObject *make_exception(const h2_error_info *info)
{
    PyObject *const class = h2py.exceptions[-info->status];
    switch (info->status) {
    case H2_ERROR_STREAM_ID_TOO_LOW:
        return PyObject_CallFunction(class, "LL", (long long)info->stream_id, (long long)info->max_stream_id);
    case H2_ERROR_NO_SUCH_STREAM:
    case H2_ERROR_STREAM_CLOSED: return PyObject_CallFunction(class, "L", (long long)info->stream_id);
    case H2_ERROR_INVALID_BODY_LENGTH:
        return PyObject_CallFunction(class, "KK", (unsigned long long)info->expected_length,
                                     (unsigned long long)info->actual_length);
    default: break;
    }
    PyObject *const message =
        PyUnicode_DecodeUTF8(info->message, (Py_ssize_t)strlen(info->message), "backslashreplace");
    if (message == NULL) return NULL;
    PyObject *exception;
    if (info->status == H2_ERROR_INVALID_SETTINGS_VALUE) {
        PyObject *const code = h2py_error_code(info->error_code);
        exception = code == NULL ? NULL : PyObject_CallFunctionObjArgs(class, message, code, NULL);
        Py_XDECREF(code);
    } else {
        exception = PyObject_CallOneArg(class, message);
    }
    Py_DECREF(message);
    return exception;
}

int h2py_raise_info(const h2_error_info *info)
{
    if (info->status == H2_ERROR_NO_MEMORY || info->status >= 0 || -info->status >= STATUSES) {
        PyErr_NoMemory();
        return -1;
    }
    PyObject *const exception = make_exception(info);
    if (exception == NULL) return -1;
    PyErr_SetObject((PyObject *)Py_TYPE(exception), exception);
    Py_DECREF(exception);
    return -1;
}

int h2py_raise_stream(h2_status status, int64_t stream_id)
{
    const h2_error_info info = {.status = status, .stream_id = stream_id};
    return h2py_raise_info(&info);
}
