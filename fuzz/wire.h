/* Judges what a connection puts out: whole frames that RFC 9113 allows, with header blocks that decode. A small parser of
 * its own; blocks go through the library's decoder and through libnghttp2's. */
#ifndef H2_FUZZ_WIRE_H
#define H2_FUZZ_WIRE_H

#include "fuzz.h"

enum {
    WIRE_RESETS = 8,
    WIRE_SETTINGS = 4096,
    WIRE_STREAMS = 64 /* whose windows are followed */
};

typedef struct wire {
    bool strict; /* what only the RFC profile promises */
    bool client; /* whose output it is */
    bool
        lost; /* output was dropped, as the Python profile does when GOAWAY comes: only frames are looked at */
    bool loose; /* windows, sizes or settings were changed by hand */
    size_t preface_left;
    h2_hpack_decoder *decoder;
    void *second;            /* nghttp2_hd_inflater, NULL without libnghttp2 */
    uint32_t greatest_frame; /* that the peer has ever allowed */
    uint32_t greatest_table; /* that the decoders take */
    uint32_t open_block;     /* stream of a block without its end; 0 is none */
    octets block;
    uint32_t reset[WIRE_RESETS]; /* streams that saw RST_STREAM last: they are remembered */
    size_t resets;
    uint32_t highest_id, highest_promise;
    bool goaway;
    uint32_t goaway_last;
    int64_t connection_window;         /* of DATA that may be put out */
    int64_t initial, greatest_initial; /* of each stream: now, and since output was judged last */
    int64_t moved[WIRE_STREAMS];       /* from the initial window of a stream, by its identifier */
    /* Header table sizes of the peer's SETTINGS, in force with our acknowledgement; UINT32_MAX is no change. */
    uint32_t tables[WIRE_SETTINGS];
    size_t tables_first, tables_last;
} wire;

void wire_open(wire *w, bool client, bool strict);
void wire_close(wire *w);

/* The peer's SETTINGS were handled. */
void wire_note(wire *w, const h2_event *event);

/* The peer's settings are in force without a SETTINGS frame. */
void wire_upgraded(wire *w, const h2_settings *remote);

/* With all output judged, the windows that the connection tells of are those that the frames give. */
void wire_check_windows(const wire *w, const h2_connection *conn);

/* Takes output, whole frames. */
void wire_judge(wire *w, const uint8_t *data, size_t len);

#endif
