/* Builders of HTTP/2 frames for tests. */
#include "frames.h"

#include <string.h>

static const char *const type_names[] = {"DATA",          "HEADERS",      "PRIORITY", "RST_STREAM",
                                         "SETTINGS",      "PUSH_PROMISE", "PING",     "GOAWAY",
                                         "WINDOW_UPDATE", "CONTINUATION", "ALTSVC"};
#define TYPE_NAMES (sizeof type_names / sizeof *type_names)

const char *frame_type_name(unsigned type)
{
    return type < TYPE_NAMES ? type_names[type] : NULL;
}

int frame_type_number(const char *name, size_t len)
{
    for (size_t i = 0; i < TYPE_NAMES; i++)
        if (strlen(type_names[i]) == len && memcmp(type_names[i], name, len) == 0) return (int)i;
    return -1;
}

bool frame_next(const uint8_t **data, size_t *len, frame_view *out)
{
    const uint8_t *p = *data;
    if (*len < 9) return false;
    uint32_t length = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
    if (*len - 9 < length) return false;
    uint32_t id = (uint32_t)p[5] << 24 | (uint32_t)p[6] << 16 | (uint32_t)p[7] << 8 | p[8];
    *out = (frame_view){.length = length, .type = p[3], .flags = p[4], .stream_id = id, .payload = p + 9};
    *data += 9 + length;
    *len -= 9 + length;
    return true;
}

void frame_preface(octets *o)
{
    octets_text(o, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
}

void frame_head(octets *o, uint32_t length, unsigned type, unsigned flags, uint32_t stream_id)
{
    octets_u24(o, length);
    octets_u8(o, type);
    octets_u8(o, flags);
    octets_u32(o, stream_id);
}

void frame_put(octets *o, unsigned type, unsigned flags, uint32_t stream_id, const void *payload, size_t len)
{
    frame_head(o, (uint32_t)len, type, flags, stream_id);
    octets_put(o, payload, len);
}

void frame_data(octets *o, uint32_t stream_id, const void *data, size_t len, bool end_stream)
{
    frame_put(o, FRAME_DATA, end_stream ? FLAG_END_STREAM : 0, stream_id, data, len);
}

static void put_fields(octets *block, const h2_header *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        field_literal(block, fields[i].name, fields[i].name_len, fields[i].value, fields[i].value_len);
}

void frame_headers(octets *o, uint32_t stream_id, const h2_header *fields, size_t count, bool end_stream)
{
    octets block = {0};
    put_fields(&block, fields, count);
    frame_put(o, FRAME_HEADERS, FLAG_END_HEADERS | (end_stream ? FLAG_END_STREAM : 0), stream_id, block.data,
              block.len);
    octets_free(&block);
}

void frame_push_promise(octets *o, uint32_t stream_id, uint32_t promised_id, const h2_header *fields,
                        size_t count)
{
    octets payload = {0};
    octets_u32(&payload, promised_id);
    put_fields(&payload, fields, count);
    frame_put(o, FRAME_PUSH_PROMISE, FLAG_END_HEADERS, stream_id, payload.data, payload.len);
    octets_free(&payload);
}

void frame_priority(octets *o, uint32_t stream_id, const h2_priority *priority)
{
    frame_head(o, 5, FRAME_PRIORITY, 0, stream_id);
    octets_u32(o, priority->depends_on | (priority->exclusive ? 0x80000000u : 0));
    octets_u8(o, (unsigned)priority->weight - 1);
}

void frame_rst_stream(octets *o, uint32_t stream_id, uint32_t error_code)
{
    frame_head(o, 4, FRAME_RST_STREAM, 0, stream_id);
    octets_u32(o, error_code);
}

void frame_settings(octets *o, const h2_setting *settings, size_t count)
{
    frame_head(o, (uint32_t)(6 * count), FRAME_SETTINGS, 0, 0);
    for (size_t i = 0; i < count; i++) {
        octets_u16(o, settings[i].id);
        octets_u32(o, settings[i].value);
    }
}

void frame_settings_ack(octets *o)
{
    frame_head(o, 0, FRAME_SETTINGS, FLAG_ACK, 0);
}

void frame_ping(octets *o, const uint8_t data[8], bool ack)
{
    frame_put(o, FRAME_PING, ack ? FLAG_ACK : 0, 0, data, 8);
}

void frame_goaway(octets *o, uint32_t last_stream_id, uint32_t error_code, const void *debug, size_t len)
{
    frame_head(o, (uint32_t)(8 + len), FRAME_GOAWAY, 0, 0);
    octets_u32(o, last_stream_id);
    octets_u32(o, error_code);
    octets_put(o, debug, len);
}

void frame_window_update(octets *o, uint32_t stream_id, uint32_t increment)
{
    frame_head(o, 4, FRAME_WINDOW_UPDATE, 0, stream_id);
    octets_u32(o, increment);
}

/* RFC 7541 section 5.1, with a 7-bit prefix whose first bit is 0. */
static void put_length(octets *o, size_t len)
{
    if (len < 127) {
        octets_u8(o, (unsigned)len);
        return;
    }
    octets_u8(o, 127);
    for (len -= 127; len >= 128; len >>= 7)
        octets_u8(o, (unsigned)(len & 127) | 128);
    octets_u8(o, (unsigned)len);
}

void field_literal(octets *o, const void *name, size_t name_len, const void *value, size_t value_len)
{
    octets_u8(o, 0);
    put_length(o, name_len);
    octets_put(o, name, name_len);
    put_length(o, value_len);
    octets_put(o, value, value_len);
}

static uint32_t read_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void describe_settings(octets *out, const frame_view *f)
{
    for (uint32_t i = 0; i + 6 <= f->length; i += 6)
        octets_format(out, " setting:%u=%u", (unsigned)(f->payload[i] << 8 | f->payload[i + 1]),
                      (unsigned)read_u32(f->payload + i + 2));
}

void frame_describe(octets *out, const frame_view *f)
{
    const char *name = frame_type_name(f->type);
    octets_text(out, "frame ");
    if (name)
        octets_text(out, name);
    else
        octets_format(out, "0x%02x", f->type);
    octets_format(out, " 0x%02x %u", f->flags, (unsigned)f->stream_id);
    bool words = f->type == FRAME_RST_STREAM || f->type == FRAME_WINDOW_UPDATE || f->type == FRAME_GOAWAY;
    uint32_t at = 0;
    if (f->type == FRAME_SETTINGS && f->length % 6 == 0) {
        describe_settings(out, f);
        return;
    }
    for (; words && at + 4 <= f->length && at < 8; at += 4)
        octets_format(out, " u32:%u", (unsigned)read_u32(f->payload + at));
    if (at == f->length) return;
    octets_u8(out, ' ');
    octets_quote(out, f->payload + at, f->length - at);
}

void frames_describe(octets *out, const uint8_t *data, size_t len)
{
    static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    frame_view frame;
    if (len >= sizeof preface - 1 && memcmp(data, preface, sizeof preface - 1) == 0) {
        octets_text(out, "    preface\n");
        data += sizeof preface - 1;
        len -= sizeof preface - 1;
    }
    while (frame_next(&data, &len, &frame)) {
        octets_text(out, "    ");
        frame_describe(out, &frame);
        octets_text(out, "\n");
    }
    if (len) {
        octets_text(out, "    raw ");
        octets_quote(out, data, len);
        octets_text(out, "\n");
    }
}
