/* A settings object of the caller's beside a naive model of it: values in force, and a queue of proposed ones for each
 * identifier (RFC 9113 section 6.5.3). */
#include "settings_model.h"

#include "counting_allocator.h"

#include <string.h>

static const uint16_t ids[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0x1234};

enum {
    IDS = sizeof ids / sizeof *ids,
    PROPOSED = 16,
    MOST_STEPS = 24
};

typedef struct modelled {
    bool in_force;
    uint32_t value;
    uint32_t proposed[PROPOSED];
    size_t count;
} modelled;

static uint32_t choose_value(choices *from)
{
    static const uint32_t values[] = {0, 1, 2, 100, 4096, 16384, 16777215, 16777216, 0x7fffffff, 0x80000000};
    return values[choose_below(from, sizeof values / sizeof *values)];
}

static void compare(const h2_settings *settings, const modelled *model)
{
    size_t in_force = 0;
    for (size_t i = 0; i < IDS; i++) {
        const modelled *const m = &model[i];
        uint32_t value = 0, proposed[PROPOSED];
        CHECK(h2_settings_get(settings, ids[i], &value) == m->in_force);
        CHECK(!m->in_force || value == m->value);
        CHECK(h2_settings_pending(settings, ids[i], proposed, PROPOSED) == m->count);
        CHECK(m->count == 0 || memcmp(proposed, m->proposed, m->count * sizeof *proposed) == 0);
        in_force += m->in_force ? 1 : 0;
    }
    CHECK(h2_settings_list(settings, NULL, 0) == in_force);
}

static void take_next(modelled *m)
{
    m->in_force = true;
    m->value = m->proposed[0];
    m->count--;
    memmove(m->proposed, m->proposed + 1, m->count * sizeof *m->proposed);
}

static void acknowledge(h2_settings *settings, modelled *model)
{
    h2_changed_setting changed[IDS];
    size_t expected = 0;
    for (size_t i = 0; i < IDS; i++) {
        if (model[i].count == 0) continue;
        take_next(&model[i]);
        expected++;
    }
    CHECK(h2_settings_acknowledge(settings, changed, IDS) == expected);
    for (size_t i = 0; i < expected; i++) {
        uint32_t value;
        CHECK(h2_settings_get(settings, changed[i].id, &value) && value == changed[i].new_value);
    }
}

static void propose(h2_settings *settings, modelled *model, choices *from)
{
    const size_t which = choose_below(from, IDS);
    modelled *const m = &model[which];
    const uint32_t value = choose_value(from);
    if (m->count == PROPOSED) return;
    const h2_status status = h2_settings_set(settings, ids[which], value);
    CHECK(status == h2_setting_check(ids[which], value, NULL));
    if (status == H2_OK) m->proposed[m->count++] = value;
}

static void step(h2_settings *settings, modelled *model, choices *from)
{
    const unsigned what = choose(from);
    const size_t which = what / 16 % IDS;
    modelled *const m = &model[which];
    switch (what % 16) {
    case 0:
        CHECK(h2_settings_remove(settings, ids[which]) == (m->in_force || m->count > 0));
        *m = (modelled){0};
        break;
    case 1:
        if (what != 0xf1) break;
        h2_settings_clear(settings);
        memset(model, 0, IDS * sizeof *model);
        break;
    case 2:
    case 3:
    case 4: acknowledge(settings, model); break;
    default: propose(settings, model, from); break;
    }
}

void settings_model_run(choices *from)
{
    counting_allocator memory;
    counting_allocator_init(&memory);
    const h2_setting initial = {ids[choose_below(from, IDS)], choose_value(from)};
    const unsigned how = choose(from);
    h2_settings *settings;
    const h2_status made = h2_settings_new(&settings, how & 1, &initial, how & 2 ? 1 : 0, &memory.base);
    CHECK(made == (how & 2 ? h2_setting_check(initial.id, initial.value, NULL) : H2_OK));
    if (made != H2_OK) {
        CHECK(counting_allocator_clean(&memory));
        return;
    }
    modelled model[IDS] = {0};
    for (size_t i = 0; i < IDS; i++)
        model[i].in_force = h2_settings_get(settings, ids[i], &model[i].value);
    uint32_t value;
    if (how & 2) CHECK(h2_settings_get(settings, initial.id, &value) && value == initial.value);
    for (unsigned left = how / 4 % MOST_STEPS; left > 0; left--) {
        step(settings, model, from);
        compare(settings, model);
    }
    h2_settings_free(settings);
    CHECK(counting_allocator_clean(&memory));
}
