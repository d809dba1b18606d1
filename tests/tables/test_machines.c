/* The state machines of the Python profile against those of Python's h2: every situation that they can come to,
 * every input, and all that comes of it (stream_machine.txt, connection_machine.txt). */
#include "octets.h"

#include <h2/h2.h>

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct table {
    FILE *file;
    const char *name;
    int line;
    char text[512];
    char *words[8];
    size_t count;
    char *rest; /* behind the last word asked for */
} table;

static void open_table(table *t, const char *name)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/tests/tables/%s", SOURCE_DIR, name);
    *t = (table){.file = fopen(path, "r"), .name = name};
    assert_non_null(t->file);
}

/* Reads a line and parts it into `count` words. False at the end. */
static bool next_line(table *t)
{
    do {
        t->line++;
        if (!fgets(t->text, sizeof t->text, t->file)) {
            fclose(t->file);
            return false;
        }
    } while (t->text[0] == '#');
    t->text[strcspn(t->text, "\n")] = 0;
    return true;
}

static void part(table *t, size_t count)
{
    t->rest = t->text;
    for (t->count = 0; t->count < count; t->count++) {
        t->words[t->count] = t->rest;
        t->rest += strcspn(t->rest, " ");
        if (*t->rest) *t->rest++ = 0;
    }
}

static int find(const char *(*name_of)(int), const char *name)
{
    for (int i = 0; i < 64; i++) {
        const char *known = name_of(i);
        if (known && strcmp(known, name) == 0) return i;
    }
    fail_msg("no such name: %s", name);
    return -1;
}

static const char *stream_state(int n)
{
    return h2_state_name(true, n);
}

static const char *connection_state(int n)
{
    return h2_state_name(false, n);
}

static const char *stream_input(int n)
{
    return h2_input_name(true, n);
}

static const char *connection_input(int n)
{
    return h2_input_name(false, n);
}

static const char *event_name(int n)
{
    return n == 0 ? "-" : h2_event_name((h2_event_type)n);
}

static const char *client_name(int n)
{
    static const char *const names[] = {"unknown", "client", "server"};
    return n < 3 ? names[n] : NULL;
}

static const char *closed_by_name(int n)
{
    static const char *const names[] = {"none", "SEND_END_STREAM", "RECV_END_STREAM", "SEND_RST_STREAM",
                                        "RECV_RST_STREAM"};
    return n < 5 ? names[n] : NULL;
}

static uint8_t flags_of(char *word)
{
    static const struct {
        const char *name;
        uint8_t bit;
    } flags[] = {{"headers_sent", H2_STREAM_HEADERS_SENT},
                 {"trailers_sent", H2_STREAM_TRAILERS_SENT},
                 {"headers_received", H2_STREAM_HEADERS_RECEIVED},
                 {"trailers_received", H2_STREAM_TRAILERS_RECEIVED}};
    unsigned set = 0;
    if (strcmp(word, "-") == 0) return 0;
    for (char *name = strtok(word, "+"); name; name = strtok(NULL, "+")) {
        size_t i = 0;
        while (i < 4 && strcmp(flags[i].name, name) != 0)
            i++;
        assert_true(i < 4);
        set |= flags[i].bit;
    }
    return (uint8_t)set;
}

/* STATE CLIENT FLAGS CLOSED_BY */
static h2_stream_machine machine_of(char **words)
{
    return (h2_stream_machine){.state = (uint8_t)find(stream_state, words[0]),
                               .client = (uint8_t)find(client_name, words[1]),
                               .flags = flags_of(words[2]),
                               .closed_by = (uint8_t)find(closed_by_name, words[3])};
}

static h2_status status_of(const char *word)
{
    if (strcmp(word, "ok") == 0) return H2_OK;
    return strcmp(word, "StreamClosedError") == 0 ? H2_ERROR_STREAM_CLOSED : H2_ERROR_PROTOCOL;
}

/* What an action refuses with; that a cell is invalid has a message of its own. */
static bool same_message(const h2_step *step, const char *message)
{
    if (strncmp(message, "Invalid input ", 14) == 0) return step->message == NULL;
    return strcmp(step->message ? step->message : "", message) == 0;
}

static bool check_stream(const table *t, h2_stream_machine before, const h2_stream_machine *after)
{
    h2_stream_machine m = before;
    h2_step step = h2_stream_step(&m, find(stream_input, t->words[0]));
    bool same = step.status == status_of(t->words[1]) && step.event == find(event_name, t->words[2]) &&
                memcmp(&m, after, sizeof m) == 0 && same_message(&step, t->rest);
    if (same) return true;
    print_error("%s:%d: from %s/%s/%#x/%s by %s: %s %s, %s/%s/%#x/%s \"%s\"\n", t->name, t->line,
                stream_state(before.state), client_name(before.client), before.flags,
                closed_by_name(before.closed_by), t->words[0], h2_status_name(step.status),
                event_name(step.event), stream_state(m.state), client_name(m.client), m.flags,
                closed_by_name(m.closed_by), step.message ? step.message : "NULL");
    return false;
}

static void test_stream(void **state)
{
    (void)state;
    table t;
    h2_stream_machine before = {0};
    size_t situations = 0, steps = 0, wrong = 0;
    open_table(&t, "stream_machine.txt");
    while (next_line(&t)) {
        if (strncmp(t.text, "from ", 5) == 0) {
            part(&t, 5);
            before = machine_of(t.words + 1);
            situations++;
            continue;
        }
        part(&t, 7);
        h2_stream_machine after = machine_of(t.words + 3);
        wrong += !check_stream(&t, before, &after);
        steps++;
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(situations, 101);
    assert_int_equal(steps, situations * h2_input_count(true));
}

static void test_connection(void **state)
{
    (void)state;
    table t;
    int before = 0;
    size_t steps = 0, wrong = 0;
    open_table(&t, "connection_machine.txt");
    while (next_line(&t)) {
        part(&t, 3);
        if (strcmp(t.words[0], "from") == 0) {
            before = find(connection_state, t.words[1]);
            continue;
        }
        uint8_t now = (uint8_t)before;
        h2_step step = h2_connection_step(&now, find(connection_input, t.words[0]));
        bool same = step.status == status_of(t.words[1]) && now == find(connection_state, t.words[2]);
        if (!same)
            print_error("%s:%d: from %s by %s: %s, %s\n", t.name, t.line, connection_state(before),
                        t.words[0], h2_status_name(step.status), connection_state(now));
        wrong += !same;
        steps++;
    }
    assert_int_equal(wrong, 0);
    assert_int_equal(steps, 80);
}

static void test_out_of_range(void **state)
{
    (void)state;
    h2_stream_machine m = {0};
    uint8_t connection = 0;
    h2_cell cell;
    for (int profile = 0; profile < 2; profile++) {
        assert_int_equal(h2_stream_step_in((h2_profile)profile, &m, -1).status, H2_ERROR_ARGUMENT);
        assert_int_equal(h2_stream_step_in((h2_profile)profile, &m, (int)h2_input_count(true)).status,
                         H2_ERROR_ARGUMENT);
        assert_int_equal(h2_connection_step_in((h2_profile)profile, &connection, -1).status,
                         H2_ERROR_ARGUMENT);
        assert_int_equal(
            h2_connection_step_in((h2_profile)profile, &connection, (int)h2_input_count(false)).status,
            H2_ERROR_ARGUMENT);
        assert_false(h2_cell_get((h2_profile)profile, true, (int)h2_state_count(true), 0, &cell));
        assert_false(h2_cell_get((h2_profile)profile, true, 0, -1, &cell));
        assert_false(h2_cell_get((h2_profile)profile, false, 0, (int)h2_input_count(false), &cell));
    }
    assert_int_equal(m.state, H2_STREAM_IDLE);
    assert_int_equal(connection, H2_CONNECTION_IDLE);
    assert_null(h2_state_name(true, 7));
    assert_null(h2_input_name(true, 19));
    assert_null(h2_state_name(false, -1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stream), cmocka_unit_test(test_connection),
                                       cmocka_unit_test(test_out_of_range)};
    return cmocka_run_group_tests_name("state machines", tests, NULL, NULL);
}
