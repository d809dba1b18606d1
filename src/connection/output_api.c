/* The output queue as callers see it. Release functions run in here, and may call nothing on the connection. */
#include "connection/connection.h"

#include "base/attributes.h"

size_t h2_output_pending(const h2_connection *conn)
{
    return conn == NULL ? 0 : conn->output.pending;
}

size_t h2_data_to_send(h2_connection *conn, void *out, size_t cap)
{
    if (H2_UNUSUAL(conn == NULL || out == NULL || conn->input.at.in_callback)) return 0;
    conn->input.at.in_callback = true;
    const size_t copied = h2_output_copy(&conn->output, out, cap);
    conn->input.at.in_callback = false;
    h2_note_taken(conn, copied);
    return copied;
}

size_t h2_output_peek(h2_connection *conn, h2_iovec *out, size_t count)
{
    if (H2_UNUSUAL(conn == NULL || out == NULL || conn->input.at.in_callback)) return 0;
    return h2_output_show(&conn->output, out, count);
}

void h2_output_consume(h2_connection *conn, size_t octets)
{
    if (H2_UNUSUAL(conn == NULL || conn->input.at.in_callback)) return;
    const size_t taken = octets < conn->output.pending ? octets : conn->output.pending;
    conn->input.at.in_callback = true;
    h2_output_drop(&conn->output, taken);
    conn->input.at.in_callback = false;
    h2_note_taken(conn, taken);
}

void h2_clear_output(h2_connection *conn)
{
    const size_t before = conn->output.pending;
    const bool in_callback = conn->input.at.in_callback;
    conn->input.at.in_callback = true;
    h2_output_clear(&conn->output);
    conn->input.at.in_callback = in_callback;
    h2_note_taken(conn, before - conn->output.pending);
}

void h2_clear_outbound_data_buffer(h2_connection *conn)
{
    if (H2_UNUSUAL(conn == NULL || conn->input.at.in_callback)) return;
    h2_clear_output(conn);
}
