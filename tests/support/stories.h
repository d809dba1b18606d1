/* Field lists as they follow each other on real connections, made up from a seed: page loads, APIs, gRPC. For tests and
 * measurements of header compression; the same seed always tells the same story. */
#ifndef H2_TEST_STORIES_H
#define H2_TEST_STORIES_H

#include "octets.h"

#include <h2/h2.h>

typedef enum story_kind {
    STORY_BROWSER,    /* requests of a browser to one site */
    STORY_SITE,       /* its responses */
    STORY_API,        /* requests of a program with a token */
    STORY_API_REPLY,  /* its responses */
    STORY_GRPC,       /* calls */
    STORY_GRPC_REPLY, /* responses and trailers in turn */
    STORY_KINDS
} story_kind;

typedef struct story_list {
    h2_header *fields;
    size_t count;
} story_list;

typedef struct story {
    story_list *lists;
    size_t count;
    size_t fields; /* in all lists */
    size_t octets; /* of names and values */
} story;

const char *story_name(story_kind kind);

story *story_make(story_kind kind, uint64_t seed, size_t lists);
void story_free(story *s);

/* A number from a sequence that is always the same; *state above 0. */
uint64_t random_next(uint64_t *state);

/* Below `end`. */
size_t random_below(uint64_t *state, size_t end);

/* A list with everything that may go wrong: few names and values that come again, long and empty ones, any octets,
 * never-indexed fields. Freed by random_list_free. */
story_list random_list(uint64_t *state);
void random_list_free(story_list *list);

#endif
