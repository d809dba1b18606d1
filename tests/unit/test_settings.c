/* Settings objects: the public calls, and what a connection does with its two. */
#include "base/bytes.h"
#include "counting_allocator.h"
#include "octets.h"
#include "stories.h"
#include "stream/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void listed(octets *out, const h2_settings *settings)
{
    h2_setting list[100];
    const size_t count = h2_settings_list(settings, list, 100);

    octets_clear(out);
    for (size_t i = 0; i < count; i++)
        octets_format(out, "%s%u=%lu", i ? " " : "", list[i].id, (unsigned long)list[i].value);
}

static void assert_listed(const h2_settings *settings, const char *text)
{
    octets out = {0};
    listed(&out, settings);
    assert_string_equal(octets_string(&out), text);
    octets_free(&out);
}

static void changes(octets *out, const h2_changed_setting *changed, size_t count)
{
    octets_clear(out);
    for (size_t i = 0; i < count; i++) {
        octets_format(out, "%s%u:", i ? " " : "", changed[i].id);
        if (changed[i].had_original)
            octets_format(out, "%lu", (unsigned long)changed[i].original_value);
        else
            assert_int_equal(changed[i].original_value, 0);
        octets_format(out, ">%lu", (unsigned long)changed[i].new_value);
    }
}

static void assert_acknowledged(h2_settings *settings, const char *text)
{
    h2_changed_setting changed[100];
    octets out = {0};
    changes(&out, changed, h2_settings_acknowledge(settings, changed, 100));
    assert_string_equal(octets_string(&out), text);
    octets_free(&out);
}

static void values_are_judged(void **state)
{
    (void)state;
    static const struct {
        uint16_t id;
        uint32_t value;
        uint32_t error; /* 0: fine */
        uint32_t received_error;
    } rows[] = {
        {1, 0, 0, 0},
        {1, UINT32_MAX, 0, 0},
        {2, 0, 0, 0},
        {2, 1, 0, H2_CODE_PROTOCOL_ERROR},
        {2, 2, H2_CODE_PROTOCOL_ERROR, H2_CODE_PROTOCOL_ERROR},
        {3, UINT32_MAX, 0, 0},
        {4, 0x7fffffff, 0, 0},
        {4, 0x80000000, H2_CODE_FLOW_CONTROL_ERROR, H2_CODE_FLOW_CONTROL_ERROR},
        {5, 16383, H2_CODE_PROTOCOL_ERROR, H2_CODE_PROTOCOL_ERROR},
        {5, 16384, 0, 0},
        {5, 16777215, 0, 0},
        {5, 16777216, H2_CODE_PROTOCOL_ERROR, H2_CODE_PROTOCOL_ERROR},
        {6, UINT32_MAX, 0, 0},
        {7, UINT32_MAX, 0, 0},
        {8, 1, 0, 0},
        {8, 2, H2_CODE_PROTOCOL_ERROR, H2_CODE_PROTOCOL_ERROR},
        {9, 2, 0, H2_CODE_PROTOCOL_ERROR},
        {0xfe03, UINT32_MAX, 0, 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint32_t code = 77;
        const h2_status status = h2_setting_check(rows[i].id, rows[i].value, &code);
        assert_int_equal(status, rows[i].error ? H2_ERROR_INVALID_SETTINGS_VALUE : H2_OK);
        assert_int_equal(code, rows[i].error ? rows[i].error : 77);
        code = 77;
        const h2_status received = h2_setting_check_from(rows[i].id, rows[i].value, true, true, &code);
        assert_int_equal(received, rows[i].received_error ? H2_ERROR_INVALID_SETTINGS_VALUE : H2_OK);
        assert_int_equal(code, rows[i].received_error ? rows[i].received_error : 77);
    }
    assert_int_equal(h2_setting_check_from(2, 1, false, true, NULL), H2_OK);
    assert_int_equal(h2_setting_check_from(9, 2, false, false, NULL), H2_OK);
}

static void proposed_until_acknowledged(void **state)
{
    (void)state;
    counting_allocator allocator;
    counting_allocator_init(&allocator);
    h2_settings *settings = NULL;
    assert_int_equal(h2_settings_new(&settings, true, NULL, 0, &allocator.base), H2_OK);
    assert_listed(settings, "1=4096 2=1 4=65535 5=16384 8=0");

    assert_int_equal(h2_settings_set(settings, 4, 0x80000000), H2_ERROR_INVALID_SETTINGS_VALUE);
    assert_int_equal(h2_settings_set(settings, 3, 7), H2_OK);
    assert_int_equal(h2_settings_set(settings, 1, 10), H2_OK);
    assert_int_equal(h2_settings_set(settings, 1, 20), H2_OK);
    assert_int_equal(h2_settings_set(settings, 99, 5), H2_OK);
    assert_listed(settings, "1=4096 2=1 4=65535 5=16384 8=0");
    assert_false(h2_settings_get(settings, 3, NULL));
    assert_false(h2_settings_get(settings, 99, NULL));
    uint32_t values[3] = {0};
    assert_int_equal(h2_settings_pending(settings, 1, values, 3), 2);
    assert_int_equal(values[0], 10);
    assert_int_equal(values[1], 20);
    assert_int_equal(h2_settings_pending(settings, 1, NULL, 0), 2);
    assert_int_equal(h2_settings_pending(settings, 2, values, 3), 0);

    assert_acknowledged(settings, "1:4096>10 3:>7 99:>5");
    assert_acknowledged(settings, "1:10>20");
    assert_acknowledged(settings, "");
    assert_listed(settings, "1=20 2=1 4=65535 5=16384 8=0 3=7 99=5");
    uint32_t value;
    assert_true(h2_settings_get(settings, 99, &value));
    assert_int_equal(value, 5);

    h2_settings_free(settings);
    assert_true(counting_allocator_clean(&allocator));
}

/* By frames, not by settings: what one SETTINGS frame has proposed comes into force together. */
static void taken_in_the_order_of_frames(void **state)
{
    (void)state;
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    h2_settings settings;
    h2_changed_setting changed[4];
    octets text = {0};
    assert_true(h2_settings_init(&settings, &memory, true, false));
    const size_t idle = memory.used;

    const h2_setting proposed[] = {{4, 1}, {4, 2}, {1, 3}, {1, 4}, {99, 5}};
    assert_true(h2_settings_reserve(&settings, 5));
    for (unsigned i = 0; i < 5; i++) {
        settings.frame = i < 3 ? 8 : 10;
        h2_settings_propose(&settings, proposed[i].id, proposed[i].value);
    }
    changes(&text, changed, h2_settings_take(&settings, 8, changed, 4));
    assert_string_equal(octets_string(&text), "1:4096>3 4:65535>2");
    changes(&text, changed, h2_settings_take(&settings, 9, changed, 4));
    assert_string_equal(octets_string(&text), "");
    changes(&text, changed, h2_settings_take(&settings, 10, changed, 4));
    assert_string_equal(octets_string(&text), "1:3>4 99:>5");
    assert_int_equal(h2_settings_take(&settings, 10, changed, 4), 0);
    assert_true(memory.used <= idle + 5 * sizeof(h2_setting_entry));

    h2_settings_release(&settings);
    assert_int_equal(memory.used, 0);
    octets_free(&text);
}

static void initial_values_are_in_force(void **state)
{
    (void)state;
    const h2_setting initial[] = {{6, 100}, {2, 1}, {0xfe03, 1}, {6, 200}};
    const h2_setting wrong[] = {{5, 1}};
    h2_settings *settings = NULL;

    assert_int_equal(h2_settings_new(&settings, false, wrong, 1, NULL), H2_ERROR_INVALID_SETTINGS_VALUE);
    assert_int_equal(h2_settings_new(&settings, false, NULL, 1, NULL), H2_ERROR_ARGUMENT);
    assert_int_equal(h2_settings_new(NULL, false, NULL, 0, NULL), H2_ERROR_ARGUMENT);
    assert_null(settings);
    assert_int_equal(h2_settings_new(&settings, false, initial, 4, NULL), H2_OK);
    assert_listed(settings, "1=4096 2=1 4=65535 5=16384 8=0 6=200 65027=1");
    assert_int_equal(h2_settings_pending(settings, 6, NULL, 0), 0);
    h2_settings_free(settings);
    h2_settings_free(NULL);
}

static void removing_keeps_the_order(void **state)
{
    (void)state;
    h2_settings *settings = NULL;
    assert_int_equal(h2_settings_new(&settings, true, NULL, 0, NULL), H2_OK);
    assert_int_equal(h2_settings_set(settings, 8, 1), H2_OK);
    assert_true(h2_settings_remove(settings, 8));
    assert_false(h2_settings_remove(settings, 8));
    assert_false(h2_settings_remove(settings, 3));
    assert_int_equal(h2_settings_pending(settings, 8, NULL, 0), 0);
    assert_true(h2_settings_remove(settings, 1));
    assert_listed(settings, "2=1 4=65535 5=16384");
    assert_int_equal(h2_settings_set(settings, 1, 5), H2_OK);
    assert_int_equal(h2_settings_set(settings, 8, 1), H2_OK);
    assert_acknowledged(settings, "1:>5 8:>1");
    assert_listed(settings, "2=1 4=65535 5=16384 1=5 8=1");
    assert_int_equal(h2_settings_value(settings, 5, 0), 16384);
    assert_int_equal(h2_settings_value(settings, 3, 123), 123);
    h2_settings_clear(settings);
    assert_listed(settings, "");
    assert_int_equal(h2_settings_set(settings, 1, 6), H2_OK);
    assert_int_equal(h2_settings_value(settings, 1, 9), 9);
    assert_acknowledged(settings, "1:>6");
    assert_int_equal(h2_settings_value(settings, 1, 9), 6);
    h2_settings_free(settings);
}

static void a_connection_has_two_more_defaults(void **state)
{
    (void)state;
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    h2_settings local, remote, copy;

    assert_true(h2_settings_init(&local, &memory, false, true));
    assert_true(h2_settings_init(&remote, &memory, true, false));
    assert_listed(&local, "1=4096 2=0 4=65535 5=16384 8=0 3=100 6=65536");
    assert_true(2 * sizeof local + memory.used <= 224);

    assert_true(h2_settings_init(&copy, &memory, true, false));
    assert_int_equal(h2_settings_set(&local, 3, 5), H2_OK);
    assert_true(h2_settings_copy(&copy, &local));
    assert_listed(&copy, "1=4096 2=0 4=65535 5=16384 8=0 3=100 6=65536");
    assert_acknowledged(&copy, "3:100>5");
    assert_int_equal(h2_settings_pending(&local, 3, NULL, 0), 1);
    h2_settings_release(&local);
    h2_settings_release(&remote);
    h2_settings_release(&copy);
    assert_int_equal(memory.used, 0);
}

static void put_entry(octets *out, uint16_t id, uint32_t value)
{
    octets_u16(out, id);
    octets_u32(out, value);
}

static void a_frame_takes_effect_at_once(void **state)
{
    (void)state;
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    h2_settings remote;
    assert_true(h2_settings_init(&remote, &memory, true, false));
    h2_changed_setting changed[8];
    size_t count;
    octets frame = {0}, text = {0};

    put_entry(&frame, 3, 10);
    put_entry(&frame, 0xfe03, 1);
    put_entry(&frame, 4, 7);
    put_entry(&frame, 3, 20);
    assert_true(h2_settings_receive(&remote, frame.data, frame.len, false, changed, &count));
    changes(&text, changed, count);
    assert_string_equal(octets_string(&text), "3:>20 4:65535>7");
    assert_true(h2_settings_receive(&remote, frame.data, frame.len, true, changed, &count));
    changes(&text, changed, count);
    assert_string_equal(octets_string(&text), "3:20>20 65027:>1 4:7>7");
    assert_listed(&remote, "1=4096 2=1 4=7 5=16384 8=0 3=20 65027=1");

    /* What a caller has proposed for the peer comes first, as in Python's h2. */
    assert_int_equal(h2_settings_set(&remote, 4, 9), H2_OK);
    assert_true(h2_settings_receive(&remote, frame.data, frame.len, true, changed, &count));
    assert_int_equal(h2_settings_value(&remote, 4, 0), 9);
    assert_acknowledged(&remote, "4:9>7");

    h2_settings_release(&remote);
    octets_free(&frame);
    octets_free(&text);
    assert_int_equal(memory.used, 0);
}

/* What a plain frame comes to is what any frame comes to; one that breaks a rule is none, nor is one that has to be looked at
 * in another way, and then nothing is done. */
static void plain_frames_are_like_any(void **state)
{
    (void)state;
    static const uint16_t ids[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 300};
    static const uint32_t values[] = {0, 1, 2, 16383, 16384, 16777215, 16777216, 0x7fffffff, 0x80000000};
    enum {
        IDS = sizeof ids / sizeof *ids,
        VALUES = sizeof values / sizeof *values,
        MOST = 12
    };
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    octets frame = {0}, before = {0}, after = {0};
    uint64_t random = 1;
    unsigned plain_frames = 0;
    for (unsigned round = 0; round < 20000; round++) {
        const bool from_server = round & 1;
        h2_settings one, other;
        assert_true(h2_settings_init(&one, &memory, !from_server, false));
        for (size_t i = random_below(&random, 4); i > 0; i--)
            assert_true(h2_settings_put(&one, ids[random_below(&random, IDS)], 1));
        assert_true(h2_settings_init(&other, &memory, false, false));
        assert_true(h2_settings_copy(&other, &one));
        listed(&before, &one);
        octets_clear(&frame);
        bool seen[IDS] = {false}, usual = true;
        const size_t entries = random_below(&random, MOST);
        for (size_t i = 0; i < entries; i++) {
            const size_t n = random_below(&random, IDS);
            const uint32_t value = values[random_below(&random, VALUES)];
            usual = usual && !seen[n] && h2_settings_get(&one, ids[n], NULL) && ids[n] < 10 && ids[n] != 7 &&
                    (ids[n] != 8 || value > 0) &&
                    h2_setting_check_from(ids[n], value, from_server, true, NULL) == H2_OK;
            seen[n] = true;
            put_entry(&frame, ids[n], value);
        }
        h2_changed_setting changed[MOST], other_changed[MOST];
        size_t count;
        const bool plain = h2_settings_receive_plain(&one, frame.data, entries, from_server, changed);
        assert_int_equal(plain, usual);
        listed(&after, &one);
        if (plain) {
            plain_frames++;
            assert_true(h2_settings_receive(&other, frame.data, frame.len, true, other_changed, &count));
            assert_int_equal(count, entries);
            for (size_t i = 0; i < count; i++) {
                assert_int_equal(changed[i].id, other_changed[i].id);
                assert_int_equal(changed[i].had_original, other_changed[i].had_original);
                assert_int_equal(changed[i].original_value, other_changed[i].original_value);
                assert_int_equal(changed[i].new_value, other_changed[i].new_value);
            }
            listed(&before, &other);
        }
        assert_true(octets_equal(&before, &after));
        h2_settings_release(&one);
        h2_settings_release(&other);
    }
    assert_true(plain_frames > 2000);

    h2_settings waiting;
    h2_changed_setting changed[1];
    octets_clear(&frame);
    put_entry(&frame, 4, 7);
    assert_true(h2_settings_init(&waiting, &memory, true, false));
    assert_int_equal(h2_settings_set(&waiting, 3, 1), H2_OK);
    assert_false(h2_settings_receive_plain(&waiting, frame.data, 1, false, changed));
    assert_int_equal(h2_settings_value(&waiting, 4, 0), 65535);
    h2_settings_release(&waiting);
    octets_free(&frame);
    octets_free(&before);
    octets_free(&after);
    assert_int_equal(memory.used, 0);
}

static void strangers_are_bounded(void **state)
{
    (void)state;
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    h2_settings remote;
    assert_true(h2_settings_init(&remote, &memory, true, false));
    static h2_changed_setting changed[4096];
    size_t count;
    octets frame = {0};

    for (unsigned i = 0; i < 4096; i++)
        put_entry(&frame, (uint16_t)(100 + i), i);
    put_entry(&frame, 3, 5);
    for (unsigned round = 0; round < 3; round++) {
        assert_true(h2_settings_receive(&remote, frame.data, frame.len, true, changed, &count));
        assert_int_equal(count, H2_SETTINGS_STRANGERS + 1);
    }
    assert_int_equal(h2_settings_list(&remote, NULL, 0), 5 + 1 + H2_SETTINGS_STRANGERS);
    assert_true(memory.used < 1024);
    h2_settings_release(&remote);
    octets_free(&frame);
}

/* Every request for memory refused in turn: a call has done all or nothing. */
static void out_of_memory_changes_nothing(void **state)
{
    (void)state;
    octets frame = {0}, before = {0}, after = {0};
    for (uint16_t id = 3; id < 20; id++)
        put_entry(&frame, id == 5 ? 50 : id, 1);
    const h2_setting proposed[] = {{3, 1}, {70, 2}, {71, 3}, {1, 4}};

    for (size_t fail = 1; fail < 20; fail++) {
        counting_allocator allocator;
        counting_allocator_init(&allocator);
        allocator.fail_at = fail;
        h2_settings *settings = NULL;
        if (h2_settings_new(&settings, true, NULL, 0, &allocator.base)) {
            assert_null(settings);
            assert_true(counting_allocator_clean(&allocator));
            continue;
        }
        listed(&before, settings);
        allocator.fail_at = allocator.requests + 1;
        assert_int_equal(h2_settings_set(settings, 3, 1), H2_ERROR_NO_MEMORY);
        assert_int_equal(h2_settings_pending(settings, 3, NULL, 0), 0);
        allocator.fail_at = fail;
        if (!h2_settings_reserve(settings, 4)) {
            assert_true(h2_settings_reserve(settings, 4));
        }
        listed(&after, settings);
        assert_true(octets_equal(&before, &after));
        const size_t requests = allocator.requests;
        for (unsigned i = 0; i < 4; i++)
            h2_settings_propose(settings, proposed[i].id, proposed[i].value);
        assert_int_equal(allocator.requests, requests);

        h2_changed_setting changed[20];
        size_t count;
        if (!h2_settings_receive(settings, frame.data, frame.len, true, changed, &count)) {
            listed(&after, settings);
            assert_true(octets_equal(&before, &after));
            assert_int_equal(h2_settings_pending(settings, 70, NULL, 0), 1);
        }
        h2_settings_free(settings);
        assert_true(counting_allocator_clean(&allocator));
    }
    octets_free(&frame);
    octets_free(&before);
    octets_free(&after);
}

/* A copy of settings that wait fails as a whole; one of none is none. */
static void copies_are_whole(void **state)
{
    (void)state;
    h2_memory plain;
    h2_memory_init(&plain, NULL);
    h2_settings from, empty;
    assert_true(h2_settings_init(&from, &plain, true, false));
    assert_true(h2_settings_init(&empty, &plain, true, false));
    assert_int_equal(h2_settings_set(&from, 3, 5), H2_OK);
    h2_settings_clear(&empty);

    for (size_t fail = 1; fail < 4; fail++) {
        counting_allocator allocator;
        counting_allocator_init(&allocator);
        h2_memory memory;
        h2_memory_init(&memory, &allocator.base);
        h2_settings to;
        assert_true(h2_settings_init(&to, &memory, false, true));
        allocator.fail_at = allocator.requests + fail;
        assert_int_equal(h2_settings_copy(&to, &from), fail == 3);
        allocator.fail_at = 0;
        assert_listed(&to, fail == 3 ? "1=4096 2=1 4=65535 5=16384 8=0"
                                     : "1=4096 2=0 4=65535 5=16384 8=0 3=100 6=65536");
        assert_int_equal(h2_settings_pending(&to, 3, NULL, 0), fail == 3);
        assert_true(h2_settings_copy(&to, &empty));
        assert_listed(&to, "");
        h2_settings_release(&to);
        assert_true(counting_allocator_clean(&allocator));
    }
    h2_settings_release(&from);
    h2_settings_release(&empty);
    assert_int_equal(plain.used, 0);
}

/* More settings than are told of come into force all the same. */
static void what_is_not_told_is_in_force(void **state)
{
    (void)state;
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    h2_settings settings;
    h2_changed_setting changed[2] = {{.id = 77}, {.id = 77}};
    assert_true(h2_settings_init(&settings, &memory, true, false));
    assert_int_equal(h2_settings_set(&settings, 1, 5), H2_OK);
    assert_int_equal(h2_settings_set(&settings, 4, 6), H2_OK);
    assert_int_equal(h2_settings_take(&settings, settings.frame, changed, 1), 2);
    assert_int_equal(changed[0].id, 1);
    assert_int_equal(changed[1].id, 77);
    assert_listed(&settings, "1=5 2=1 4=6 5=16384 8=0");
    h2_settings_release(&settings);
}

/* As many as there are identifiers but one, and no more; room for them grows no further. */
static void as_many_as_are_counted(void **state)
{
    (void)state;
    enum {
        MOST = UINT16_MAX,
        DEFAULTS = 5
    };
    counting_allocator allocator;
    counting_allocator_init(&allocator);
    h2_memory memory;
    h2_memory_init(&memory, &allocator.base);
    h2_settings settings, at_once;
    assert_true(h2_settings_init(&at_once, &memory, true, false));
    assert_false(h2_settings_reserve(&at_once, MOST - DEFAULTS + 1));
    assert_true(h2_settings_reserve(&at_once, MOST - DEFAULTS));
    h2_settings_release(&at_once);
    assert_true(h2_settings_init(&settings, &memory, true, false));
    assert_true(h2_settings_reserve(&settings, MOST - MOST / 4));
    assert_true(h2_settings_reserve(&settings, MOST - MOST / 4 + 1));
    assert_true(h2_settings_reserve(&settings, MOST - DEFAULTS));
    assert_false(h2_settings_reserve(&settings, MOST - DEFAULTS + 1));
    assert_true(memory.used < MOST * (sizeof(h2_setting_entry) + 3 * sizeof(h2_proposal) / 2));
    assert_listed(&settings, "1=4096 2=1 4=65535 5=16384 8=0");
    h2_settings_release(&settings);
    if (!counting_allocator_clean(&allocator)) fail_msg("%s", allocator.complaint);
}

static void rules_can_be_read(void **state)
{
    (void)state;
    char row[128];

    assert_true(h2_settings_rule_row(0, row, sizeof row));
    assert_true(h2_settings_rule_row(2, row, sizeof row));
    assert_string_equal(row, "2\tENABLE_PUSH\t1\t0\t1\t0\tPROTOCOL_ERROR");
    assert_true(h2_settings_rule_row(6, row, 10));
    assert_int_equal(strlen(row), 9);
    assert_false(h2_settings_rule_row(9, row, sizeof row));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_judged),
        cmocka_unit_test(proposed_until_acknowledged),
        cmocka_unit_test(taken_in_the_order_of_frames),
        cmocka_unit_test(initial_values_are_in_force),
        cmocka_unit_test(removing_keeps_the_order),
        cmocka_unit_test(a_connection_has_two_more_defaults),
        cmocka_unit_test(a_frame_takes_effect_at_once),
        cmocka_unit_test(plain_frames_are_like_any),
        cmocka_unit_test(strangers_are_bounded),
        cmocka_unit_test(out_of_memory_changes_nothing),
        cmocka_unit_test(copies_are_whole),
        cmocka_unit_test(what_is_not_told_is_in_force),
        cmocka_unit_test(as_many_as_are_counted),
        cmocka_unit_test(rules_can_be_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
