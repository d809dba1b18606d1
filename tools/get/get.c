/* `h2 get`: groups URLs by origin, keeps a session to each, and adds up what came of them. */
#include "get/progress.h"
#include "get/session.h"

#include "capture.h"
#include "cli.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    MAX_FRUITLESS = 2 /* connections in a row that end without a response */
};

struct run {
    uv_loop_t loop;
    get_options options;
    get_env env;
    transfer *transfers;
    origin *origins;
    size_t origin_count;
    output shared; /* without --output-dir */
    progress progress;
};

/* Sessions. */

static void serve_origin(struct run *run, origin *o);

static void fail_waiting(origin *o, int exit_code, const char *why)
{
    for (transfer *t = origin_pop(o); t; t = origin_pop(o))
        transfer_fail(t, exit_code, "%s", why);
}

/* A session has ended; what still waits goes on another connection, as long as they are of use. */
static void session_over(session *s, void *arg)
{
    struct run *run = arg;
    origin *o = s->origin;
    o->session = NULL;
    o->fruitless = s->completed ? 0 : o->fruitless + 1;
    session_free(s);
    if (o->first && o->fruitless >= MAX_FRUITLESS)
        fail_waiting(
            o, CLI_EXIT_PROTOCOL,
            "the server ends each connection before it answers; the request was not processed, it is safe "
            "to send it again");
    if (o->first) serve_origin(run, o);
}

static void serve_origin(struct run *run, origin *o)
{
    if (!session_start(&run->env, o, session_over, run)) fail_waiting(o, CLI_EXIT_LOCAL, "out of memory");
}

/* Outputs. */

/* --output-dir: DIR/NAME; a name that two URLs share, or that is none, is refused before anything is fetched. */
static int name_output(struct run *run, size_t index)
{
    transfer *t = &run->transfers[index];
    char *name = url_file_name(t->url);
    if (!name) return cli_usage_error("get", "--output-dir: the path of '%s' has no file name", t->text);
    const int result = asprintf(&t->own_path, "%s/%s", run->options.output_dir, name);
    free(name);
    if (result < 0) {
        t->own_path = NULL;
        return cli_fail("get", CLI_EXIT_LOCAL, "out of memory");
    }
    for (size_t i = 0; i < index; i++)
        if (strcmp(run->transfers[i].own_path, t->own_path) == 0)
            return cli_usage_error("get", "--output-dir: '%s' and '%s' would both be written to %s",
                                   run->transfers[i].text, t->text, t->own_path);
    output_init(&t->own, &run->loop, t->own_path);
    return CLI_EXIT_OK;
}

static int make_transfers(struct run *run)
{
    const get_options *options = &run->options;
    for (size_t i = 0; i < options->url_count; i++) {
        transfer *t = &run->transfers[i];
        *t =
            (transfer){.env = &run->env, .text = options->texts[i], .url = &options->urls[i], .expected = -1};
        const int code = options->output_dir ? name_output(run, i) : CLI_EXIT_OK;
        if (code != CLI_EXIT_OK) return code;
        sink_init(&t->sink, options->output_dir ? &t->own : &run->shared, credit_written, t);
    }
    return CLI_EXIT_OK;
}

static origin *find_origin(struct run *run, const url *u)
{
    for (size_t i = 0; i < run->origin_count; i++)
        if (url_same_origin(run->origins[i].url, u)) return &run->origins[i];
    origin *o = &run->origins[run->origin_count++];
    o->url = u;
    return o;
}

static void queue_transfers(struct run *run)
{
    for (size_t i = 0; i < run->options.url_count; i++)
        origin_push(find_origin(run, run->transfers[i].url), &run->transfers[i]);
}

/* The run. */

static bool needs_tls(const get_options *options)
{
    for (size_t i = 0; i < options->url_count; i++)
        if (options->urls[i].tls) return true;
    return false;
}

static int prepare(struct run *run)
{
    char error[TLS_ERROR_SIZE];
    const get_options *options = &run->options;
    run->env = (get_env){.loop = &run->loop, .options = options, .colour = isatty(STDERR_FILENO)};
    if (options->record_dir && !capture_possible(options->record_dir))
        return cli_fail("get", CLI_EXIT_LOCAL, "cannot record in %s: %s", options->record_dir,
                        strerror(errno));
    output_init(&run->shared, &run->loop, options->output);
    run->transfers = calloc(options->url_count, sizeof *run->transfers);
    run->origins = calloc(options->url_count, sizeof *run->origins);
    if (!run->transfers || !run->origins) return cli_fail("get", CLI_EXIT_LOCAL, "out of memory");
    const int code = make_transfers(run);
    if (code != CLI_EXIT_OK) return code;
    if (!needs_tls(options)) return CLI_EXIT_OK;
    run->env.tls = tls_client_context(options->ca_file, options->insecure, error);
    return run->env.tls ? CLI_EXIT_OK : cli_fail("get", CLI_EXIT_LOCAL, "%s", error);
}

/* What is only known when a file is closed, or that never had octets to fail on. */
static void check_output(transfer *t)
{
    output_close(t->sink.out);
    if (t->sink.out->error && t->exit_code == CLI_EXIT_OK) transfer_fail_output(t);
}

/* The code of the first URL that failed. */
static int add_up(struct run *run)
{
    int code = CLI_EXIT_OK;
    for (size_t i = 0; i < run->options.url_count; i++)
        check_output(&run->transfers[i]);
    for (size_t i = 0; i < run->options.url_count && code == CLI_EXIT_OK; i++)
        code = run->transfers[i].exit_code;
    return code;
}

static int fetch(struct run *run)
{
    int code = prepare(run);
    if (code != CLI_EXIT_OK) return code;
    queue_transfers(run);
    for (size_t i = 0; i < run->origin_count; i++)
        serve_origin(run, &run->origins[i]);
    progress_start(&run->progress, &run->env, run->transfers, run->options.url_count);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    progress_stop(&run->progress);
    uv_run(&run->loop, UV_RUN_DEFAULT);
    return add_up(run);
}

static void release(struct run *run)
{
    for (size_t i = 0; run->transfers && i < run->options.url_count; i++) {
        transfer *t = &run->transfers[i];
        if (t->has_body) source_close(&t->body);
        free(t->own_path);
    }
    tls_context_free(run->env.tls);
    free(run->transfers);
    free(run->origins);
    get_options_free(&run->options);
}

int cmd_get(int argc, char **argv)
{
    struct run run = {0};
    int code;
    if (!get_options_parse(&run.options, argc, argv, &code)) return code;
    signal(SIGPIPE, SIG_IGN);
    if (uv_loop_init(&run.loop) != 0) {
        get_options_free(&run.options);
        return cli_fail("get", CLI_EXIT_LOCAL, "cannot start: %s", strerror(errno));
    }
    code = fetch(&run);
    uv_loop_close(&run.loop);
    release(&run);
    return code;
}
