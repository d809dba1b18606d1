/* B4 to B6: streams that end in RST_STREAM, by the peer's hand or through its fault. */
#include "rows.h"

enum {
    KIB = 1024,
    MEMORY = 64 * KIB /* 1,000 RST_STREAM frames, a few streams, memory of closed ones */
};

static void rapid_reset(octets *out, size_t number)
{
    put_request(out, odd(number), true);
    frame_rst_stream(out, odd(number), H2_CODE_CANCEL);
}

static void rapid_reset_body(octets *out, size_t number)
{
    put_request(out, odd(number), false);
    frame_data(out, odd(number), "body", 4, false);
    frame_rst_stream(out, odd(number), H2_CODE_CANCEL);
}

/* A second refills 33. */
static void a_second_passes(subject *s)
{
    octets out = {0};
    for (size_t i = 0; i < 1000; i++)
        rapid_reset(&out, i);
    (void)subject_feed(s, out.data, out.len);
    octets_free(&out);
    s->consumed = 0;
    h2_advance_time(s->conn, 1000);
}

static void rapid_reset_later(octets *out, size_t number)
{
    rapid_reset(out, number + 1000);
}

static void bad_request(octets *out, size_t number)
{
    const h2_header fields[] = {REQUEST, H2_HEADER("connection", "close")};
    frame_headers(out, odd(number), fields, 5, true);
}

static void no_request(octets *out, size_t number)
{
    put_block(out, odd(number), true, "\x82", 1);
}

/* MadeYouReset. */

static void zero_update(octets *out, size_t number)
{
    put_request(out, odd(number), true);
    frame_window_update(out, odd(number), 0);
}

static void window_overflow(octets *out, size_t number)
{
    put_request(out, odd(number), true);
    frame_window_update(out, odd(number), 0x7fffffff);
}

static void short_priority(octets *out, size_t number)
{
    put_request(out, odd(number), true);
    frame_put(out, FRAME_PRIORITY, 0, odd(number), "\0\0\0\0", 4);
}

/* Ignored and counted; the streams stay until there are too many. */
static void self_priority(octets *out, size_t number)
{
    const h2_priority p = {.depends_on = odd(number), .weight = 16};
    put_request(out, odd(number), true);
    frame_priority(out, odd(number), &p);
}

static void late_data(octets *out, size_t number)
{
    put_request(out, odd(number), true);
    frame_data(out, odd(number), "late", 4, false);
}

static void late_headers(octets *out, size_t number)
{
    put_request(out, odd(number), true);
    put_request(out, odd(number), true);
}

static void wrong_length(octets *out, size_t number)
{
    const h2_header fields[] = {REQUEST, H2_HEADER("content-length", "3")};
    frame_headers(out, odd(number), fields, 5, false);
    frame_data(out, odd(number), "four", 4, true);
}

static void bad_trailers(octets *out, size_t number)
{
    const h2_header trailers[] = {H2_HEADER(":path", "/")};
    put_request(out, odd(number), false);
    frame_headers(out, odd(number), trailers, 1, true);
}

static void open_trailers(octets *out, size_t number)
{
    const h2_header trailers[] = {H2_HEADER("x-a", "1")};
    put_request(out, odd(number), false);
    frame_headers(out, odd(number), trailers, 1, false);
}

/* Frames for streams that the application has reset cost nothing, however many come. */
static void reset_it(subject *s, const h2_event *event)
{
    if (event->type == H2_EVENT_REQUEST_RECEIVED)
        (void)h2_reset_stream(s->conn, event->stream_id, H2_CODE_CANCEL);
}

static void late_for_reset(octets *out, size_t number)
{
    if (number == 0) put_request(out, 1, false);
    frame_data(out, 1, "late", 4, false);
    frame_window_update(out, 1, 1);
}

/* Streams that both sides have ended are closed; what comes for them then costs one RST_STREAM each. */
static void answer_it(subject *s, const h2_event *event)
{
    static const h2_header response[] = {H2_HEADER(":status", "200")};
    if (event->type == H2_EVENT_STREAM_ENDED)
        (void)h2_send_headers(s->conn, event->stream_id, response, 1, true, NULL);
}

static void late_for_reset_by_peer(octets *out, size_t number)
{
    if (number == 0) {
        put_request(out, 1, false);
        frame_rst_stream(out, 1, H2_CODE_CANCEL);
    }
    frame_data(out, 1, "late", 4, false);
}

static void only_one(subject *s, size_t units)
{
    (void)units;
    expect(s->frames[FRAME_RST_STREAM] == 1, "B6", "one RST_STREAM a stream at most");
}

static void too_many(octets *out, size_t number)
{
    put_request(out, odd(number), false);
}

static void requests(octets *out, size_t number)
{
    put_request(out, odd(number), true);
}

/* A request done in order gives a token back. */
static void every_other(octets *out, size_t number)
{
    put_request(out, odd(2 * number), true);
    put_request(out, odd(2 * number + 1), false);
    frame_rst_stream(out, odd(2 * number + 1), H2_CODE_CANCEL);
}

/* clang-format off */
const row reset_rows[] = {
    {"B4", "HEADERS, RST_STREAM", H2_SERVER, NULL, NULL, NULL, rapid_reset, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 1000, 1000, MEMORY, 0, NULL},
    {"B4", "HEADERS, DATA, RST_STREAM", H2_SERVER, NULL, NULL, NULL, rapid_reset_body, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "data_overhead", 101, 101, MEMORY, 0, NULL},
    {"B4", "HEADERS, RST_STREAM a second after the burst", H2_SERVER, NULL, a_second_passes, NULL, rapid_reset_later, 100,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 33, 33, MEMORY, 0, NULL},
    {"B4", "every other request reset", H2_SERVER, NULL, NULL, answer_it, every_other, 20000,
     PASSES_READ, 0, NULL, ALL, ALL, MEMORY, 0, NULL},
    {"B5", "requests with a connection field", H2_SERVER, NULL, NULL, NULL, bad_request, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 1000, 1000, MEMORY, 0, NULL},
    {"B5", "requests of one field", H2_SERVER, NULL, NULL, NULL, no_request, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 1000, 1000, MEMORY, 0, NULL},
    {"B5", "late frames on a stream that we reset", H2_SERVER, NULL, NULL, reset_it, late_for_reset, 20000,
     PASSES, 0, NULL, ALL, ALL, MEMORY, 0, NULL},
    {"B6", "WINDOW_UPDATE of 0", H2_SERVER, NULL, NULL, NULL, zero_update, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 1000, 1000, MEMORY, 0, NULL},
    {"B6", "a window past 2^31-1", H2_SERVER, NULL, NULL, NULL, window_overflow, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 1000, 1000, MEMORY, 0, NULL},
    {"B6", "PRIORITY of 4 octets", H2_SERVER, NULL, NULL, NULL, short_priority, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 1000, 1000, MEMORY, 0, NULL},
    {"B6", "PRIORITY on itself", H2_SERVER, NULL, NULL, NULL, self_priority, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 1100, 1100, MEMORY, 0, NULL},
    {"B6", "DATA after END_STREAM", H2_SERVER, NULL, NULL, NULL, late_data, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 1000, 1000, MEMORY, 0, NULL},
    {"B6", "HEADERS after END_STREAM", H2_SERVER, NULL, NULL, NULL, late_headers, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 1000, 1000, MEMORY, 0, NULL},
    {"B6", "a wrong content-length", H2_SERVER, NULL, NULL, NULL, wrong_length, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 1000, 1000, MEMORY, 0, NULL},
    {"B6", "trailers with a pseudo-field", H2_SERVER, NULL, NULL, NULL, bad_trailers, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 1000, 1000, MEMORY, 0, NULL},
    {"B6", "trailers without END_STREAM", H2_SERVER, NULL, NULL, NULL, open_trailers, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 1000, 1000, MEMORY, 0, NULL},
    {"B6", "DATA on a stream that the peer has reset", H2_SERVER, NULL, NULL, NULL, late_for_reset_by_peer, 10000,
     PASSES, 0, NULL, ALL, ALL, MEMORY, 0, only_one},
    {"B6", "streams above MAX_CONCURRENT_STREAMS", H2_SERVER, NULL, NULL, NULL, too_many, 5000,
     ENDS, H2_CODE_ENHANCE_YOUR_CALM, "resets_burst", 1100, 1100, MEMORY, 0, NULL},
    {"B17", "streams opened and closed", H2_SERVER, NULL, NULL, answer_it, requests, 1000000,
     PASSES_READ, 0, NULL, ALL, ALL, MEMORY, 0, NULL},
};
/* clang-format on */
const size_t reset_row_count = sizeof reset_rows / sizeof *reset_rows;
