/* The table of a session's exchanges, their queues, and their end; see exchange.h. */
#include "serve/exchange.h"

#include "serve/echo.h"
#include "serve/session.h"

#include <stdlib.h>

static struct exchange **bucket_of(const struct session *session, uint32_t id)
{
    return &session->buckets[(id >> 1) % SESSION_BUCKETS];
}

static struct exchange *take_free(struct site *site)
{
    struct exchange *const exchange = site->free_exchanges;
    if (!exchange) return malloc(sizeof *exchange);
    site->free_exchanges = exchange->next;
    return exchange;
}

struct exchange *exchange_new(struct session *session, uint32_t id)
{
    if (!session->buckets) session->buckets = calloc(SESSION_BUCKETS, sizeof(struct exchange *));
    if (!session->buckets) return NULL;
    struct exchange *const exchange = take_free(session->site);
    if (!exchange) return NULL;
    struct exchange **const bucket = bucket_of(session, id);
    *exchange = (struct exchange){.next = *bucket, .session = session, .id = id};
    *bucket = exchange;
    session->open++;
    return exchange;
}

struct exchange *exchange_find(const struct session *session, uint32_t id)
{
    if (!session->buckets) return NULL;
    struct exchange *exchange = *bucket_of(session, id);
    while (exchange && exchange->id != id)
        exchange = exchange->next;
    return exchange;
}

static void leave_queue(struct exchange *exchange)
{
    struct queue *const queue = &exchange->session->queues[exchange->queue];
    if (exchange->queue == QUEUE_NONE) return;
    *(exchange->queue_previous ? &exchange->queue_previous->queue_next : &queue->first) =
        exchange->queue_next;
    *(exchange->queue_next ? &exchange->queue_next->queue_previous : &queue->last) = exchange->queue_previous;
    exchange->queue = QUEUE_NONE;
}

void exchange_queue(struct exchange *exchange, enum queue_kind kind)
{
    struct queue *const queue = &exchange->session->queues[kind];
    if (exchange->queue == kind) return;
    leave_queue(exchange);
    exchange->queue = kind;
    if (kind == QUEUE_NONE) return;
    exchange->queue_next = NULL;
    exchange->queue_previous = queue->last;
    *(queue->last ? &queue->last->queue_next : &queue->first) = exchange;
    queue->last = exchange;
}

void exchange_free(struct exchange *exchange)
{
    struct session *const session = exchange->session;
    struct exchange **link = bucket_of(session, exchange->id);
    leave_queue(exchange);
    while (*link != exchange)
        link = &(*link)->next;
    *link = exchange->next;
    session->open--;
    if (exchange->echo && !exchange->echo->credited)
        h2_acknowledge_received_data(session->h2, echo_waiting(exchange->echo), exchange->id);
    echo_free(exchange->echo);
    file_release(exchange->file);
    free(exchange->owned_memory);
    free(exchange->log_line);
    exchange->next = session->site->free_exchanges;
    session->site->free_exchanges = exchange;
}
