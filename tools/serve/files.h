/* Files as the server sends them: opened below the root, described once, and kept for as long as one turn of
 * the event loop lasts, so that many requests for one file in a burst cost one look at the disk. However many
 * send a file that has not changed, it is open once, and what is held of it in memory is used as long as a look
 * finds the same version. Belongs to one thread. Knows no HTTP/2. */
#ifndef H2_TOOLS_SERVE_FILES_H
#define H2_TOOLS_SERVE_FILES_H

#include "serve/http_date.h"
#include "serve/root.h"
#include "serve/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

struct reply;

enum {
    FILE_SMALL = 16 * 1024,               /* up to this size a file is read when it is opened */
    FILE_CONTENT_MOST = 1024 * 1024,      /* up to this size one is held in memory as it is sent, */
    FILE_CONTENTS_MOST = 4 * 1024 * 1024, /* as long as all of those, of a cache, take no more than this */
    FILE_ETAG_SIZE = 40,
    FILE_LENGTH_SIZE = 24
};

/* Counted: whoever holds one calls file_release. */
typedef struct served_file {
    unsigned references;
    int fd; /* -1: content has all of it */
    uint64_t size;
    int64_t modified; /* seconds since 1970 */
    const char *type;
    char etag[FILE_ETAG_SIZE];
    char modified_text[HTTP_DATE_SIZE];
    char length_text[FILE_LENGTH_SIZE];
    struct reply *head; /* of the response with all of it; its user's, who allocates it; NULL: not made yet */
    /* The cache's own. */
    struct file_cache *cache;
    uint8_t *content; /* its first `filled` octets; NULL: none */
    uint64_t filled;
    struct stat stat;
    bool settled; /* what differs from `stat` is another version, and what does not is this one */
    uint64_t turn;
    bool held; /* by a reference of the cache */
    char *name;
    struct served_file **slot; /* where it is found by name; NULL: nowhere */
    char *asked;               /* `asked_len` octets of a path that it was asked for with */
    size_t asked_len;
    struct served_file **asked_slot; /* where it is found by them; NULL: nowhere */
} served_file;

typedef struct file_cache file_cache;

file_cache *file_cache_new(const root *top); /* NULL: no memory */
void file_cache_free(file_cache *cache);

typedef enum found_kind {
    FOUND_FILE,
    FOUND_DIRECTORY, /* .fd is open on it, the caller's to close */
    FOUND_NOTHING    /* .status says how to answer: 403, 404, 500 or 503 */
} found_kind;

typedef struct found {
    found_kind kind;
    served_file *file;
    int fd;
    int status;
} found;

/* turn: counts turns of the loop. */
found file_cache_find(file_cache *cache, const char *relative, uint64_t turn);
void file_release(served_file *file);

/* Notes with which path of a request a file was found, so that the next one need not be taken apart to find it. */
void file_cache_note(served_file *file, text asked);

/* A file by a path that was noted, if it is still the same; the caller's. NULL: look for it by its name. */
served_file *file_cache_find_noted(file_cache *cache, text asked, uint64_t turn);

/* Octets of a file that lie in memory, until it is released; what was not there yet is read if all before it was. NULL: read
 * them from fd. offset + len: at most its size. */
const uint8_t *file_content(served_file *file, uint64_t offset, size_t len);

/* Lets go of larger files that nobody has asked for since the last call. */
void file_cache_sweep(file_cache *cache, uint64_t turn);

/* Gives back whatever was found. */
void found_close(const found *item);

#endif
