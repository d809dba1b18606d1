/* What the server looks at in a request, whichever way it came (HEADERS or an upgraded HTTP/1.1 request). */
#ifndef H2_TOOLS_SERVE_REQUEST_H
#define H2_TOOLS_SERVE_REQUEST_H

#include "serve/text.h"

#include <h2/h2.h>

/* Members point into the fields they were read from; `at` is NULL where the field is missing. */
typedef struct request {
    text method, path, content_type, content_length, expect;
    text range, if_range, if_match, if_none_match, if_modified_since, if_unmodified_since;
    bool ended; /* no body follows */
} http_request;

void request_read(http_request *out, const h2_header *fields, size_t count, bool ended);

#endif
