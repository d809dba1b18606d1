/* Field names that some rule asks about, as small integers. */
#include "base/token.h"

#include <stdbool.h>
#include <string.h>

enum {
    LONGEST = 19
};

typedef struct known_name {
    char name[LONGEST + 1];
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
static const uint8_t first_of[LONGEST + 2] = {0,  0,  0,  1,  1,  2,  3,  4,  8,  8, 9,
                                              12, 12, 12, 13, 14, 14, 15, 16, 16, 17};

uint8_t h2_token_of(const char *name, size_t len)
{
    if (len == 0) return H2_TOKEN_NONE;
    if (len <= LONGEST)
        for (size_t i = first_of[len]; i < first_of[len + 1]; i++)
            if (memcmp(known[i].name, name, len) == 0) return known[i].token;
    return name[0] == ':' ? H2_TOKEN_OTHER_PSEUDO : H2_TOKEN_NONE;
}
