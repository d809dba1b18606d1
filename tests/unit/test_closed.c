/* The memory of closed streams against a plain list of pages, with every bound on the pages that matters and memory that
 * fails. */
#include "counting_allocator.h"
#include "stream/closed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum {
    NEIGHBOURS = 32, /* streams of one side in a page */
    MOST_PAGES = 40,
    ROUNDS = 20000
};

/* Pages in the order they came. */
typedef struct model {
    struct page {
        uint32_t first; /* the page's lowest stream */
        h2_closed_by by[NEIGHBOURS];
    } pages[MOST_PAGES];
    uint32_t count, most;
} model;

static uint32_t first_of(uint32_t id)
{
    return id / (2 * NEIGHBOURS) * (2 * NEIGHBOURS) + id % 2;
}

static struct page *page_of(model *m, uint32_t id)
{
    for (uint32_t i = 0; i < m->count; i++)
        if (m->pages[i].first == first_of(id)) return &m->pages[i];
    return NULL;
}

static struct page *add_page(model *m, uint32_t id)
{
    if (m->count == m->most) memmove(m->pages, m->pages + 1, --m->count * sizeof *m->pages);
    struct page *const page = &m->pages[m->count++];
    *page = (struct page){.first = first_of(id)};
    return page;
}

static void reserve(model *m, uint32_t id)
{
    if (m->most > 0 && page_of(m, id) == NULL) (void)add_page(m, id);
}

/* Once pages are forgotten, what is put finds room in the oldest's place. */
static void put(model *m, uint32_t id, h2_closed_by by)
{
    struct page *page = page_of(m, id);
    if (by == H2_CLOSED_BY_NONE || (page == NULL && (m->count == 0 || m->count < m->most))) return;
    if (page == NULL) page = add_page(m, id);
    page->by[(id - page->first) / 2] = by == H2_CLOSED_BY_SEND_END_STREAM ? H2_CLOSED_BY_RECV_END_STREAM : by;
}

static h2_closed_by get(model *m, uint32_t id)
{
    const struct page *const page = page_of(m, id);
    return page == NULL ? H2_CLOSED_BY_NONE : page->by[(id - page->first) / 2];
}

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

static void run(uint32_t most)
{
    counting_allocator allocator;
    counting_allocator_init(&allocator);
    h2_memory memory;
    h2_memory_init(&memory, &allocator.base);
    h2_closed closed = {.map = {.factor = h2_idmap_factor(most)}};
    model m = {.most = most};
    uint64_t seed = most + 1;
    unsigned failed = 0;

    for (uint32_t round = 0; round < ROUNDS; round++) {
        /* New streams, and those of some pages before. */
        const uint32_t near = round / 4 + 4096 - next_random(&seed) % (next_random(&seed) % 8 ? 32 : 2048);
        const uint32_t id = near * 2 + next_random(&seed) % 2;
        if (next_random(&seed) % 2) {
            /* Where memory is needed there is none at first. */
            allocator.fail_at = allocator.requests + 1;
            const bool has_room =
                page_of(&m, id) != NULL || m.count == most || closed.count < closed.capacity;
            const bool reserved = h2_closed_reserve(&closed, &memory, id, most);
            allocator.fail_at = 0;
            if (!reserved) {
                failed++;
                assert_true(!has_room || most >= H2_IDMAP_FEW); /* the map of many may have to grow */
                assert_int_equal(h2_closed_get(&closed, id), get(&m, id));
                assert_true(h2_closed_reserve(&closed, &memory, id, most));
            }
            reserve(&m, id);
        } else {
            const h2_closed_by by = (h2_closed_by)(next_random(&seed) % 5);
            const size_t requests = allocator.requests;
            /* Room has been reserved for all that are put, or pages are forgotten already. */
            if (page_of(&m, id) == NULL && m.count < most) continue;
            h2_closed_put(&closed, id, by);
            put(&m, id, by);
            assert_int_equal(allocator.requests, requests);
        }
        assert_int_equal(h2_closed_get(&closed, id), get(&m, id));
        const uint32_t other = (id > 9000 ? id - 9000 : 0) + next_random(&seed) % 10000;
        assert_int_equal(h2_closed_get(&closed, other), get(&m, other));
    }
    assert_true(closed.count == m.count && m.count == most);
    assert_true(failed > 0 || most == 0);
    assert_true(memory.used <= most * (sizeof(h2_closed_page) + 16) + 64);
    h2_closed_free(&closed, &memory);
    assert_true(counting_allocator_clean(&allocator));
}

static void agrees_with_a_list(void **state)
{
    (void)state;
    static const uint32_t bounds[] = {0,         1, 2, 3, H2_IDMAP_FEW - 1, H2_IDMAP_FEW, H2_IDMAP_FEW + 1,
                                      MOST_PAGES};
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
        run(bounds[i]);
}

/* A bound that was raised since leaves room that nothing was reserved in. */
static void what_was_forgotten_is_not_remembered_in_room_of_others(void **state)
{
    (void)state;
    h2_memory memory;
    h2_memory_init(&memory, NULL);
    h2_closed closed = {.map = {.factor = 1}};

    assert_true(h2_closed_reserve(&closed, &memory, 1, 1));
    assert_true(h2_closed_reserve(&closed, &memory, 101, 1));
    assert_true(h2_closed_reserve(&closed, &memory, 201, 3));
    assert_true(h2_closed_reserve(&closed, &memory, 301, 4));
    assert_int_equal(closed.count, 3);
    h2_closed_put(&closed, 1, H2_CLOSED_BY_RECV_RST_STREAM);
    assert_int_equal(h2_closed_get(&closed, 1), H2_CLOSED_BY_NONE);
    h2_closed_put(&closed, 301, H2_CLOSED_BY_RECV_RST_STREAM);
    assert_int_equal(h2_closed_get(&closed, 301), H2_CLOSED_BY_RECV_RST_STREAM);
    h2_closed_free(&closed, &memory);
    assert_int_equal(memory.used, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_list),
        cmocka_unit_test(what_was_forgotten_is_not_remembered_in_room_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
