/* What a connection is told when it is made: its role, its profile, its options and its bounds. */
#ifndef H2_CONFIG_H
#define H2_CONFIG_H

#include <h2/settings.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum h2_role {
    H2_CLIENT,
    H2_SERVER
} h2_role;

/* What to do where RFC 9113 and Python's h2 part. */
typedef enum h2_profile {
    H2_PROFILE_RFC,   /* RFC 9113 to the letter, safe where it leaves room: the default */
    H2_PROFILE_PYTHON /* what Python h2 4.4.1 does, to the octet */
} h2_profile;

typedef enum h2_log_level {
    H2_LOG_DEBUG,
    H2_LOG_TRACE
} h2_log_level;

/* Receives a line, terminated and without line end, that lives for the call only. May call nothing on the
 * connection: such a call returns H2_ERROR_ARGUMENT. Debug lines tell calls, trace lines tell frames. */
typedef void h2_log_fn(void *arg, h2_log_level level, const char *line);

/* Bounds on what a peer can make a connection hold or do. In each member 0 is the profile's default and the
 * type's greatest value is no bound. A bound that is crossed ends the connection with ENHANCE_YOUR_CALM and
 * status H2_ERROR_DENIAL_OF_SERVICE unless the member says otherwise; the defaults given are those of the RFC
 * profile. */
typedef struct h2_limits {
    uint32_t header_fields;         /* fields in one block: 1,000; ends the stream */
    uint32_t continuations;         /* CONTINUATION frames in one block: 8 */
    uint32_t settings_entries;      /* entries in one SETTINGS frame: 32 */
    uint32_t unsent_replies;        /* acknowledgements of PING and SETTINGS that wait in the output: 1,000 */
    uint32_t output_frames;         /* frames provoked by the peer that wait in the output: 5,000 */
    uint32_t output_control_octets; /* octets provoked by the peer that wait in the output: 1 MiB */
    uint32_t resets_burst;        /* streams of the peer's that it resets, and any it makes us reset: 1,000 */
    uint32_t resets_per_second;   /* and how many come back each second (h2_advance_time): 33 */
    uint32_t empty_data;          /* DATA frames without payload and END_STREAM in a row: 100 */
    uint32_t data_overhead;       /* octets of overhead in small DATA frames not acknowledged yet: 25,600 */
    uint32_t priority_per_stream; /* PRIORITY frames for each stream opened, and as many at the start: 100 */
    uint32_t informational_per_stream; /* 1xx responses on one stream: 100; ends the stream */
    uint32_t reserved_streams;         /* pushed streams that wait for their response: 100 */
    uint32_t goaway_debug_octets; /* octets of a GOAWAY's debug data that are kept: 1,024; never an error */
    uint32_t encoder_table_size;  /* octets of HPACK table used for sending at most: 4,096; never an error */
    uint32_t closed_streams; /* closed streams remembered, at most, in steps of 32: 4,096; never an error */
    size_t max_memory; /* octets that the connection may hold: no bound; a call that would pass it fails with
                          H2_ERROR_NO_MEMORY, and when that is h2_receive_data the connection ends */
    bool observe_only; /* count in h2_counters, never refuse */
} h2_limits;

/* How often each bound was crossed. */
typedef struct h2_counters {
    size_t size;           /* of this struct; the caller sets it */
    uint64_t held_memory;  /* octets that the connection holds now, as h2_memory_used */
    uint64_t crossed;      /* crossings in all */
    uint64_t by_limit[24]; /* crossings of each bound; h2_limit_name names them */
} h2_counters;

/* The name of a bound by its place in h2_counters.by_limit, which is also the name in the GOAWAY's debug data
 * and in the error's message ("header_fields"). A constant string; NULL past the last. */
H2_API const char *h2_limit_name(size_t index);

/* Made by h2_config_init or h2_config_init_python, then changed by the caller, then copied by
 * h2_connection_new. */
typedef struct h2_config {
    size_t size; /* of this struct */
    h2_role role;
    h2_profile profile;
    bool validate_outbound_headers;  /* true: refuse to send field lists that RFC 9113 section 8 forbids, and
                                        bodies (RFC profile) that are not as long as content-length says */
    bool normalize_outbound_headers; /* true: lower-case names, strip blanks, drop connection-specific fields,
                                        mark what is secret as never indexed (h2_fields_normalize) */
    bool split_outbound_cookies;     /* false: true sends a cookie field for each crumb; needs normalizing */
    bool validate_inbound_headers; /* true: malformed messages are errors; content-length is always checked */
    bool normalize_inbound_headers; /* true: cookie fields are joined into one, put last and never indexed */
    bool whole_data_frames; /* a DATA event is a whole frame; false (RFC profile): pieces as they arrive */
    bool unknown_frames;    /* deliver frames of unknown type; false (RFC profile): skip them */
    const h2_setting *initial_settings; /* in force at once and sent first; read by h2_connection_new only */
    size_t initial_settings_count;
    h2_limits limits;
    h2_log_fn *log; /* NULL: none */
    void *log_arg;
    const h2_allocator *allocator; /* copied by h2_connection_new; NULL: malloc */
} h2_config;

/* Fills a configuration with the defaults of a role and a profile. size is that of the caller's struct; use
 * the two macros below. Members past `size` are left alone. */
H2_API void h2_config_init_sized(h2_config *config, size_t size, h2_role role, h2_profile profile);

#define h2_config_init(config, role) h2_config_init_sized((config), sizeof *(config), (role), H2_PROFILE_RFC)
#define h2_config_init_python(config, role)                                                                  \
    h2_config_init_sized((config), sizeof *(config), (role), H2_PROFILE_PYTHON)

#ifdef __cplusplus
}
#endif
#endif
