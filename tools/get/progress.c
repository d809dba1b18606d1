/* A bar while long bodies move; see progress.h. */
#include "get/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    PATIENCE = 1000, /* milliseconds before the first bar */
    INTERVAL = 200,
    WIDTH = 30
};

struct amounts {
    uint64_t moved, expected; /* expected 0: not known */
};

static struct amounts add_up(const progress *p)
{
    struct amounts sum = {0, 0};
    bool known = true;
    for (size_t i = 0; i < p->count; i++) {
        const transfer *t = &p->transfers[i];
        const bool sending = t->has_body && t->received == 0;
        sum.moved += sending ? t->sent : t->received;
        const int64_t expected = sending ? t->body.length : t->expected;
        known = known && expected >= 0 && (sending || t->status != 0);
        if (expected > 0) sum.expected += (uint64_t)expected;
    }
    if (!known) sum.expected = 0;
    return sum;
}

/* 1234567 as "1.2 MB" */
static void describe_size(char *out, size_t size, double octets)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB"};
    size_t unit = 0;
    while (octets >= 1000 && unit + 1 < sizeof units / sizeof *units) {
        octets /= 1000;
        unit++;
    }
    snprintf(out, size, unit ? "%.1f %s" : "%.0f %s", octets, units[unit]);
}

static void draw(uv_timer_t *timer)
{
    progress *p = timer->data;
    char bar[WIDTH + 1], moved[32], rate[32];
    const struct amounts sum = add_up(p);
    const uint64_t elapsed = uv_now(p->env->loop) - p->started;
    if (elapsed < PATIENCE || sum.moved == 0) return;
    describe_size(moved, sizeof moved, (double)sum.moved);
    describe_size(rate, sizeof rate, (double)sum.moved * 1000 / (double)elapsed);
    p->env->bar_shown = true;
    if (sum.expected == 0) {
        fprintf(stderr, "\r\033[K%s  %s/s", moved, rate);
        return;
    }
    const double part = sum.moved < sum.expected ? (double)sum.moved / (double)sum.expected : 1;
    const size_t filled = (size_t)(part * WIDTH);
    memset(bar, ' ', WIDTH);
    memset(bar, '#', filled);
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r\033[K[%s] %3.0f %%  %s  %s/s", bar, part * 100, moved, rate);
}

static bool wanted(const get_env *env)
{
    const get_options *options = env->options;
    const bool to_screen = !options->output_dir && strcmp(options->output, "-") == 0 && isatty(STDOUT_FILENO);
    return isatty(STDERR_FILENO) && !options->verbose && !to_screen;
}

void progress_start(progress *p, get_env *env, const transfer *transfers, size_t count)
{
    *p = (progress){.env = env, .transfers = transfers, .count = count};
    if (!wanted(env)) return;
    uv_timer_init(env->loop, &p->timer);
    p->timer.data = p;
    p->started = uv_now(env->loop);
    uv_timer_start(&p->timer, draw, INTERVAL, INTERVAL);
    uv_unref((uv_handle_t *)&p->timer); /* the loop ends without it */
    p->active = true;
}

void progress_stop(progress *p)
{
    if (p->active) uv_close((uv_handle_t *)&p->timer, NULL);
    if (p->env->bar_shown) fputs("\r\033[K", stderr);
    p->env->bar_shown = false;
    p->active = false;
}
