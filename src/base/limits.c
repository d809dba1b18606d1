/* Defaults and names of the bounds. */
#include "base/limits.h"

_Static_assert(H2_LIMIT_COUNT <= sizeof((h2_counters *)0)->by_limit / sizeof(uint64_t),
               "a counter for each bound");

void h2_limits_resolve(h2_limits *limits, h2_profile profile)
{
#define RESOLVE(name, rfc, python)                                                                           \
    if (limits->name == 0) limits->name = profile == H2_PROFILE_RFC ? (rfc) : (python);
    H2_LIMITS(RESOLVE)
#undef RESOLVE
    if (limits->max_memory == 0) limits->max_memory = SIZE_MAX;
}

const char *h2_limit_name(size_t index)
{
    static const char *const names[] = {
#define NAME(name, rfc, python) [H2_LIMIT_##name] = #name,
        H2_LIMITS(NAME)
#undef NAME
            [H2_LIMIT_max_memory] = "max_memory",
        [H2_LIMIT_header_list_size] = "header_list_size",
        [H2_LIMIT_concurrent_streams] = "concurrent_streams",
    };

    return index < sizeof names / sizeof *names ? names[index] : NULL;
}
