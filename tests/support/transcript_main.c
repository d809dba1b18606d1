/* Transcripts: a test program over files of them. */
#include "transcript.h"

#include <glob.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct act {
    const conversation *c;
    h2_profile profile;
    bool compare;
    char name[200];
} act;

static void test_act(void **state)
{
    const act *a = *state;
    octets report = {0};
    if (!(a->compare ? transcript_compare : transcript_run)(a->c, a->profile, &report)) {
        print_error("%s", octets_string(&report));
        octets_free(&report);
        fail();
    }
    octets_free(&report);
}

static bool read_all(transcripts *t, const char *const *patterns, glob_t *files, octets *complaint)
{
    for (size_t i = 0; patterns[i]; i++) {
        char pattern[1024];
        snprintf(pattern, sizeof pattern, "%s/tests/transcripts/%s", SOURCE_DIR, patterns[i]);
        if (glob(pattern, i ? GLOB_APPEND : 0, NULL, files) != 0) {
            octets_format(complaint, "no file matches %s", pattern);
            return false;
        }
    }
    for (size_t i = 0; i < files->gl_pathc; i++)
        if (!transcripts_read(t, files->gl_pathv[i], complaint)) return false;
    return true;
}

static size_t collect(const transcripts *t, const char *select, bool compare, act *acts)
{
    static const h2_profile profiles[] = {H2_PROFILE_PYTHON, H2_PROFILE_RFC};
    size_t count = 0;
    for (size_t i = 0; i < t->count; i++) {
        const conversation *c = t->list[i];
        for (size_t k = 0; k < 2; k++) {
            if ((profiles[k] == H2_PROFILE_RFC ? c->in_rfc : c->in_python) == compare) continue;
            if (select && !strstr(c->name, select)) continue;
            act *a = &acts[count++];
            *a = (act){.c = c, .profile = profiles[k], .compare = compare};
            snprintf(a->name, sizeof a->name, "%s: %s", k ? "rfc" : "python", c->name);
        }
    }
    return count;
}

static int run_files(int argc, char **argv, bool compare, const char *const *patterns)
{
    transcripts t = {0};
    glob_t files = {0};
    octets complaint = {0};
    if (!read_all(&t, patterns, &files, &complaint)) {
        fprintf(stderr, "%s\n", octets_string(&complaint));
        return 1;
    }
    act *acts = must_malloc(2 * t.count * sizeof *acts);
    size_t count = collect(&t, argc > 1 ? argv[1] : NULL, compare, acts);
    struct CMUnitTest *tests = must_malloc(count * sizeof *tests);
    for (size_t i = 0; i < count; i++)
        tests[i] =
            (struct CMUnitTest){.name = acts[i].name, .test_func = test_act, .initial_state = &acts[i]};
    int failed = count ? _cmocka_run_group_tests("transcripts", tests, count, NULL, NULL) : 1;
    free(tests);
    free(acts);
    transcripts_free(&t);
    globfree(&files);
    octets_free(&complaint);
    return failed != 0;
}

int transcripts_main(int argc, char **argv, const char *const *patterns)
{
    return run_files(argc, argv, false, patterns);
}

int transcripts_compare_main(int argc, char **argv, const char *const *patterns)
{
    return run_files(argc, argv, true, patterns);
}
