/* Events and frames for people, a record each, on a stream of the caller's. Used by what prints a
 * conversation: `h2 get -v` and `h2 serve --verbose`. */
#ifndef H2_TOOLS_PRINT_H
#define H2_TOOLS_PRINT_H

#include "frame_record.h"

#include <h2/events.h>
#include <stdio.h>

/* One line, and one more for each field or setting. Octets of the peer are escaped. Written at once: several
 * threads may print. */
void print_event(FILE *out, const h2_event *event, bool colour);

enum print_direction {
    PRINT_SENT,
    PRINT_RECEIVED
};

/* The frames of one direction of a conversation. Zeroed by the caller, who sets direction, colour and out. */
typedef struct frame_printer {
    FILE *out;
    enum print_direction direction;
    bool colour;
    bool broken; /* the octets are no frames any more; the engine has said so or will */
    frame_reader reader;
    frame_context context;
} frame_printer;

/* Prints every frame that these octets complete. Header blocks are decoded where context.hpack is set. */
void print_frames(frame_printer *printer, const uint8_t *data, size_t len);

void frame_printer_free(frame_printer *printer);

#endif
