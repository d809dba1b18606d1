/* Memory of one connection: every octet passes here, so that what is held is known exactly and can be capped.
 * Knows nothing of what the memory is for. */
#ifndef H2_BASE_ALLOC_H
#define H2_BASE_ALLOC_H

#include <h2/base.h>

typedef struct h2_memory {
    h2_allocator allocator;
    size_t used;      /* octets handed out now */
    size_t limit;     /* octets at most; SIZE_MAX is no bound */
    bool observe;     /* passing the limit is counted only */
    bool refused;     /* the last request that failed would have passed the limit */
    uint64_t crossed; /* how often the limit was or would have been passed */
} h2_memory;

/* Whether all of its functions are there; NULL is malloc and free. */
bool h2_is_allocator(const h2_allocator *allocator);

/* NULL is malloc and free. */
void h2_memory_init(h2_memory *memory, const h2_allocator *allocator);

/* NULL when there is none or the limit would be passed; size above 0. */
void *h2_alloc(h2_memory *memory, size_t size);

/* As realloc: on failure `ptr` stays as it was. ptr may be NULL when old_size is 0. */
void *h2_realloc(h2_memory *memory, void *ptr, size_t old_size, size_t new_size);

/* `size` is what was asked for last. NULL is fine. */
void h2_free(h2_memory *memory, void *ptr, size_t size);

#endif
