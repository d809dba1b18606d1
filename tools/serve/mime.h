/* Content types by file name. */
#ifndef H2_TOOLS_SERVE_MIME_H
#define H2_TOOLS_SERVE_MIME_H

/* A constant string; application/octet-stream for what is not known. */
const char *mime_type(const char *file_name);

#endif
