/* What a note says of a field, for those who make notes. */
#ifndef H2_FIELD_RULES_H
#define H2_FIELD_RULES_H

#include "base/octets.h"
#include "base/token.h"

#include <h2/base.h>

/* h2_field_note.clean */
enum {
    H2_FIELD_UNKNOWN = 0, /* some octet may be wrong */
    H2_FIELD_CLEAN = 1,
    H2_FIELD_BROKEN = 2 /* some octet was wrong, in a part that is joined to others now */
};

/* The fields that speak of a connection of HTTP/1.1 (RFC 9113 section 8.2.2). */
static inline bool h2_field_is_connection_specific(uint8_t token)
{
    const unsigned tokens = 1U << H2_TOKEN_CONNECTION | 1U << H2_TOKEN_PROXY_CONNECTION |
                            1U << H2_TOKEN_KEEP_ALIVE | 1U << H2_TOKEN_TRANSFER_ENCODING |
                            1U << H2_TOKEN_UPGRADE;

    return tokens >> token & 1;
}

static inline h2_field_note h2_field_note_of(const h2_header *field)
{
    return (h2_field_note){.token = h2_token_of(field->name, field->name_len),
                           .clean = h2_name_is_clean(field->name, field->name_len) &&
                                            h2_value_is_clean(field->value, field->value_len)
                                        ? H2_FIELD_CLEAN
                                        : H2_FIELD_UNKNOWN};
}

#endif
