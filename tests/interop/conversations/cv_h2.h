/* What the parts of the libh2 side share. */
#ifndef H2_TEST_CV_H2_H
#define H2_TEST_CV_H2_H

#include "cv.h"

/* A frame that a call has asked for and that is to come out, in this order. */
typedef struct h2_intent {
    cv_kind kind;
    uint32_t stream, number, length, flow;
    bool end_stream, has_priority;
    h2_priority priority;
    const uint8_t *bytes;
    size_t bytes_len;
} h2_intent;

typedef struct h2_sent_settings {
    h2_setting entries[CV_SETTINGS];
    size_t count;
} h2_sent_settings;

typedef struct h2_before {
    int connection, stream;
} h2_before;

enum {
    H2_INTENTS = 2048,
    H2_SETTINGS_WAITING = 8
};

typedef struct h2_side {
    h2_connection *conn;
    cv_where where;
    h2_intent *intents; /* H2_INTENTS of them, used round */
    size_t intents_first, intents_end;
    h2_sent_settings waiting[H2_SETTINGS_WAITING];
    size_t waiting_first, waiting_count;
    bool split_cookies;
    bool remote_known[16];
    uint32_t remote_value[16];
    /* events that have to follow the last one */
    bool end_due, priority_due;
    uint32_t due_stream;
    h2_priority due_priority;
    h2_before before;   /* of the frame that is being fed */
    bool deaf;          /* the rest of this frame is not fed */
    uint8_t shown[256]; /* by h2_output_peek, not consumed yet */
    size_t shown_len;
    size_t borrowed, released, memory;
} h2_side;

void cv_h2_pull(cv_side *side, bool all);
void cv_h2_feed(cv_side *side, const uint8_t *octets, size_t len);
void cv_h2_poke(cv_side *side);
void cv_h2_intent(h2_side *state, const h2_intent *intent);
void cv_h2_on_wire(cv_side *side, const cv_item *item);
h2_before cv_h2_before(const h2_side *state, uint32_t stream);
bool cv_h2_worked(cv_side *side, h2_status status, const char *call);

#define CALLED(state, name) cv_count_call((state)->where, (name))

#endif
