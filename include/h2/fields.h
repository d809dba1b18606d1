/* The rules for header fields (RFC 9113 sections 8.2 and 8.3, RFC 8441), on their own: what a connection does
 * to a list before it sends it and after it has received it. A pointer must not be NULL where nothing is said
 * of it, but to a list of no fields. */
#ifndef H2_FIELDS_H
#define H2_FIELDS_H

#include <h2/config.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum h2_block_kind {
    H2_BLOCK_REQUEST,
    H2_BLOCK_RESPONSE, /* final or 1xx */
    H2_BLOCK_TRAILERS,
    H2_BLOCK_PUSHED_REQUEST
} h2_block_kind;

/* Judges a list of fields as a connection of that profile does.
 * fields:   `count` fields, read during the call.
 * outbound: true judges as before sending, false as after receiving.
 * error:    NULL, or set on failure: status, error code and a message that names the rule.
 * Returns H2_OK or H2_ERROR_PROTOCOL. Content-length is judged for its form (RFC profile); against DATA it
 * is judged by the connection. ENABLE_CONNECT_PROTOCOL is taken to be in force. */
H2_API h2_status h2_fields_validate(const h2_header *fields, size_t count, h2_block_kind kind, bool outbound,
                                    h2_profile profile, h2_error_info *error);

/* Writes the list as a connection would change it: outbound, names are lower-cased, blanks stripped,
 * connection-specific fields dropped, authorization and short cookies marked never-indexed; inbound, cookies
 * are joined.
 * fields:        `count` fields, read during the call; the result points to strings that do not change.
 * split_cookies: outbound only: a field for each cookie crumb.
 * out:           room for *out_count fields; receives the list. May be NULL when *out_count is 0.
 * out_count:     in: the room; out: how many fields there are.
 * space:         room for *space_used octets, for strings that change. May be NULL when *space_used is 0.
 * space_used:    in: the room; out: octets used.
 * Returns H2_OK, or H2_ERROR_ARGUMENT when either room is too small: both counts then say what it takes. */
H2_API h2_status h2_fields_normalize(const h2_header *fields, size_t count, bool outbound, bool split_cookies,
                                     h2_header *out, size_t *out_count, char *space, size_t *space_used);

#ifdef __cplusplus
}
#endif
#endif
