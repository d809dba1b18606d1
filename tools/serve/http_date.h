/* Dates of HTTP (RFC 9110 section 5.6.7): written in the one preferred form, read in all three. */
#ifndef H2_TOOLS_SERVE_HTTP_DATE_H
#define H2_TOOLS_SERVE_HTTP_DATE_H

#include "serve/text.h"

#include <stdint.h>

enum {
    HTTP_DATE_LENGTH = 29,
    HTTP_DATE_SIZE = HTTP_DATE_LENGTH + 1
};

/* Seconds since 1970 as "Sun, 06 Nov 1994 08:49:37 GMT". Years outside 1 to 9999 become 1970. */
void http_date_format(int64_t seconds, char out[HTTP_DATE_SIZE]);

/* False when the text is no date. */
bool http_date_parse(text value, int64_t *seconds);

#endif
