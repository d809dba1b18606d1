/* The beginning of a conversation, with prior knowledge or by an HTTP/1.1 Upgrade (RFC 9113 section 3.4, RFC 7540 section
 * 3.2). */
#include "connection/connection.h"

enum {
    MOST_SETTINGS = 80 /* in force on one side, strangers included */
};

/* initiate_connection. */

static h2_status queue_preface(h2_connection *conn)
{
    uint8_t *const at = h2_output_reserve(&conn->output, H2_PREFACE_LENGTH);
    if (at == NULL) return H2_ERROR_NO_MEMORY;
    memcpy(at, H2_PREFACE, H2_PREFACE_LENGTH);
    h2_output_commit(&conn->output, H2_PREFACE_LENGTH);
    return H2_OK;
}

static h2_status step_begin(h2_connection *conn)
{
    if (conn->begun && conn->policy->begin_once) {
        return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, -1,
                         "The conversation has begun already");
    }
    conn->begun = true;
    return h2_call_step(conn, H2_CONNECTION_SEND_SETTINGS);
}

static h2_status too_many_settings(h2_connection *conn, size_t count)
{
    return h2_refuse(conn, H2_ERROR_FRAME_TOO_LARGE, H2_CODE_FRAME_SIZE_ERROR, -1,
                     "Cannot send %llu settings in force, only %d", (unsigned long long)count, MOST_SETTINGS);
}

/* Room for preface and SETTINGS, so that nothing can fail afterwards. */
static h2_status reserve_begin(h2_connection *conn)
{
    const size_t count = h2_settings_list(&conn->local, NULL, 0);
    if (count > MOST_SETTINGS) return too_many_settings(conn, count);
    const size_t octets = H2_PREFACE_LENGTH + H2_FRAME_HEADER + count * H2_SETTINGS_ENTRY;
    if (h2_output_reserve(&conn->output, octets) == NULL) return H2_ERROR_NO_MEMORY;
    return H2_OK;
}

static h2_status queue_begin(h2_connection *conn)
{
    h2_setting settings[MOST_SETTINGS];
    const size_t count = h2_settings_list(&conn->local, settings, MOST_SETTINGS);
    if (conn->config.role == H2_CLIENT) TRY(queue_preface(conn));
    TRY(h2_queue_settings(conn, settings, count));
    h2_expect_settings_ack(conn);
    return H2_OK;
}

static h2_status initiate(h2_connection *conn)
{
    TRY(step_begin(conn));
    TRY(reserve_begin(conn));
    return queue_begin(conn);
}

h2_status h2_initiate_connection(h2_connection *conn)
{
    TRY(h2_call_begin(conn));
    h2_log(conn, H2_LOG_DEBUG, "Initializing connection");
    const h2_undo undo = h2_undo_point(conn, 0);
    return h2_call_end(conn, &undo, initiate(conn));
}

/* base64url (RFC 4648 section 5). */

static int digit_of(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '-' || c == '+') return 62;
    return c == '_' || c == '/' ? 63 : -1;
}

/* Octets that the text stands for; `out` has room for three for each four characters. False: it is no base64url. */
static bool decode_base64(const char *text, size_t len, bool padded, uint8_t *out, size_t *out_len)
{
    if (padded && len % 4 != 0) return false;
    while (len > 0 && text[len - 1] == '=')
        len--;
    if (len % 4 == 1) return false;
    uint32_t bits = 0;
    unsigned held = 0;
    *out_len = 0;
    for (size_t i = 0; i < len; i++) {
        const int digit = digit_of(text[i]);
        if (digit < 0) return false;
        bits = bits << 6 | (uint32_t)digit;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        out[(*out_len)++] = (uint8_t)(bits >> held);
    }
    return true;
}

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* A setting takes six octets, so that none is ever left over and padding is never needed. */
static size_t encoded_length(size_t octets)
{
    return octets / 3 * 4;
}

static void encode_base64(const uint8_t *from, size_t octets, char *out)
{
    const size_t len = encoded_length(octets);
    for (size_t i = 0; i < len; i++) {
        const size_t bit = i * 6;
        const size_t at = bit / 8;
        const unsigned next = at + 1 < octets ? from[at + 1] : 0;
        const unsigned pair = (unsigned)from[at] << 8 | next;
        out[i] = digits[pair >> (10 - bit % 8) & 63];
    }
}

/* Upgrade. */

h2_status h2_upgrade_settings(h2_connection *conn, char *out, size_t cap, size_t *len)
{
    TRY(h2_call_begin(conn));
    if (len == NULL || (out == NULL && cap > 0)) return h2_argument(conn, "out and len must not be NULL");
    if (conn->config.role == H2_SERVER) return h2_argument(conn, "a server sends no HTTP2-Settings");
    h2_setting settings[MOST_SETTINGS];
    uint8_t frame[H2_FRAME_HEADER + MOST_SETTINGS * H2_SETTINGS_ENTRY];
    const size_t all = h2_settings_list(&conn->local, settings, MOST_SETTINGS);
    if (all > MOST_SETTINGS) return too_many_settings(conn, all);
    const size_t octets = h2_frame_write_settings(frame, settings, all) - H2_FRAME_HEADER;
    *len = encoded_length(octets);
    if (*len > cap) return h2_argument(conn, "the room for HTTP2-Settings is too small");
    encode_base64(frame + H2_FRAME_HEADER, octets, out);
    return H2_OK;
}

/* The header's octets, judged as a SETTINGS frame's would be. */
static h2_status read_header(h2_connection *conn, const char *header, size_t len, h2_buffer *decoded)
{
    if (!h2_buffer_reserve(decoded, &conn->memory, len / 4 * 3 + 3)) return H2_ERROR_NO_MEMORY;
    if (!decode_base64(header, len, conn->policy->padded_upgrade, decoded->data, &decoded->len)) {
        return h2_argument(conn, "HTTP2-Settings is no base64url");
    }
    if (decoded->len % H2_SETTINGS_ENTRY != 0) {
        return h2_refuse(conn, H2_ERROR_FRAME_DATA_MISSING, H2_CODE_FRAME_SIZE_ERROR, -1,
                         "HTTP2-Settings is no list of settings");
    }
    return h2_judge_upgrade_settings(conn, decoded->data, decoded->len);
}

static h2_status open_upgraded(h2_connection *conn)
{
    const bool client = conn->config.role == H2_CLIENT;
    TRY(h2_call_step(conn, client ? H2_CONNECTION_SEND_HEADERS : H2_CONNECTION_RECV_HEADERS));
    const uint32_t highest = client ? conn->highest_outbound : conn->highest_inbound;
    if (highest > 0) return h2_refuse_too_low(conn, H2_UPGRADE_STREAM, highest);
    if (!h2_reserve_stream(conn, H2_UPGRADE_STREAM)) return H2_ERROR_NO_MEMORY;
    h2_stream *const stream = h2_open_stream(conn, H2_UPGRADE_STREAM);
    return h2_call_stream_step(conn, stream, client ? H2_STREAM_UPGRADE_CLIENT : H2_STREAM_UPGRADE_SERVER);
}

/* What can be put back comes first, then the peer's settings, as if a SETTINGS frame had said them but for events and
 * acknowledgement, then what cannot fail. */
static h2_status initiate_upgrade(h2_connection *conn, const char *header, size_t len, h2_buffer *decoded)
{
    TRY(step_begin(conn));
    TRY(reserve_begin(conn));
    const bool told = conn->config.role == H2_SERVER && len > 0;
    if (told) TRY(read_header(conn, header, len, decoded));
    /* Taking the settings must not run out of memory half-way. */
    if (told) TRY(h2_need_messages(conn));
    TRY(open_upgraded(conn));
    if (told) TRY(h2_take_upgrade_settings(conn, decoded->data, decoded->len));
    return queue_begin(conn);
}

h2_status h2_initiate_upgrade_connection(h2_connection *conn, const char *settings_header, size_t len)
{
    TRY(h2_call_begin(conn));
    if (settings_header == NULL && len > 0) return h2_argument(conn, "settings_header must not be NULL");
    h2_log(conn, H2_LOG_DEBUG, "Upgrade connection. Current settings: %.*s", (int)(len < 256 ? len : 256),
           settings_header == NULL ? "" : settings_header);
    const h2_undo undo = h2_undo_point(conn, H2_UPGRADE_STREAM);
    h2_buffer decoded = {0};
    const h2_status status = initiate_upgrade(conn, settings_header, len, &decoded);
    h2_buffer_free(&decoded, &conn->memory);
    if (status == H2_OK) conn->upgraded = true;
    return h2_call_end(conn, &undo, status);
}

/* The request. */

static h2_status take_request(h2_connection *conn, const h2_header *headers, size_t count)
{
    const bool client = conn->config.role == H2_CLIENT;
    const unsigned begun = client ? H2_STREAM_HEADERS_RECEIVED : H2_STREAM_HEADERS_SENT;
    h2_stream *const stream = h2_streams_find(&conn->streams, H2_UPGRADE_STREAM);
    if (!conn->upgraded || stream == NULL || (stream->machine.flags & begun)) {
        return h2_refuse(conn, H2_ERROR_PROTOCOL, H2_CODE_PROTOCOL_ERROR, H2_UPGRADE_STREAM,
                         "There is no request of an Upgrade to be told of");
    }
    const h2_header *const authority = h2_field_find(headers, NULL, count, H2_TOKEN_AUTHORITY);
    if (client && authority != NULL) {
        TRY(h2_need_messages(conn));
        stream->authority = h2_intern_authority(conn, authority->value, authority->value_len);
        if (stream->authority == 0) return H2_ERROR_NO_MEMORY;
    }
    if (h2_field_value_is(h2_field_find(headers, NULL, count, H2_TOKEN_METHOD), "HEAD"))
        stream->machine.flags |= H2_STREAM_IS_HEAD;
    conn->upgraded = false;
    return H2_OK;
}

h2_status h2_upgraded_request(h2_connection *conn, const h2_header *headers, size_t count)
{
    TRY(h2_call_begin(conn));
    if (!h2_are_fields(headers, count)) return h2_argument(conn, "headers must not be NULL");
    return take_request(conn, headers, count);
}
