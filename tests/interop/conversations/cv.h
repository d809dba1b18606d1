/* A conversation between two HTTP/2 endpoints in memory: what the parts of test_conversations share. The
 * driver decides what is said, an engine (libh2 or libnghttp2) says it, the wire between them notes every
 * frame, and the engine on the other side has to report each of them as it was. */
#ifndef H2_TEST_CV_H
#define H2_TEST_CV_H

#include <h2/h2.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CV_STREAMS = 40,       /* streams in one conversation, pushed ones included */
    CV_PATTERN = 1u << 16, /* octets before the pattern of bodies repeats */
    CV_SETTINGS = 12,      /* entries in one SETTINGS frame */
    CV_PINGS = 32          /* PINGs of one side in a conversation */
};

typedef enum cv_kind {
    CV_HEADERS,
    CV_PUSH,
    CV_DATA,
    CV_RESET,
    CV_PRIORITY,
    CV_SETTINGS_FRAME,
    CV_SETTINGS_ACK,
    CV_PING,
    CV_PING_ACK,
    CV_GOAWAY,
    CV_WINDOW,
    CV_ALTSVC,
    CV_UNKNOWN,
    CV_KINDS
} cv_kind;

typedef enum cv_block {
    CV_REQUEST,
    CV_RESPONSE,
    CV_INFORMATIONAL,
    CV_TRAILERS,
    CV_PROMISE
} cv_block;

typedef struct cv_list {
    h2_header *fields;
    size_t count;
} cv_list;

/* One frame (a header block with its CONTINUATION frames is one) as it was seen on the wire. */
typedef struct cv_item {
    cv_kind kind;
    cv_block block;
    uint8_t type, flags; /* of the frame */
    bool end_stream, has_priority, injected, skipped;
    uint32_t stream, number; /* number: code, increment, last or promised stream */
    uint32_t length, flow;   /* DATA: octets without and with padding */
    uint32_t seen,
        data_seen; /* DATA: octets that the receiver has reported (libh2: of `flow`; of `length`) */
    h2_priority priority;
    cv_list list;         /* as the sender's engine sends it */
    const uint8_t *bytes; /* the payload of frames without fields */
    size_t bytes_len;
    size_t wire_len; /* octets with all frame headers */
} cv_item;

/* A header block that the sender's engine has been given and the wire has not seen yet. */
typedef struct cv_sent_block {
    cv_block block;
    uint32_t stream, promised;
    cv_list list;
} cv_sent_block;

typedef struct cv_octets {
    uint8_t *data;
    size_t head, tail, cap;
} cv_octets;

/* One direction. */
typedef struct cv_wire {
    cv_octets raw, ready;
    cv_item *items;
    size_t items_cap, items_count, expected, fed; /* indexes: next to be reported, next to be delivered */
    size_t fed_octets;                            /* of items[fed] */
    cv_sent_block *blocks;
    size_t blocks_cap, blocks_head, blocks_count;
    bool preface_seen, rewrite;
    size_t preface_pending; /* octets that go to the next item */
    bool goaway_seen, goaway_fatal;
    uint64_t body_octets, frames;
} cv_wire;

typedef enum cv_way {
    CV_NONE,
    CV_BEGUN,
    CV_ENDED
} cv_way;

/* What one side has said and heard on a stream. */
typedef struct cv_half {
    bool exists, pending, busy; /* pending: asked of the engine, not on the wire yet; busy: frames queued */
    bool reset_asked, reset_sent, reset_got, dropped;
    bool came_early; /* dropped before the peer has acknowledged our SETTINGS, beyond a limit there */
    cv_way sent, got;
    bool no_body, trailers, end_later;
    unsigned informational;
    size_t body_total, body_sent, body_got;
    size_t unacknowledged;
    size_t chunk_left; /* libnghttp2: of the DATA it pulls */
    bool chunk_ends;
    cv_list list; /* libnghttp2: handed over, not sent yet */
    cv_block block;
    bool list_ends;
} cv_half;

typedef struct cv_stream {
    uint32_t id;
    bool connect, head, pushed, upgraded, informational_got;
    uint32_t parent;
    const char *authority; /* NULL: the request names none */
    cv_half half[2];
} cv_stream;

struct cv;
typedef struct cv_side cv_side;

/* What an engine does for the driver. Functions that return bool tell whether it was done. */
typedef struct cv_engine {
    const char *name;
    void (*start)(cv_side *side);
    void (*stop)(cv_side *side);
    void (*pull)(cv_side *side, bool all); /* output to the wire */
    void (*feed)(cv_side *side, const uint8_t *octets, size_t len);
    bool (*may_request)(cv_side *side);
    bool (*send_block)(cv_side *side, cv_stream *stream, cv_block block, cv_list list, bool end,
                       const h2_priority *priority);
    bool (*send_data)(cv_side *side, cv_stream *stream, size_t len, bool end, int pad);
    bool (*end_stream)(cv_side *side, cv_stream *stream);
    bool (*reset)(cv_side *side, cv_stream *stream, uint32_t code);
    bool (*ping)(cv_side *side, const uint8_t data[8]);
    bool (*prioritize)(cv_side *side, uint32_t id, const h2_priority *priority);
    bool (*settings)(cv_side *side, const h2_setting *settings, size_t count);
    bool (*window)(cv_side *side, uint32_t id, uint32_t increment);
    bool (*push)(cv_side *side, cv_stream *parent, cv_stream *promised, cv_list list); /* sets promised->id */
    bool (*altsvc)(cv_side *side, cv_stream *stream, const char *origin, const char *value);
    bool (*consume)(cv_side *side, cv_stream *stream, size_t octets);
    bool (*goaway)(cv_side *side, uint32_t code, const char *debug);
    bool (*shutdown)(cv_side *side);
    /* For comparing when all is quiet. Stream states are h2_stream_state; windows of streams that the
     * engine does not hold are -1 and negative ones 0. */
    int (*stream_state)(cv_side *side, uint32_t id);
    int64_t (*send_window)(cv_side *side, uint32_t id);
    int64_t (*receive_window)(cv_side *side, uint32_t id);
    bool (*setting)(cv_side *side, bool local, uint16_t id, uint32_t *value);
    bool (*counts_received)(cv_side *side); /* NULL, or whether receive_window is right */
    unsigned (*open_streams)(cv_side *side, bool inbound);
    void (*on_wire)(cv_side *side, const cv_item *item); /* NULL, or told what of its output is a frame */
} cv_engine;

struct cv_side {
    struct cv *cv;
    const cv_engine *engine;
    void *state;
    int index; /* of cv_stream.half: 0 the client, 1 the server */
    bool client;
    cv_wire *out, *in;
    cv_side *peer;
    unsigned unacknowledged_settings, settings_acks_due;
    size_t connection_unacknowledged;
    bool goaway_sent, goaway_got, closed, started;
    bool peer_settings_seen, must_wait; /* must_wait: says nothing before the peer's SETTINGS */
    bool normalize_in;                  /* libh2: joins cookies */
    bool unknown_frames;                /* reports them */
    uint8_t pings_due[CV_PINGS][8];     /* heard and not answered on the wire yet */
    unsigned pings_first, pings_count, pings_sent;
    uint32_t next_id; /* of the next request; set by may_request */
};

typedef struct cv_options {
    h2_profile profile;
    bool h2_is_client;
    bool self; /* libnghttp2 on both sides, which tries the harness itself */
    bool verbose;
    uint64_t seed;
} cv_options;

typedef struct cv {
    cv_options options;
    uint64_t rng;
    cv_side side[2];
    cv_wire wire[2]; /* [0]: from the client */
    cv_stream streams[CV_STREAMS];
    size_t stream_count;
    size_t stream_limit; /* no more requests from here on */
    bool upgrade, framewise, draining, parting, allow_reset, allow_informational, allow_push, allow_goaway;
    bool failed;
    char failure[512];
    struct cv_chunk *arena;
    uint8_t upgrade_payload[256]; /* of the SETTINGS that the client's Upgrade carries */
    size_t upgrade_len;
} cv;

/* cv_util.c. */
uint32_t cv_random(cv *c, uint32_t below);
bool cv_chance(cv *c, uint32_t percent);
void *cv_alloc(cv *c, size_t size);
void *cv_copy(cv *c, const void *data, size_t len);
void cv_arena_free(cv *c);
void cv_pattern_init(void);
void cv_pattern_fill(const cv_stream *stream, int from, size_t offset, uint8_t *out, size_t len);
const uint8_t *cv_pattern_at(const cv_stream *stream, int from, size_t offset, size_t *len);
bool cv_pattern_matches(const cv_stream *stream, int from, size_t offset, const uint8_t *data, size_t len);
void cv_fail(cv *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
void cv_trace(cv *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
cv_stream *cv_stream_find(cv *c, uint32_t id);
cv_stream *cv_stream_add(cv *c, uint32_t id);
bool cv_half_alive(const cv_stream *stream, int index);
void cv_octets_add(cv_octets *o, const void *data, size_t len);
const char *cv_kind_name(cv_kind kind);
bool cv_setting_repeated(const cv_item *item, size_t at); /* whether entry `at` of SETTINGS comes again */

/* cv_fields.c. */
cv_list cv_make_request(cv *c, cv_side *side, cv_stream *stream, bool pushed);
cv_list cv_make_response(cv *c, cv_side *side, cv_stream *stream, bool informational);
cv_list cv_make_trailers(cv *c, cv_side *side);
cv_list cv_normalize_outbound(cv *c, cv_list list, bool split_cookies);
cv_list cv_lower_names(cv *c, cv_list list);
cv_list cv_join_cookies(cv *c, cv_list list);
bool cv_field_equal(const h2_header *a, const h2_header *b);
void cv_expect_fields(cv *c, const char *who, const cv_list *expected, const h2_header *fields, size_t count,
                      bool flags);

/* cv_wire.c, cv_expect.c. */
void cv_wire_reset(cv_wire *w);
void cv_wire_free(cv_wire *w);
void cv_wire_sent_block(cv_wire *w, const cv_sent_block *block);
void cv_wire_output(cv *c, cv_side *sender, const void *octets, size_t len);
bool cv_wire_deliver(cv *c, cv_side *receiver, bool all);
bool cv_wire_idle(const cv_wire *w);
/* The next frame that the receiver ought to report; frames before it that it may rightly have passed over are
 * passed over. NULL, and the conversation has failed, when there is none. */
cv_item *cv_expect(cv *c, cv_side *receiver, cv_kind kind, uint32_t stream);
void cv_expect_done(cv_side *receiver);
void cv_expect_nothing(cv *c, cv_side *receiver);
void cv_check_answers(cv *c, cv_side *sender, const cv_item *item);
/* What a receiver does to its view of the stream with a frame that it has reported. */
void cv_heard(cv *c, cv_side *receiver, const cv_item *item);
void cv_heard_body(cv *c, cv_side *receiver, cv_item *item, const uint8_t *octets, size_t len);

/* Engines. */
extern const cv_engine cv_nghttp2;
extern const cv_engine cv_libh2;
void cv_h2_event(cv *c, cv_side *side, const h2_event *event); /* cv_h2_events.c */

/* cv_acts.c, cv_drive.c. */
bool cv_act(cv *c, cv_side *side);
bool cv_finish_streams(cv *c, cv_side *side);
void cv_unblock(cv *c, cv_side *side);
bool cv_random_settings(cv *c, cv_side *side, h2_setting *out, size_t *count, bool first);
bool cv_run(const cv_options *options, char *failure, size_t failure_len);

/* cv_count.c: what was reached on libh2's side. */
typedef struct cv_where {
    h2_profile profile;
    bool client;
} cv_where;
void cv_count_cell(cv_where where, bool stream, int state, int input);
void cv_count_call(cv_where where, const char *name);
void cv_count_event(cv_where where, h2_event_type type);
bool cv_count_report(bool print, unsigned long conversations);

#endif
