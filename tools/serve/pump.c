/* Bodies into DATA frames; see pump.h. Large pieces are lent to the engine, small ones copied. */
#include "serve/pump.h"

#include "serve/echo.h"
#include "serve/session.h"

#include <errno.h>
#include <unistd.h>

enum {
    COPIED_MOST = 4096 /* below this a copy costs less than lending */
};

/* How much one frame can carry now, at most `wanted`; 0: blocked. -1: the stream is gone. */
static int64_t room(const struct exchange *exchange, uint64_t wanted)
{
    int64_t window;
    if (h2_local_flow_control_window(exchange->session->h2, exchange->id, &window) != H2_OK) return -1;
    if (window <= 0) return 0;
    int64_t most = (int64_t)h2_max_outbound_frame_size(exchange->session->h2);
    if (most > CHUNK_SIZE) most = CHUNK_SIZE;
    if (most > window) most = window;
    return wanted < (uint64_t)most ? (int64_t)wanted : most;
}

static enum pump_result sent(struct exchange *exchange, size_t len, bool last)
{
    exchange->sent += len;
    exchange->session->progress = exchange->session->site->now;
    return last ? PUMP_DONE : PUMP_READY;
}

static void release_chunk(void *arg, const void *data, size_t len)
{
    (void)len;
    const uint8_t *const bytes = data;
    chunk_give_back(arg, (struct chunk *)(void *)((uintptr_t)bytes - offsetof(struct chunk, bytes)));
}

static void release_file(void *arg, const void *data, size_t len)
{
    (void)data;
    (void)len;
    file_release(arg);
}

static ssize_t read_at(int fd, uint8_t *into, size_t len, uint64_t offset)
{
    ssize_t got;
    do {
        got = pread(fd, into, len, (off_t)offset);
    } while (got < 0 && errno == EINTR);
    return got;
}

/* From disk by way of a chunk. A file that became shorter is an error: its length has been promised. */
static bool send_from_disk(struct exchange *exchange, size_t len, bool last)
{
    struct site *const site = exchange->session->site;
    h2_connection *const h2 = exchange->session->h2;
    struct chunk *const chunk = chunk_take(site);
    if (!chunk) return false;
    const bool read = read_at(exchange->file->fd, chunk->bytes, len, exchange->offset) == (ssize_t)len;
    if (!read || len <= COPIED_MOST) {
        const bool copied = read && h2_send_data(h2, exchange->id, chunk->bytes, len, last, -1) == H2_OK;
        chunk_give_back(site, chunk);
        return copied;
    }
    if (h2_send_data_ref(h2, exchange->id, chunk->bytes, len, last, -1, release_chunk, site) == H2_OK)
        return true;
    chunk_give_back(site, chunk);
    return false;
}

/* From the octets that the file cache holds. */
static bool send_from_cache(struct exchange *exchange, const uint8_t *bytes, size_t len, bool last)
{
    served_file *const file = exchange->file;
    h2_connection *const h2 = exchange->session->h2;
    if (len <= COPIED_MOST) return h2_send_data(h2, exchange->id, bytes, len, last, -1) == H2_OK;
    file->references++;
    if (h2_send_data_ref(h2, exchange->id, bytes, len, last, -1, release_file, file) == H2_OK) return true;
    file_release(file);
    return false;
}

static bool send_piece(struct exchange *exchange, size_t len, bool last)
{
    if (exchange->body == BODY_MEMORY)
        return h2_send_data(exchange->session->h2, exchange->id, exchange->memory + exchange->offset, len,
                            last, -1) == H2_OK;
    const uint8_t *const bytes = file_content(exchange->file, exchange->offset, len);
    return bytes ? send_from_cache(exchange, bytes, len, last) : send_from_disk(exchange, len, last);
}

static enum pump_result pump_stored(struct exchange *exchange)
{
    const uint64_t left = exchange->end - exchange->offset;
    /* A small body that has not waited yet mostly fits the windows, and is refused where it does not. */
    if (exchange->queue == QUEUE_NONE && left <= COPIED_MOST && send_piece(exchange, (size_t)left, true))
        return sent(exchange, (size_t)left, true);
    const int64_t len = room(exchange, left);
    if (len < 0) return PUMP_FAILED;
    if (len == 0) return PUMP_BLOCKED;
    const bool last = (uint64_t)len == left;
    if (!send_piece(exchange, (size_t)len, last)) return PUMP_FAILED;
    exchange->offset += (uint64_t)len;
    return sent(exchange, (size_t)len, last);
}

static enum pump_result end_echo(struct exchange *exchange)
{
    const struct echo *const echo = exchange->echo;
    h2_connection *const h2 = exchange->session->h2;
    const h2_status status =
        echo->trailers ? h2_send_headers(h2, exchange->id, echo->trailers, echo->trailer_count, true, NULL)
                       : h2_end_stream(h2, exchange->id);
    return status == H2_OK ? sent(exchange, 0, true) : PUMP_FAILED;
}

/* What goes out is acknowledged, so the peer can send as much as it has taken back. */
static enum pump_result pump_echo(struct exchange *exchange)
{
    struct echo *const echo = exchange->echo;
    h2_connection *const h2 = exchange->session->h2;
    const size_t waiting = echo_waiting(echo);
    if (waiting == 0) return exchange->request_ended ? end_echo(exchange) : PUMP_IDLE;
    const int64_t len = room(exchange, waiting);
    if (len < 0) return PUMP_FAILED;
    if (len == 0) return PUMP_BLOCKED;
    const bool last = exchange->request_ended && !echo->trailers && (size_t)len == waiting;
    if (h2_send_data(h2, exchange->id, echo->bytes + echo->start, (size_t)len, last, -1) != H2_OK)
        return PUMP_FAILED;
    echo->start += (size_t)len;
    if (!echo->credited) h2_acknowledge_received_data(h2, (size_t)len, exchange->id);
    return sent(exchange, (size_t)len, last);
}

enum pump_result pump_frame(struct exchange *exchange)
{
    return exchange->body == BODY_ECHO ? pump_echo(exchange) : pump_stored(exchange);
}
