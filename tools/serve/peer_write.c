/* Filling the output, encrypting and writing it; see peer_write.h. Bodies are pumped only as far as the socket takes
 * them: a slow reader costs what one write may hold. */
#include "serve/peer_write.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>

enum {
    /* Octets of one write in cleartext: 45 segments of 1,448, and less than the 65,483 that loopback has. They fit one
     * buffer of the kernel's; more would take another one, sent by itself and, with pacing, by a timer. */
    WRITE_MOST = 45 * 1448,
    CIPHER_BATCH = 48 * 1024,
    PLAIN_HIGH = WORKER_RECORD, /* that wait to be encrypted */
    TURN_OCTETS = 1024 * 1024,  /* then the other connections have a turn */
    RUNS = 32,
    MOVING_LEAST = 4096 /* less than this may be replies to PING, which are no progress */
};

static ssize_t write_runs(int fd, struct iovec *runs, size_t count)
{
    const struct msghdr message = {.msg_iov = runs, .msg_iovlen = count};
    ssize_t written;
    do {
        written = count == 1 ? send(fd, runs->iov_base, runs->iov_len, MSG_NOSIGNAL)
                             : sendmsg(fd, &message, MSG_NOSIGNAL);
    } while (written < 0 && errno == EINTR);
    return written;
}

static void note_progress(struct peer *peer, size_t written)
{
    if (written >= MOVING_LEAST) peer->session.progress = peer->worker->site.now;
}

/* Writes the runs; *left falls by what was taken. */
static enum flush_result write_out(struct peer *peer, struct iovec *runs, size_t count, size_t total,
                                   size_t *taken)
{
    const ssize_t written = write_runs(peer->fd, runs, count);
    *taken = 0;
    if (written < 0) return errno == EAGAIN || errno == EWOULDBLOCK ? FLUSH_BLOCKED : FLUSH_FAILED;
    *taken = (size_t)written;
    note_progress(peer, *taken);
    return *taken == total ? FLUSH_DONE : FLUSH_BLOCKED;
}

/* What is about to be consumed. */
static void record_output(const struct peer *peer, size_t len)
{
    h2_iovec shown[RUNS];
    const size_t count = h2_output_peek(peer->session.h2, shown, RUNS);
    for (size_t i = 0; i < count && len > 0; i++) {
        const size_t piece = shown[i].len < len ? shown[i].len : len;
        capture_server(peer->record, shown[i].base, piece);
        len -= piece;
    }
}

static void consume_plain(struct peer *peer, size_t taken)
{
    const size_t lead = taken < peer->lead_len ? taken : peer->lead_len;
    if (lead > 0) peer->lead += lead;
    peer->lead_len -= lead;
    if (taken == lead) return;
    if (peer->record) record_output(peer, taken - lead);
    h2_output_consume(peer->session.h2, taken - lead);
}

/* What of the lead and the engine's output one write takes, as it lies; *total: its octets. */
static size_t gather_plain(struct peer *peer, struct iovec *runs, size_t *total)
{
    h2_iovec shown[RUNS + 1];
    size_t lead = 0, used = 0;
    if (peer->lead_len > 0) shown[lead++] = (h2_iovec){(const uint8_t *)peer->lead, peer->lead_len};
    const size_t count = lead + (peer->session.h2 ? h2_output_peek(peer->session.h2, shown + lead, RUNS) : 0);
    *total = 0;
    while (used < count && *total < WRITE_MOST) {
        const size_t room = WRITE_MOST - *total, len = shown[used].len < room ? shown[used].len : room;
        runs[used] = (struct iovec){(void *)(uintptr_t)shown[used].base, len};
        *total += len;
        used++;
    }
    return used;
}

static enum flush_result flush_plain(struct peer *peer)
{
    struct iovec runs[RUNS + 1];
    for (size_t turn = 0, taken = 0; turn < TURN_OCTETS; turn += taken) {
        size_t total;
        if (peer->session.h2) session_pump(&peer->session, WRITE_MOST);
        const size_t count = gather_plain(peer, runs, &total);
        if (total == 0) return FLUSH_DONE;
        const enum flush_result result = write_out(peer, runs, count, total, &taken);
        consume_plain(peer, taken);
        if (result != FLUSH_DONE) return result;
    }
    return FLUSH_BLOCKED;
}

static size_t room_for(size_t len, size_t used)
{
    const size_t room = WORKER_RECORD - used;
    return len < room ? len : room;
}

/* The octets of the next record, where they lie if they lie together; 0 when there are none. */
static size_t next_record(const struct peer *peer, const uint8_t **bytes)
{
    h2_iovec shown[RUNS];
    uint8_t *const record = peer->worker->record;
    const size_t count = h2_output_peek(peer->session.h2, shown, RUNS);
    if (count == 0) return 0;
    *bytes = shown[0].base;
    if (count == 1 || shown[0].len >= WORKER_RECORD) return room_for(shown[0].len, 0);
    size_t used = 0;
    for (size_t i = 0; i < count && used < WORKER_RECORD; i++) {
        const size_t len = room_for(shown[i].len, used);
        memcpy(record + used, shown[i].base, len);
        used += len;
    }
    *bytes = record;
    return used;
}

/* False when nothing is left. */
static bool encrypt_record(struct peer *peer)
{
    const uint8_t *bytes;
    const size_t len = next_record(peer, &bytes);
    if (len == 0 || tls_write(peer->tls, bytes, len) != TLS_OK) return false;
    capture_server(peer->record, bytes, len);
    h2_output_consume(peer->session.h2, len);
    return true;
}

/* Octets are encrypted soon after they were read, while they are near. */
static void fill_cipher(struct peer *peer)
{
    const uint8_t *bytes;
    while (peer->session.h2 && tls_output_peek(peer->tls, &bytes) < CIPHER_BATCH) {
        session_pump(&peer->session, PLAIN_HIGH);
        if (!encrypt_record(peer)) break;
    }
    if (peer->phase != PEER_FLUSH || peer->tls_closed) return;
    if (peer->session.h2 && h2_output_pending(peer->session.h2) > 0) return;
    tls_close(peer->tls);
    peer->tls_closed = true;
}

static enum flush_result flush_tls(struct peer *peer)
{
    for (size_t turn = 0, taken = 0; turn < TURN_OCTETS; turn += taken) {
        const uint8_t *bytes;
        fill_cipher(peer);
        const size_t len = tls_output_peek(peer->tls, &bytes);
        if (len == 0) return FLUSH_DONE;
        struct iovec run = {(void *)(uintptr_t)bytes, len};
        const enum flush_result result = write_out(peer, &run, 1, len, &taken);
        tls_output_consume(peer->tls, taken);
        if (result != FLUSH_DONE) return result;
    }
    return FLUSH_BLOCKED;
}

enum flush_result peer_flush(struct peer *peer)
{
    return peer->tls ? flush_tls(peer) : flush_plain(peer);
}
