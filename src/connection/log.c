/* Lines for the logger of the configuration, which may call nothing on the connection. */
#include "connection/connection.h"

#include <stdarg.h>
#include <stdio.h>

void h2_log(h2_connection *conn, h2_log_level level, const char *format, ...)
{
    if (conn->config.log == NULL) return;
    char line[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    /* Some of it is the peer's: it makes no line of its own. */
    for (char *at = line; *at != 0; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f) *at = '?';
    const bool before = conn->input.at.in_callback;
    conn->input.at.in_callback = true;
    conn->config.log(conn->config.log_arg, level, line);
    conn->input.at.in_callback = before;
}

const char *h2_code_text(uint32_t code)
{
    const char *const name = h2_error_code_name(code);
    return name == NULL ? "unknown code" : name;
}

void h2_log_frame(h2_connection *conn, const h2_frame_header *frame)
{
    const char *const name = h2_frame_type_name(frame->type);
    h2_log(conn, H2_LOG_TRACE, "Received frame: %s(type=%u, stream_id=%u, flags=0x%02x, length=%u)",
           name == NULL ? "unknown" : name, (unsigned)frame->type, frame->stream_id, (unsigned)frame->flags,
           frame->length);
}
