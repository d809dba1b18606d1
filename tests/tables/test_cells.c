/* Every cell of the state tables, as they are written on paper: of Python's h2 for the Python profile, of RFC 9113
 * section 5.1 for the RFC profile. */
#include <h2/h2.h>

#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A row is an input, then a word for each state: the next state, "=" the same, "x" refused. */
typedef struct row {
    int input;
    const char *cells;
} row;

static const char *const stream_states[] = {"IDLE", "RR", "RL", "OPEN", "HR", "HL", "CLOSED"};
static const char *const connection_states[] = {"IDLE", "CLIENT", "SERVER", "CLOSED"};

/* clang-format off */
static const row python_stream[] = {
    /*                                        IDLE   RR     RL     OPEN   HR     HL     CLOSED */
    {H2_STREAM_SEND_HEADERS,                 "OPEN   x      HR     =      =      x      ="},
    {H2_STREAM_SEND_PUSH_PROMISE,            "RL     x      x      =      =      x      ="},
    {H2_STREAM_SEND_RST_STREAM,              "x      CLOSED CLOSED CLOSED CLOSED CLOSED ="},
    {H2_STREAM_SEND_DATA,                    "x      x      x      =      =      x      ="},
    {H2_STREAM_SEND_WINDOW_UPDATE,           "x      =      =      =      =      =      ="},
    {H2_STREAM_SEND_END_STREAM,              "x      x      x      HL     CLOSED x      ="},
    {H2_STREAM_RECV_HEADERS,                 "OPEN   HL     x      =      CLOSED =      ="},
    {H2_STREAM_RECV_PUSH_PROMISE,            "RR     x      x      =      CLOSED =      ="},
    {H2_STREAM_RECV_RST_STREAM,              "x      CLOSED CLOSED CLOSED CLOSED CLOSED ="},
    {H2_STREAM_RECV_DATA,                    "CLOSED CLOSED CLOSED =      CLOSED =      ="},
    {H2_STREAM_RECV_WINDOW_UPDATE,           "x      =      =      =      =      =      ="},
    {H2_STREAM_RECV_END_STREAM,              "x      x      x      HR     x      CLOSED ="},
    {H2_STREAM_RECV_CONTINUATION,            "x      x      x      x      x      x      x"},
    {H2_STREAM_SEND_INFORMATIONAL_HEADERS,   "x      x      x      =      =      x      x"},
    {H2_STREAM_RECV_INFORMATIONAL_HEADERS,   "x      x      x      =      x      =      x"},
    {H2_STREAM_SEND_ALTERNATIVE_SERVICE,     "x      x      =      =      =      =      x"},
    {H2_STREAM_RECV_ALTERNATIVE_SERVICE,     "=      =      =      =      =      =      ="},
    {H2_STREAM_UPGRADE_CLIENT,               "HL     x      x      x      x      x      x"},
    {H2_STREAM_UPGRADE_SERVER,               "HR     x      x      x      x      x      x"},
};

/* RFC 9113 section 5.1: what may be sent and received in a state, and where it leads. A frame on a stream that is
 * half-closed (remote) resets it. What may come late on a closed stream is no connection error. */
static const row rfc_stream[] = {
    /*                                        IDLE   RR     RL     OPEN   HR     HL     CLOSED */
    {H2_STREAM_SEND_HEADERS,                 "OPEN   x      HR     =      =      x      ="},
    {H2_STREAM_SEND_PUSH_PROMISE,            "RL     x      x      =      =      x      ="},
    {H2_STREAM_SEND_RST_STREAM,              "x      CLOSED CLOSED CLOSED CLOSED CLOSED ="},
    {H2_STREAM_SEND_DATA,                    "x      x      x      =      =      x      ="},
    {H2_STREAM_SEND_WINDOW_UPDATE,           "x      =      x      =      =      =      ="},
    {H2_STREAM_SEND_END_STREAM,              "x      x      x      HL     CLOSED x      ="},
    {H2_STREAM_RECV_HEADERS,                 "OPEN   HL     x      =      CLOSED =      ="},
    {H2_STREAM_RECV_PUSH_PROMISE,            "RR     x      x      =      x      =      ="},
    {H2_STREAM_RECV_RST_STREAM,              "x      CLOSED CLOSED CLOSED CLOSED CLOSED ="},
    {H2_STREAM_RECV_DATA,                    "x      x      x      =      CLOSED =      ="},
    {H2_STREAM_RECV_WINDOW_UPDATE,           "x      x      =      =      =      =      ="},
    {H2_STREAM_RECV_END_STREAM,              "x      x      x      HR     x      CLOSED ="},
    {H2_STREAM_RECV_CONTINUATION,            "x      x      x      x      x      x      x"},
    {H2_STREAM_SEND_INFORMATIONAL_HEADERS,   "x      x      HR     =      =      x      ="},
    {H2_STREAM_RECV_INFORMATIONAL_HEADERS,   "x      HL     x      =      CLOSED =      ="},
    {H2_STREAM_SEND_ALTERNATIVE_SERVICE,     "x      x      =      =      =      =      ="},
    {H2_STREAM_RECV_ALTERNATIVE_SERVICE,     "=      =      =      =      =      =      ="},
    {H2_STREAM_UPGRADE_CLIENT,               "HL     x      x      x      x      x      x"},
    {H2_STREAM_UPGRADE_SERVER,               "HR     x      x      x      x      x      x"},
};

static const row python_connection[] = {
    /*                                           IDLE   CLIENT SERVER CLOSED */
    {H2_CONNECTION_SEND_HEADERS,                "CLIENT =      =      x"},
    {H2_CONNECTION_SEND_PUSH_PROMISE,           "x      x      =      x"},
    {H2_CONNECTION_SEND_DATA,                   "x      =      =      x"},
    {H2_CONNECTION_SEND_GOAWAY,                 "CLOSED CLOSED CLOSED ="},
    {H2_CONNECTION_SEND_WINDOW_UPDATE,          "=      =      =      x"},
    {H2_CONNECTION_SEND_PING,                   "=      =      =      x"},
    {H2_CONNECTION_SEND_SETTINGS,               "=      =      =      x"},
    {H2_CONNECTION_SEND_RST_STREAM,             "x      =      =      x"},
    {H2_CONNECTION_SEND_PRIORITY,               "=      =      =      x"},
    {H2_CONNECTION_RECV_HEADERS,                "SERVER =      =      x"},
    {H2_CONNECTION_RECV_PUSH_PROMISE,           "x      =      x      x"},
    {H2_CONNECTION_RECV_DATA,                   "x      =      =      x"},
    {H2_CONNECTION_RECV_GOAWAY,                 "CLOSED CLOSED CLOSED ="},
    {H2_CONNECTION_RECV_WINDOW_UPDATE,          "=      =      =      x"},
    {H2_CONNECTION_RECV_PING,                   "=      =      =      x"},
    {H2_CONNECTION_RECV_SETTINGS,               "=      =      =      x"},
    {H2_CONNECTION_RECV_RST_STREAM,             "x      =      =      x"},
    {H2_CONNECTION_RECV_PRIORITY,               "=      =      =      x"},
    {H2_CONNECTION_SEND_ALTERNATIVE_SERVICE,    "SERVER x      =      x"},
    {H2_CONNECTION_RECV_ALTERNATIVE_SERVICE,    "CLIENT =      =      x"},
    {H2_CONNECTION_SEND_GRACEFUL_GOAWAY,        "CLOSED CLOSED CLOSED ="},
};

/* RFC 9113: a connection begins as what it is, and is closed by our GOAWAY with an error; then nothing is sent or received
 * any more. Only a client sends PRIORITY, only a server pushes and advertises. */
static const row rfc_connection[] = {
    /*                                           IDLE   CLIENT SERVER CLOSED */
    {H2_CONNECTION_SEND_HEADERS,                "x      =      =      x"},
    {H2_CONNECTION_SEND_PUSH_PROMISE,           "x      x      =      x"},
    {H2_CONNECTION_SEND_DATA,                   "x      =      =      x"},
    {H2_CONNECTION_SEND_GOAWAY,                 "x      CLOSED CLOSED x"},
    {H2_CONNECTION_SEND_WINDOW_UPDATE,          "x      =      =      x"},
    {H2_CONNECTION_SEND_PING,                   "x      =      =      x"},
    {H2_CONNECTION_SEND_SETTINGS,               "x      =      =      x"},
    {H2_CONNECTION_SEND_RST_STREAM,             "x      =      =      x"},
    {H2_CONNECTION_SEND_PRIORITY,               "x      =      x      x"},
    {H2_CONNECTION_RECV_HEADERS,                "x      =      =      x"},
    {H2_CONNECTION_RECV_PUSH_PROMISE,           "x      =      x      x"},
    {H2_CONNECTION_RECV_DATA,                   "x      =      =      x"},
    {H2_CONNECTION_RECV_GOAWAY,                 "x      =      =      x"},
    {H2_CONNECTION_RECV_WINDOW_UPDATE,          "x      =      =      x"},
    {H2_CONNECTION_RECV_PING,                   "x      =      =      x"},
    {H2_CONNECTION_RECV_SETTINGS,               "x      =      =      x"},
    {H2_CONNECTION_RECV_RST_STREAM,             "x      =      =      x"},
    {H2_CONNECTION_RECV_PRIORITY,               "x      =      =      x"},
    {H2_CONNECTION_SEND_ALTERNATIVE_SERVICE,    "x      x      =      x"},
    {H2_CONNECTION_RECV_ALTERNATIVE_SERVICE,    "x      =      =      x"},
    {H2_CONNECTION_SEND_GRACEFUL_GOAWAY,        "x      =      =      x"},
};
/* clang-format on */

typedef struct paper {
    const char *name;
    h2_profile profile;
    bool stream;
    const row *rows;
    size_t count;
    const char *const *states;
    size_t state_count;
} paper;

static int state_of(const paper *p, const char *word, size_t len)
{
    for (size_t i = 0; i < p->state_count; i++)
        if (strlen(p->states[i]) == len && strncmp(p->states[i], word, len) == 0) return (int)i;
    fail_msg("no such state in the test: %.*s", (int)len, word);
    return -1;
}

static bool check_cell(const paper *p, int state, int input, const char *word, size_t len)
{
    h2_cell cell;
    assert_true(h2_cell_get(p->profile, p->stream, state, input, &cell));
    bool refused = *word == 'x';
    int next = *word == '=' ? state : refused ? -1 : state_of(p, word, len);
    bool same = cell.valid != refused && (refused || cell.next == next);
    if (!cell.valid && p->profile == H2_PROFILE_RFC) same = same && cell.next == state;
    if (!same)
        print_error("%s: %s in %s must be %.*s, is %s%s\n", p->name, h2_input_name(p->stream, input),
                    h2_state_name(p->stream, state), (int)len, word, cell.valid ? "" : "refused, ",
                    h2_state_name(p->stream, cell.next));
    return same;
}

static void check_paper(const paper *p)
{
    size_t wrong = 0;
    assert_int_equal(p->state_count, h2_state_count(p->stream));
    for (size_t i = 0; i < p->count; i++) {
        const char *at = p->rows[i].cells;
        for (size_t k = 0; k < p->state_count; k++) {
            at += strspn(at, " ");
            size_t len = strcspn(at, " ");
            assert_true(len > 0);
            wrong += !check_cell(p, (int)k, p->rows[i].input, at, len);
            at += len;
        }
    }
    assert_int_equal(wrong, 0);
}

#define PAPER(rows, profile, stream, states)                                                                 \
    {                                                                                                        \
#rows, profile, stream, rows, sizeof(rows) / sizeof *(rows), states,                                 \
            sizeof(states) / sizeof *(states)                                                                \
    }

static void test_python_stream(void **state)
{
    (void)state;
    const paper p = PAPER(python_stream, H2_PROFILE_PYTHON, true, stream_states);
    assert_int_equal(p.count, h2_input_count(true));
    check_paper(&p);
}

static void test_rfc_stream(void **state)
{
    (void)state;
    const paper p = PAPER(rfc_stream, H2_PROFILE_RFC, true, stream_states);
    assert_int_equal(p.count, h2_input_count(true));
    check_paper(&p);
}

static void test_python_connection(void **state)
{
    (void)state;
    const paper p = PAPER(python_connection, H2_PROFILE_PYTHON, false, connection_states);
    assert_int_equal(p.count, h2_input_count(false));
    check_paper(&p);
}

static void test_rfc_connection(void **state)
{
    (void)state;
    const paper p = PAPER(rfc_connection, H2_PROFILE_RFC, false, connection_states);
    assert_int_equal(p.count, h2_input_count(false));
    check_paper(&p);
}

/* In the RFC profile a refused step changes nothing at all. */
static void test_rfc_refusals(void **state)
{
    (void)state;
    for (unsigned number = 0; number < 7u * 3 * 16 * 5; number++) {
        const h2_stream_machine before = {.state = (uint8_t)(number % 7),
                                          .client = (uint8_t)(number / 7 % 3),
                                          .flags = (uint8_t)(number / 21 % 16),
                                          .closed_by = (uint8_t)(number / 336)};
        for (int input = 0; input < (int)h2_input_count(true); input++) {
            h2_stream_machine m = before;
            h2_step step = h2_stream_step_in(H2_PROFILE_RFC, &m, input);
            if (step.status != H2_OK && step.event == 0) assert_memory_equal(&m, &before, sizeof m);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_python_stream), cmocka_unit_test(test_rfc_stream),
        cmocka_unit_test(test_python_connection), cmocka_unit_test(test_rfc_connection),
        cmocka_unit_test(test_rfc_refusals)};
    return cmocka_run_group_tests_name("state tables", tests, NULL, NULL);
}
