/* Frames into the output queue, each whole or not at all. */
#include "connection/connection.h"

static h2_status commit(h2_connection *conn, size_t octets)
{
    h2_output_commit(&conn->output, octets);
    return H2_OK;
}

h2_status h2_queue_goaway(h2_connection *conn, uint32_t last_id, uint32_t code, const void *debug, size_t len)
{
    uint8_t *const at = h2_output_reserve(&conn->output, H2_GOAWAY_FRAME + len);
    if (at == NULL) return H2_ERROR_NO_MEMORY;
    h2_log(conn, H2_LOG_DEBUG, "Sending GOAWAY: last stream %u, %s", last_id, h2_code_text(code));
    return commit(conn, h2_frame_write_goaway(at, last_id, code, debug, len));
}

h2_status h2_queue_reset(h2_connection *conn, uint32_t id, uint32_t code)
{
    uint8_t *const at = h2_output_reserve(&conn->output, H2_RST_STREAM_FRAME);
    if (at == NULL) return H2_ERROR_NO_MEMORY;
    return commit(conn, h2_frame_write_rst_stream(at, id, code));
}

h2_status h2_queue_window_update(h2_connection *conn, uint32_t id, uint32_t increment)
{
    uint8_t *const at = h2_output_reserve(&conn->output, H2_WINDOW_UPDATE_FRAME);
    if (at == NULL) return H2_ERROR_NO_MEMORY;
    return commit(conn, h2_frame_write_window_update(at, id, increment));
}

h2_status h2_queue_ping(h2_connection *conn, const uint8_t data[8], bool ack)
{
    uint8_t *const at = h2_output_reserve(&conn->output, H2_PING_FRAME);
    if (at == NULL) return H2_ERROR_NO_MEMORY;
    return commit(conn, h2_frame_write_ping(at, data, ack));
}

h2_status h2_queue_settings(h2_connection *conn, const h2_setting *settings, size_t count)
{
    uint8_t *const at = h2_output_reserve(&conn->output, H2_FRAME_HEADER + count * H2_SETTINGS_ENTRY);
    if (at == NULL) return H2_ERROR_NO_MEMORY;
    return commit(conn, h2_frame_write_settings(at, settings, count));
}

h2_status h2_queue_settings_ack(h2_connection *conn)
{
    uint8_t *const at = h2_output_reserve(&conn->output, H2_FRAME_HEADER);
    if (at == NULL) return H2_ERROR_NO_MEMORY;
    return commit(conn, h2_frame_write_settings_ack(at));
}

/* Parts a block that is longer than a frame into CONTINUATION frames, in place: the last parts are moved first, so that
 * each moves once. `room` octets lie in front of the block for the first header. Returns the length of all frames. */
static size_t part_block(uint8_t *at, const h2_frame_header *first, size_t prefix_len, size_t block_len,
                         size_t most)
{
    const size_t first_part = most - prefix_len;
    uint8_t *const block = at + H2_FRAME_HEADER + prefix_len;
    const size_t rest = block_len - first_part;
    const size_t parts = (rest + most - 1) / most;
    for (size_t i = parts; i-- > 0;) {
        const size_t from = first_part + i * most;
        const size_t len = block_len - from < most ? block_len - from : most;
        uint8_t *const to = block + from + (i + 1) * H2_FRAME_HEADER;
        memmove(to, block + from, len);
        h2_frame_header_put(to - H2_FRAME_HEADER, (uint32_t)len, H2_FRAME_CONTINUATION,
                            i + 1 == parts ? H2_FLAG_END_HEADERS : 0U, first->stream_id);
    }
    h2_frame_header_put(at, (uint32_t)most, first->type, first->flags, first->stream_id);
    return H2_FRAME_HEADER + prefix_len + block_len + parts * H2_FRAME_HEADER;
}

h2_status h2_queue_header_block(h2_connection *conn, const h2_frame_header *first, const void *prefix,
                                size_t prefix_len, const h2_outbound_list *list)
{
    /* h2_override_frame_size may have left less than the fixed fields take. */
    const size_t allowed = conn->max_outbound_frame;
    const size_t most = allowed > prefix_len ? allowed : prefix_len + 1;
    const size_t bound = h2_encoder_bound(&conn->messages->encoder, list->count, list->hints.octets);
    const size_t more = bound < most - prefix_len ? 0 : bound / (most - prefix_len);
    const size_t headers = (more + 2) * H2_FRAME_HEADER;
    if (bound > SIZE_MAX - headers - prefix_len) return H2_ERROR_NO_MEMORY;
    uint8_t *const at = h2_output_reserve(&conn->output, headers + prefix_len + bound);
    if (at == NULL) return H2_ERROR_NO_MEMORY;

    size_t len = 0;
    const h2_status status = h2_encoder_encode_known(&conn->messages->encoder, list->fields, list->count,
                                                     &list->hints, at + H2_FRAME_HEADER + prefix_len, &len);
    if (status != H2_OK) return status;
    if (prefix_len > 0) memcpy(at + H2_FRAME_HEADER, prefix, prefix_len);
    if (prefix_len + len > most) {
        h2_output_commit(&conn->output, part_block(at, first, prefix_len, len, most));
        return H2_OK;
    }
    h2_frame_header_put(at, (uint32_t)(prefix_len + len), first->type,
                        first->flags | (unsigned)H2_FLAG_END_HEADERS, first->stream_id);
    h2_output_commit(&conn->output, H2_FRAME_HEADER + prefix_len + len);
    return H2_OK;
}
