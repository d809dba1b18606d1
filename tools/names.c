/* Names of the numbers on the wire; see names.h. */
#include "names.h"

#include <h2/errors.h>
#include <h2/settings.h>

static const struct {
    uint8_t type;
    const char *name;
} frame_names[] = {
    {FRAME_DATA, "DATA"},
    {FRAME_HEADERS, "HEADERS"},
    {FRAME_PRIORITY, "PRIORITY"},
    {FRAME_RST_STREAM, "RST_STREAM"},
    {FRAME_SETTINGS, "SETTINGS"},
    {FRAME_PUSH_PROMISE, "PUSH_PROMISE"},
    {FRAME_PING, "PING"},
    {FRAME_GOAWAY, "GOAWAY"},
    {FRAME_WINDOW_UPDATE, "WINDOW_UPDATE"},
    {FRAME_CONTINUATION, "CONTINUATION"},
    {FRAME_ALTSVC, "ALTSVC"},
    {FRAME_ORIGIN, "ORIGIN"},
    {FRAME_PRIORITY_UPDATE, "PRIORITY_UPDATE"},
};

static const struct {
    uint8_t type, bit;
    const char *name;
} flag_names[] = {
    {FRAME_DATA, FLAG_END_STREAM, "END_STREAM"},
    {FRAME_DATA, FLAG_PADDED, "PADDED"},
    {FRAME_HEADERS, FLAG_END_STREAM, "END_STREAM"},
    {FRAME_HEADERS, FLAG_END_HEADERS, "END_HEADERS"},
    {FRAME_HEADERS, FLAG_PADDED, "PADDED"},
    {FRAME_HEADERS, FLAG_PRIORITY, "PRIORITY"},
    {FRAME_SETTINGS, FLAG_ACK, "ACK"},
    {FRAME_PUSH_PROMISE, FLAG_END_HEADERS, "END_HEADERS"},
    {FRAME_PUSH_PROMISE, FLAG_PADDED, "PADDED"},
    {FRAME_PING, FLAG_ACK, "ACK"},
    {FRAME_CONTINUATION, FLAG_END_HEADERS, "END_HEADERS"},
};

static const struct {
    uint16_t id;
    const char *name;
} setting_names[] = {
    {H2_SETTINGS_HEADER_TABLE_SIZE, "HEADER_TABLE_SIZE"},
    {H2_SETTINGS_ENABLE_PUSH, "ENABLE_PUSH"},
    {H2_SETTINGS_MAX_CONCURRENT_STREAMS, "MAX_CONCURRENT_STREAMS"},
    {H2_SETTINGS_INITIAL_WINDOW_SIZE, "INITIAL_WINDOW_SIZE"},
    {H2_SETTINGS_MAX_FRAME_SIZE, "MAX_FRAME_SIZE"},
    {H2_SETTINGS_MAX_HEADER_LIST_SIZE, "MAX_HEADER_LIST_SIZE"},
    {H2_SETTINGS_ENABLE_CONNECT_PROTOCOL, "ENABLE_CONNECT_PROTOCOL"},
    {H2_SETTINGS_NO_RFC7540_PRIORITIES, "NO_RFC7540_PRIORITIES"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *name_of_frame(uint8_t type)
{
    for (size_t i = 0; i < COUNT(frame_names); i++)
        if (frame_names[i].type == type) return frame_names[i].name;
    return "UNKNOWN";
}

const char *name_of_setting(uint16_t id)
{
    for (size_t i = 0; i < COUNT(setting_names); i++)
        if (setting_names[i].id == id) return setting_names[i].name;
    return "UNKNOWN";
}

const char *name_of_error(uint32_t code)
{
    const char *name = h2_error_code_name(code);
    return name ? name : "UNKNOWN";
}

const char *name_of_flag(uint8_t type, uint8_t bit)
{
    for (size_t i = 0; i < COUNT(flag_names); i++)
        if (flag_names[i].type == type && flag_names[i].bit == bit) return flag_names[i].name;
    return NULL;
}
