/* The field list of a request, made from the URL and the options: pseudo-fields, defaults, the user's own. */
#ifndef H2_GET_REQUEST_H
#define H2_GET_REQUEST_H

#include "get/transfer.h"

typedef struct request {
    h2_header *fields; /* strings belong to the transfer, its options, or this struct */
    size_t count;
    char length[24];
    char agent[48];
} request;

/* False when memory is out. */
bool request_make(request *r, const transfer *t);
void request_free(request *r);

/* The same as the head of an HTTP/1.1 request that asks for an Upgrade to h2c; settings is the value of
 * HTTP2-Settings. method and target replace those of the list. The caller frees it; NULL when memory is out. */
char *request_upgrade_text(const request *r, const char *method, const char *target, const char *settings);

#endif
