/* The static table (RFC 7541 appendix A). Written by scripts/gen-hpack-tables. */
#include "hpack/static_table.h"

/* clang-format off */
const char h2_static_octets[623 + H2_STATIC_SLACK] =
    ":authority:methodGETPOST:path//index.html:schemehttphttps:status200204206304400404500accept-char"
    "setaccept-encodinggzip, deflateaccept-languageaccept-rangesacceptaccess-control-allow-originagea"
    "llowauthorizationcache-controlcontent-dispositioncontent-encodingcontent-languagecontent-lengthc"
    "ontent-locationcontent-rangecontent-typecookiedateetagexpectexpiresfromhostif-matchif-modified-s"
    "inceif-none-matchif-rangeif-unmodified-sincelast-modifiedlinklocationmax-forwardsproxy-authentic"
    "ateproxy-authorizationrangerefererrefreshretry-afterserverset-cookiestrict-transport-securitytra"
    "nsfer-encodinguser-agentvaryviawww-authenticate";

const h2_static_entry h2_static_entries[H2_STATIC_COUNT + 1] = {
    {0, 0, 0, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD},
    {0, 0, 10, 0, H2_TOKEN_AUTHORITY, H2_INDEXING_GOOD}, /* 1 :authority */
    {10, 17, 7, 3, H2_TOKEN_METHOD, H2_INDEXING_GOOD}, /* 2 :method: GET */
    {10, 20, 7, 4, H2_TOKEN_METHOD, H2_INDEXING_GOOD}, /* 3 :method: POST */
    {24, 29, 5, 1, H2_TOKEN_PATH, H2_INDEXING_RETURNING}, /* 4 :path: / */
    {24, 30, 5, 11, H2_TOKEN_PATH, H2_INDEXING_RETURNING}, /* 5 :path: /index.html */
    {41, 48, 7, 4, H2_TOKEN_SCHEME, H2_INDEXING_GOOD}, /* 6 :scheme: http */
    {41, 52, 7, 5, H2_TOKEN_SCHEME, H2_INDEXING_GOOD}, /* 7 :scheme: https */
    {57, 64, 7, 3, H2_TOKEN_STATUS, H2_INDEXING_GOOD}, /* 8 :status: 200 */
    {57, 67, 7, 3, H2_TOKEN_STATUS, H2_INDEXING_GOOD}, /* 9 :status: 204 */
    {57, 70, 7, 3, H2_TOKEN_STATUS, H2_INDEXING_GOOD}, /* 10 :status: 206 */
    {57, 73, 7, 3, H2_TOKEN_STATUS, H2_INDEXING_GOOD}, /* 11 :status: 304 */
    {57, 76, 7, 3, H2_TOKEN_STATUS, H2_INDEXING_GOOD}, /* 12 :status: 400 */
    {57, 79, 7, 3, H2_TOKEN_STATUS, H2_INDEXING_GOOD}, /* 13 :status: 404 */
    {57, 82, 7, 3, H2_TOKEN_STATUS, H2_INDEXING_GOOD}, /* 14 :status: 500 */
    {85, 0, 14, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 15 accept-charset */
    {99, 114, 15, 13, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 16 accept-encoding: gzip, deflate */
    {127, 0, 15, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 17 accept-language */
    {142, 0, 13, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 18 accept-ranges */
    {155, 0, 6, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 19 accept */
    {161, 0, 27, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 20 access-control-allow-origin */
    {188, 0, 3, 0, H2_TOKEN_NONE, H2_INDEXING_PASSING}, /* 21 age */
    {191, 0, 5, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 22 allow */
    {196, 0, 13, 0, H2_TOKEN_AUTHORIZATION, H2_INDEXING_SECRET}, /* 23 authorization */
    {209, 0, 13, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 24 cache-control */
    {222, 0, 19, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 25 content-disposition */
    {241, 0, 16, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 26 content-encoding */
    {257, 0, 16, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 27 content-language */
    {273, 0, 14, 0, H2_TOKEN_CONTENT_LENGTH, H2_INDEXING_RETURNING}, /* 28 content-length */
    {287, 0, 16, 0, H2_TOKEN_NONE, H2_INDEXING_RETURNING}, /* 29 content-location */
    {303, 0, 13, 0, H2_TOKEN_NONE, H2_INDEXING_PASSING}, /* 30 content-range */
    {316, 0, 12, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 31 content-type */
    {328, 0, 6, 0, H2_TOKEN_COOKIE, H2_INDEXING_COOKIE}, /* 32 cookie */
    {334, 0, 4, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 33 date */
    {338, 0, 4, 0, H2_TOKEN_NONE, H2_INDEXING_RETURNING}, /* 34 etag */
    {342, 0, 6, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 35 expect */
    {348, 0, 7, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 36 expires */
    {355, 0, 4, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 37 from */
    {359, 0, 4, 0, H2_TOKEN_HOST, H2_INDEXING_GOOD}, /* 38 host */
    {363, 0, 8, 0, H2_TOKEN_NONE, H2_INDEXING_RETURNING}, /* 39 if-match */
    {371, 0, 17, 0, H2_TOKEN_NONE, H2_INDEXING_RETURNING}, /* 40 if-modified-since */
    {388, 0, 13, 0, H2_TOKEN_NONE, H2_INDEXING_RETURNING}, /* 41 if-none-match */
    {401, 0, 8, 0, H2_TOKEN_NONE, H2_INDEXING_RETURNING}, /* 42 if-range */
    {409, 0, 19, 0, H2_TOKEN_NONE, H2_INDEXING_RETURNING}, /* 43 if-unmodified-since */
    {428, 0, 13, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 44 last-modified */
    {441, 0, 4, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 45 link */
    {445, 0, 8, 0, H2_TOKEN_NONE, H2_INDEXING_RETURNING}, /* 46 location */
    {453, 0, 12, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 47 max-forwards */
    {465, 0, 18, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 48 proxy-authenticate */
    {483, 0, 19, 0, H2_TOKEN_PROXY_AUTHORIZATION, H2_INDEXING_SECRET}, /* 49 proxy-authorization */
    {502, 0, 5, 0, H2_TOKEN_NONE, H2_INDEXING_PASSING}, /* 50 range */
    {507, 0, 7, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 51 referer */
    {514, 0, 7, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 52 refresh */
    {521, 0, 11, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 53 retry-after */
    {532, 0, 6, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 54 server */
    {538, 0, 10, 0, H2_TOKEN_NONE, H2_INDEXING_PASSING}, /* 55 set-cookie */
    {548, 0, 25, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 56 strict-transport-security */
    {573, 0, 17, 0, H2_TOKEN_TRANSFER_ENCODING, H2_INDEXING_GOOD}, /* 57 transfer-encoding */
    {590, 0, 10, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 58 user-agent */
    {600, 0, 4, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 59 vary */
    {604, 0, 3, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 60 via */
    {607, 0, 16, 0, H2_TOKEN_NONE, H2_INDEXING_GOOD}, /* 61 www-authenticate */
};

const uint8_t h2_static_slots[1 << H2_STATIC_HASH_BITS] = {
    0, 50, 15, 0, 0, 16, 0, 26, 0, 0, 59, 6, 0, 0, 23, 41, 0, 18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 54, 0, 0,
    0, 57, 0, 4, 19, 0, 29, 0, 0, 0, 0, 0, 31, 0, 0, 30, 0, 0, 0, 46, 0, 47, 0, 0, 0, 56, 42, 0, 0, 44,
    35, 38, 0, 53, 0, 0, 0, 0, 1, 49, 8, 45, 0, 0, 55, 0, 0, 0, 0, 0, 0, 0, 0, 58, 0, 0, 40, 17, 0, 0,
    27, 22, 0, 0, 0, 32, 0, 60, 0, 0, 0, 0, 28, 0, 51, 34, 0, 0, 33, 43, 0, 0, 0, 36, 0, 52, 24, 25, 0,
    0, 48, 0, 61, 39, 20, 21, 2, 37,
};

_Static_assert(H2_STATIC_COUNT == 61 && H2_STATIC_HASH_FACTOR == 0x524702d &&
                   H2_STATIC_HASH_BITS == 7 && H2_STATIC_LAST_OF_MANY == 14,
               "static_table.h says what is here");
/* clang-format on */
