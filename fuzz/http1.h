/* What the RFC profile accepts, written as HTTP/1.1 and read by a careless parser, gives the same fields again. */
#ifndef H2_FUZZ_HTTP1_H
#define H2_FUZZ_HTTP1_H

#include <h2/h2.h>

/* Looks at an event that has fields, and at no other. */
void http1_judge(const h2_event *event);

#endif
