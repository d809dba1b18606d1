/* The body of a request; see source.h. */
#include "get/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    BUFFER_SIZE = 1 << 16,
    POLL_MILLISECONDS = 100 /* how long a cancelled read may still wait */
};

static int open_file(source *s, const char *path)
{
    struct stat info;
    s->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (s->fd < 0 || fstat(s->fd, &info) != 0) return errno;
    if (S_ISDIR(info.st_mode)) return EISDIR;
    if (!S_ISREG(info.st_mode)) return 0;
    const off_t at = lseek(s->fd, 0, SEEK_CUR); /* standard input may be half read */
    s->length = at >= 0 && at < info.st_size ? info.st_size - at : 0;
    s->ended = s->length == 0 && info.st_size > 0; /* files of /proc say 0 and are not empty */
    if (info.st_size == 0) s->length = SOURCE_UNKNOWN_LENGTH;
    return 0;
}

int source_open(source *s, uv_loop_t *loop, const char *spec, source_ready_fn *ready)
{
    *s = (source){.length = SOURCE_UNKNOWN_LENGTH, .fd = -1, .loop = loop, .ready = ready};
    s->work.data = s;
    if (*spec != '@') {
        s->text = spec;
        s->length = (int64_t)strlen(spec);
        s->next = (const uint8_t *)spec;
        s->left = strlen(spec);
        s->ended = true;
        return 0;
    }
    s->buffer = malloc(BUFFER_SIZE);
    return s->buffer ? open_file(s, spec + 1) : ENOMEM;
}

/* In another thread: waits for input unless cancelled, then reads once; result is octets, or an errno below zero. */
static void read_work(uv_work_t *work)
{
    source *s = work->data;
    struct pollfd wait = {.fd = s->fd, .events = POLLIN};
    s->result = -ECANCELED;
    while (!atomic_load(&s->cancelled)) {
        if (poll(&wait, 1, POLL_MILLISECONDS) == 0) continue;
        s->result = read(s->fd, s->buffer, BUFFER_SIZE);
        if (s->result >= 0) return;
        s->result = -errno;
        if (errno != EINTR && errno != EAGAIN) return;
    }
}

static bool go_back(source *s)
{
    if (lseek(s->fd, -(off_t)s->taken, SEEK_CUR) < 0) return false;
    s->taken = 0;
    s->left = 0;
    s->ended = false;
    return true;
}

/* Octets beyond the announced length, of a file that grows, are left alone. */
static void read_done(uv_work_t *work, int status)
{
    source *s = work->data;
    s->reading = false;
    size_t got = s->result > 0 ? (size_t)s->result : 0;
    if (s->result < 0) s->error = (int)-s->result;
    if (status != 0) s->error = ECANCELED;
    if (s->length >= 0 && got > (uint64_t)s->length - s->taken)
        got = (size_t)((uint64_t)s->length - s->taken);
    s->taken += got;
    s->next = s->buffer;
    s->left = got;
    s->ended = s->result == 0 || (s->length >= 0 && s->taken == (uint64_t)s->length);
    if (s->length >= 0 && s->ended && s->taken < (uint64_t)s->length) s->error = ENODATA;
    if (s->rewinding && !s->error) s->error = go_back(s) ? 0 : EIO;
    s->rewinding = false;
    s->ready(s);
}

void source_read(source *s)
{
    s->reading = true;
    if (uv_queue_work(s->loop, &s->work, read_work, read_done) != 0) {
        s->reading = false;
        s->error = ENOMEM;
    }
}

void source_consume(source *s, size_t octets)
{
    s->next += octets;
    s->left -= octets;
}

bool source_rewind(source *s)
{
    if (s->text) {
        s->next = (const uint8_t *)s->text;
        s->left = strlen(s->text);
        return true;
    }
    if (s->taken == 0 && !s->reading) return true;
    if (s->length < 0) return false;
    if (!s->reading) return go_back(s);
    s->rewinding = true;
    s->left = 0;
    return true;
}

void source_cancel(source *s)
{
    atomic_store(&s->cancelled, true);
}

void source_close(source *s)
{
    if (s->fd > STDIN_FILENO) close(s->fd);
    free(s->buffer);
    s->buffer = NULL;
    s->fd = -1;
}
