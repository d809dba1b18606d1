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
#include <sys/sysmacros.h>
#include <unistd.h>

enum {
    OPEN_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY,
    RENAME_RETRIES = 8,
    FOLDERS_LOOKED_AT = 2 /* with more it is quicker to open what lies in them */
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

/* Follows no link at the name's end. Where files are another machine's, it is asked, as it would be by opening. */
static bool look(const root *top, const char *name, struct statx *out)
{
    return statx(top->fd, name, AT_SYMLINK_NOFOLLOW | AT_STATX_FORCE_SYNC, STATX_BASIC_STATS, out) == 0;
}

/* Whether no link is among the folders of a name. One that is put there after its folder was looked at comes after the
 * answer, which is what it was then. */
static bool folders_are_plain(const root *top, const char *relative)
{
    char folder[PATH_MAX];
    struct statx seen;
    int count = 0;
    for (const char *end = strchr(relative, '/'); end; end = strchr(end + 1, '/')) {
        const size_t len = (size_t)(end - relative);
        if (++count > FOLDERS_LOOKED_AT || len >= sizeof folder) return false;
        memcpy(folder, relative, len);
        folder[len] = '\0';
        if (!look(top, folder, &seen) || !S_ISDIR(seen.stx_mode)) return false;
    }
    return true;
}

static struct timespec time_of(struct statx_timestamp stamp)
{
    return (struct timespec){.tv_sec = stamp.tv_sec, .tv_nsec = stamp.tv_nsec};
}

bool root_look(const root *top, const char *relative, struct stat *out)
{
    struct statx seen;
    if (!folders_are_plain(top, relative) || !look(top, relative, &seen) || S_ISLNK(seen.stx_mode))
        return false;
    *out = (struct stat){.st_dev = makedev(seen.stx_dev_major, seen.stx_dev_minor),
                         .st_ino = seen.stx_ino,
                         .st_mode = seen.stx_mode,
                         .st_size = (off_t)seen.stx_size,
                         .st_mtim = time_of(seen.stx_mtime),
                         .st_ctim = time_of(seen.stx_ctime)};
    return true;
}
