/* receive_data: all events of the input as one list. A failure loses the events before it, as in h2; what the input had
 * behind it is kept for the next call. */
#include "module.h"

#include <time.h>

enum {
    MOST_KEPT = (1 << 24) + 16 /* octets behind a failure: the longest frame there can be */
};

/* Milliseconds of a clock that only goes forward. */
static uint64_t now(void)
{
    struct timespec time;
#ifdef CLOCK_MONOTONIC_COARSE
    if (clock_gettime(CLOCK_MONOTONIC_COARSE, &time) != 0) return 0;
#else
    if (clock_gettime(CLOCK_MONOTONIC, &time) != 0) return 0;
#endif
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

static void advance_time(h2py_connection *self)
{
    const uint64_t time = now();
    if (self->clock != 0 && time > self->clock) h2_advance_time(self->conn, time - self->clock);
    self->clock = time;
}

/* The events that belong to one that could not be made are lost with it. */
static void drop_followers(h2_connection *conn)
{
    const uint8_t *at = NULL;
    size_t len = 0;
    h2_event event;
    while (h2_receive_data(conn, &at, &len, &event) == H2_OK) {
    }
}

/* Appends the events of the input. 0, or -1 with an exception or `*status` below 0. */
static int collect(h2py_connection *self, const uint8_t **at, size_t *len, PyObject *events,
                   h2_status *status)
{
    const char *const encoding = self->config->encoding;
    h2py_event *parent = NULL;
    h2_event event;
    while ((*status = h2_receive_data(self->conn, at, len, &event)) == H2_OK) {
        const bool follows = event.type == H2_EVENT_STREAM_ENDED || event.type == H2_EVENT_PRIORITY_UPDATED;
        PyObject *const made = h2py_event_make(&event, follows ? parent : NULL, encoding);
        if (made == NULL || PyList_Append(events, made) < 0) {
            Py_XDECREF(made);
            drop_followers(self->conn);
            return -1;
        }
        Py_DECREF(made); /* the list has it */
        if (!follows) parent = (h2py_event *)made;
    }
    return *status < 0 ? -1 : 0;
}

/* Keeps what follows a failure. Where nothing was handled the preface was wrong: a right one may come next. */
static int keep_rest(h2py_connection *self, const uint8_t *at, size_t len, size_t whole)
{
    if (len == 0 || len == whole) return 0;
    self->rest = PyBytes_FromStringAndSize((const char *)at, (Py_ssize_t)(len < MOST_KEPT ? len : MOST_KEPT));
    return self->rest == NULL ? -1 : 0;
}

static PyObject *receive(h2py_connection *self, const uint8_t *at, size_t len)
{
    const size_t whole = len;
    h2_status status = H2_OK;
    PyObject *events = PyList_New(0);
    if (events == NULL) {
        self->busy = false;
        return NULL;
    }
    const int collecting = H2PY_GC_PAUSE(); /* no finalizer may run between an event and its object */
    if (collect(self, &at, &len, events, &status) < 0) {
        Py_CLEAR(events);
        if (status < 0) (void)h2py_raise_info(h2_last_error(self->conn));
        PyObject *type, *value, *traceback;
        PyErr_Fetch(&type, &value, &traceback);
        if (keep_rest(self, at, len, whole) < 0) PyErr_Clear();
        PyErr_Restore(type, value, traceback);
    }
    H2PY_GC_RESUME(collecting);
    if (h2py_finish(self) < 0) Py_CLEAR(events);
    return events;
}

/* The input behind what an earlier failure left. */
static PyObject *receive_joined(h2py_connection *self, const h2py_octets *octets)
{
    PyObject *const rest = self->rest;
    const size_t before = (size_t)PyBytes_GET_SIZE(rest);
    self->rest = NULL;
    PyObject *const joined = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(before + octets->len));
    if (joined == NULL) {
        self->rest = rest;
        self->busy = false;
        return NULL;
    }
    memcpy(PyBytes_AS_STRING(joined), PyBytes_AS_STRING(rest), before);
    if (octets->len > 0) memcpy(PyBytes_AS_STRING(joined) + before, octets->at, octets->len);
    Py_DECREF(rest);
    PyObject *const events = receive(self, (const uint8_t *)PyBytes_AS_STRING(joined), before + octets->len);
    Py_DECREF(joined);
    return events;
}

/* The first trace line comes before anything is handled: a logger without `trace` fails here. */
static int trace_input(h2py_connection *self, PyObject *data)
{
    PyObject *const logger = self->config == NULL ? NULL : self->config->logger;
    if (logger == NULL || logger == Py_None || (PyObject *)Py_TYPE(logger) == h2py.dummy_logger) return 0;
    PyObject *const held = Py_NewRef(logger);
    PyObject *const result = PyObject_CallMethod(
        held, "trace", "sO", "Process received data on connection. Received data: %r", data);
    Py_DECREF(held);
    Py_XDECREF(result);
    return result == NULL ? -1 : 0;
}

PyObject *h2py_receive_data(PyObject *object, PyObject *data)
{
    h2py_connection *const self = (h2py_connection *)object;
    h2py_octets octets;
    if (trace_input(self, data) < 0 || h2py_octets_get(data, &octets) < 0) return NULL;
    PyObject *events = NULL;
    if (h2py_begin(self) != NULL) {
        advance_time(self);
        events = self->rest == NULL ? receive(self, octets.at, octets.len) : receive_joined(self, &octets);
    }
    h2py_octets_release(&octets);
    return events;
}
