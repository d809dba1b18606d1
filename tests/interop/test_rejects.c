/* Broken byte streams, given to libh2 (RFC profile) and to libnghttp2 as client and as server: both have to find
 * fault with the same frame, and with the same scope (stream or connection), but for differences that a table
 * explains from the RFC.
 *
 *   test_rejects [--seed N] [--count N] [--one client|server]
 *
 * --one prints the stream of --seed. H2_REJECTS in the environment is the number for each role. */
#include "rejects/rj.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static unsigned long wanted = 100000;
static uint64_t first_seed = 1;
static rj_stream stream;

static void show(const rj_verdict *h2, const rj_verdict *nghttp2)
{
    printf("seed %llu, to a %s: %s\n", (unsigned long long)stream.seed,
           stream.to_server ? "server" : "client", stream.changes);
    for (size_t i = 0; i < stream.count; i++) {
        const rj_frame *const f = &stream.frames[i];
        printf("  %zu: type %u flags %02x stream %u length %zu:", i, f->type, f->flags, f->stream, f->length);
        for (size_t k = 0; k < f->payload_len && k < 48; k++)
            printf(" %02x", f->payload[k]);
        printf("%s%s\n", i == h2->frame ? "  <- libh2" : "", i == nghttp2->frame ? "  <- libnghttp2" : "");
    }
    printf("  libh2: %s, code %u, stream %u: %s\n", rj_class_name(h2->class), h2->code, h2->stream,
           h2->reason);
    printf("  libnghttp2: %s, code %u, stream %u: %s\n", rj_class_name(nghttp2->class), nghttp2->code,
           nghttp2->stream, nghttp2->reason);
}

static void judge(bool to_server)
{
    unsigned long seen[3] = {0}, unexplained = 0;
    for (unsigned long i = 0; i < wanted; i++) {
        rj_verdict h2, nghttp2;
        rj_make(&stream, first_seed + i, to_server);
        rj_judge_h2(&stream, &h2);
        rj_judge_nghttp2(&stream, &nghttp2);
        seen[h2.class]++;
        if (rj_agree(&stream, &h2, &nghttp2) || rj_explain(&stream, &h2, &nghttp2) != NULL) continue;
        if (unexplained++ < 5) show(&h2, &nghttp2);
    }
    printf("%lu streams to a %s: %lu taken, %lu stream errors, %lu connection errors\n", wanted,
           to_server ? "server" : "client", seen[RJ_OK], seen[RJ_STREAM], seen[RJ_CONNECTION]);
    if (unexplained != 0) fail_msg("%lu differences that nothing explains", unexplained);
    /* Streams that are all taken, or all refused, would show nothing. */
    assert_true(seen[RJ_OK] > wanted / 20 && seen[RJ_STREAM] > wanted / 20 &&
                seen[RJ_CONNECTION] > wanted / 20);
}

static void as_client(void **state)
{
    (void)state;
    judge(false);
}

static void as_server(void **state)
{
    (void)state;
    judge(true);
}

/* A row that explains nothing any more has to go. */
static void every_explanation_is_needed(void **state)
{
    (void)state;
    bool needed = true;
    for (size_t i = 0; i < rj_explanations(); i++) {
        unsigned long hits;
        const char *const why = rj_explanation(i, &hits);
        printf("%8lu  %s\n", hits, why);
        if (hits == 0) needed = false;
    }
    assert_true(needed || wanted < 50000);
}

static int show_one(const char *role)
{
    rj_verdict h2, nghttp2;
    rj_make(&stream, first_seed, strcmp(role, "server") == 0);
    rj_judge_h2(&stream, &h2);
    rj_judge_nghttp2(&stream, &nghttp2);
    show(&h2, &nghttp2);
    const bool agree = rj_agree(&stream, &h2, &nghttp2);
    const char *const why = agree ? "both agree" : rj_explain(&stream, &h2, &nghttp2);
    printf("  %s\n", why == NULL ? "nothing explains this" : why);
    return why == NULL;
}

int main(int argc, char **argv)
{
    const char *const environment = getenv("H2_REJECTS"), *const sanitize = getenv("H2_SANITIZE");
    const char *one = NULL;
    if (sanitize != NULL && sanitize[0] != '\0') wanted = 10000;
    if (environment != NULL) wanted = strtoul(environment, NULL, 10);
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seed") == 0) first_seed = strtoull(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--count") == 0) wanted = strtoul(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--one") == 0) one = argv[i + 1];
    }
    if (one != NULL) return show_one(one);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_client),
        cmocka_unit_test(as_server),
        cmocka_unit_test(every_explanation_is_needed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
