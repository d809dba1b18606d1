/* Bodies of announced length against a plain list, with memory that fails: whichever is asked for is found, and there is no
 * room for more than a few until they have a map. */
#include "counting_allocator.h"
#include "stream/bodies.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum {
    MOST_BODIES = 40,
    ROUNDS = 20000
};

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

typedef struct model {
    uint32_t ids[MOST_BODIES], count, next_id;
} model;

/* Where memory is needed there is none at first. Whether there was none. */
static bool add(h2_bodies *bodies, h2_memory *memory, counting_allocator *allocator, model *m)
{
    bool failed = false;
    if (!h2_bodies_have_room(bodies)) {
        allocator->fail_at = allocator->requests + 1 + m->next_id / 2 % 2;
        failed = !h2_bodies_reserve(bodies, memory);
        allocator->fail_at = 0;
        assert_true(!failed || !h2_bodies_have_room(bodies));
        assert_true(!failed || h2_bodies_reserve(bodies, memory));
    }
    h2_bodies_add(bodies, m->next_id, m->next_id * UINT64_C(3));
    m->ids[m->count++] = m->next_id;
    m->next_id += 2;
    return failed;
}

static void take_out(h2_bodies *bodies, model *m, uint32_t at)
{
    h2_bodies_remove(bodies, h2_bodies_find(bodies, m->ids[at]));
    m->ids[at] = m->ids[--m->count];
}

static void expect(const h2_bodies *bodies, const model *m)
{
    assert_int_equal(bodies->count, m->count);
    assert_true(bodies->count <= H2_IDMAP_FEW || !h2_bodies_are_few(bodies));
    for (uint32_t i = 0; i < m->count; i++) {
        const h2_body *const body = h2_bodies_find(bodies, m->ids[i]);
        assert_non_null(body);
        assert_int_equal(body->id, m->ids[i]);
        assert_int_equal(body->announced, m->ids[i] * UINT64_C(3));
    }
    assert_null(h2_bodies_find(bodies, m->next_id));
}

/* The bound rises and falls, so that all are filled from nothing and emptied again. */
static void agrees_with_a_list(void **state)
{
    (void)state;
    uint64_t seed = 1;
    unsigned failed = 0;

    for (uint32_t most = 1; most <= MOST_BODIES; most++) {
        counting_allocator allocator;
        counting_allocator_init(&allocator);
        h2_memory memory;
        h2_memory_init(&memory, &allocator.base);
        h2_bodies bodies = {.map = {.factor = h2_idmap_factor(most)}};
        model m = {.next_id = 1};
        for (uint32_t round = 0; round < ROUNDS / MOST_BODIES; round++) {
            const bool more = next_random(&seed) % 4 > (round / 64 % 2 == 0 ? 0 : 2);
            if (more && m.count < most)
                failed += add(&bodies, &memory, &allocator, &m);
            else if (m.count > 0)
                take_out(&bodies, &m, next_random(&seed) % m.count);
            expect(&bodies, &m);
        }
        h2_bodies_free(&bodies, &memory);
        assert_true(counting_allocator_clean(&allocator));
    }
    assert_true(failed > MOST_BODIES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_a_list)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
