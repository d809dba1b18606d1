/* Broken byte streams and what two engines say of them: what the parts of test_rejects share. */
#ifndef H2_TEST_RJ_H
#define H2_TEST_RJ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RJ_FRAMES = 48,
    RJ_OCTETS = 65536,
    RJ_REQUESTS =
        5 /* streams 1, 3, ... that a client has open when the peer's octets come; the odd ones with a body */
};

typedef struct rj_frame {
    uint8_t type, flags;
    uint32_t stream;
    size_t length; /* as announced */
    uint8_t *payload;
    size_t payload_len;
} rj_frame;

/* What a peer sends, and what was done to it. `frames` are those that the octets are, not those that were meant; the
 * last may be cut off. */
typedef struct rj_stream {
    uint64_t seed;
    bool to_server;
    rj_frame frames[RJ_FRAMES];
    size_t count;
    char changes[256];
    size_t ends[RJ_FRAMES]; /* of each frame in octets */
    uint8_t octets[RJ_OCTETS], scratch[RJ_OCTETS];
    size_t octets_len, scratch_len;
    uint64_t rng;
} rj_stream;

typedef enum rj_class {
    RJ_OK,
    RJ_STREAM,
    RJ_CONNECTION
} rj_class;

/* The first thing that an engine had to say. */
typedef struct rj_verdict {
    rj_class class;
    uint32_t code, stream;
    char reason[200];
    bool stopped; /* it reads no more: GOAWAY came and no stream is open */
    size_t frame; /* which frame made it speak, RJ_FRAMES: none */
} rj_verdict;

void rj_make(rj_stream *s, uint64_t seed, bool to_server);
void rj_judge_h2(const rj_stream *s, rj_verdict *out);
void rj_judge_nghttp2(const rj_stream *s, rj_verdict *out);

/* Whether both say the same of the same frame. What the slower of two says is silenced. */
bool rj_agree(const rj_stream *s, rj_verdict *h2, rj_verdict *nghttp2);

/* Why the two may differ; NULL when nothing is known. */
const char *rj_explain(const rj_stream *s, const rj_verdict *h2, const rj_verdict *nghttp2);
size_t rj_explanations(void);
const char *rj_explanation(size_t index, unsigned long *hits);

uint32_t rj_random(rj_stream *s, uint32_t below);
const char *rj_class_name(rj_class class);

#endif
