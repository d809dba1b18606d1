/* POST /echo: the octets of a request between their arrival and their way back. What waits here has not been
 * acknowledged, so flow control bounds it. */
#ifndef H2_TOOLS_SERVE_ECHO_H
#define H2_TOOLS_SERVE_ECHO_H

#include <h2/h2.h>

struct echo {
    uint8_t *bytes;
    size_t start, end, cap;
    bool credited;       /* the octets need no acknowledgement (they came with an Upgrade) */
    h2_header *trailers; /* one block with their strings; NULL: none */
    size_t trailer_count;
};

struct echo *echo_new(void); /* NULL: no memory */
void echo_free(struct echo *echo);
size_t echo_waiting(const struct echo *echo);
bool echo_add(struct echo *echo, const uint8_t *bytes, size_t len); /* false: no memory */
bool echo_set_trailers(struct echo *echo, const h2_header *fields,
                       size_t count); /* copies; false: no memory */

#endif
