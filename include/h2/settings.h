/* Settings (RFC 9113 section 6.5): values in force, and values proposed that wait for an acknowledgement. */
#ifndef H2_SETTINGS_H
#define H2_SETTINGS_H

#include <h2/errors.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum h2_setting_code {
    H2_SETTINGS_HEADER_TABLE_SIZE = 1,
    H2_SETTINGS_ENABLE_PUSH = 2,
    H2_SETTINGS_MAX_CONCURRENT_STREAMS = 3,
    H2_SETTINGS_INITIAL_WINDOW_SIZE = 4,
    H2_SETTINGS_MAX_FRAME_SIZE = 5,
    H2_SETTINGS_MAX_HEADER_LIST_SIZE = 6,
    H2_SETTINGS_ENABLE_CONNECT_PROTOCOL = 8, /* RFC 8441 */
    H2_SETTINGS_NO_RFC7540_PRIORITIES = 9    /* RFC 9218 */
} h2_setting_code;

/* Whether a value is allowed for a setting, on its own (RFC 9113 section 6.5.2). Unknown identifiers take any
 * value. error_code: NULL, or set on failure to the code that a connection answers with. Returns H2_OK or
 * H2_ERROR_INVALID_SETTINGS_VALUE. */
H2_API h2_status h2_setting_check(uint16_t id, uint32_t value, uint32_t *error_code);

/* Makes a settings object with the defaults of a role in force, then `initial` in force on top, in order.
 * out:       receives the object, the caller's until h2_settings_free; untouched on failure.
 * client:    the role whose defaults apply (ENABLE_PUSH 1 for a client, 0 for a server).
 * initial:   `count` settings, read during the call; NULL when count is 0.
 * allocator: copied; NULL is malloc.
 * Returns H2_OK, H2_ERROR_INVALID_SETTINGS_VALUE, H2_ERROR_ARGUMENT (a pointer that must not be NULL) or
 * H2_ERROR_NO_MEMORY. */
H2_API h2_status h2_settings_new(h2_settings **out, bool client, const h2_setting *initial, size_t count,
                                 const h2_allocator *allocator);

/* Frees an object made by h2_settings_new; NULL is fine. Not for the objects that belong to a connection. */
H2_API void h2_settings_free(h2_settings *settings);

/* The value in force. value: NULL, or set when there is one. Returns false when there is none (also when one
 * is only proposed). */
H2_API bool h2_settings_get(const h2_settings *settings, uint16_t id, uint32_t *value);

/* Proposes a value: it waits behind those proposed before until h2_settings_acknowledge takes it into force.
 * Sends nothing; h2_update_settings does both.
 * Returns H2_OK, H2_ERROR_INVALID_SETTINGS_VALUE, H2_ERROR_ARGUMENT (settings NULL) or H2_ERROR_NO_MEMORY; a
 * failure changes nothing. */
H2_API h2_status h2_settings_set(h2_settings *settings, uint16_t id, uint32_t value);

/* The values proposed for one setting, oldest first: at most `cap` are written to `out` (NULL when cap is 0).
 * Returns how many there are. */
H2_API size_t h2_settings_pending(const h2_settings *settings, uint16_t id, uint32_t *out, size_t cap);

/* Takes the oldest proposed value of every setting into force, as an acknowledgement from the peer does; of a
 * connection's own settings that is for tests, for windows, frame sizes and tables do not follow.
 * out: receives what changed, at most `cap` entries, in the order of the settings.
 * Returns how many settings changed, which may exceed cap: all are in force, the rest is just not told. */
H2_API size_t h2_settings_acknowledge(h2_settings *settings, h2_changed_setting *out, size_t cap);

/* The settings in force, in order: defaults first, then others as they came. At most `cap` are written to
 * `out`. Returns how many there are. */
H2_API size_t h2_settings_list(const h2_settings *settings, h2_setting *out, size_t cap);

/* Removes a setting, in force and proposed. Returns whether there was one. */
H2_API bool h2_settings_remove(h2_settings *settings, uint16_t id);

/* Removes all settings. */
H2_API void h2_settings_clear(h2_settings *settings);

#ifdef __cplusplus
}
#endif
#endif
