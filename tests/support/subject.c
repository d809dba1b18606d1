/* A connection that is attacked. */
#include "subject.h"

#include "frames.h"

#include <stdlib.h>
#include <string.h>

enum {
    PIECE = 64 * 1024
};

/* The meter. */

static void count(meter *m, size_t gone, size_t come)
{
    m->live = m->live - gone + come;
    if (m->live > m->peak) m->peak = m->live;
}

static void *allocate(void *arg, size_t size)
{
    void *const ptr = malloc(size);
    if (ptr) count(arg, 0, size);
    return ptr;
}

static void *reallocate(void *arg, void *ptr, size_t old_size, size_t new_size)
{
    void *const moved = realloc(ptr, new_size);
    if (moved) count(arg, old_size, new_size);
    return moved;
}

static void release(void *arg, void *ptr, size_t size)
{
    count(arg, size, 0);
    free(ptr);
}

/* Output. */

static void note_goaway(subject *s, const frame_view *f)
{
    const size_t len =
        f->length - 8 < sizeof s->goaway_debug - 1 ? f->length - 8 : sizeof s->goaway_debug - 1;
    s->goaway = true;
    s->goaway_code = f->payload[7];
    memcpy(s->goaway_debug, f->payload + 8, len);
    s->goaway_debug[len] = 0;
}

void subject_read(subject *s)
{
    uint8_t piece[4096];
    size_t len;
    while ((len = h2_data_to_send(s->conn, piece, sizeof piece)) > 0)
        octets_put(&s->tail, piece, len);
    const uint8_t *at = s->tail.data;
    size_t left = s->tail.len;
    if (!s->preface_skipped && left >= 24 && memcmp(at, "PRI ", 4) == 0) {
        at += 24;
        left -= 24;
    }
    s->preface_skipped = true;
    frame_view f;
    while (left > 0 && frame_next(&at, &left, &f)) {
        if (f.type < FRAME_TYPES) s->frames[f.type]++;
        if (f.type == FRAME_GOAWAY) note_goaway(s, &f);
        if (f.type == FRAME_RST_STREAM && f.payload[3] < CODES) s->resets_sent[f.payload[3]]++;
    }
    octets_clear(&s->tail);
}

/* Input. */

static size_t fields_of(const h2_event *event)
{
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
    case H2_EVENT_RESPONSE_RECEIVED:
    case H2_EVENT_TRAILERS_RECEIVED: return event->headers.count;
    default: return 0;
    }
}

static void note(subject *s, const h2_event *event)
{
    s->events[event->type]++;
    if (event->type == H2_EVENT_REQUEST_RECEIVED) s->last_request = event->stream_id;
    if (event->type == H2_EVENT_STREAM_RESET && !event->stream_reset.remote_reset &&
        event->stream_reset.error_code < CODES)
        s->resets[event->stream_reset.error_code]++;
    if (fields_of(event) > s->most_fields) s->most_fields = fields_of(event);
    if (s->act) s->act(s, event);
}

static bool feed_piece(subject *s, const uint8_t *data, size_t len)
{
    const uint8_t *at = data;
    size_t left = len;
    for (;;) {
        h2_event event;
        const h2_status status = h2_receive_data(s->conn, &at, &left, &event);
        if (status == H2_OK) note(s, &event);
        if (s->manner.reads && h2_output_pending(s->conn) > 0) subject_read(s);
        if (status == H2_OK) continue;
        s->consumed += len - left;
        if (status == H2_NEED_DATA) return true;
        s->status = status;
        memcpy(s->message, h2_last_error(s->conn)->message, sizeof s->message);
        return false;
    }
}

bool subject_feed(subject *s, const uint8_t *data, size_t len)
{
    const size_t most = s->manner.octets ? 1 : PIECE;
    while (len > 0 && s->status >= 0) {
        const size_t n = len < most ? len : most;
        if (!feed_piece(s, data, n)) return false;
        data += n;
        len -= n;
    }
    return s->status >= 0;
}

__attribute__((noinline)) bool subject_attack(subject *s, const uint8_t *data, size_t len)
{
    return subject_feed(s, data, len);
}

/* Life. */

void subject_open(subject *s, h2_role role, configure *setup, manner how)
{
    *s = (subject){.manner = {.reads = true}};
    s->meter.base = (h2_allocator){allocate, reallocate, release, &s->meter};
    h2_config config;
    h2_setting settings[8];
    h2_config_init(&config, role);
    config.allocator = &s->meter.base;
    config.initial_settings = settings;
    if (setup) setup(&config, settings);
    if (h2_connection_new(&s->conn, &config) != H2_OK) abort();
    if (h2_initiate_connection(s->conn) != H2_OK) abort();
    octets first = {0};
    if (role == H2_SERVER) frame_preface(&first);
    frame_settings(&first, NULL, 0);
    frame_settings_ack(&first);
    (void)subject_feed(s, first.data, first.len);
    octets_free(&first);
    subject_read(s);
    s->manner = how;
    s->consumed = 0;
    memset(s->events, 0, sizeof s->events);
    memset(s->frames, 0, sizeof s->frames);
    s->idle = s->meter.live;
    s->meter.peak = s->meter.live;
}

void subject_close(subject *s)
{
    h2_connection_free(s->conn);
    if (s->meter.live != 0) abort();
    octets_free(&s->tail);
}

size_t subject_peak(const subject *s)
{
    return s->meter.peak - s->idle;
}

uint64_t subject_crossed(const subject *s, const char *name)
{
    h2_counters counters = {.size = sizeof counters};
    h2_counters_read(s->conn, &counters);
    for (size_t i = 0; h2_limit_name(i) != NULL; i++)
        if (strcmp(h2_limit_name(i), name) == 0) return counters.by_limit[i];
    abort();
}
