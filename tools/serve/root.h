/* The folder that is served, and opening what lies below it: nothing outside can be opened or looked at, whatever
 * names and symbolic links say. Shared by all threads once it is open. */
#ifndef H2_TOOLS_SERVE_ROOT_H
#define H2_TOOLS_SERVE_ROOT_H

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

typedef struct root {
    int fd;
    bool kernel_guards; /* openat2 with RESOLVE_BENEATH works here */
    char real[PATH_MAX];
} root;

/* 0, or a negative errno. */
int root_open(root *out, const char *directory);
void root_close(root *top);

/* Opens a name relative to the root for reading: a descriptor, or a negative errno. Opening never waits, not
 * even for a FIFO; what has been opened may be of any kind, so fstat it. */
int root_find(const root *top, const char *relative);

/* What root_find would open now, without opening it: of `out` the device, the inode, the kind, the size and the times are
 * set. False where opening alone can tell: a symbolic link is in the way, folders are many, or it would fail. That it can
 * be read is not looked at; who has opened it before knows from the same time of change that it still can. */
bool root_look(const root *top, const char *relative, struct stat *out);

#endif
