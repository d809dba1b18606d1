/* The way out: from the session's output to the socket. */
#ifndef H2_TOOLS_SERVE_PEER_WRITE_H
#define H2_TOOLS_SERVE_PEER_WRITE_H

#include "serve/peer.h"

enum flush_result {
    FLUSH_DONE,    /* nothing is left that could be sent */
    FLUSH_BLOCKED, /* the socket is full, or others should have a turn */
    FLUSH_FAILED   /* the client is gone */
};

enum flush_result peer_flush(struct peer *peer);

#endif
