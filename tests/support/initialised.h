/* What MemorySanitizer is told and asked; nothing in builds without it. Must not know HTTP/2. */
#ifndef H2_TEST_INITIALISED_H
#define H2_TEST_INITIALISED_H

#include <stddef.h>

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define WITH_MSAN 1
#endif
#endif

/* The octets hold nothing, whatever stands there. */
static inline void holds_nothing(void *at, size_t len)
{
#ifdef WITH_MSAN
    __msan_allocated_memory(at, len);
#else
    (void)at;
    (void)len;
#endif
}

/* Each of the octets has been written. */
static inline void must_be_initialised(const void *at, size_t len)
{
#ifdef WITH_MSAN
    __msan_check_mem_is_initialized((const volatile void *)at, len);
#else
    (void)at;
    (void)len;
#endif
}

#endif
