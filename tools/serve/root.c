/* Opening below a folder, guarded by the kernel where it can (openat2, Linux 5.6) and by looking where the
 * opened file really lies where it cannot. */
#include "serve/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
    OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
    RENAME_RETRIES = 8
};

static int find_guarded(const root *top, const char *relative)
{
    const struct open_how how = {.flags = OPEN_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    /* EAGAIN: something was renamed meanwhile and the kernel could not be sure. */
    for (int i = 0; i < RENAME_RETRIES; i++) {
        const long fd = syscall(SYS_openat2, top->fd, relative, &how, sizeof how);
        if (fd >= 0) return (int)fd;
        if (errno != EAGAIN && errno != EINTR) break;
    }
    return -errno;
}

static bool lies_below(const char *path, const char *top)
{
    const size_t len = strlen(top);
    if (strcmp(top, "/") == 0) return path[0] == '/';
    return strncmp(path, top, len) == 0 && (path[len] == '/' || path[len] == '\0');
}

/* Where the descriptor's file lies now; the name cannot be swapped any more, as the file is open. */
static bool real_path(int fd, char *out, size_t size)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t len = readlink(link, out, size);
    if (len <= 0 || (size_t)len >= size) return false;
    out[len] = '\0';
    return true;
}

static int find_checked(const root *top, const char *relative)
{
    char path[PATH_MAX];
    const int fd = openat(top->fd, relative, OPEN_FLAGS);
    if (fd < 0) return -errno;
    if (real_path(fd, path, sizeof path) && lies_below(path, top->real)) return fd;
    close(fd);
    return -EXDEV;
}

int root_open(root *out, const char *directory)
{
    out->fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (out->fd < 0) return -errno;
    if (!realpath(directory, out->real)) {
        const int error = errno;
        close(out->fd);
        return -error;
    }
    const int probe = find_guarded(out, ".");
    out->kernel_guards = probe >= 0;
    if (probe >= 0) close(probe);
    return 0;
}

void root_close(root *top)
{
    close(top->fd);
}

int root_find(const root *top, const char *relative)
{
    return top->kernel_guards ? find_guarded(top, relative) : find_checked(top, relative);
}
