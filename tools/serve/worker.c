/* See worker.h. */
#include "serve/worker.h"

#include "serve/access_log.h"
#include "serve/peer.h"

#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    SWEEP_MS = 500,
    STOPPING_SWEEP_MS = 100,
    CROWD = 100 /* connections */
};

static void on_turn(uv_prepare_t *turn)
{
    struct worker *const worker = turn->data;
    worker->site.turn++;
    access_log_flush(&worker->site);
}

/* Lets the loop end once nothing is left to wait for. */
static void end_if_empty(struct worker *worker)
{
    if (!worker->stopping || worker->peers || uv_is_closing((uv_handle_t *)&worker->wake)) return;
    uv_mutex_lock(&worker->lock);
    worker->gone = true;
    uv_async_send(worker->ended);
    uv_mutex_unlock(&worker->lock);
    uv_close((uv_handle_t *)&worker->turn, NULL);
    uv_close((uv_handle_t *)&worker->sweep, NULL);
    uv_close((uv_handle_t *)&worker->wake, NULL);
}

static void for_each_peer(struct worker *worker, void (*act)(struct peer *))
{
    struct peer *next;
    worker->site.now = uv_now(worker->loop);
    for (struct peer *peer = worker->peers; peer; peer = next) {
        next = peer->next;
        act(peer);
    }
}

/* After a crowd has left; once it has been calm for a sweep, so that it does not come in between. */
static void give_memory_back(struct worker *worker)
{
    const bool calm = worker->closed == worker->closed_at_sweep;
    worker->closed_at_sweep = worker->closed;
    if (!calm || worker->closed < CROWD) return;
    worker->closed = worker->closed_at_sweep = 0;
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

static void on_sweep(uv_timer_t *timer)
{
    struct worker *const worker = timer->data;
    for_each_peer(worker, peer_check_time);
    file_cache_sweep(worker->site.files, worker->site.turn);
    give_memory_back(worker);
    if (worker->stopping && worker->site.now - worker->stopping_since > worker->options->grace)
        for_each_peer(worker, peer_close);
    end_if_empty(worker);
}

static void turn_away(struct worker *worker, const struct arrival *arrival)
{
    close(arrival->fd);
    admission_leave(worker->admission, arrival->key);
}

static void take_arrivals(struct worker *worker, struct arrival *arrivals)
{
    while (arrivals) {
        struct arrival *const arrival = arrivals;
        arrivals = arrival->next;
        if (worker->stopping)
            turn_away(worker, arrival);
        else
            peer_open(worker, arrival);
        free(arrival);
    }
}

static void on_wake(uv_async_t *wake)
{
    struct worker *const worker = wake->data;
    uv_mutex_lock(&worker->lock);
    struct arrival *const arrivals = worker->arrivals;
    const bool stop = worker->stop_asked, kill = worker->kill_asked;
    worker->arrivals = NULL;
    uv_mutex_unlock(&worker->lock);
    worker->site.now = uv_now(worker->loop);
    take_arrivals(worker, arrivals);
    if (stop && !worker->stopping) {
        worker->stopping = true;
        worker->stopping_since = worker->site.now;
        uv_timer_start(&worker->sweep, on_sweep, STOPPING_SWEEP_MS, STOPPING_SWEEP_MS);
        for_each_peer(worker, peer_shut_down);
    }
    if (kill) for_each_peer(worker, peer_close);
    end_if_empty(worker);
}

static void run_thread(void *arg)
{
    struct worker *const worker = arg;
    uv_run(worker->loop, UV_RUN_DEFAULT);
}

static bool start_handles(struct worker *worker)
{
    uv_loop_t *const loop = worker->loop;
    if (uv_async_init(loop, &worker->wake, on_wake) != 0) return false;
    uv_prepare_init(loop, &worker->turn);
    uv_timer_init(loop, &worker->sweep);
    worker->turn.data = worker->sweep.data = worker->wake.data = worker;
    uv_prepare_start(&worker->turn, on_turn);
    uv_timer_start(&worker->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    worker->site.now = uv_now(loop);
    return true;
}

static bool start_loop(struct worker *worker)
{
    if (worker->loop != &worker->own_loop) return start_handles(worker);
    if (uv_loop_init(&worker->own_loop) != 0) return false;
    return start_handles(worker) && uv_thread_create(&worker->thread, run_thread, worker) == 0;
}

bool worker_open(struct worker *worker, uv_loop_t *loop, const struct serve_options *options, const root *top,
                 tls_context *tls, struct admission *admission, uv_async_t *ended)
{
    if (!site_open(&worker->site, top)) return false;
    worker->site.access_log = options->access_log;
    worker->site.verbose = options->verbose;
    worker->site.colour = options->verbose && isatty(STDERR_FILENO);
    worker->options = options;
    worker->tls = tls;
    worker->admission = admission;
    worker->ended = ended;
    worker->loop = loop ? loop : &worker->own_loop;
    return uv_mutex_init(&worker->lock) == 0 && start_loop(worker);
}

void worker_close(struct worker *worker)
{
    if (worker->loop == &worker->own_loop) {
        uv_thread_join(&worker->thread);
        uv_loop_close(&worker->own_loop);
    }
    take_arrivals(worker, worker->arrivals);
    access_log_flush(&worker->site);
    uv_mutex_destroy(&worker->lock);
    site_close(&worker->site);
}

void worker_take(struct worker *worker, struct arrival *arrival)
{
    uv_mutex_lock(&worker->lock);
    arrival->next = worker->arrivals;
    worker->arrivals = arrival;
    if (!worker->gone) uv_async_send(&worker->wake);
    uv_mutex_unlock(&worker->lock);
}

bool worker_has_ended(struct worker *worker)
{
    uv_mutex_lock(&worker->lock);
    const bool gone = worker->gone;
    uv_mutex_unlock(&worker->lock);
    return gone;
}

void worker_stop(struct worker *worker, bool now)
{
    uv_mutex_lock(&worker->lock);
    worker->stop_asked = true;
    worker->kill_asked = worker->kill_asked || now;
    if (!worker->gone) uv_async_send(&worker->wake);
    uv_mutex_unlock(&worker->lock);
}
