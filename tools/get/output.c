/* Where bodies go; see output.h. */
#include "get/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    CHUNK_SIZE = 1 << 16,
    CHUNKS_KEPT = 32, /* for use again: 2 MiB */
    RUNS = 16         /* chunks in one write */
};

struct chunk {
    struct chunk *next;
    size_t len, credit;
    uint8_t bytes[CHUNK_SIZE];
};

void output_init(output *out, uv_loop_t *loop, const char *path)
{
    *out = (output){.path = path, .fd = -1, .loop = loop};
    out->work.data = out;
}

static bool is_standard(const output *out)
{
    return strcmp(out->path, "-") == 0;
}

static void open_file(output *out)
{
    if (out->fd >= 0 || out->error) return;
    out->fd =
        is_standard(out) ? STDOUT_FILENO : open(out->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (out->fd < 0) out->error = errno;
}

static void free_kept(output *out)
{
    while (out->free) {
        struct chunk *const next = out->free->next;
        free(out->free);
        out->free = next;
    }
    out->free_count = 0;
}

bool output_close(output *out)
{
    free_kept(out);
    if (out->fd < 0 || is_standard(out)) return true;
    if (close(out->fd) != 0) out->error = errno;
    out->fd = -1;
    return !out->error;
}

static size_t gather(const struct chunk *list, size_t skip, struct iovec *runs)
{
    size_t count = 0;
    for (; list && count < RUNS; list = list->next, skip = 0)
        runs[count++] = (struct iovec){(void *)(uintptr_t)(list->bytes + skip), list->len - skip};
    return count;
}

/* 0, or what is wrong with errno. */
static int write_all(int fd, const struct chunk *list)
{
    struct iovec runs[RUNS];
    size_t skip = 0; /* octets of the first chunk that are written */
    while (list) {
        const ssize_t done = writev(fd, runs, (int)gather(list, skip, runs));
        if (done < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, -1);
        } else if (done < 0 && errno != EINTR) {
            return errno;
        }
        if (done > 0) skip += (size_t)done;
        for (; list && skip >= list->len; list = list->next)
            skip -= list->len;
    }
    return 0;
}

/* In another thread; out->flight and out->result are this thread's meanwhile. */
static void write_work(uv_work_t *work)
{
    output *out = work->data;
    out->result = write_all(out->fd, out->flight);
}

static void write_done(uv_work_t *work, int status);

static void free_chunk(output *out, struct chunk *c)
{
    if (out->free_count == CHUNKS_KEPT) {
        free(c);
        return;
    }
    c->next = out->free;
    out->free = c;
    out->free_count++;
}

/* Frees chunks of a sink and tells how much credit they carried. */
static size_t drop(sink *s, struct chunk *list, bool written)
{
    size_t credit = 0;
    while (list) {
        struct chunk *next = list->next;
        credit += list->credit;
        s->queued -= list->len;
        if (written) s->written += list->len;
        free_chunk(s->out, list);
        list = next;
    }
    return credit;
}

static void fail_queue(sink *s)
{
    const size_t credit = drop(s, s->head, false);
    s->head = s->tail = NULL;
    if (credit) s->on_written(s, credit);
}

/* Writes what the first sink has, or goes on to the next one when that is finished. */
static void advance_queue(output *out)
{
    while (!out->writing && out->first) {
        sink *s = out->first;
        if (s->head || (s->finished && s->touch)) open_file(out);
        if (out->error) fail_queue(s);
        if (s->head) {
            out->flight = s->head;
            s->head = s->tail = NULL;
            out->writing = true;
            if (uv_queue_work(out->loop, &out->work, write_work, write_done) == 0) return;
            out->writing = false;
            out->error = ENOMEM;
            s->head = out->flight;
            continue;
        }
        if (!s->finished) return;
        out->first = s->next;
        if (!out->first) out->last = NULL;
    }
    if (!out->first) free_kept(out);
}

/* The user's functions may finish sinks; that must not start a second walk. */
static void advance(output *out)
{
    if (out->advancing) return;
    out->advancing = true;
    advance_queue(out);
    out->advancing = false;
}

static void write_done(uv_work_t *work, int status)
{
    output *out = work->data;
    sink *s = out->first;
    struct chunk *done = out->flight;
    out->flight = NULL;
    out->writing = false;
    out->error = status == 0 ? out->result : ECANCELED;
    const uint64_t before = s->written;
    const size_t credit = drop(s, done, !out->error);
    out->written += s->written - before;
    s->on_written(s, credit);
    advance(out);
}

void sink_init(sink *s, output *out, sink_written_fn *on_written, void *arg)
{
    *s = (sink){.out = out, .on_written = on_written, .arg = arg};
    if (out->last)
        out->last->next = s;
    else
        out->first = s;
    out->last = s;
}

/* Room behind what the sink has; NULL: no memory. */
static struct chunk *chunk_with_room(sink *s)
{
    output *const out = s->out;
    if (s->tail && s->tail->len < CHUNK_SIZE) return s->tail;
    struct chunk *const c = out->free ? out->free : malloc(sizeof *c);
    if (!c) return NULL;
    if (c == out->free) {
        out->free = c->next;
        out->free_count--;
    }
    c->next = NULL;
    c->len = c->credit = 0;
    *(s->tail ? &s->tail->next : &s->head) = c;
    s->tail = c;
    return c;
}

bool sink_write(sink *s, const uint8_t *bytes, size_t len, size_t credit)
{
    if (s->out->error) return false;
    do {
        struct chunk *const c = chunk_with_room(s);
        if (!c) return false;
        const size_t room = CHUNK_SIZE - c->len, piece = len < room ? len : room;
        memcpy(c->bytes + c->len, bytes, piece);
        c->len += piece;
        s->queued += piece;
        bytes += piece;
        len -= piece;
    } while (len > 0);
    s->tail->credit += credit;
    advance(s->out);
    return true;
}

void sink_finish(sink *s, bool touch)
{
    s->finished = true;
    s->touch = touch;
    advance(s->out);
}

bool sink_is_writing(const sink *s)
{
    return s->out->first == s && s->out->writing;
}
