/* Memory of closed streams: pages of two bits a stream, found through an id map, forgotten in the order they
 * came. */
#include "stream/closed.h"

enum {
    FIRST_PAGES = 2
};

static bool is_mapped(const h2_closed *closed)
{
    return closed->map.capacity > 0;
}

static uint32_t search(const h2_closed *closed, uint32_t id)
{
    return h2_idmap_search(&closed->map, closed->pages, sizeof *closed->pages, closed->count,
                           h2_closed_key(id));
}

static bool grow(h2_closed *closed, h2_memory *memory, uint32_t most)
{
    uint32_t capacity = closed->capacity == 0 ? FIRST_PAGES : closed->capacity * 2;
    if (capacity > most) capacity = most;
    h2_closed_page *const pages =
        h2_realloc(memory, closed->pages, closed->capacity * sizeof *pages, capacity * sizeof *pages);
    if (pages == NULL) return false;
    closed->pages = pages;
    closed->capacity = capacity;
    return true;
}

/* A fresh page for a key: in room that was reserved, or in the oldest page's place. */
static h2_closed_page *add_page(h2_closed *closed, uint32_t key)
{
    uint32_t index = closed->count;
    if (index < closed->capacity) {
        closed->count++;
    } else {
        index = closed->oldest;
        closed->oldest = index + 1 == closed->capacity ? 0 : index + 1;
        if (is_mapped(closed))
            h2_idmap_remove(&closed->map, closed->pages, sizeof *closed->pages, closed->pages[index].key);
    }
    closed->last = index;
    closed->pages[index] = (h2_closed_page){.key = key};
    if (is_mapped(closed)) h2_idmap_insert(&closed->map, closed->pages, sizeof *closed->pages, index);
    return &closed->pages[index];
}

bool h2_closed_reserve_page(h2_closed *closed, h2_memory *memory, uint32_t id, uint32_t most)
{
    if (most == 0 || search(closed, id) != H2_IDMAP_NONE) return true;
    if (closed->count == closed->capacity && closed->capacity < most && !grow(closed, memory, most))
        return false;
    if (!h2_idmap_cover(&closed->map, memory, closed->pages, sizeof *closed->pages, closed->count))
        return false;
    (void)add_page(closed, h2_closed_key(id));
    return true;
}

void h2_closed_put_elsewhere(h2_closed *closed, uint32_t id, h2_closed_by by)
{
    const uint32_t index = search(closed, id);
    if (index == H2_IDMAP_NONE && (closed->count == 0 || closed->count < closed->capacity)) return;
    h2_closed_note(index == H2_IDMAP_NONE ? add_page(closed, h2_closed_key(id)) : &closed->pages[index], id,
                   by);
}

h2_closed_by h2_closed_get(const h2_closed *closed, uint32_t id)
{
    const uint32_t index = h2_closed_is_last(closed, id) ? closed->last : search(closed, id);
    if (index == H2_IDMAP_NONE) return H2_CLOSED_BY_NONE;
    const bool high = (closed->pages[index].known_high & h2_closed_bit(id)) != 0;
    const bool low = (closed->pages[index].known_low & h2_closed_bit(id)) != 0;
    if (!high) return low ? H2_CLOSED_BY_RECV_END_STREAM : H2_CLOSED_BY_NONE;
    return low ? H2_CLOSED_BY_RECV_RST_STREAM : H2_CLOSED_BY_SEND_RST_STREAM;
}

void h2_closed_free(h2_closed *closed, h2_memory *memory)
{
    h2_free(memory, closed->pages, closed->capacity * sizeof *closed->pages);
    h2_idmap_free(&closed->map, memory);
    *closed = (h2_closed){0};
}
