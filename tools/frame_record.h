/* Writes one frame as a record: flags and codes by name, payload taken apart, header blocks joined and
 * decoded, and says what is malformed (RFC 9113 section 6; ALTSVC, ORIGIN and PRIORITY_UPDATE by their RFCs).
 * Judges one frame after the other; knows nothing of streams' states. */
#ifndef H2_TOOLS_FRAME_RECORD_H
#define H2_TOOLS_FRAME_RECORD_H

#include "frame_reader.h"
#include "record.h"

#include <h2/hpack.h>

/* What is remembered from frame to frame of one direction. Zeroed, with `hpack` set by the caller. */
typedef struct frame_context {
    h2_hpack_decoder *hpack; /* borrowed; NULL: header blocks are not decoded */
    uint8_t *block;          /* of the field block under way */
    size_t block_len, block_capacity;
    uint32_t block_stream; /* 0: no field block is under way */
    char error[160];       /* after `false`: what is wrong */
} frame_context;

/* Adds the frame's details to a record that has begun. False: the frame is malformed, nothing that follows
 * can be trusted, context->error says why. */
bool frame_record(frame_context *context, const frame *frame, record *out);

void frame_context_free(frame_context *context);

#endif
