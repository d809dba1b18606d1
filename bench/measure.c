/* The clock and the counter around what is measured, and the recorded octets of a client. */
#include "measure.h"

#include <stdlib.h>
#include <time.h>
#include <valgrind/callgrind.h>

static struct timespec begun;
static size_t calls_before;

void start(void)
{
    calls_before = counted.calls;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &begun);
    CALLGRIND_TOGGLE_COLLECT;
}

void stop(result *r)
{
    struct timespec now;
    CALLGRIND_TOGGLE_COLLECT;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    r->ns += (double)(now.tv_sec - begun.tv_sec) * 1e9 + (double)(now.tv_nsec - begun.tv_nsec);
    r->allocations += counted.calls - calls_before;
}

/* Recorded octets. */

void put_frame(bytes *to, unsigned type, unsigned flags, uint32_t id, const void *payload, size_t len)
{
    const uint8_t head[9] = {(uint8_t)(len >> 16), (uint8_t)(len >> 8), (uint8_t)len,
                             (uint8_t)type,        (uint8_t)flags,      (uint8_t)(id >> 24),
                             (uint8_t)(id >> 16),  (uint8_t)(id >> 8),  (uint8_t)id};
    bytes_add(to, head, sizeof head);
    bytes_add(to, payload, len);
}

static void take_output(h2_connection *conn, bytes *to)
{
    h2_iovec run;
    while (h2_output_peek(conn, &run, 1) > 0) {
        bytes_add(to, run.base, run.len);
        h2_output_consume(conn, run.len);
    }
}

bytes record_client(size_t count, size_t *ends, size_t *begin)
{
    static const h2_setting settings[] = {{H2_SETTINGS_ENABLE_PUSH, 0},
                                          {H2_SETTINGS_INITIAL_WINDOW_SIZE, 1 << 20}};
    bytes out = {0};
    h2_connection *conn;
    h2_config config;
    h2_config_init(&config, H2_CLIENT);
    config.initial_settings = settings;
    config.initial_settings_count = 2;
    if (h2_connection_new(&conn, &config) != H2_OK) die("h2_connection_new");
    h2_initiate_connection(conn);
    h2_increment_flow_control_window(conn, 1 << 30, 0);
    take_output(conn, &out);
    *begin = out.len;
    for (size_t i = 0; i < count; i++) {
        const field_list list = request_fields(i);
        if (h2_send_headers(conn, 2 * (uint32_t)i + 1, list.fields, list.count, true, NULL) != H2_OK)
            die(h2_last_error(conn)->message);
        take_output(conn, &out);
        ends[i] = out.len;
    }
    h2_connection_free(conn);
    return out;
}

static const uint8_t settings_ack[9] = {0, 0, 0, 4, 1, 0, 0, 0, 0};

endpoint *open_server(const peer *p, const uint8_t *preface, size_t len, const endpoint_options *options)
{
    endpoint *const e = p->open(options);
    p->receive(e, preface, len);
    (void)p->drain(e);
    p->receive(e, settings_ack, sizeof settings_ack);
    return e;
}

result pair(const peer *p, size_t count, size_t batch)
{
    result r = {0};
    const size_t warm = (200 + batch - 1) / batch * batch, all = warm + (count + batch - 1) / batch * batch;
    const uint32_t window = batch > 2048 ? 1 << 25 : 1 << 22; /* all responses of a batch fit */
    endpoint *const client = p->open(&(endpoint_options){.client = true, .window = window});
    endpoint *const server =
        p->open(&(endpoint_options){.answers = true, .streams = batch > 100 ? (uint32_t)batch * 4 : 100});
    (void)p->pass(client, server);
    (void)p->pass(server, client);
    for (size_t i = 0; i < all; i += batch) {
        if (i == warm) {
            r.octets = 0;
            start();
        }
        for (size_t n = 0; n < batch; n++)
            p->request(client, i + n);
        r.octets += p->pass(client, server) + p->pass(server, client);
    }
    stop(&r);
    if (p->messages(client) != all) die("responses are missing");
    p->close(client);
    p->close(server);
    r.units = all - warm;
    return r;
}
