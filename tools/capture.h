/* Recordings of a connection for `h2 frames`: the octets of HTTP/2 as each side sent them, without TLS, in DIR/N.client
 * and DIR/N.server. What has been recorded is in the file when a call returns, whatever becomes of the process. */
#ifndef H2_TOOLS_CAPTURE_H
#define H2_TOOLS_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct capture capture;

/* Whether recordings can be made there; errno says why not. */
bool capture_possible(const char *dir);

/* The first N that is free. NULL, too, when `dir` is NULL; otherwise errno says why. */
capture *capture_open(const char *dir);
void capture_close(capture *c); /* NULL is fine */

/* With NULL these do nothing. A file that can take no more is given up. */
void capture_client(capture *c, const void *bytes, size_t len);
void capture_server(capture *c, const void *bytes, size_t len);

#endif
