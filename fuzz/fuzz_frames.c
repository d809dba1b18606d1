/* What one call says, one frame carries and one event tells: each frame type and each list of fields goes through two
 * connections that are in step, and comes out as it went in. Lists that the strict rules let out, they let in, and what
 * they let in means the same in HTTP/1.1. */
#include "fuzz.h"

#include "event_text.h"
#include "http1.h"
#include "side.h"

#include <stdlib.h>
#include <string.h>

const fuzz_shape fuzz_target_shape = FUZZ_CALLS;

enum {
    MOST_INPUT = 2000,
    MOST_SETTINGS = 16,
    MOST_OCTETS = 300,
    PER_STREAM = 8 /* calls before a new pair is made */
};

typedef struct pair {
    side client, server;
    choices from;
    uint32_t stream; /* open in both directions */
    h2_event got;    /* the first event of the last crossing, pointers into `kept` */
    size_t events;
    octets kept;
} pair;

static void on_event(side *s, const h2_event *event)
{
    pair *const p = s->owner;
    if (p->events++ > 0) return;
    p->got = *event;
    octets_clear(&p->kept);
    event_text(&p->kept, event);
}

/* What one side has to say arrives at the other. */
static bool pass(side *from, side *to)
{
    octets_clear(&from->output);
    side_drain(from);
    if (from->output.len > 0) CHECK(side_feed(to, from->output.data, from->output.len));
    return from->output.len > 0;
}

/* Everything arrives, until both have nothing more to say; the first event is the answer to the last call. */
static void cross(pair *p, bool from_client)
{
    side *const from = from_client ? &p->client : &p->server, *const to =
                                                                  from_client ? &p->server : &p->client;
    p->events = 0;
    int rounds = 0;
    for (bool said = true; said;) {
        said = pass(from, to);
        if (pass(to, from)) said = true;
        CHECK(++rounds < 8);
    }
}

static void expect(const pair *p, const char *text)
{
    if (strcmp(octets_string(&p->kept), text) == 0) return;
    fuzz_fail(__FILE__, __LINE__, octets_string(&p->kept));
}

static void expect_event(pair *p, const h2_event *event)
{
    octets text = {0};
    event_text(&text, event);
    expect(p, octets_string(&text));
    octets_free(&text);
}

/* One function for each frame type. */

static void try_ping(pair *p, bool client)
{
    h2_event event = {.type = H2_EVENT_PING_RECEIVED};
    for (size_t i = 0; i < sizeof event.ping.data; i++)
        event.ping.data[i] = (uint8_t)choose(&p->from);
    CHECK(h2_ping(client ? p->client.conn : p->server.conn, event.ping.data) == H2_OK);
    cross(p, client);
    expect_event(p, &event);
}

static void try_priority(pair *p)
{
    const h2_priority priority = {.depends_on = choose_u32(&p->from) & 0x7fffffff,
                                  .weight = (uint16_t)(1 + choose(&p->from)),
                                  .exclusive = choose(&p->from) & 1};
    const uint32_t id = 1 + choose_u32(&p->from) % 0x7ffffffe;
    if (priority.depends_on == id) return;
    CHECK(h2_prioritize(p->client.conn, id, &priority) == H2_OK);
    cross(p, true);
    const h2_event event = {.type = H2_EVENT_PRIORITY_UPDATED, .stream_id = id, .priority = priority};
    expect_event(p, &event);
}

static void try_settings(pair *p, bool client)
{
    h2_setting settings[MOST_SETTINGS];
    const size_t count = choose_below(&p->from, MOST_SETTINGS);
    for (size_t i = 0; i < count; i++)
        settings[i] = (h2_setting){(uint16_t)(10 + i * 1000 + choose(&p->from)), choose_u32(&p->from)};
    h2_connection *const from = client ? p->client.conn : p->server.conn, *const to = client ? p->server.conn
                                                                                             : p->client.conn;
    CHECK(h2_update_settings(from, settings, count) == H2_OK);
    cross(p, client);
    CHECK(p->got.type == H2_EVENT_REMOTE_SETTINGS_CHANGED);
    for (size_t i = 0; i < count; i++) {
        uint32_t value;
        if (h2_settings_get(h2_remote_settings(to), settings[i].id, &value))
            CHECK(value == settings[i].value);
        CHECK(h2_settings_get(h2_local_settings(from), settings[i].id, &value) && value == settings[i].value);
    }
}

static void try_window_update(pair *p, bool client)
{
    const uint32_t increment = 1 + choose_u32(&p->from) % 1000000, id = choose(&p->from) & 1 ? p->stream : 0;
    int64_t before = 0, after = 0;
    h2_connection *const from = client ? p->client.conn : p->server.conn, *const to = client ? p->server.conn
                                                                                             : p->client.conn;
    h2_connection_info info = {.size = sizeof info};
    h2_connection_get_info(to, &info);
    before = info.outbound_window;
    if (h2_increment_flow_control_window(from, increment, id) != H2_OK) return;
    cross(p, client);
    const h2_event event = {.type = H2_EVENT_WINDOW_UPDATED, .stream_id = id, .window_updated = {increment}};
    expect_event(p, &event);
    h2_connection_get_info(to, &info);
    after = info.outbound_window;
    CHECK(after - before == (id == 0 ? (int64_t)increment : 0));
}

static void try_data(pair *p, bool client)
{
    size_t len;
    const unsigned how = choose(&p->from);
    const uint8_t *const data = choose_octets(&p->from, how & 1 ? MOST_OCTETS : how % 16, &len);
    const int padding = how & 2 ? (int)choose(&p->from) : -1;
    h2_connection *const from = client ? p->client.conn : p->server.conn, *const to = client ? p->server.conn
                                                                                             : p->client.conn;
    if (h2_send_data(from, p->stream, data, len, false, padding) != H2_OK) return;
    cross(p, client);
    const uint32_t flow = (uint32_t)len + (padding < 0 ? 0 : (uint32_t)padding + 1);
    CHECK(p->got.type == H2_EVENT_DATA_RECEIVED && p->got.data.flow_controlled_length == flow);
    h2_event event = p->got;
    event.data.bytes = data;
    event.data.len = len;
    expect_event(p, &event);
    CHECK(h2_acknowledge_received_data(to, flow, p->stream) == H2_OK);
    cross(p, !client);
}

static void try_altsvc(pair *p)
{
    size_t origin_len, len;
    const char *const origin =
        (const char *)choose_octets(&p->from, 1 + choose_below(&p->from, 40), &origin_len);
    const char *const value = (const char *)choose_octets(&p->from, choose_below(&p->from, 60), &len);
    if (origin_len == 0) return;
    CHECK(h2_advertise_alternative_service(p->server.conn, value, len, origin, origin_len, 0) == H2_OK);
    cross(p, false);
    const h2_event event = {
        .type = H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE,
        .altsvc = {.origin = origin, .origin_len = origin_len, .field_value = value, .field_value_len = len}};
    expect_event(p, &event);
}

/* The form of content-length is judged by a connection, not by h2_fields_validate. */
static bool has_length(const chosen_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->fields[i].name_len == 14 && memcmp(list->fields[i].name, "content-length", 14) == 0)
            return true;
    return false;
}

static void try_fields(pair *p, bool client)
{
    chosen_list list;
    choose_list(&p->from, client ? CHOOSE_REQUEST : CHOOSE_ANYTHING, &list);
    h2_header out[2 * CHOSEN_FIELDS];
    char space[2 * CHOSEN_SPACE];
    size_t count = sizeof out / sizeof *out, used = sizeof space;
    const h2_block_kind kind = client ? H2_BLOCK_REQUEST : H2_BLOCK_TRAILERS;
    CHECK(h2_fields_normalize(list.fields, list.count, true, choose(&p->from) & 1, out, &count, space,
                              &used) == H2_OK);
    h2_error_info error;
    if (h2_fields_validate(out, count, kind, true, H2_PROFILE_RFC, &error) == H2_OK)
        CHECK(h2_fields_validate(out, count, kind, false, H2_PROFILE_RFC, &error) == H2_OK);
    if (h2_fields_validate(list.fields, list.count, kind, false, H2_PROFILE_RFC, &error) != H2_OK) return;
    const h2_event event = {.type = client ? H2_EVENT_REQUEST_RECEIVED : H2_EVENT_TRAILERS_RECEIVED,
                            .headers = {.fields = list.fields, .count = list.count}};
    if (!has_length(&list)) http1_judge(&event);
    /* What may come in may go out, and what Python's h2 refuses the strict rules refuse. */
    CHECK(h2_fields_validate(list.fields, list.count, kind, false, H2_PROFILE_PYTHON, &error) == H2_OK);
}

static void try_reset(pair *p, bool client)
{
    const uint32_t code = choose_u32(&p->from);
    CHECK(h2_reset_stream(client ? p->client.conn : p->server.conn, p->stream, code) == H2_OK);
    cross(p, client);
    const h2_event event = {
        .type = H2_EVENT_STREAM_RESET, .stream_id = p->stream, .stream_reset = {code, true}};
    expect_event(p, &event);
}

static void try_goaway(pair *p, bool client)
{
    size_t len;
    const uint32_t code = choose_u32(&p->from);
    const uint8_t *const debug = choose_octets(&p->from, MOST_OCTETS, &len);
    const uint32_t last = client ? 0 : 1;
    CHECK(h2_close_connection(client ? p->client.conn : p->server.conn, code, debug, len, last) == H2_OK);
    cross(p, client);
    const h2_event event = {.type = H2_EVENT_CONNECTION_TERMINATED,
                            .terminated = {.additional_data = debug,
                                           .additional_data_len = len,
                                           .error_code = code,
                                           .last_stream_id = last,
                                           .additional_data_received = len}};
    expect_event(p, &event);
}

/* The pair. */

static void open_pair(pair *p)
{
    static const uint8_t options[FUZZ_OPTIONS];
    static const h2_header request[] = {H2_HEADER(":method", "POST"), H2_HEADER(":scheme", "https"),
                                        H2_HEADER(":authority", "a"), H2_HEADER(":path", "/")};
    static const h2_header response[] = {H2_HEADER(":status", "200")};
    h2_config config;
    h2_config_init(&config, H2_CLIENT);
    side_open(&p->client, &config, options);
    h2_config_init(&config, H2_SERVER);
    side_open(&p->server, &config, options);
    p->client.owner = p->server.owner = p;
    p->client.act = p->server.act = on_event;
    p->client.keep_output = p->server.keep_output = true;
    CHECK(h2_initiate_connection(p->client.conn) == H2_OK && h2_initiate_connection(p->server.conn) == H2_OK);
    cross(p, true);
    cross(p, false);
    p->stream = 1;
    CHECK(h2_send_headers(p->client.conn, 1, request, 4, false, NULL) == H2_OK);
    cross(p, true);
    CHECK(h2_send_headers(p->server.conn, 1, response, 1, false, NULL) == H2_OK);
    cross(p, false);
}

static void close_pair(pair *p)
{
    side_settle(&p->client);
    side_settle(&p->server);
    side_close(&p->client);
    side_close(&p->server);
    octets_free(&p->kept);
}

static void run_pair(pair *p)
{
    open_pair(p);
    bool going_on = true;
    for (int left = PER_STREAM; going_on && left > 0 && p->from.len > 0; left--) {
        const unsigned what = choose(&p->from);
        const bool client = (what & 16) != 0;
        switch (what % 11) {
        case 0: try_ping(p, client); break;
        case 1: try_priority(p); break;
        case 2: try_settings(p, client); break;
        case 3: try_window_update(p, client); break;
        case 4:
        case 5: try_data(p, client); break;
        case 6: try_altsvc(p); break;
        case 7:
        case 8: try_fields(p, client); break;
        case 9: try_reset(p, client), going_on = false; break;
        default: try_goaway(p, client), going_on = false; break;
        }
    }
    close_pair(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > MOST_INPUT) return 0;
    choices from = {data, size};
    while (from.len > 0) {
        pair p = {.from = from};
        run_pair(&p);
        from = p.from;
    }
    return 0;
}
