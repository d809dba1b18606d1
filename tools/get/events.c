/* What the events of a connection mean for its transfers. */
#include "get/session.h"

#include "cli.h"
#include "names.h"

#include <string.h>

static const h2_header *find_field(const h2_event *event, const char *name)
{
    const size_t len = strlen(name);
    for (size_t i = 0; i < event->headers.count; i++) {
        const h2_header *field = &event->headers.fields[i];
        if (field->name_len == len && memcmp(field->name, name, len) == 0) return field;
    }
    return NULL;
}

/* A decimal value; `otherwise` when the field is not there or is none. */
static int64_t number_field(const h2_event *event, const char *name, int64_t otherwise)
{
    char text[24] = "";
    uint64_t value;
    const h2_header *field = find_field(event, name);
    if (!field || field->value_len >= sizeof text) return otherwise;
    memcpy(text, field->value, field->value_len);
    return cli_number(text, 0, INT64_MAX, &value) ? (int64_t)value : otherwise;
}

static void on_response(const h2_event *event, transfer *t)
{
    t->status = (unsigned)number_field(event, ":status", 0);
    t->expected = number_field(event, "content-length", -1);
}

/* Ends a transfer that this side wants no more of. */
static void cancel(session *s, transfer *t)
{
    h2_reset_stream(s->conn, t->stream_id, H2_CODE_CANCEL);
    requests_detach(s);
}

static void on_data(session *s, const h2_event *event, transfer *t)
{
    const size_t credit = event->data.flow_controlled_length;
    if (!t || event->data.len == 0) {
        h2_acknowledge_received_data(s->conn, credit, event->stream_id);
        return;
    }
    t->received += event->data.len;
    if (sink_write(&t->sink, event->data.bytes, event->data.len, credit)) return;
    h2_acknowledge_received_data(s->conn, credit, event->stream_id);
    if (t->state != TRANSFER_OPEN) return; /* the failure has been seen already */
    cancel(s, t);
    transfer_fail_output(t);
}

static void on_stream_ended(session *s, transfer *t)
{
    if (!t->body_sent)
        cancel(s, t); /* the answer is complete: no need to send the rest */
    else
        requests_detach(s);
    s->completed++;
    transfer_succeed(t);
}

/* The server has not processed the request: it waits for its turn again, or the user is told. */
static void on_unprocessed(session *s, transfer *t, const char *why, bool may_retry)
{
    requests_detach(s);
    s->by_stream[t->stream_id / 2] = NULL;
    if (may_retry && transfer_rewind(t)) {
        origin_push(s->origin, t);
        return;
    }
    transfer_fail(t, CLI_EXIT_PROTOCOL, "%s; the request was not processed, it is safe to send it again",
                  why);
}

static void on_reset(session *s, const h2_event *event, transfer *t)
{
    char code[64], why[160];
    const uint32_t number = event->stream_reset.error_code;
    describe_error_code(code, sizeof code, number);
    if (!event->stream_reset.remote_reset) {
        requests_detach(s);
        transfer_fail(t, CLI_EXIT_PROTOCOL, "the response breaks the protocol: stream %u was reset with %s",
                      t->stream_id, code);
        return;
    }
    snprintf(why, sizeof why, "the server reset stream %u: %s", t->stream_id, code);
    if (number == H2_CODE_REFUSED_STREAM) {
        const bool first = !t->refused;
        t->refused = true;
        on_unprocessed(s, t, why, first);
        return;
    }
    requests_detach(s);
    transfer_fail(t, CLI_EXIT_PROTOCOL, "%s", why);
}

/* `GOAWAY CODE (0xN), last stream N: "debug data"`, printable. */
static void describe_goaway(session *s, const struct h2_event_terminated *end)
{
    char code[64], debug[128];
    size_t len = 0;
    describe_error_code(code, sizeof code, end->error_code);
    for (size_t i = 0; i < end->additional_data_len && len + 1 < sizeof debug; i++)
        debug[len++] = end->additional_data[i] >= 0x20 && end->additional_data[i] < 0x7f
                           ? (char)end->additional_data[i]
                           : '?';
    debug[len] = '\0';
    snprintf(s->goaway_text, sizeof s->goaway_text, "GOAWAY %s, last stream %u%s%s%s", code,
             end->last_stream_id, len ? ": \"" : "", debug, len ? "\"" : "");
}

static void fail_waiting(session *s)
{
    for (transfer *t = origin_pop(s->origin); t; t = origin_pop(s->origin))
        transfer_fail(t, CLI_EXIT_PROTOCOL, "the server ended the connection: %s; the request was not sent",
                      s->goaway_text);
}

static void on_goaway(session *s, const struct h2_event_terminated *end)
{
    const bool may_retry = end->error_code == H2_CODE_NO_ERROR;
    char why[sizeof s->goaway_text + 80];
    s->goaway = true;
    s->goaway_code = end->error_code;
    describe_goaway(s, end);
    snprintf(why, sizeof why, "the server ended the connection: %s", s->goaway_text);
    for (size_t i = 0; i < s->stream_count; i++) {
        transfer *t = s->by_stream[i];
        if (t && t->state == TRANSFER_OPEN && t->stream_id > end->last_stream_id)
            on_unprocessed(s, t, why, may_retry);
    }
    if (!may_retry) fail_waiting(s);
}

/* Events of a stream that carries a transfer. */
static void handle_transfer(session *s, const h2_event *event, transfer *t)
{
    switch (event->type) {
    case H2_EVENT_RESPONSE_RECEIVED: on_response(event, t); break;
    case H2_EVENT_DATA_RECEIVED: on_data(s, event, t); break;
    case H2_EVENT_STREAM_ENDED: on_stream_ended(s, t); break;
    case H2_EVENT_STREAM_RESET: on_reset(s, event, t); break;
    default: break;
    }
}

void events_handle(session *s, const h2_event *event)
{
    transfer *t = session_find(s, event->stream_id);
    if (t) {
        session_moved(s);
        handle_transfer(s, event, t);
    } else if (event->type == H2_EVENT_DATA_RECEIVED) {
        on_data(s, event, NULL);
    } else if (event->type == H2_EVENT_REMOTE_SETTINGS_CHANGED) {
        s->settings_seen = true;
    } else if (event->type == H2_EVENT_CONNECTION_TERMINATED) {
        on_goaway(s, &event->terminated);
    } else if (event->type == H2_EVENT_PUSHED_STREAM_RECEIVED) {
        h2_reset_stream(s->conn, event->pushed.pushed_stream_id, H2_CODE_REFUSED_STREAM);
    }
}
