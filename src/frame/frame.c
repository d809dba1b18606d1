/* The rules that a frame must keep on its own (RFC 9113 section 6, RFC 7838 section 4), as one table; payloads read and
 * written. Knows nothing of streams or of what a broken rule leads to. */
#include "frame/frame.h"

#include <stdio.h>

enum {
    ACK = H2_FLAG_ACK,
    END_HEADERS = H2_FLAG_END_HEADERS,
    PADDED = H2_FLAG_PADDED,
    PRIORITY = H2_FLAG_PRIORITY
};

/* What types are called, by us and by hyperframe. */
typedef struct frame_type_name {
    const char *name, *class_name;
    const char *section;
} frame_type_name;

static const frame_type_name types[H2_FRAME_TYPES] = {
    [H2_FRAME_DATA] = {"DATA", "DataFrame", "6.1"},
    [H2_FRAME_HEADERS] = {"HEADERS", "HeadersFrame", "6.2"},
    [H2_FRAME_PRIORITY] = {"PRIORITY", "PriorityFrame", "6.3"},
    [H2_FRAME_RST_STREAM] = {"RST_STREAM", "RstStreamFrame", "6.4"},
    [H2_FRAME_SETTINGS] = {"SETTINGS", "SettingsFrame", "6.5"},
    [H2_FRAME_PUSH_PROMISE] = {"PUSH_PROMISE", "PushPromiseFrame", "6.6"},
    [H2_FRAME_PING] = {"PING", "PingFrame", "6.7"},
    [H2_FRAME_GOAWAY] = {"GOAWAY", "GoAwayFrame", "6.8"},
    [H2_FRAME_WINDOW_UPDATE] = {"WINDOW_UPDATE", "WindowUpdateFrame", "6.9"},
    [H2_FRAME_CONTINUATION] = {"CONTINUATION", "ContinuationFrame", "6.10"},
    [H2_FRAME_ALTSVC] = {"ALTSVC", "AltSvcFrame", "RFC 7838 4"},
};

/* Rules. */

/* RFC 9113 compares with what is left behind the fixed fields; hyperframe with the payload, less the octet that announces
 * the padding where the frame is HEADERS, and never minds a padding of 0. */
h2_frame_fault h2_frame_check_padding(const h2_frame_header *header, uint8_t padding)
{
    const uint32_t room = header->length - 1 - h2_frame_fixed_length(header);
    const uint32_t least_refused = header->length - (header->type == H2_FRAME_HEADERS ? 1 : 0);
    const bool broken = padding > room;
    const bool broken_in_python = padding > 0 && padding >= least_refused;

    if (broken) return broken_in_python ? H2_FAULT_PADDING : H2_FAULT_PADDING_OVERLAPS;
    return broken_in_python ? H2_FAULT_PADDING_FILLS : H2_FAULT_NONE;
}

const char *h2_frame_type_name(unsigned type)
{
    return type < H2_FRAME_TYPES ? types[type].name : NULL;
}

const char *h2_frame_class_name(unsigned type)
{
    return type < H2_FRAME_TYPES ? types[type].class_name : "ExtensionFrame";
}

const char *h2_frame_flag_name(unsigned type, unsigned flag)
{
    if (type >= H2_FRAME_TYPES || (h2_frame_rules[type].flags & flag) == 0) return NULL;
    switch (flag) {
    case ACK: return type == H2_FRAME_SETTINGS || type == H2_FRAME_PING ? "ACK" : "END_STREAM";
    case END_HEADERS: return "END_HEADERS";
    case PADDED: return "PADDED";
    case PRIORITY: return "PRIORITY";
    default: return NULL;
    }
}

const char *h2_frame_fault_name(h2_frame_fault fault)
{
    static const char *const names[H2_FAULT_COUNT] = {
        [H2_FAULT_NONE] = "no fault",
        [H2_FAULT_STREAM_ID_ZERO] = "stream identifier is zero",
        [H2_FAULT_STREAM_ID_NOT_ZERO] = "stream identifier is not zero",
        [H2_FAULT_ACK_WITH_PAYLOAD] = "acknowledgement with payload",
        [H2_FAULT_LENGTH] = "wrong length",
        [H2_FAULT_LENGTH_MULTIPLE] = "length is no multiple of six",
        [H2_FAULT_TOO_SHORT] = "too short",
        [H2_FAULT_PADDING] = "padding too long",
        [H2_FAULT_PADDING_OVERLAPS] = "padding reaches into fixed fields",
        [H2_FAULT_PADDING_FILLS] = "nothing but padding",
        [H2_FAULT_PROMISED_ID] = "promised stream identifier is zero or odd",
        [H2_FAULT_INCREMENT_ZERO] = "increment is zero",
    };

    return (unsigned)fault < H2_FAULT_COUNT ? names[fault] : NULL;
}

bool h2_frame_rule_row(size_t row, char *out, size_t cap)
{
    static const char *const ids[] = {
        [H2_FRAME_ID_ANY] = "any", [H2_FRAME_ID_STREAM] = "not 0", [H2_FRAME_ID_CONNECTION] = "0"};
    static const char *const lengths[] = {[H2_FRAME_LENGTH_LEAST] = "at least",
                                          [H2_FRAME_LENGTH_EXACT] = "exactly",
                                          [H2_FRAME_LENGTH_MULTIPLE] = "multiple of"};

    if (row > H2_FRAME_TYPES) return false;
    if (row == 0) {
        snprintf(out, cap, "%s", "type\tname\tstream identifier\tlength\tflags\tsection");
        return true;
    }

    const unsigned type = (unsigned)row - 1;
    const h2_frame_rule *const rule = &h2_frame_rules[type];
    char flags[64] = "";
    size_t len = 0;
    for (unsigned flag = 1; flag <= 0x80; flag <<= 1) {
        const char *const name = h2_frame_flag_name(type, flag);
        if (!name) continue;
        const int wrote = snprintf(flags + len, sizeof flags - len, "%s%s", len ? " " : "", name);
        len += (size_t)wrote;
    }
    snprintf(out, cap, "%u\t%s\t%s\t%s %u\t%s\t%s", type, types[type].name, ids[rule->id],
             lengths[rule->rule], rule->length, flags, types[type].section);
    return true;
}

/* Read. */

/* The fragment behind `fixed` octets of fixed fields, without padding. */
static h2_frame_fault read_fragment(const h2_frame_header *header, const uint8_t *payload,
                                    h2_block_frame *out)
{
    const bool padded = (header->flags & PADDED) != 0;
    const uint8_t padding = padded ? payload[0] : 0;
    const uint32_t before = h2_frame_fixed_length(header) + (padded ? 1U : 0U);
    const uint32_t room = header->length - before;

    out->fragment = payload + before;
    out->len = padding < room ? room - padding : 0;
    return padded ? h2_frame_check_padding(header, padding) : H2_FAULT_NONE;
}

h2_frame_fault h2_frame_read_headers(const h2_frame_header *header, const uint8_t *payload,
                                     h2_block_frame *out)
{
    *out = (h2_block_frame){.has_priority = (header->flags & PRIORITY) != 0};
    if (out->has_priority)
        out->priority = h2_frame_read_priority(payload + ((header->flags & PADDED) ? 1 : 0));
    return read_fragment(header, payload, out);
}

h2_frame_fault h2_frame_read_push_promise(const h2_frame_header *header, const uint8_t *payload,
                                          h2_block_frame *out)
{
    *out = (h2_block_frame){0};
    out->promised_id = h2_get32(payload + ((header->flags & PADDED) ? 1 : 0)) & H2_STREAM_ID_MAX;

    const h2_frame_fault padding = read_fragment(header, payload, out);
    return out->promised_id == 0 || out->promised_id % 2 ? H2_FAULT_PROMISED_ID : padding;
}

h2_goaway_frame h2_frame_read_goaway(const h2_frame_header *header, const uint8_t *payload)
{
    return (h2_goaway_frame){.last_stream_id = h2_get32(payload) & H2_STREAM_ID_MAX,
                             .error_code = h2_get32(payload + 4),
                             .debug = payload + 8,
                             .debug_len = header->length - 8};
}

h2_frame_fault h2_frame_read_altsvc(const h2_frame_header *header, const uint8_t *payload,
                                    h2_altsvc_frame *out)
{
    const size_t origin_len = h2_get16(payload);
    const size_t rest = header->length - 2;

    *out = (h2_altsvc_frame){0};
    if (origin_len > rest) return H2_FAULT_TOO_SHORT;
    *out = (h2_altsvc_frame){.origin = payload + 2,
                             .value = payload + 2 + origin_len,
                             .origin_len = origin_len,
                             .value_len = rest - origin_len};
    return H2_FAULT_NONE;
}

/* Written. */

static size_t copy(uint8_t *to, const void *from, size_t len)
{
    if (len > 0) memcpy(to, from, len);
    return len;
}

size_t h2_frame_write_settings(uint8_t *to, const h2_setting *settings, size_t count)
{
    h2_frame_header_put(to, (uint32_t)(count * H2_SETTINGS_ENTRY), H2_FRAME_SETTINGS, 0, 0);
    uint8_t *entry = to + H2_FRAME_HEADER;
    for (size_t i = 0; i < count; i++, entry += H2_SETTINGS_ENTRY) {
        h2_put16(entry, settings[i].id);
        h2_put32(entry + 2, settings[i].value);
    }
    return H2_FRAME_HEADER + count * H2_SETTINGS_ENTRY;
}

size_t h2_frame_write_rst_stream(uint8_t *to, uint32_t stream_id, uint32_t error_code)
{
    h2_frame_header_put(to, 4, H2_FRAME_RST_STREAM, 0, stream_id);
    h2_put32(to + H2_FRAME_HEADER, error_code);
    return H2_RST_STREAM_FRAME;
}

size_t h2_frame_write_window_update(uint8_t *to, uint32_t stream_id, uint32_t increment)
{
    h2_frame_header_put(to, 4, H2_FRAME_WINDOW_UPDATE, 0, stream_id);
    h2_put32(to + H2_FRAME_HEADER, increment);
    return H2_WINDOW_UPDATE_FRAME;
}

void h2_frame_put_priority(uint8_t *to, const h2_priority *priority)
{
    h2_put32(to, priority->depends_on | (priority->exclusive ? UINT32_C(0x80000000) : 0));
    to[4] = (uint8_t)(priority->weight - 1);
}

size_t h2_frame_write_priority(uint8_t *to, uint32_t stream_id, const h2_priority *priority)
{
    h2_frame_header_put(to, H2_PRIORITY_FIELDS, H2_FRAME_PRIORITY, 0, stream_id);
    h2_frame_put_priority(to + H2_FRAME_HEADER, priority);
    return H2_PRIORITY_FRAME;
}

size_t h2_frame_write_goaway(uint8_t *to, uint32_t last_stream_id, uint32_t error_code, const void *debug,
                             size_t debug_len)
{
    h2_frame_header_put(to, (uint32_t)(8 + debug_len), H2_FRAME_GOAWAY, 0, 0);
    h2_put32(to + H2_FRAME_HEADER, last_stream_id);
    h2_put32(to + H2_FRAME_HEADER + 4, error_code);
    return H2_GOAWAY_FRAME + copy(to + H2_GOAWAY_FRAME, debug, debug_len);
}

size_t h2_frame_write_altsvc(uint8_t *to, uint32_t stream_id, const void *origin, size_t origin_len,
                             const void *value, size_t value_len)
{
    h2_frame_header_put(to, (uint32_t)(2 + origin_len + value_len), H2_FRAME_ALTSVC, 0, stream_id);
    h2_put16(to + H2_FRAME_HEADER, (uint16_t)origin_len);
    size_t len = H2_ALTSVC_FRAME;
    len += copy(to + len, origin, origin_len);
    len += copy(to + len, value, value_len);
    return len;
}
