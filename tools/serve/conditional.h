/* Conditional requests (RFC 9110 section 13): what the preconditions say about a file. */
#ifndef H2_TOOLS_SERVE_CONDITIONAL_H
#define H2_TOOLS_SERVE_CONDITIONAL_H

#include "serve/files.h"
#include "serve/request.h"

/* 0: go on; 304 or 412: answer that. */
int precondition(const http_request *request, const served_file *file);

/* Whether If-Range, if there, lets the Range count. */
bool range_allowed(const http_request *request, const served_file *file);

#endif
