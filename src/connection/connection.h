/* One side of an HTTP/2 connection: what it holds, and the pieces that its files share. */
#ifndef H2_CONNECTION_CONNECTION_H
#define H2_CONNECTION_CONNECTION_H

#include "base/attributes.h"
#include "base/buffer.h"
#include "base/limits.h"
#include "base/output.h"
#include "base/policy.h"
#include "field/field.h"
#include "frame/frame.h"
#include "hpack/decoder.h"
#include "hpack/encoder.h"
#include "stream/bodies.h"
#include "stream/closed.h"
#include "stream/machine.h"
#include "stream/settings.h"
#include "stream/store.h"

#include <h2/connection.h>
#include <h2/states.h>

/* Passes a failure on; H2_OK and H2_NEED_DATA go on. */
#define TRY(call)                                                                                            \
    do {                                                                                                     \
        const h2_status tried_ = (call);                                                                     \
        if (tried_ < 0) return tried_;                                                                       \
    } while (0)

enum {
    H2_UPGRADE_STREAM = 1 /* the request that an HTTP/1.1 Upgrade began with (RFC 7540 section 3.2) */
};

/* Where the reading of frames stands. */
typedef enum h2_input_phase {
    H2_INPUT_HEAD,    /* the nine octets of a frame's header */
    H2_INPUT_PAYLOAD, /* a payload that is handled whole */
    H2_INPUT_PADDING, /* the Pad Length octet of DATA that is delivered in pieces */
    H2_INPUT_BODY,    /* DATA that is delivered in pieces */
    H2_INPUT_SKIP     /* octets that nobody wants */
} h2_input_phase;

/* A header block whose frames are still coming in (RFC 9113 section 4.3): h2_input_place.in_block. */
typedef struct h2_open_block {
    uint32_t stream_id;
    uint32_t continuations; /* CONTINUATION frames so far */
    uint32_t promised_id;   /* 0: HEADERS */
    uint8_t flags;          /* of the first frame */
    h2_priority priority;
    h2_buffer fragments;
} h2_open_block;

/* All zero where a frame may be read next that is judged by its header and nothing else. */
typedef struct h2_input_place {
    uint8_t preface_left;     /* octets of the client preface that are still to come */
    uint8_t phase;            /* h2_input_phase */
    uint8_t head_len;         /* octets in `head` */
    bool awaits_settings : 1; /* the peer's first frame must be SETTINGS, and is not there yet */
    bool judges_late : 1;     /* frames are logged, or judged when their payload is there */
    bool refusing : 1;        /* streams beyond the last one of the peer's GOAWAY are still to be told */
    bool in_block : 1;        /* only CONTINUATION may come */
    uint8_t spare : 4;        /* 0: the whole is compared, bit by bit */
    bool dead;                /* no memory while receiving: only freeing is left */
    bool in_callback;         /* the logger or a release function runs */
    /* Events that follow the one just given: h2_follow. */
    bool stream_ended, priority_updated;
} h2_input_place;

typedef struct h2_input {
    h2_input_place at;
    bool begun; /* this input has been looked at: input_limit holds */
    uint8_t head[H2_FRAME_HEADER];
    h2_frame_header frame;
    uint32_t left;        /* PAYLOAD, SKIP, BODY: octets to come */
    uint32_t wanted;      /* PAYLOAD: octets of it that are looked at, from the front */
    uint32_t padding;     /* BODY: octets of padding behind it, to be skipped */
    uint32_t overhead;    /* BODY: flow-controlled octets besides the body */
    h2_buffer partial;    /* a payload that the input cut */
    h2_open_block *block; /* NULL until the first that is cut */
} h2_input;

/* What the events tell that follow the one just given. */
typedef struct h2_follow {
    uint32_t stream_id;
    h2_priority priority;
} h2_follow;

/* What the peer has made us queue and has not been taken yet, in two generations: what was there when the older one began
 * to be taken, and what came since. */
typedef struct h2_backlog {
    uint64_t old_end; /* octets ever taken when the older generation is gone */
    uint32_t old_replies, old_frames, old_octets;
    uint32_t new_replies, new_frames, new_octets;
} h2_backlog;

enum {
    H2_LONGEST_REPLY = H2_PING_FRAME /* octets of a frame that the peer makes us queue */
};

/* What the bounds count besides. */
typedef struct h2_budget {
    uint64_t reset_tokens; /* resets left, in thousandths */
    uint32_t empty_data, data_overhead, reserved;
    uint32_t settings_sent;  /* since the last header block */
    uint64_t unacknowledged; /* octets of DATA delivered and not acknowledged */
    uint64_t priorities, streams_opened;
    uint64_t taken;    /* octets of output ever taken */
    uint64_t *crossed; /* how often each bound was; NULL until one is */
} h2_budget;

/* GOAWAY (RFC 9113 section 6.8) in a profile that drains. */
typedef struct h2_goaway {
    bool sent, received;
    bool announces; /* the only one sent leaves the last stream open */
    uint32_t sent_last, received_last;
} h2_goaway;

/* What one message needs while it is made or read. */
typedef struct h2_message_work {
    h2_field_work outbound;
    h2_field_recall inbound;
    h2_buffer cookies; /* the joined cookie of the last block */
} h2_message_work;

/* What only messages need. */
typedef struct h2_messages {
    h2_hpack_decoder decoder;
    h2_hpack_encoder encoder;
    h2_message_work *work; /* h2_need_work; NULL while there is none */
    h2_bodies bodies;      /* that are being sent, of announced length */
    h2_buffer authorities; /* of streams of ours: pointers to names, NULL where one is gone */
} h2_messages;

/* states.c: the connection's machine. */

enum {
    H2_CONNECTION_STATES = 4,
    H2_CONNECTION_INPUTS = 21,
    H2_CONNECTION_ROWS = 32, /* of the table, so that a cell is found without multiplying */
    H2_CONNECTION_REFUSES = 0xff
};

/* By profile: the next state, or H2_CONNECTION_REFUSES. */
extern const uint8_t h2_connection_cells[2][H2_CONNECTION_ROWS][H2_CONNECTION_STATES];

struct h2_connection {
    h2_memory memory;
    h2_config config;
    const h2_policy *policy;
    const uint8_t (*cells)[H2_CONNECTION_STATES]; /* of h2_connection_cells, those of its profile */
    uint8_t state;                                /* h2_connection_state */
    bool begun;                                   /* initiate_connection was called */
    bool settings_acked;                          /* the peer has acknowledged our first SETTINGS */
    bool upgraded;             /* the request of stream 1 came by HTTP/1.1, and we were not told what it is */
    uint32_t settings_unacked; /* SETTINGS frames that wait for their acknowledgement */
    h2_output output;
    /* From behind `input.at` to `local` is the place of the last GOAWAY, once the connection is dead. */
    h2_input input;
    h2_follow follow;
    uint32_t unjudged;    /* replies of at most H2_LONGEST_REPLY octets that surely pass no bound */
    uint32_t input_limit; /* greatest payload while this input lasts; h2_frame_limit tells it */

    h2_settings local, remote;
    h2_streams streams;
    h2_closed closed;
    uint32_t closed_list; /* slot of the first stream to be forgotten */
    uint32_t highest_inbound, highest_outbound;
    uint32_t open_inbound, open_outbound;
    uint32_t max_inbound_frame, max_outbound_frame;
    uint32_t max_header_list; /* of received blocks, octets */

    int64_t outbound_window;  /* of the connection, octets */
    h2_window inbound;        /* of the connection */
    int64_t outbound_initial; /* what streams' outbound offsets count from */
    int64_t inbound_initial;  /* what streams' inbound offsets count from */
    int64_t highest_offset;   /* no stream's outbound offset is above */

    h2_messages *messages;  /* NULL until the first message */
    uint32_t decoder_table; /* what the peer's encoder may use, octets */
    h2_goaway goaway;
    h2_buffer scratch; /* what the last event points to besides */

    h2_backlog backlog;
    h2_budget budget;
    h2_error_info *error; /* NULL until the first failure */
};

/* verdict.c. */

#include "connection/verdict.h"

/* streams.c: opening, stepping and forgetting streams. */

static inline bool h2_is_ours(const h2_connection *conn, uint32_t id)
{
    return (id & 1) == (conn->config.role == H2_CLIENT ? 1U : 0U);
}

bool h2_state_is_open(unsigned state);

/* Why there is no stream of that id: NO_SUCH_STREAM (idle) or STREAM_CLOSED. */
static inline h2_status h2_missing_stream(const h2_connection *conn, uint32_t id)
{
    const uint32_t highest = h2_is_ours(conn, id) ? conn->highest_outbound : conn->highest_inbound;
    return id == 0 || id > highest ? H2_ERROR_NO_SUCH_STREAM : H2_ERROR_STREAM_CLOSED;
}

/* Makes room for a stream, while it lives and after; false when there is no memory. Streams may move. */
static inline bool h2_reserve_stream(h2_connection *conn, uint32_t id)
{
    return (h2_streams_has_room(&conn->streams) || h2_streams_reserve(&conn->streams, &conn->memory)) &&
           h2_closed_reserve(&conn->closed, &conn->memory, id,
                             conn->config.limits.closed_streams / H2_CLOSED_PER_PAGE);
}

/* Adds an idle stream and records its id as the highest of its side; room was reserved. */
h2_stream *h2_open_stream(h2_connection *conn, uint32_t id);

/* The peer's message has begun: what was only needed before gives way to the count of its body. */
void h2_begin_body(h2_connection *conn, h2_stream *stream);

/* What a stream counts as, by its state. */
enum {
    H2_COUNTS_OPEN = 1,
    H2_COUNTS_RESERVED = 2
};
extern const uint8_t h2_stream_counts[H2_STREAM_STATES];

/* Keeps the counts of open and reserved streams in step with a change of state. */
static inline void h2_count_streams(h2_connection *conn, const h2_stream *stream, unsigned before)
{
    const unsigned was = h2_stream_counts[before], is = h2_stream_counts[stream->machine.state];
    if (was == is) return;
    uint32_t *const open =
        stream->machine.flags & H2_STREAM_OUR_SIDE ? &conn->open_outbound : &conn->open_inbound;
    *open += (is & H2_COUNTS_OPEN) - (was & H2_COUNTS_OPEN);
    if (H2_UNUSUAL((was | is) & H2_COUNTS_RESERVED)) conn->budget.reserved += (is >> 1) - (was >> 1);
}

/* For h2_step_stream, where the machine does not just move. */
H2_RARE h2_step h2_step_stream_otherwise(h2_connection *conn, h2_stream *stream, h2_stream_input input);

/* Feeds an input to a stream's machine and keeps the counts. */
static inline h2_step h2_step_stream(h2_connection *conn, h2_stream *stream, h2_stream_input input)
{
    const unsigned before = stream->machine.state;
    const h2_machine_cell *const at = &h2_stream_cells[conn->policy->profile][input][before];
    if (!h2_machine_moves(*at, &stream->machine)) return h2_step_stream_otherwise(conn, stream, input);
    if (before != at->next) h2_count_streams(conn, stream, before);
    return h2_machine_done(*at);
}

/* Whether the input leads to an event and leaves the stream's machine as it is. */
static inline bool h2_stream_stays(const h2_connection *conn, const h2_stream *stream, h2_stream_input input)
{
    const h2_machine_cell at = h2_stream_cells[conn->policy->profile][input][stream->machine.state];
    const h2_step done = h2_machine_done(at);
    h2_stream_machine after = stream->machine;
    return h2_machine_moves(at, &after) && h2_machine_word(after) == h2_machine_word(stream->machine) &&
           done.status == H2_OK && done.event != 0;
}

/* Puts a machine back as it was, with the counts. */
void h2_restore_stream(h2_connection *conn, h2_stream *stream, h2_stream_machine machine);

/* Forgets a stream that is closed, at once or when the open ones are counted, as the policy says. The stream is gone or
 * may be afterwards. Cannot fail: room to remember it is reserved while it lives. */
void h2_retire_closed_stream(h2_connection *conn, h2_stream *stream);

static inline void h2_retire_stream(h2_connection *conn, h2_stream *stream)
{
    if (stream->machine.state == H2_STREAM_CLOSED) h2_retire_closed_stream(conn, stream);
}

/* Removes a stream without a trace. */
void h2_discard_stream(h2_connection *conn, h2_stream *stream);

/* Nothing follows the event just given, where that was about the stream; the event may still point to the priority. */
void h2_drop_followers(h2_connection *conn, uint32_t id);

/* Closes a stream that is held, whatever its state: frames on it are dropped from now on. The stream is gone or may be
 * afterwards. */
void h2_close_stream(h2_connection *conn, h2_stream *stream);

/* Forgets all closed streams that wait for it. */
void h2_purge_streams(h2_connection *conn);

h2_closed_by h2_how_closed(const h2_connection *conn, uint32_t id);

/* Remembers that frames on `id` are to be dropped from now on. */
bool h2_remember_reset(h2_connection *conn, uint32_t id);

static inline int64_t h2_outbound_window_of(const h2_connection *conn, const h2_stream *stream)
{
    return conn->outbound_initial + stream->outbound_offset;
}

h2_window h2_inbound_window_of(const h2_connection *conn, const h2_stream *stream);
void h2_set_inbound_window(h2_connection *conn, h2_stream *stream, const h2_window *window);

/* messages.c. */

/* Makes conn->messages unless it is there. */
h2_status h2_need_messages(h2_connection *conn);

/* Makes conn->messages->work unless it is there; false when there is no memory. */
bool h2_need_work(h2_connection *conn);
void h2_trim_messages(h2_connection *conn);
void h2_free_messages(h2_connection *conn);

/* The greatest table of the peer's encoder, and that of ours as the peer allows it; octets. */
void h2_set_decoder_table(h2_connection *conn, uint32_t size);
h2_status h2_set_encoder_table(h2_connection *conn, uint32_t size);
uint32_t h2_encoder_table(const h2_connection *conn);
uint32_t h2_decoder_table(const h2_connection *conn);

/* The index of an authority for h2_stream.authority, kept once however many streams use it; 0 when there is no memory. */
uint32_t h2_intern_authority(h2_connection *conn, const char *text, size_t len);
void h2_drop_authority(h2_connection *conn, uint32_t index);
bool h2_authority_text(const h2_connection *conn, uint32_t index, const char **text, size_t *len);

/* calls.c: what every call begins and ends with. */

/* What a call may have to put back. */
typedef struct h2_undo {
    uint32_t stream_id; /* 0: none */
    uint8_t state;
    bool existed;
    h2_stream_machine machine; /* of a stream that existed; 0 otherwise */
    bool begun;
    uint32_t highest_inbound, highest_outbound;
    uint64_t streams_opened;
} h2_undo;

/* Refuses a call from within a callback, and makes sure that a failure can be told. */
static inline h2_status h2_call_begin(h2_connection *conn)
{
    if (H2_UNUSUAL(conn == NULL || conn->input.at.in_callback)) return H2_ERROR_ARGUMENT;
    if (H2_UNUSUAL(conn->input.at.dead)) return H2_ERROR_NO_MEMORY;
    if (!conn->policy->refusals_change_nothing && !h2_can_tell(conn)) return H2_ERROR_NO_MEMORY;
    return H2_OK;
}

h2_undo h2_undo_point(h2_connection *conn, uint32_t stream_id);

/* As h2_undo_point, for a caller who has looked for the stream already. */
static inline h2_undo h2_undo_with(const h2_connection *conn, uint32_t stream_id, const h2_stream *stream)
{
    h2_undo undo = {.stream_id = stream_id,
                    .state = conn->state,
                    .existed = stream != NULL,
                    .begun = conn->begun,
                    .highest_inbound = conn->highest_inbound,
                    .highest_outbound = conn->highest_outbound,
                    .streams_opened = conn->budget.streams_opened};
    if (stream != NULL) memcpy(&undo.machine, &stream->machine, sizeof undo.machine);
    return undo;
}

/* Ends a call: what failed is put back where nothing may have changed. Returns `status`. */
h2_status h2_call_end(h2_connection *conn, const h2_undo *undo, h2_status status);

/* A step on behalf of a call that may be refused. */
H2_RARE h2_status h2_call_step_slowly(h2_connection *conn, h2_connection_input input);
H2_RARE h2_status h2_call_stream_step_slowly(h2_connection *conn, h2_stream *stream, h2_stream_input input);

/* Feeds an input to the connection's machine on behalf of a call. */
static inline h2_status h2_call_step(h2_connection *conn, h2_connection_input input)
{
    const uint8_t next = conn->cells[input][conn->state];
    if (!conn->begun || next == H2_CONNECTION_REFUSES) return h2_call_step_slowly(conn, input);
    conn->state = next;
    return H2_OK;
}

/* Feeds an input to a stream's machine on behalf of a call. */
static inline h2_status h2_call_stream_step(h2_connection *conn, h2_stream *stream, h2_stream_input input)
{
    const unsigned before = stream->machine.state;
    const h2_machine_cell *const at = &h2_stream_cells[conn->policy->profile][input][before];
    if (!h2_machine_moves(*at, &stream->machine)) return h2_call_stream_step_slowly(conn, stream, input);
    if (at->next != before) h2_count_streams(conn, stream, before);
    return H2_OK;
}

/* A call that comes too early. */
H2_RARE h2_status h2_not_begun(h2_connection *conn);

/* The identifier of a stream to open is not above the highest so far. */
H2_RARE h2_status h2_refuse_too_low(h2_connection *conn, uint32_t id, uint32_t highest);

/* An argument is none. */
H2_RARE h2_status h2_argument(h2_connection *conn, const char *text);

/* Whether there are octets where the fields say so. */
bool h2_are_fields(const h2_header *headers, size_t count);

/* Whether a priority may be sent for a stream. */
h2_status h2_check_priority(h2_connection *conn, uint32_t id, const h2_priority *priority);

/* A SETTINGS frame is queued: its acknowledgement takes what was proposed so far into force. */
void h2_expect_settings_ack(h2_connection *conn);

/* Whether this side may send a value, as h2_setting_check_from. */
h2_status h2_check_own_setting(const h2_connection *conn, const h2_setting *setting, uint32_t *code);

/* The stream of a call, or the failure told. */
h2_status h2_call_stream(h2_connection *conn, uint32_t id, h2_stream **out);

/* budget.c: the bounds. */

/* Counts a crossing. True: it goes on, the configuration only observes. */
bool h2_limit_allows(h2_connection *conn, h2_limit limit);

/* Each charges what the peer did against its bound: H2_OK, or the failure with its verdict executed. */
h2_status h2_charge_reply(h2_connection *conn, bool acknowledgement,
                          size_t octets); /* a frame that we had to queue, of H2_LONGEST_REPLY at most */
h2_status h2_charge_reset(h2_connection *conn); /* a stream that ended in RST_STREAM for the peer's doing */
h2_status h2_charge_priority(h2_connection *conn); /* a PRIORITY frame */
h2_status h2_charge_reserved(h2_connection *conn); /* one more pushed stream */
h2_status h2_charge_data(h2_connection *conn, uint32_t body, uint32_t flow_controlled, bool ends);

/* Charges a reply where it surely passes no bound. False: nothing was done. */
static inline bool h2_count_reply(h2_connection *conn, bool acknowledgement, uint32_t octets)
{
    h2_backlog *const b = &conn->backlog;
    if (conn->unjudged == 0) return false;
    conn->unjudged--;
    b->new_replies += acknowledgement;
    b->new_frames++;
    b->new_octets += octets;
    return true;
}

/* Charges an acknowledgement that surely passes no bound, where there is room for it at once. NULL: nothing was done. */
static inline uint8_t *h2_reply_room(h2_connection *conn, uint32_t octets)
{
    uint8_t *const room = h2_output_room(&conn->output, octets);
    return room != NULL && h2_count_reply(conn, true, octets) ? room : NULL;
}

enum {
    H2_RESET_TOKEN = 1000 /* what a reset takes: thousandths */
};

/* Most that the budget of resets holds, in those. */
static inline uint64_t h2_reset_tokens(const h2_connection *conn)
{
    return (uint64_t)conn->config.limits.resets_burst * H2_RESET_TOKEN;
}

/* The bounds have changed. */
void h2_follow_limits(h2_connection *conn);

/* Each gives back. */
void h2_refill_reset(h2_connection *conn);               /* one, as for a stream that ended in order */
void h2_credit_data(h2_connection *conn, size_t octets); /* DATA that the application acknowledged */
void h2_note_taken(h2_connection *conn, size_t octets);  /* output that the transport took */

/* A list as it goes out. */
typedef struct h2_outbound_list {
    const h2_header *fields;
    size_t count;
    h2_encoder_hints hints;
    const h2_field_survey *survey; /* or NULL */
} h2_outbound_list;

/* bodies_out.c: whether what is sent is a message. */

/* Whether the list may be sent as that kind of block. *announced: the length of the body that follows, room for remembering
 * it being reserved, or H2_NO_LENGTH where nothing is said of it. */
h2_status h2_judge_message(h2_connection *conn, const h2_stream *stream, const h2_outbound_list *list,
                           h2_block_kind kind, bool ends, uint64_t *announced);

/* A body of that length is not the one that was announced: the refusal, or H2_OK where nobody asks. */
H2_RARE h2_status h2_other_length(h2_connection *conn, const h2_body *body, size_t octets);

/* A response to a CONNECT is queued. */
H2_RARE void h2_note_tunnel(h2_stream *stream, const h2_outbound_list *list);

/* NULL: nothing was announced of the body. */
static inline h2_body *h2_body_of(const h2_connection *conn, uint32_t id)
{
    return conn->messages == NULL ? NULL : h2_bodies_find(&conn->messages->bodies, id);
}

/* Whether `octets` more of the body may be sent, and whether it may end there. *found: what was announced of it, or NULL. */
static inline h2_status h2_judge_body(h2_connection *conn, uint32_t id, size_t octets, bool ends,
                                      h2_body **found)
{
    const h2_body *const body = *found = h2_body_of(conn, id);
    if (body == NULL) return H2_OK;
    const uint64_t left = body->sent < body->announced ? body->announced - body->sent : 0;
    if (ends ? octets == left : octets <= left) return H2_OK;
    return h2_other_length(conn, body, octets);
}

/* Then: they are queued. */
static inline void h2_count_body(h2_connection *conn, h2_body *body, size_t octets, bool ends)
{
    if (body == NULL) return;
    body->sent += octets;
    if (ends) h2_bodies_remove(&conn->messages->bodies, body);
}

/* No more of the body is sent. */
static inline void h2_forget_body(h2_connection *conn, uint32_t id)
{
    h2_body *const body = h2_body_of(conn, id);
    if (body != NULL) h2_bodies_remove(&conn->messages->bodies, body);
}

/* The list is queued. */
static inline void h2_note_message(h2_connection *conn, h2_stream *stream, const h2_outbound_list *list,
                                   h2_block_kind kind, bool ends, uint64_t announced)
{
    if (ends) h2_forget_body(conn, stream->id);
    if (announced != H2_NO_LENGTH) h2_bodies_add(&conn->messages->bodies, stream->id, announced);
    if (kind == H2_BLOCK_RESPONSE && (stream->machine.flags & H2_STREAM_IS_CONNECT))
        h2_note_tunnel(stream, list);
}

/* frames_out.c: frames into the output. */

/* Each queues one frame whole, or returns H2_ERROR_NO_MEMORY having queued nothing. */
h2_status h2_queue_goaway(h2_connection *conn, uint32_t last_id, uint32_t code, const void *debug,
                          size_t len);
h2_status h2_queue_reset(h2_connection *conn, uint32_t id, uint32_t code);
h2_status h2_queue_window_update(h2_connection *conn, uint32_t id, uint32_t increment);
h2_status h2_queue_ping(h2_connection *conn, const uint8_t data[8], bool ack);
h2_status h2_queue_settings(h2_connection *conn, const h2_setting *settings, size_t count);
h2_status h2_queue_settings_ack(h2_connection *conn);
h2_status h2_queue_header_block(h2_connection *conn, const h2_frame_header *first, const void *prefix,
                                size_t prefix_len, const h2_outbound_list *list);

/* Drops the queue but for what is pinned or taken in part. */
void h2_clear_output(h2_connection *conn);

/* Receiving: one function for each frame type. */

/* The greatest payload that the peer may send. */
static inline uint32_t h2_frame_limit(const h2_connection *conn)
{
    return conn->policy->limit_per_input ? conn->input_limit : conn->max_inbound_frame;
}

/* Gives back what blocks in pieces needed; none is open. */
void h2_free_block(h2_connection *conn);

/* Adds octets to the block that is open; false when there is no memory. */
bool h2_gather_fragment(h2_connection *conn, const uint8_t *octets, size_t len);

/* A handler returns H2_OK (an event is set), H2_NEED_DATA (none), or a failure whose verdict is executed. */
h2_status h2_receive_headers(h2_connection *conn, const uint8_t *payload, h2_event *event);
h2_status h2_receive_push_promise(h2_connection *conn, const uint8_t *payload, h2_event *event);
h2_status h2_receive_continuation(h2_connection *conn, const uint8_t *payload,
                                  h2_event *event); /* payload NULL: gathered already */
h2_status h2_receive_whole_data(h2_connection *conn, const uint8_t *payload, h2_event *event);
h2_status h2_begin_data(h2_connection *conn, uint32_t pad_length, h2_event *event);
h2_status h2_continue_data(h2_connection *conn, const uint8_t **data, size_t *len, h2_event *event);
h2_status h2_receive_settings(h2_connection *conn, const uint8_t *payload, h2_event *event);
h2_status h2_receive_ping(h2_connection *conn, const uint8_t *payload, h2_event *event);
h2_status h2_receive_goaway(h2_connection *conn, const uint8_t *payload, h2_event *event);
h2_status h2_receive_window_update(h2_connection *conn, const uint8_t *payload, h2_event *event);
h2_status h2_receive_rst_stream(h2_connection *conn, const uint8_t *payload, h2_event *event);
h2_status h2_receive_priority(h2_connection *conn, const uint8_t *payload, h2_event *event);
h2_status h2_receive_altsvc(h2_connection *conn, const uint8_t *payload, h2_event *event);
h2_status h2_receive_unknown(h2_connection *conn, const uint8_t *payload, h2_event *event);

/* Settings of the peer from an upgrade: judges them, failures are told but no frame is sent; takes those that were judged
 * into force. */
h2_status h2_judge_upgrade_settings(h2_connection *conn, const uint8_t *payload, size_t len);
h2_status h2_take_upgrade_settings(h2_connection *conn, const uint8_t *payload, size_t len);

/* A frame came for a stream that is closed: dropped, RST_STREAM or GOAWAY, by how it was closed. */
H2_RARE h2_status h2_closed_stream_frame(h2_connection *conn, uint32_t id, h2_event *event);

/* HEADERS or a promise came for an identifier that may not be opened any more. */
H2_RARE h2_status h2_low_stream_frame(h2_connection *conn, uint32_t id, h2_event *event);

/* A stream's machine has refused what the peer sent. */
H2_RARE h2_status h2_peer_stream_fault(h2_connection *conn, uint32_t id, h2_step step, h2_stream_input input,
                                       unsigned state, h2_event *event);

/* What a frame's own rules say, as a verdict. */
H2_RARE h2_status h2_frame_broken(h2_connection *conn, h2_frame_fault fault, h2_event *event);

/* Gives `octets` of DATA that nobody will see back to the peer. */
h2_status h2_credit_dropped(h2_connection *conn, uint32_t octets);

/* The next stream that a GOAWAY of the peer refuses, as an event. */
bool h2_next_refused(h2_connection *conn, h2_event *event);

/* The highest stream of the peer that was or may be handled, for a GOAWAY; may not rise. */
uint32_t h2_last_handled(const h2_connection *conn);

/* There is no memory while receiving: only what is queued can still be sent, and a GOAWAY that needs none. */
H2_RARE void h2_die(h2_connection *conn);

/* Whether streams of the peer from this id on are refused by our GOAWAY. */
static inline bool h2_is_beyond_goaway(const h2_connection *conn, uint32_t id)
{
    return H2_UNUSUAL(conn->goaway.sent) && id > conn->goaway.sent_last;
}

/* The connection's machine has refused what the peer sent: told by h2_verdict. */
H2_RARE h2_status h2_peer_refused(h2_connection *conn, h2_connection_input input);

/* Feeds an input to the connection's machine on behalf of the peer. False: it refuses, and nothing was done. */
static inline bool h2_peer_moves(h2_connection *conn, h2_connection_input input)
{
    const uint8_t next = conn->cells[input][conn->state];
    if (next == H2_CONNECTION_REFUSES) return false;
    conn->state = next;
    return true;
}

/* Whether it takes the input and stays in its state. */
static inline bool h2_peer_stays(const h2_connection *conn, h2_connection_input input)
{
    return conn->cells[input][conn->state] == conn->state;
}

/* Feeds it; what it refuses is told. */
static inline h2_status h2_peer_step(h2_connection *conn, h2_connection_input input)
{
    return h2_peer_moves(conn, input) ? H2_NEED_DATA : h2_peer_refused(conn, input);
}

/* WINDOW_UPDATE (RFC 9113 section 6.9). */

static inline bool h2_window_overflows(int64_t window, uint32_t increment)
{
    return window + increment > H2_WINDOW_MAX; /* the sum is needed next */
}

static inline void h2_raise_outbound(h2_connection *conn, h2_stream *stream, uint32_t increment)
{
    stream->outbound_offset += (int32_t)increment;
    if (stream->outbound_offset > conn->highest_offset) conn->highest_offset = stream->outbound_offset;
}

static inline void h2_tell_window(h2_event *event, uint32_t id, uint32_t increment)
{
    event->type = H2_EVENT_WINDOW_UPDATED;
    event->stream_id = id;
    event->window_updated.delta = increment;
}

/* Open a window by an increment that is not 0, where nothing but that is to be told. False: it is not so, and nothing was
 * done. */
static inline bool h2_peer_opens(h2_connection *conn, uint32_t increment)
{
    if (h2_window_overflows(conn->outbound_window, increment)) return false;
    if (!h2_peer_stays(conn, H2_CONNECTION_RECV_WINDOW_UPDATE)) return false;
    conn->outbound_window += increment;
    return true;
}

static inline bool h2_peer_opens_stream(h2_connection *conn, uint32_t id, uint32_t increment)
{
    h2_stream *const stream = h2_streams_find(&conn->streams, id);
    if (stream == NULL || !h2_stream_stays(conn, stream, H2_STREAM_RECV_WINDOW_UPDATE)) return false;
    if (h2_window_overflows(h2_outbound_window_of(conn, stream), increment)) return false;
    if (!h2_peer_stays(conn, H2_CONNECTION_RECV_WINDOW_UPDATE)) return false;
    h2_raise_outbound(conn, stream, increment);
    return true;
}

/* The state that a connection is made in. */
int h2_first_state(h2_profile profile, h2_role role);

/* log.c. */

#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
H2_RARE void
h2_log(h2_connection *conn, h2_log_level level, const char *format, ...);
H2_RARE void h2_log_frame(h2_connection *conn, const h2_frame_header *frame);
const char *h2_code_text(uint32_t code);

#endif
