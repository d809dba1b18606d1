/* libh2 at work. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

struct endpoint {
    h2_connection *conn;
    size_t messages;
    size_t body, body_left, empty_first;
    uint32_t next_id, body_stream;
    bool answers, borrows;
};

static void *reallocate(void *arg, void *ptr, size_t old_size, size_t new_size)
{
    (void)old_size;
    return counted_reallocate(arg, ptr, new_size);
}

static void release(void *arg, void *ptr, size_t size)
{
    (void)size;
    counted_free(arg, ptr);
}

static const h2_allocator allocator = {counted_allocate, reallocate, release, NULL};

static void must(const endpoint *e, h2_status status)
{
    if (status < 0) die(h2_last_error(e->conn)->message);
}

static endpoint *open_endpoint(const endpoint_options *options)
{
    endpoint *const e = calloc(1, sizeof *e);
    if (e == NULL) die("no memory");
    e->answers = options->answers;
    e->borrows = options->borrows;
    e->body = options->body;
    e->empty_first = options->empty_first;
    e->next_id = 1;
    h2_config config;
    h2_config_init(&config, options->client ? H2_CLIENT : H2_SERVER);
    config.allocator = options->uncounted ? NULL : &allocator;
    const h2_setting settings[] = {
        {H2_SETTINGS_MAX_CONCURRENT_STREAMS, options->streams ? options->streams : 100},
        {H2_SETTINGS_INITIAL_WINDOW_SIZE, options->window}};
    if (options->window != 0 || !options->client) {
        config.initial_settings = settings;
        config.initial_settings_count = options->window != 0 ? 2 : 1;
    }
    if (h2_connection_new(&e->conn, &config) != H2_OK) die("h2_connection_new");
    must(e, h2_initiate_connection(e->conn));
    if (options->window > 65535)
        must(e, h2_increment_flow_control_window(e->conn, options->window - 65535, 0));
    return e;
}

static void close_endpoint(endpoint *e)
{
    h2_connection_free(e->conn);
    free(e);
}

static void answer(endpoint *e, uint32_t id)
{
    const field_list list = response_fields(e->messages);
    must(e, h2_send_headers(e->conn, id, list.fields, list.count, false, NULL));
    must(e, h2_send_data(e->conn, id, body_octets, BODY, true, -1));
}

static void pump(endpoint *e)
{
    int64_t window;
    while (e->body_left > 0) {
        must(e, h2_local_flow_control_window(e->conn, e->body_stream, &window));
        if (window <= 0) return;
        size_t len = e->body_left < 16384 ? e->body_left : 16384;
        if (len > (size_t)window) len = (size_t)window;
        e->body_left -= len;
        must(e,
             h2_send_data_ref(e->conn, e->body_stream, body_octets, len, e->body_left == 0, -1, NULL, NULL));
    }
}

static void begin_borrowed(endpoint *e)
{
    const h2_header status = H2_HEADER(":status", "200");
    e->body_left = e->messages < e->empty_first ? 0 : e->body;
    must(e, h2_send_headers(e->conn, e->body_stream, &status, 1, e->body_left == 0, NULL));
}

static void on_event(endpoint *e, const h2_event *event)
{
    switch (event->type) {
    case H2_EVENT_REQUEST_RECEIVED:
        e->body_stream = event->stream_id;
        if (e->borrows)
            begin_borrowed(e);
        else if (e->answers)
            answer(e, event->stream_id);
        e->messages++;
        break;
    case H2_EVENT_DATA_RECEIVED:
        must(e, h2_acknowledge_received_data(e->conn, event->data.flow_controlled_length, event->stream_id));
        e->messages += event->data.stream_ended;
        break;
    case H2_EVENT_RESPONSE_RECEIVED: e->messages += event->headers.stream_ended; break;
    default: break;
    }
}

static void receive(endpoint *e, const uint8_t *data, size_t len)
{
    h2_event event;
    h2_status status;
    while ((status = h2_receive_data(e->conn, &data, &len, &event)) == H2_OK)
        on_event(e, &event);
    must(e, status);
}

static void request(endpoint *e, size_t i)
{
    const field_list list = request_fields(i);
    must(e, h2_send_headers(e->conn, e->next_id, list.fields, list.count, true, NULL));
    e->next_id += 2;
}

static size_t drain(endpoint *e)
{
    h2_iovec runs[16];
    size_t octets = 0, count;
    while ((count = h2_output_peek(e->conn, runs, 16)) > 0) {
        size_t shown = 0;
        for (size_t i = 0; i < count; i++)
            shown += runs[i].len;
        h2_output_consume(e->conn, shown);
        octets += shown;
    }
    return octets;
}

static size_t pass(endpoint *from, endpoint *to)
{
    h2_iovec run;
    size_t octets = 0;
    while (h2_output_peek(from->conn, &run, 1) > 0) {
        receive(to, run.base, run.len);
        h2_output_consume(from->conn, run.len);
        octets += run.len;
    }
    return octets;
}

static uint32_t begin_body(endpoint *e)
{
    const h2_header status = H2_HEADER(":status", "200");
    must(e, h2_send_headers(e->conn, e->body_stream, &status, 1, false, NULL));
    return e->body_stream;
}

static void send_body(endpoint *e, size_t frames, size_t size, bool borrowed)
{
    for (size_t i = 0; i < frames; i++) {
        const uint8_t *const at = body_octets + i * size % sizeof body_octets;
        if (borrowed)
            must(e, h2_send_data_ref(e->conn, e->body_stream, at, size, false, -1, NULL, NULL));
        else
            must(e, h2_send_data(e->conn, e->body_stream, at, size, false, -1));
        (void)drain(e);
    }
}

static void answer_from_now(endpoint *e)
{
    e->answers = true;
}

static void trim(endpoint *e)
{
    h2_connection_trim(e->conn);
}

static bool is_open(const endpoint *e)
{
    return !h2_connection_is_closed(e->conn);
}

static size_t messages(const endpoint *e)
{
    return e->messages;
}

/* Coder. */

struct coder {
    h2_hpack_decoder *decoder;
    h2_hpack_encoder *encoder;
};

/* Made once: memory that comes anew from the system, or does not, would be measured with what is written to it. */
static uint8_t encoded[1 << 20];

static coder *new_coder(void)
{
    coder *const c = calloc(1, sizeof *c);
    if (c == NULL) die("no memory");
    return c;
}

static coder *new_decoder(void)
{
    coder *const c = new_coder();
    if (h2_hpack_decoder_new(&c->decoder, 4096, UINT32_MAX, &allocator) != H2_OK) die("decoder");
    return c;
}

static void decode(coder *c, const uint8_t *block, size_t len)
{
    const h2_header *fields;
    size_t count;
    if (h2_hpack_decode(c->decoder, block, len, &fields, &count) != H2_OK) die("decode");
}

static void free_decoder(coder *c)
{
    h2_hpack_decoder_free(c->decoder);
    free(c);
}

static coder *new_encoder(void)
{
    coder *const c = new_coder();
    if (h2_hpack_encoder_new(&c->encoder, 4096, H2_PROFILE_RFC, &allocator) != H2_OK) die("encoder");
    return c;
}

static size_t encode(coder *c, const h2_header *fields, size_t count)
{
    size_t len = 0;
    if (h2_hpack_encode(c->encoder, fields, count, encoded, sizeof encoded, &len) != H2_OK) die("encode");
    return len;
}

static void free_encoder(coder *c)
{
    h2_hpack_encoder_free(c->encoder);
    free(c);
}

const peer peer_h2 = {
    .name = "libh2",
    .version = h2_version,
    .open = open_endpoint,
    .close = close_endpoint,
    .receive = receive,
    .request = request,
    .drain = drain,
    .pass = pass,
    .begin_body = begin_body,
    .send_body = send_body,
    .pump = pump,
    .answer_from_now = answer_from_now,
    .trim = trim,
    .is_open = is_open,
    .messages = messages,
    .decoder = new_decoder,
    .decode = decode,
    .free_decoder = free_decoder,
    .encoder = new_encoder,
    .encode = encode,
    .free_encoder = free_encoder,
};
