/* The answer to a request: which file, folder, error or echo, with which fields (RFC 9110). */
#ifndef H2_TOOLS_SERVE_RESPOND_H
#define H2_TOOLS_SERVE_RESPOND_H

#include "serve/exchange.h"
#include "serve/request.h"

/* Sends the head of the response and leaves the exchange ready to send its body. False: the head could not be
 * sent, the exchange must be ended. */
bool respond(struct exchange *exchange, const http_request *request);

#endif
