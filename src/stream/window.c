/* Flow-control windows (RFC 9113 section 5.2), with the thresholds of Python's h2. */
#include "stream/window.h"

bool h2_window_consume(h2_window *window, uint32_t octets)
{
    window->current -= octets;
    return window->current >= 0;
}

bool h2_window_open(h2_window *window, int64_t octets)
{
    if (octets > H2_WINDOW_MAX - window->current) return false;
    window->current += octets;
    if (window->current > window->max) window->max = window->current;
    return true;
}

/* Worth a frame: half of the window, or a quarter (at most 1,024) of one that is exhausted. */
static bool is_worth_telling(const h2_window *window)
{
    const int64_t quarter = window->max / 4;
    const int64_t least = quarter < 1024 ? quarter : 1024;
    if (window->current == 0 && window->processed > least) return true;
    return window->processed >= window->max / 2;
}

uint32_t h2_window_process(h2_window *window, uint32_t octets)
{
    const uint32_t room_left = UINT32_MAX - window->processed;
    window->processed += octets < room_left ? octets : room_left;
    if (window->processed == 0 || !is_worth_telling(window)) return 0;
    const int64_t most = window->max < H2_WINDOW_MAX ? window->max : H2_WINDOW_MAX;
    const int64_t room = most - window->current;
    const int64_t increment = window->processed < room ? (int64_t)window->processed : room;
    window->processed = 0;
    if (increment <= 0) return 0;
    window->current += increment;
    return (uint32_t)increment;
}
