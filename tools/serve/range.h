/* The Range field (RFC 9110 section 14.1.2). */
#ifndef H2_TOOLS_SERVE_RANGE_H
#define H2_TOOLS_SERVE_RANGE_H

#include "serve/text.h"

#include <stdint.h>

typedef enum range_kind {
    RANGE_WHOLE,        /* no range, one that is not understood, or several: the whole is sent */
    RANGE_PART,         /* *first to *last, both included */
    RANGE_UNSATISFIABLE /* well formed, and nothing of it lies within */
} range_kind;

range_kind range_parse(text value, uint64_t size, uint64_t *first, uint64_t *last);

#endif
