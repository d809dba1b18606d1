/* One line for each finished request on standard output, in the manner of the common log format. */
#ifndef H2_TOOLS_SERVE_ACCESS_LOG_H
#define H2_TOOLS_SERVE_ACCESS_LOG_H

#include "serve/exchange.h"
#include "serve/request.h"

/* Remembers what the line will need; does nothing unless there is an access log. */
void access_log_request(struct exchange *exchange, const http_request *request);

/* The line; flushed by access_log_flush once a turn. */
void access_log_finish(const struct exchange *exchange);
void access_log_flush(struct site *site);

#endif
