/* An allocator that counts, checks and fails on demand. */
#include "counting_allocator.h"

#include "initialised.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIVE UINT64_C(0x6c6976652d626c6b)
#define DEAD UINT64_C(0x646561642d626c6b)

/* In front of every block; a multiple of malloc's alignment. */
typedef struct block {
    uint64_t magic;
    size_t size;
    counting_allocator *owner;
    size_t reserved;
} block;

static void complain(counting_allocator *a, const char *what, size_t told, size_t asked)
{
    if (a->wrong++ == 0)
        snprintf(a->complaint, sizeof a->complaint, "%s: told %zu, asked %zu", what, told, asked);
}

static bool refuse(counting_allocator *a, size_t size)
{
    a->requests++;
    bool refused =
        a->fail_at != 0 && (a->fail_ever_after ? a->requests >= a->fail_at : a->requests == a->fail_at);
    if (refused) {
        a->refused++;
        a->refused_size = size;
    }
    return refused;
}

static void *hand_out(counting_allocator *a, size_t size)
{
    block *b = malloc(sizeof *b + size);
    if (!b) return NULL;
    *b = (block){.magic = LIVE, .size = size, .owner = a};
    memset(b + 1, 0xa5, size);
    holds_nothing(b + 1, size);
    a->live_octets += size;
    a->live_blocks++;
    return b + 1;
}

static block *find(counting_allocator *a, void *ptr, size_t size, const char *what)
{
    block *b = (block *)ptr - 1;
    if (b->magic != LIVE || b->owner != a) {
        complain(a, "a block that is not live", size, 0);
        return NULL;
    }
    if (b->size != size) complain(a, what, size, b->size);
    return b;
}

static void take_back(counting_allocator *a, block *b)
{
    a->live_octets -= b->size;
    a->live_blocks--;
    memset(b + 1, 0xdd, b->size);
    b->magic = DEAD;
    free(b);
}

static void *allocate(void *arg, size_t size)
{
    counting_allocator *a = arg;
    if (size == 0) complain(a, "allocate of no octets", size, 0);
    return refuse(a, size) ? NULL : hand_out(a, size);
}

static void *reallocate(void *arg, void *ptr, size_t old_size, size_t new_size)
{
    counting_allocator *a = arg;
    if (new_size == 0) complain(a, "reallocate to no octets", new_size, old_size);
    if (!ptr) {
        complain(a, "reallocate of NULL", new_size, old_size);
        return NULL;
    }
    block *b = find(a, ptr, old_size, "reallocate with a wrong old size");
    if (!b || refuse(a, new_size)) return NULL;
    void *moved = hand_out(a, new_size);
    if (!moved) return NULL;
    memcpy(moved, ptr, b->size < new_size ? b->size : new_size);
    take_back(a, b);
    return moved;
}

static void release(void *arg, void *ptr, size_t size)
{
    counting_allocator *a = arg;
    if (!ptr) {
        complain(a, "release of NULL", size, 0);
        return;
    }
    block *b = find(a, ptr, size, "release with a wrong size");
    if (b) take_back(a, b);
}

void counting_allocator_init(counting_allocator *a)
{
    *a = (counting_allocator){.base = {allocate, reallocate, release, a}};
}

bool counting_allocator_clean(counting_allocator *a)
{
    if (a->wrong == 0 && (a->live_octets != 0 || a->live_blocks != 0))
        snprintf(a->complaint, sizeof a->complaint, "leaked %zu octets in %zu blocks", a->live_octets,
                 a->live_blocks);
    return a->wrong == 0 && a->live_octets == 0 && a->live_blocks == 0;
}
