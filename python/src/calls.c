/* The methods of h2.connection.H2Connection that act. Arguments are read before the call begins, so that nothing of Python
 * runs while it lasts. */
#include "module.h"

enum {
    LARGE = 1024 /* octets of a bytes object that are lent to the engine and not copied */
};

static const int64_t MOST_32 = UINT32_MAX;

/* Reads a stream's identifier. One that no stream can have is answered as h2 does: it is closed, or was never there. */
static int read_stream(PyObject *object, uint32_t *out)
{
    int64_t id;
    if (h2py_integer(object, "stream_id", &id) < 0) return -1;
    if (id < 0 || id > UINT32_MAX) {
        (void)h2py_raise_stream(id < 0 ? H2_ERROR_STREAM_CLOSED : H2_ERROR_NO_SUCH_STREAM, id);
        return -1;
    }
    *out = (uint32_t)id;
    return 0;
}

static int read_truth(PyObject *object, bool *out)
{
    *out = false;
    if (object == NULL || object == Py_False) return 0;
    const int truth = object == Py_True ? 1 : PyObject_IsTrue(object);
    *out = truth > 0;
    return truth < 0 ? -1 : 0;
}

static PyObject *none_or_error(int result)
{
    if (result < 0) return NULL;
    Py_RETURN_NONE;
}

/* Beginning. */

static PyObject *initiate_connection(PyObject *object, PyObject *unused)
{
    (void)unused;
    h2py_connection *const self = (h2py_connection *)object;
    h2_connection *const conn = h2py_begin(self);
    return conn == NULL ? NULL : none_or_error(h2py_end(self, h2_initiate_connection(conn)));
}

/* The value of the client's HTTP2-Settings field. */
static PyObject *upgrade_settings(h2_connection *conn)
{
    size_t len = 0;
    (void)h2_upgrade_settings(conn, NULL, 0, &len);
    PyObject *const text = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)len);
    if (text == NULL) return NULL;
    if (h2_upgrade_settings(conn, PyBytes_AS_STRING(text), len, &len) == H2_OK) return text;
    Py_DECREF(text);
    return PyErr_NoMemory();
}

/* What base64 itself raises. */
static void raise_base64(const char *message)
{
    PyObject *const module = PyImport_ImportModule("binascii");
    PyObject *const class = module == NULL ? NULL : PyObject_GetAttrString(module, "Error");
    if (class != NULL) PyErr_SetString(class, message);
    Py_XDECREF(module);
    Py_XDECREF(class);
}

static PyObject *upgrade(h2py_connection *self, const char *text, size_t len)
{
    h2_connection *const conn = h2py_begin(self);
    if (conn == NULL) return NULL;
    const h2_status status = h2_initiate_upgrade_connection(conn, text, len);
    PyObject *result = NULL;
    if (status == H2_ERROR_ARGUMENT) {
        raise_base64(h2_last_error(conn)->message);
        (void)h2py_finish(self);
        return NULL;
    }
    if (status == H2_OK) result = self->client ? upgrade_settings(conn) : Py_NewRef(Py_None);
    if (h2py_end(self, status) < 0) Py_CLEAR(result);
    return result;
}

static PyObject *initiate_upgrade_connection(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                                             PyObject *kwnames)
{
    static h2py_signature signature = {"initiate_upgrade_connection", 0, 1, {"settings_header"}, {NULL}};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given[1];
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    if (given[0] == NULL || given[0] == Py_None || self->client) return upgrade(self, NULL, 0);
    if (PyUnicode_Check(given[0])) {
        Py_ssize_t len;
        const char *const text = PyUnicode_AsUTF8AndSize(given[0], &len);
        return text == NULL ? NULL : upgrade(self, text, (size_t)len);
    }
    h2py_octets octets;
    if (h2py_octets_get(given[0], &octets) < 0) return NULL;
    PyObject *const result = upgrade(self, (const char *)octets.at, octets.len);
    h2py_octets_release(&octets);
    return result;
}

/* Fields. */

/* Reads the three parts of a priority; *any tells whether one was given, *weight what was asked for. */
static int read_priority(PyObject *const *given, h2_priority *out, bool *any, int64_t *weight)
{
    *out = (h2_priority){.weight = 16};
    *weight = out->weight;
    *any = false;
    if (given[0] != NULL && given[0] != Py_None) {
        *any = true;
        if (h2py_integer(given[0], "weight", weight) < 0) return -1;
        out->weight = *weight < 0 || *weight > UINT16_MAX ? 0 : (uint16_t)*weight;
    }
    if (given[1] != NULL && given[1] != Py_None) {
        *any = true;
        if (h2py_bounded(given[1], "depends_on", INT32_MAX, &out->depends_on) < 0) return -1;
    }
    if (given[2] != NULL && given[2] != Py_None) {
        *any = true;
        return read_truth(given[2], &out->exclusive);
    }
    return 0;
}

/* Ends a call with a priority: a weight that the engine's type cannot hold is told as it was given. */
static int end_with_weight(h2py_connection *self, h2_status status, int64_t weight)
{
    if (status == H2_ERROR_PROTOCOL && (weight < 0 || weight > UINT16_MAX)) {
        h2_error_info info = *h2_last_error(self->conn);
        if (strncmp(info.message, "Weight", 6) == 0) {
            PyOS_snprintf(info.message, sizeof info.message, "Weight must be between 1 and 256, not %lld",
                          (long long)weight);
            (void)h2py_raise_info(&info);
            return h2py_finish(self);
        }
    }
    return h2py_end(self, status);
}

/* An identifier that cannot open a stream: below what was used already, or beyond all. */
static int read_new_stream(h2py_connection *self, PyObject *object, uint32_t *out)
{
    int64_t id;
    if (h2py_integer(object, "stream_id", &id) < 0) return -1;
    if (id < 0 && self->conn != NULL) {
        h2_connection_info info = {.size = sizeof info};
        h2_connection_get_info(self->conn, &info);
        const bool ours = (id % 2 != 0) == self->client;
        const h2_error_info error = {.status = H2_ERROR_STREAM_ID_TOO_LOW,
                                     .stream_id = id,
                                     .max_stream_id = ours ? info.highest_outbound_stream_id
                                                           : info.highest_inbound_stream_id};
        (void)h2py_raise_info(&error);
        return -1;
    }
    return h2py_bounded(object, "stream_id", INT32_MAX, out);
}

static PyObject *send_headers(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static h2py_signature signature = {"send_headers",
                                       2,
                                       6,
                                       {"stream_id", "headers", "end_stream", "priority_weight",
                                        "priority_depends_on", "priority_exclusive"},
                                       {NULL}};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given[6];
    h2py_fields fields;
    h2_priority priority;
    uint32_t id;
    bool ends, prioritized;
    int64_t weight;
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    if (read_new_stream(self, given[0], &id) < 0 || read_truth(given[2], &ends) < 0) return NULL;
    if (read_priority(given + 3, &priority, &prioritized, &weight) < 0) return NULL;
    if (h2py_fields_read(given[1], &fields) < 0) return NULL;
    h2_connection *const conn = h2py_begin(self);
    int result = -1;
    if (conn != NULL) {
        const h2_status status =
            h2_send_headers(conn, id, fields.items, fields.count, ends, prioritized ? &priority : NULL);
        result = end_with_weight(self, status, weight);
    }
    h2py_fields_release(&fields);
    return none_or_error(result);
}

static PyObject *push_stream(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static h2py_signature signature = {
        "push_stream", 3, 3, {"stream_id", "promised_stream_id", "request_headers"}, {NULL}};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given[3];
    h2py_fields fields;
    uint32_t id, promised_id;
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    if (read_stream(given[0], &id) < 0 || read_new_stream(self, given[1], &promised_id) < 0) return NULL;
    if (h2py_fields_read(given[2], &fields) < 0) return NULL;
    h2_connection *const conn = h2py_begin(self);
    int result = -1;
    if (conn != NULL)
        result = h2py_end(self, h2_push_stream(conn, id, promised_id, fields.items, fields.count));
    h2py_fields_release(&fields);
    return none_or_error(result);
}

static PyObject *prioritize(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static h2py_signature signature = {
        "prioritize", 1, 4, {"stream_id", "weight", "depends_on", "exclusive"}, {NULL}};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given[4];
    h2_priority priority;
    uint32_t id;
    bool any;
    int64_t weight;
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    if (h2py_bounded(given[0], "stream_id", INT32_MAX, &id) < 0) return NULL;
    if (read_priority(given + 1, &priority, &any, &weight) < 0) return NULL;
    h2_connection *const conn = h2py_begin(self);
    if (conn == NULL) return NULL;
    return none_or_error(end_with_weight(self, h2_prioritize(conn, id, &priority), weight));
}

/* Data. */

static int read_padding(PyObject *object, int *out)
{
    *out = -1;
    if (object == NULL || object == Py_None) return 0;
    if (!PyLong_Check(object)) {
        PyErr_SetString(PyExc_TypeError, "pad_length must be an int");
        return -1;
    }
    int64_t length;
    if (h2py_integer(object, "pad_length", &length) < 0) return -1;
    if (length < 0 || length > 255) {
        PyErr_SetString(PyExc_ValueError, "pad_length must be within range: [0, 255]");
        return -1;
    }
    *out = (int)length;
    return 0;
}

static void release_bytes(void *arg, const void *data, size_t len)
{
    (void)data;
    (void)len;
    Py_DECREF((PyObject *)arg);
}

/* A large bytes object is lent: it cannot change, and is held until its octets are taken. */
static h2_status queue_data(h2_connection *conn, uint32_t id, const h2py_octets *octets, bool ends,
                            int pad_length)
{
    if (octets->bytes == NULL || octets->len < LARGE)
        return h2_send_data(conn, id, octets->at, octets->len, ends, pad_length);
    Py_INCREF(octets->bytes);
    const h2_status status =
        h2_send_data_ref(conn, id, octets->at, octets->len, ends, pad_length, release_bytes, octets->bytes);
    if (status != H2_OK) Py_DECREF(octets->bytes);
    return status;
}

static PyObject *send_data(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static h2py_signature signature = {
        "send_data", 2, 4, {"stream_id", "data", "end_stream", "pad_length"}, {NULL}};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given[4];
    h2py_octets octets;
    uint32_t id;
    bool ends;
    int pad_length;
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    if (read_padding(given[3], &pad_length) < 0) return NULL;
    if (read_stream(given[0], &id) < 0 || read_truth(given[2], &ends) < 0) return NULL;
    if (h2py_octets_get(given[1], &octets) < 0) return NULL;
    h2_connection *const conn = h2py_begin(self);
    int result = -1;
    if (conn != NULL) result = h2py_end(self, queue_data(conn, id, &octets, ends, pad_length));
    h2py_octets_release(&octets);
    return none_or_error(result);
}

static PyObject *end_stream(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static h2py_signature signature = {"end_stream", 1, 1, {"stream_id"}, {NULL}};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given[1];
    uint32_t id;
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    if (read_stream(given[0], &id) < 0) return NULL;
    h2_connection *const conn = h2py_begin(self);
    return conn == NULL ? NULL : none_or_error(h2py_end(self, h2_end_stream(conn, id)));
}

/* How many octets `amount` names, as in a slice. */
static int read_amount(PyObject *object, size_t pending, size_t *out)
{
    *out = pending;
    if (object == NULL || object == Py_None) return 0;
    int64_t amount;
    if (h2py_integer(object, "amount", &amount) < 0) return -1;
    if (amount < 0) amount = amount < -(int64_t)pending ? 0 : amount + (int64_t)pending;
    if ((uint64_t)amount < pending) *out = (size_t)amount;
    return 0;
}

static PyObject *data_to_send(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static h2py_signature signature = {"data_to_send", 0, 1, {"amount"}, {NULL}};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given[1];
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    h2_connection *const conn = h2py_begin(self);
    if (conn == NULL) return NULL;
    size_t amount;
    PyObject *octets = NULL;
    if (read_amount(given[0], h2_output_pending(conn), &amount) == 0)
        octets = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)amount);
    if (octets != NULL && amount > 0) (void)h2_data_to_send(conn, PyBytes_AS_STRING(octets), amount);
    if (h2py_finish(self) < 0) Py_CLEAR(octets);
    return octets;
}

static PyObject *clear_outbound_data_buffer(PyObject *object, PyObject *unused)
{
    (void)unused;
    h2py_connection *const self = (h2py_connection *)object;
    h2_connection *const conn = h2py_begin(self);
    if (conn == NULL) return NULL;
    h2_clear_outbound_data_buffer(conn);
    return none_or_error(h2py_end(self, H2_OK));
}

/* Streams and connection. */

static PyObject *reset_stream(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static h2py_signature signature = {"reset_stream", 1, 2, {"stream_id", "error_code"}, {NULL}};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given[2];
    uint32_t id, code = 0;
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    if (read_stream(given[0], &id) < 0) return NULL;
    if (given[1] != NULL && h2py_bounded(given[1], "error_code", MOST_32, &code) < 0) return NULL;
    h2_connection *const conn = h2py_begin(self);
    return conn == NULL ? NULL : none_or_error(h2py_end(self, h2_reset_stream(conn, id, code)));
}

static PyObject *ping(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static h2py_signature signature = {"ping", 1, 1, {"opaque_data"}, {NULL}};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given[1];
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    if (!PyBytes_Check(given[0]) || PyBytes_GET_SIZE(given[0]) != 8) {
        PyErr_Format(PyExc_ValueError, "Invalid value for ping data: %R", given[0]);
        return NULL;
    }
    h2_connection *const conn = h2py_begin(self);
    if (conn == NULL) return NULL;
    const uint8_t *const data = (const uint8_t *)PyBytes_AS_STRING(given[0]);
    return none_or_error(h2py_end(self, h2_ping(conn, data)));
}

static PyObject *close_connection(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                                  PyObject *kwnames)
{
    static h2py_signature signature = {
        "close_connection", 0, 3, {"error_code", "additional_data", "last_stream_id"}, {NULL}};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given[3];
    uint32_t code = 0, last = 0;
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    if (given[0] != NULL && h2py_bounded(given[0], "error_code", MOST_32, &code) < 0) return NULL;
    const bool has_last = given[2] != NULL && given[2] != Py_None;
    if (has_last && h2py_bounded(given[2], "last_stream_id", INT32_MAX, &last) < 0) return NULL;
    const bool has_data = given[1] != NULL && given[1] != Py_None;
    if (has_data && !PyBytes_Check(given[1])) {
        PyErr_Format(PyExc_TypeError, "additional_data must be bytes, not %.100s",
                     Py_TYPE(given[1])->tp_name);
        return NULL;
    }
    h2_connection *const conn = h2py_begin(self);
    if (conn == NULL) return NULL;
    const char *const data = has_data ? PyBytes_AS_STRING(given[1]) : NULL;
    const size_t len = has_data ? (size_t)PyBytes_GET_SIZE(given[1]) : 0;
    return none_or_error(
        h2py_end(self, h2_close_connection(conn, code, data, len, has_last ? (int64_t)last : -1)));
}

static PyObject *update_settings(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static h2py_signature signature = {"update_settings", 1, 1, {"new_settings"}, {NULL}};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given[1];
    h2_setting *settings = NULL;
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    const Py_ssize_t count = h2py_settings_read(given[0], false, &settings);
    if (count < 0) return NULL;
    h2_connection *const conn = h2py_begin(self);
    int result = -1;
    if (conn != NULL) result = h2py_end(self, h2_update_settings(conn, settings, (size_t)count));
    PyMem_Free(settings);
    return none_or_error(result);
}

static PyObject *advertise(h2py_connection *self, PyObject *field, PyObject *origin, uint32_t id)
{
    h2py_octets of_origin = {.at = NULL};
    if (origin != NULL && h2py_octets_get(origin, &of_origin) < 0) return NULL;
    h2_connection *const conn = h2py_begin(self);
    int result = -1;
    if (conn != NULL) {
        const char *const name = origin == NULL ? NULL : (const char *)of_origin.at;
        result = h2py_end(self, h2_advertise_alternative_service(conn, PyBytes_AS_STRING(field),
                                                                 (size_t)PyBytes_GET_SIZE(field), name,
                                                                 of_origin.len, id));
    }
    if (origin != NULL) h2py_octets_release(&of_origin);
    return none_or_error(result);
}

static PyObject *advertise_alternative_service(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                                               PyObject *kwnames)
{
    static h2py_signature signature = {
        "advertise_alternative_service", 1, 3, {"field_value", "origin", "stream_id"}, {NULL}};
    PyObject *given[3];
    uint32_t id = 0;
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    if (!PyBytes_Check(given[0])) {
        PyErr_SetString(PyExc_ValueError, "Field must be bytestring.");
        return NULL;
    }
    const bool has_origin = given[1] != NULL && given[1] != Py_None;
    const bool has_stream = given[2] != NULL && given[2] != Py_None;
    if (has_origin && has_stream) {
        PyErr_SetString(PyExc_ValueError, "Must not provide both origin and stream_id");
        return NULL;
    }
    if (has_stream && read_stream(given[2], &id) < 0) return NULL;
    return advertise((h2py_connection *)object, given[0], has_origin ? given[1] : NULL, id);
}

/* Flow control. */

/* None is the connection. No stream has the identifier 0: KeyError, unless the connection is closed. */
static PyObject *increment_stream_0(h2py_connection *self)
{
    h2_connection_info info = {.size = sizeof info};
    h2_connection_get_info(self->conn, &info);
    if (self->conn != NULL && info.state == H2_CONNECTION_CLOSED) {
        h2_connection *const conn = h2py_begin(self);
        if (conn == NULL) return NULL;
        return none_or_error(h2py_end(self, h2_increment_flow_control_window(conn, 1, 0)));
    }
    PyObject *const zero = PyLong_FromLong(0);
    if (zero != NULL) PyErr_SetObject(PyExc_KeyError, zero);
    Py_XDECREF(zero);
    return NULL;
}

static PyObject *increment_flow_control_window(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                                               PyObject *kwnames)
{
    static h2py_signature signature = {
        "increment_flow_control_window", 1, 2, {"increment", "stream_id"}, {NULL}};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given[2];
    int64_t increment;
    uint32_t id = 0;
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    if (h2py_integer(given[0], "increment", &increment) < 0) return NULL;
    if (increment < 1 || increment > INT32_MAX) {
        PyErr_SetString(PyExc_ValueError, "Flow control increment must be between 1 and 2147483647");
        return NULL;
    }
    if (given[1] != NULL && given[1] != Py_None) {
        if (read_stream(given[1], &id) < 0) return NULL;
        if (id == 0) return increment_stream_0(self);
    }
    h2_connection *const conn = h2py_begin(self);
    if (conn == NULL) return NULL;
    return none_or_error(h2py_end(self, h2_increment_flow_control_window(conn, (uint32_t)increment, id)));
}

static PyObject *acknowledge_received_data(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                                           PyObject *kwnames)
{
    static h2py_signature signature = {
        "acknowledge_received_data", 2, 2, {"acknowledged_size", "stream_id"}, {NULL}};
    h2py_connection *const self = (h2py_connection *)object;
    PyObject *given[2];
    int64_t size, id;
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    if (h2py_integer(given[0], "acknowledged_size", &size) < 0) return NULL;
    if (h2py_integer(given[1], "stream_id", &id) < 0) return NULL;
    if (id <= 0) {
        PyErr_Format(PyExc_ValueError, "Stream ID %S is not valid for acknowledge_received_data", given[1]);
        return NULL;
    }
    if (size < 0) {
        PyErr_SetString(PyExc_ValueError, "Cannot acknowledge negative data");
        return NULL;
    }
    if (id > UINT32_MAX) {
        (void)h2py_raise_stream(H2_ERROR_NO_SUCH_STREAM, id);
        return NULL;
    }
    h2_connection *const conn = h2py_begin(self);
    if (conn == NULL) return NULL;
    return none_or_error(h2py_end(self, h2_acknowledge_received_data(conn, (size_t)size, (uint32_t)id)));
}

typedef h2_status window_function(const h2_connection *conn, uint32_t stream_id, int64_t *out);

static PyObject *get_window(PyObject *object, PyObject *stream_id, window_function *function)
{
    h2py_connection *const self = (h2py_connection *)object;
    uint32_t id;
    int64_t window = 0;
    if (read_stream(stream_id, &id) < 0) return NULL;
    h2_connection *const conn = h2py_begin(self);
    if (conn == NULL) return NULL;
    const h2_status status = function(conn, id, &window);
    if (status < 0) (void)h2py_raise_stream(status, id == 0 ? -1 : (int64_t)id);
    return h2py_finish(self) < 0 ? NULL : PyLong_FromLongLong(window);
}

static PyObject *local_flow_control_window(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                                           PyObject *kwnames)
{
    static h2py_signature signature = {"local_flow_control_window", 1, 1, {"stream_id"}, {NULL}};
    PyObject *given[1];
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    return get_window(object, given[0], h2_local_flow_control_window);
}

static PyObject *remote_flow_control_window(PyObject *object, PyObject *const *args, Py_ssize_t nargs,
                                            PyObject *kwnames)
{
    static h2py_signature signature = {"remote_flow_control_window", 1, 1, {"stream_id"}, {NULL}};
    PyObject *given[1];
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    return get_window(object, given[0], h2_remote_flow_control_window);
}

/* Asking. */

static PyObject *get_next_available_stream_id(PyObject *object, PyObject *unused)
{
    (void)unused;
    h2py_connection *const self = (h2py_connection *)object;
    h2_connection *const conn = h2py_begin(self);
    uint32_t id = 0;
    if (conn == NULL) return NULL;
    const h2_status status = h2_get_next_available_stream_id(conn, &id);
    if (status < 0) {
        const h2_error_info info = {.status = status, .message = "Exhausted allowed stream IDs"};
        (void)h2py_raise_info(&info);
    }
    return h2py_finish(self) < 0 ? NULL : PyLong_FromUnsignedLong(id);
}

static PyObject *limit_counters(PyObject *object, PyObject *unused)
{
    (void)unused;
    h2py_connection *const self = (h2py_connection *)object;
    h2_connection *const conn = h2py_begin(self);
    if (conn == NULL) return NULL;
    h2_counters counters = {.size = sizeof counters};
    h2_counters_read(conn, &counters);
    PyObject *dict = PyDict_New();
    for (size_t i = 0; dict != NULL && h2_limit_name(i) != NULL; i++) {
        PyObject *const count = PyLong_FromUnsignedLongLong(counters.by_limit[i]);
        if (count == NULL || PyDict_SetItemString(dict, h2_limit_name(i), count) < 0) Py_CLEAR(dict);
        Py_XDECREF(count);
    }
    if (h2py_finish(self) < 0) Py_CLEAR(dict);
    return dict;
}

static PyObject *memory_used(PyObject *object, PyObject *unused)
{
    (void)unused;
    return PyLong_FromSize_t(h2_memory_used(((h2py_connection *)object)->conn));
}

static PyObject *receive_data(PyObject *object, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames)
{
    static h2py_signature signature = {"receive_data", 1, 1, {"data"}, {NULL}};
    PyObject *given[1];
    if (h2py_arguments(&signature, args, nargs, kwnames, given) < 0) return NULL;
    return h2py_receive_data(object, given[0]);
}

static PyObject *refuse_pickle(PyObject *object, PyObject *unused)
{
    (void)unused;
    PyErr_Format(PyExc_TypeError, "cannot pickle or copy '%.100s' object", Py_TYPE(object)->tp_name);
    return NULL;
}

#define KEYWORDS (METH_FASTCALL | METH_KEYWORDS)

PyMethodDef h2py_connection_methods[] = {
    {"initiate_connection", initiate_connection, METH_NOARGS,
     "initiate_connection($self, /)\n--\n\n"
     "Queue what a connection begins with: the client's preface, and SETTINGS with the values in force."},
    {"initiate_upgrade_connection", AS_METHOD(initiate_upgrade_connection), KEYWORDS,
     "initiate_upgrade_connection($self, /, settings_header=None)\n--\n\n"
     "Begin a connection that an HTTP/1.1 Upgrade asked for. A server gives the value of the request's HTTP2-Settings "
     "field; a client gets the value for it. Stream 1 carries the request that was upgraded."},
    {"receive_data", AS_METHOD(receive_data), KEYWORDS,
     "receive_data($self, /, data)\n--\n\n"
     "Handle octets from the peer, any buffer; returns a list of events. When the peer has broken a rule that ends the "
     "connection, GOAWAY is queued and an exception raised: send data_to_send() all the same."},
    {"data_to_send", AS_METHOD(data_to_send), KEYWORDS,
     "data_to_send($self, /, amount=None)\n--\n\n"
     "Take queued octets, at most `amount` of them, off the queue; they must be sent in order."},
    {"clear_outbound_data_buffer", clear_outbound_data_buffer, METH_NOARGS,
     "clear_outbound_data_buffer($self, /)\n--\n\n"
     "Drop what is queued."},
    {"get_next_available_stream_id", get_next_available_stream_id, METH_NOARGS,
     "get_next_available_stream_id($self, /)\n--\n\n"
     "The identifier for the next stream of this side; nothing is reserved until headers are sent on it."},
    {"send_headers", AS_METHOD(send_headers), KEYWORDS,
     "send_headers($self, /, stream_id, headers, end_stream=False, priority_weight=None, priority_depends_on=None, "
     "priority_exclusive=None)\n--\n\n"
     "Send a request, a response, a 1xx response or trailers: an iterable of pairs of str or bytes."},
    {"send_data", AS_METHOD(send_data), KEYWORDS,
     "send_data($self, /, stream_id, data, end_stream=False, pad_length=None)\n--\n\n"
     "Send one DATA frame. It must fit local_flow_control_window() and max_outbound_frame_size."},
    {"end_stream", AS_METHOD(end_stream), KEYWORDS,
     "end_stream($self, /, stream_id)\n--\n\n"
     "End this side of a stream."},
    {"reset_stream", AS_METHOD(reset_stream), KEYWORDS,
     "reset_stream($self, /, stream_id, error_code=0)\n--\n\n"
     "Close a stream at once."},
    {"push_stream", AS_METHOD(push_stream), KEYWORDS,
     "push_stream($self, /, stream_id, promised_stream_id, request_headers)\n--\n\n"
     "Promise a response on promised_stream_id to a request that was not made; servers only."},
    {"ping", AS_METHOD(ping), KEYWORDS,
     "ping($self, /, opaque_data)\n--\n\n"
     "Send PING with eight octets; a PingAckReceived answers."},
    {"prioritize", AS_METHOD(prioritize), KEYWORDS,
     "prioritize($self, /, stream_id, weight=None, depends_on=None, exclusive=None)\n--\n\n"
     "Send PRIORITY; clients only."},
    {"update_settings", AS_METHOD(update_settings), KEYWORDS,
     "update_settings($self, /, new_settings)\n--\n\n"
     "Send SETTINGS; the values are in force when the peer has acknowledged them."},
    {"close_connection", AS_METHOD(close_connection), KEYWORDS,
     "close_connection($self, /, error_code=0, additional_data=None, last_stream_id=None)\n--\n\n"
     "Send GOAWAY and close the connection."},
    {"advertise_alternative_service", AS_METHOD(advertise_alternative_service), KEYWORDS,
     "advertise_alternative_service($self, /, field_value, origin=None, stream_id=None)\n--\n\n"
     "Tell of an alternative service (RFC 7838) for an origin or for that of a stream; servers only."},
    {"increment_flow_control_window", AS_METHOD(increment_flow_control_window), KEYWORDS,
     "increment_flow_control_window($self, /, increment, stream_id=None)\n--\n\n"
     "Open a window for the peer by hand: a stream's, or the connection's."},
    {"acknowledge_received_data", AS_METHOD(acknowledge_received_data), KEYWORDS,
     "acknowledge_received_data($self, /, acknowledged_size, stream_id)\n--\n\n"
     "Tell that received data has been used up; windows are opened again when enough has come together."},
    {"local_flow_control_window", AS_METHOD(local_flow_control_window), KEYWORDS,
     "local_flow_control_window($self, /, stream_id)\n--\n\n"
     "How many octets may be sent on a stream now."},
    {"remote_flow_control_window", AS_METHOD(remote_flow_control_window), KEYWORDS,
     "remote_flow_control_window($self, /, stream_id)\n--\n\n"
     "How many octets the peer may send on a stream now."},
    {"limit_counters", limit_counters, METH_NOARGS,
     "limit_counters($self, /)\n--\n\n"
     "How often each bound of H2Configuration.limits was crossed."},
    {"memory_used", memory_used, METH_NOARGS,
     "memory_used($self, /)\n--\n\n"
     "Octets that the engine holds for this connection."},
    {"__reduce_ex__", refuse_pickle, METH_O, NULL},
    {NULL, NULL, 0, NULL},
};
