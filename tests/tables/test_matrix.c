/* What comes of each frame in each situation of a stream, in the Python profile: the whole matrix, a test a cell. */
#include "frames.h"

#include <h2/h2.h>

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

typedef enum outcome {
    CONN_NO_STREAM,      /* GOAWAY PROTOCOL_ERROR, NoSuchStreamError */
    CONN_TOO_LOW,        /* GOAWAY PROTOCOL_ERROR, StreamIDTooLowError */
    CONN_PROTOCOL,       /* GOAWAY PROTOCOL_ERROR, ProtocolError */
    CONN_CLOSED,         /* GOAWAY STREAM_CLOSED, StreamClosedError */
    RST,                 /* RST_STREAM STREAM_CLOSED, no event */
    RST_EVENT,           /* RST_STREAM STREAM_CLOSED and StreamReset */
    IGNORED,             /* nothing */
    FINE,                /* the frame's own event */
    NEW_REQUEST,         /* RequestReceived */
    RESET,               /* StreamReset by the peer */
    TRAILERS_OR_PROTOCOL /* with END_STREAM trailers, without it a connection error */
} outcome;

typedef enum situation {
    IDLE,
    IMPLICIT,
    OPEN,
    HALF_REMOTE,
    ENDED,
    ENDED_PURGED,
    RESET_BY_US,
    RESET_BY_PEER,
    RESET_PURGED,
    RESET_BY_PEER_PURGED,
    RESERVED_LOCAL,
    SITUATIONS
} situation;

enum {
    COLUMNS = 5
};
static const unsigned columns[COLUMNS] = {FRAME_DATA, FRAME_HEADERS, FRAME_WINDOW_UPDATE, FRAME_RST_STREAM,
                                          FRAME_CONTINUATION};

/* clang-format off */
static const struct {
    const char *name;
    outcome cells[COLUMNS];
} matrix[SITUATIONS] = {
    /*                                   DATA           HEADERS               WINDOW_UPDATE   RST_STREAM CONTINUATION */
    [IDLE] =                 {"idle",                    {CONN_NO_STREAM, NEW_REQUEST,          CONN_NO_STREAM, IGNORED, CONN_NO_STREAM}},
    [IMPLICIT] =             {"implicitly closed",       {RST,            CONN_TOO_LOW,         IGNORED,        IGNORED, CONN_CLOSED}},
    [OPEN] =                 {"open",                    {FINE,           TRAILERS_OR_PROTOCOL, FINE,           RESET,   CONN_PROTOCOL}},
    [HALF_REMOTE] =          {"half-closed (remote)",    {RST_EVENT,      RST_EVENT,            FINE,           RESET,   CONN_PROTOCOL}},
    [ENDED] =                {"ended",                   {RST,            CONN_CLOSED,          IGNORED,        IGNORED, CONN_PROTOCOL}},
    [ENDED_PURGED] =         {"ended, purged",           {RST,            CONN_CLOSED,          IGNORED,        IGNORED, CONN_CLOSED}},
    [RESET_BY_US] =          {"reset by us",             {RST,            RST,                  IGNORED,        IGNORED, CONN_PROTOCOL}},
    [RESET_BY_PEER] =        {"reset by peer",           {RST,            RST,                  IGNORED,        IGNORED, CONN_PROTOCOL}},
    [RESET_PURGED] =         {"reset by us, purged",     {RST,            RST,                  IGNORED,        IGNORED, RST}},
    [RESET_BY_PEER_PURGED] = {"reset by peer, purged",   {RST,            RST,                  IGNORED,        IGNORED, RST}},
    [RESERVED_LOCAL] =       {"reserved (local)",        {RST_EVENT,      CONN_PROTOCOL,        FINE,           RESET,   CONN_PROTOCOL}},
};
/* clang-format on */

static const h2_header request[] = {H2_HEADER(":method", "POST"), H2_HEADER(":scheme", "https"),
                                    H2_HEADER(":authority", "example.com"), H2_HEADER(":path", "/")};
static const h2_header response[] = {H2_HEADER(":status", "200")};
static const h2_header trailers[] = {H2_HEADER("checksum", "abc")};

typedef struct seen {
    h2_status status;
    size_t events;
    h2_event_type first;
    bool remote_reset;
    uint32_t reset_code;
} seen;

static seen feed(h2_connection *conn, const octets *bytes)
{
    const uint8_t *at = bytes->data;
    size_t left = bytes->len;
    seen s = {0};
    h2_event event;
    while ((s.status = h2_receive_data(conn, &at, &left, &event)) == H2_OK) {
        if (s.events++ == 0) s.first = event.type;
        if (event.type == H2_EVENT_STREAM_RESET) {
            s.remote_reset = event.stream_reset.remote_reset;
            s.reset_code = event.stream_reset.error_code;
        }
    }
    return s;
}

static void feed_well(h2_connection *conn, octets *bytes)
{
    assert_int_equal(feed(conn, bytes).status, H2_NEED_DATA);
    octets_clear(bytes);
}

static void drain(h2_connection *conn)
{
    uint8_t part[1024];
    while (h2_data_to_send(conn, part, sizeof part) > 0)
        continue;
}

/* Brings the connection into a situation; returns the stream that is in it. */
static uint32_t bring(h2_connection *conn, situation s)
{
    octets o = {0};
    uint32_t stream_id = s == RESERVED_LOCAL ? 2 : s == IDLE ? 5 : 1;
    bool ended = s == HALF_REMOTE || s == ENDED || s == ENDED_PURGED;
    frame_preface(&o);
    frame_settings(&o, NULL, 0);
    frame_headers(&o, s == IMPLICIT ? 3 : 1, request, 4, ended);
    if (s == RESET_BY_PEER || s == RESET_BY_PEER_PURGED) frame_rst_stream(&o, 1, H2_CODE_CANCEL);
    feed_well(conn, &o);
    if (s == ENDED || s == ENDED_PURGED)
        assert_int_equal(h2_send_headers(conn, 1, response, 1, true, NULL), H2_OK);
    if (s == RESET_BY_US || s == RESET_PURGED)
        assert_int_equal(h2_reset_stream(conn, 1, H2_CODE_CANCEL), H2_OK);
    if (s == RESERVED_LOCAL) assert_int_equal(h2_push_stream(conn, 1, 2, request, 4), H2_OK);
    if (s == ENDED_PURGED || s == RESET_PURGED || s == RESET_BY_PEER_PURGED) h2_open_inbound_streams(conn);
    drain(conn);
    octets_free(&o);
    return stream_id;
}

static void put_frame(octets *o, unsigned type, uint32_t stream_id, situation s, bool ends)
{
    bool opened = s == OPEN;
    switch (type) {
    case FRAME_DATA: frame_data(o, stream_id, "x", 1, false); break;
    case FRAME_HEADERS: frame_headers(o, stream_id, opened ? trailers : request, opened ? 1 : 4, ends); break;
    case FRAME_WINDOW_UPDATE: frame_window_update(o, stream_id, 100); break;
    case FRAME_RST_STREAM: frame_rst_stream(o, stream_id, H2_CODE_CANCEL); break;
    default: frame_put(o, FRAME_CONTINUATION, FLAG_END_HEADERS, stream_id, "", 0); break;
    }
}

/* The output must be this one frame, GOAWAY or RST_STREAM, with this code; or nothing. */
static bool output_is(h2_connection *conn, int type, uint32_t code, uint32_t stream_id)
{
    uint8_t part[1024];
    size_t len = h2_data_to_send(conn, part, sizeof part);
    const uint8_t *at = part;
    frame_view f;
    if (type < 0) return len == 0;
    if (!frame_next(&at, &len, &f) || len != 0 || f.type != (unsigned)type) return false;
    const uint8_t *octet = f.payload + (type == FRAME_GOAWAY ? 4 : 0);
    return f.stream_id == (type == FRAME_GOAWAY ? 0 : stream_id) && octet[3] == code;
}

static bool failed_with(h2_connection *conn, const seen *s, h2_status status, uint32_t code)
{
    return s->status == status && s->events == 0 && h2_last_error(conn)->error_code == code &&
           h2_last_error(conn)->remote && output_is(conn, FRAME_GOAWAY, code, 0);
}

static bool came(h2_connection *conn, const seen *s, h2_event_type type)
{
    return s->status == H2_NEED_DATA && s->events >= 1 && s->first == type && output_is(conn, -1, 0, 0);
}

static bool was_reset(h2_connection *conn, const seen *s, uint32_t stream_id, size_t events)
{
    bool event = events == 0 || (s->first == H2_EVENT_STREAM_RESET && !s->remote_reset &&
                                 s->reset_code == H2_CODE_STREAM_CLOSED);
    return s->status == H2_NEED_DATA && s->events == events && event &&
           output_is(conn, FRAME_RST_STREAM, H2_CODE_STREAM_CLOSED, stream_id);
}

static bool judge(h2_connection *conn, const seen *s, outcome expected, uint32_t stream_id, unsigned type,
                  bool ends)
{
    switch (expected) {
    case CONN_NO_STREAM: return failed_with(conn, s, H2_ERROR_NO_SUCH_STREAM, H2_CODE_PROTOCOL_ERROR);
    case CONN_TOO_LOW: return failed_with(conn, s, H2_ERROR_STREAM_ID_TOO_LOW, H2_CODE_PROTOCOL_ERROR);
    case CONN_PROTOCOL: return failed_with(conn, s, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR);
    case CONN_CLOSED: return failed_with(conn, s, H2_ERROR_STREAM_CLOSED, H2_CODE_STREAM_CLOSED);
    case RST: return was_reset(conn, s, stream_id, 0);
    case RST_EVENT: return was_reset(conn, s, stream_id, 1);
    case IGNORED: return s->status == H2_NEED_DATA && s->events == 0 && output_is(conn, -1, 0, 0);
    case FINE: return came(conn, s, type == FRAME_DATA ? H2_EVENT_DATA_RECEIVED : H2_EVENT_WINDOW_UPDATED);
    case NEW_REQUEST: return came(conn, s, H2_EVENT_REQUEST_RECEIVED);
    case RESET: return came(conn, s, H2_EVENT_STREAM_RESET) && s->remote_reset;
    case TRAILERS_OR_PROTOCOL:
        return ends ? came(conn, s, H2_EVENT_TRAILERS_RECEIVED)
                    : failed_with(conn, s, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR);
    }
    return false;
}

static void check_cell(situation where, size_t column, bool ends)
{
    h2_config config;
    h2_connection *conn = NULL;
    octets o = {0};
    h2_config_init_python(&config, H2_SERVER);
    assert_int_equal(h2_connection_new(&conn, &config), H2_OK);
    uint32_t stream_id = bring(conn, where);
    put_frame(&o, columns[column], stream_id, where, ends);
    seen s = feed(conn, &o);
    bool good = judge(conn, &s, matrix[where].cells[column], stream_id, columns[column], ends);
    if (!good)
        print_error("%s, %s: outcome %d expected, status %s, %zu events, first %s\n", matrix[where].name,
                    frame_type_name(columns[column]), matrix[where].cells[column], h2_status_name(s.status),
                    s.events, h2_event_name(s.first));
    octets_free(&o);
    h2_connection_free(conn);
    assert_true(good);
}

typedef struct cell_test {
    situation where;
    size_t column;
    bool ends;
    char name[80];
} cell_test;

static void test_cell(void **state)
{
    const cell_test *t = *state;
    check_cell(t->where, t->column, t->ends);
}

int main(void)
{
    static cell_test cells[2 * SITUATIONS * COLUMNS];
    static struct CMUnitTest tests[2 * SITUATIONS * COLUMNS];
    size_t count = 0;
    for (unsigned where = 0; where < SITUATIONS; where++) {
        for (size_t column = 0; column < COLUMNS; column++) {
            for (int ends = 0; ends <= (columns[column] == FRAME_HEADERS); ends++) {
                cell_test *c = &cells[count];
                *c = (cell_test){.where = (situation)where, .column = column, .ends = ends};
                snprintf(c->name, sizeof c->name, "%s, %s%s", matrix[where].name,
                         frame_type_name(columns[column]), ends ? " with END_STREAM" : "");
                tests[count++] =
                    (struct CMUnitTest){.name = c->name, .test_func = test_cell, .initial_state = c};
            }
        }
    }
    return _cmocka_run_group_tests("matrix of frames and situations", tests, count, NULL, NULL);
}
