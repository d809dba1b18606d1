/* Memory that ends exactly where a page without access begins. */
#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void protect(guard *g, int access)
{
    if (mprotect(g->pages, g->size, access) != 0) {
        perror("mprotect");
        abort();
    }
}

void guard_open(guard *g, size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    g->size = (size / page + 1) * page;
    void *pages = mmap(NULL, g->size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED || mprotect((uint8_t *)pages + g->size, page, PROT_NONE) != 0) {
        perror("mmap");
        abort();
    }
    g->pages = pages;
}

void guard_free(guard *g)
{
    if (g->pages) munmap(g->pages, g->size + (size_t)sysconf(_SC_PAGESIZE));
    *g = (guard){0};
}

const uint8_t *guard_place(guard *g, const void *data, size_t len)
{
    protect(g, PROT_READ | PROT_WRITE);
    uint8_t *at = g->pages + (g->size - len);
    if (len) memcpy(at, data, len);
    return at;
}

void guard_shut(guard *g)
{
    protect(g, PROT_NONE);
}
