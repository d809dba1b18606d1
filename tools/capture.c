/* See capture.h. */
#include "capture.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    CLIENT,
    SERVER,
    SIDES
};

struct capture {
    int fd[SIDES]; /* -1: given up */
};

bool capture_possible(const char *dir)
{
    const int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool good = faccessat(fd, ".", W_OK | X_OK, 0) == 0;
    const int error = errno;
    close(fd);
    errno = error;
    return good;
}

static int create(const char *dir, unsigned number, const char *side)
{
    char name[PATH_MAX];
    const int len = snprintf(name, sizeof name, "%s/%u.%s", dir, number, side);
    if (len < 0 || (size_t)len >= sizeof name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
}

/* Others may be looking for a number at the same time: who makes the client's file has it. */
static int create_first(const char *dir, unsigned *number)
{
    int fd = -1;
    for (*number = 1; *number != 0; ++*number) {
        fd = create(dir, *number, "client");
        if (fd >= 0 || errno != EEXIST) break;
    }
    return fd;
}

capture *capture_open(const char *dir)
{
    unsigned number;
    if (!dir) return NULL;
    capture *const c = malloc(sizeof *c);
    if (!c) return NULL;
    c->fd[CLIENT] = create_first(dir, &number);
    c->fd[SERVER] = c->fd[CLIENT] < 0 ? -1 : create(dir, number, "server");
    if (c->fd[SERVER] >= 0) return c;
    const int error = errno;
    capture_close(c);
    errno = error;
    return NULL;
}

static void give_up(capture *c, int side)
{
    if (c->fd[side] >= 0) close(c->fd[side]);
    c->fd[side] = -1;
}

void capture_close(capture *c)
{
    if (!c) return;
    give_up(c, CLIENT);
    give_up(c, SERVER);
    free(c);
}

static void put(capture *c, int side, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (c && c->fd[side] >= 0 && len > 0) {
        const ssize_t done = write(c->fd[side], at, len);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) {
            give_up(c, side);
            return;
        }
        at += done;
        len -= (size_t)done;
    }
}

void capture_client(capture *c, const void *bytes, size_t len)
{
    put(c, CLIENT, bytes, len);
}

void capture_server(capture *c, const void *bytes, size_t len)
{
    put(c, SERVER, bytes, len);
}
