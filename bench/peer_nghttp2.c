/* libnghttp2 at work, as its documentation advises: callbacks for what the work needs, fields that are not copied, output
 * through nghttp2_session_mem_send. */
#include "bench.h"

#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_FIELDS = 64
};

struct endpoint {
    nghttp2_session *session;
    size_t messages, field_octets;
    size_t frames_left, frame_size; /* of the body that is being sent */
    size_t body, body_left, empty_first;
    endpoint *reader; /* who is handed what is borrowed; NULL: nobody looks at it */
    uint32_t body_stream;
    bool answers, borrows, borrowed;
};

static void *allocate(size_t size, void *arg)
{
    return counted_allocate(arg, size);
}

static void release(void *ptr, void *arg)
{
    counted_free(arg, ptr);
}

static void *allocate_zeroed(size_t count, size_t size, void *arg)
{
    void *const ptr = counted_allocate(arg, count * size);
    memset(ptr, 0, count * size);
    return ptr;
}

static void *reallocate(void *ptr, size_t size, void *arg)
{
    return counted_reallocate(arg, ptr, size);
}

static nghttp2_mem memory = {NULL, allocate, release, allocate_zeroed, reallocate};

static void must(int status)
{
    if (status < 0) die(nghttp2_strerror(status));
}

/* The lists are the same h2_header's for both; the work converts them once. */
static nghttp2_nv *convert(field_list list)
{
    nghttp2_nv *const out = calloc(list.count, sizeof *out);
    if (out == NULL) die("no memory");
    for (size_t i = 0; i < list.count; i++) {
        const h2_header *const f = &list.fields[i];
        out[i] = (nghttp2_nv){.name = (uint8_t *)(uintptr_t)f->name,
                              .value = (uint8_t *)(uintptr_t)f->value,
                              .namelen = f->name_len,
                              .valuelen = f->value_len,
                              .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE};
    }
    return out;
}

static const nghttp2_nv *request_nv(size_t i)
{
    static nghttp2_nv *all[REQUESTS];
    if (all[0] == NULL)
        for (size_t n = 0; n < request_lists(); n++)
            all[n] = convert(request_fields(n));
    return all[i % request_lists()];
}

static const nghttp2_nv *response_nv(size_t i)
{
    static nghttp2_nv *all[REQUESTS];
    if (all[0] == NULL)
        for (size_t n = 0; n < REQUESTS; n++)
            all[n] = convert(response_fields(n));
    return all[i % REQUESTS];
}

/* Callbacks. */

static ssize_t read_answer(nghttp2_session *session, int32_t id, uint8_t *buf, size_t length, uint32_t *flags,
                           nghttp2_data_source *source, void *arg)
{
    (void)session, (void)id, (void)source, (void)arg;
    if (length < BODY) die("short buffer");
    memcpy(buf, body_octets, BODY);
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    return BODY;
}

static ssize_t read_body(nghttp2_session *session, int32_t id, uint8_t *buf, size_t length, uint32_t *flags,
                         nghttp2_data_source *source, void *arg)
{
    endpoint *const e = arg;
    (void)session, (void)id, (void)source;
    if (e->frames_left == 0 || length < e->frame_size) return NGHTTP2_ERR_DEFERRED;
    e->frames_left--;
    if (e->borrowed)
        *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    else
        memcpy(buf, body_octets + e->frames_left * e->frame_size % sizeof body_octets, e->frame_size);
    return (ssize_t)e->frame_size;
}

static ssize_t read_borrowed(nghttp2_session *session, int32_t id, uint8_t *buf, size_t length,
                             uint32_t *flags, nghttp2_data_source *source, void *arg)
{
    endpoint *const e = arg;
    (void)session, (void)id, (void)buf, (void)source;
    const size_t len = e->body_left < length ? e->body_left : length;
    e->body_left -= len;
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY | (e->body_left == 0 ? NGHTTP2_DATA_FLAG_EOF : 0);
    return (ssize_t)len;
}

static void receive(endpoint *e, const uint8_t *data, size_t len)
{
    const ssize_t taken = nghttp2_session_mem_recv(e->session, data, len);
    must((int)taken);
    if ((size_t)taken != len) die("nghttp2 took less");
}

static int send_borrowed(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t length,
                         nghttp2_data_source *source, void *arg)
{
    const endpoint *const e = arg;
    (void)session, (void)frame, (void)source;
    if (e->reader == NULL) return 0;
    receive(e->reader, head, 9);
    receive(e->reader, body_octets, length);
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_len, const uint8_t *value, size_t value_len, uint8_t flags, void *arg)
{
    endpoint *const e = arg;
    (void)session, (void)frame, (void)name, (void)value, (void)flags;
    e->field_octets += name_len + value_len;
    return 0;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    (void)session, (void)frame, (void)arg;
    return 0;
}

static void begin_borrowed(endpoint *e)
{
    const nghttp2_data_provider provider = {.read_callback = read_borrowed};
    e->body_left = e->messages < e->empty_first ? 0 : e->body;
    must(nghttp2_submit_response(e->session, (int32_t)e->body_stream, response_nv(0), 1,
                                 e->body_left > 0 ? &provider : NULL));
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *arg)
{
    endpoint *const e = arg;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
        e->body_stream = (uint32_t)frame->hd.stream_id;
        if (e->borrows) {
            begin_borrowed(e);
        } else if (e->answers) {
            const nghttp2_data_provider provider = {.read_callback = read_answer};
            must(nghttp2_submit_response(session, frame->hd.stream_id, response_nv(e->messages),
                                         RESPONSE_FIELDS, &provider));
        }
        e->messages++;
    } else if (frame->hd.flags & NGHTTP2_FLAG_END_STREAM && frame->hd.type <= NGHTTP2_HEADERS) {
        e->messages++;
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len,
                   void *arg)
{
    (void)session, (void)flags, (void)id, (void)data, (void)len, (void)arg;
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t id, uint32_t code, void *arg)
{
    (void)session, (void)id, (void)code, (void)arg;
    return 0;
}

static nghttp2_session_callbacks *make_callbacks(void)
{
    nghttp2_session_callbacks *callbacks;
    must(nghttp2_session_callbacks_new(&callbacks));
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_callbacks_set_send_data_callback(callbacks, send_borrowed);
    return callbacks;
}

/* Connection. */

static endpoint *open_endpoint(const endpoint_options *options)
{
    static nghttp2_session_callbacks *callbacks;
    if (callbacks == NULL) callbacks = make_callbacks();
    endpoint *const e = calloc(1, sizeof *e);
    if (e == NULL) die("no memory");
    e->answers = options->answers;
    e->borrows = options->borrows;
    e->body = options->body;
    e->empty_first = options->empty_first;
    nghttp2_mem *const mem = options->uncounted ? NULL : &memory;
    if (options->client)
        must(nghttp2_session_client_new3(&e->session, callbacks, e, NULL, mem));
    else
        must(nghttp2_session_server_new3(&e->session, callbacks, e, NULL, mem));
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options->streams ? options->streams : 100},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options->window}};
    must(nghttp2_submit_settings(e->session, NGHTTP2_FLAG_NONE, settings, options->window != 0 ? 2 : 1));
    if (options->window > 65535)
        must(nghttp2_submit_window_update(e->session, 0, 0, (int32_t)(options->window - 65535)));
    return e;
}

static void close_endpoint(endpoint *e)
{
    nghttp2_session_del(e->session);
    free(e);
}

static void request(endpoint *e, size_t i)
{
    must(nghttp2_submit_request(e->session, NULL, request_nv(i), request_fields(i).count, NULL, NULL));
}

static size_t drain(endpoint *e)
{
    const uint8_t *run;
    size_t octets = 0;
    ssize_t len;
    while ((len = nghttp2_session_mem_send(e->session, &run)) > 0)
        octets += (size_t)len;
    must((int)len);
    return octets;
}

static size_t pass(endpoint *from, endpoint *to)
{
    const uint8_t *run;
    size_t octets = 0;
    ssize_t len;
    from->reader = to;
    while ((len = nghttp2_session_mem_send(from->session, &run)) > 0) {
        receive(to, run, (size_t)len);
        octets += (size_t)len;
    }
    must((int)len);
    return octets;
}

static uint32_t begin_body(endpoint *e)
{
    const nghttp2_data_provider provider = {.read_callback = read_body};
    nghttp2_nv *const status = convert((field_list){response_fields(0).fields, 1});
    must(nghttp2_submit_response(e->session, (int32_t)e->body_stream, status, 1, &provider));
    (void)drain(e);
    free(status);
    return e->body_stream;
}

static void send_body(endpoint *e, size_t frames, size_t size, bool borrowed)
{
    e->frame_size = size;
    e->frames_left = frames;
    e->borrowed = borrowed;
    (void)nghttp2_session_resume_data(e->session, (int32_t)e->body_stream);
    (void)drain(e);
    if (e->frames_left > 0) die("nghttp2 did not send");
}

static void pump(endpoint *e)
{
    (void)e; /* mem_send asks read_borrowed */
}

static void answer_from_now(endpoint *e)
{
    e->answers = true;
}

static void trim(endpoint *e)
{
    (void)e;
}

static bool is_open(const endpoint *e)
{
    return nghttp2_session_want_read(e->session);
}

static size_t messages(const endpoint *e)
{
    return e->messages;
}

static const char *version(void)
{
    return nghttp2_version(0)->version_str;
}

/* Coder. */

struct coder {
    nghttp2_hd_inflater *inflater;
    nghttp2_hd_deflater *deflater;
};

static uint8_t encoded[1 << 20]; /* made once, as the other peer's */

static coder *new_coder(void)
{
    coder *const c = calloc(1, sizeof *c);
    if (c == NULL) die("no memory");
    return c;
}

static coder *new_decoder(void)
{
    coder *const c = new_coder();
    must(nghttp2_hd_inflate_new2(&c->inflater, &memory));
    return c;
}

static void decode(coder *c, const uint8_t *block, size_t len)
{
    for (;;) {
        nghttp2_nv field;
        int flags = 0;
        const ssize_t taken = nghttp2_hd_inflate_hd2(c->inflater, &field, &flags, block, len, 1);
        must((int)taken);
        block += taken;
        len -= (size_t)taken;
        if (flags & NGHTTP2_HD_INFLATE_FINAL) break;
    }
    must(nghttp2_hd_inflate_end_headers(c->inflater));
}

static void free_decoder(coder *c)
{
    nghttp2_hd_inflate_del(c->inflater);
    free(c);
}

static coder *new_encoder(void)
{
    coder *const c = new_coder();
    must(nghttp2_hd_deflate_new2(&c->deflater, 4096, &memory));
    return c;
}

static size_t encode(coder *c, const h2_header *fields, size_t count)
{
    nghttp2_nv list[MOST_FIELDS];
    if (count > MOST_FIELDS) die("too many fields");
    for (size_t i = 0; i < count; i++) {
        list[i].name = (uint8_t *)(uintptr_t)fields[i].name;
        list[i].value = (uint8_t *)(uintptr_t)fields[i].value;
        list[i].namelen = fields[i].name_len;
        list[i].valuelen = fields[i].value_len;
        list[i].flags = NGHTTP2_NV_FLAG_NONE;
    }
    const ssize_t len = nghttp2_hd_deflate_hd(c->deflater, encoded, sizeof encoded, list, count);
    must((int)len);
    return (size_t)len;
}

static void free_encoder(coder *c)
{
    nghttp2_hd_deflate_del(c->deflater);
    free(c);
}

const peer peer_nghttp2 = {
    .name = "nghttp2",
    .version = version,
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
