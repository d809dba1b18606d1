/* Memory of one connection, counted and capped. Knows nothing of what the memory is for. */
#include "base/alloc.h"

#include <stdlib.h>

static void *libc_allocate(void *arg, size_t size)
{
    (void)arg;
    return malloc(size);
}

static void *libc_reallocate(void *arg, void *ptr, size_t old_size, size_t new_size)
{
    (void)arg;
    (void)old_size;
    return realloc(ptr, new_size);
}

static void libc_release(void *arg, void *ptr, size_t size)
{
    (void)arg;
    (void)size;
    free(ptr);
}

bool h2_is_allocator(const h2_allocator *allocator)
{
    return !allocator || (allocator->allocate && allocator->reallocate && allocator->release);
}

void h2_memory_init(h2_memory *memory, const h2_allocator *allocator)
{
    static const h2_allocator libc = {libc_allocate, libc_reallocate, libc_release, NULL};

    *memory = (h2_memory){.allocator = allocator ? *allocator : libc, .used = 0, .limit = SIZE_MAX};
}

/* The limit may have been lowered below what is used. */
static bool fits(h2_memory *memory, size_t more)
{
    memory->refused = false;
    if (memory->used <= memory->limit && more <= memory->limit - memory->used) return true;
    memory->crossed++;
    memory->refused = !memory->observe;
    return memory->observe;
}

void *h2_alloc(h2_memory *memory, size_t size)
{
    if (!fits(memory, size)) return NULL;
    void *const ptr = memory->allocator.allocate(memory->allocator.arg, size);
    if (ptr) memory->used += size;
    return ptr;
}

void *h2_realloc(h2_memory *memory, void *ptr, size_t old_size, size_t new_size)
{
    if (!ptr) return h2_alloc(memory, new_size);
    if (new_size > old_size && !fits(memory, new_size - old_size)) return NULL;
    void *const moved = memory->allocator.reallocate(memory->allocator.arg, ptr, old_size, new_size);
    if (moved) memory->used = memory->used - old_size + new_size;
    return moved;
}

void h2_free(h2_memory *memory, void *ptr, size_t size)
{
    if (!ptr) return;
    memory->allocator.release(memory->allocator.arg, ptr, size);
    memory->used -= size;
}
