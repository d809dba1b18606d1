/* Cuts a byte stream into frames; see frame_reader.h. */
#include "frame_reader.h"

#include "names.h"

#include <stdlib.h>
#include <string.h>

enum {
    HEADER_SIZE = 9,
    PREFACE_SIZE = 24
};

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static uint32_t announced_length(const uint8_t *header)
{
    return (uint32_t)header[0] << 16 | (uint32_t)header[1] << 8 | header[2];
}

static bool begins_with_preface(const frame_reader *reader)
{
    const size_t seen = reader->have < PREFACE_SIZE ? reader->have : PREFACE_SIZE;
    return reader->offset == 0 && !reader->no_preface && reader->have >= HEADER_SIZE &&
           memcmp(reader->buffer, preface, seen < 16 ? seen : 16) == 0;
}

/* How many octets the buffer must hold before something can be said about them. */
static size_t needed(const frame_reader *reader)
{
    if (reader->have < HEADER_SIZE) return HEADER_SIZE;
    if (begins_with_preface(reader)) return PREFACE_SIZE;
    const size_t length = announced_length(reader->buffer);
    if (reader->buffer[3] != FRAME_DATA) return HEADER_SIZE + length;
    return (reader->buffer[4] & FLAG_PADDED) && length > 0 ? HEADER_SIZE + 1 : HEADER_SIZE;
}

static bool reserve(frame_reader *reader, size_t size)
{
    if (size <= reader->capacity) return true;
    const size_t capacity = size < 256 ? 256 : size;
    uint8_t *buffer = realloc(reader->buffer, capacity);
    if (!buffer) return false;
    reader->buffer = buffer;
    reader->capacity = capacity;
    return true;
}

static size_t take(const uint8_t **data, size_t *len, uint64_t wanted)
{
    const size_t size = *len < wanted ? *len : (size_t)wanted;
    *data += size;
    *len -= size;
    return size;
}

/* Moves octets into the buffer until it holds what is needed. */
static frame_read fill(frame_reader *reader, const uint8_t **data, size_t *len)
{
    for (size_t need = needed(reader); reader->have < need; need = needed(reader)) {
        if (*len == 0) return FRAME_READ_MORE;
        if (!reserve(reader, need)) return FRAME_READ_NO_MEMORY;
        const uint8_t *from = *data;
        const size_t size = take(data, len, need - reader->have);
        memcpy(reader->buffer + reader->have, from, size);
        reader->have += size;
    }
    return FRAME_READ_FRAME;
}

static void describe(frame_reader *reader, frame *out)
{
    const uint8_t *b = reader->buffer;
    *out = (frame){.offset = reader->offset,
                   .length = announced_length(b),
                   .type = b[3],
                   .flags = b[4],
                   .stream_id =
                       (uint32_t)(b[5] & 0x7f) << 24 | (uint32_t)b[6] << 16 | (uint32_t)b[7] << 8 | b[8],
                   .payload = b + HEADER_SIZE,
                   .payload_len = reader->have - HEADER_SIZE};
    reader->skip = out->length - out->payload_len;
}

frame_read frame_reader_next(frame_reader *reader, const uint8_t **data, size_t *len, frame *out)
{
    if (reader->done) { /* what was given last is no longer needed */
        reader->offset += reader->done;
        reader->done = reader->have = 0;
    }
    const size_t skipped = take(data, len, reader->skip);
    reader->skip -= skipped;
    reader->offset += skipped;
    if (reader->skip) return FRAME_READ_MORE;
    const frame_read result = fill(reader, data, len);
    if (result != FRAME_READ_FRAME) return result;
    reader->done = reader->have;
    if (begins_with_preface(reader))
        return memcmp(reader->buffer, preface, PREFACE_SIZE) == 0 ? FRAME_READ_PREFACE
                                                                  : FRAME_READ_BAD_PREFACE;
    describe(reader, out);
    return FRAME_READ_FRAME;
}

bool frame_reader_inside(const frame_reader *reader)
{
    return reader->skip > 0 || (reader->have > 0 && !reader->done);
}

void frame_reader_free(frame_reader *reader)
{
    free(reader->buffer);
    *reader = (frame_reader){0};
}
