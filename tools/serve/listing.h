/* The page that stands for a folder without index.html. */
#ifndef H2_TOOLS_SERVE_LISTING_H
#define H2_TOOLS_SERVE_LISTING_H

#include <stddef.h>
#include <stdint.h>

/* HTML for the folder that fd is open on (closed in any case), under the name `relative` below the root ("."
 * is the root). The caller frees the page; NULL: no memory or not readable. */
uint8_t *listing_make(int fd, const char *relative, size_t *len);

#endif
