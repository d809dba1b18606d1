/* See site.h. */
#include "serve/site.h"

#include "serve/exchange.h"

#include <stdlib.h>
#include <time.h>

enum {
    CHUNKS_KEPT = 64
};

bool site_open(struct site *site, const root *top)
{
    *site = (struct site){.files = file_cache_new(top), .date_seconds = -1};
    return site->files != NULL;
}

void site_close(struct site *site)
{
    file_cache_free(site->files);
    while (site->free_exchanges) {
        struct exchange *const next = site->free_exchanges->next;
        free(site->free_exchanges);
        site->free_exchanges = next;
    }
    while (site->free_chunks) {
        struct chunk *const next = site->free_chunks->next;
        free(site->free_chunks);
        site->free_chunks = next;
    }
}

const char *site_date(struct site *site)
{
    struct timespec now;
    if (site->dated == site->turn) return site->date;
    site->dated = site->turn;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    if (now.tv_sec != site->date_seconds) {
        site->date_seconds = now.tv_sec;
        http_date_format(now.tv_sec, site->date);
    }
    return site->date;
}

struct chunk *chunk_take(struct site *site)
{
    struct chunk *const chunk = site->free_chunks;
    if (!chunk) return malloc(sizeof *chunk);
    site->free_chunks = chunk->next;
    site->free_chunk_count--;
    return chunk;
}

void chunk_give_back(struct site *site, struct chunk *chunk)
{
    if (site->free_chunk_count == CHUNKS_KEPT) {
        free(chunk);
        return;
    }
    chunk->next = site->free_chunks;
    site->free_chunks = chunk;
    site->free_chunk_count++;
}
