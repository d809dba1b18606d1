/* What the measurements share: the recorded work, memory that is counted, and what a peer can do. */
#ifndef H2_BENCH_H
#define H2_BENCH_H

#include <h2/h2.h>

#include <stdnoreturn.h>

/* Memory. */

/* Counts what is held and how often more was asked for; one for all peers, not for threads. */
typedef struct counts {
    size_t octets, most, calls; /* most: octets held at once */
} counts;

extern counts counted;

/* The length is kept in front of what is given out, and not counted. */
void *counted_allocate(void *arg, size_t size);
void *counted_reallocate(void *arg, void *ptr, size_t size);
void counted_free(void *arg, void *ptr);

noreturn void die(const char *text);

/* Work. */

enum {
    REQUESTS = 512, /* lists that take turns, at most */
    REQUEST_FIELDS = 10,
    RESPONSE_FIELDS = 8,
    BODY = 1024 /* octets */
};

typedef struct bytes {
    uint8_t *data;
    size_t len, cap;
} bytes;

void bytes_add(bytes *to, const void *data, size_t len);

typedef struct field_list {
    const h2_header *fields;
    size_t count;
} field_list;

/* Request number i and response number i, with the shape of browsers' and APIs'; they live as long as the program. */
field_list request_fields(size_t i);
field_list response_fields(size_t i);

/* Requests have this many fields from now on: 4 and more. To be called before the first is asked for. */
void shape_requests(size_t fields);

/* How many lists of fields take turns in requests. */
size_t request_lists(void);

extern uint8_t body_octets[1 << 20];

/* Peers. */

typedef struct endpoint endpoint;
typedef struct coder coder;

typedef struct endpoint_options {
    bool client;
    bool uncounted;   /* memory comes from malloc */
    bool answers;     /* a server sends a response to each request */
    uint32_t window;  /* INITIAL_WINDOW_SIZE that is announced; 0 is the default */
    uint32_t streams; /* MAX_CONCURRENT_STREAMS that is announced; 0 is 100 */
    bool borrows; /* the response is a status and `body` octets that are borrowed, sent as windows allow */
    size_t body, empty_first; /* before them come so many without */
} endpoint_options;

typedef struct peer {
    const char *name;
    const char *(*version)(void);

    endpoint *(*open)(const endpoint_options *options);
    void (*close)(endpoint *e);
    void (*receive)(endpoint *e, const uint8_t *data, size_t len);
    void (*request)(endpoint *e, size_t i);       /* client: without body */
    size_t (*drain)(endpoint *e);                 /* takes all output and looks at none of it; octets */
    size_t (*pass)(endpoint *from, endpoint *to); /* takes all output and hands it over; octets */
    uint32_t (*begin_body)(endpoint *e);          /* server: response on the open stream, body to come */
    void (*send_body)(endpoint *e, size_t frames, size_t size,
                      bool borrowed);     /* of `size` octets; then drain */
    void (*pump)(endpoint *e);            /* sends what windows allow of a borrowed body; drains nothing */
    void (*answer_from_now)(endpoint *e); /* a server that did not */
    void (*trim)(endpoint *e);
    bool (*is_open)(const endpoint *e);
    size_t (*messages)(const endpoint *e); /* requests or responses seen whole so far */

    coder *(*decoder)(void);
    void (*decode)(coder *c, const uint8_t *block, size_t len);
    void (*free_decoder)(coder *c);
    coder *(*encoder)(void);
    size_t (*encode)(coder *c, const h2_header *fields, size_t count); /* octets of the block */
    void (*free_encoder)(coder *c);
} peer;

extern const peer peer_h2;
extern const peer peer_nghttp2;

#endif
