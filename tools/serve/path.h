/* From the path of a request to the name of a file below the root, and back into URLs (RFC 3986). Knows no
 * file system: root.h opens what comes out of here, and guards what names alone cannot (symbolic links). */
#ifndef H2_TOOLS_SERVE_PATH_H
#define H2_TOOLS_SERVE_PATH_H

#include "serve/text.h"

enum {
    PATH_SIZE = 4096
};

typedef enum path_status {
    PATH_OK,
    PATH_BAD,      /* no path, broken escapes, a NUL, more `..` than there are folders */
    PATH_TOO_LONG, /* longer than any file name can be */
    PATH_NOWHERE   /* well formed, but no file can have this name: an escaped slash */
} path_status;

typedef struct request_path {
    char relative[PATH_SIZE]; /* decoded, terminated, without slashes at its ends; "." is the root */
    bool directory;           /* ended in a slash */
    text query;               /* after the `?`, into the target */
} request_path;

/* target: what `:path` said, or a request line. Empty and `.` segments are dropped, `..`
 * drops the one before. */
path_status path_parse(text target, request_path *out);

/* Writes `in` with everything but unreserved characters and slashes escaped, terminated; false when cap is
 * too small (three times the length and one always suffice). */
bool path_encode(text in, char *out, size_t cap);

#endif
