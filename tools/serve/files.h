/* Files as the server sends them: opened below the root, described once, and kept for as long as one turn of
 * the event loop lasts, so that many requests for one file in a burst cost one look at the disk. However many
 * send a file that has not changed, it is open once. Belongs to one thread. Knows no HTTP/2. */
#ifndef H2_TOOLS_SERVE_FILES_H
#define H2_TOOLS_SERVE_FILES_H

#include "serve/http_date.h"
#include "serve/root.h"

#include <stdint.h>
#include <sys/stat.h>

enum {
    FILE_CONTENT_MOST = 16 * 1024, /* files up to this size are held in memory, not as a descriptor */
    FILE_ETAG_SIZE = 40,
    FILE_LENGTH_SIZE = 24
};

/* Counted: whoever holds one calls file_release. */
typedef struct served_file {
    unsigned references;
    int fd;           /* -1: content has all of it */
    uint8_t *content; /* NULL: read from fd */
    uint64_t size;
    int64_t modified; /* seconds since 1970 */
    const char *type;
    char etag[FILE_ETAG_SIZE];
    char modified_text[HTTP_DATE_SIZE];
    char length_text[FILE_LENGTH_SIZE];
    /* The cache's own. */
    struct stat stat;
    uint64_t turn;
    char *name;
    struct served_file **slot; /* where it is found by name; NULL: nowhere */
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

/* turn: any number that changes with each turn of the loop. */
found file_cache_find(file_cache *cache, const char *relative, uint64_t turn);
void file_release(served_file *file);

/* Gives back whatever was found. */
void found_close(const found *item);

#endif
