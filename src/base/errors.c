/* Names of statuses and error codes, and which status is a kind of which (RFC 9113 section 7). */
#include <h2/errors.h>

/* status, its name, the status that its class derives from (its own where it derives from none) */
#define STATUSES(X)                                                                                          \
    X(H2_NEED_DATA, "NeedData", H2_NEED_DATA)                                                                \
    X(H2_OK, "OK", H2_OK)                                                                                    \
    X(H2_ERROR_PROTOCOL, "ProtocolError", H2_ERROR_PROTOCOL)                                                 \
    X(H2_ERROR_FRAME_TOO_LARGE, "FrameTooLargeError", H2_ERROR_PROTOCOL)                                     \
    X(H2_ERROR_FRAME_DATA_MISSING, "FrameDataMissingError", H2_ERROR_PROTOCOL)                               \
    X(H2_ERROR_TOO_MANY_STREAMS, "TooManyStreamsError", H2_ERROR_PROTOCOL)                                   \
    X(H2_ERROR_FLOW_CONTROL, "FlowControlError", H2_ERROR_PROTOCOL)                                          \
    X(H2_ERROR_STREAM_ID_TOO_LOW, "StreamIDTooLowError", H2_ERROR_PROTOCOL)                                  \
    X(H2_ERROR_NO_SUCH_STREAM, "NoSuchStreamError", H2_ERROR_PROTOCOL)                                       \
    X(H2_ERROR_STREAM_CLOSED, "StreamClosedError", H2_ERROR_NO_SUCH_STREAM)                                  \
    X(H2_ERROR_INVALID_SETTINGS_VALUE, "InvalidSettingsValueError", H2_ERROR_PROTOCOL)                       \
    X(H2_ERROR_NO_AVAILABLE_STREAM_ID, "NoAvailableStreamIDError", H2_ERROR_PROTOCOL)                        \
    X(H2_ERROR_INVALID_BODY_LENGTH, "InvalidBodyLengthError", H2_ERROR_PROTOCOL)                             \
    X(H2_ERROR_UNSUPPORTED_FRAME, "UnsupportedFrameError", H2_ERROR_PROTOCOL)                                \
    X(H2_ERROR_RFC1122, "RFC1122Error", H2_ERROR_RFC1122)                                                    \
    X(H2_ERROR_DENIAL_OF_SERVICE, "DenialOfServiceError", H2_ERROR_PROTOCOL)                                 \
    X(H2_ERROR_ARGUMENT, "ArgumentError", H2_ERROR_ARGUMENT)                                                 \
    X(H2_ERROR_NO_MEMORY, "NoMemoryError", H2_ERROR_NO_MEMORY)

#define CODES(X)                                                                                             \
    X(NO_ERROR)                                                                                              \
    X(PROTOCOL_ERROR)                                                                                        \
    X(INTERNAL_ERROR)                                                                                        \
    X(FLOW_CONTROL_ERROR)                                                                                    \
    X(SETTINGS_TIMEOUT)                                                                                      \
    X(STREAM_CLOSED)                                                                                         \
    X(FRAME_SIZE_ERROR)                                                                                      \
    X(REFUSED_STREAM)                                                                                        \
    X(CANCEL)                                                                                                \
    X(COMPRESSION_ERROR)                                                                                     \
    X(CONNECT_ERROR)                                                                                         \
    X(ENHANCE_YOUR_CALM)                                                                                     \
    X(INADEQUATE_SECURITY)                                                                                   \
    X(HTTP_1_1_REQUIRED)

typedef struct status_row {
    const char *name;
    h2_status parent;
} status_row;

/* NULL for a number that is no status. */
static const status_row *find_status(h2_status status)
{
    static const status_row rows[] = {
#define STATUS_ROW(status, name, parent) [H2_NEED_DATA - (status)] = {(name), (parent)},
        STATUSES(STATUS_ROW)
#undef STATUS_ROW
    };
    const int row = H2_NEED_DATA - (int)status;

    if ((int)status > H2_NEED_DATA || (int)status < H2_ERROR_NO_MEMORY) return NULL;
    return &rows[row];
}

bool h2_status_is(h2_status status, h2_status parent)
{
    const status_row *row = find_status(status);

    while (row && status != parent && row->parent != status) {
        status = row->parent;
        row = find_status(status);
    }
    return row && status == parent;
}

const char *h2_status_name(h2_status status)
{
    const status_row *const row = find_status(status);

    return row ? row->name : "UnknownStatus";
}

const char *h2_error_code_name(uint32_t code)
{
    static const char *const names[] = {
#define CODE_ROW(name) [H2_CODE_##name] = #name,
        CODES(CODE_ROW)
#undef CODE_ROW
    };

    return code < sizeof names / sizeof *names ? names[code] : NULL;
}
