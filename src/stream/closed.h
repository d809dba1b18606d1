/* How streams were closed that are gone (RFC 9113 section 5.1, "closed"), in bounded memory: two bits a
 * stream, in pages of 32 neighbours of one parity, the oldest page forgotten first. */
#ifndef H2_STREAM_CLOSED_H
#define H2_STREAM_CLOSED_H

#include "base/attributes.h"
#include "base/idmap.h"

#include <h2/states.h>

typedef struct h2_closed_page {
    uint32_t key;
    uint32_t known_high; /* two bits for each of 32 streams */
    uint32_t known_low;
} h2_closed_page;

typedef struct h2_closed {
    h2_closed_page *pages; /* a ring once it is full */
    uint32_t count, capacity, oldest;
    uint32_t last; /* added last */
    h2_idmap map;
} h2_closed;

enum {
    H2_CLOSED_PER_PAGE = 32
};

/* Neighbours in one page have one parity, since a side's identifiers go up by two. */
static inline uint32_t h2_closed_key(uint32_t id)
{
    return (id >> 6 << 1 | (id & 1)) + 1;
}

/* Most streams that are asked about are in the page added last. */
static inline bool h2_closed_is_last(const h2_closed *closed, uint32_t id)
{
    return H2_USUAL(closed->last < closed->count && closed->pages[closed->last].key == h2_closed_key(id));
}

/* For h2_closed_reserve, where the stream is not in the page added last. */
bool h2_closed_reserve_page(h2_closed *closed, h2_memory *memory, uint32_t id, uint32_t most);

/* Makes room to remember a stream without fail, in place of the oldest page when `most` pages are held. */
static inline bool h2_closed_reserve(h2_closed *closed, h2_memory *memory, uint32_t id, uint32_t most)
{
    return h2_closed_is_last(closed, id) || h2_closed_reserve_page(closed, memory, id, most);
}

static inline uint32_t h2_closed_bit(uint32_t id)
{
    return UINT32_C(1) << (id >> 1 & (H2_CLOSED_PER_PAGE - 1));
}

/* For h2_closed_put: the stream's page, in which it has two bits. */
static inline void h2_closed_note(h2_closed_page *page, uint32_t id, h2_closed_by by)
{
    const uint32_t bit = h2_closed_bit(id);
    const bool high = by == H2_CLOSED_BY_SEND_RST_STREAM || by == H2_CLOSED_BY_RECV_RST_STREAM;
    const bool low = by != H2_CLOSED_BY_SEND_RST_STREAM;
    page->known_high = high ? page->known_high | bit : page->known_high & ~bit;
    page->known_low = low ? page->known_low | bit : page->known_low & ~bit;
}

/* For h2_closed_put, where the stream is not in the page added last. */
void h2_closed_put_elsewhere(h2_closed *closed, uint32_t id, h2_closed_by by);

/* Remembers a stream, or changes what is known of it; room was reserved (if its page is gone since, it takes the
 * oldest page's place). Ids of streams that closed by neither RST_STREAM nor END_STREAM are not remembered. */
static inline void h2_closed_put(h2_closed *closed, uint32_t id, h2_closed_by by)
{
    if (by == H2_CLOSED_BY_NONE) return;
    if (h2_closed_is_last(closed, id))
        h2_closed_note(&closed->pages[closed->last], id, by);
    else
        h2_closed_put_elsewhere(closed, id, by);
}

/* H2_CLOSED_BY_NONE when nothing is known. Which side ended last is not kept: H2_CLOSED_BY_RECV_END_STREAM.
 */
h2_closed_by h2_closed_get(const h2_closed *closed, uint32_t id);

void h2_closed_free(h2_closed *closed, h2_memory *memory);

#endif
