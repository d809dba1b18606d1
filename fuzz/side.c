/* One side of a conversation under test. */
#include "side.h"

#include "event_text.h"
#include "http1.h"
#include "initialised.h"

#include <stdlib.h>
#include <string.h>

enum {
    /* What an idle connection may hold besides: HPACK tables of both directions with their indexes, memory of closed
     * streams, settings of unknown identifier, the last error. */
    IDLE_MORE = 40 * 1024
};

/* Configuration. */

static void small_limits(h2_limits *limits)
{
    *limits = (h2_limits){.header_fields = 12,
                          .continuations = 2,
                          .settings_entries = 3,
                          .unsent_replies = 5,
                          .output_frames = 12,
                          .output_control_octets = 300,
                          .resets_burst = 3,
                          .resets_per_second = 2,
                          .empty_data = 3,
                          .data_overhead = 1000,
                          .priority_per_stream = 2,
                          .informational_per_stream = 2,
                          .reserved_streams = 2,
                          .goaway_debug_octets = 3,
                          .encoder_table_size = 200};
}

static size_t choose_settings(unsigned local, h2_setting *settings)
{
    size_t count = 0;
    if (local & 1) settings[count++] = (h2_setting){H2_SETTINGS_HEADER_TABLE_SIZE, local & 128 ? 0 : 8192};
    if (local & 2) settings[count++] = (h2_setting){H2_SETTINGS_ENABLE_PUSH, 0};
    if (local & 4) settings[count++] = (h2_setting){H2_SETTINGS_MAX_CONCURRENT_STREAMS, 2};
    if (local & 8)
        settings[count++] = (h2_setting){H2_SETTINGS_INITIAL_WINDOW_SIZE, local & 64 ? 10 : 0x7fffffff};
    if (local & 16) settings[count++] = (h2_setting){H2_SETTINGS_MAX_FRAME_SIZE, 20000};
    if (local & 32) settings[count++] = (h2_setting){H2_SETTINGS_MAX_HEADER_LIST_SIZE, 300};
    if (local & 64) settings[count++] = (h2_setting){H2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1};
    return count;
}

void side_config(h2_config *config, h2_role role, const uint8_t options[FUZZ_OPTIONS], h2_setting *settings)
{
    const unsigned how = options[0];
    if (how & 1)
        h2_config_init_python(config, role);
    else
        h2_config_init(config, role);
    if (how & 2) config->validate_inbound_headers = false;
    if (how & 4) config->normalize_inbound_headers = false;
    if (how & 8) config->whole_data_frames = !config->whole_data_frames;
    if (how & 16) config->unknown_frames = !config->unknown_frames;
    if (how & 64) small_limits(&config->limits);
    config->limits.observe_only = (how & 32) != 0;
    config->initial_settings = settings;
    config->initial_settings_count = choose_settings(options[4], settings);
}

/* Life. */

/* May call nothing: what it calls is refused, and the conversation goes on as if it had not. */
static void log_line(void *arg, h2_log_level level, const char *line)
{
    side *const s = arg;
    CHECK(level == H2_LOG_DEBUG || level == H2_LOG_TRACE);
    CHECK(line[0] != 0 && strchr(line, '\n') == NULL);
    if (s->conn) CHECK(h2_ping(s->conn, (const uint8_t *)"callback") == H2_ERROR_ARGUMENT);
}

void side_open(side *s, const h2_config *config, const uint8_t *options)
{
    *s = (side){.strict = config->profile == H2_PROFILE_RFC, .options = options};
    counting_allocator_init(&s->memory);
    h2_config counted = *config;
    counted.allocator = &s->memory.base;
    counted.log = options[7] & 16 ? log_line : NULL;
    counted.log_arg = s;
    CHECK(h2_connection_new(&s->conn, &counted) == H2_OK);
    s->idle = h2_memory_used(s->conn);
    wire_open(&s->wire, config->role == H2_CLIENT, s->strict);
}

void side_close(side *s)
{
    h2_connection_free(s->conn);
    CHECK(s->lent == s->released);
    if (!counting_allocator_clean(&s->memory)) fuzz_fail(__FILE__, __LINE__, s->memory.complaint);
    wire_close(&s->wire);
    octets_free(&s->output);
    octets_free(&s->taken);
    octets_free(&s->events);
    octets_free(&s->data);
}

/* What happened. */

static void end_data(side *s)
{
    if (!s->data_open) return;
    octets_format(&s->events, "data %u flow %llu%s ", (unsigned)s->data_stream,
                  (unsigned long long)s->data_flow, s->data_ended ? " ended" : "");
    octets_quote(&s->events, s->data.data, s->data.len);
    octets_u8(&s->events, '\n');
    octets_clear(&s->data);
    s->data_open = s->data_ended = false;
    s->data_flow = 0;
}

/* Pieces of one stream's body that follow each other are one. */
static void note_data(side *s, const h2_event *event)
{
    if (s->data_open && s->data_stream != event->stream_id) end_data(s);
    s->data_open = true;
    s->data_stream = event->stream_id;
    s->data_flow += event->data.flow_controlled_length;
    s->data_ended = event->data.stream_ended;
    CHECK(event->data.len <= event->data.flow_controlled_length);
    octets_put(&s->data, event->data.bytes, event->data.len);
}

const octets *side_events(side *s)
{
    end_data(s);
    return &s->events;
}

static void note(side *s, const h2_event *event)
{
    CHECK(event->type > H2_EVENT_NONE && event->type <= H2_EVENT_UNKNOWN_FRAME_RECEIVED);
    wire_note(&s->wire, event);
    if (event->type == H2_EVENT_DATA_RECEIVED) {
        note_data(s, event);
    } else {
        end_data(s);
        event_text(&s->events, event);
    }
    if (s->strict && h2_connection_config(s->conn)->validate_inbound_headers) http1_judge(event);
}

/* Only a bound that was crossed, and counted, ends a connection so; where bounds are but counted, only a setting. */
static void check_denial(const side *s, const h2_error_info *error)
{
    const bool by_setting = strstr(error->message, "header list") != NULL;
    CHECK(by_setting || !h2_connection_config(s->conn)->limits.observe_only);
    CHECK(s->crossed > 0 || s->failing);
}

static void note_failure(side *s, h2_status status)
{
    const h2_error_info *const error = h2_last_error(s->conn);
    CHECK(status < 0 && status != H2_ERROR_ARGUMENT);
    CHECK(error->status == status);
    CHECK(status == H2_ERROR_NO_MEMORY ? s->failing : error->remote);
    CHECK(memchr(error->message, 0, sizeof error->message) != NULL);
    if (status == H2_ERROR_DENIAL_OF_SERVICE) check_denial(s, error);
    end_data(s);
    octets_format(&s->events, "failure %s %u %lld %s\n", h2_status_name(status), (unsigned)error->error_code,
                  (long long)error->stream_id, error->message);
    s->status = status;
}

bool side_feed(side *s, const uint8_t *data, size_t len)
{
    if (s->status < 0) return false;
    uint8_t *const exact = must_malloc(len); /* reading beyond it, or after it is gone, shows */
    if (len > 0) memcpy(exact, data, len);
    const uint8_t *at = exact;
    size_t left = len;
    h2_status status;
    for (;;) {
        h2_event event;
        const size_t before = left;
        status = h2_receive_data(s->conn, &at, &left, &event);
        CHECK(left <= before && at == exact + (len - left));
        side_check(s);
        if (status != H2_OK) break;
        note(s, &event);
        if (s->act) s->act(s, &event);
    }
    if (status == H2_NEED_DATA) CHECK(left == 0);
    if (status < 0) note_failure(s, status);
    free(exact);
    return status == H2_NEED_DATA;
}

void side_take(side *s, size_t most, bool by_peeking)
{
    const size_t pending = h2_output_pending(s->conn);
    size_t len = most < pending ? most : pending;
    if (by_peeking) {
        h2_iovec runs[3];
        const size_t shown = h2_output_peek(s->conn, runs, sizeof runs / sizeof *runs);
        size_t left = len;
        for (size_t i = 0; i < shown && left > 0; i++) {
            const size_t n = runs[i].len < left ? runs[i].len : left;
            octets_put(&s->taken, runs[i].base, n);
            left -= n;
        }
        len -= left;
        h2_output_consume(s->conn, len);
    } else {
        uint8_t *const out = must_malloc(len);
        CHECK(h2_data_to_send(s->conn, out, len) == len);
        octets_put(&s->taken, out, len);
        free(out);
    }
    CHECK(h2_output_pending(s->conn) == pending - len);
}

static void release(void *arg, const void *data, size_t len)
{
    side *const s = arg;
    (void)data;
    (void)len;
    s->released++;
    CHECK(s->released <= s->lent);
}

h2_status side_lend(side *s, uint32_t id, const void *data, size_t len, bool ends, int padding)
{
    s->lent++;
    const h2_status status = h2_send_data_ref(s->conn, id, data, len, ends, padding, release, s);
    if (status != H2_OK) s->lent--;
    CHECK(s->released <= s->lent);
    return status;
}

void side_drain(side *s)
{
    side_take(s, SIZE_MAX, false);
    CHECK(h2_output_pending(s->conn) == 0);
    CHECK(s->lent == s->released);
    must_be_initialised(s->taken.data, s->taken.len);
    wire_judge(&s->wire, s->taken.data, s->taken.len);
    /* What ended the connection may have been in force already. */
    if (!s->failing && s->status == H2_OK) wire_check_windows(&s->wire, s->conn);
    if (s->keep_output) octets_put(&s->output, s->taken.data, s->taken.len);
    octets_clear(&s->taken);
    side_check(s);
}

/* What must hold. */

static void check_windows(int64_t outbound, int64_t inbound)
{
    CHECK(outbound <= INT32_MAX && outbound >= -(int64_t)INT32_MAX - 1);
    CHECK(inbound <= INT32_MAX);
}

static void check_counters(side *s)
{
    h2_counters counters = {.size = sizeof counters};
    h2_counters_read(s->conn, &counters);
    uint64_t crossed = 0;
    for (size_t i = 0; i < sizeof counters.by_limit / sizeof *counters.by_limit; i++) {
        CHECK(counters.by_limit[i] == 0 || h2_limit_name(i) != NULL);
        crossed += counters.by_limit[i];
    }
    CHECK(crossed == counters.crossed && crossed >= s->crossed);
    s->crossed = crossed;
    CHECK(counters.held_memory == s->memory.live_octets);
}

void side_check(side *s)
{
    uint32_t inbound = 0, outbound = 0, id = 0;
    const bool client = h2_connection_config(s->conn)->role == H2_CLIENT;
    CHECK(h2_memory_used(s->conn) == s->memory.live_octets);
    CHECK(s->memory.wrong == 0);
    check_counters(s);
    while (h2_next_stream(s->conn, id, &id)) {
        h2_stream_info info = {.size = sizeof info};
        CHECK(h2_stream_get_info(s->conn, id, &info));
        check_windows(info.outbound_window, info.inbound_window);
        CHECK(!(info.open && info.closed));
        if (info.open) (id % 2 == (client ? 1U : 0U)) ? outbound++ : inbound++;
    }
    h2_connection_info info = {.size = sizeof info};
    h2_connection_get_info(s->conn, &info);
    check_windows(info.outbound_window, info.inbound_window);
    if (!s->strict) return; /* counting forgets closed streams there, which a test must not do by looking */
    CHECK(h2_open_inbound_streams(s->conn) == inbound);
    CHECK(h2_open_outbound_streams(s->conn) == outbound);
    uint32_t most;
    if (s->settled && h2_settings_get(h2_local_settings(s->conn), H2_SETTINGS_MAX_CONCURRENT_STREAMS, &most))
        CHECK(inbound <= most);
}

/* The RFC profile holds no stream that is closed, once its events are taken. */
static void check_forgotten(const side *s)
{
    for (uint32_t id = 0; s->strict && s->status == H2_OK && h2_next_stream(s->conn, id, &id);) {
        h2_stream_info info = {.size = sizeof info};
        CHECK(h2_stream_get_info(s->conn, id, &info) && !info.closed);
    }
}

void side_settle(side *s)
{
    uint32_t id;
    check_forgotten(s);
    for (unsigned rounds = 0; rounds < 100000 && h2_next_stream(s->conn, 0, &id); rounds++) {
        if (h2_reset_stream(s->conn, id, H2_CODE_CANCEL) != H2_OK) break;
        (void)h2_open_inbound_streams(s->conn); /* the Python profile forgets closed streams by this */
        (void)h2_open_outbound_streams(s->conn);
    }
    side_drain(s);
    h2_connection_trim(s->conn);
    const size_t held = h2_memory_used(s->conn);
    h2_connection_trim(s->conn);
    CHECK(h2_memory_used(s->conn) == held);
    side_check(s);
    if (h2_next_stream(s->conn, 0, &id)) return; /* the connection is closed: nothing may be reset any more */
    CHECK(held <= s->idle + IDLE_MORE);
}
