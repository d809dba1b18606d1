/* Calls and octets interleaved on both sides of one connection: whatever two applications do, in whatever pieces octets
 * arrive, neither engine breaks a rule in the other's eyes, and fields and bodies arrive as they were sent. Octets may
 * be made up, too; then only the invariants of each side are left. */
#include "fuzz.h"

#include "calls.h"
#include "side.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const fuzz_shape fuzz_target_shape = FUZZ_CALLS;

enum {
    MOST_INPUT = 3000,
    MOST_SENT = 512,
    MOST_STREAM = 32
};

typedef struct pair pair;

/* One direction. */
typedef struct flow {
    octets wire;   /* sent by one side and not received by the other yet */
    size_t passed; /* of `wire` */
    uint64_t body_sent[MOST_STREAM], body_received[MOST_STREAM];
} flow;

struct pair {
    side client, server;
    flow up, down;
    bool forged;           /* octets were made up */
    char *sent[MOST_SENT]; /* lists of fields as text, by the number in their x-n field */
    size_t sent_count;
    choices from;
};

static const uint8_t zeros[20000];

static side *side_of(pair *p, bool client)
{
    return client ? &p->client : &p->server;
}

/* Lists that are known again. */

/* The text of a list as it must arrive: names in lower case are the sender's job, so lists are sent without others. */
static char *text_of(const h2_header *fields, size_t count)
{
    octets text = {0};
    for (size_t i = 0; i < count; i++) {
        if (fields[i].name_len == 6 && memcmp(fields[i].name, "cookie", 6) == 0) continue; /* are joined */
        octets_quote(&text, fields[i].name, fields[i].name_len);
        octets_u8(&text, '=');
        octets_quote(&text, fields[i].value, fields[i].value_len);
        octets_u8(&text, '\n');
    }
    char *const copy = strdup(octets_string(&text));
    octets_free(&text);
    return copy;
}

static bool is_sendable(const h2_header *f)
{
    static const char *const dropped[] = {"connection", "upgrade", "transfer-encoding"};
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        if (f->name_len == strlen(dropped[i]) && memcmp(f->name, dropped[i], f->name_len) == 0) return false;
    for (size_t i = 0; i < f->name_len; i++)
        if (f->name[i] >= 'A' && f->name[i] <= 'Z') return false;
    const bool edges = f->value_len > 0 && (strchr(" \t\n\r\v\f", f->value[0]) ||
                                            strchr(" \t\n\r\v\f", f->value[f->value_len - 1]));
    return !edges && f->name_len > 0;
}

static void choose_known_list(pair *p, chosen_kind kind, chosen_list *list)
{
    choose_list(&p->from, kind, list);
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++)
        if (is_sendable(&list->fields[i])) list->fields[kept++] = list->fields[i];
    list->count = kept;
    char number[16];
    const int len = snprintf(number, sizeof number, "%zu", p->sent_count);
    chosen_put(list, "x-n", 3, number, (size_t)len, 0);
}

/* A field that takes two frames, or three. */
static void add_large(chosen_list *list, unsigned how)
{
    static char value[40000];
    if (list->count == CHOSEN_FIELDS) return;
    memset(value, 'X', sizeof value); /* no shorter in Huffman code */
    list->fields[list->count++] = (h2_header){.name = "x-large",
                                              .name_len = 7,
                                              .value = value,
                                              .value_len = (how & 4 ? 18000 : sizeof value) - how,
                                              .flags = how & 2 ? H2_HEADER_NEVER_INDEX : 0};
}

static void note_sent(pair *p, const chosen_list *list, h2_status status)
{
    if (status == H2_OK && p->sent_count < MOST_SENT)
        p->sent[p->sent_count++] = text_of(list->fields, list->count);
}

static void judge_fields(pair *p, const h2_header *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (fields[i].name_len != 3 || memcmp(fields[i].name, "x-n", 3) != 0) continue;
        char number[16] = {0};
        CHECK(fields[i].value_len < sizeof number);
        memcpy(number, fields[i].value, fields[i].value_len);
        const size_t which = strtoul(number, NULL, 10);
        if (which >= p->sent_count) return; /* the last of those that are remembered */
        char *const text = text_of(fields, count);
        CHECK(strcmp(text, p->sent[which]) == 0);
        free(text);
        return;
    }
}

static void on_event(side *s, const h2_event *event)
{
    pair *const p = s->owner;
    if (p->forged) return;
    flow *const in = s == &p->server ? &p->up : &p->down;
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
    case H2_EVENT_RESPONSE_RECEIVED:
    case H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED:
    case H2_EVENT_TRAILERS_RECEIVED: judge_fields(p, event->headers.fields, event->headers.count); break;
    case H2_EVENT_PUSHED_STREAM_RECEIVED: judge_fields(p, event->pushed.fields, event->pushed.count); break;
    case H2_EVENT_DATA_RECEIVED:
        if (event->stream_id >= MOST_STREAM) break;
        in->body_received[event->stream_id] += event->data.len;
        CHECK(in->body_received[event->stream_id] <= in->body_sent[event->stream_id]);
        break;
    default: break;
    }
}

/* Octets on their way. */

static void collect(pair *p, bool client)
{
    side *const s = side_of(p, client);
    flow *const f = client ? &p->up : &p->down;
    octets_clear(&s->output);
    side_drain(s);
    octets_put(&f->wire, s->output.data, s->output.len);
}

static void pass(pair *p, bool from_client, size_t most)
{
    flow *const f = from_client ? &p->up : &p->down;
    side *const to = side_of(p, !from_client);
    size_t len = f->wire.len - f->passed;
    if (len > most) len = most;
    if (len == 0) return;
    const uint8_t *const at = f->wire.data + f->passed;
    f->passed += len;
    const bool going_on = side_feed(to, at, len);
    if (going_on || p->forged || !to->strict) return;
    /* Only a bound may end what two honest sides do. */
    if (to->status != H2_ERROR_DENIAL_OF_SERVICE)
        fuzz_fail(__FILE__, __LINE__, h2_last_error(to->conn)->message);
}

static void forge(pair *p, bool client)
{
    size_t len;
    const uint8_t *const data = choose_octets(&p->from, choose(&p->from), &len);
    p->forged = true;
    octets_put(client ? &p->up.wire : &p->down.wire, data, len);
}

/* Calls. */

static uint32_t choose_id(pair *p, bool client)
{
    const unsigned how = choose(&p->from);
    uint32_t id = how % MOST_STREAM;
    if (how & 128) {
        (void)h2_get_next_available_stream_id(side_of(p, client)->conn, &id);
    } else if (how & 64) {
        uint32_t held = 0;
        for (unsigned left = how % 8; h2_next_stream(side_of(p, client)->conn, held, &id) && left > 0; left--)
            held = id;
    }
    return id;
}

static h2_status send_headers(pair *p, bool client)
{
    static const chosen_kind answers[] = {CHOOSE_RESPONSE, CHOOSE_RESPONSE, CHOOSE_INFORMATIONAL,
                                          CHOOSE_TRAILERS};
    const unsigned how = choose(&p->from);
    const h2_priority priority = {.depends_on = how, .weight = (uint16_t)(how + 1)};
    chosen_list list;
    const uint32_t id = choose_id(p, client);
    chosen_kind kind = answers[how % 4];
    if (client) kind = how % 4 == 3 ? CHOOSE_TRAILERS : CHOOSE_REQUEST;
    choose_known_list(p, kind, &list);
    if (how & 128) add_large(&list, how);
    const h2_status status = h2_send_headers(side_of(p, client)->conn, id, list.fields, list.count,
                                             (how & 16) != 0, client && (how & 32) ? &priority : NULL);
    note_sent(p, &list, status);
    return status;
}

static h2_status push(pair *p, bool client)
{
    chosen_list list;
    const uint32_t id = choose_id(p, client), promised = choose_id(p, client);
    choose_known_list(p, CHOOSE_REQUEST, &list);
    const h2_status status = h2_push_stream(side_of(p, client)->conn, id, promised, list.fields, list.count);
    note_sent(p, &list, status);
    return status;
}

static h2_status send_data(pair *p, bool client)
{
    const unsigned how = choose(&p->from);
    const uint32_t id = choose_id(p, client);
    const size_t unit = how & 128 ? 64 : 2;
    const size_t len = how & 1 ? unit * choose(&p->from) : how % 16;
    const int padding = how & 32 ? (int)choose(&p->from) : -1;
    side *const s = side_of(p, client);
    const h2_status status = how & 64 ? side_lend(s, id, zeros, len, (how & 16) != 0, padding)
                                      : h2_send_data(s->conn, id, zeros, len, (how & 16) != 0, padding);
    if (status == H2_OK && id < MOST_STREAM) (client ? &p->up : &p->down)->body_sent[id] += len;
    return status;
}

static h2_status update_settings(pair *p, bool client)
{
    static const uint32_t values[][6] = {[1] = {0, 100, 4096, 8192, 60, 1},
                                         [2] = {0, 1, 0, 1, 0, 0},
                                         [3] = {0, 1, 2, 100, 3, 10},
                                         [4] = {0, 10, 65535, 100000, 1, 70000},
                                         [5] = {16384, 16385, 20000, 70000, 16384, 16384},
                                         [6] = {100, 1000, 65536, 0, 300, 500},
                                         [7] = {1, 2, 3, 4, 5, 6},
                                         [8] = {1, 1, 1, 1, 1, 1},
                                         [9] = {0, 0, 0, 0, 0, 0}};
    h2_setting settings[3];
    const size_t count = choose_below(&p->from, 4);
    for (size_t i = 0; i < count; i++) {
        const unsigned id = 1 + choose_below(&p->from, 9);
        const unsigned value = choose_below(&p->from, 6);
        settings[i] = (h2_setting){(uint16_t)id, values[id][value]};
        if (id == H2_SETTINGS_ENABLE_PUSH && !client) settings[i].value = 0;
    }
    return h2_update_settings(side_of(p, client)->conn, settings, count);
}

static h2_status end(pair *p, bool client)
{
    h2_connection *const conn = side_of(p, client)->conn;
    const unsigned how = choose(&p->from);
    if (how % 8 == 7)
        return h2_close_connection(conn, how % 3, "bye", how % 4, how & 64 ? -1 : (int64_t)(how % 8));
    if (how % 8 == 6) return h2_shutdown(conn);
    return h2_ping(conn, (const uint8_t *)"12345678");
}

static h2_status acknowledge(pair *p, h2_connection *conn, bool client)
{
    const unsigned how = choose(&p->from);
    return h2_acknowledge_received_data(conn, how & 128 ? how * 128U : how, choose_id(p, client));
}

static h2_status apart(pair *p, bool client)
{
    side *const s = side_of(p, client);
    bool odd = false;
    const h2_status status = call_apart(s, &p->from, choose_id(p, client), &odd);
    if (odd) p->forged = s->wire.loose = true;
    return status;
}

static h2_status advertise(pair *p, h2_connection *conn, bool client)
{
    const unsigned how = choose(&p->from);
    if (how & 1) return h2_advertise_alternative_service(conn, "h2=\":1\"", 7, NULL, 0, choose_id(p, client));
    return h2_advertise_alternative_service(conn, "h2=\":1\"", 7, "a.example", 9, 0);
}

static h2_status call_once(pair *p, bool client, unsigned which)
{
    h2_connection *const conn = side_of(p, client)->conn;
    const h2_priority priority = {.depends_on = choose_below(&p->from, 8), .weight = 7};
    switch (which) {
    case 0:
    case 1: return send_headers(p, client);
    case 2:
    case 3: return send_data(p, client);
    case 4: return h2_end_stream(conn, choose_id(p, client));
    case 5: return h2_reset_stream(conn, choose_id(p, client), choose(&p->from));
    case 6: return push(p, client);
    case 7: return update_settings(p, client);
    case 8: return h2_increment_flow_control_window(conn, 1 + choose(&p->from), choose_id(p, client));
    case 9: return acknowledge(p, conn, client);
    case 10: return h2_prioritize(conn, choose_id(p, client), &priority);
    case 11: return choose(&p->from) % 8 == 7 ? advertise(p, conn, client) : apart(p, client);
    default: return end(p, client);
    }
}

static bool same_info(const h2_connection_info *a, const h2_connection_info *b)
{
    return a->state == b->state && a->outbound_window == b->outbound_window &&
           a->inbound_window == b->inbound_window &&
           a->highest_inbound_stream_id == b->highest_inbound_stream_id &&
           a->highest_outbound_stream_id == b->highest_outbound_stream_id &&
           a->encoder_table_size == b->encoder_table_size && a->decoder_table_size == b->decoder_table_size;
}

/* In the RFC profile a call that is refused has changed nothing; in both, one that finds no memory. */
static void call(pair *p, bool client, unsigned which, bool failing)
{
    side *const s = side_of(p, client);
    h2_connection_info before = {.size = sizeof before}, after = {.size = sizeof after};
    h2_connection_get_info(s->conn, &before);
    const size_t pending = h2_output_pending(s->conn), refused = s->memory.refused;
    if (failing) s->memory.fail_at = s->memory.requests + 1 + choose_below(&p->from, 4);
    const h2_status status = call_once(p, client, which);
    s->memory.fail_at = 0;
    side_check(s);
    CHECK(status != H2_NEED_DATA && (status != H2_ERROR_NO_MEMORY || s->memory.refused > refused));
    if (status == H2_OK || !(s->strict || status == H2_ERROR_NO_MEMORY)) return;
    h2_connection_get_info(s->conn, &after);
    CHECK(same_info(&before, &after));
    CHECK(pending == h2_output_pending(s->conn));
}

static void step(pair *p)
{
    const unsigned what = choose(&p->from);
    const bool client = (what & 16) != 0;
    side *const s = side_of(p, client);
    switch (what % 16) {
    case 13: collect(p, client); break;
    case 14: pass(p, client, what & 32 ? SIZE_MAX : 1 + choose(&p->from)); break;
    case 15:
        if (what == 255) forge(p, client);
        if (what & 32) h2_connection_trim(s->conn);
        if (what & 64) h2_advance_time(s->conn, choose(&p->from));
        collect(p, client);
        pass(p, client, SIZE_MAX);
        break;
    default: call(p, client, what % 16, (what & 192) == 192 && what % 16 != 11); break;
    }
}

/* By HTTP/1.1 Upgrade: what stands in its field is in force at once. */
static void upgrade(pair *p)
{
    char header[512];
    size_t len = 0;
    CHECK(h2_upgrade_settings(p->client.conn, header, sizeof header, &len) == H2_OK);
    for (unsigned left = choose_below(&p->from, 4); left > 1 && len > 0; left--) {
        header[choose_below(&p->from, (unsigned)len)] = (char)choose(&p->from);
        p->forged = true;
    }
    CHECK(h2_initiate_upgrade_connection(p->client.conn, NULL, 0) == H2_OK);
    const h2_status status = h2_initiate_upgrade_connection(p->server.conn, header, len);
    CHECK(status == H2_OK || p->forged);
    if (status != H2_OK) CHECK(h2_initiate_connection(p->server.conn) == H2_OK || !p->server.strict);
    wire_upgraded(&p->server.wire, h2_remote_settings(p->server.conn));
}

static void open_pair(pair *p, const uint8_t *options)
{
    h2_config config;
    h2_setting settings[8];
    side_config(&config, H2_CLIENT, options, settings);
    side_open(&p->client, &config, options);
    side_config(&config, H2_SERVER, options, settings);
    if (options[4] & 2) settings[options[4] & 1].value = 0;
    side_open(&p->server, &config, options);
    p->client.owner = p->server.owner = p;
    p->client.act = p->server.act = on_event;
    p->client.keep_output = p->server.keep_output = true;
    if (options[7] & 1) {
        upgrade(p);
        return;
    }
    CHECK(h2_initiate_connection(p->client.conn) == H2_OK);
    CHECK(h2_initiate_connection(p->server.conn) == H2_OK);
}

static bool has_arrived(const flow *f)
{
    return f->passed == f->wire.len;
}

/* What one side may send is what the other lets it send. */
static void compare_windows(const side *sender, const side *receiver)
{
    h2_connection_info out = {.size = sizeof out}, in = {.size = sizeof in};
    h2_connection_get_info(sender->conn, &out);
    h2_connection_get_info(receiver->conn, &in);
    CHECK(out.outbound_window == in.inbound_window);
    for (uint32_t id = 0; h2_next_stream(sender->conn, id, &id);) {
        h2_stream_info one = {.size = sizeof one}, other = {.size = sizeof other};
        CHECK(h2_stream_get_info(sender->conn, id, &one));
        if (h2_stream_get_info(receiver->conn, id, &other) && one.open && other.open)
            CHECK(one.outbound_window == other.inbound_window);
    }
}

/* Everything arrives. */
static void settle(pair *p)
{
    for (int rounds = 0; rounds < 8; rounds++) {
        collect(p, true);
        pass(p, true, SIZE_MAX);
        collect(p, false);
        pass(p, false, SIZE_MAX);
    }
    /* Python's h2 takes one value of a setting for each acknowledgement, however many a frame had. */
    const bool alive = p->client.strict && !h2_connection_is_closed(p->client.conn) &&
                       !h2_connection_is_closed(p->server.conn);
    if (alive && !p->forged && has_arrived(&p->up) && has_arrived(&p->down)) {
        compare_windows(&p->client, &p->server);
        compare_windows(&p->server, &p->client);
    }
    side_settle(&p->client);
    side_settle(&p->server);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < FUZZ_OPTIONS || size > MOST_INPUT) return 0;
    pair *const p = must_malloc(sizeof *p);
    *p = (pair){.from = {data + FUZZ_OPTIONS, size - FUZZ_OPTIONS}};
    open_pair(p, data);
    while (p->from.len > 0)
        step(p);
    settle(p);
    side_close(&p->client);
    side_close(&p->server);
    octets_free(&p->up.wire);
    octets_free(&p->down.wire);
    for (size_t i = 0; i < p->sent_count; i++)
        free(p->sent[i]);
    free(p);
    return 0;
}
