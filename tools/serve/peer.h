/* One client's socket: TLS or not, HTTP/1.1 until an Upgrade or HTTP/2 at once, bytes read into the session and its
 * output written, with both held back when the other side is slow. */
#ifndef H2_TOOLS_SERVE_PEER_H
#define H2_TOOLS_SERVE_PEER_H

#include "capture.h"
#include "serve/session.h"
#include "serve/upgrade.h"
#include "serve/worker.h"

enum peer_phase {
    PEER_HANDSHAKE, /* TLS */
    PEER_SNIFF,     /* cleartext: HTTP/2 or HTTP/1.1? */
    PEER_HTTP1,
    PEER_HTTP2,
    PEER_FLUSH,  /* over: what is in the output is still sent */
    PEER_LINGER, /* all is sent: waits for the client to close, so that it can read the last bytes */
    PEER_CLOSED
};

struct peer {
    struct session session;
    struct worker *worker;
    struct peer *next, *previous;
    uv_poll_t poll;
    int fd;
    int watched; /* what the loop waits for */
    enum peer_phase phase;
    uint64_t since; /* when the phase began */
    tls_session *tls;
    struct upgrade *upgrade;
    capture *record;  /* with --record */
    const char *lead; /* HTTP/1.1 octets that go out before anything else */
    size_t lead_len;
    size_t sniffed; /* octets of the client's preface seen so far */
    int untaken;    /* octets that the kernel held for the client early in the last phase */
    bool write_blocked, end_of_input, tls_closed, trimmed;
    struct admission_key key;
};

/* Takes the arrival's socket over, on failure too. */
void peer_open(struct worker *worker, const struct arrival *arrival);
void peer_close(struct peer *peer);

/* Begins the graceful end. */
void peer_shut_down(struct peer *peer);

/* Looks at the clock. */
void peer_check_time(struct peer *peer);

/* Writes what there is and decides what to wait for; the peer may be closed afterwards. */
void peer_go_on(struct peer *peer);

#endif
