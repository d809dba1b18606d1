/* Events and frames for people; see print.h. */
#include "print.h"

#include "names.h"

#include <string.h>

static void write_fields(record *r, const h2_header *fields, size_t count)
{
    record_rows_begin(r, "headers");
    for (size_t i = 0; i < count; i++)
        record_row_pair(r, fields[i].name, fields[i].name_len, fields[i].value, fields[i].value_len,
                        fields[i].flags & H2_HEADER_NEVER_INDEX);
    record_rows_end(r);
}

static void write_priority(record *r, const h2_priority *priority)
{
    record_number(r, "depends_on", priority->depends_on);
    record_number(r, "weight", priority->weight);
    record_bool(r, "exclusive", priority->exclusive);
}

static void write_headers(record *r, const struct h2_event_headers *headers)
{
    record_bool(r, "stream_ended", headers->stream_ended);
    write_fields(r, headers->fields, headers->count);
}

static void write_data(record *r, const struct h2_event_data *data)
{
    record_number(r, "len", data->len);
    record_number(r, "flow_controlled_length", data->flow_controlled_length);
    record_bool(r, "stream_ended", data->stream_ended);
}

static void write_settings(record *r, const struct h2_event_settings *settings)
{
    record_rows_begin(r, "changed");
    for (size_t i = 0; i < settings->count; i++)
        record_row_number(r, name_of_setting(settings->changed[i].id), settings->changed[i].id,
                          settings->changed[i].new_value);
    record_rows_end(r);
}

static void write_error(record *r, uint32_t code)
{
    record_word(r, "error", name_of_error(code));
    record_number(r, "error_code", code);
}

static void write_terminated(record *r, const struct h2_event_terminated *terminated)
{
    record_number(r, "last_stream_id", terminated->last_stream_id);
    write_error(r, terminated->error_code);
    if (terminated->additional_data_len)
        record_text(r, "debug_data", terminated->additional_data, terminated->additional_data_len);
}

static void write_reset(record *r, const struct h2_event_reset *reset)
{
    record_word(r, "by", reset->remote_reset ? "peer" : "us");
    write_error(r, reset->error_code);
}

static void write_pushed(record *r, const struct h2_event_pushed *pushed)
{
    record_number(r, "pushed_stream_id", pushed->pushed_stream_id);
    write_fields(r, pushed->fields, pushed->count);
}

static void write_altsvc(record *r, const struct h2_event_altsvc *altsvc)
{
    if (altsvc->origin) record_text(r, "origin", altsvc->origin, altsvc->origin_len);
    record_text(r, "field_value", altsvc->field_value, altsvc->field_value_len);
}

static void write_unknown(record *r, const struct h2_event_unknown *unknown)
{
    record_number(r, "frame_type", unknown->type);
    record_number(r, "flags", unknown->flags);
    record_number(r, "len", unknown->len);
}

/* Events that tell of messages and their bodies; false: it is none of them. */
static bool write_message_event(record *r, const h2_event *event)
{
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
    case H2_EVENT_RESPONSE_RECEIVED:
    case H2_EVENT_TRAILERS_RECEIVED:
    case H2_EVENT_INFORMATIONAL_RESPONSE_RECEIVED: write_headers(r, &event->headers); return true;
    case H2_EVENT_PUSHED_STREAM_RECEIVED: write_pushed(r, &event->pushed); return true;
    case H2_EVENT_DATA_RECEIVED: write_data(r, &event->data); return true;
    default: return false;
    }
}

static void write_control_event(record *r, const h2_event *event)
{
    switch (event->type) {
    case H2_EVENT_WINDOW_UPDATED: record_number(r, "delta", event->window_updated.delta); break;
    case H2_EVENT_REMOTE_SETTINGS_CHANGED:
    case H2_EVENT_SETTINGS_ACKNOWLEDGED: write_settings(r, &event->settings); break;
    case H2_EVENT_PING_RECEIVED:
    case H2_EVENT_PING_ACK_RECEIVED: record_hex(r, "opaque_data", event->ping.data, 8); break;
    case H2_EVENT_STREAM_RESET: write_reset(r, &event->stream_reset); break;
    case H2_EVENT_PRIORITY_UPDATED: write_priority(r, &event->priority); break;
    case H2_EVENT_CONNECTION_TERMINATED: write_terminated(r, &event->terminated); break;
    case H2_EVENT_ALTERNATIVE_SERVICE_AVAILABLE: write_altsvc(r, &event->altsvc); break;
    case H2_EVENT_UNKNOWN_FRAME_RECEIVED: write_unknown(r, &event->unknown); break;
    default: break; /* StreamEnded has nothing to tell */
    }
}

void print_event(FILE *out, const h2_event *event, bool colour)
{
    const record_style style = {.format = RECORD_TEXT, .colour = colour, .paint = "33", .indent = 8};
    const char *name = h2_event_name(event->type);
    record r;
    record_begin(&r, out, &style, "* ", name ? name : "UnknownEvent");
    record_number(&r, "stream_id", event->stream_id);
    if (!write_message_event(&r, event)) write_control_event(&r, event);
    record_end(&r);
}

static void print_title(const frame_printer *p, const char *title, record *r)
{
    const bool sent = p->direction == PRINT_SENT;
    const record_style style = {
        .format = RECORD_TEXT, .colour = p->colour, .paint = sent ? "34" : "32", .indent = 8};
    record_begin(r, p->out, &style, sent ? "> " : "< ", title);
}

void print_frames(frame_printer *p, const uint8_t *data, size_t len)
{
    while (!p->broken) {
        frame f;
        record r;
        switch (frame_reader_next(&p->reader, &data, &len, &f)) {
        case FRAME_READ_MORE: return;
        case FRAME_READ_PREFACE:
            print_title(p, "client preface", &r);
            record_end(&r);
            break;
        case FRAME_READ_FRAME:
            print_title(p, name_of_frame(f.type), &r);
            p->broken = !frame_record(&p->context, &f, &r);
            if (p->broken) record_text(&r, "malformed", p->context.error, strlen(p->context.error));
            record_end(&r);
            break;
        case FRAME_READ_BAD_PREFACE:
        case FRAME_READ_NO_MEMORY: p->broken = true; break;
        }
    }
}

void frame_printer_free(frame_printer *p)
{
    frame_reader_free(&p->reader);
    frame_context_free(&p->context);
}
