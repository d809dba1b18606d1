/* What instructions are compared with, and cases that are about instructions alone. */
#include "rows.h"
#include "stories.h"

#include <stdlib.h>

enum {
    STORIES = 400
};

/* Ordinary requests. */

/* Those of a browser, as the library's own encoder writes them. The coder and its lists live as long as the program. */
static void ordinary(octets *out, size_t number)
{
    static h2_hpack_encoder *encoder;
    static story *told;
    if (number == 0) {
        told = story_make(STORY_BROWSER, 1, STORIES);
        expect(h2_hpack_encoder_new(&encoder, 4096, H2_PROFILE_RFC, NULL) == H2_OK, "-", "an encoder");
    }
    const story_list *const list = &told->lists[number % STORIES];
    const size_t cap = h2_hpack_encode_bound(list->fields, list->count);
    uint8_t *const block = must_malloc(cap);
    size_t len = 0;
    expect(h2_hpack_encode(encoder, list->fields, list->count, block, cap, &len) == H2_OK, "-", "a block");
    put_block(out, odd(number), true, block, len);
    free(block);
}

static void answer(subject *s, const h2_event *event)
{
    static const h2_header response[] = {H2_HEADER(":status", "200")};
    if (event->type == H2_EVENT_STREAM_ENDED)
        (void)h2_send_headers(s->conn, event->stream_id, response, 1, true, NULL);
}

/* Windows. */

static void many_streams(h2_config *config, h2_setting *settings)
{
    settings[0] = (h2_setting){H2_SETTINGS_MAX_CONCURRENT_STREAMS, 20000};
    config->initial_settings_count = 1;
    config->limits.unsent_replies = UINT32_MAX;
}

static void open_many(subject *s, size_t count)
{
    octets out = {0};
    for (size_t i = 0; i < count; i++)
        put_request(&out, odd(i), false);
    (void)subject_feed(s, out.data, out.len);
    octets_free(&out);
}

static void open_100(subject *s)
{
    open_many(s, 100);
}

static void open_10000(subject *s)
{
    open_many(s, 10000);
}

static void flip(octets *out, size_t number)
{
    const h2_setting setting = {H2_SETTINGS_INITIAL_WINDOW_SIZE, number % 2 ? 65535 : 0x7fffffff};
    frame_settings(out, &setting, 1);
}

static void window_update(octets *out, size_t number)
{
    frame_window_update(out, number % 2 ? 1 : 0, 1);
}

/* Crumbs. */

static void put_crumbs(octets *out, size_t number, size_t count)
{
    octets block = {0};
    put_request_fields(&block);
    octets_put(&block,
               "\x60\x03"
               "a=b",
               5);
    octets_fill(&block, 0x80 | 62, count - 1);
    put_block(out, odd(number), true, block.data, block.len);
    octets_free(&block);
}

static void crumbs_90(octets *out, size_t number)
{
    put_crumbs(out, number, 90);
}

static void crumbs_900(octets *out, size_t number)
{
    put_crumbs(out, number, 900);
}

#define COMPARED PASSES, 0, NULL, ALL, ALL, ALL, 0, NULL

const row cost_rows[] = {
    {"-", "ordinary requests", H2_SERVER, NULL, NULL, answer, ordinary, STORIES, COMPARED},
    {"B3", "flips with 100 streams", H2_SERVER, many_streams, open_100, NULL, flip, 1000, COMPARED},
    {"B3", "flips with 10,000 streams", H2_SERVER, many_streams, open_10000, NULL, flip, 1000, COMPARED},
    {"B11", "updates with 100 streams", H2_SERVER, many_streams, open_100, NULL, window_update, 1000,
     COMPARED},
    {"B11", "updates with 10,000 streams", H2_SERVER, many_streams, open_10000, NULL, window_update, 1000,
     COMPARED},
    {"A3", "90 crumbs a request", H2_SERVER, NULL, NULL, answer, crumbs_90, 50, COMPARED},
    {"A3", "900 crumbs a request", H2_SERVER, NULL, NULL, answer, crumbs_900, 50, COMPARED},
};
const size_t cost_row_count = sizeof cost_rows / sizeof *cost_rows;
