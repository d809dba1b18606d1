/* Where bodies go; see output.h. */
#include "get/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    CHUNK_SIZE = 1 << 15
};

struct chunk {
    struct chunk *next;
    size_t len, credit, capacity;
    uint8_t bytes[];
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

bool output_close(output *out)
{
    if (out->fd < 0 || is_standard(out)) return true;
    if (close(out->fd) != 0) out->error = errno;
    out->fd = -1;
    return !out->error;
}

static int write_all(int fd, const uint8_t *bytes, size_t len)
{
    while (len > 0) {
        const ssize_t done = write(fd, bytes, len);
        if (done < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, -1);
        } else if (done < 0 && errno != EINTR) {
            return errno;
        } else if (done > 0) {
            bytes += done;
            len -= (size_t)done;
        }
    }
    return 0;
}

/* In another thread; out->flight and out->result are this thread's meanwhile. */
static void write_work(uv_work_t *work)
{
    output *out = work->data;
    out->result = 0;
    for (const struct chunk *c = out->flight; c && !out->result; c = c->next)
        out->result = write_all(out->fd, c->bytes, c->len);
}

static void write_done(uv_work_t *work, int status);

/* Frees chunks of a sink and tells how much credit they carried. */
static size_t drop(sink *s, struct chunk *list, bool written)
{
    size_t credit = 0;
    while (list) {
        struct chunk *next = list->next;
        credit += list->credit;
        s->queued -= list->len;
        if (written) s->written += list->len;
        free(list);
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

static struct chunk *new_chunk(size_t len)
{
    const size_t capacity = len > CHUNK_SIZE ? len : CHUNK_SIZE;
    struct chunk *c = malloc(sizeof *c + capacity);
    if (c) *c = (struct chunk){.capacity = capacity};
    return c;
}

bool sink_write(sink *s, const uint8_t *bytes, size_t len, size_t credit)
{
    if (s->out->error) return false;
    if (!s->tail || s->tail->capacity - s->tail->len < len) {
        struct chunk *c = new_chunk(len);
        if (!c) return false;
        if (s->tail)
            s->tail->next = c;
        else
            s->head = c;
        s->tail = c;
    }
    memcpy(s->tail->bytes + s->tail->len, bytes, len);
    s->tail->len += len;
    s->tail->credit += credit;
    s->queued += len;
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
