/* URLs of the schemes http and https, taken apart for a request (RFC 3986, RFC 9110 section 4.2).
 * Percent-encoding is left as it is. */
#ifndef H2_GET_URL_H
#define H2_GET_URL_H

#include <stdbool.h>

typedef struct url {
    bool tls;
    char *host;      /* a lower-case name or an address without brackets */
    char *authority; /* for :authority and Host: brackets, and the port unless it is the scheme's */
    char *path;      /* with the query, never empty */
    char port[6];
} url;

/* NULL, or in one line what is wrong (a constant string). The parts are the caller's until url_free. */
const char *url_parse(url *out, const char *text);

bool url_same_origin(const url *a, const url *b);

/* The last segment of the path without query, for a file name; "index.html" when it is empty. NULL when it
 * cannot be a file name or memory is out. The caller frees it. */
char *url_file_name(const url *u);

void url_free(url *u);

#endif
