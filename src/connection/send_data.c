/* Sending bodies: DATA copied or borrowed, and the end of a stream (RFC 9113 section 6.1). */
#include "base/attributes.h"
#include "connection/connection.h"

/* A DATA frame to be. */
typedef struct body {
    uint32_t stream_id;
    const void *data;
    size_t len;
    bool end_stream;
    int pad_length;
    bool borrowed;
    h2_release_fn *release;
    void *arg;
} body;

static const uint8_t zeros[255];

static size_t padding_of(const body *b)
{
    return H2_USUAL(b->pad_length < 0) ? 0 : (size_t)b->pad_length + 1;
}

/* The call needs a stream, and there is none of that id. */
H2_RARE static h2_status refuse_without_stream(h2_connection *conn, uint32_t id)
{
    h2_stream *none;
    return h2_call_stream(conn, id, &none);
}

H2_RARE static h2_status refuse_window(h2_connection *conn, uint32_t id, size_t size, int64_t window)
{
    return h2_refuse(conn, H2_ERROR_FLOW_CONTROL, H2_CODE_FLOW_CONTROL_ERROR, id,
                     "Cannot send %llu bytes, flow control window is %lld", (unsigned long long)size,
                     (long long)window);
}

H2_RARE static h2_status refuse_size(h2_connection *conn, uint32_t id, size_t size)
{
    return h2_refuse(conn, H2_ERROR_FRAME_TOO_LARGE, H2_CODE_FRAME_SIZE_ERROR, id,
                     "Cannot send frame size %llu, max frame size is %u", (unsigned long long)size,
                     conn->max_outbound_frame);
}

/* A stream that there is none of is told by the call that needs it first. */
static inline h2_status check_window(h2_connection *conn, const body *b, const h2_stream *stream, size_t size)
{
    if (H2_UNUSUAL(size == 0)) return H2_OK;
    if (stream == NULL) return refuse_without_stream(conn, b->stream_id);
    const int64_t own = h2_outbound_window_of(conn, stream);
    const int64_t window = own < conn->outbound_window ? own : conn->outbound_window;
    if (window >= 0 && size <= (uint64_t)window) return H2_OK;
    return refuse_window(conn, b->stream_id, size, window);
}

static inline uint8_t *write_head(uint8_t *at, const body *b, size_t size)
{
    const unsigned flags = (b->end_stream ? (unsigned)H2_FLAG_END_STREAM : 0U) |
                           (b->pad_length < 0 ? 0U : (unsigned)H2_FLAG_PADDED);
    h2_frame_header_put(at, (uint32_t)size, H2_FRAME_DATA, flags, b->stream_id);
    at += H2_FRAME_HEADER;
    if (H2_USUAL(b->pad_length < 0)) return at;
    *at = (uint8_t)b->pad_length;
    return at + 1;
}

H2_INLINED static h2_status queue_copy(h2_connection *conn, const body *b, size_t size)
{
    uint8_t *const at = h2_output_reserve(&conn->output, H2_FRAME_HEADER + size);
    if (at == NULL) return H2_ERROR_NO_MEMORY;
    uint8_t *const to = write_head(at, b, size);
    if (b->len > 0) memcpy(to, b->data, b->len);
    if (H2_UNUSUAL(b->pad_length > 0)) memset(to + b->len, 0, (size_t)b->pad_length);
    h2_output_commit(&conn->output, H2_FRAME_HEADER + size);
    return H2_OK;
}

/* Header and Pad Length are ours, the body is borrowed, and so is padding: from zeros that never go away. */
H2_INLINED static h2_status queue_borrowed(h2_connection *conn, const body *b, size_t size)
{
    h2_output *const out = &conn->output;
    uint8_t *const at = h2_output_reserve(out, H2_FRAME_HEADER + 1);
    if (at == NULL) return H2_ERROR_NO_MEMORY;
    h2_segment *const data = h2_output_prepare_borrow(out);
    if (data == NULL) return H2_ERROR_NO_MEMORY;
    h2_segment *padding = NULL;
    if (H2_UNUSUAL(b->pad_length > 0)) {
        padding = h2_output_prepare_borrow(out);
        if (padding == NULL) {
            h2_output_abandon_borrow(out, data);
            return H2_ERROR_NO_MEMORY;
        }
    }
    h2_output_commit(out, (size_t)(write_head(at, b, size) - at));
    h2_output_borrow(out, data, b->data, b->len, b->release, b->arg);
    if (padding != NULL) h2_output_borrow(out, padding, zeros, (size_t)b->pad_length, NULL, NULL);
    return H2_OK;
}

H2_INLINED static h2_status send_body(h2_connection *conn, const body *b, h2_stream *stream)
{
    const size_t size = b->len > SIZE_MAX - padding_of(b) ? SIZE_MAX : b->len + padding_of(b);
    TRY(check_window(conn, b, stream, size));
    if (size > conn->max_outbound_frame) return refuse_size(conn, b->stream_id, size);
    TRY(h2_call_step(conn, H2_CONNECTION_SEND_DATA));
    if (stream == NULL) return refuse_without_stream(conn, b->stream_id);
    TRY(h2_call_stream_step(conn, stream, H2_STREAM_SEND_DATA));
    h2_body *announced;
    TRY(h2_judge_body(conn, b->stream_id, b->len, b->end_stream, &announced));
    if (b->end_stream) TRY(h2_call_stream_step(conn, stream, H2_STREAM_SEND_END_STREAM));
    TRY(b->borrowed ? queue_borrowed(conn, b, size) : queue_copy(conn, b, size));
    conn->outbound_window -= (int64_t)size;
    stream->outbound_offset -= (int32_t)size;
    h2_count_body(conn, announced, b->len, b->end_stream);
    return H2_OK;
}

H2_INLINED static h2_status send_checked(h2_connection *conn, const body *b)
{
    TRY(h2_call_begin(conn));
    if (b->data == NULL && b->len > 0) return h2_argument(conn, "data must not be NULL");
    if (b->pad_length < -1 || b->pad_length > 255) {
        return h2_argument(conn, "pad_length must be within range: [0, 255]");
    }
    if (conn->config.log != NULL) {
        h2_log(conn, H2_LOG_DEBUG, "Send data on stream ID %u with len %llu", b->stream_id,
               (unsigned long long)b->len);
    }
    h2_stream *const stream =
        H2_UNUSUAL(b->stream_id == 0) ? NULL : h2_streams_find(&conn->streams, b->stream_id);
    const h2_undo undo = h2_undo_with(conn, b->stream_id, stream);
    const h2_status status = send_body(conn, b, stream);
    if (H2_UNUSUAL(status != H2_OK || stream == NULL)) return h2_call_end(conn, &undo, status);
    h2_retire_stream(conn, stream);
    return H2_OK;
}

h2_status h2_send_data(h2_connection *conn, uint32_t stream_id, const void *data, size_t len, bool end_stream,
                       int pad_length)
{
    const body b = {
        .stream_id = stream_id, .data = data, .len = len, .end_stream = end_stream, .pad_length = pad_length};
    return send_checked(conn, &b);
}

h2_status h2_send_data_ref(h2_connection *conn, uint32_t stream_id, const void *data, size_t len,
                           bool end_stream, int pad_length, h2_release_fn *release, void *arg)
{
    const body b = {.stream_id = stream_id,
                    .data = data,
                    .len = len,
                    .end_stream = end_stream,
                    .pad_length = pad_length,
                    .borrowed = true,
                    .release = release,
                    .arg = arg};
    return send_checked(conn, &b);
}

static h2_status end_stream(h2_connection *conn, uint32_t id)
{
    TRY(h2_call_step(conn, H2_CONNECTION_SEND_DATA));
    h2_stream *stream;
    TRY(h2_call_stream(conn, id, &stream));
    h2_body *announced;
    TRY(h2_judge_body(conn, id, 0, true, &announced));
    TRY(h2_call_stream_step(conn, stream, H2_STREAM_SEND_END_STREAM));
    const body b = {.stream_id = id, .end_stream = true, .pad_length = -1};
    TRY(queue_copy(conn, &b, 0));
    h2_count_body(conn, announced, 0, true);
    return H2_OK;
}

h2_status h2_end_stream(h2_connection *conn, uint32_t stream_id)
{
    TRY(h2_call_begin(conn));
    h2_log(conn, H2_LOG_DEBUG, "End stream ID %u", stream_id);
    const h2_undo undo = h2_undo_point(conn, stream_id);
    return h2_call_end(conn, &undo, end_stream(conn, stream_id));
}
