/* 100,000 random but legal conversations of a libh2 client with a libnghttp2 server, and as many the other way
 * round, in each profile, in memory. Both sides' views of every frame are compared, and windows, states,
 * settings and counts whenever all is quiet; the states, calls and events that were reached are counted.
 *
 *   test_conversations [--seed N] [--count N] [--role client|server] [--profile rfc|python] [--one] [--self]
 *                      [--verbose]
 *
 * --one runs the conversation of --seed alone and prints it. --self has libnghttp2 on both sides, which tries the
 * harness. H2_CONVERSATIONS in the environment is the number for each role and profile, for builds that are slow. */
#include "conversations/cv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct arguments {
    unsigned long count;
    uint64_t seed;
    bool one, self, verbose, client, server, rfc, python;
} arguments;

static arguments args = {100000, 1, false, false, false, true, true, true, true};

static void usage(const char *program)
{
    fprintf(stderr,
            "usage: %s [--seed N] [--count N] [--role client|server] [--profile rfc|python] [--one] [--self] "
            "[--verbose]\n",
            program);
    exit(2);
}

static const char *role_name(bool client)
{
    return client ? "client" : "server";
}

static const char *profile_name(h2_profile profile)
{
    return profile == H2_PROFILE_RFC ? "rfc" : "python";
}

/* Runs one conversation; when it fails, runs it again aloud. */
static bool converse(h2_profile profile, bool client, uint64_t seed)
{
    char failure[512] = "";
    cv_options options = {profile, client, args.self, args.verbose, seed};
    if (cv_run(&options, failure, sizeof failure)) return true;
    if (!options.verbose) {
        fprintf(stderr, "---- the conversation again ----\n");
        options.verbose = true;
        cv_run(&options, failure, sizeof failure);
    }
    fprintf(stderr,
            "FAILED: %s\n  replay with: test_conversations --one --role %s --profile %s --seed %llu%s\n",
            failure, role_name(client), profile_name(profile), (unsigned long long)seed,
            args.self ? " --self" : "");
    return false;
}

static void run(h2_profile profile, bool client)
{
    const unsigned long count = args.one ? 1 : args.count;
    for (unsigned long i = 0; i < count; i++)
        if (!converse(profile, client, args.seed + i))
            fail_msg("conversation of seed %llu", (unsigned long long)args.seed + i);
    printf("%lu conversations with libh2 as %s, profile %s\n", count, role_name(client),
           profile_name(profile));
}

static void client_rfc(void **state)
{
    (void)state;
    run(H2_PROFILE_RFC, true);
}

static void client_python(void **state)
{
    (void)state;
    run(H2_PROFILE_PYTHON, true);
}

static void server_rfc(void **state)
{
    (void)state;
    run(H2_PROFILE_RFC, false);
}

static void server_python(void **state)
{
    (void)state;
    run(H2_PROFILE_PYTHON, false);
}

static void everything_was_reached(void **state)
{
    (void)state;
    assert_true(cv_count_report(true, args.count));
}

static void choose(arguments *a, int argc, char **argv)
{
    const char *const environment = getenv("H2_CONVERSATIONS");
    const char *const sanitize = getenv("H2_SANITIZE");
    if (sanitize != NULL && sanitize[0] != '\0') a->count = 3000;
    if (environment != NULL) a->count = strtoul(environment, NULL, 10);
    for (int i = 1; i < argc; i++) {
        const char *const value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--one") == 0) {
            a->one = a->verbose = true;
        } else if (strcmp(argv[i], "--self") == 0) {
            a->self = true;
        } else if (strcmp(argv[i], "--verbose") == 0) {
            a->verbose = true;
        } else if (i + 1 == argc) {
            usage(argv[0]);
        } else if (strcmp(argv[i], "--seed") == 0) {
            a->seed = strtoull(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--count") == 0) {
            a->count = strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--role") == 0) {
            a->client = strcmp(value, "client") == 0;
            a->server = strcmp(argv[++i], "server") == 0;
        } else if (strcmp(argv[i], "--profile") == 0) {
            a->rfc = strcmp(value, "rfc") == 0;
            a->python = strcmp(argv[++i], "python") == 0;
        } else {
            usage(argv[0]);
        }
    }
}

int main(int argc, char **argv)
{
    choose(&args, argc, argv);
    cv_pattern_init();
    struct CMUnitTest tests[5];
    size_t count = 0;
    if (args.client && args.rfc) tests[count++] = (struct CMUnitTest)cmocka_unit_test(client_rfc);
    if (args.client && args.python) tests[count++] = (struct CMUnitTest)cmocka_unit_test(client_python);
    if (args.server && args.rfc) tests[count++] = (struct CMUnitTest)cmocka_unit_test(server_rfc);
    if (args.server && args.python) tests[count++] = (struct CMUnitTest)cmocka_unit_test(server_python);
    const bool whole = count == 4 && !args.one && !args.self;
    if (whole) tests[count++] = (struct CMUnitTest)cmocka_unit_test(everything_was_reached);
    return _cmocka_run_group_tests("conversations", tests, count, NULL, NULL);
}
