/* B13 to B16 and B18 to B21: pushes, 1xx, GOAWAY, unknown frames, the first octets, a writer that is blocked. */
#include "rows.h"

#include <string.h>

enum {
    KIB = 1024
};

/* What a server does to a client. */

static void no_push(h2_config *config, h2_setting *settings)
{
    settings[0] = (h2_setting){H2_SETTINGS_ENABLE_PUSH, 0};
    config->initial_settings_count = 1;
}

static void promise(octets *out, size_t number)
{
    const h2_header fields[] = {H2_HEADER(":method", "GET"), H2_HEADER(":scheme", "https"),
                                H2_HEADER(":authority", "example.com"), H2_HEADER(":path", "/")};
    frame_push_promise(out, 1, (uint32_t)(2 * number + 2), fields, 4);
}

/* Promises that are kept do not count. */
static void promise_kept(octets *out, size_t number)
{
    const h2_header response[] = {H2_HEADER(":status", "200")};
    promise(out, number);
    frame_headers(out, (uint32_t)(2 * number + 2), response, 1, true);
}

static void early_hints(octets *out, size_t number)
{
    const h2_header fields[] = {H2_HEADER(":status", "103"), H2_HEADER("link", "</a.css>; rel=preload")};
    (void)number;
    frame_headers(out, 1, fields, 2, false);
}

static void after_100(subject *s, size_t units)
{
    (void)units;
    expect(s->events[H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED] == 100, "B14", "100 of them are told");
    expect(s->events[H2_EVENT_STREAM_RESET] == 1, "B14", "then the stream is reset");
}

/* GOAWAY. */

static void goaway(octets *out, size_t number)
{
    static const uint8_t debug[16384 - 8];
    frame_goaway(out, (uint32_t)(1001 - (number < 1000 ? number : 1000)), H2_CODE_NO_ERROR, debug,
                 sizeof debug);
}

static void goaway_rises(octets *out, size_t number)
{
    frame_goaway(out, (uint32_t)(number == 3 ? 9 : 7), H2_CODE_NO_ERROR, NULL, 0);
}

/* Behind what ends the connection there may be anything. */
static void fatal_first(subject *s)
{
    octets out = {0};
    frame_put(&out, FRAME_PING, 0, 1, "12345678", 8);
    expect(!subject_feed(s, out.data, out.len), "B15", "PING on a stream ends the connection");
    s->status = H2_OK;
    s->consumed = 0;
    octets_free(&out);
}

static void garbage(octets *out, size_t number)
{
    for (int i = 0; i < 1000; i++)
        octets_u8(out, (unsigned)(number * 31 + (size_t)i * 7) & 0xff);
}

static void nothing_more(subject *s, size_t units)
{
    (void)units;
    expect(s->frames[FRAME_GOAWAY] == 1, "B15", "one GOAWAY is sent");
    for (int i = 0; i < EVENT_TYPES; i++)
        expect(s->events[i] == 0, "B15", "nothing behind it is looked at");
}

/* What nobody knows. */

static void unknown(octets *out, size_t number)
{
    static const uint8_t payload[16000];
    frame_put(out, (unsigned)(0x20 + number % 200), 0xff, (uint32_t)(number % 5), payload, sizeof payload);
}

static void unknown_empty(octets *out, size_t number)
{
    frame_put(out, (unsigned)(0x20 + number % 200), 0, (uint32_t)number, NULL, 0);
}

static void altsvc(octets *out, size_t number)
{
    octets payload = {0};
    (void)number;
    octets_u16(&payload, 9);
    octets_text(&payload, "a.example");
    octets_fill(&payload, 'v', 1000);
    frame_put(out, FRAME_ALTSVC, 0, 0, payload.data, payload.len);
    octets_free(&payload);
}

/* The first octets. */

static void all_ones(octets *out, size_t number)
{
    (void)number;
    octets_fill(out, 0xff, 9);
}

static void one_too_long(octets *out, size_t number)
{
    frame_head(out, (uint32_t)(number == 0 ? 16384 : 16385), number == 0 ? 0xfa : FRAME_DATA, 0,
               number == 0 ? 0 : 1);
    if (number == 0) octets_fill(out, 0, 16384);
}

/* A writer that is blocked. */

static void queue_all(subject *s, const h2_event *event)
{
    static const uint8_t body[16384];
    static const h2_header response[] = {H2_HEADER(":status", "200")};
    if (event->type != H2_EVENT_REQUEST_RECEIVED) return;
    (void)h2_send_headers(s->conn, event->stream_id, response, 1, false, NULL);
    while (h2_send_data(s->conn, event->stream_id, body, sizeof body, false, -1) == H2_OK)
        continue;
}

static void requests(octets *out, size_t number)
{
    put_request(out, odd(number), true);
}

static void bounded_by_windows(subject *s, size_t units)
{
    (void)units;
    /* What was put out is counted in frames: three whole ones fit the connection's window of 65,535. */
    expect(s->frames[FRAME_DATA] == 3, "B21", "the windows bound what the application queues");
}

/* DATA for streams that are gone makes us give the window back: the answers are counted. */
static void few_octets(h2_config *config, h2_setting *settings)
{
    (void)settings;
    config->limits.output_control_octets = 500;
}

static void few_frames(h2_config *config, h2_setting *settings)
{
    (void)settings;
    config->limits.output_frames = 50;
}

static void ping(octets *out, size_t number)
{
    static const uint8_t data[8];
    (void)number;
    frame_ping(out, data, false);
}

static void bad_request(octets *out, size_t number)
{
    put_block(out, odd(number), true, "\x82", 1);
}

/* clang-format off */
const row other_rows[] = {
    {"B13", "PUSH_PROMISE where push is disabled", H2_CLIENT, no_push, open_stream, NULL, promise, 2,
     ENDS, H2_CODE_PROTOCOL_ERROR, NULL, 0, 0, 1 * KIB, 0, NULL},
    {"B13", "PUSH_PROMISE without responses", H2_CLIENT, NULL, open_stream, NULL, promise, 2000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "reserved_streams", 100, 100, 32 * KIB, 0, NULL},
    {"B13", "PUSH_PROMISE with responses", H2_CLIENT, NULL, open_stream, NULL, promise_kept, 20000,
     PASSES, 0, NULL, ALL, ALL, 32 * KIB, 0, NULL},
    {"B14", "103 on one stream", H2_CLIENT, NULL, open_stream, NULL, early_hints, 100000,
     ENDS_STREAMS, H2_CODE_ENHANCE_YOUR_CALM, "informational_per_stream", ALL, ALL, 4 * KIB, 0, after_100},
    {"B15", "GOAWAY with 16 KiB of debug data", H2_CLIENT, NULL, open_stream, NULL, goaway, 2000,
     PASSES, 0, NULL, ALL, ALL, 1 * KIB + 8, 0, NULL},
    {"B15", "GOAWAY whose last id rises", H2_CLIENT, NULL, open_stream, NULL, goaway_rises, 5,
     ENDS, H2_CODE_PROTOCOL_ERROR, NULL, 3, 3, 1 * KIB, 0, NULL},
    {"B15", "garbage after our GOAWAY", H2_SERVER, NULL, fatal_first, NULL, garbage, 1000,
     PASSES, 0, NULL, ALL, ALL, 1 * KIB, 0, nothing_more},
    {"B16", "unknown frames of 16,000 octets", H2_SERVER, NULL, NULL, NULL, unknown, 1000,
     PASSES, 0, NULL, ALL, ALL, 0, 0, NULL},
    {"B16", "unknown frames of 0 octets", H2_SERVER, NULL, NULL, NULL, unknown_empty, 100000,
     PASSES, 0, NULL, ALL, ALL, 0, 0, NULL},
    {"B16", "ALTSVC at a server", H2_SERVER, NULL, NULL, NULL, altsvc, 10000,
     PASSES, 0, NULL, ALL, ALL, 2 * KIB, 0, NULL},
    {"B16", "ALTSVC at a client", H2_CLIENT, NULL, NULL, NULL, altsvc, 10000,
     PASSES, 0, NULL, ALL, ALL, 4 * KIB, 0, NULL},
    {"B18", "nine octets of ones", H2_SERVER, NULL, NULL, NULL, all_ones, 2,
     ENDS, H2_CODE_FRAME_SIZE_ERROR, NULL, 0, 0, 1 * KIB, 0, NULL},
    {"B18", "one octet too long", H2_SERVER, NULL, NULL, NULL, one_too_long, 2,
     ENDS, H2_CODE_FRAME_SIZE_ERROR, NULL, 1, 1, 1 * KIB, 0, NULL},
    {"B21", "output_control_octets", H2_SERVER, few_octets, NULL, NULL, ping, 100,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "output_control_octets", 29, ALL, 2 * KIB, 0, NULL},
    {"B21", "output_frames", H2_SERVER, few_frames, NULL, NULL, bad_request, 500,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "output_frames", 50, ALL, 8 * KIB, 0, NULL},
    {"B21", "an application that queues all it can", H2_SERVER, NULL, NULL, queue_all, requests, 100,
     PASSES, 0, NULL, ALL, ALL, 128 * KIB, 0, bounded_by_windows},
};
/* clang-format on */
const size_t other_row_count = sizeof other_rows / sizeof *other_rows;
