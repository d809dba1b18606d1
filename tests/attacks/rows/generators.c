/* What the rows are made of. */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>

void put_request_fields(octets *block)
{
    octets_put(block,
               "\x82\x84\x87\x01\x01"
               "a",
               6); /* GET, /, https, :authority a */
}

void put_block(octets *out, uint32_t id, bool ends, const void *block, size_t len)
{
    frame_put(out, FRAME_HEADERS, FLAG_END_HEADERS | (ends ? FLAG_END_STREAM : 0), id, block, len);
}

void put_long_block(octets *out, uint32_t id, bool ends, const octets *block)
{
    const size_t most = 16384;
    size_t at = block->len < most ? block->len : most;
    const unsigned end_stream = ends ? FLAG_END_STREAM : 0;
    frame_put(out, FRAME_HEADERS, end_stream | (at == block->len ? FLAG_END_HEADERS : 0U), id, block->data,
              at);
    while (at < block->len) {
        const size_t n = block->len - at < most ? block->len - at : most;
        at += n;
        frame_put(out, FRAME_CONTINUATION, at == block->len ? FLAG_END_HEADERS : 0, id, block->data + at - n,
                  n);
    }
}

void put_request(octets *out, uint32_t id, bool ends)
{
    octets block = {0};
    put_request_fields(&block);
    put_block(out, id, ends, block.data, block.len);
    octets_free(&block);
}

void open_stream(subject *s)
{
    static const h2_header request[] = {REQUEST};
    octets out = {0};
    if (h2_connection_config(s->conn)->role == H2_CLIENT) {
        expect(h2_send_headers(s->conn, 1, request, 4, false, NULL) == H2_OK, "-", "a request is sent");
        subject_read(s);
    } else {
        put_request(&out, 1, false);
        expect(subject_feed(s, out.data, out.len), "-", "a request is taken");
    }
    octets_free(&out);
}

void expect(bool holds, const char *id, const char *what)
{
    if (holds) return;
    fprintf(stderr, "%s: not so: %s\n", id, what);
    abort();
}
