/* An allocator that counts, checks and fails on demand. It verifies that release and reallocate are told the
 * size that was asked for, moves on every reallocation so that stale pointers show, and poisons what is given
 * back. Must not know what it allocates for. */
#ifndef H2_TEST_COUNTING_ALLOCATOR_H
#define H2_TEST_COUNTING_ALLOCATOR_H

#include <h2/h2.h>

typedef struct counting_allocator {
    h2_allocator base;  /* pass &a.base to the library */
    size_t live_octets; /* handed out and not given back */
    size_t live_blocks;
    size_t requests;      /* allocate and reallocate calls so far */
    size_t fail_at;       /* the request with this number, from 1, is refused; 0 refuses none */
    bool fail_ever_after; /* and all requests after it too */
    size_t refused;       /* requests that were refused */
    size_t refused_size;  /* octets that the last of them was for */
    size_t wrong;         /* calls that broke the allocator's contract */
    char complaint[160];  /* the first of them */
} counting_allocator;

/* The struct must not move while memory from it lives. */
void counting_allocator_init(counting_allocator *a);

/* True when nothing lives and the contract was kept; else `complaint` says why. */
bool counting_allocator_clean(counting_allocator *a);

#endif
