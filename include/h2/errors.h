/* What calls return, the error codes of the protocol, and why the last call failed (RFC 9113 section 7). */
#ifndef H2_ERRORS_H
#define H2_ERRORS_H

#include <h2/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* H2_OK and H2_NEED_DATA are successes; every value below zero is a failure and stands for one class of
 * Python's h2.exceptions. The status says what kind of rule was broken; h2_last_error says the rest. */
typedef enum h2_status {
    H2_OK = 0,                             /* done; from h2_receive_data: an event is set */
    H2_NEED_DATA = 1,                      /* all octets are handled */
    H2_ERROR_PROTOCOL = -1,                /* ProtocolError */
    H2_ERROR_FRAME_TOO_LARGE = -2,         /* FrameTooLargeError */
    H2_ERROR_FRAME_DATA_MISSING = -3,      /* FrameDataMissingError */
    H2_ERROR_TOO_MANY_STREAMS = -4,        /* TooManyStreamsError */
    H2_ERROR_FLOW_CONTROL = -5,            /* FlowControlError */
    H2_ERROR_STREAM_ID_TOO_LOW = -6,       /* StreamIDTooLowError: stream_id, max_stream_id */
    H2_ERROR_NO_SUCH_STREAM = -7,          /* NoSuchStreamError: stream_id */
    H2_ERROR_STREAM_CLOSED = -8,           /* StreamClosedError, a NoSuchStreamError: stream_id */
    H2_ERROR_INVALID_SETTINGS_VALUE = -9,  /* InvalidSettingsValueError: error_code */
    H2_ERROR_NO_AVAILABLE_STREAM_ID = -10, /* NoAvailableStreamIDError */
    H2_ERROR_INVALID_BODY_LENGTH = -11,    /* InvalidBodyLengthError: expected_length, actual_length */
    H2_ERROR_UNSUPPORTED_FRAME = -12,      /* UnsupportedFrameError; never returned */
    H2_ERROR_RFC1122 = -13,           /* RFC1122Error: allowed by the letter, and unwise; no ProtocolError */
    H2_ERROR_DENIAL_OF_SERVICE = -14, /* DenialOfServiceError: a bound was crossed, the message names it */
    H2_ERROR_ARGUMENT = -15, /* ValueError: an argument out of range, or a call from within a callback */
    H2_ERROR_NO_MEMORY = -16 /* the allocator gave none */
} h2_status;

/* Whether `status` is `parent` or a class derived from it, as h2.exceptions derives them: all but RFC1122,
 * ARGUMENT and NO_MEMORY are H2_ERROR_PROTOCOL; STREAM_CLOSED is NO_SUCH_STREAM. */
H2_API bool h2_status_is(h2_status status, h2_status parent);

/* The name of a status: the Python class ("StreamClosedError"), or "OK", "NeedData", "ArgumentError",
 * "NoMemoryError". A constant string; "UnknownStatus" for other numbers. */
H2_API const char *h2_status_name(h2_status status);

/* RFC 9113 section 7. Other codes travel as plain numbers. */
typedef enum h2_error_code {
    H2_CODE_NO_ERROR = 0,
    H2_CODE_PROTOCOL_ERROR = 1,
    H2_CODE_INTERNAL_ERROR = 2,
    H2_CODE_FLOW_CONTROL_ERROR = 3,
    H2_CODE_SETTINGS_TIMEOUT = 4,
    H2_CODE_STREAM_CLOSED = 5,
    H2_CODE_FRAME_SIZE_ERROR = 6,
    H2_CODE_REFUSED_STREAM = 7,
    H2_CODE_CANCEL = 8,
    H2_CODE_COMPRESSION_ERROR = 9,
    H2_CODE_CONNECT_ERROR = 10,
    H2_CODE_ENHANCE_YOUR_CALM = 11,
    H2_CODE_INADEQUATE_SECURITY = 12,
    H2_CODE_HTTP_1_1_REQUIRED = 13
} h2_error_code;

/* The RFC's name of an error code ("PROTOCOL_ERROR"), a constant string; NULL for a code that has no name. */
H2_API const char *h2_error_code_name(uint32_t code);

/* Why a call failed. Holds no pointers. `message` is for people; in the Python profile it is the text of h2's
 * exception, which may be no more than a stream's number. */
typedef struct h2_error_info {
    h2_status status;         /* what the call returned */
    uint32_t error_code;      /* the code that GOAWAY or RST_STREAM carries, or would carry */
    int64_t stream_id;        /* the stream it is about; -1: none */
    int64_t max_stream_id;    /* STREAM_ID_TOO_LOW: the highest identifier so far; otherwise -1 */
    uint64_t expected_length; /* INVALID_BODY_LENGTH: octets announced; otherwise 0 */
    uint64_t actual_length;   /* INVALID_BODY_LENGTH: octets received, or sent with this call; otherwise 0 */
    bool remote;              /* true: the peer broke the rule; false: this call did */
    char message[256];        /* one line, terminated; octets of the peer quoted, at most 64 of them */
} h2_error_info;

#ifdef __cplusplus
}
#endif
#endif
