/* What the requests of one worker share: the files, the time of this turn of the loop, memory that is used
 * again. Belongs to one thread. Knows neither sockets nor the event loop, which sets `turn` and `now`. */
#ifndef H2_TOOLS_SERVE_SITE_H
#define H2_TOOLS_SERVE_SITE_H

#include "serve/files.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct exchange;

enum {
    CHUNK_SIZE = 16 * 1024
};

/* A piece of a body on its way to the socket. */
struct chunk {
    struct chunk *next; /* while it is free */
    uint8_t bytes[CHUNK_SIZE];
};

struct site {
    file_cache *files;
    bool access_log, verbose, colour;
    bool log_waiting; /* lines in stdio's buffer */
    uint64_t turn;    /* counts turns of the loop, from 1 when the first event comes */
    uint64_t now;     /* milliseconds of a steady clock, when this connection's turn began */
    uint64_t dated;   /* the turn in which the clock was last looked at for the date */
    int64_t date_seconds;
    char date[HTTP_DATE_SIZE];
    struct exchange *free_exchanges;
    struct chunk *free_chunks;
    size_t free_chunk_count;
};

bool site_open(struct site *site, const root *top); /* false: no memory */
void site_close(struct site *site);

/* The value of the date field in this turn. */
const char *site_date(struct site *site);

struct chunk *chunk_take(struct site *site); /* NULL: no memory */
void chunk_give_back(struct site *site, struct chunk *chunk);

#endif
