/* libnghttp2 as one side of a conversation: what the driver asks for. What it reports is in cv_ng_heard.c. */
#include "cv_ng.h"

#include <stdlib.h>
#include <string.h>

static ng *state_of(cv_side *side)
{
    return side->state;
}

static nghttp2_nv *name_values(cv *c, cv_list list)
{
    nghttp2_nv *const out = cv_alloc(c, (list.count + 1) * sizeof *out);
    for (size_t i = 0; i < list.count; i++) {
        const h2_header *const f = &list.fields[i];
        out[i] = (nghttp2_nv){
            (uint8_t *)(uintptr_t)f->name, (uint8_t *)(uintptr_t)f->value, f->name_len, f->value_len,
            f->flags & H2_HEADER_NEVER_INDEX ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE};
    }
    return out;
}

/* Life. */

static nghttp2_option *make_option(cv *c, const cv_side *side, bool manual)
{
    nghttp2_option *option;
    if (nghttp2_option_new(&option) != 0) abort();
    nghttp2_option_set_no_auto_window_update(option, manual);
    if (side->client) nghttp2_option_set_builtin_recv_extension_type(option, NGHTTP2_ALTSVC);
    if (cv_chance(c, 30)) nghttp2_option_set_max_deflate_dynamic_table_size(option, 65536);
    return option;
}

/* Python's h2 writes every HPACK table size that it was asked for in front of the next block, the larger before
 * the smaller too, which the decoder has to refuse; sizes that only grow it gets right. */
static uint32_t growing_table(ng *state, uint32_t value)
{
    if (state->table_asked && value <= state->table_size) value = state->table_size + 1;
    state->table_asked = true;
    state->table_size = value;
    return value;
}

/* Three things that libnghttp2 1.52 does not survive: a client's settings in an Upgrade that allow more than the
 * defaults, because it goes by the defaults until they are acknowledged; windows lowered under what it holds where it opens
 * them by itself, so there they only grow; and fewer pushed streams while there are pushes, because the DATA of
 * one that it refuses ends its connection. */
static uint32_t bearable(cv_side *side, const h2_setting *setting)
{
    ng *const state = side->state;
    if (side->client && side->cv->upgrade && !side->started) {
        if (setting->id == NGHTTP2_SETTINGS_HEADER_TABLE_SIZE) return growing_table(state, 4096);
        if (setting->id == NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE) return 65535;
        if (setting->id == NGHTTP2_SETTINGS_MAX_FRAME_SIZE) return 16384;
    }
    if (setting->id == NGHTTP2_SETTINGS_HEADER_TABLE_SIZE && side->cv->options.profile == H2_PROFILE_PYTHON)
        return growing_table(state, setting->value);
    if (setting->id == NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS && side->client && side->cv->allow_push)
        return 100;
    if (setting->id != NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE || state->manual) return setting->value;
    if (setting->value > state->least_window) state->least_window = setting->value;
    return state->least_window;
}

/* The same setting twice in a frame: the last value holds, but a smaller table in between has to be shrunk to
 * (RFC 7541 section 4.2). */
static size_t repeat_setting(cv_side *side, nghttp2_settings_entry *entries, size_t count)
{
    cv *const c = side->cv;
    if (c->options.profile != H2_PROFILE_RFC || c->upgrade || count == 0 || !cv_chance(c, 10)) return count;
    entries[count] = entries[0];
    if (entries[0].settings_id == NGHTTP2_SETTINGS_HEADER_TABLE_SIZE)
        entries[count].value = cv_random(c, 8192);
    return count + 1;
}

static void settings_entries(cv_side *side, const h2_setting *settings, size_t count,
                             nghttp2_settings_entry *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (nghttp2_settings_entry){settings[i].id, bearable(side, &settings[i])};
}

static void start_upgraded(cv_side *side, nghttp2_session *session, const nghttp2_settings_entry *entries,
                           size_t count)
{
    cv *const c = side->cv;
    if (side->client) {
        const ssize_t len =
            nghttp2_pack_settings_payload(c->upgrade_payload, sizeof c->upgrade_payload, entries, count);
        c->upgrade_len = len < 0 ? 0 : (size_t)len;
    }
    state_of(side)->upgrading = true;
    if (nghttp2_session_upgrade2(session, c->upgrade_payload, c->upgrade_len, 0, NULL) != 0)
        cv_fail(c, "libnghttp2 refuses the upgrade");
    state_of(side)->upgrading = false;
    if (!side->client) nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries, count);
}

static void ng_start(cv_side *side)
{
    cv *const c = side->cv;
    ng *const state = cv_alloc(c, sizeof *state);
    memset(state, 0, sizeof *state);
    side->state = state;
    state->manual = cv_chance(c, 50);
    state->least_window = 65535;
    nghttp2_option *const option = make_option(c, side, state->manual);
    const nghttp2_session_callbacks *const callbacks = cv_ng_callbacks();
    const int failed = side->client ? nghttp2_session_client_new2(&state->session, callbacks, side, option)
                                    : nghttp2_session_server_new2(&state->session, callbacks, side, option);
    nghttp2_option_del(option);
    if (failed != 0) abort();
    h2_setting settings[CV_SETTINGS];
    nghttp2_settings_entry entries[CV_SETTINGS + 1];
    size_t count = 0;
    if (cv_chance(c, 60)) cv_random_settings(c, side, settings, &count, true);
    settings_entries(side, settings, count, entries);
    count = repeat_setting(side, entries, count);
    if (c->upgrade)
        start_upgraded(side, state->session, entries, count);
    else
        nghttp2_submit_settings(state->session, NGHTTP2_FLAG_NONE, entries, count);
    side->unacknowledged_settings++;
    side->started = true;
}

static void ng_stop(cv_side *side)
{
    if (side->state != NULL) nghttp2_session_del(state_of(side)->session);
    side->state = NULL;
}

static void ng_pull(cv_side *side, bool all)
{
    cv *const c = side->cv;
    for (;;) {
        const uint8_t *octets;
        const ssize_t len = nghttp2_session_mem_send(state_of(side)->session, &octets);
        if (len < 0) cv_fail(c, "libnghttp2 fails to send: %s", nghttp2_strerror((int)len));
        if (len <= 0 || c->failed) return;
        cv_wire_output(c, side, octets, (size_t)len);
        if (!all && cv_chance(c, 25)) return;
    }
}

static void ng_feed(cv_side *side, const uint8_t *octets, size_t len)
{
    cv *const c = side->cv;
    nghttp2_session *const session = state_of(side)->session;
    if (!nghttp2_session_want_read(session)) side->closed = true;
    if (side->closed) return;
    const ssize_t done = nghttp2_session_mem_recv(session, octets, len);
    if (done < 0) cv_fail(c, "libnghttp2 refuses what it received: %s", nghttp2_strerror((int)done));
    if (!nghttp2_session_want_read(session)) side->closed = true;
}

/* Acts. */

static bool ng_may_request(cv_side *side)
{
    side->next_id = nghttp2_session_get_next_stream_id(state_of(side)->session);
    return nghttp2_session_check_request_allowed(state_of(side)->session);
}

static bool ng_send_block(cv_side *side, cv_stream *stream, cv_block block, cv_list list, bool end,
                          const h2_priority *priority)
{
    cv *const c = side->cv;
    cv_half *const half = &stream->half[side->index];
    const uint8_t flags = end ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE;
    nghttp2_priority_spec spec;
    if (priority != NULL)
        nghttp2_priority_spec_init(&spec, (int32_t)priority->depends_on, priority->weight,
                                   priority->exclusive);
    const int32_t id = block == CV_REQUEST ? -1 : (int32_t)stream->id;
    const int32_t result =
        nghttp2_submit_headers(state_of(side)->session, flags, id, priority == NULL ? NULL : &spec,
                               name_values(c, list), list.count, NULL);
    if (result < 0) {
        cv_fail(c, "libnghttp2 refuses fields on stream %u: %s", stream->id, nghttp2_strerror(result));
        return false;
    }
    if (block == CV_REQUEST) {
        stream->id = (uint32_t)result;
        half->pending = true;
    }
    half->busy = true;
    half->list = list;
    half->block = block;
    half->list_ends = end;
    return true;
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t room, uint32_t *flags,
                         nghttp2_data_source *source, void *user)
{
    (void)session;
    (void)source;
    cv_side *const side = user;
    cv_stream *const stream = cv_stream_find(side->cv, (uint32_t)id);
    cv_half *const half = &stream->half[side->index];
    const size_t len = half->chunk_left < room ? half->chunk_left : room;
    cv_pattern_fill(stream, side->index, half->body_sent, out, len);
    half->body_sent += len;
    half->chunk_left -= len;
    if (half->chunk_left == 0) *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (half->chunk_left == 0 && !half->chunk_ends) *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
    return (ssize_t)len;
}

static bool ng_send_data(cv_side *side, cv_stream *stream, size_t len, bool end, int pad)
{
    (void)pad; /* the padding callback decides */
    cv_half *const half = &stream->half[side->index];
    half->chunk_left = len;
    half->chunk_ends = end;
    half->busy = true;
    nghttp2_data_provider provider = {.source = {.ptr = NULL}, .read_callback = read_body};
    const uint8_t flags = end ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE;
    const int failed = nghttp2_submit_data(state_of(side)->session, flags, (int32_t)stream->id, &provider);
    if (failed != 0)
        cv_fail(side->cv, "libnghttp2 refuses DATA on stream %u: %s", stream->id, nghttp2_strerror(failed));
    return failed == 0;
}

static bool ng_end_stream(cv_side *side, cv_stream *stream)
{
    return ng_send_data(side, stream, 0, true, -1);
}

static bool ng_reset(cv_side *side, cv_stream *stream, uint32_t code)
{
    stream->half[side->index].reset_asked = true;
    if (nghttp2_submit_rst_stream(state_of(side)->session, NGHTTP2_FLAG_NONE, (int32_t)stream->id, code) != 0)
        return false;
    ng_pull(side, true); /* it counts the stream as open until this has gone */
    return true;
}

static bool ng_ping(cv_side *side, const uint8_t data[8])
{
    return nghttp2_submit_ping(state_of(side)->session, NGHTTP2_FLAG_NONE, data) == 0;
}

static bool ng_prioritize(cv_side *side, uint32_t id, const h2_priority *priority)
{
    nghttp2_priority_spec spec;
    nghttp2_priority_spec_init(&spec, (int32_t)priority->depends_on, priority->weight, priority->exclusive);
    return nghttp2_submit_priority(state_of(side)->session, NGHTTP2_FLAG_NONE, (int32_t)id, &spec) == 0;
}

static bool ng_settings(cv_side *side, const h2_setting *settings, size_t count)
{
    nghttp2_settings_entry entries[CV_SETTINGS + 1];
    settings_entries(side, settings, count, entries);
    count = repeat_setting(side, entries, count);
    if (nghttp2_submit_settings(state_of(side)->session, NGHTTP2_FLAG_NONE, entries, count) != 0) {
        cv_fail(side->cv, "libnghttp2 refuses SETTINGS");
        return false;
    }
    side->unacknowledged_settings++;
    return true;
}

static bool ng_window(cv_side *side, uint32_t id, uint32_t increment)
{
    return nghttp2_submit_window_update(state_of(side)->session, NGHTTP2_FLAG_NONE, (int32_t)id,
                                        (int32_t)increment) == 0;
}

static bool ng_push(cv_side *side, cv_stream *parent, cv_stream *promised, cv_list list)
{
    cv *const c = side->cv;
    uint32_t allowed = 0;
    if (!side->engine->setting(side, false, H2_SETTINGS_ENABLE_PUSH, &allowed) || allowed == 0) return false;
    const int32_t id =
        nghttp2_submit_push_promise(state_of(side)->session, NGHTTP2_FLAG_NONE, (int32_t)parent->id,
                                    name_values(c, list), list.count, NULL);
    if (id < 0) return false;
    cv_half *const half = &promised->half[side->index];
    promised->id = (uint32_t)id;
    half->busy = half->pending = true;
    half->list = list;
    half->block = CV_PROMISE;
    return true;
}

static bool ng_altsvc(cv_side *side, cv_stream *stream, const char *origin, const char *value)
{
    const size_t origin_len = origin == NULL ? 0 : strlen(origin);
    return nghttp2_submit_altsvc(state_of(side)->session, NGHTTP2_FLAG_NONE,
                                 stream == NULL ? 0 : (int32_t)stream->id, (const uint8_t *)origin,
                                 origin_len, (const uint8_t *)value, strlen(value)) == 0;
}

static bool ng_consume(cv_side *side, cv_stream *stream, size_t octets)
{
    if (!state_of(side)->manual) return true;
    const int failed = nghttp2_session_consume(state_of(side)->session, (int32_t)stream->id, octets);
    if (failed != 0) cv_fail(side->cv, "libnghttp2 refuses to consume: %s", nghttp2_strerror(failed));
    return failed == 0;
}

static bool ng_goaway(cv_side *side, uint32_t code, const char *debug)
{
    ng *const state = state_of(side);
    state->goaways_asked++;
    side->goaway_sent = true;
    const int32_t processed = nghttp2_session_get_last_proc_stream_id(state->session);
    const bool named = state->goaway_named && state->goaway_last < processed;
    const int32_t last = named ? state->goaway_last : processed;
    state->goaway_named = true;
    state->goaway_last = last;
    return nghttp2_submit_goaway(state->session, NGHTTP2_FLAG_NONE, last, code, (const uint8_t *)debug,
                                 strlen(debug)) == 0;
}

static bool ng_shutdown(cv_side *side)
{
    ng *const state = state_of(side);
    if (side->client) return false;
    state->goaways_asked++;
    return nghttp2_submit_shutdown_notice(state->session) == 0;
}

/* Views. */

static int ng_stream_state(cv_side *side, uint32_t id)
{
    nghttp2_stream *const stream = nghttp2_session_find_stream(state_of(side)->session, (int32_t)id);
    if (stream == NULL) return H2_STREAM_CLOSED;
    switch (nghttp2_stream_get_state(stream)) {
    case NGHTTP2_STREAM_STATE_IDLE: return H2_STREAM_IDLE;
    case NGHTTP2_STREAM_STATE_OPEN: return H2_STREAM_OPEN;
    case NGHTTP2_STREAM_STATE_RESERVED_LOCAL: return H2_STREAM_RESERVED_LOCAL;
    case NGHTTP2_STREAM_STATE_RESERVED_REMOTE: return H2_STREAM_RESERVED_REMOTE;
    case NGHTTP2_STREAM_STATE_HALF_CLOSED_LOCAL: return H2_STREAM_HALF_CLOSED_LOCAL;
    case NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE: return H2_STREAM_HALF_CLOSED_REMOTE;
    default: return H2_STREAM_CLOSED;
    }
}

static int64_t ng_send_window(cv_side *side, uint32_t id)
{
    nghttp2_session *const session = state_of(side)->session;
    if (id == 0) return nghttp2_session_get_remote_window_size(session);
    return nghttp2_session_get_stream_remote_window_size(session, (int32_t)id);
}

static int64_t ng_receive_window(cv_side *side, uint32_t id)
{
    nghttp2_session *const session = state_of(side)->session;
    if (id == 0) return nghttp2_session_get_local_window_size(session);
    return nghttp2_session_get_stream_local_window_size(session, (int32_t)id);
}

static bool ng_counts_received(cv_side *side)
{
    return !state_of(side)->manual && !side->in->goaway_seen && !side->out->goaway_seen;
}

static bool ng_setting(cv_side *side, bool local, uint16_t id, uint32_t *value)
{
    nghttp2_session *const session = state_of(side)->session;
    *value = local ? nghttp2_session_get_local_settings(session, (nghttp2_settings_id)id)
                   : nghttp2_session_get_remote_settings(session, (nghttp2_settings_id)id);
    return true;
}

static unsigned ng_open_streams(cv_side *side, bool inbound)
{
    unsigned count = 0;
    const uint32_t own = side->client ? 1 : 0;
    for (size_t i = 0; i < side->cv->stream_count; i++) {
        const uint32_t id = side->cv->streams[i].id;
        if (id == 0 || (id % 2 == own) == inbound) continue;
        const int state = ng_stream_state(side, id);
        count += state == H2_STREAM_OPEN || state == H2_STREAM_HALF_CLOSED_LOCAL ||
                 state == H2_STREAM_HALF_CLOSED_REMOTE;
    }
    return count;
}

/* What libnghttp2 says of its own accord, because it found fault with the other side. */
static void ng_on_wire(cv_side *side, const cv_item *item)
{
    cv *const c = side->cv;
    if (item->kind == CV_GOAWAY && state_of(side)->goaways_asked-- == 0)
        cv_fail(c, "libnghttp2 ends the connection: code %u, \"%.*s\"", (unsigned)item->bytes[7],
                (int)(item->bytes_len - 8), (const char *)item->bytes + 8);
    if (item->kind != CV_RESET) return;
    const cv_stream *const stream = cv_stream_find(c, item->stream);
    if (stream != NULL && stream->half[side->index].reset_asked) return;
    if (item->number == NGHTTP2_REFUSED_STREAM) return;
    if (item->number == NGHTTP2_CANCEL && stream != NULL && stream->pushed) return;
    cv_fail(c, "libnghttp2 resets stream %u with code %u", item->stream, item->number);
}

const cv_engine cv_nghttp2 = {
    .name = "libnghttp2",
    .start = ng_start,
    .stop = ng_stop,
    .pull = ng_pull,
    .feed = ng_feed,
    .may_request = ng_may_request,
    .send_block = ng_send_block,
    .send_data = ng_send_data,
    .end_stream = ng_end_stream,
    .reset = ng_reset,
    .ping = ng_ping,
    .prioritize = ng_prioritize,
    .settings = ng_settings,
    .window = ng_window,
    .push = ng_push,
    .altsvc = ng_altsvc,
    .consume = ng_consume,
    .goaway = ng_goaway,
    .shutdown = ng_shutdown,
    .stream_state = ng_stream_state,
    .send_window = ng_send_window,
    .receive_window = ng_receive_window,
    .setting = ng_setting,
    .counts_received = ng_counts_received,
    .open_streams = ng_open_streams,
    .on_wire = ng_on_wire,
};
