/* Requests of a session: opening streams within what the server allows, sending bodies within flow control. */
#include "get/request.h"
#include "get/session.h"

#include "cli.h"

#include <h2/settings.h>
#include <stdlib.h>
#include <string.h>

enum {
    BEFORE_SETTINGS = 1, /* streams before the server has said how many it takes */
    OUTPUT_LIMIT = 1 << 17
};

bool requests_attach(session *s, transfer *t, uint32_t stream_id)
{
    const size_t index = stream_id / 2;
    if (index >= s->stream_capacity) {
        const size_t capacity = index * 2 + 16;
        transfer **streams = realloc(s->by_stream, capacity * sizeof *streams);
        if (!streams) return false;
        s->by_stream = streams;
        s->stream_capacity = capacity;
    }
    while (s->stream_count <= index)
        s->by_stream[s->stream_count++] = NULL;
    s->by_stream[index] = t;
    if (!t) return true;
    t->state = TRANSFER_OPEN;
    t->session = s;
    t->stream_id = stream_id;
    s->open_count++;
    return true;
}

void requests_detach(session *s)
{
    s->open_count--;
}

static uint32_t allowed_streams(const session *s)
{
    uint32_t limit = SESSION_STREAMS;
    if (!s->settings_seen) return BEFORE_SETTINGS;
    if (h2_settings_get(h2_remote_settings(s->conn), H2_SETTINGS_MAX_CONCURRENT_STREAMS, &limit) &&
        limit < SESSION_STREAMS)
        return limit;
    return SESSION_STREAMS;
}

static void body_ready(source *body)
{
    transfer *t = body->arg;
    session *s = t->session;
    if (!s || t->state != TRANSFER_OPEN || s->state != SESSION_OPEN) return;
    session_moved(s);
    session_advance(s);
}

bool requests_prepare_body(session *s, transfer *t)
{
    const char *spec = s->env->options->data;
    if (!spec || t->has_body) return true;
    const int error = source_open(&t->body, s->env->loop, spec, body_ready);
    t->body.arg = t;
    t->has_body = true;
    if (error) transfer_fail(t, CLI_EXIT_LOCAL, "cannot read %s: %s", spec + 1, strerror(error));
    return error == 0;
}

/* Why a call of ours was refused: the options asked for what HTTP/2 does not allow. */
static void refused(session *s, transfer *t, h2_status status)
{
    const int code = status == H2_ERROR_NO_MEMORY ? CLI_EXIT_LOCAL : CLI_EXIT_USAGE;
    transfer_fail(t, code, "the request cannot be sent: %s", h2_last_error(s->conn)->message);
}

static void open_request(session *s, transfer *t)
{
    request r;
    uint32_t id = 0;
    if (!requests_prepare_body(s, t)) return;
    if (!request_make(&r, t)) {
        transfer_fail(t, CLI_EXIT_LOCAL, "out of memory");
        return;
    }
    h2_status status = h2_get_next_available_stream_id(s->conn, &id);
    if (status == H2_OK) status = h2_send_headers(s->conn, id, r.fields, r.count, !t->has_body, NULL);
    request_free(&r);
    if (status != H2_OK)
        refused(s, t, status);
    else if (!requests_attach(s, t, id))
        transfer_fail(t, CLI_EXIT_LOCAL, "out of memory");
    t->body_sent = !t->has_body;
}

void requests_start(session *s)
{
    while (s->origin->first && !s->goaway && s->open_count < allowed_streams(s)) {
        open_request(s, origin_pop(s->origin));
        session_moved(s);
    }
}

/* A body that cannot be read to its end: the request is withdrawn. */
static void abandon(session *s, transfer *t)
{
    const int error = t->body.error;
    h2_reset_stream(s->conn, t->stream_id, H2_CODE_CANCEL);
    requests_detach(s);
    transfer_fail(t, CLI_EXIT_LOCAL, "cannot read the body to send: %s",
                  error == ENODATA ? "the file has become shorter" : strerror(error));
}

/* How many octets of what has been read can be sent now. */
static size_t sendable(const session *s, const transfer *t)
{
    int64_t window = 0;
    size_t len = t->body.left;
    if (h2_local_flow_control_window(s->conn, t->stream_id, &window) != H2_OK || window <= 0) return 0;
    const uint32_t most = h2_max_outbound_frame_size(s->conn);
    if (len > (uint64_t)window) len = (size_t)window;
    return len < most ? len : most;
}

/* Sends a frame of the body. False when nothing more can be done for it now. */
static bool send_piece(session *s, transfer *t)
{
    source *body = &t->body;
    if (body->error) {
        abandon(s, t);
        return false;
    }
    const size_t len = sendable(s, t);
    const bool last = body->ended && len == body->left;
    if (len == 0 && !last) {
        if (body->left == 0 && !body->reading) source_read(body);
        return false;
    }
    const h2_status status = h2_send_data(s->conn, t->stream_id, body->next, len, last, -1);
    if (status != H2_OK) {
        requests_detach(s);
        refused(s, t, status);
        h2_reset_stream(s->conn, t->stream_id, H2_CODE_CANCEL);
        return false;
    }
    session_moved(s);
    source_consume(body, len);
    t->sent += len;
    t->body_sent = last;
    return !last;
}

void requests_send_bodies(session *s)
{
    if (!s->env->options->data) return;
    for (size_t i = 0; i < s->stream_count; i++) {
        transfer *t = s->by_stream[i];
        if (!t || t->state != TRANSFER_OPEN || t->body_sent) continue;
        while (h2_output_pending(s->conn) < OUTPUT_LIMIT && send_piece(s, t)) {
        }
    }
}
