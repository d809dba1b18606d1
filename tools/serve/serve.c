/* `h2 serve`: puts the parts together, says where it listens, and ends when it is told to. */
#include "capture.h"
#include "cli.h"
#include "serve/listener.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    LISTENERS_MOST = 2
};

struct server {
    struct serve_options options;
    root top;
    bool top_open;
    tls_context *tls;
    struct admission *admission;
    struct worker *workers;
    size_t worker_count; /* that are running */
    struct listener listeners[LISTENERS_MOST];
    size_t listener_count; /* that are bound */
    uv_loop_t loop;
    uv_signal_t signals[2];
    uv_async_t ended; /* sent by each worker at its end; keeps the loop alive until then */
    bool stopping;
};

static int fail(const char *why)
{
    return cli_fail("serve", CLI_EXIT_LOCAL, "%s", why);
}

/* As many descriptors as the system lets us have: connections and open files both need them. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static int look_at_files(const struct serve_options *options)
{
    const char *const files[] = {options->cert_file, options->key_file};
    for (size_t i = 0; i < 2; i++)
        if (files[i] && access(files[i], R_OK) != 0)
            return cli_fail("serve", CLI_EXIT_LOCAL, "cannot read %s: %s", files[i], strerror(errno));
    if (options->record_dir && !capture_possible(options->record_dir))
        return cli_fail("serve", CLI_EXIT_LOCAL, "cannot record in %s: %s", options->record_dir,
                        strerror(errno));
    return CLI_EXIT_OK;
}

static int prepare(struct server *server)
{
    const struct serve_options *const options = &server->options;
    char error[TLS_ERROR_SIZE];
    const int opened = root_open(&server->top, options->root);
    if (opened < 0)
        return cli_fail("serve", CLI_EXIT_LOCAL, "cannot serve '%s': %s", options->root, strerror(-opened));
    server->top_open = true;
    const int code = look_at_files(options);
    if (code != CLI_EXIT_OK) return code;
    if (options->tls)
        server->tls = tls_server_context(options->cert_file, options->key_file, options->host, error);
    if (options->tls && !server->tls) return cli_fail("serve", CLI_EXIT_TLS, "%s", error);
    for (int tls = 0; tls < 2; tls++) {
        if (!(tls ? options->tls : options->cleartext)) continue;
        struct listener *const listener = &server->listeners[server->listener_count];
        if (!listener_bind(listener, options->host, tls ? options->tls_port : options->port, tls, error))
            return fail(error);
        server->listener_count++;
    }
    server->admission = admission_new(options->max_connections, options->max_per_address);
    server->workers = calloc(options->workers, sizeof *server->workers);
    return server->admission && server->workers ? CLI_EXIT_OK : fail("out of memory");
}

static void stop(struct server *server)
{
    if (!server->stopping)
        for (size_t i = 0; i < server->listener_count; i++)
            listener_stop(&server->listeners[i]);
    for (size_t i = 0; i < server->worker_count; i++)
        worker_stop(&server->workers[i], server->stopping);
    server->stopping = true;
}

static void on_worker_ended(uv_async_t *ended)
{
    struct server *const server = ended->data;
    for (size_t i = 0; i < server->worker_count; i++)
        if (!worker_has_ended(&server->workers[i])) return;
    uv_close((uv_handle_t *)ended, NULL);
}

static void on_signal(uv_signal_t *handle, int number)
{
    (void)number;
    stop(handle->data);
}

static void watch_signals(struct server *server)
{
    static const int numbers[] = {SIGTERM, SIGINT};
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(&server->loop, &server->signals[i]);
        server->signals[i].data = server;
        uv_signal_start(&server->signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&server->signals[i]);
    }
}

static void announce(const struct server *server)
{
    fputs("listening on", stdout);
    for (size_t i = 0; i < server->listener_count; i++)
        printf(" %s", server->listeners[i].url);
    putchar('\n');
    fflush(stdout);
}

/* The first worker lives on the main loop, which also accepts; each other has a thread. */
static int start(struct server *server)
{
    const struct serve_options *const options = &server->options;
    watch_signals(server);
    if (uv_async_init(&server->loop, &server->ended, on_worker_ended) != 0) return fail("cannot start");
    server->ended.data = server;
    for (; server->worker_count < options->workers; server->worker_count++)
        if (!worker_open(&server->workers[server->worker_count],
                         server->worker_count == 0 ? &server->loop : NULL, options, &server->top, server->tls,
                         server->admission, &server->ended))
            return fail("cannot start a worker");
    for (size_t i = 0; i < server->listener_count; i++)
        if (!listener_start(&server->listeners[i], &server->loop, server->workers, server->worker_count,
                            server->admission))
            return fail("cannot watch a socket");
    announce(server);
    return CLI_EXIT_OK;
}

static void run(struct server *server)
{
    uv_run(&server->loop, UV_RUN_DEFAULT);
    for (size_t i = 0; i < server->worker_count; i++)
        worker_close(&server->workers[i]);
    for (size_t i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&server->signals[i], NULL);
    uv_run(&server->loop, UV_RUN_DEFAULT);
    uv_loop_close(&server->loop);
}

static void clean_up(struct server *server)
{
    free(server->workers);
    admission_free(server->admission);
    tls_context_free(server->tls);
    if (server->top_open) root_close(&server->top);
    free(server);
}

int cmd_serve(int argc, char **argv)
{
    int code;
    struct server *const server = calloc(1, sizeof *server);
    if (!server) return fail("out of memory");
    if (!serve_options_read(&server->options, argc, argv, &code)) {
        free(server);
        return code;
    }
    raise_descriptor_limit();
    code = prepare(server);
    if (code == CLI_EXIT_OK && uv_loop_init(&server->loop) != 0) code = fail("cannot make an event loop");
    if (code == CLI_EXIT_OK) {
        code = start(server);
        if (code != CLI_EXIT_OK) return code; /* the process ends; threads may be running */
        run(server);
    }
    clean_up(server);
    return code;
}
