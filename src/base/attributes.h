/* What the compiler is told of how often code runs, and the caches of what it will read. Knows nothing of the code. */
#ifndef H2_BASE_ATTRIBUTES_H
#define H2_BASE_ATTRIBUTES_H

/* H2_RARE: a function that ordinary traffic does not call: kept out of its callers, and away from them.
 * H2_APART: kept out of its callers, whose other paths are shorter without it.
 * H2_INLINED: part of each of its callers, where anything is.
 * H2_PREFETCH: an address that will be read, which is brought near, but not into the smallest cache.
 * H2_USUAL, H2_UNUSUAL: a condition that holds, or does not, in ordinary traffic: its way goes straight on. */
#if defined(__GNUC__)
#define H2_PREFETCH(at)       __builtin_prefetch(at, 0, 2)
#define H2_RARE               __attribute__((cold, noinline))
#define H2_APART              __attribute__((noinline))
#define H2_USUAL(condition)   __builtin_expect(!!(condition), 1)
#define H2_UNUSUAL(condition) __builtin_expect(!!(condition), 0)
#else
#define H2_PREFETCH(at) ((void)(at))
#define H2_RARE
#define H2_APART
#define H2_USUAL(condition)   (condition)
#define H2_UNUSUAL(condition) (condition)
#endif
#if defined(__GNUC__) && defined(__OPTIMIZE__)
#define H2_INLINED inline __attribute__((always_inline))
#else
#define H2_INLINED inline
#endif

#endif
