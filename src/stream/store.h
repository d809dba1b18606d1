/* The streams that a connection holds: slots in one array, found through an id map, linked in order of
 * creation. Pointers to streams hold until the next one is added. Knows nothing of frames. */
#ifndef H2_STREAM_STORE_H
#define H2_STREAM_STORE_H

#include "base/attributes.h"
#include "base/idmap.h"
#include "stream/window.h"

#include <h2/states.h>

#define H2_NO_SLOT   UINT32_MAX
#define H2_NO_LENGTH UINT64_MAX

/* h2_stream.machine.flags, above those of the machine's own, which keeps them. */
enum {
    H2_STREAM_IS_HEAD = 16,     /* the method of the request is HEAD: the response has no body */
    H2_STREAM_IS_CONNECT = 32,  /* a tunnel unless it is refused: content-length says nothing */
    H2_STREAM_OUR_SIDE = 64,    /* we opened it */
    H2_STREAM_WAITS_PURGE = 128 /* closed, in the list of those to be forgotten */
};

/* Windows are kept as offsets from the connection's initial windows, so that a new INITIAL_WINDOW_SIZE costs
 * nothing however many streams there are. */
typedef struct h2_stream {
    uint32_t id;
    uint32_t older, newer; /* slots, in order of creation; a free slot's `newer` is the next free one */
    h2_stream_machine machine;
    int32_t outbound_offset;
    int32_t inbound_offset, inbound_max_offset;
    union {
        uint32_t processed;   /* as h2_window */
        uint32_t next_closed; /* slot: the next one to be forgotten */
    };
    uint64_t expected_length; /* content-length, or H2_NO_LENGTH */
    union {
        /* Until the machine has H2_STREAM_HEADERS_RECEIVED. */
        struct {
            uint32_t authority;     /* 1 + index of the connection's authorities, 0 is none */
            uint16_t informational; /* 1xx received, saturated */
        };
        uint64_t received_length; /* and then: octets of DATA */
    };
} h2_stream;

typedef struct h2_streams {
    h2_stream *slots;
    uint32_t capacity, free, oldest, newest, count;
    uint32_t last; /* found or added last, or another when that is gone; H2_NO_SLOT when there is none */
    h2_idmap map;
} h2_streams;

void h2_streams_init(h2_streams *streams, const void *seed);
void h2_streams_free(h2_streams *streams, h2_memory *memory);

static inline uint32_t h2_streams_slot(const h2_streams *streams, const h2_stream *stream)
{
    return (uint32_t)(stream - streams->slots);
}

/* NULL when there is none of that id. */
static inline h2_stream *h2_streams_look(const h2_streams *streams, uint32_t id)
{
    if (streams->count == 0) return NULL;
    const uint32_t slot = h2_idmap_find(&streams->map, streams->slots, sizeof *streams->slots, id);
    return slot == H2_IDMAP_NONE ? NULL : &streams->slots[slot];
}

/* As h2_streams_look. Most that are asked for are the one of the time before. */
static inline h2_stream *h2_streams_find(h2_streams *streams, uint32_t id)
{
    if (streams->last == H2_NO_SLOT) return NULL;
    h2_stream *const last = &streams->slots[streams->last];
    if (H2_USUAL(last->id == id)) return last;
    h2_stream *const stream = h2_streams_look(streams, id);
    if (stream != NULL) streams->last = h2_streams_slot(streams, stream);
    return stream;
}

static inline bool h2_streams_has_room(const h2_streams *streams)
{
    return streams->free != H2_NO_SLOT && h2_idmap_has_room(&streams->map);
}

/* Makes room for one more; false when there is no memory. Streams may move. */
bool h2_streams_reserve(h2_streams *streams, h2_memory *memory);

/* Adds an idle stream, newest; room was reserved, and there is none of that id. */
static inline h2_stream *h2_streams_add(h2_streams *streams, uint32_t id)
{
    const uint32_t slot = streams->free;
    h2_stream *const stream = &streams->slots[slot];
    streams->free = stream->newer;
    *stream =
        (h2_stream){.id = id, .older = streams->newest, .newer = H2_NO_SLOT, .expected_length = H2_NO_LENGTH};
    if (streams->newest == H2_NO_SLOT) {
        streams->oldest = slot;
    } else {
        streams->slots[streams->newest].newer = slot;
    }
    streams->newest = streams->last = slot;
    streams->count++;
    h2_idmap_insert(&streams->map, streams->slots, sizeof *streams->slots, slot);
    return stream;
}

static inline void h2_streams_remove(h2_streams *streams, h2_stream *stream)
{
    h2_idmap_remove(&streams->map, streams->slots, sizeof *streams->slots, stream->id);
    if (stream->older == H2_NO_SLOT) {
        streams->oldest = stream->newer;
    } else {
        streams->slots[stream->older].newer = stream->newer;
    }
    if (stream->newer == H2_NO_SLOT) {
        streams->newest = stream->older;
    } else {
        streams->slots[stream->newer].older = stream->older;
    }
    stream->newer = streams->free;
    streams->free = h2_streams_slot(streams, stream);
    if (streams->last == streams->free) streams->last = streams->newest;
    streams->count--;
}

/* Gives all memory back when no stream is held. */
void h2_streams_trim(h2_streams *streams, h2_memory *memory);

#endif
