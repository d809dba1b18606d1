/* Names of the numbers on the wire, for people: RFC 9113 sections 6, 6.5.2 and 7, and the extension frames of
 * RFC 7838, 8336 and 9218. Knows nothing of frames' contents. */
#ifndef H2_TOOLS_NAMES_H
#define H2_TOOLS_NAMES_H

#include <stddef.h>
#include <stdint.h>

enum frame_type {
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
    FRAME_ALTSVC = 10,
    FRAME_ORIGIN = 12,
    FRAME_PRIORITY_UPDATE = 16
};

enum frame_flag {
    FLAG_ACK = 0x1,
    FLAG_END_STREAM = 0x1,
    FLAG_END_HEADERS = 0x4,
    FLAG_PADDED = 0x8,
    FLAG_PRIORITY = 0x20
};

/* Constant strings, "UNKNOWN" for numbers without a name. */
const char *name_of_frame(uint8_t type);
const char *name_of_setting(uint16_t id);
const char *name_of_error(uint32_t code);

/* What one bit of a frame's flags octet means; NULL when that type does not define it. */
const char *name_of_flag(uint8_t type, uint8_t bit);

#endif
