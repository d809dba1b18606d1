/* Work whose cost is followed while one number grows: streams, connections, octets of a body, fields of a list. */
#include "measure.h"

#include <stdlib.h>
#include <string.h>

/* Streams. */

/* A server with n streams that wait for their response; then requests that are answered, one a read. */
static result streams_held(const peer *p, size_t n, size_t count)
{
    result r = {0};
    const size_t warm = 200, all = n + warm + count;
    size_t *const ends = malloc((all + 1) * sizeof *ends);
    size_t at;
    bytes wire = record_client(all, ends, &at);
    endpoint *const e = open_server(p, wire.data, at, &(endpoint_options){.streams = (uint32_t)n + 1});
    const size_t before = counted.octets;
    p->receive(e, wire.data + at, ends[n - 1] - at);
    (void)p->drain(e);
    r.memory = (counted.octets - before) / n;
    p->answer_from_now(e);
    at = ends[n - 1];
    for (size_t i = n; i < all; i++) {
        if (i == n + warm) start();
        p->receive(e, wire.data + at, ends[i] - at);
        (void)p->drain(e);
        at = ends[i];
    }
    stop(&r);
    if (p->messages(e) != all) die("requests are missing");
    p->close(e);
    free(wire.data);
    free(ends);
    r.units = count;
    return r;
}

/* n requests before the first response, over and over. */
static result streams_burst(const peer *p, size_t n, size_t count)
{
    return pair(p, count, n);
}

/* Connections. */

enum {
    TURNS = 6 /* requests on each connection */
};

/* n connections are opened, told preface and SETTINGS, and closed when all are open. */
static result connections_opened(const peer *p, size_t n, size_t count)
{
    result r = {0};
    size_t len;
    bytes wire = record_client(0, NULL, &len);
    endpoint **const all = calloc(n, sizeof *all);
    if (all == NULL) die("no memory");
    p->close(open_server(p, wire.data, len, &(endpoint_options){0}));
    start();
    for (; r.units < count; r.units += n) {
        const size_t before = counted.octets;
        for (size_t i = 0; i < n; i++)
            all[i] = open_server(p, wire.data, len, &(endpoint_options){0});
        r.memory = (counted.octets - before) / n;
        for (size_t i = 0; i < n; i++)
            p->close(all[i]);
    }
    stop(&r);
    free(all);
    free(wire.data);
    return r;
}

/* n connections, each with a few requests behind it; then one request on each in turn, and again. */
static void serve_connections(const peer *p, size_t n, const bytes *wire, const size_t *ends, result *r)
{
    enum {
        WARM = 2
    };
    endpoint **const all = calloc(n, sizeof *all);
    if (all == NULL) die("no memory");
    const size_t before = counted.octets;
    size_t at = ends[TURNS];
    for (size_t i = 0; i < n; i++)
        all[i] = open_server(p, wire->data, at, &(endpoint_options){.answers = true});
    for (size_t turn = 0; turn < TURNS; turn++) {
        if (turn == WARM) start();
        for (size_t i = 0; i < n; i++) {
            p->receive(all[i], wire->data + at, ends[turn] - at);
            (void)p->drain(all[i]);
        }
        at = ends[turn];
    }
    stop(r);
    r->memory = (counted.octets - before) / n;
    r->units += (TURNS - WARM) * n;
    for (size_t i = 0; i < n; i++) {
        if (p->messages(all[i]) != TURNS) die("requests are missing");
        p->close(all[i]);
    }
    free(all);
}

static result connections_served(const peer *p, size_t n, size_t count)
{
    result r = {0};
    size_t ends[TURNS + 1];
    bytes wire = record_client(TURNS, ends, &ends[TURNS]);
    while (r.units < count)
        serve_connections(p, n, &wire, ends, &r);
    free(wire.data);
    return r;
}

/* Bodies. */

static size_t fetch(const peer *p, endpoint *client, endpoint *server, size_t i)
{
    size_t octets = 0, moved;
    p->request(client, i);
    do {
        moved = p->pass(client, server);
        p->pump(server);
        moved += p->pass(server, client);
        octets += moved;
    } while (moved > 0);
    return octets;
}

/* Responses of n octets, borrowed by the server and looked at where they are by the client, one after the other. */
static result bodies(const peer *p, size_t n, size_t count)
{
    enum {
        WARM = 200
    };
    result r = {.units = count};
    endpoint *const client = p->open(&(endpoint_options){.client = true, .window = 1 << 20});
    endpoint *const server = p->open(&(endpoint_options){.borrows = true, .body = n, .empty_first = WARM});
    for (size_t i = 0; i < WARM; i++)
        (void)fetch(p, client, server, i);
    counted.most = counted.octets;
    start();
    for (size_t i = 0; i < count; i++)
        (void)fetch(p, client, server, WARM + i);
    stop(&r);
    r.octets = n * count;
    r.memory = counted.most;
    if (p->messages(client) != WARM + count) die("responses are missing");
    p->close(client);
    p->close(server);
    return r;
}

/* Fields. */

enum {
    WARM_LISTS = 16
};

/* Requests of n fields, decoded and judged; nobody answers. */
static result fields_received(const peer *p, size_t n, size_t count)
{
    result r = {0};
    const size_t all = WARM_LISTS + count;
    shape_requests(n);
    size_t *const ends = malloc((all + 1) * sizeof *ends);
    size_t at;
    bytes wire = record_client(all, ends, &at);
    endpoint *const e = open_server(p, wire.data, at, &(endpoint_options){.streams = (uint32_t)all});
    for (size_t i = 0; i < all; i++) {
        if (i == WARM_LISTS) start();
        p->receive(e, wire.data + at, ends[i] - at);
        at = ends[i];
    }
    stop(&r);
    if (p->messages(e) != all) die("requests are missing");
    r.octets = at - ends[WARM_LISTS - 1];
    p->close(e);
    free(wire.data);
    free(ends);
    r.units = count * n;
    return r;
}

/* Requests of n fields, judged and encoded. */
static result fields_sent(const peer *p, size_t n, size_t count)
{
    result r = {0};
    shape_requests(n);
    endpoint *const client = p->open(&(endpoint_options){.client = true});
    endpoint *const server = p->open(&(endpoint_options){.streams = (uint32_t)(WARM_LISTS + count)});
    (void)p->pass(client, server);
    (void)p->pass(server, client);
    for (size_t i = 0; i < WARM_LISTS; i++)
        p->request(client, i);
    (void)p->drain(client);
    start();
    for (size_t i = 0; i < count; i++) {
        p->request(client, WARM_LISTS + i);
        r.octets += p->drain(client);
    }
    stop(&r);
    p->close(client);
    p->close(server);
    r.units = count * n;
    return r;
}

const scaled_work scaled_works[] = {
    {"streams-held", streams_held},
    {"streams-burst", streams_burst},
    {"connections-opened", connections_opened},
    {"connections-served", connections_served},
    {"bodies", bodies},
    {"frames-copied", frames_copied},
    {"frames-borrowed", frames_borrowed},
    {"stories", decode_one_story},
    {"fields-received", fields_received},
    {"fields-sent", fields_sent},
    {NULL, NULL},
};
