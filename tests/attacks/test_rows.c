/* Every row of the attack table but the field rules, against the engine: output unread and read, octets in large pieces
 * and one a call. Prints what came of each; what exceeds the row's figures fails.
 *     test_rows                      all
 *     test_rows --cost N UNITS       feeds row N (from 0, of all) once, for counting instructions; prints its octets
 *     test_rows --list               numbers, units and names of the rows */
#include "rows/rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    SLOWER = 10, /* parts of what is sent under sanitizers and valgrind */
    FEW = 2000,  /* units that are never cut to a part */
    MOST_ROWS = 128
};

static const row *all_rows[MOST_ROWS];
static size_t row_count;
static size_t compared_from; /* rows from here on are only for counting instructions */

static void gather(const row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        all_rows[row_count++] = &rows[i];
}

static void gather_all(void)
{
    gather(block_rows, block_row_count);
    gather(flood_rows, flood_row_count);
    gather(reset_rows, reset_row_count);
    gather(other_rows, other_row_count);
    compared_from = row_count;
    gather(cost_rows, cost_row_count);
}

/* One run. */

typedef struct result {
    size_t units, tolerated, peak, wire;
} result;

static size_t units_of(const row *r, manner how)
{
    const char *const sanitized = getenv("H2_SANITIZE");
    const bool slow = getenv("H2_VALGRIND") != NULL || (sanitized && *sanitized);
    size_t units = r->units;
    if (slow && units > FEW) units = units / SLOWER > FEW ? units / SLOWER : FEW;
    if (how.octets && units > 20 * FEW) units = 20 * FEW;
    return units;
}

/* Units go in one stream, in portions, so that a million need no memory. Returns how many were taken whole. */
static size_t feed_units(subject *s, const row *r, size_t units, size_t *wire)
{
    enum {
        PORTION = 1000
    };
    octets portion = {0};
    size_t starts[PORTION], taken = 0;
    for (size_t first = 0; first < units; first += PORTION) {
        size_t count = 0;
        octets_clear(&portion);
        for (; count < PORTION && first + count < units; count++) {
            starts[count] = portion.len;
            r->unit(&portion, first + count);
        }
        s->consumed = 0;
        const bool going_on = subject_attack(s, portion.data, portion.len);
        *wire += s->consumed;
        if (going_on) {
            taken += count;
            continue;
        }
        size_t which = 0;
        while (which + 1 < count && starts[which + 1] < s->consumed)
            which++;
        taken += which;
        break;
    }
    octets_free(&portion);
    return taken;
}

static void complain(const row *r, manner how, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "%s %s (%s, %s): ", r->id, r->what, how.reads ? "read" : "unread",
            how.octets ? "octets" : "pieces");
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

static bool judge_end(const row *r, manner how, const subject *s)
{
    bool good = true;
    if (s->status >= 0) {
        complain(r, how, "the connection goes on");
        return false;
    }
    if (s->goaway_code != r->code) {
        complain(r, how, "GOAWAY says %u, not %u: %s", (unsigned)s->goaway_code, (unsigned)r->code,
                 s->message);
        good = false;
    }
    if (r->bound && (strcmp(s->goaway_debug, r->bound) != 0 || !strstr(s->message, r->bound))) {
        complain(r, how, "GOAWAY names '%s' and the error says '%s', not '%s'", s->goaway_debug, s->message,
                 r->bound);
        good = false;
    }
    return good;
}

static bool judge(const row *r, manner how, const subject *s, const result *got)
{
    bool good = true;
    const size_t tolerated = how.reads ? r->tolerated_read : r->tolerated;
    if (tolerated != ALL) {
        good = judge_end(r, how, s);
    } else if (s->status < 0) {
        complain(r, how, "ends after %zu units: %s", got->tolerated, s->message);
        good = false;
    }
    if (tolerated != ALL && got->tolerated != tolerated) {
        complain(r, how, "%zu units are tolerated, not %zu", got->tolerated, tolerated);
        good = false;
    }
    if (r->outcome == ENDS_STREAMS && s->resets_sent[r->code] == 0) {
        complain(r, how, "no stream ends with code %u", (unsigned)r->code);
        good = false;
    }
    if (r->bound && (r->outcome == ENDS_STREAMS || tolerated != ALL) && subject_crossed(s, r->bound) == 0) {
        complain(r, how, "'%s' is not counted", r->bound);
        good = false;
    }
    if (got->peak > r->memory || (r->ratio && got->peak > r->ratio * got->wire)) {
        complain(r, how, "%zu octets are held, %zu are on the wire", got->peak, got->wire);
        good = false;
    }
    return good;
}

static bool run(const row *r, manner how, result *got)
{
    subject s;
    *got = (result){.units = units_of(r, how)};
    subject_open(&s, r->role, r->configure, (manner){.reads = true});
    if (r->prepare) r->prepare(&s);
    subject_read(&s);
    s.manner = how;
    s.act = r->act;
    s.idle = s.meter.live;
    s.meter.peak = s.meter.live;
    got->tolerated = feed_units(&s, r, got->units, &got->wire);
    got->peak = subject_peak(&s);
    subject_read(&s);
    const bool good = judge(r, how, &s, got);
    if (good && r->finish) r->finish(&s, got->tolerated);
    subject_close(&s);
    return good;
}

/* The test. */

static void print_line(const row *r, const result *unread, const result *read)
{
    static const char *const outcomes[] = {"passes", "passes", "ends streams", "ends the connection"};
    char tolerated[48], shown[24];
    snprintf(shown, sizeof shown, "%zu", unread->tolerated);
    if (r->outcome == PASSES_READ) strcpy(shown, "-");
    snprintf(tolerated, sizeof tolerated, "%s / %zu of %zu", shown, read->tolerated, read->units);
    printf("%-4s %-50s %-20s %-26s %8zu / %zu\n", r->id, r->what, outcomes[r->outcome], tolerated,
           unread->peak, read->peak);
}

static void test_row(void **state)
{
    const row *const r = *state;
    result results[2] = {{0}}, octets_results[2] = {{0}};
    bool good = true;
    for (int reads = r->outcome == PASSES_READ ? 1 : 0; reads < 2; reads++) {
        if (!run(r, (manner){.reads = reads == 1}, &results[reads])) good = false;
        if (!run(r, (manner){.reads = reads == 1, .octets = true}, &octets_results[reads])) good = false;
    }
    print_line(r, &results[0], &results[1]);
    assert_true(good);
}

/* Observed only. */

static configure *observed; /* what the row's own configuration is */

static void observe(h2_config *config, h2_setting *settings)
{
    if (observed) observed(config, settings);
    config->limits.observe_only = true;
}

/* All bounds at their greatest: none. */
static void unbind(h2_config *config, h2_setting *settings)
{
    h2_limits *const limits = &config->limits;
    if (observed) observed(config, settings);
    memset(limits, 0xff, offsetof(h2_limits, max_memory));
    limits->max_memory = SIZE_MAX;
    limits->closed_streams = limits->encoder_table_size = 0;
}

/* A bound that stands in a setting is refused all the same. */
static bool is_observable(const row *r)
{
    return r->bound && strcmp(r->bound, "header_list_size") != 0;
}

/* With observe_only the same octets cross the same bound, are counted, and end nothing; without bounds nothing counts. */
static void go_on(const row *r, bool counted)
{
    subject s;
    size_t wire = 0;
    observed = r->configure;
    subject_open(&s, r->role, counted ? observe : unbind, (manner){.reads = true});
    h2_advance_time(s.conn, 10);
    h2_advance_time(s.conn, UINT64_MAX);
    if (r->prepare) r->prepare(&s);
    subject_read(&s);
    s.act = r->act;
    s.manner = (manner){.reads = r->tolerated_read != ALL};
    const size_t units = r->units < FEW ? r->units : FEW;
    /* A block without end goes on without end. */
    assert_int_equal(feed_units(&s, r, units, &wire), units);
    assert_true(s.status >= 0);
    assert_int_equal(subject_crossed(&s, r->bound) > 0, counted);
    subject_read(&s);
    assert_false(s.goaway);
    subject_close(&s);
}

static void test_observed(void **state)
{
    go_on(*state, true);
    go_on(*state, false);
}

/* max_memory. */

static size_t memory_bound;

static void bound_memory(h2_config *config, h2_setting *settings)
{
    if (observed) observed(config, settings);
    config->limits.max_memory = memory_bound;
}

/* Whatever comes, no more is held than max_memory; what needs more is told, and the connection is freed. */
static void test_max_memory(void **state)
{
    const row *const r = *state;
    size_t refused = 0;
    observed = r->configure;
    for (size_t more = 100; more < 100000; more += more / 2) {
        subject s;
        size_t wire = 0;
        memory_bound = SIZE_MAX;
        subject_open(&s, r->role, bound_memory, (manner){.reads = true});
        if (r->prepare) r->prepare(&s);
        h2_config config = *h2_connection_config(s.conn);
        config.limits.max_memory = s.meter.live + more;
        assert_int_equal(h2_connection_reconfigure(s.conn, &config), H2_OK);
        s.act = r->act;
        s.manner = (manner){.octets = more % 2 == 0};
        s.meter.peak = s.meter.live;
        (void)feed_units(&s, r, r->units < 200 ? r->units : 200, &wire);
        assert_true(s.meter.peak <= config.limits.max_memory);
        if (s.status == H2_ERROR_NO_MEMORY) {
            refused++;
            assert_non_null(strstr(s.message, "max_memory"));
            assert_true(h2_connection_is_closed(s.conn));
            subject_read(&s);
            assert_true(s.goaway);
            assert_int_equal(s.goaway_code, H2_CODE_ENHANCE_YOUR_CALM);
            assert_string_equal(s.goaway_debug, "max_memory");
        }
        if (s.status == H2_ERROR_NO_MEMORY) assert_true(subject_crossed(&s, "max_memory") > 0);
        subject_close(&s);
    }
    if (r->outcome == ENDS_STREAMS && r->memory > 64 * 1024) assert_true(refused > 0);
}

/* For counting instructions. */

static int count_cost(size_t which, size_t units)
{
    subject s;
    const row *const r = all_rows[which];
    subject_open(&s, r->role, r->configure, (manner){.reads = true});
    if (r->prepare) r->prepare(&s);
    subject_read(&s);
    s.act = r->act;
    s.manner =
        (manner){.reads = r->tolerated_read == ALL && !getenv("UNREAD"), .octets = getenv("OCTETS") != NULL};
    size_t wire = 0;
    const size_t taken = feed_units(&s, r, units, &wire);
    printf("%zu octets %zu units\n", wire, taken);
    subject_close(&s);
    return 0;
}

int main(int argc, char **argv)
{
    static struct CMUnitTest tests[3 * MOST_ROWS];
    gather_all();
    if (argc > 3 && strcmp(argv[1], "--cost") == 0)
        return count_cost(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
    if (argc > 1 && strcmp(argv[1], "--list") == 0) {
        for (size_t i = 0; i < row_count; i++)
            printf("%zu %zu %s %s\n", i, all_rows[i]->units, all_rows[i]->id, all_rows[i]->what);
        return 0;
    }
    printf("%-4s %-50s %-20s %-26s %s\n", "row", "what arrives", "what follows", "tolerated unread / read",
           "octets held beyond idle, unread / read");
    for (size_t i = 0; i < compared_from; i++)
        tests[i] = (struct CMUnitTest){.name = all_rows[i]->what,
                                       .test_func = test_row,
                                       .initial_state = (void *)(uintptr_t)all_rows[i]};
    size_t count = compared_from;
    for (size_t i = 0; i < compared_from; i++) {
        void *const r = (void *)(uintptr_t)all_rows[i];
        if (is_observable(r))
            tests[count++] = (struct CMUnitTest){
                .name = all_rows[i]->bound, .test_func = test_observed, .initial_state = r};
        tests[count++] =
            (struct CMUnitTest){.name = "max_memory", .test_func = test_max_memory, .initial_state = r};
    }
    return _cmocka_run_group_tests("attacks", tests, count, NULL, NULL);
}
