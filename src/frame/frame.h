/* Frames as they stand on the wire (RFC 9113 sections 4 and 6, RFC 7838 section 4): headers, the rules that a frame must
 * keep on its own, payloads read and written. Knows nothing of streams or of what a broken rule leads to. */
#ifndef H2_FRAME_FRAME_H
#define H2_FRAME_FRAME_H

#include "base/bytes.h"

#include <h2/base.h>

typedef enum h2_frame_type {
    H2_FRAME_DATA = 0,
    H2_FRAME_HEADERS = 1,
    H2_FRAME_PRIORITY = 2,
    H2_FRAME_RST_STREAM = 3,
    H2_FRAME_SETTINGS = 4,
    H2_FRAME_PUSH_PROMISE = 5,
    H2_FRAME_PING = 6,
    H2_FRAME_GOAWAY = 7,
    H2_FRAME_WINDOW_UPDATE = 8,
    H2_FRAME_CONTINUATION = 9,
    H2_FRAME_ALTSVC = 10,
    H2_FRAME_TYPES /* types from here on are unknown */
} h2_frame_type;

enum {
    H2_FLAG_ACK = 0x1,
    H2_FLAG_END_STREAM = 0x1,
    H2_FLAG_END_HEADERS = 0x4,
    H2_FLAG_PADDED = 0x8,
    H2_FLAG_PRIORITY = 0x20
};

/* Octets of frames and of their parts. */
enum {
    H2_FRAME_HEADER = 9,
    H2_PRIORITY_FIELDS = 5,
    H2_SETTINGS_ENTRY = 6,
    H2_PRIORITY_FRAME = H2_FRAME_HEADER + 5,
    H2_RST_STREAM_FRAME = H2_FRAME_HEADER + 4,
    H2_WINDOW_UPDATE_FRAME = H2_FRAME_HEADER + 4,
    H2_PING_FRAME = H2_FRAME_HEADER + 8,
    H2_GOAWAY_FRAME = H2_FRAME_HEADER + 8, /* and the debug data */
    H2_ALTSVC_FRAME = H2_FRAME_HEADER + 2  /* and origin and value */
};

#define H2_STREAM_ID_MAX UINT32_C(0x7fffffff)

/* The client's preface without its SETTINGS frame (RFC 9113 section 3.4). */
#define H2_PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
enum {
    H2_PREFACE_LENGTH = sizeof H2_PREFACE - 1
};

typedef struct h2_frame_header {
    uint32_t length; /* of the payload, below 2^24 */
    uint8_t type, flags;
    uint32_t stream_id; /* without the reserved bit */
} h2_frame_header;

/* Which rule a frame breaks. What that leads to depends on type and profile. */
typedef enum h2_frame_fault {
    H2_FAULT_NONE,
    H2_FAULT_STREAM_ID_ZERO,
    H2_FAULT_STREAM_ID_NOT_ZERO,
    H2_FAULT_ACK_WITH_PAYLOAD, /* SETTINGS */
    H2_FAULT_LENGTH,           /* another one than the only one */
    H2_FAULT_LENGTH_MULTIPLE,  /* no whole number of settings */
    H2_FAULT_TOO_SHORT,        /* for what it must hold */
    H2_FAULT_PADDING,          /* longer than what it could pad: RFC 9113 and Python's h2 agree */
    H2_FAULT_PADDING_OVERLAPS, /* by RFC 9113 alone: it reaches into the fixed fields. The fragment is read as empty */
    H2_FAULT_PADDING_FILLS, /* by Python's h2 alone: HEADERS of nothing but padding */
    H2_FAULT_PROMISED_ID,   /* 0 or odd */
    H2_FAULT_INCREMENT_ZERO,
    H2_FAULT_COUNT
} h2_frame_fault;

/* `from` has nine octets. */
static inline h2_frame_header h2_frame_header_get(const uint8_t *from)
{
    const uint64_t most = h2_get64(from);
    return (h2_frame_header){.length = (uint32_t)(most >> 40),
                             .type = (uint8_t)(most >> 32),
                             .flags = (uint8_t)(most >> 24),
                             .stream_id = h2_get32(from + 5) & H2_STREAM_ID_MAX};
}

/* Writes nine octets. */
static inline void h2_frame_header_put(uint8_t *to, uint32_t length, unsigned type, unsigned flags,
                                       uint32_t stream_id)
{
    h2_put32(to, length << 8 | (uint8_t)type);
    to[4] = (uint8_t)flags;
    h2_put32(to + 5, stream_id);
}

/* Rules. */

enum {
    H2_FRAME_ID_ANY,
    H2_FRAME_ID_STREAM,
    H2_FRAME_ID_CONNECTION
};

enum {
    H2_FRAME_LENGTH_LEAST,
    H2_FRAME_LENGTH_EXACT,
    H2_FRAME_LENGTH_MULTIPLE
};

/* What a frame of one type keeps on its own (RFC 9113 section 6, RFC 7838 section 4). */
typedef struct h2_frame_rule {
    uint8_t id;     /* H2_FRAME_ID_... */
    uint8_t rule;   /* H2_FRAME_LENGTH_... */
    uint8_t length; /* octets of the fixed fields, without those that flags add */
    uint8_t flags;
} h2_frame_rule;

/* By type. Here, so that for a type that is known when it is compiled a check is what that type asks for. */
static const h2_frame_rule h2_frame_rules[H2_FRAME_TYPES] = {
    [H2_FRAME_DATA] = {H2_FRAME_ID_STREAM, H2_FRAME_LENGTH_LEAST, 0, H2_FLAG_END_STREAM | H2_FLAG_PADDED},
    [H2_FRAME_HEADERS] = {H2_FRAME_ID_STREAM, H2_FRAME_LENGTH_LEAST, 0,
                          H2_FLAG_END_STREAM | H2_FLAG_END_HEADERS | H2_FLAG_PADDED | H2_FLAG_PRIORITY},
    [H2_FRAME_PRIORITY] = {H2_FRAME_ID_STREAM, H2_FRAME_LENGTH_EXACT, 5, 0},
    [H2_FRAME_RST_STREAM] = {H2_FRAME_ID_STREAM, H2_FRAME_LENGTH_EXACT, 4, 0},
    [H2_FRAME_SETTINGS] = {H2_FRAME_ID_CONNECTION, H2_FRAME_LENGTH_MULTIPLE, 6, H2_FLAG_ACK},
    [H2_FRAME_PUSH_PROMISE] = {H2_FRAME_ID_STREAM, H2_FRAME_LENGTH_LEAST, 4,
                               H2_FLAG_END_HEADERS | H2_FLAG_PADDED},
    [H2_FRAME_PING] = {H2_FRAME_ID_CONNECTION, H2_FRAME_LENGTH_EXACT, 8, H2_FLAG_ACK},
    [H2_FRAME_GOAWAY] = {H2_FRAME_ID_CONNECTION, H2_FRAME_LENGTH_LEAST, 8, 0},
    [H2_FRAME_WINDOW_UPDATE] = {H2_FRAME_ID_ANY, H2_FRAME_LENGTH_EXACT, 4, 0},
    [H2_FRAME_CONTINUATION] = {H2_FRAME_ID_STREAM, H2_FRAME_LENGTH_LEAST, 0, H2_FLAG_END_HEADERS},
    [H2_FRAME_ALTSVC] = {H2_FRAME_ID_ANY, H2_FRAME_LENGTH_LEAST, 2, 0},
};

/* Whether the stream identifier is one for the type; types that are unknown take any. */
static inline h2_frame_fault h2_frame_check_id(const h2_frame_header *header)
{
    if (header->type >= H2_FRAME_TYPES) return H2_FAULT_NONE;
    switch (h2_frame_rules[header->type].id) {
    case H2_FRAME_ID_STREAM: return header->stream_id ? H2_FAULT_NONE : H2_FAULT_STREAM_ID_ZERO;
    case H2_FRAME_ID_CONNECTION: return header->stream_id ? H2_FAULT_STREAM_ID_NOT_ZERO : H2_FAULT_NONE;
    default: return H2_FAULT_NONE;
    }
}

/* Octets of fixed fields in front of what padding can pad; the octet that announces padding is not counted. */
static inline uint32_t h2_frame_fixed_length(const h2_frame_header *header)
{
    const h2_frame_rule *const rule = &h2_frame_rules[header->type];
    const bool priority = (header->flags & rule->flags & H2_FLAG_PRIORITY) != 0;

    return rule->length + (priority ? (uint32_t)H2_PRIORITY_FIELDS : 0);
}

/* Whether the length is one for the type and the flags, as far as the header tells. */
static inline h2_frame_fault h2_frame_check_length(const h2_frame_header *header)
{
    if (header->type >= H2_FRAME_TYPES) return H2_FAULT_NONE;

    const h2_frame_rule *const rule = &h2_frame_rules[header->type];
    if (rule->rule == H2_FRAME_LENGTH_EXACT)
        return header->length == rule->length ? H2_FAULT_NONE : H2_FAULT_LENGTH;
    if (rule->rule == H2_FRAME_LENGTH_MULTIPLE) {
        if ((header->flags & H2_FLAG_ACK) && header->length > 0) return H2_FAULT_ACK_WITH_PAYLOAD;
        return header->length % rule->length == 0 ? H2_FAULT_NONE : H2_FAULT_LENGTH_MULTIPLE;
    }
    const uint32_t padded = (header->flags & rule->flags & H2_FLAG_PADDED) ? 1 : 0;
    return header->length < h2_frame_fixed_length(header) + padded ? H2_FAULT_TOO_SHORT : H2_FAULT_NONE;
}

/* Whether `padding` octets fit a PADDED frame whose length has been checked. */
h2_frame_fault h2_frame_check_padding(const h2_frame_header *header, uint8_t padding);

/* "HEADERS", or NULL for an unknown type; the name of a flag of a type ("END_STREAM"), or NULL. */
const char *h2_frame_type_name(unsigned type);
const char *h2_frame_flag_name(unsigned type, unsigned flag);

/* The name that Python's hyperframe has for a type ("RstStreamFrame"); "ExtensionFrame" for an unknown one. */
const char *h2_frame_class_name(unsigned type);

/* What a fault is, in a few words, without verdict. */
const char *h2_frame_fault_name(h2_frame_fault fault);

/* The table of rules, a row as text; row 0 names the columns. False past the last. */
bool h2_frame_rule_row(size_t row, char *out, size_t cap);

/* Payloads read; the length has been checked. */

/* HEADERS or PUSH_PROMISE, whole. */
typedef struct h2_block_frame {
    const uint8_t *fragment;
    size_t len;
    uint32_t promised_id;
    bool has_priority;
    h2_priority priority;
} h2_block_frame;

/* `out` is set on padding faults too. */
h2_frame_fault h2_frame_read_headers(const h2_frame_header *header, const uint8_t *payload,
                                     h2_block_frame *out);
h2_frame_fault h2_frame_read_push_promise(const h2_frame_header *header, const uint8_t *payload,
                                          h2_block_frame *out);

/* Five octets, of PRIORITY or HEADERS. */
static inline h2_priority h2_frame_read_priority(const uint8_t *payload)
{
    const uint32_t word = h2_get32(payload);

    return (h2_priority){.depends_on = word & H2_STREAM_ID_MAX,
                         .weight = (uint16_t)(payload[4] + 1),
                         .exclusive = word > H2_STREAM_ID_MAX};
}

/* Entry `index` of a SETTINGS payload. */
static inline h2_setting h2_frame_read_setting(const uint8_t *payload, size_t index)
{
    const uint8_t *const entry = payload + index * H2_SETTINGS_ENTRY;

    return (h2_setting){.id = h2_get16(entry), .value = h2_get32(entry + 2)};
}

typedef struct h2_goaway_frame {
    uint32_t last_stream_id, error_code;
    const uint8_t *debug;
    size_t debug_len;
} h2_goaway_frame;

h2_goaway_frame h2_frame_read_goaway(const h2_frame_header *header, const uint8_t *payload);

/* The increment is set on a fault too. */
static inline h2_frame_fault h2_frame_read_window_update(const uint8_t *payload, uint32_t *increment)
{
    *increment = h2_get32(payload) & H2_STREAM_ID_MAX;
    return *increment ? H2_FAULT_NONE : H2_FAULT_INCREMENT_ZERO;
}

typedef struct h2_altsvc_frame {
    const uint8_t *origin, *value;
    size_t origin_len, value_len;
} h2_altsvc_frame;

h2_frame_fault h2_frame_read_altsvc(const h2_frame_header *header, const uint8_t *payload,
                                    h2_altsvc_frame *out);

/* Frames written; each returns its octets, `to` has room for them. */

size_t h2_frame_write_settings(uint8_t *to, const h2_setting *settings, size_t count);

static inline size_t h2_frame_write_settings_ack(uint8_t *to)
{
    h2_frame_header_put(to, 0, H2_FRAME_SETTINGS, H2_FLAG_ACK, 0);
    return H2_FRAME_HEADER;
}

static inline size_t h2_frame_write_ping(uint8_t *to, const uint8_t data[8], bool ack)
{
    h2_frame_header_put(to, 8, H2_FRAME_PING, ack ? H2_FLAG_ACK : 0, 0);
    memcpy(to + H2_FRAME_HEADER, data, 8);
    return H2_PING_FRAME;
}

size_t h2_frame_write_rst_stream(uint8_t *to, uint32_t stream_id, uint32_t error_code);
size_t h2_frame_write_window_update(uint8_t *to, uint32_t stream_id, uint32_t increment);
size_t h2_frame_write_priority(uint8_t *to, uint32_t stream_id, const h2_priority *priority);
size_t h2_frame_write_goaway(uint8_t *to, uint32_t last_stream_id, uint32_t error_code, const void *debug,
                             size_t debug_len);
size_t h2_frame_write_altsvc(uint8_t *to, uint32_t stream_id, const void *origin, size_t origin_len,
                             const void *value, size_t value_len);

/* The five octets of a priority, inside HEADERS. */
void h2_frame_put_priority(uint8_t *to, const h2_priority *priority);

#endif
