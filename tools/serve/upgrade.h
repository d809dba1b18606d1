/* The one HTTP/1.1 request that a cleartext connection may begin with, to ask for HTTP/2 (RFC 7540
 * section 3.2). Everything else in HTTP/1.1 is answered with a sentence that says what to do. */
#ifndef H2_TOOLS_SERVE_UPGRADE_H
#define H2_TOOLS_SERVE_UPGRADE_H

#include "serve/text.h"

#include <h2/h2.h>

struct upgrade;

enum upgrade_result {
    UPGRADE_MORE,     /* the request is not complete */
    UPGRADE_ACCEPTED, /* answer with upgrade_switching, then speak HTTP/2; the request is stream 1's */
    UPGRADE_REFUSED   /* send upgrade_answer and close */
};

struct upgrade *upgrade_new(void); /* NULL: no memory */
void upgrade_free(struct upgrade *upgrade);

/* Takes bytes; *used says how many belonged to the request. */
enum upgrade_result upgrade_feed(struct upgrade *upgrade, const uint8_t *bytes, size_t len, size_t *used);

/* What to send: constant strings. */
const char *upgrade_switching(void);
const char *upgrade_answer(const struct upgrade *upgrade);

/* Of an accepted request; all live as long as the upgrade. */
text upgrade_settings(const struct upgrade *upgrade);
const h2_header *upgrade_fields(const struct upgrade *upgrade, size_t *count);
const uint8_t *upgrade_body(const struct upgrade *upgrade, size_t *len);

#endif
