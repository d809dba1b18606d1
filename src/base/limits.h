/* Every bound on what a peer can make us hold or do, by name, with its default in each profile. */
#ifndef H2_BASE_LIMITS_H
#define H2_BASE_LIMITS_H

#include <h2/config.h>

/* name (a member of h2_limits), default of the RFC profile, default of the Python profile. The Python figures are
 * those that no honest use of Python's h2 meets. */
#define H2_LIMITS(X)                                                                                         \
    X(header_fields, 1000, UINT32_MAX)                                                                       \
    X(continuations, 8, 63)                                                                                  \
    X(settings_entries, 32, 4096)                                                                            \
    X(unsent_replies, 1000, 100000)                                                                          \
    X(output_frames, 5000, 200000)                                                                           \
    X(output_control_octets, 1 << 20, 16 << 20)                                                              \
    X(resets_burst, 1000, 100000)                                                                            \
    X(resets_per_second, 33, 1000)                                                                           \
    X(empty_data, 100, 100000)                                                                               \
    X(data_overhead, 25600, UINT32_MAX)                                                                      \
    X(priority_per_stream, 100, 100000)                                                                      \
    X(informational_per_stream, 100, 10000)                                                                  \
    X(reserved_streams, 100, 10000)                                                                          \
    X(goaway_debug_octets, 1024, UINT32_MAX)                                                                 \
    X(encoder_table_size, 4096, 1 << 20)                                                                     \
    X(closed_streams, 4096, 65536)

typedef enum h2_limit {
#define H2_LIMIT_ENUM(name, rfc, python) H2_LIMIT_##name,
    H2_LIMITS(H2_LIMIT_ENUM)
#undef H2_LIMIT_ENUM
    H2_LIMIT_max_memory,
    H2_LIMIT_header_list_size,   /* the bound is our SETTINGS_MAX_HEADER_LIST_SIZE */
    H2_LIMIT_concurrent_streams, /* and here SETTINGS_MAX_CONCURRENT_STREAMS */
    H2_LIMIT_COUNT
} h2_limit;

/* Replaces every 0 by the default of the profile (max_memory: SIZE_MAX). */
void h2_limits_resolve(h2_limits *limits, h2_profile profile);

#endif
