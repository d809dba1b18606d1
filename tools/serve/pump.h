/* One frame of one body. */
#ifndef H2_TOOLS_SERVE_PUMP_H
#define H2_TOOLS_SERVE_PUMP_H

#include "serve/exchange.h"

enum pump_result {
    PUMP_READY,   /* there is more to send */
    PUMP_BLOCKED, /* the flow-control window is used up */
    PUMP_IDLE,    /* nothing to send until more of the request arrives */
    PUMP_DONE,    /* the response is complete */
    PUMP_FAILED   /* the body cannot be sent: reset the stream */
};

/* Queues at most one DATA frame (or the trailers) of an exchange whose head has been sent. */
enum pump_result pump_frame(struct exchange *exchange);

#endif
