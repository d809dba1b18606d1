/* One stream of octets, taken by a connection in several ways: the same must happen in each. */
#include "receive.h"

#include "side.h"

#include <string.h>

typedef enum way {
    WHOLE,
    OCTETS,
    PIECES, /* with memory given back between them */
    WAYS
} way;

enum {
    MOST_INPUT = 16384,
    MOST_ACTS = 64
};

static const h2_header request[] = {H2_HEADER(":method", "GET"), H2_HEADER(":scheme", "https"),
                                    H2_HEADER(":authority", "example.com"), H2_HEADER(":path", "/"),
                                    H2_HEADER("x-a", "a value")};
static const h2_header head_request[] = {H2_HEADER(":method", "HEAD"), H2_HEADER(":scheme", "https"),
                                         H2_HEADER(":authority", "example.com"), H2_HEADER(":path", "/")};
static const h2_header response[] = {H2_HEADER(":status", "200"), H2_HEADER("x-a", "a value"),
                                     H2_HEADER("set-cookie", "a=b")};
static const h2_header trailers[] = {H2_HEADER("x-end", "1")};
#define LIST(fields) (fields), sizeof(fields) / sizeof *(fields)

/* What the application calls is refused or done; in the RFC profile a refusal has queued nothing. */
static void settle_call(const side *s, size_t pending, h2_status status)
{
    CHECK(status != H2_ERROR_ARGUMENT && status != H2_NEED_DATA);
    CHECK(status != H2_ERROR_NO_MEMORY || s->failing);
    if (status == H2_OK) return;
    if (status != H2_ERROR_NO_MEMORY)
        CHECK(h2_last_error(s->conn)->status == status && !h2_last_error(s->conn)->remote);
    if (s->strict) CHECK(h2_output_pending(s->conn) == pending);
}

#define CALL(s, call)                                                                                        \
    do {                                                                                                     \
        const size_t pending_ = h2_output_pending((s)->conn);                                                \
        settle_call((s), pending_, (call));                                                                  \
    } while (0)

static void answer(side *s, uint32_t id, unsigned how)
{
    switch (how % 6) {
    case 1: CALL(s, h2_send_headers(s->conn, id, LIST(response), true, NULL)); break;
    case 2:
        CALL(s, h2_send_headers(s->conn, id, LIST(response), false, NULL));
        CALL(s, h2_send_data(s->conn, id, "hello", 5, false, how & 8 ? 7 : -1));
        CALL(s, h2_send_headers(s->conn, id, LIST(trailers), true, NULL));
        break;
    case 3: CALL(s, h2_reset_stream(s->conn, id, H2_CODE_CANCEL)); break;
    case 4:
        CALL(s, h2_push_stream(s->conn, id, 2 + 2 * s->acts, LIST(request)));
        CALL(s, h2_send_headers(s->conn, 2 + 2 * s->acts, LIST(response), true, NULL));
        break;
    case 5: CALL(s, h2_send_data(s->conn, id, "body", 4, true, -1)); break;
    default: break;
    }
}

/* Acts on events other than DATA, whose number depends on how the input was cut. */
static void act(side *s, const h2_event *event)
{
    const unsigned how = s->options[1];
    if (event->type == H2_EVENT_DATA_RECEIVED || s->acts == MOST_ACTS) return;
    s->acts++;
    const uint32_t id = event->stream_id;
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
    case H2_EVENT_RESPONSE_RECEIVED: answer(s, id, how & 7); break;
    case H2_EVENT_STREAM_ENDED:
        if (how & 16) CALL(s, h2_acknowledge_received_data(s->conn, 100, id));
        if (how & 32) answer(s, id, how >> 6);
        break;
    case H2_EVENT_PUSHED_STREAM_RECEIVED:
        if (how & 32) CALL(s, h2_reset_stream(s->conn, event->pushed.pushed_stream_id, 8));
        break;
    case H2_EVENT_REMOTE_SETTINGS_CHANGED:
        if (how & 64) CALL(s, h2_ping(s->conn, (const uint8_t *)"12345678"));
        break;
    case H2_EVENT_PING_RECEIVED:
        if (how & 128) CALL(s, h2_shutdown(s->conn));
        if (how & 64) h2_advance_time(s->conn, 500);
        break;
    default: break;
    }
}

static bool begin(side *s, h2_role role, const uint8_t *options)
{
    static const uint8_t preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const h2_status begun = h2_initiate_connection(s->conn);
    CHECK(begun == H2_OK || s->failing);
    if (begun != H2_OK) return false;
    for (unsigned i = 0; role == H2_CLIENT && i < options[2] % 8; i++) {
        const bool ends = (options[5] >> i & 1) != 0;
        if (i == 3)
            CALL(s, h2_send_headers(s->conn, 2 * i + 1, LIST(head_request), ends, NULL));
        else
            CALL(s, h2_send_headers(s->conn, 2 * i + 1, LIST(request), ends, NULL));
    }
    if (role == H2_SERVER && !(options[0] & 128)) (void)side_feed(s, preface, sizeof preface - 1);
    return true;
}

static void feed(side *s, way how, const uint8_t *data, size_t len)
{
    uint32_t state = 1 + s->options[3];
    while (len > 0) {
        size_t piece = len;
        if (how == OCTETS) piece = 1;
        if (how == PIECES) {
            state = state * 1103515245 + 12345;
            piece = 1 + (state >> 16) % 40;
            h2_connection_trim(s->conn);
        }
        if (piece > len) piece = len;
        if (!side_feed(s, data, piece)) return;
        data += piece;
        len -= piece;
    }
}

/* After a failure the RFC profile drops what comes. */
static void feed_dead(side *s)
{
    if (s->status >= 0 || !s->strict) return;
    static const uint8_t ping[] = "\0\0\10\6\0\0\0\0\0pingping";
    const uint8_t *at = ping;
    size_t left = sizeof ping - 1;
    h2_event event;
    const size_t pending = h2_output_pending(s->conn);
    h2_status status;
    while ((status = h2_receive_data(s->conn, &at, &left, &event)) == H2_OK)
        continue;
    CHECK(status == H2_NEED_DATA && left == 0);
    CHECK(h2_output_pending(s->conn) == pending);
    CHECK(h2_connection_is_closed(s->conn));
}

static void run(side *s, h2_role role, way how, const uint8_t *data, size_t size)
{
    h2_config config;
    h2_setting settings[8];
    side_config(&config, role, data, settings);
    side_open(s, &config, data);
    s->act = act;
    s->settled = true;
    s->keep_output = true;
    (void)begin(s, role, data);
    feed(s, how, data + FUZZ_OPTIONS, size - FUZZ_OPTIONS);
    side_drain(s);
    feed_dead(s);
    side_settle(s);
}

/* The same with one allocation, or all from one on, failing: what was done is undone or over, and nothing is left. */
static void run_failing(h2_role role, const uint8_t *data, size_t size)
{
    side s;
    h2_config config;
    h2_setting settings[8];
    side_config(&config, role, data, settings);
    side_open(&s, &config, data);
    s.act = act;
    s.failing = true;
    s.memory.fail_at = s.memory.requests + 1 + (data[6] | (data[7] & 3U) << 8);
    s.memory.fail_ever_after = (data[7] & 4) != 0;
    const bool begun = begin(&s, role, data);
    if (begun) feed(&s, data[7] & 8 ? PIECES : WHOLE, data + FUZZ_OPTIONS, size - FUZZ_OPTIONS);
    if (begun && s.status != H2_ERROR_NO_MEMORY) side_drain(&s);
    side_close(&s);
}

static void compare(side *a, side *b)
{
    const octets *const x = side_events(a), *const y = side_events(b);
    if (!octets_equal(x, y)) {
        octets text = {0};
        octets_format(&text, "events depend on how the input is cut\n--- whole\n%s--- cut\n%s",
                      octets_string(x), octets_string(y));
        fuzz_fail(__FILE__, __LINE__, octets_string(&text));
    }
    CHECK(octets_equal(&a->output, &b->output));
}

int receive_target(h2_role role, const uint8_t *data, size_t size)
{
    if (size < FUZZ_OPTIONS || size > MOST_INPUT) return 0;
    side whole;
    run(&whole, role, WHOLE, data, size);
    for (way how = OCTETS; how < WAYS; how++) {
        side cut;
        run(&cut, role, how, data, size);
        compare(&whole, &cut);
        side_close(&cut);
    }
    side_close(&whole);
    run_failing(role, data, size);
    return 0;
}
