/* A bar on standard error while long bodies move. Shown on a terminal alone, when bodies do not go to one. */
#ifndef H2_GET_PROGRESS_H
#define H2_GET_PROGRESS_H

#include "get/transfer.h"

typedef struct progress {
    uv_timer_t timer;
    get_env *env;
    const transfer *transfers;
    size_t count;
    uint64_t started; /* loop time in milliseconds */
    bool active;
} progress;

void progress_start(progress *p, get_env *env, const transfer *transfers, size_t count);
void progress_stop(progress *p);

#endif
