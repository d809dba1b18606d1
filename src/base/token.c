/* Field names that some rule asks about, as small integers. */
#include "base/token.h"

#include <string.h>

typedef struct known_name {
    char name[H2_TOKEN_LONGEST + 1];
    uint8_t token;
} known_name;

/* By length. */
static const known_name known[] = {
    {"te", H2_TOKEN_TE},
    {"host", H2_TOKEN_HOST},
    {":path", H2_TOKEN_PATH},
    {"cookie", H2_TOKEN_COOKIE},
    {":method", H2_TOKEN_METHOD},
    {":scheme", H2_TOKEN_SCHEME},
    {":status", H2_TOKEN_STATUS},
    {"upgrade", H2_TOKEN_UPGRADE},
    {":protocol", H2_TOKEN_PROTOCOL},
    {":authority", H2_TOKEN_AUTHORITY},
    {"connection", H2_TOKEN_CONNECTION},
    {"keep-alive", H2_TOKEN_KEEP_ALIVE},
    {"authorization", H2_TOKEN_AUTHORIZATION},
    {"content-length", H2_TOKEN_CONTENT_LENGTH},
    {"proxy-connection", H2_TOKEN_PROXY_CONNECTION},
    {"transfer-encoding", H2_TOKEN_TRANSFER_ENCODING},
    {"proxy-authorization", H2_TOKEN_PROXY_AUTHORIZATION},
};

/* Where the names of a length begin in `known`; they end where those of the next length begin. */
static const uint8_t first_of[H2_TOKEN_LONGEST + 2] = {0,  0,  0,  1,  1,  2,  3,  4,  8,  8, 9,
                                                       12, 12, 12, 13, 14, 14, 15, 16, 16, 17};

#define BIT(octet) (1U << ((octet)&31))

const uint32_t h2_token_initials[H2_TOKEN_LONGEST + 1] = {
    [1] = BIT(':'),
    [2] = BIT(':') | BIT('t'),
    [3] = BIT(':'),
    [4] = BIT(':') | BIT('h'),
    [5] = BIT(':'),
    [6] = BIT(':') | BIT('c'),
    [7] = BIT(':') | BIT('u'),
    [8] = BIT(':'),
    [9] = BIT(':'),
    [10] = BIT(':') | BIT('c') | BIT('k'),
    [11] = BIT(':'),
    [12] = BIT(':'),
    [13] = BIT(':') | BIT('a'),
    [14] = BIT(':') | BIT('c'),
    [15] = BIT(':'),
    [16] = BIT(':') | BIT('p'),
    [17] = BIT(':') | BIT('t'),
    [18] = BIT(':'),
    [19] = BIT(':') | BIT('p'),
};

/* Both of `len`; a call costs more than that. */
static inline bool is_name(const char *a, const char *b, size_t len)
{
    uint64_t first[2] = {0, 0}, last[2] = {0, 0};
    if (len < 8) {
        for (size_t i = 0; i < len; i++)
            if (a[i] != b[i]) return false;
        return true;
    }
    memcpy(&first[0], a, 8);
    memcpy(&first[1], b, 8);
    memcpy(&last[0], a + len - 8, 8);
    memcpy(&last[1], b + len - 8, 8);
    return first[0] == first[1] && last[0] == last[1] && (len <= 16 || memcmp(a + 8, b + 8, len - 16) == 0);
}

uint8_t h2_token_search(const char *name, size_t len)
{
    for (size_t i = first_of[len]; i < first_of[len + 1]; i++)
        if (is_name(known[i].name, name, len)) return known[i].token;
    return name[0] == ':' ? H2_TOKEN_OTHER_PSEUDO : H2_TOKEN_NONE;
}
