/* What the parts of the extension module share. The module sees libh2 through its public headers alone; the Python classes
 * that it needs (enums, exceptions, hpack's tuples) it imports when the first connection is made. */
#ifndef H2PY_MODULE_H
#define H2PY_MODULE_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <structmember.h>

#include <h2/h2.h>

/* Function pointers of CPython's method tables. */
#define AS_METHOD(function) ((PyCFunction)(void (*)(void))(function))

#if PY_VERSION_HEX >= 0x030a0000
#define H2PY_GC_PAUSE()      PyGC_Disable()
#define H2PY_GC_RESUME(were) ((were) ? (void)PyGC_Enable() : (void)0)
#else
#define H2PY_GC_PAUSE()      0
#define H2PY_GC_RESUME(were) ((void)(were))
#endif

/* types.c: classes written in Python, and the members of enums. */

enum {
    ERROR_CODES = 14,
    SETTING_CODES = 10,
    STATUSES = 17
};

typedef struct h2py_types {
    PyTypeObject *header, *never_indexed;   /* hpack */
    PyObject *extension_frame;              /* hyperframe */
    PyObject *exceptions[STATUSES];         /* by -status; NULL where there is none */
    PyObject *error_codes[ERROR_CODES];     /* members of ErrorCodes */
    PyObject *setting_codes[SETTING_CODES]; /* members of SettingCodes; NULL where there is none */
    PyObject *changed_setting, *settings, *configuration, *streams;
    PyObject *stream_states[7], *closed_by[5], *connection_states[4];
    PyObject *stream_inputs, *connection_inputs; /* the enums */
    PyObject *dummy_logger;
} h2py_types;

extern h2py_types h2py;

/* Imports what h2py holds, once. 0, or -1 with an exception. */
int h2py_types_load(void);

/* New references: the member of the enum, or the number itself. NULL with an exception. */
PyObject *h2py_error_code(uint32_t code);
PyObject *h2py_setting_code(uint16_t id);

/* args.c: arguments. */

enum {
    MOST_ARGUMENTS = 8
};

/* Names of a method's arguments, the required ones first. */
typedef struct h2py_signature {
    const char *function;
    int required, count;
    const char *names[MOST_ARGUMENTS];
    PyObject *interned[MOST_ARGUMENTS];
} h2py_signature;

/* Sorts vectorcall arguments into `out`, NULL where none was given. 0, or -1 with a TypeError. */
int h2py_arguments(h2py_signature *signature, PyObject *const *args, Py_ssize_t nargs, PyObject *kwnames,
                   PyObject **out);

/* Reads an integer, saturated to 64 bits. 0, or -1 with a TypeError. */
int h2py_integer(PyObject *object, const char *name, int64_t *out);

/* Reads an integer that must lie within 0 and `most`. 0, or -1 with TypeError or ValueError. */
int h2py_bounded(PyObject *object, const char *name, int64_t most, uint32_t *out);

/* Octets of any buffer, contiguous. */
typedef struct h2py_octets {
    const uint8_t *at;
    size_t len;
    PyObject *bytes; /* owns them when it was a bytes object or had to be copied */
    Py_buffer view;
} h2py_octets;

int h2py_octets_get(PyObject *object, h2py_octets *out);
void h2py_octets_release(h2py_octets *octets);

/* headers.c: lists of fields, in both directions. */

enum {
    SMALL_LIST = 48
};

typedef struct h2py_fields {
    h2_header *items;
    size_t count;
    PyObject *sequence; /* keeps the items alive */
    PyObject *kept;     /* octets that were made for it; NULL when there are none */
    h2_header small[SMALL_LIST];
} h2py_fields;

/* Reads any iterable of pairs; text is taken as UTF-8. 0, or -1 with an exception. */
int h2py_fields_read(PyObject *iterable, h2py_fields *out);
void h2py_fields_release(h2py_fields *fields);

/* A list of hpack's tuples; encoding NULL gives bytes. */
PyObject *h2py_fields_list(const h2_header *fields, size_t count, const char *encoding);

/* Bytes that may be shared with others of the same content. */
PyObject *h2py_bytes_shared(const char *at, size_t len);

/* errors.c. */

/* Raises the exception of a failure. Always -1. */
int h2py_raise_info(const h2_error_info *info);

/* Raises the exception for a stream that is not there. Always -1. */
int h2py_raise_stream(h2_status status, int64_t stream_id);

/* events.c. */

/* Values of an event; which is which, events.c says by type. NULL reads as None. */
typedef struct h2py_event {
    PyObject_HEAD PyObject *dict, *weak;
    PyObject *slots[4];
} h2py_event;

int h2py_events_ready(PyObject *module);

/* A new event without values, or NULL with MemoryError. */
h2py_event *h2py_event_new(h2_event_type type);

/* The event as an object. `parent`: NULL, or the event before, which a StreamEnded or PriorityUpdated belongs to.
 * NULL with an exception. */
PyObject *h2py_event_make(const h2_event *event, h2py_event *parent, const char *encoding);

/* config.c. */

typedef struct h2py_config {
    PyObject_HEAD PyObject *header_encoding, *logger;
    const char *encoding; /* NULL: bytes; lives as long as header_encoding */
    h2_limits limits;
    uint64_t version; /* another one after each change, unique among all */
    bool client_side, validate_outbound, normalize_outbound, split_cookies;
    bool validate_inbound, normalize_inbound;
} h2py_config;

extern PyTypeObject h2py_config_type;

/* settings.c. */

typedef struct h2py_connection h2py_connection;

/* Settings of their own, or those of one side of a connection, which is not kept alive. */
typedef struct h2py_settings {
    PyObject_HEAD h2_settings *own;
    h2py_connection *connection;
    bool local, client;
} h2py_settings;

extern PyTypeObject h2py_settings_type;

/* The object that shows a connection's settings; a new reference. */
PyObject *h2py_settings_attach(h2py_connection *connection, bool local);

/* The connection goes, or shows another object: what it showed keeps the values. */
void h2py_settings_detach(h2py_settings *settings);

/* Makes an object the connection's own; one that belongs to another connection is copied. A new reference, or NULL with
 * an exception. */
PyObject *h2py_settings_assign(h2py_connection *connection, bool local, PyObject *object);

/* Reads {code: value} in order, and judges the values if asked to; the caller frees *out with PyMem_Free. Returns how many,
 * or -1 with an exception. */
Py_ssize_t h2py_settings_read(PyObject *mapping, bool judge, h2_setting **out);

/* A dict of ChangedSetting by code. */
PyObject *h2py_changes(const h2_changed_setting *changed, size_t count);

/* connection.c. */

struct h2py_connection {
    PyObject_HEAD h2_connection *conn;
    h2py_config *config;
    h2py_settings *local, *remote; /* NULL until they are asked for */
    PyObject *rest;                /* input that follows an error, bytes; NULL when there is none */
    uint64_t config_version;
    uint64_t clock; /* milliseconds, of the last call that received */
    char *log;      /* lines that wait for the logger: level octet, text, 0 */
    size_t log_len, log_cap;
    bool client; /* the role it was made for */
    bool busy;   /* a call is under way */
};

extern PyTypeObject h2py_connection_type;

/* Begins a call: NULL with an exception when there is no connection or a call is under way. */
h2_connection *h2py_begin(h2py_connection *self);

/* Ends a call: lines go to the logger, a failure is raised. 0, or -1 with an exception. */
int h2py_end(h2py_connection *self, h2_status status);

/* Ends a call that has an exception of its own, or none. 0, or -1 when there is one now. */
int h2py_finish(h2py_connection *self);

/* calls.c, receive.c. */

extern PyMethodDef h2py_connection_methods[];
PyObject *h2py_receive_data(PyObject *self, PyObject *data);

/* views.c. */

extern PyTypeObject h2py_streams_type, h2py_stream_type, h2py_stream_machine_type,
    h2py_connection_machine_type, h2py_coder_type;

PyObject *h2py_streams_of(h2py_connection *connection);
PyObject *h2py_machine_of(h2py_connection *connection);
PyObject *h2py_coder_of(h2py_connection *connection, bool encoder);

/* tables.c: functions of the module. */

extern PyMethodDef h2py_functions[];

#endif
