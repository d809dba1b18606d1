/* B1 to B3 and B7 to B12: floods of frames that cost little to send. */
#include "rows.h"

#include <string.h>

enum {
    KIB = 1024,
    BORDER = 30000 /* octets of small DATA before the window of 65,535 matters */
};

static void ping(octets *out, size_t number)
{
    const uint8_t data[8] = {(uint8_t)number};
    frame_ping(out, data, false);
}

static void settings_empty(octets *out, size_t number)
{
    (void)number;
    frame_settings(out, NULL, 0);
}

static void settings_many(octets *out, size_t number, size_t count)
{
    octets payload = {0};
    for (size_t i = 0; i < count; i++) {
        octets_u16(&payload, (unsigned)(0x1000 + (i + number * 7) % 0xe000));
        octets_u32(&payload, (uint32_t)i);
    }
    frame_put(out, FRAME_SETTINGS, 0, 0, payload.data, payload.len);
    octets_free(&payload);
}

static void settings_2730(octets *out, size_t number)
{
    settings_many(out, number, 2730);
}

static void settings_32(octets *out, size_t number)
{
    settings_many(out, number, 32);
}

static void settings_33(octets *out, size_t number)
{
    settings_many(out, number, number < 3 ? 32 : 33);
}

static void settings_ack(octets *out, size_t number)
{
    (void)number;
    frame_settings_ack(out);
}

/* Windows. */

static void open_100(subject *s)
{
    octets out = {0};
    for (size_t i = 0; i < 100; i++)
        put_request(&out, odd(i), false);
    (void)subject_feed(s, out.data, out.len);
    octets_free(&out);
}

static void flip(octets *out, size_t number)
{
    const h2_setting setting = {H2_SETTINGS_INITIAL_WINDOW_SIZE, number % 2 ? 65535 : 0x7fffffff};
    frame_settings(out, &setting, 1);
}

/* With one stream's window raised, so that the greatest initial window is one less. */
static void raise_one(subject *s)
{
    octets out = {0};
    open_100(s);
    frame_window_update(&out, 51, 1);
    (void)subject_feed(s, out.data, out.len);
    octets_free(&out);
}

static void flip_to_border(octets *out, size_t number)
{
    const h2_setting setting = {H2_SETTINGS_INITIAL_WINDOW_SIZE, number == 20 ? 0x7fffffff
                                                                 : number % 2 ? 0
                                                                              : 0x7ffffffe};
    frame_settings(out, &setting, 1);
}

/* The bound on the greatest offset is stale each time, and a look at all streams costs what a reset costs. */
static void flip_stale(octets *out, size_t number)
{
    const h2_setting low = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 0},
                     high = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 0x7fffffff};
    const uint32_t id = odd(number);
    put_request(out, id, false);
    frame_settings(out, &low, 1);
    frame_window_update(out, id, 1000);
    frame_rst_stream(out, id, H2_CODE_CANCEL);
    frame_settings(out, &high, 1);
}

static void any_replies(h2_config *config, h2_setting *settings)
{
    (void)settings;
    config->limits.unsent_replies = UINT32_MAX;
}

static void window_update(octets *out, size_t number)
{
    frame_window_update(out, number % 2 ? 1 : 0, 1);
}

static void connection_overflow(octets *out, size_t number)
{
    static const uint32_t steps[] = {0x7fffffff - 65535, 1};
    frame_window_update(out, 0, steps[number]);
}

static void stream_overflow(octets *out, size_t number)
{
    frame_window_update(out, 1, number == 0 ? 0x7fffffff - 65535 : 1);
}

static void setting_overflow(octets *out, size_t number)
{
    const h2_setting setting = {H2_SETTINGS_INITIAL_WINDOW_SIZE, 65536};
    if (number == 0)
        frame_window_update(out, 1, 0x7fffffff - 65535);
    else
        frame_settings(out, &setting, 1);
}

/* DATA. */

static void data_empty(octets *out, size_t number)
{
    (void)number;
    frame_data(out, 1, NULL, 0, false);
}

static void data_1(octets *out, size_t number)
{
    (void)number;
    frame_data(out, 1, "x", 1, false);
}

static void data_256(octets *out, size_t number)
{
    static const uint8_t body[256];
    (void)number;
    frame_data(out, 1, body, sizeof body, false);
}

static void data_padding(octets *out, size_t number)
{
    octets payload = {0};
    (void)number;
    octets_u8(&payload, 255);
    octets_fill(&payload, 0, 255);
    frame_put(out, FRAME_DATA, FLAG_PADDED, 1, payload.data, payload.len);
    octets_free(&payload);
}

/* Padding round one octet, so that it counts as no empty frame. */
static void data_padded(octets *out, size_t number)
{
    octets payload = {0};
    (void)number;
    octets_put(&payload,
               "\xff"
               "x",
               2);
    octets_fill(&payload, 0, 255);
    frame_put(out, FRAME_DATA, FLAG_PADDED, 1, payload.data, payload.len);
    octets_free(&payload);
}

static void acknowledge(subject *s, const h2_event *event)
{
    if (event->type == H2_EVENT_DATA_RECEIVED)
        (void)h2_acknowledge_received_data(s->conn, event->data.flow_controlled_length, event->stream_id);
}

/* All but what the threshold for a WINDOW_UPDATE keeps back has come back. */
static void credited(subject *s, size_t units)
{
    h2_connection_info info = {.size = sizeof info};
    h2_stream_info stream = {.size = sizeof stream};
    (void)units;
    h2_connection_get_info(s->conn, &info);
    expect(h2_stream_get_info(s->conn, 1, &stream), "B9", "the stream is there");
    expect(info.inbound_window == stream.inbound_window, "B9", "both windows are equal afterwards");
    expect(info.inbound_window > 65535 / 2, "B9", "padding is credited");
}

/* PRIORITY. */

static void priority(octets *out, size_t number)
{
    const h2_priority p = {.depends_on = odd(number) + 2, .weight = 200, .exclusive = true};
    frame_priority(out, odd(number), &p);
}

static void priority_loop(octets *out, size_t number)
{
    const h2_priority p = {.depends_on = number % 2 ? 1 : 3, .weight = 1};
    frame_priority(out, number % 2 ? 3 : 1, &p);
}

/* clang-format off */
const row flood_rows[] = {
    {"B1", "PING", H2_SERVER, NULL, NULL, NULL, ping, 20000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "unsent_replies", 1000, ALL, 64 * KIB, 0, NULL},
    {"B2", "empty SETTINGS", H2_SERVER, NULL, NULL, NULL, settings_empty, 20000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "unsent_replies", 1000, ALL, 64 * KIB, 0, NULL},
    {"B2", "SETTINGS of 2,730 entries", H2_SERVER, NULL, NULL, NULL, settings_2730, 2,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "settings_entries", 0, 0, 18 * KIB, 0, NULL},
    {"B2", "SETTINGS of 33 entries after three of 32", H2_SERVER, NULL, NULL, NULL, settings_33, 5,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "settings_entries", 3, 3, 4 * KIB, 0, NULL},
    {"B2", "SETTINGS of 32 unknown entries", H2_SERVER, NULL, NULL, NULL, settings_32, 20000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "unsent_replies", 1000, ALL, 64 * KIB, 0, NULL},
    {"B2", "acknowledgements of nothing", H2_SERVER, NULL, NULL, NULL, settings_ack, 20000,
     PASSES, 0, NULL, ALL, ALL, 1 * KIB, 0, NULL},
    {"B3", "initial window up and down", H2_SERVER, NULL, open_100, NULL, flip, 20000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "unsent_replies", 1000, ALL, 64 * KIB, 0, NULL},
    {"B3", "initial window up to where one stream overflows", H2_SERVER, NULL, raise_one, NULL, flip_to_border, 30,
     ENDS, H2_CODE_FLOW_CONTROL_ERROR, NULL, 20, 20, 64 * KIB, 0, NULL},
    {"B3", "initial window up, each time past a stale bound", H2_SERVER, any_replies, NULL, NULL, flip_stale, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 500, 500, 64 * KIB, 0, NULL},
    {"B7", "DATA of 0 octets", H2_SERVER, NULL, open_stream, NULL, data_empty, 20000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "empty_data", 100, 100, 1 * KIB, 0, NULL},
    {"B8", "DATA of 1 octet, not acknowledged", H2_SERVER, NULL, open_stream, NULL, data_1, BORDER,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "data_overhead", 100, 100, 1 * KIB, 0, NULL},
    {"B8", "DATA of 1 octet, acknowledged", H2_SERVER, NULL, open_stream, acknowledge, data_1, 200000,
     PASSES, 0, NULL, ALL, ALL, 1 * KIB, 0, NULL},
    {"B8", "DATA of 256 octets, not acknowledged", H2_SERVER, NULL, open_stream, NULL, data_256, 255,
     PASSES, 0, NULL, ALL, ALL, 1 * KIB, 0, NULL},
    {"B9", "padding round nothing", H2_SERVER, NULL, open_stream, acknowledge, data_padding, 20000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "empty_data", 100, 100, 1 * KIB, 0, credited},
    {"B9", "padding round one octet, acknowledged", H2_SERVER, NULL, open_stream, acknowledge, data_padded, 1024,
     PASSES, 0, NULL, ALL, ALL, 1 * KIB, 0, credited},
    {"B10", "PRIORITY on idle streams", H2_SERVER, NULL, NULL, NULL, priority, 20000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "priority_per_stream", 100, 100, 1 * KIB, 0, NULL},
    {"B10", "PRIORITY in loops, one stream open", H2_SERVER, NULL, open_stream, NULL, priority_loop, 20000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "priority_per_stream", 200, 200, 1 * KIB, 0, NULL},
    {"B11", "WINDOW_UPDATE of 1", H2_SERVER, NULL, open_stream, NULL, window_update, 100000,
     PASSES, 0, NULL, ALL, ALL, 64, 0, NULL},
    {"B12", "the connection's window past 2^31-1", H2_SERVER, NULL, NULL, NULL, connection_overflow, 2,
     ENDS, H2_CODE_FLOW_CONTROL_ERROR, NULL, 1, 1, 1 * KIB, 0, NULL},
    {"B12", "a stream's window past 2^31-1", H2_SERVER, NULL, open_stream, NULL, stream_overflow, 2,
     ENDS_STREAMS, H2_CODE_FLOW_CONTROL_ERROR, NULL, ALL, ALL, 1 * KIB, 0, NULL},
    {"B12", "a stream's window past 2^31-1 by SETTINGS", H2_SERVER, NULL, open_stream, NULL, setting_overflow, 2,
     ENDS, H2_CODE_FLOW_CONTROL_ERROR, NULL, 1, 1, 1 * KIB, 0, NULL},
};
/* clang-format on */
const size_t flood_row_count = sizeof flood_rows / sizeof *flood_rows;
