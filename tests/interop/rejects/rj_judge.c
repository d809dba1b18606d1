/* Hands a stream to libh2 (RFC profile) and to libnghttp2, octets a few at a time, and reads from their output
 * what they had to say first: RST_STREAM, GOAWAY, or nothing. */
#include "rj.h"

#include <h2/h2.h>
#include <nghttp2/nghttp2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Output so far; frames are taken off its front. */
typedef struct output {
    uint8_t octets[262144];
    size_t len;
    bool preface;
} output;

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Looks through the whole frames for the first fault that was found. */
static bool find_verdict(output *o, rj_verdict *out)
{
    size_t at = o->preface ? 24 : 0;
    while (o->len >= at + 9) {
        const uint8_t *const p = o->octets + at;
        const size_t len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
        if (o->len < at + 9 + len) break;
        if (p[3] == 3 || p[3] == 7) {
            out->class = p[3] == 3 ? RJ_STREAM : RJ_CONNECTION;
            out->stream = p[3] == 3 ? get32(p + 5) : 0;
            out->code = get32(p + 9 + (p[3] == 3 ? 0 : 4));
            return true;
        }
        at += 9 + len;
    }
    memmove(o->octets, o->octets + at, o->len - at);
    o->len -= at;
    o->preface = false;
    return false;
}

static void keep_reason(rj_verdict *out, const char *reason, size_t len)
{
    const char *const end = memchr(reason, '\0', len);
    if (end != NULL) len = (size_t)(end - reason);
    if (len >= sizeof out->reason) len = sizeof out->reason - 1;
    memcpy(out->reason, reason, len);
    out->reason[len] = '\0';
}

/* Libh2. */

static void open_requests_h2(h2_connection *conn)
{
    static const h2_header fields[] = {H2_HEADER(":method", "POST"), H2_HEADER(":scheme", "https"),
                                       H2_HEADER(":path", "/"), H2_HEADER(":authority", "example.org")};
    for (uint32_t i = 0; i < RJ_REQUESTS; i++)
        if (h2_send_headers(conn, 1 + 2 * i, fields, 4, i % 2 == 0, NULL) != H2_OK) abort();
}

/* What a stream error is for is told by the logger alone. */
static void keep_stream_error(void *arg, h2_log_level level, const char *line)
{
    static const char mark[] = "Stream error on stream ";
    rj_verdict *const out = arg;
    (void)level;
    if (out->reason[0] != '\0' || strncmp(line, mark, sizeof mark - 1) != 0) return;
    const char *const text = strstr(line, ": ");
    if (text != NULL) keep_reason(out, text + 2, strlen(text + 2));
}

static void act_h2(h2_connection *conn, const h2_event *event)
{
    if (event->type == H2_EVENT_DATA_RECEIVED)
        (void)h2_acknowledge_received_data(conn, event->data.flow_controlled_length, event->stream_id);
}

void rj_judge_h2(const rj_stream *s, rj_verdict *out)
{
    static output o;
    h2_config config;
    h2_connection *conn;
    *out = (rj_verdict){RJ_OK, 0, 0, "", false, RJ_FRAMES};
    h2_config_init(&config, s->to_server ? H2_SERVER : H2_CLIENT);
    config.log = keep_stream_error;
    config.log_arg = out;
    if (h2_connection_new(&conn, &config) != H2_OK || h2_initiate_connection(conn) != H2_OK) abort();
    if (!s->to_server) open_requests_h2(conn);
    o.len = 0;
    o.preface = !s->to_server;
    for (size_t i = 0, at = 0; i < s->count && out->class == RJ_OK; at = s->ends[i++]) {
        const uint8_t *from = s->octets + at;
        size_t left = s->ends[i] - at;
        h2_event event;
        h2_status status;
        while ((status = h2_receive_data(conn, &from, &left, &event)) == H2_OK)
            act_h2(conn, &event);
        o.len += h2_data_to_send(conn, o.octets + o.len, sizeof o.octets - o.len);
        const bool spoke = find_verdict(&o, out);
        if (!spoke && status == H2_NEED_DATA) continue;
        out->frame = i;
        if (!spoke) out->class = RJ_CONNECTION;
        if (out->class == RJ_CONNECTION) keep_reason(out, h2_last_error(conn)->message, sizeof out->reason);
    }
    h2_connection_free(conn);
}

/* Libnghttp2. */

static ssize_t no_body(nghttp2_session *session, int32_t id, uint8_t *buf, size_t len, uint32_t *flags,
                       nghttp2_data_source *source, void *user)
{
    (void)session;
    (void)id;
    (void)buf;
    (void)len;
    (void)flags;
    (void)source;
    (void)user;
    return NGHTTP2_ERR_DEFERRED;
}

static void open_requests_nghttp2(nghttp2_session *session)
{
    static const char *const texts[][2] = {
        {":method", "POST"}, {":scheme", "https"}, {":path", "/"}, {":authority", "example.org"}};
    nghttp2_nv nv[4];
    for (size_t i = 0; i < 4; i++)
        nv[i] = (nghttp2_nv){(uint8_t *)(uintptr_t)texts[i][0], (uint8_t *)(uintptr_t)texts[i][1],
                             strlen(texts[i][0]), strlen(texts[i][1]), NGHTTP2_NV_FLAG_NONE};
    const nghttp2_data_provider body = {.source = {.ptr = NULL}, .read_callback = no_body};
    for (uint32_t i = 0; i < RJ_REQUESTS; i++)
        if (nghttp2_submit_request(session, NULL, nv, 4, i % 2 == 0 ? NULL : &body, NULL) < 0) abort();
}

static int on_error(nghttp2_session *session, int code, const char *message, size_t len, void *user)
{
    (void)session;
    (void)code;
    rj_verdict *const out = user;
    if (out->reason[0] == '\0') keep_reason(out, message, len);
    return 0;
}

static int on_invalid_frame(nghttp2_session *session, const nghttp2_frame *frame, int error, void *user)
{
    (void)session;
    (void)frame;
    rj_verdict *const out = user;
    if (out->reason[0] == '\0') keep_reason(out, nghttp2_strerror(error), strlen(nghttp2_strerror(error)));
    return 0;
}

static int on_invalid_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                             size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags,
                             void *user)
{
    (void)session;
    (void)frame;
    (void)name;
    (void)name_len;
    (void)value;
    (void)value_len;
    (void)flags;
    rj_verdict *const out = user;
    keep_reason(out, "field ignored", 13);
    return 0;
}

static nghttp2_session *new_session(const rj_stream *s, rj_verdict *out)
{
    static nghttp2_session_callbacks *callbacks;
    if (callbacks == NULL) {
        if (nghttp2_session_callbacks_new(&callbacks) != 0) abort();
        nghttp2_session_callbacks_set_error_callback2(callbacks, on_error);
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
        nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, on_invalid_header);
    }
    nghttp2_option *option;
    nghttp2_session *session;
    if (nghttp2_option_new(&option) != 0) abort();
    nghttp2_option_set_builtin_recv_extension_type(option, NGHTTP2_ALTSVC);
    const int failed = s->to_server ? nghttp2_session_server_new2(&session, callbacks, out, option)
                                    : nghttp2_session_client_new2(&session, callbacks, out, option);
    nghttp2_option_del(option);
    if (failed != 0) abort();
    const nghttp2_settings_entry streams = {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 100};
    if (nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &streams, 1) != 0) abort();
    if (!s->to_server) open_requests_nghttp2(session);
    return session;
}

static void drain_nghttp2(nghttp2_session *session, output *o)
{
    const uint8_t *octets;
    ssize_t len;
    while ((len = nghttp2_session_mem_send(session, &octets)) > 0) {
        if ((size_t)len > sizeof o->octets - o->len) abort();
        memcpy(o->octets + o->len, octets, (size_t)len);
        o->len += (size_t)len;
    }
}

void rj_judge_nghttp2(const rj_stream *s, rj_verdict *out)
{
    static output o;
    *out = (rj_verdict){RJ_OK, 0, 0, "", false, RJ_FRAMES};
    nghttp2_session *const session = new_session(s, out);
    o.len = 0;
    o.preface = !s->to_server;
    drain_nghttp2(session, &o);
    for (size_t i = 0, at = 0; i < s->count && out->class == RJ_OK; at = s->ends[i++]) {
        out->stopped = out->stopped || !nghttp2_session_want_read(session);
        out->reason[0] = '\0';
        const ssize_t done = nghttp2_session_mem_recv(session, s->octets + at, s->ends[i] - at);
        drain_nghttp2(session, &o);
        if (find_verdict(&o, out)) {
            out->frame = i;
            const size_t debug = o.len > 17 ? o.len - 17 : 0;
            if (out->class == RJ_CONNECTION && out->reason[0] == '\0')
                keep_reason(out, (const char *)o.octets + 17, debug);
        } else if (done < 0) {
            out->frame = i;
            out->class = RJ_CONNECTION;
            keep_reason(out, nghttp2_strerror((int)done), strlen(nghttp2_strerror((int)done)));
        }
    }
    nghttp2_session_del(session);
}
