/* Field names that some rule asks about, as small integers, so that rules compare integers and not strings. */
#ifndef H2_BASE_TOKEN_H
#define H2_BASE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Pseudo-fields come first: token <= H2_TOKEN_OTHER_PSEUDO is a pseudo-field, H2_TOKEN_NONE excepted. */
typedef enum h2_token {
    H2_TOKEN_NONE = 0, /* any other regular name */
    H2_TOKEN_METHOD,
    H2_TOKEN_SCHEME,
    H2_TOKEN_AUTHORITY,
    H2_TOKEN_PATH,
    H2_TOKEN_STATUS,
    H2_TOKEN_PROTOCOL,
    H2_TOKEN_OTHER_PSEUDO, /* any other name that begins with a colon */
    H2_TOKEN_HOST,
    H2_TOKEN_CONTENT_LENGTH,
    H2_TOKEN_COOKIE,
    H2_TOKEN_TE,
    H2_TOKEN_CONNECTION,
    H2_TOKEN_PROXY_CONNECTION,
    H2_TOKEN_KEEP_ALIVE,
    H2_TOKEN_TRANSFER_ENCODING,
    H2_TOKEN_UPGRADE,
    H2_TOKEN_AUTHORIZATION,
    H2_TOKEN_PROXY_AUTHORIZATION,
    H2_TOKEN_COUNT
} h2_token;

/* Whether the name is one of those above: its octets are known with it. */
static inline bool h2_token_is_known(uint8_t token)
{
    return token != H2_TOKEN_NONE && token != H2_TOKEN_OTHER_PSEUDO;
}

static inline bool h2_token_is_pseudo(uint8_t token)
{
    return (uint8_t)(token - 1) < H2_TOKEN_OTHER_PSEUDO;
}

enum {
    H2_TOKEN_LONGEST = 19
};

/* By length: a bit for each octet modulo 32 that a name with a token begins with. */
extern const uint32_t h2_token_initials[H2_TOKEN_LONGEST + 1];

/* For h2_token_of. */
uint8_t h2_token_search(const char *name, size_t len);

/* The token of a name, compared octet for octet (lower case). */
static inline uint8_t h2_token_of(const char *name, size_t len)
{
    if (len == 0) return H2_TOKEN_NONE;
    if (len > H2_TOKEN_LONGEST) return name[0] == ':' ? H2_TOKEN_OTHER_PSEUDO : H2_TOKEN_NONE;
    if (!(h2_token_initials[len] >> ((unsigned char)name[0] & 31) & 1)) return H2_TOKEN_NONE;
    return h2_token_search(name, len);
}

/* What is known of a field besides its octets. */
typedef struct h2_field_note {
    uint8_t token; /* h2_token */
    uint8_t clean; /* h2_field_is_clean: no rule about octets can complain */
} h2_field_note;

#endif
