/* One frame as a record; see frame_record.h. */
#include "frame_record.h"

#include "names.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_BLOCK = 1 << 24, /* a field block that is longer is not one that anybody sent in earnest */
    PING_SIZE = 8,
    SETTING_SIZE = 6
};

enum stream_rule {
    STREAM_ANY,
    STREAM_ZERO,
    STREAM_NOT_ZERO
};

/* RFC 9113 section 6: what holds for a payload without padding; `multiple` 0 is none. */
static const struct frame_rule {
    uint8_t type, stream, least, multiple;
    uint32_t most;
} rules[] = {
    {FRAME_DATA, STREAM_NOT_ZERO, 0, 0, UINT32_MAX},
    {FRAME_HEADERS, STREAM_NOT_ZERO, 0, 0, UINT32_MAX},
    {FRAME_PRIORITY, STREAM_NOT_ZERO, 5, 0, 5},
    {FRAME_RST_STREAM, STREAM_NOT_ZERO, 4, 0, 4},
    {FRAME_SETTINGS, STREAM_ZERO, 0, SETTING_SIZE, UINT32_MAX},
    {FRAME_PUSH_PROMISE, STREAM_NOT_ZERO, 4, 0, UINT32_MAX},
    {FRAME_PING, STREAM_ZERO, PING_SIZE, 0, PING_SIZE},
    {FRAME_GOAWAY, STREAM_ZERO, 8, 0, UINT32_MAX},
    {FRAME_WINDOW_UPDATE, STREAM_ANY, 4, 0, 4},
    {FRAME_CONTINUATION, STREAM_NOT_ZERO, 0, 0, UINT32_MAX},
    {FRAME_ALTSVC, STREAM_ANY, 2, 0, UINT32_MAX},
    {FRAME_ORIGIN, STREAM_ZERO, 0, 0, UINT32_MAX},
    {FRAME_PRIORITY_UPDATE, STREAM_ZERO, 4, 0, UINT32_MAX},
};

/* A payload that is read from the front. */
typedef struct cursor {
    const uint8_t *at;
    size_t left;
} cursor;

/* Big-endian; the caller has checked the length. */
static uint32_t take_number(cursor *c, size_t octets)
{
    uint32_t value = 0;
    for (size_t i = 0; i < octets; i++)
        value = value << 8 | c->at[i];
    c->at += octets;
    c->left -= octets;
    return value;
}

static uint32_t take_stream_id(cursor *c)
{
    return take_number(c, 4) & 0x7fffffff;
}

__attribute__((format(printf, 2, 3))) static bool fail(frame_context *context, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(context->error, sizeof context->error, format, args);
    va_end(args);
    return false;
}

static bool check_rule(frame_context *context, const frame *f)
{
    const struct frame_rule *rule = NULL;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].type == f->type) rule = &rules[i];
    if (!rule) return true;
    if (rule->stream == STREAM_ZERO && f->stream_id != 0) return fail(context, "must be on stream 0");
    if (rule->stream == STREAM_NOT_ZERO && f->stream_id == 0) return fail(context, "must not be on stream 0");
    if (rule->least == rule->most && f->length != rule->least)
        return fail(context, "must be %u octets long", (unsigned)rule->least);
    if (f->length < rule->least)
        return fail(context, "must be at least %u octets long", (unsigned)rule->least);
    if (rule->multiple && f->length % rule->multiple)
        return fail(context, "must be a multiple of %u octets long", (unsigned)rule->multiple);
    return true;
}

/* Field blocks are not interrupted (RFC 9113 section 4.3). */
static bool check_order(frame_context *context, const frame *f)
{
    if (context->block_stream) {
        if (f->type == FRAME_CONTINUATION && f->stream_id == context->block_stream) return true;
        return fail(context, "interrupts the field block of stream %u", context->block_stream);
    }
    if (f->type != FRAME_CONTINUATION) return true;
    return fail(context, "no field block to continue");
}

/* RFC 9113 section 6.1: takes the length octet off the front and the padding off the end. */
static bool strip_padding(frame_context *context, const frame *f, cursor *c, record *out)
{
    const bool can = name_of_flag(f->type, FLAG_PADDED) != NULL;
    if (!can || !(f->flags & FLAG_PADDED)) return true;
    if (c->left < 1) return fail(context, "PADDED, but without a padding length");
    const uint32_t padding = take_number(c, 1);
    /* of DATA only that octet is here */
    const size_t room = f->type == FRAME_DATA ? f->length - 1 : c->left;
    if (padding > room) return fail(context, "padding of %u octets in a frame of %u", padding, f->length);
    if (f->type != FRAME_DATA) c->left -= padding;
    record_number(out, "padding", padding);
    return true;
}

static void write_priority(record *out, cursor *c)
{
    const uint32_t dependency = take_number(c, 4);
    record_number(out, "depends_on", dependency & 0x7fffffff);
    record_number(out, "weight", take_number(c, 1) + 1);
    record_bool(out, "exclusive", dependency >> 31);
}

static void write_error_code(record *out, uint32_t code)
{
    record_word(out, "error", name_of_error(code));
    record_number(out, "error_code", code);
}

static bool decode_block(frame_context *context, record *out)
{
    const h2_header *fields = NULL;
    size_t count = 0;
    const h2_status status =
        h2_hpack_decode(context->hpack, context->block, context->block_len, &fields, &count);
    if (status == H2_ERROR_NO_MEMORY) return fail(context, "out of memory");
    if (status != H2_OK)
        return fail(context, "the field block of %zu octets is not valid HPACK (or needs a larger table)",
                    context->block_len);
    record_rows_begin(out, "headers");
    for (size_t i = 0; i < count; i++)
        record_row_pair(out, fields[i].name, fields[i].name_len, fields[i].value, fields[i].value_len,
                        fields[i].flags & H2_HEADER_NEVER_INDEX);
    record_rows_end(out);
    return true;
}

static bool append_block(frame_context *context, const cursor *c)
{
    const size_t size = context->block_len + c->left;
    if (size > MAX_BLOCK) return fail(context, "field block beyond %d octets", MAX_BLOCK);
    if (size > context->block_capacity) {
        const size_t capacity = size * 2;
        uint8_t *block = realloc(context->block, capacity);
        if (!block) return fail(context, "out of memory");
        context->block = block;
        context->block_capacity = capacity;
    }
    if (c->left) memcpy(context->block + context->block_len, c->at, c->left);
    context->block_len = size;
    return true;
}

/* The end of HEADERS, PUSH_PROMISE or CONTINUATION: a piece of a field block. */
static bool write_block(frame_context *context, const frame *f, const cursor *c, record *out)
{
    record_number(out, "fragment", c->left);
    context->block_stream = f->flags & FLAG_END_HEADERS ? 0 : f->stream_id;
    if (!context->hpack) return true;
    if (f->type != FRAME_CONTINUATION) context->block_len = 0;
    if (!append_block(context, c)) return false;
    return context->block_stream ? true : decode_block(context, out);
}

static bool write_headers(frame_context *context, const frame *f, cursor *c, record *out)
{
    if (f->flags & FLAG_PRIORITY) {
        if (c->left < 5) return fail(context, "PRIORITY, but no room for it");
        write_priority(out, c);
    }
    return write_block(context, f, c, out);
}

static bool write_push_promise(frame_context *context, const frame *f, cursor *c, record *out)
{
    if (c->left < 4) return fail(context, "no room for the promised stream");
    record_number(out, "promised_stream_id", take_stream_id(c));
    return write_block(context, f, c, out);
}

static bool write_settings(frame_context *context, const frame *f, cursor *c, record *out)
{
    if ((f->flags & FLAG_ACK) && f->length) return fail(context, "an acknowledgement must be empty");
    record_rows_begin(out, "settings");
    while (c->left >= SETTING_SIZE) {
        const uint16_t id = (uint16_t)take_number(c, 2);
        record_row_number(out, name_of_setting(id), id, take_number(c, 4));
    }
    record_rows_end(out);
    return true;
}

static bool write_altsvc(frame_context *context, cursor *c, record *out)
{
    const uint32_t origin_len = take_number(c, 2);
    if (origin_len > c->left)
        return fail(context, "origin of %u octets is longer than the frame", origin_len);
    record_text(out, "origin", c->at, origin_len);
    record_text(out, "field_value", c->at + origin_len, c->left - origin_len);
    return true;
}

static bool write_origin(frame_context *context, cursor *c, record *out)
{
    record_rows_begin(out, "origins");
    while (c->left > 0) {
        const uint32_t len = c->left < 2 ? UINT16_MAX : take_number(c, 2);
        if (len > c->left) return fail(context, "an origin is longer than the frame");
        record_row_text(out, c->at, len);
        c->at += len;
        c->left -= len;
    }
    record_rows_end(out);
    return true;
}

static void write_goaway(record *out, cursor *c)
{
    record_number(out, "last_stream_id", take_stream_id(c));
    write_error_code(out, take_number(c, 4));
    if (c->left) record_text(out, "debug_data", c->at, c->left);
}

static void write_priority_update(record *out, cursor *c)
{
    record_number(out, "prioritized_stream_id", take_stream_id(c));
    record_text(out, "field_value", c->at, c->left);
}

static bool write_payload(frame_context *context, const frame *f, cursor *c, record *out)
{
    switch (f->type) {
    case FRAME_DATA: break; /* its length is said already */
    case FRAME_HEADERS: return write_headers(context, f, c, out);
    case FRAME_PRIORITY: write_priority(out, c); break;
    case FRAME_RST_STREAM: write_error_code(out, take_number(c, 4)); break;
    case FRAME_SETTINGS: return write_settings(context, f, c, out);
    case FRAME_PUSH_PROMISE: return write_push_promise(context, f, c, out);
    case FRAME_PING: record_hex(out, "opaque_data", c->at, c->left); break;
    case FRAME_GOAWAY: write_goaway(out, c); break;
    case FRAME_WINDOW_UPDATE: record_number(out, "increment", take_stream_id(c)); break;
    case FRAME_CONTINUATION: return write_block(context, f, c, out);
    case FRAME_ALTSVC: return write_altsvc(context, c, out);
    case FRAME_ORIGIN: return write_origin(context, c, out);
    case FRAME_PRIORITY_UPDATE: write_priority_update(out, c); break;
    default: record_hex(out, "payload", c->at, c->left < 64 ? c->left : 64); break;
    }
    return true;
}

static void write_flags(const frame *f, record *out)
{
    const char *names[9];
    size_t count = 0;
    unsigned rest = f->flags;
    for (unsigned bit = 1; bit < 256; bit <<= 1) {
        const char *name = f->flags & bit ? name_of_flag(f->type, (uint8_t)bit) : NULL;
        if (!name) continue;
        names[count++] = name;
        rest &= ~bit;
    }
    record_words(out, "flags", names, count);
    if (rest) record_number(out, "undefined_flags", rest);
}

bool frame_record(frame_context *context, const frame *f, record *out)
{
    if (strcmp(name_of_frame(f->type), "UNKNOWN") == 0) record_number(out, "type_code", f->type);
    record_number(out, "stream_id", f->stream_id);
    record_number(out, "length", f->length);
    write_flags(f, out);
    cursor c = {f->payload, f->payload_len};
    return check_order(context, f) && check_rule(context, f) && strip_padding(context, f, &c, out) &&
           write_payload(context, f, &c, out);
}

void frame_context_free(frame_context *context)
{
    free(context->block);
    *context = (frame_context){0};
}
