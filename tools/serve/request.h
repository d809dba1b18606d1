/* What the server looks at in a request, whichever way it came (HEADERS or an upgraded HTTP/1.1 request). */
#ifndef H2_TOOLS_SERVE_REQUEST_H
#define H2_TOOLS_SERVE_REQUEST_H

#include "serve/text.h"

#include <h2/h2.h>

/* Borrows the fields it was read from. */
typedef struct request {
    text method, path;
    const h2_header *fields;
    size_t count;
    bool ended;     /* no body follows */
    bool selective; /* has fields that ask for a part of a file, or depend on its version: range, if-... */
} http_request;

void request_read(http_request *out, const h2_header *fields, size_t count, bool ended);

/* The first field of that name; `at` is NULL when there is none. */
text request_field(const http_request *request, const char *name);

#endif
