/* One URL on its way; see transfer.h. */
#include "get/transfer.h"

#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void say(get_env *env, const char *text, const char *message)
{
    if (env->bar_shown) fputs("\r\033[K", stderr);
    env->bar_shown = false;
    cli_fail("get", 0, "%s: %s", text, message);
}

static bool writes_file(const transfer *t)
{
    return strcmp(t->sink.out->path, "-") != 0;
}

static void end(transfer *t, int exit_code)
{
    t->state = TRANSFER_DONE;
    t->exit_code = exit_code;
    if (t->has_body) source_cancel(&t->body);
    sink_finish(&t->sink, t->status != 0);
}

void transfer_succeed(transfer *t)
{
    char message[64];
    const bool bad = t->status >= 400;
    end(t, bad ? CLI_EXIT_HTTP : CLI_EXIT_OK);
    if (!bad) return;
    snprintf(message, sizeof message, "HTTP status %u", t->status);
    say(t->env, t->text, message);
}

void transfer_fail(transfer *t, int exit_code, const char *format, ...)
{
    char message[768];
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    const size_t at = len < 0 ? 0 : (size_t)len;
    if (t->received > 0 && writes_file(t) && at < sizeof message)
        snprintf(message + at, sizeof message - at, " (%s is incomplete: %" PRIu64 " octets were received)",
                 t->sink.out->path, t->received);
    end(t, exit_code);
    say(t->env, t->text, message);
}

void transfer_fail_output(transfer *t)
{
    output *out = t->sink.out;
    char message[512];
    end(t, CLI_EXIT_LOCAL);
    if (out->reported) return;
    out->reported = true;
    snprintf(message, sizeof message, "cannot write to %s: %s",
             writes_file(t) ? out->path : "standard output",
             out->error ? strerror(out->error) : "out of memory");
    say(t->env, t->text, message);
}

bool transfer_rewind(transfer *t)
{
    if (t->has_body && !source_rewind(&t->body)) return false;
    t->state = TRANSFER_QUEUED;
    t->stream_id = 0;
    t->session = NULL;
    t->body_sent = false;
    t->sent = 0;
    return true;
}
