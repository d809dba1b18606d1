/* Builders of HTTP/2 frames (RFC 9113 section 4 and 6) for tests, legal or not: nothing is checked here. */
#ifndef H2_TEST_FRAMES_H
#define H2_TEST_FRAMES_H

#include "octets.h"

#include <h2/h2.h>

enum {
    FRAME_DATA = 0,
    FRAME_HEADERS = 1,
    FRAME_PRIORITY = 2,
    FRAME_RST_STREAM = 3,
    FRAME_SETTINGS = 4,
    FRAME_PUSH_PROMISE = 5,
    FRAME_PING = 6,
    FRAME_GOAWAY = 7,
    FRAME_WINDOW_UPDATE = 8,
    FRAME_CONTINUATION = 9,
    FRAME_ALTSVC = 10
};

enum {
    FLAG_ACK = 0x1,
    FLAG_END_STREAM = 0x1,
    FLAG_END_HEADERS = 0x4,
    FLAG_PADDED = 0x8,
    FLAG_PRIORITY = 0x20
};

typedef struct frame_view {
    uint32_t length;
    unsigned type, flags;
    uint32_t stream_id; /* with its reserved bit */
    const uint8_t *payload;
} frame_view;

/* Takes the next whole frame off the front. False when there is none. */
bool frame_next(const uint8_t **data, size_t *len, frame_view *out);

/* "HEADERS", or NULL; the number of a name, or -1. */
const char *frame_type_name(unsigned type);
int frame_type_number(const char *name, size_t len);

void frame_preface(octets *o);
void frame_head(octets *o, uint32_t length, unsigned type, unsigned flags, uint32_t stream_id);
void frame_put(octets *o, unsigned type, unsigned flags, uint32_t stream_id, const void *payload, size_t len);
void frame_data(octets *o, uint32_t stream_id, const void *data, size_t len, bool end_stream);
void frame_headers(octets *o, uint32_t stream_id, const h2_header *fields, size_t count, bool end_stream);
void frame_push_promise(octets *o, uint32_t stream_id, uint32_t promised_id, const h2_header *fields,
                        size_t count);
void frame_priority(octets *o, uint32_t stream_id, const h2_priority *priority);
void frame_rst_stream(octets *o, uint32_t stream_id, uint32_t error_code);
void frame_settings(octets *o, const h2_setting *settings, size_t count);
void frame_settings_ack(octets *o);
void frame_ping(octets *o, const uint8_t data[8], bool ack);
void frame_goaway(octets *o, uint32_t last_stream_id, uint32_t error_code, const void *debug, size_t len);
void frame_window_update(octets *o, uint32_t stream_id, uint32_t increment);

/* A field as a literal without indexing, new name, no Huffman: it needs no table and changes none. */
void field_literal(octets *o, const void *name, size_t name_len, const void *value, size_t value_len);

/* What a frame says, one line without line end. */
void frame_describe(octets *out, const frame_view *frame);

/* The frames of a byte stream, a line each, with what is left over as hex. */
void frames_describe(octets *out, const uint8_t *data, size_t len);

#endif
