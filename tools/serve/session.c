/* Events into exchanges, exchanges into output; see session.h. */
#include "serve/session.h"

#include "print.h"
#include "serve/access_log.h"
#include "serve/echo.h"
#include "serve/pump.h"
#include "serve/respond.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    DROPPED_MOST = 1024 * 1024, /* octets of a request that are taken after it has been answered */
    AT_ONCE_BELOW = 16 * 1024   /* octets that wait in the output: with more a body waits for its turn */
};

bool session_open(struct session *session, struct site *site)
{
    static const h2_setting settings[] = {
        {H2_SETTINGS_MAX_CONCURRENT_STREAMS, SESSION_STREAMS},
        {H2_SETTINGS_INITIAL_WINDOW_SIZE, SESSION_STREAM_WINDOW},
    };
    h2_config config;
    h2_config_init(&config, H2_SERVER);
    config.initial_settings = settings;
    config.initial_settings_count = sizeof settings / sizeof *settings;
    session->site = site;
    session->clock = session->progress = site->now;
    return h2_connection_new(&session->h2, &config) == H2_OK;
}

void session_close(struct session *session)
{
    if (!session->h2) return;
    session_abandon(session);
    free(session->buckets);
    h2_connection_free(session->h2);
    session->buckets = NULL;
    session->h2 = NULL;
}

static bool open_connection_window(struct session *session)
{
    return h2_increment_flow_control_window(session->h2, SESSION_CONNECTION_WINDOW - 65535, 0) == H2_OK;
}

bool session_begin(struct session *session)
{
    return h2_initiate_connection(session->h2) == H2_OK && open_connection_window(session);
}

bool session_begin_upgraded(struct session *session, text settings)
{
    return h2_initiate_upgrade_connection(session->h2, settings.at, settings.len) == H2_OK &&
           open_connection_window(session);
}

static void finish(struct exchange *exchange)
{
    access_log_finish(exchange);
    exchange_free(exchange);
}

static void reset(struct exchange *exchange, uint32_t code)
{
    h2_reset_stream(exchange->session->h2, exchange->id, code);
    finish(exchange);
}

static void fail(struct exchange *exchange)
{
    reset(exchange, H2_CODE_INTERNAL_ERROR);
}

/* The response is complete. What is left of the request is dropped as it comes, as not every client takes a reset for
 * an end (on_data has the bound). */
static void answered(struct exchange *exchange)
{
    exchange_queue(exchange, QUEUE_NONE);
    exchange->body = BODY_NONE;
    if (exchange->request_ended) finish(exchange);
}

static void settle(struct exchange *exchange, enum pump_result result)
{
    switch (result) {
    case PUMP_READY:
        exchange_queue(exchange, QUEUE_NONE);
        exchange_queue(exchange, QUEUE_READY);
        break;
    case PUMP_BLOCKED: exchange_queue(exchange, QUEUE_BLOCKED); break;
    case PUMP_IDLE: exchange_queue(exchange, QUEUE_NONE); break;
    case PUMP_DONE: answered(exchange); break;
    case PUMP_FAILED: fail(exchange); break;
    }
}

/* After an Upgrade some clients have little room behind the 101 until they have spoken themselves. */
static bool may_pump(const struct session *session, size_t limit)
{
    return session->greeted && h2_output_pending(session->h2) < limit;
}

/* A body begins behind its head when nobody waits before it. */
static void start(struct exchange *exchange)
{
    const struct session *const session = exchange->session;
    if (session->recheck || session->queues[QUEUE_READY].first || !may_pump(session, AT_ONCE_BELOW))
        exchange_queue(exchange, QUEUE_READY);
    else
        settle(exchange, pump_frame(exchange));
}

/* Answers; what it returns has a body to send. */
static struct exchange *begin(struct session *session, uint32_t id, const h2_header *fields, size_t count,
                              bool ended)
{
    http_request request;
    struct exchange *const exchange = exchange_new(session, id);
    if (!exchange) {
        h2_reset_stream(session->h2, id, H2_CODE_REFUSED_STREAM);
        return NULL;
    }
    request_read(&request, fields, count, ended);
    exchange->request_ended = ended;
    session->progress = session->site->now;
    access_log_request(exchange, &request);
    if (!respond(exchange, &request)) {
        fail(exchange);
        return NULL;
    }
    if (exchange->body == BODY_NONE) {
        answered(exchange);
        return NULL;
    }
    return exchange;
}

void session_upgraded(struct session *session, const h2_header *fields, size_t count, const uint8_t *body,
                      size_t len)
{
    struct exchange *const exchange = begin(session, 1, fields, count, true);
    if (!exchange) return;
    if (exchange->echo) {
        exchange->echo->credited = true;
        if (!echo_add(exchange->echo, body, len)) {
            fail(exchange);
            return;
        }
    }
    start(exchange);
}

/* A request whose body nobody wants. RFC 9113 section 8.1: a server may stop the rest of it with NO_ERROR. */
static void drop_data(struct exchange *exchange, const struct h2_event_data *data)
{
    exchange->dropped += data->flow_controlled_length;
    if (exchange->body == BODY_NONE && exchange->dropped > DROPPED_MOST) reset(exchange, H2_CODE_NO_ERROR);
}

static void on_data(struct session *session, const h2_event *event)
{
    struct exchange *const exchange = exchange_find(session, event->stream_id);
    const struct h2_event_data *const data = &event->data;
    const bool keep = exchange && exchange->echo;
    session->progress = session->site->now;
    /* Padding, and what nobody wants, is used up at once. */
    h2_acknowledge_received_data(session->h2, data->flow_controlled_length - (keep ? data->len : 0),
                                 event->stream_id);
    if (!exchange) return;
    if (!keep) {
        drop_data(exchange, data);
        return;
    }
    if (data->stream_ended) exchange->request_ended = true;
    if (!echo_add(exchange->echo, data->bytes, data->len)) {
        fail(exchange);
        return;
    }
    if (exchange->queue == QUEUE_NONE) exchange_queue(exchange, QUEUE_READY);
}

static void on_trailers(struct session *session, const h2_event *event)
{
    struct exchange *const exchange = exchange_find(session, event->stream_id);
    if (!exchange || !exchange->echo) return;
    if (!echo_set_trailers(exchange->echo, event->headers.fields, event->headers.count)) fail(exchange);
}

static void on_ended(struct session *session, uint32_t id)
{
    struct exchange *const exchange = exchange_find(session, id);
    if (!exchange) return;
    exchange->request_ended = true;
    if (exchange->body == BODY_NONE)
        finish(exchange);
    else if (exchange->queue == QUEUE_NONE)
        exchange_queue(exchange, QUEUE_READY);
}

static void on_reset(struct session *session, uint32_t id)
{
    struct exchange *const exchange = exchange_find(session, id);
    if (exchange) finish(exchange);
}

static void on_window(struct session *session, uint32_t id)
{
    if (id == 0) {
        session->recheck = true;
        return;
    }
    struct exchange *const exchange = exchange_find(session, id);
    if (exchange && exchange->queue == QUEUE_BLOCKED) exchange_queue(exchange, QUEUE_READY);
}

static void print_verbose(const struct session *session, const h2_event *event)
{
    flockfile(stderr);
    fprintf(stderr, "%s: ", session->name);
    print_event(stderr, event, session->site->colour);
    funlockfile(stderr);
}

static void on_request(struct session *session, const h2_event *event)
{
    const struct h2_event_headers *const headers = &event->headers;
    struct exchange *const exchange =
        begin(session, event->stream_id, headers->fields, headers->count, headers->stream_ended);
    if (exchange) start(exchange);
}

static void handle(struct session *session, const h2_event *event)
{
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED: on_request(session, event); break;
    case H2_EVENT_DATA_RECEIVED: on_data(session, event); break;
    case H2_EVENT_TRAILERS_RECEIVED: on_trailers(session, event); break;
    case H2_EVENT_STREAM_ENDED: on_ended(session, event->stream_id); break;
    case H2_EVENT_STREAM_RESET: on_reset(session, event->stream_id); break;
    case H2_EVENT_WINDOW_UPDATED: on_window(session, event->stream_id); break;
    case H2_EVENT_REMOTE_SETTINGS_CHANGED: session->greeted = session->recheck = true; break;
    case H2_EVENT_CONNECTION_TERMINATED: session->peer_leaves = true; break;
    case H2_EVENT_PING_ACK_RECEIVED:
        if (session->shutting_down && !session->goaway_final) session_shut_down(session);
        break;
    default: break;
    }
}

bool session_feed(struct session *session, const uint8_t *bytes, size_t len)
{
    h2_event event;
    h2_status status;
    h2_advance_time(session->h2, session->site->now - session->clock);
    session->clock = session->site->now;
    while ((status = h2_receive_data(session->h2, &bytes, &len, &event)) == H2_OK) {
        if (session->site->verbose) print_verbose(session, &event);
        handle(session, &event);
    }
    if (status == H2_NEED_DATA) return true;
    session->broken = true;
    if (session->site->verbose)
        fprintf(stderr, "%s: %s: %s\n", session->name, h2_status_name(status),
                h2_last_error(session->h2)->message);
    session_abandon(session);
    return false;
}

static void ready_again(struct session *session)
{
    session->recheck = false;
    while (session->queues[QUEUE_BLOCKED].first)
        exchange_queue(session->queues[QUEUE_BLOCKED].first, QUEUE_READY);
}

void session_pump(struct session *session, size_t limit)
{
    if (session->recheck) ready_again(session);
    while (session->queues[QUEUE_READY].first && may_pump(session, limit)) {
        struct exchange *const exchange = session->queues[QUEUE_READY].first;
        settle(exchange, pump_frame(exchange));
    }
}

void session_shut_down(struct session *session)
{
    static const uint8_t mark[8] = {'g', 'o', 'o', 'd', ' ', 'b', 'y', 'e'};
    if (session->goaway_final) return;
    session->goaway_final = session->shutting_down;
    session->shutting_down = true;
    h2_shutdown(session->h2);
    /* The answer tells that the peer has seen the GOAWAY: nothing sent before it knew is still on its way. */
    if (!session->goaway_final) h2_ping(session->h2, mark);
}

bool session_is_done(const struct session *session)
{
    if (session->broken) return true;
    if (session->open > 0) return false;
    return session->peer_leaves || session->goaway_final || h2_connection_is_closed(session->h2);
}

void session_abandon(struct session *session)
{
    if (!session->buckets) return;
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        while (session->buckets[i]) {
            access_log_finish(session->buckets[i]);
            exchange_free(session->buckets[i]);
        }
}
