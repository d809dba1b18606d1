/* Judges what a connection puts out (RFC 9113 sections 4 and 6). */
#include "wire.h"

#include "frames.h"

#include <string.h>

#ifdef HAVE_NGHTTP2
#include <nghttp2/nghttp2.h>
#endif

enum {
    TABLE_MOST = 1 << 20,
    INITIAL_WINDOW = 65535
};

void wire_open(wire *w, bool client, bool strict)
{
    *w = (wire){.client = client,
                .strict = strict,
                .preface_left = client ? 24 : 0,
                .greatest_frame = 16384,
                .greatest_table = 4096,
                .connection_window = INITIAL_WINDOW,
                .initial = INITIAL_WINDOW,
                .greatest_initial = INITIAL_WINDOW};
    CHECK(h2_hpack_decoder_new(&w->decoder, 4096, UINT32_MAX, NULL) == H2_OK);
#ifdef HAVE_NGHTTP2
    nghttp2_hd_inflater *second;
    CHECK(nghttp2_hd_inflate_new(&second) == 0);
    w->second = second;
#endif
}

void wire_close(wire *w)
{
    h2_hpack_decoder_free(w->decoder);
#ifdef HAVE_NGHTTP2
    nghttp2_hd_inflate_del(w->second);
#endif
    octets_free(&w->block);
}

static void set_initial(wire *w, uint32_t value)
{
    w->initial = value;
    if (w->initial > w->greatest_initial) w->greatest_initial = w->initial;
}

void wire_note(wire *w, const h2_event *event)
{
    if (event->type == H2_EVENT_WINDOW_UPDATED && event->stream_id == 0)
        w->connection_window += event->window_updated.delta;
    else if (event->type == H2_EVENT_WINDOW_UPDATED && event->stream_id < WIRE_STREAMS)
        w->moved[event->stream_id] += event->window_updated.delta;
    if (event->type == H2_EVENT_CONNECTION_TERMINATED && !w->strict) w->lost = true;
    if (event->type != H2_EVENT_REMOTE_SETTINGS_CHANGED) return;
    uint32_t table = UINT32_MAX;
    for (size_t i = 0; i < event->settings.count; i++) {
        const h2_changed_setting *const changed = &event->settings.changed[i];
        if (changed->id == H2_SETTINGS_MAX_FRAME_SIZE && changed->new_value > w->greatest_frame)
            w->greatest_frame = changed->new_value;
        if (changed->id == H2_SETTINGS_HEADER_TABLE_SIZE)
            table = changed->new_value < TABLE_MOST ? changed->new_value : TABLE_MOST;
        if (changed->id == H2_SETTINGS_INITIAL_WINDOW_SIZE) set_initial(w, changed->new_value);
    }
    w->tables[w->tables_last++ % WIRE_SETTINGS] = table;
    CHECK(w->tables_last - w->tables_first <= WIRE_SETTINGS || !w->strict);
}

/* Header blocks. */

#ifdef HAVE_NGHTTP2
static void compare_second(wire *w, const h2_header *fields, size_t count)
{
    const uint8_t *at = w->block.data;
    size_t left = w->block.len, seen = 0;
    for (;;) {
        nghttp2_nv nv;
        int flags = 0;
        const ssize_t used = nghttp2_hd_inflate_hd2(w->second, &nv, &flags, at, left, 1);
        CHECK(used >= 0);
        at += used;
        left -= (size_t)used;
        if (flags & NGHTTP2_HD_INFLATE_EMIT) {
            CHECK(seen < count);
            CHECK(nv.namelen == fields[seen].name_len && nv.valuelen == fields[seen].value_len);
            CHECK(nv.namelen == 0 || memcmp(nv.name, fields[seen].name, nv.namelen) == 0);
            CHECK(nv.valuelen == 0 || memcmp(nv.value, fields[seen].value, nv.valuelen) == 0);
            CHECK(!(nv.flags & NGHTTP2_NV_FLAG_NO_INDEX) == !(fields[seen].flags & H2_HEADER_NEVER_INDEX));
            seen++;
        }
        if (flags & NGHTTP2_HD_INFLATE_FINAL) break;
        CHECK(left > 0 || (flags & NGHTTP2_HD_INFLATE_EMIT));
    }
    nghttp2_hd_inflate_end_headers(w->second);
    CHECK(left == 0 && seen == count);
}
#endif

static void end_block(wire *w)
{
    const h2_header *fields;
    size_t count;
    CHECK(h2_hpack_decode(w->decoder, w->block.data, w->block.len, &fields, &count) == H2_OK);
#ifdef HAVE_NGHTTP2
    compare_second(w, fields, count);
#endif
    w->open_block = 0;
    octets_clear(&w->block);
}

static void set_table(wire *w, uint32_t told)
{
    uint32_t size = told;
    /* Python's hpack announces each size on the way to the last. */
    if (!w->strict && size < w->greatest_table) size = w->greatest_table;
    w->greatest_table = size;
    CHECK(h2_hpack_decoder_set_max_table_size(w->decoder, size) == H2_OK);
#ifdef HAVE_NGHTTP2
    CHECK(nghttp2_hd_inflate_change_table_size(w->second, size) == 0);
#endif
}

/* Our acknowledgement of the peer's SETTINGS: its table size binds the blocks that follow. */
static void take_table(wire *w)
{
    CHECK(w->tables_first < w->tables_last);
    const uint32_t told = w->tables[w->tables_first++ % WIRE_SETTINGS];
    if (told != UINT32_MAX) set_table(w, told);
}

void wire_upgraded(wire *w, const h2_settings *remote)
{
    uint32_t value;
    if (h2_settings_get(remote, H2_SETTINGS_MAX_FRAME_SIZE, &value)) w->greatest_frame = value;
    if (h2_settings_get(remote, H2_SETTINGS_INITIAL_WINDOW_SIZE, &value)) set_initial(w, value);
    if (h2_settings_get(remote, H2_SETTINGS_HEADER_TABLE_SIZE, &value))
        set_table(w, value < TABLE_MOST ? value : TABLE_MOST);
}

/* Frames. */

static bool is_reset(const wire *w, uint32_t id)
{
    for (size_t i = 0; i < w->resets && i < WIRE_RESETS; i++)
        if (w->reset[i] == id) return true;
    return false;
}

static void judge_stream_id(const wire *w, const frame_view *f)
{
    CHECK(!(f->stream_id & 0x80000000));
    switch (f->type) {
    case FRAME_SETTINGS:
    case FRAME_PING:
    case FRAME_GOAWAY: CHECK(f->stream_id == 0); break;
    case FRAME_WINDOW_UPDATE:
    case FRAME_ALTSVC: break;
    default: CHECK(f->stream_id != 0); break;
    }
    if (w->strict && f->type != FRAME_PRIORITY && f->stream_id != 0) CHECK(!is_reset(w, f->stream_id));
}

static void judge_length(const wire *w, const frame_view *f)
{
    CHECK(f->length <= w->greatest_frame || w->loose);
    switch (f->type) {
    case FRAME_PRIORITY: CHECK(f->length == 5); break;
    case FRAME_RST_STREAM:
    case FRAME_WINDOW_UPDATE: CHECK(f->length == 4); break;
    case FRAME_SETTINGS: CHECK(f->length % 6 == 0 && (!(f->flags & FLAG_ACK) || f->length == 0)); break;
    case FRAME_PING: CHECK(f->length == 8); break;
    case FRAME_GOAWAY: CHECK(f->length >= 8); break;
    default: CHECK(f->type <= FRAME_ALTSVC); break;
    }
}

static uint32_t get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static void judge_block_frame(wire *w, const frame_view *f)
{
    size_t skip = f->type == FRAME_HEADERS && (f->flags & FLAG_PRIORITY) ? 5 : 0;
    CHECK(!(f->flags & FLAG_PADDED));
    if (f->type == FRAME_PUSH_PROMISE) {
        const uint32_t promised = get32(f->payload);
        CHECK(!w->client && promised % 2 == 0 && promised > w->highest_promise);
        w->highest_promise = promised;
        skip = 4;
    }
    if (f->type == FRAME_HEADERS && w->client && w->strict) CHECK(f->stream_id % 2 == 1);
    CHECK(f->length >= skip);
    octets_put(&w->block, f->payload + skip, f->length - skip);
    w->open_block = f->stream_id;
    if (f->flags & FLAG_END_HEADERS) end_block(w);
}

static void judge_data(wire *w, const frame_view *f)
{
    if (f->flags & FLAG_PADDED) CHECK(f->length > f->payload[0]);
    w->connection_window -= f->length;
    if (f->stream_id < WIRE_STREAMS) w->moved[f->stream_id] -= f->length;
    if (f->length == 0 || w->loose) return;
    CHECK(w->connection_window >= 0);
    if (f->stream_id < WIRE_STREAMS) CHECK(w->greatest_initial + w->moved[f->stream_id] >= 0);
}

void wire_check_windows(const wire *w, const h2_connection *conn)
{
    h2_connection_info all = {.size = sizeof all};
    if (w->lost || w->loose) return;
    h2_connection_get_info(conn, &all);
    CHECK(all.outbound_window == w->connection_window);
    for (uint32_t id = 0; h2_next_stream(conn, id, &id);) {
        h2_stream_info one = {.size = sizeof one};
        CHECK(h2_stream_get_info(conn, id, &one));
        if (id < WIRE_STREAMS && one.open) CHECK(one.outbound_window == w->initial + w->moved[id]);
    }
}

static void judge_goaway(wire *w, const frame_view *f)
{
    const uint32_t last = get32(f->payload);
    if (w->strict && w->goaway) CHECK(last <= w->goaway_last);
    w->goaway = true;
    w->goaway_last = last;
}

static void judge_frame(wire *w, const frame_view *f)
{
    judge_stream_id(w, f);
    judge_length(w, f);
    if (w->open_block != 0) CHECK(f->type == FRAME_CONTINUATION && f->stream_id == w->open_block);
    switch (f->type) {
    case FRAME_DATA: judge_data(w, f); break;
    case FRAME_HEADERS:
    case FRAME_PUSH_PROMISE: judge_block_frame(w, f); break;
    case FRAME_CONTINUATION:
        CHECK(w->open_block != 0);
        judge_block_frame(w, f);
        break;
    case FRAME_RST_STREAM: w->reset[w->resets++ % WIRE_RESETS] = f->stream_id; break;
    case FRAME_SETTINGS:
        if (f->flags & FLAG_ACK) take_table(w);
        break;
    case FRAME_WINDOW_UPDATE: CHECK(get32(f->payload) >= 1 && get32(f->payload) <= 0x7fffffff); break;
    case FRAME_GOAWAY: judge_goaway(w, f); break;
    default: break;
    }
}

void wire_judge(wire *w, const uint8_t *data, size_t len)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const bool begins = len >= 24 && memcmp(data, preface, 24) == 0;
    if (w->preface_left > 0 && len > 0 && (begins || !w->lost)) {
        CHECK(begins);
        w->preface_left = 0;
        data += 24;
        len -= 24;
    }
    frame_view f;
    while (frame_next(&data, &len, &f)) {
        if (w->lost)
            judge_length(w, &f);
        else
            judge_frame(w, &f);
    }
    CHECK(len == 0);
    CHECK(w->open_block == 0 || w->lost);
    w->greatest_initial = w->initial;
}
