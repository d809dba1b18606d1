/* The types that every other header of libh2 shares.
 *
 * Two rules hold for the whole interface. A function that fails has changed nothing in the RFC profile, and
 * where out of memory strikes a call, the call has done nothing in either profile. Structs that callers
 * allocate and that may grow begin with their size, which the caller sets (or an init function does). */
#ifndef H2_BASE_H
#define H2_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define H2_API
#elif defined(__GNUC__)
#define H2_API __attribute__((visibility("default")))
#else
#define H2_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* One HTTP/2 connection, one side of it. Not thread-safe; two connections share nothing. */
typedef struct h2_connection h2_connection;

/* The settings of one side, with values in force and values proposed (see <h2/settings.h>). */
typedef struct h2_settings h2_settings;

/* A run of octets for a gathering write; has the members of POSIX struct iovec in the same order.
 * `base` is owned by the connection that filled it and stays valid until h2_output_consume has passed it. */
typedef struct h2_iovec {
    const void *base;
    size_t len; /* octets */
} h2_iovec;

/* Where memory comes from. All three functions are there and are called with `arg`, must not call into libh2,
 * and must follow malloc's rules for alignment; sizes are in octets and never 0.
 * allocate:   NULL when there is none.
 * reallocate: moves or grows `ptr` (allocated with old_size); NULL leaves `ptr` as it was.
 * release:    `size` is what was last asked for `ptr`; `ptr` is never NULL. */
typedef struct h2_allocator {
    void *(*allocate)(void *arg, size_t size);
    void *(*reallocate)(void *arg, void *ptr, size_t old_size, size_t new_size);
    void (*release)(void *arg, void *ptr, size_t size);
    void *arg;
} h2_allocator;

/* h2_header.flags: the field must never be entered into a compression table, by any hop (RFC 7541
 * section 7.1.3). */
enum {
    H2_HEADER_NEVER_INDEX = 1
};

/* A header field. Names and values are octets, not terminated strings; lengths exclude any terminator. Where
 * a call takes fields they are the caller's and are copied before the call returns; where an event gives
 * fields they are the connection's. A pointer may be NULL only when its length is 0. */
typedef struct h2_header {
    const char *name;
    size_t name_len;
    const char *value;
    size_t value_len;
    unsigned flags; /* H2_HEADER_NEVER_INDEX or 0 */
} h2_header;

/* An h2_header initializer from two string literals. */
#define H2_HEADER(name, value)                                                                               \
    {                                                                                                        \
        name, sizeof(name) - 1, value, sizeof(value) - 1, 0                                                  \
    }

/* A priority signal (RFC 7540 section 5.3, deprecated by RFC 9113 section 5.3.2 but still sent). */
typedef struct h2_priority {
    uint32_t depends_on; /* stream identifier, 0 is the root */
    uint16_t weight;     /* 1 to 256 */
    bool exclusive;
} h2_priority;

/* One setting as a SETTINGS frame carries it (RFC 9113 section 6.5.1). */
typedef struct h2_setting {
    uint16_t id; /* h2_setting_code or any other number */
    uint32_t value;
} h2_setting;

/* A setting whose value in force has changed. */
typedef struct h2_changed_setting {
    uint16_t id;
    bool had_original;       /* false: there was no value before, original_value is 0 */
    uint32_t original_value; /* before */
    uint32_t new_value;      /* now */
} h2_changed_setting;

#ifdef __cplusplus
}
#endif
#endif
