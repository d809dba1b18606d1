/* The life of a client's connection; see peer.h. */
#include "serve/peer.h"

#include "serve/peer_write.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    READ_ROUNDS = 4,        /* reads in one turn of the loop */
    READ_STOP = 256 * 1024, /* no reading while this much waits to be written */
    /* The kernel takes no more while this much waits in it to be sent: megabytes of each connection would leave the
     * processor's caches before they are, and a frame that is urgent would wait behind them. */
    UNSENT_MOST = 32 * 1024,
    SNIFF_DECIDES = 4,     /* octets of the preface that no HTTP/1.1 request begins with: "PRI " */
    FINAL_GOAWAY_MS = 500, /* when the client does not answer the PING of a graceful end */
    FLUSH_MS = 10000,
    LINGER_MS = 2000,
    TAKING_MS = 30000, /* while the kernel has something left for the client */
    TRIM_MS = 2000
};

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static void enter(struct peer *peer, enum peer_phase phase)
{
    peer->phase = phase;
    peer->since = peer->worker->site.now;
}

static void say(const struct peer *peer, const char *what, const char *why)
{
    if (peer->worker->site.verbose)
        fprintf(stderr, "%s: %s%s%s\n", peer->session.name, what, *why ? ": " : "", why);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void peer_close(struct peer *peer)
{
    struct worker *const worker = peer->worker;
    if (peer->phase == PEER_CLOSED) return;
    say(peer, "closed", "");
    peer->phase = PEER_CLOSED;
    worker->closed++;
    *(peer->previous ? &peer->previous->next : &worker->peers) = peer->next;
    if (peer->next) peer->next->previous = peer->previous;
    session_close(&peer->session);
    upgrade_free(peer->upgrade);
    capture_close(peer->record);
    tls_session_free(peer->tls);
    admission_leave(worker->admission, peer->key);
    uv_poll_stop(&peer->poll);
    close(peer->fd);
    uv_close((uv_handle_t *)&peer->poll, on_closed);
}

static int untaken(const struct peer *peer)
{
    int octets = 0;
    return ioctl(peer->fd, TIOCOUTQ, &octets) == 0 ? octets : 0;
}

/* Over, but the client has not closed. What the kernel holds is given up for one that takes nothing, or it would be kept
 * and offered for minutes; one that takes something still gets the rest. */
static void check_end(struct peer *peer, uint64_t in_phase)
{
    const int octets = untaken(peer);
    const uint64_t most = peer->phase == PEER_FLUSH ? FLUSH_MS : octets == 0 ? LINGER_MS : TAKING_MS;
    if (in_phase <= most / 2) peer->untaken = octets;
    if (in_phase <= most) return;
    if (octets > 0 && octets >= peer->untaken) {
        const struct linger at_once = {.l_onoff = 1};
        setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        say(peer, "reset", "nothing is taken any more");
    }
    peer_close(peer);
}

static void start_record(struct peer *peer)
{
    const char *const dir = peer->worker->options->record_dir;
    peer->record = capture_open(dir);
    if (dir && !peer->record) fprintf(stderr, "h2 serve: cannot record in %s: %s\n", dir, strerror(errno));
}

/* The session's HTTP/2 begins. */
static bool begin_http2(struct peer *peer)
{
    enter(peer, PEER_HTTP2);
    start_record(peer);
    return session_open(&peer->session, &peer->worker->site) && session_begin(&peer->session);
}

static void receive_http2(struct peer *peer, const uint8_t *bytes, size_t len)
{
    peer->trimmed = false;
    capture_client(peer->record, bytes, len);
    if (!session_feed(&peer->session, bytes, len)) enter(peer, PEER_FLUSH);
}

static void refuse_http1(struct peer *peer, const char *answer)
{
    peer->lead = answer;
    peer->lead_len = strlen(answer);
    enter(peer, PEER_FLUSH);
}

static void accept_upgrade(struct peer *peer)
{
    struct session *const session = &peer->session;
    size_t count, body_len;
    const h2_header *const fields = upgrade_fields(peer->upgrade, &count);
    const uint8_t *const body = upgrade_body(peer->upgrade, &body_len);
    enter(peer, PEER_HTTP2);
    if (!session_open(session, &peer->worker->site) ||
        !session_begin_upgraded(session, upgrade_settings(peer->upgrade))) {
        session_close(session);
        refuse_http1(peer, upgrade_answer(peer->upgrade));
        return;
    }
    start_record(peer);
    peer->lead = upgrade_switching();
    peer->lead_len = strlen(peer->lead);
    session_upgraded(session, fields, count, body, body_len);
    upgrade_free(peer->upgrade);
    peer->upgrade = NULL;
}

static void receive_http1(struct peer *peer, const uint8_t *bytes, size_t len)
{
    size_t used = 0;
    switch (upgrade_feed(peer->upgrade, bytes, len, &used)) {
    case UPGRADE_MORE: return;
    case UPGRADE_REFUSED: refuse_http1(peer, upgrade_answer(peer->upgrade)); return;
    case UPGRADE_ACCEPTED: break;
    }
    accept_upgrade(peer);
    if (peer->phase == PEER_HTTP2 && used < len) receive_http2(peer, bytes + used, len - used);
}

/* HTTP/2 begins with the preface, anything else is HTTP/1.1. What has been seen of the preface is known by its
 * length, so it needs no buffer. */
static bool sniff(struct peer *peer, const uint8_t *bytes, size_t len)
{
    size_t same = 0;
    while (peer->sniffed + same < SNIFF_DECIDES && same < len &&
           bytes[same] == (uint8_t)preface[peer->sniffed + same])
        same++;
    const size_t seen = peer->sniffed;
    peer->sniffed += same;
    if (peer->sniffed == SNIFF_DECIDES) {
        if (!begin_http2(peer)) return false;
        receive_http2(peer, (const uint8_t *)preface, seen);
        receive_http2(peer, bytes, len);
        return true;
    }
    if (same == len) return true;
    peer->upgrade = upgrade_new();
    if (!peer->upgrade) return false;
    enter(peer, PEER_HTTP1);
    if (seen > 0) receive_http1(peer, (const uint8_t *)preface, seen);
    if (peer->phase == PEER_HTTP1) receive_http1(peer, bytes, len);
    return true;
}

/* False: close at once. */
static bool receive_plain(struct peer *peer, const uint8_t *bytes, size_t len)
{
    switch (peer->phase) {
    case PEER_SNIFF: return sniff(peer, bytes, len);
    case PEER_HTTP1: receive_http1(peer, bytes, len); return true;
    case PEER_HTTP2: receive_http2(peer, bytes, len); return true;
    case PEER_HANDSHAKE:
    case PEER_FLUSH:
    case PEER_LINGER:
    case PEER_CLOSED: break;
    }
    return true;
}

static bool established(struct peer *peer)
{
    if (!tls_is_h2(peer->tls)) {
        say(peer, "no HTTP/2", "the client offers no ALPN h2");
        enter(peer, PEER_FLUSH);
        return true;
    }
    if (peer->worker->site.verbose)
        fprintf(stderr, "%s: %s %s\n", peer->session.name, tls_version_name(peer->tls),
                tls_cipher_name(peer->tls));
    return begin_http2(peer);
}

static bool receive_tls(struct peer *peer, const uint8_t *bytes, size_t len)
{
    uint8_t *const plain = peer->worker->plain;
    size_t got = 0;
    tls_input(peer->tls, bytes, len);
    for (;;) {
        const tls_status status = tls_read(peer->tls, plain, WORKER_RECORD, &got);
        if (peer->phase == PEER_HANDSHAKE && tls_established(peer->tls) && !established(peer)) return false;
        switch (status) {
        case TLS_OK:
            if (!receive_plain(peer, plain, got)) return false;
            break;
        case TLS_AGAIN: return true;
        case TLS_CLOSED: peer->end_of_input = true; return true;
        case TLS_FAILED:
            say(peer, "TLS", tls_error(peer->tls));
            peer->tls_closed = true;
            enter(peer, PEER_FLUSH);
            session_abandon(&peer->session);
            return true;
        }
    }
}

/* Alerts count too: a TLS 1.2 client gets one for each renegotiation that it asks for. */
static bool over_read_stop(const struct peer *peer)
{
    const uint8_t *bytes;
    const size_t plain = peer->session.h2 ? h2_output_pending(peer->session.h2) : 0;
    const size_t encrypted = peer->tls ? tls_output_peek(peer->tls, &bytes) : 0;
    return plain + encrypted > READ_STOP;
}

/* False: close at once. */
static bool receive(struct peer *peer)
{
    uint8_t *const input = peer->worker->input;
    for (int round = 0; round < READ_ROUNDS && !peer->end_of_input && !over_read_stop(peer); round++) {
        const ssize_t len = recv(peer->fd, input, WORKER_INPUT, 0);
        if (len < 0 && errno == EINTR) continue;
        if (len < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
        if (len == 0) {
            peer->end_of_input = true;
            return true;
        }
        if (peer->phase == PEER_LINGER || peer->tls_closed) continue;
        if (!(peer->tls ? receive_tls(peer, input, (size_t)len) : receive_plain(peer, input, (size_t)len)))
            return false;
        if (len < WORKER_INPUT) return true;
    }
    return true;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct peer *const peer = poll->data;
    peer->worker->site.now = uv_now(peer->worker->loop);
    if (status < 0 || ((events & UV_READABLE) && !receive(peer))) {
        peer_close(peer);
        return;
    }
    peer_go_on(peer);
}

static void watch(struct peer *peer)
{
    int wanted = 0;
    if (!peer->end_of_input && !over_read_stop(peer)) wanted |= UV_READABLE;
    if (peer->write_blocked) wanted |= UV_WRITABLE;
    if (wanted == peer->watched) return;
    peer->watched = wanted;
    if (wanted == 0)
        uv_poll_stop(&peer->poll);
    else
        uv_poll_start(&peer->poll, wanted, on_ready);
}

/* close_notify for close_notify, as far as the socket takes it. */
static void answer_close(struct peer *peer)
{
    if (!peer->tls || peer->tls_closed) return;
    tls_close(peer->tls);
    peer->tls_closed = true;
    peer_flush(peer);
}

void peer_go_on(struct peer *peer)
{
    enum flush_result result = peer->phase == PEER_LINGER ? FLUSH_DONE : peer_flush(peer);
    if (peer->phase == PEER_HTTP2 && result == FLUSH_DONE && session_is_done(&peer->session)) {
        enter(peer, PEER_FLUSH);
        result = peer_flush(peer);
    }
    if (result == FLUSH_FAILED) {
        peer_close(peer);
        return;
    }
    peer->write_blocked = result == FLUSH_BLOCKED;
    if (peer->phase == PEER_FLUSH && result == FLUSH_DONE) {
        shutdown(peer->fd, SHUT_WR);
        enter(peer, PEER_LINGER);
    }
    if (peer->end_of_input && !peer->write_blocked) {
        answer_close(peer);
        peer_close(peer);
        return;
    }
    watch(peer);
}

static bool set_up(struct peer *peer, const struct arrival *arrival)
{
    const int on = 1, unsent = UNSENT_MOST;
    setsockopt(arrival->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(arrival->fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    if (uv_poll_init(peer->worker->loop, &peer->poll, arrival->fd) != 0) return false;
    peer->poll.data = peer;
    return true;
}

void peer_open(struct worker *worker, const struct arrival *arrival)
{
    struct peer *const peer = calloc(1, sizeof *peer);
    if (peer) peer->worker = worker;
    if (!peer || !set_up(peer, arrival)) {
        free(peer);
        close(arrival->fd);
        admission_leave(worker->admission, arrival->key);
        return;
    }
    peer->fd = arrival->fd;
    peer->key = arrival->key;
    memcpy(peer->session.name, arrival->name, sizeof arrival->name);
    enter(peer, arrival->tls ? PEER_HANDSHAKE : PEER_SNIFF);
    peer->next = worker->peers;
    if (peer->next) peer->next->previous = peer;
    worker->peers = peer;
    say(peer, "connected", arrival->tls ? "TLS" : "cleartext");
    if (arrival->tls) peer->tls = tls_session_new(worker->tls, NULL);
    if (arrival->tls && !peer->tls)
        peer_close(peer);
    else
        watch(peer);
}

void peer_shut_down(struct peer *peer)
{
    switch (peer->phase) {
    case PEER_HANDSHAKE:
    case PEER_SNIFF:
    case PEER_HTTP1: peer_close(peer); return;
    case PEER_HTTP2:
        session_shut_down(&peer->session);
        enter(peer, PEER_HTTP2);
        peer_go_on(peer);
        return;
    case PEER_FLUSH:
    case PEER_LINGER:
    case PEER_CLOSED: return;
    }
}

static void end_stalled(struct peer *peer)
{
    static const char why[] = "nothing has moved for too long";
    say(peer, "stalled", why);
    session_abandon(&peer->session);
    h2_close_connection(peer->session.h2, H2_CODE_ENHANCE_YOUR_CALM, why, sizeof why - 1, -1);
    enter(peer, PEER_FLUSH);
    peer_go_on(peer);
}

/* No request is left. For a client that has taken nothing for long, what is in the output is only tried once more. */
static void end_drained(struct peer *peer, bool idle)
{
    session_shut_down(&peer->session);
    if (idle) enter(peer, PEER_FLUSH);
    peer_go_on(peer);
}

static void check_http2(struct peer *peer, uint64_t now)
{
    const struct serve_options *const options = peer->worker->options;
    struct session *const session = &peer->session;
    const uint64_t quiet = now - session->progress;
    if (!session->greeted && now - peer->since > options->handshake_timeout) {
        peer_close(peer);
    } else if (session->open > 0) {
        if (quiet > options->stall_timeout) end_stalled(peer);
    } else if (session->shutting_down) {
        if (now - peer->since >= FINAL_GOAWAY_MS) end_drained(peer, quiet > options->idle_timeout);
    } else if (quiet > options->idle_timeout) {
        peer_shut_down(peer);
    } else if (quiet > TRIM_MS && !peer->trimmed) {
        peer->trimmed = true;
        h2_connection_trim(session->h2);
        if (peer->tls) tls_trim(peer->tls);
    }
}

void peer_check_time(struct peer *peer)
{
    const uint64_t now = peer->worker->site.now, in_phase = now - peer->since;
    switch (peer->phase) {
    case PEER_HANDSHAKE:
    case PEER_SNIFF:
    case PEER_HTTP1:
        if (in_phase > peer->worker->options->handshake_timeout) peer_close(peer);
        return;
    case PEER_HTTP2: check_http2(peer, now); return;
    case PEER_FLUSH:
    case PEER_LINGER: check_end(peer, in_phase); return;
    case PEER_CLOSED: return;
    }
}
