/* Cuts a byte stream of one direction into frames (RFC 9113 sections 3.4 and 4.1). Judges nothing but the
 * client preface, and does not look into payloads. */
#ifndef H2_TOOLS_FRAME_READER_H
#define H2_TOOLS_FRAME_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct frame {
    uint64_t offset; /* of its first octet in the stream */
    uint32_t length; /* of its payload, as announced */
    uint32_t stream_id;
    uint8_t type, flags;
    const uint8_t *payload; /* lives until the next call on the reader */
    size_t payload_len;     /* `length`, but at most one octet of DATA: the length of its padding */
} frame;

/* Zeroed: at the beginning of a stream. */
typedef struct frame_reader {
    uint64_t offset; /* of what comes next */
    uint64_t skip;   /* octets of DATA still to pass by */
    uint8_t *buffer;
    size_t have, capacity, done;
    bool no_preface; /* set by the caller: frames begin at once */
} frame_reader;

typedef enum frame_read {
    FRAME_READ_FRAME,
    FRAME_READ_PREFACE, /* the client's; at the beginning alone */
    FRAME_READ_MORE,    /* all octets are used up */
    FRAME_READ_BAD_PREFACE,
    FRAME_READ_NO_MEMORY
} frame_read;

/* The next frame; advances *data and *len past what was used. DATA is given as soon as its beginning is
 * there. */
frame_read frame_reader_next(frame_reader *reader, const uint8_t **data, size_t *len, frame *out);

/* Whether the stream has been cut inside a frame. */
bool frame_reader_inside(const frame_reader *reader);

void frame_reader_free(frame_reader *reader);

#endif
