/* The recorded work: fields with the shape of browsers' and APIs', the same for every peer. */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

counts counted;

uint8_t body_octets[1 << 20];

void die(const char *text)
{
    fprintf(stderr, "bench: %s\n", text);
    exit(1);
}

/* Memory. */

enum {
    FRONT = 16
};

static void *behind(uint8_t *block, size_t size)
{
    if (block == NULL) die("no memory");
    memcpy(block, &size, sizeof size);
    counted.octets += size;
    if (counted.octets > counted.most) counted.most = counted.octets;
    counted.calls++;
    return block + FRONT;
}

static size_t forget(void *ptr)
{
    size_t size;
    memcpy(&size, (uint8_t *)ptr - FRONT, sizeof size);
    counted.octets -= size;
    return size;
}

void *counted_allocate(void *arg, size_t size)
{
    (void)arg;
    return behind(malloc(size + FRONT), size);
}

void *counted_reallocate(void *arg, void *ptr, size_t size)
{
    if (ptr == NULL) return counted_allocate(arg, size);
    forget(ptr);
    return behind(realloc((uint8_t *)ptr - FRONT, size + FRONT), size);
}

void counted_free(void *arg, void *ptr)
{
    (void)arg;
    if (ptr == NULL) return;
    forget(ptr);
    free((uint8_t *)ptr - FRONT);
}

void bytes_add(bytes *to, const void *data, size_t len)
{
    if (len > to->cap - to->len) {
        to->cap = 2 * to->cap + len;
        to->data = realloc(to->data, to->cap);
        if (to->data == NULL) die("no memory");
    }
    if (len > 0) memcpy(to->data + to->len, data, len);
    to->len += len;
}

/* Fields. */

typedef struct extra {
    char name[16], value[40];
} extra;

typedef struct request {
    h2_header *fields;
    extra *extras;
    char path[40], id[20];
} request;

typedef struct response {
    h2_header fields[RESPONSE_FIELDS];
    char etag[20];
} response;

static h2_header text_field(const char *name, const char *value)
{
    return (h2_header){.name = name, .name_len = strlen(name), .value = value, .value_len = strlen(value)};
}

static size_t request_count = REQUEST_FIELDS;

void shape_requests(size_t fields)
{
    request_count = fields;
}

size_t request_lists(void)
{
    return request_count <= REQUEST_FIELDS ? REQUESTS : REQUESTS / 8;
}

/* One in four is different in each request. */
static void make_extra(extra *x, unsigned i, unsigned n)
{
    snprintf(x->name, sizeof x->name, "x-field-%03u", n);
    if (n % 4 == 0)
        snprintf(x->value, sizeof x->value, "%08x-%04x", (i * 512 + n) * 2654435761U, n);
    else
        snprintf(x->value, sizeof x->value, "what field %u says each time", n);
}

static void make_request(request *r, unsigned i)
{
    snprintf(r->path, sizeof r->path, "/api/v1/items/%u?page=%u", i * 7919 % 1000, i % 10);
    snprintf(r->id, sizeof r->id, "%08x-%04x", i * 2654435761U, i & 0xffff);
    const h2_header fields[REQUEST_FIELDS] = {
        text_field(":method", "GET"),
        text_field(":scheme", "https"),
        text_field(":authority", "api.example.com"),
        text_field(":path", r->path),
        text_field("user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
        text_field("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        text_field("accept-language", "en-US,en;q=0.5"),
        text_field("accept-encoding", "gzip, deflate, br, zstd"),
        text_field("x-request-id", r->id),
        text_field("cookie", "session=0123456789abcdef0123456789abcdef; theme=dark"),
    };
    const size_t extras = request_count > REQUEST_FIELDS ? request_count - REQUEST_FIELDS : 0;
    r->fields = calloc(REQUEST_FIELDS + extras, sizeof *r->fields);
    r->extras = calloc(extras + 1, sizeof *r->extras);
    if (r->fields == NULL || r->extras == NULL) die("no memory");
    memcpy(r->fields, fields, sizeof fields);
    for (unsigned n = 0; n < extras; n++) {
        make_extra(&r->extras[n], i, n);
        r->fields[REQUEST_FIELDS + n] = text_field(r->extras[n].name, r->extras[n].value);
    }
}

static void make_response(response *r, unsigned i)
{
    snprintf(r->etag, sizeof r->etag, "\"%x\"", i * 77);
    const h2_header fields[RESPONSE_FIELDS] = {
        text_field(":status", "200"),
        text_field("server", "bench"),
        text_field("date", "Sun, 22 Nov 2026 13:34:59 GMT"),
        text_field("content-type", "text/html; charset=utf-8"),
        text_field("content-length", "1024"),
        text_field("last-modified", "Sun, 22 Nov 2026 13:34:58 GMT"),
        text_field("etag", r->etag),
        text_field("cache-control", "max-age=3600, public"),
    };
    memcpy(r->fields, fields, sizeof fields);
}

field_list request_fields(size_t i)
{
    static request all[REQUESTS];
    if (all[0].fields == NULL)
        for (unsigned n = 0; n < request_lists(); n++)
            make_request(&all[n], n);
    return (field_list){all[i % request_lists()].fields, request_count};
}

field_list response_fields(size_t i)
{
    static response all[REQUESTS];
    if (all[0].fields[0].name == NULL)
        for (unsigned n = 0; n < REQUESTS; n++)
            make_response(&all[n], n);
    return (field_list){all[i % REQUESTS].fields, RESPONSE_FIELDS};
}
