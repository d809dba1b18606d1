/* Output as text where the octets of field blocks may differ. */
#include "output_text.h"

#include "event_text.h"
#include "frames.h"

#include <string.h>

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
#define PREFACE_LEN (sizeof preface - 1)

static uint32_t increment_of(const frame_view *f)
{
    return (uint32_t)f->payload[0] << 24 | (uint32_t)f->payload[1] << 16 | (uint32_t)f->payload[2] << 8 |
           f->payload[3];
}

static bool is_window_update(const frame_view *f, uint32_t stream_id)
{
    return f->type == FRAME_WINDOW_UPDATE && f->length == 4 && f->stream_id == stream_id;
}

/* The increments of a stream from here on. */
static uint64_t window_sum(const uint8_t *data, size_t len, uint32_t stream_id)
{
    uint64_t sum = 0;
    frame_view f;
    while (frame_next(&data, &len, &f))
        if (is_window_update(&f, stream_id)) sum += increment_of(&f);
    return sum;
}

static bool window_update_before(const uint8_t *data, const uint8_t *end, uint32_t stream_id)
{
    frame_view f;
    size_t len = (size_t)(end - data);
    while (frame_next(&data, &len, &f))
        if (is_window_update(&f, stream_id)) return true;
    return false;
}

static void decode_fields(octets *out, h2_hpack_decoder *decoder, const octets *block)
{
    const h2_header *fields = NULL;
    size_t count = 0;
    h2_status status = h2_hpack_decode(decoder, block->data, block->len, &fields, &count);
    if (status == H2_OK)
        fields_text(out, fields, count);
    else
        octets_format(out, "block that does not decode: %s\n", h2_status_name(status));
}

/* How many octets stand before the fragment, and after it. */
static bool fragment(const frame_view *f, size_t *before, size_t *after)
{
    bool padded = f->flags & FLAG_PADDED;
    if (padded && f->length == 0) return false;
    *before = padded;
    *after = padded ? f->payload[0] : 0;
    if (f->type == FRAME_PUSH_PROMISE) *before += 4;
    if (f->type == FRAME_HEADERS && f->flags & FLAG_PRIORITY) *before += 5;
    return *before + *after <= f->length;
}

static void block_text(octets *out, h2_hpack_decoder *decoder, const frame_view *first, const uint8_t **data,
                       size_t *len)
{
    frame_view f = *first;
    size_t before, after;
    octets block = {0};
    octets_format(out, "frame %s 0x%02x %u", frame_type_name(f.type), f.flags & ~(unsigned)FLAG_END_HEADERS,
                  (unsigned)f.stream_id);
    if (!fragment(&f, &before, &after)) {
        octets_text(out, " broken\n");
        return;
    }
    octets_u8(out, ' ');
    octets_quote(out, f.payload, before);
    octets_u8(out, '\n');
    octets_put(&block, f.payload + before, f.length - before - after);
    while (!(f.flags & FLAG_END_HEADERS)) {
        if (!frame_next(data, len, &f) || f.type != FRAME_CONTINUATION || f.stream_id != first->stream_id) {
            octets_text(out, "block without its end\n");
            break;
        }
        octets_put(&block, f.payload, f.length);
    }
    decode_fields(out, decoder, &block);
    octets_free(&block);
}

static void frame_text(octets *out, h2_hpack_decoder *decoder, const octets *bytes, const frame_view *f,
                       const uint8_t **data, size_t *len)
{
    const uint8_t *start = f->payload - 9;
    if (f->type == FRAME_HEADERS || f->type == FRAME_PUSH_PROMISE) {
        block_text(out, decoder, f, data, len);
    } else if (is_window_update(f, f->stream_id)) {
        if (window_update_before(bytes->data, start, f->stream_id)) return;
        octets_format(
            out, "frame WINDOW_UPDATE %u %llu\n", (unsigned)f->stream_id,
            (unsigned long long)window_sum(start, (size_t)(bytes->data + bytes->len - start), f->stream_id));
    } else {
        frame_describe(out, f);
        octets_u8(out, '\n');
    }
}

void output_text(octets *out, h2_hpack_decoder *decoder, const octets *bytes)
{
    const uint8_t *data = bytes->data;
    size_t len = bytes->len;
    frame_view f;
    octets after_preface = *bytes;
    if (len >= PREFACE_LEN && memcmp(data, preface, PREFACE_LEN) == 0) {
        octets_text(out, "preface\n");
        data += PREFACE_LEN;
        len -= PREFACE_LEN;
        after_preface.data += PREFACE_LEN;
        after_preface.len -= PREFACE_LEN;
    }
    while (frame_next(&data, &len, &f))
        frame_text(out, decoder, &after_preface, &f, &data, &len);
    if (len) octets_format(out, "%zu octets of no whole frame\n", len);
}
