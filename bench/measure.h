/* What every piece of work needs: the clock and the counter around it, recorded octets, a server to give them to. */
#ifndef H2_BENCH_MEASURE_H
#define H2_BENCH_MEASURE_H

#include "bench.h"

typedef struct result {
    double ns;
    size_t units;  /* requests, fields, frames: what the figures are divided by */
    size_t octets; /* through the measured part; 0 where that says nothing */
    size_t memory; /* octets held, for one unit */
    double ratio;  /* compression */
    size_t allocations;
} result;

/* Around what is measured, as often as need be; under callgrind only that is collected. */
void start(void);
void stop(result *r);

void put_frame(bytes *to, unsigned type, unsigned flags, uint32_t id, const void *payload, size_t len);

/* What a client sends: the preface with windows wide open, then `count` requests; ends[i] is where request i ends. */
bytes record_client(size_t count, size_t *ends, size_t *begin);

/* A server that has seen preface and SETTINGS. */
endpoint *open_server(const peer *p, const uint8_t *preface, size_t len, const endpoint_options *options);

/* Client and server, `batch` requests at a time. */
result pair(const peer *p, size_t count, size_t batch);

/* Work whose cost is followed while one number grows, and `count` units of it. */
typedef struct scaled_work {
    const char *name;
    result (*run)(const peer *p, size_t n, size_t count);
} scaled_work;

/* The story of kind n, decoded; DATA frames of n octets, sent. */
result decode_one_story(const peer *p, size_t n, size_t count);
result frames_copied(const peer *p, size_t n, size_t count);
result frames_borrowed(const peer *p, size_t n, size_t count);

extern const scaled_work scaled_works[]; /* ends with a name that is NULL */

#endif
