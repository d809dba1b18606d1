/* What libh2 reports, held against the frames that were sent. */
#include "cv_h2.h"

#include <string.h>

static void due(h2_side *state, uint32_t stream, bool end, const h2_priority *priority)
{
    state->due_stream = stream;
    state->end_due = end;
    state->priority_due = priority != NULL;
    if (priority != NULL) state->due_priority = *priority;
}

static bool same_priority(const h2_priority *a, const h2_priority *b)
{
    return a->depends_on == b->depends_on && a->weight == b->weight && a->exclusive == b->exclusive;
}

static cv_list as_received(cv_side *side, const cv_item *item)
{
    return side->normalize_in ? cv_join_cookies(side->cv, item->list) : item->list;
}

static cv_block block_of(h2_event_type type)
{
    switch (type) {
    case H2_EVENT_REQUEST_RECEIVED: return CV_REQUEST;
    case H2_EVENT_RESPONSE_RECEIVED: return CV_RESPONSE;
    case H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED: return CV_INFORMATIONAL;
    default: return CV_TRAILERS;
    }
}

static void on_fields(cv *c, cv_side *side, const h2_event *event)
{
    cv_item *const item = cv_expect(c, side, CV_HEADERS, event->stream_id);
    if (item == NULL) return;
    if (item->block != block_of(event->type))
        cv_fail(c, "%s on stream %u for another block", h2_event_name(event->type), item->stream);
    const cv_list expected = as_received(side, item);
    cv_expect_fields(c, "libh2", &expected, event->headers.fields, event->headers.count, true);
    if (event->headers.stream_ended != item->end_stream)
        cv_fail(c, "libh2 reports stream_ended wrongly on stream %u", item->stream);
    const h2_priority *const priority = event->headers.priority_updated;
    if ((priority != NULL) != item->has_priority ||
        (priority != NULL && !same_priority(priority, &item->priority)))
        cv_fail(c, "libh2 reports another priority on stream %u", item->stream);
    due(side->state, event->stream_id, item->end_stream, priority);
    cv_heard(c, side, item);
    cv_expect_done(side);
}

static void on_data(cv *c, cv_side *side, const h2_event *event)
{
    cv_item *const item = cv_expect(c, side, CV_DATA, event->stream_id);
    cv_stream *const stream = cv_stream_find(c, event->stream_id);
    if (item == NULL || stream == NULL) return;
    cv_heard_body(c, side, item, event->data.bytes, event->data.len);
    item->seen += event->data.flow_controlled_length;
    item->data_seen += (uint32_t)event->data.len;
    stream->half[side->index].unacknowledged += event->data.flow_controlled_length;
    if (item->seen > item->flow || event->data.len > event->data.flow_controlled_length)
        cv_fail(c, "libh2 reports %u octets of DATA on stream %u where %u came", item->seen, item->stream,
                item->flow);
    if (item->seen < item->flow) {
        if (event->data.stream_ended) cv_fail(c, "libh2 ends stream %u before its DATA", item->stream);
        return;
    }
    if (item->data_seen != item->length)
        cv_fail(c, "libh2 reports %u octets of body on stream %u for %u", item->data_seen, item->stream,
                item->length);
    if (event->data.stream_ended != item->end_stream)
        cv_fail(c, "libh2 reports stream_ended wrongly on stream %u", item->stream);
    due(side->state, event->stream_id, item->end_stream, NULL);
    cv_heard(c, side, item);
    cv_expect_done(side);
}

static void on_pushed(cv *c, cv_side *side, const h2_event *event)
{
    cv_item *const item = cv_expect(c, side, CV_PUSH, event->pushed.parent_stream_id);
    if (item == NULL) return;
    if (event->pushed.pushed_stream_id != item->number || event->stream_id != item->stream)
        cv_fail(c, "libh2 reports the promise of stream %u on stream %u as %u", item->number, item->stream,
                event->pushed.pushed_stream_id);
    const cv_list expected = as_received(side, item);
    cv_expect_fields(c, "libh2", &expected, event->pushed.fields, event->pushed.count, true);
    cv_heard(c, side, item);
    cv_expect_done(side);
}

static const h2_changed_setting *change_of(const struct h2_event_settings *settings, uint16_t id)
{
    for (size_t i = 0; i < settings->count; i++)
        if (settings->changed[i].id == id) return &settings->changed[i];
    return NULL;
}

static size_t distinct(const cv_item *item)
{
    size_t count = 0;
    for (size_t i = 0; i < item->bytes_len / 6; i++)
        count += !cv_setting_repeated(item, i);
    return count;
}

static void on_remote_settings(cv *c, cv_side *side, const h2_event *event)
{
    h2_side *const state = side->state;
    cv_item *const item = cv_expect(c, side, CV_SETTINGS_FRAME, 0);
    if (item == NULL) return;
    const size_t count = item->bytes_len / 6;
    if (event->settings.count != distinct(item))
        cv_fail(c, "libh2 reports %zu settings, %zu were sent", event->settings.count, count);
    for (size_t i = 0; i < count && !c->failed; i++) {
        const uint8_t *const p = item->bytes + i * 6;
        const uint16_t id = (uint16_t)(p[0] << 8 | p[1]);
        const uint32_t value = (uint32_t)p[2] << 24 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 8 | p[5];
        const h2_changed_setting *const change = change_of(&event->settings, id);
        if (cv_setting_repeated(item, i)) continue; /* the last value of a setting holds */
        if (change == NULL || change->new_value != value) {
            cv_fail(c, "libh2 does not report setting %u as %u", id, value);
            return;
        }
        if (id >= 16) continue;
        if (change->had_original != state->remote_known[id] ||
            (change->had_original && change->original_value != state->remote_value[id]))
            cv_fail(c, "libh2 reports setting %u to have been %u (%d), it was %u (%d)", id,
                    change->original_value, change->had_original, state->remote_value[id],
                    state->remote_known[id]);
        state->remote_known[id] = true;
        state->remote_value[id] = value;
    }
    cv_heard(c, side, item);
    cv_expect_done(side);
}

/* An acknowledgement is of the oldest SETTINGS that waits for one. */
static void on_settings_acknowledged(cv *c, cv_side *side, const h2_event *event)
{
    h2_side *const state = side->state;
    cv_item *const item = cv_expect(c, side, CV_SETTINGS_ACK, 0);
    if (item == NULL) return;
    const h2_sent_settings *const sent = &state->waiting[state->waiting_first++ % H2_SETTINGS_WAITING];
    state->waiting_count--;
    if (event->settings.count != sent->count)
        cv_fail(c, "libh2 reports %zu settings acknowledged, %zu were", event->settings.count, sent->count);
    for (size_t i = 0; i < sent->count && !c->failed; i++) {
        const h2_changed_setting *const change = change_of(&event->settings, sent->entries[i].id);
        if (change == NULL || change->new_value != sent->entries[i].value)
            cv_fail(c, "libh2 does not report setting %u acknowledged as %u", sent->entries[i].id,
                    sent->entries[i].value);
    }
    cv_heard(c, side, item);
    cv_expect_done(side);
}

static void on_reset(cv *c, cv_side *side, const h2_event *event)
{
    const cv_stream *const stream = cv_stream_find(c, event->stream_id);
    /* Streams above the last that a GOAWAY names are closed without a frame of their own. */
    if (stream != NULL && stream->half[side->index].dropped) return;
    if (!event->stream_reset.remote_reset) {
        cv_fail(c, "libh2 resets stream %u: code %u", event->stream_id, event->stream_reset.error_code);
        return;
    }
    cv_item *const item = cv_expect(c, side, CV_RESET, event->stream_id);
    if (item == NULL) return;
    if (item->number != event->stream_reset.error_code)
        cv_fail(c, "libh2 reports code %u on stream %u for %u", event->stream_reset.error_code, item->stream,
                item->number);
    cv_heard(c, side, item);
    cv_expect_done(side);
}

static void on_terminated(cv *c, cv_side *side, const h2_event *event)
{
    h2_side *const state = side->state;
    cv_item *const item = cv_expect(c, side, CV_GOAWAY, 0);
    if (item == NULL) return;
    const uint8_t *const p = item->bytes;
    const uint32_t code = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7];
    const size_t len = item->bytes_len - 8;
    const struct h2_event_terminated *const said = &event->terminated;
    if (said->error_code != code || said->last_stream_id != item->number ||
        said->additional_data_len != len || (len != 0 && memcmp(said->additional_data, p + 8, len) != 0) ||
        (len == 0 && said->additional_data != NULL))
        cv_fail(c, "libh2 reports another GOAWAY: code %u, last %u, %zu octets", said->error_code,
                said->last_stream_id, said->additional_data_len);
    cv_heard(c, side, item);
    cv_expect_done(side);
    if (c->options.profile == H2_PROFILE_PYTHON || code != 0) side->closed = true;
    if (h2_connection_is_closed(state->conn)) side->closed = true;
}

static void on_altsvc(cv *c, cv_side *side, const h2_event *event)
{
    cv_item *const item = cv_expect(c, side, CV_ALTSVC, event->stream_id);
    if (item == NULL) return;
    const cv_stream *const stream = cv_stream_find(c, event->stream_id);
    const char *origin = (const char *)item->bytes + 2;
    size_t origin_len = item->number;
    if (stream != NULL) {
        origin = stream->authority;
        origin_len = origin == NULL ? 0 : strlen(origin);
    }
    const struct h2_event_altsvc *const said = &event->altsvc;
    const bool same_origin = (said->origin == NULL) == (origin == NULL) && said->origin_len == origin_len &&
                             (origin_len == 0 || memcmp(said->origin, origin, origin_len) == 0);
    if (!same_origin)
        cv_fail(c, "libh2 reports ALTSVC on stream %u of origin %.*s, it is of %.*s", item->stream,
                (int)said->origin_len, said->origin, (int)origin_len, origin);
    const size_t value_len = item->bytes_len - 2 - item->number;
    if (said->field_value_len != value_len ||
        memcmp(said->field_value, item->bytes + 2 + item->number, value_len) != 0)
        cv_fail(c, "libh2 reports another field value of ALTSVC");
    cv_expect_done(side);
}

static void on_unknown(cv *c, cv_side *side, const h2_event *event)
{
    cv_item *const item = cv_expect(c, side, CV_UNKNOWN, event->stream_id);
    if (item == NULL) return;
    const struct h2_event_unknown *const said = &event->unknown;
    if (said->type != item->type || said->flags != item->flags || said->len != item->bytes_len ||
        (said->len != 0 && memcmp(said->payload, item->bytes, said->len) != 0))
        cv_fail(c, "libh2 reports another unknown frame on stream %u", item->stream);
    cv_expect_done(side);
}

static void on_small(cv *c, cv_side *side, const h2_event *event, cv_kind kind, uint32_t stream)
{
    cv_item *const item = cv_expect(c, side, kind, stream);
    if (item == NULL) return;
    const bool ping = kind == CV_PING || kind == CV_PING_ACK;
    if (ping && memcmp(event->ping.data, item->bytes, 8) != 0) cv_fail(c, "libh2 reports another PING");
    if (kind == CV_WINDOW && event->window_updated.delta != item->number)
        cv_fail(c, "libh2 reports a WINDOW_UPDATE of %u on stream %u for %u", event->window_updated.delta,
                stream, item->number);
    if (kind == CV_PRIORITY && !same_priority(&event->priority, &item->priority))
        cv_fail(c, "libh2 reports another PRIORITY on stream %u", stream);
    cv_heard(c, side, item);
    cv_expect_done(side);
}

/* StreamEnded and PriorityUpdated come right after the event that they belong to. */
static bool was_due(cv *c, h2_side *state, const h2_event *event)
{
    if (!state->end_due && !state->priority_due) {
        if (event->type == H2_EVENT_STREAM_ENDED)
            cv_fail(c, "libh2 reports StreamEnded on stream %u from nothing", event->stream_id);
        return event->type == H2_EVENT_STREAM_ENDED;
    }
    const h2_event_type expected = state->end_due ? H2_EVENT_STREAM_ENDED : H2_EVENT_PRIORITY_UPDATED;
    if (event->type != expected || event->stream_id != state->due_stream ||
        (expected == H2_EVENT_PRIORITY_UPDATED && !same_priority(&event->priority, &state->due_priority)))
        cv_fail(c, "libh2 reports %s on stream %u where %s on stream %u is due", h2_event_name(event->type),
                event->stream_id, h2_event_name(expected), state->due_stream);
    if (expected == H2_EVENT_STREAM_ENDED)
        state->end_due = false;
    else
        state->priority_due = false;
    return true;
}

/* Events that are of one frame and have no shape of their own. */
static bool on_plain(cv *c, cv_side *side, const h2_event *event)
{
    switch (event->type) {
    case H2_EVENT_WINDOW_UPDATED: on_small(c, side, event, CV_WINDOW, event->stream_id); return true;
    case H2_EVENT_PING_RECEIVED: on_small(c, side, event, CV_PING, 0); return true;
    case H2_EVENT_PING_ACK_RECEIVED: on_small(c, side, event, CV_PING_ACK, 0); return true;
    case H2_EVENT_PRIORITY_UPDATED: on_small(c, side, event, CV_PRIORITY, event->stream_id); return true;
    default: return false;
    }
}

void cv_h2_event(cv *c, cv_side *side, const h2_event *event)
{
    h2_side *const state = side->state;
    cv_count_event(state->where, event->type);
    cv_trace(c, "      libh2 reports %s on stream %u", h2_event_name(event->type), event->stream_id);
    if (was_due(c, state, event) || on_plain(c, side, event)) return;
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
    case H2_EVENT_RESPONSE_RECEIVED:
    case H2_EVENT_TRAILERS_RECEIVED:
    case H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED: on_fields(c, side, event); break;
    case H2_EVENT_DATA_RECEIVED: on_data(c, side, event); break;
    case H2_EVENT_REMOTE_SETTINGS_CHANGED: on_remote_settings(c, side, event); break;
    case H2_EVENT_SETTINGS_ACKNOWLEDGED: on_settings_acknowledged(c, side, event); break;
    case H2_EVENT_STREAM_RESET: on_reset(c, side, event); break;
    case H2_EVENT_PUSHED_STREAM_RECEIVED: on_pushed(c, side, event); break;
    case H2_EVENT_CONNECTION_TERMINATED: on_terminated(c, side, event); break;
    case H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE: on_altsvc(c, side, event); break;
    case H2_EVENT_UNKNOWN_FRAME_RECEIVED: on_unknown(c, side, event); break;
    default: cv_fail(c, "libh2 reports event %d", (int)event->type); break;
    }
}
