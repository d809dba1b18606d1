/* A connection that is attacked: its memory is metered, its events and its output are counted. */
#ifndef H2_TEST_ATTACKS_SUBJECT_H
#define H2_TEST_ATTACKS_SUBJECT_H

#include "octets.h"

#include <h2/h2.h>

/* Octets that the library holds, and the most that it has held. */
typedef struct meter {
    h2_allocator base;
    size_t live, peak;
} meter;

/* How the peer's octets come in and whether ours go out. */
typedef struct manner {
    bool reads;  /* output is read after every call; else nobody reads it until the end */
    bool octets; /* an octet a call; else pieces of 64 KiB */
} manner;

enum {
    EVENT_TYPES = H2_EVENT_UNKNOWN_FRAME_RECEIVED + 1,
    FRAME_TYPES = 11,
    CODES = 14
};

typedef struct subject subject;

/* What the application does with an event. */
typedef void subject_act(subject *s, const h2_event *event);

struct subject {
    h2_connection *conn;
    meter meter;
    manner manner;
    subject_act *act;
    size_t idle;     /* octets held after the first frames of both sides */
    size_t consumed; /* octets of the attack that were handled */
    h2_status status;
    char message[256];
    size_t events[EVENT_TYPES];
    size_t resets[CODES]; /* StreamReset events of our own making, by code */
    size_t frames[FRAME_TYPES];
    size_t resets_sent[CODES];
    bool goaway;
    uint32_t goaway_code;
    char goaway_debug[64];
    octets tail; /* output that is no whole frame yet */
    bool preface_skipped;
    uint32_t last_request; /* stream of the last request */
    size_t most_fields;    /* in one event */
};

typedef void configure(h2_config *config, h2_setting *settings);

/* Makes a connection, exchanges preface and SETTINGS both ways, and reads what it has to say. */
void subject_open(subject *s, h2_role role, configure *setup, manner how);
void subject_close(subject *s);

/* Gives it octets of the peer. False once it has refused. */
bool subject_feed(subject *s, const uint8_t *data, size_t len);

/* The same, and where instructions are counted. */
bool subject_attack(subject *s, const uint8_t *data, size_t len);

/* Reads and counts all output. */
void subject_read(subject *s);

/* Octets held at most, beyond those of an idle connection. */
size_t subject_peak(const subject *s);

/* How often a bound was crossed. */
uint64_t subject_crossed(const subject *s, const char *name);

#endif
