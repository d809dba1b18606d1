/* Events as text with all their members. */
#include "event_text.h"

static void quoted(octets *out, const char *member, const void *data, size_t len)
{
    octets_format(out, " %s=", member);
    octets_quote(out, data, len);
}

void fields_text(octets *out, const h2_header *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        octets_text(out, "field ");
        octets_quote(out, fields[i].name, fields[i].name_len);
        octets_u8(out, ' ');
        octets_quote(out, fields[i].value, fields[i].value_len);
        if (fields[i].flags & H2_HEADER_NEVER_INDEX) octets_text(out, " never_index");
        octets_u8(out, '\n');
    }
}

static void priority_text(octets *out, const h2_priority *p)
{
    octets_format(out, " priority=%u/%u/%d", (unsigned)p->depends_on, (unsigned)p->weight, p->exclusive);
}

static void settings_text(octets *out, const struct h2_event_settings *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const h2_changed_setting *c = &s->changed[i];
        octets_format(out, " %u=", (unsigned)c->id);
        if (c->had_original)
            octets_format(out, "%u", (unsigned)c->original_value);
        else
            octets_text(out, "none");
        octets_format(out, ">%u", (unsigned)c->new_value);
    }
}

static void members(octets *out, const h2_event *e)
{
    switch (e->type) {
    case H2_EVENT_REQUEST_RECEIVED:
    case H2_EVENT_RESPONSE_RECEIVED:
    case H2_EVENT_TRAILERS_RECEIVED:
    case H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED:
        octets_format(out, " stream=%u", (unsigned)e->stream_id);
        if (e->headers.stream_ended) octets_text(out, " stream_ended");
        if (e->headers.priority_updated) priority_text(out, e->headers.priority_updated);
        break;
    case H2_EVENT_DATA_RECEIVED:
        octets_format(out, " stream=%u flow=%u", (unsigned)e->stream_id,
                      (unsigned)e->data.flow_controlled_length);
        if (e->data.stream_ended) octets_text(out, " stream_ended");
        quoted(out, "data", e->data.bytes, e->data.len);
        break;
    case H2_EVENT_WINDOW_UPDATED:
        octets_format(out, " stream=%u delta=%u", (unsigned)e->stream_id, (unsigned)e->window_updated.delta);
        break;
    case H2_EVENT_REMOTE_SETTINGS_CHANGED:
    case H2_EVENT_SETTINGS_ACKNOWLEDGED: settings_text(out, &e->settings); break;
    case H2_EVENT_PING_RECEIVED:
    case H2_EVENT_PING_ACK_RECEIVED: quoted(out, "data", e->ping.data, 8); break;
    case H2_EVENT_STREAM_ENDED: octets_format(out, " stream=%u", (unsigned)e->stream_id); break;
    case H2_EVENT_STREAM_RESET:
        octets_format(out, " stream=%u code=%u remote=%d", (unsigned)e->stream_id,
                      (unsigned)e->stream_reset.error_code, e->stream_reset.remote_reset);
        break;
    case H2_EVENT_PUSHED_STREAM_RECEIVED:
        octets_format(out, " parent=%u pushed=%u", (unsigned)e->pushed.parent_stream_id,
                      (unsigned)e->pushed.pushed_stream_id);
        break;
    case H2_EVENT_PRIORITY_UPDATED:
        octets_format(out, " stream=%u", (unsigned)e->stream_id);
        priority_text(out, &e->priority);
        break;
    case H2_EVENT_CONNECTION_TERMINATED:
        octets_format(out, " code=%u last=%u", (unsigned)e->terminated.error_code,
                      (unsigned)e->terminated.last_stream_id);
        quoted(out, "data", e->terminated.additional_data, e->terminated.additional_data_len);
        break;
    case H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE:
        if (e->altsvc.origin)
            quoted(out, "origin", e->altsvc.origin, e->altsvc.origin_len);
        else
            octets_text(out, " origin=none");
        quoted(out, "value", e->altsvc.field_value, e->altsvc.field_value_len);
        break;
    case H2_EVENT_UNKNOWN_FRAME_RECEIVED:
        octets_format(out, " stream=%u type=%u flags=%u", (unsigned)e->stream_id, e->unknown.type,
                      e->unknown.flags);
        quoted(out, "payload", e->unknown.payload, e->unknown.len);
        break;
    case H2_EVENT_NONE: break;
    }
}

void event_text(octets *out, const h2_event *event)
{
    const char *name = h2_event_name(event->type);
    octets_format(out, "event %s", name ? name : "?");
    members(out, event);
    octets_u8(out, '\n');
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
    case H2_EVENT_RESPONSE_RECEIVED:
    case H2_EVENT_TRAILERS_RECEIVED:
    case H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED:
        fields_text(out, event->headers.fields, event->headers.count);
        break;
    case H2_EVENT_PUSHED_STREAM_RECEIVED: fields_text(out, event->pushed.fields, event->pushed.count); break;
    default: break;
    }
}
