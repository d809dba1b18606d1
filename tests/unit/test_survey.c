/* Lists that are accepted by what they have, against the rules that look at each field. */
#include "field/field.h"
#include "field/rules.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum {
    LISTS = 200000,
    LONGEST = 9
};

static uint32_t next_random(uint64_t *seed)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33);
}

/* Names and values on either side of each rule; the ordinary ones come first. */
static const h2_header choices[] = {
    H2_HEADER(":method", "GET"),
    H2_HEADER(":scheme", "https"),
    H2_HEADER(":authority", "example.com"),
    H2_HEADER(":path", "/index"),
    H2_HEADER(":status", "200"),
    H2_HEADER("accept", "*/*"),
    H2_HEADER("cookie", "a=b"),
    H2_HEADER("content-length", "3"),
    H2_HEADER("authorization", "x"),
    H2_HEADER("proxy-authorization", "x"),
    H2_HEADER(":method", "CONNECT"),
    H2_HEADER(":method", "G T"),
    H2_HEADER(":scheme", "1"),
    H2_HEADER(":authority", "user@example.com"),
    H2_HEADER(":authority", ""),
    H2_HEADER(":path", ""),
    H2_HEADER(":path", "index"),
    H2_HEADER(":path", "*"),
    H2_HEADER(":status", "101"),
    H2_HEADER(":status", "20"),
    H2_HEADER(":protocol", "websocket"),
    H2_HEADER(":other", "x"),
    H2_HEADER("host", "example.com"),
    H2_HEADER("host", "example.org"),
    H2_HEADER("te", "trailers"),
    H2_HEADER("te", "gzip"),
    H2_HEADER("connection", "close"),
    H2_HEADER("proxy-connection", "close"),
    H2_HEADER("keep-alive", "x"),
    H2_HEADER("transfer-encoding", "chunked"),
    H2_HEADER("upgrade", "h2c"),
    H2_HEADER("Accept", "x"),
    H2_HEADER("accept", " x"),
    H2_HEADER("accept", "x\n"),
    H2_HEADER("", "x"),
};

enum {
    CHOICES = sizeof choices / sizeof *choices
};

/* Mostly a message as it should be, with a field exchanged, added or left out here and there. */
static size_t make_list(uint64_t *seed, h2_block_kind kind, h2_header *fields)
{
    const size_t first = kind == H2_BLOCK_RESPONSE ? 4 : 0;
    const size_t last = kind == H2_BLOCK_RESPONSE ? 5 : kind == H2_BLOCK_TRAILERS ? 0 : 4;
    size_t count = 0;
    for (size_t i = first; i < last; i++) {
        const uint32_t chance = next_random(seed) % 12;
        if (chance == 0) continue;
        fields[count++] = choices[chance == 1 ? next_random(seed) % CHOICES : i];
    }
    for (uint32_t more = next_random(seed) % 5; more > 0; more--)
        fields[count++] =
            choices[next_random(seed) % 8 == 0 ? next_random(seed) % CHOICES : 5 + next_random(seed) % 5];
    return count;
}

static void ordinary_is_accepted(void **state)
{
    (void)state;
    static const h2_block_kind kinds[] = {H2_BLOCK_REQUEST, H2_BLOCK_RESPONSE, H2_BLOCK_TRAILERS,
                                          H2_BLOCK_PUSHED_REQUEST};
    uint64_t seed = 1;
    size_t ordinary = 0, accepted = 0, refused = 0;
    h2_field_recall last = {0};

    for (unsigned i = 0; i < LISTS; i++) {
        const h2_field_context context = {
            .kind = kinds[i % 4],
            .outbound = i / 4 % 2 == 0,
            .protocol_allowed = i / 8 % 2 == 0,
            .policy = h2_policy_of(i / 16 % 2 == 0 ? H2_PROFILE_RFC : H2_PROFILE_PYTHON)};
        h2_header fields[LONGEST];
        h2_field_note notes[LONGEST];
        const size_t count = make_list(&seed, context.kind, fields);
        for (size_t n = 0; n < count; n++)
            notes[n] = h2_field_note_of(&fields[n]);
        h2_field_survey survey;
        h2_field_look(notes, count, &survey);
        const bool fine = h2_field_check(fields, NULL, count, &context, NULL);
        const bool is_ordinary = h2_field_is_ordinary(fields, &survey, &context);
        if (is_ordinary) {
            assert_true(fine);
            ordinary++;
        }
        assert_ptr_equal(h2_field_look_again(&last, notes, count), &last.survey);
        for (unsigned again = 0; again < 2; again++)
            assert_int_equal(h2_field_is_ordinary_again(fields, &last, &context), is_ordinary);
        accepted += fine;
        refused += !fine;
    }
    assert_true(ordinary > LISTS / 8 && accepted > ordinary && refused > LISTS / 8);
}

/* What is said of a list is what a look at each field says. */
static void says_what_is_there(void **state)
{
    (void)state;
    uint64_t seed = 2;

    for (unsigned i = 0; i < LISTS / 10; i++) {
        h2_field_note notes[12];
        const size_t count = next_random(&seed) % 12;
        unsigned seen = 0, again = 0, late = 0, place[H2_TOKEN_COUNT] = {0};
        bool clean = true, regular = false;
        for (size_t n = 0; n < count; n++) {
            const uint8_t token = next_random(&seed) % 2 ? 0 : (uint8_t)(next_random(&seed) % H2_TOKEN_COUNT);
            notes[n] = (h2_field_note){.token = token, .clean = next_random(&seed) % 20 == 0 ? 0 : 1};
            again |= seen & 1U << token;
            seen |= 1U << token;
            clean = clean && notes[n].clean == H2_FIELD_CLEAN;
            const bool pseudo = token != H2_TOKEN_NONE && token <= H2_TOKEN_OTHER_PSEUDO;
            if (pseudo && regular) late |= 1U << token;
            regular = regular || !pseudo;
            place[token] = (unsigned)n;
        }
        h2_field_survey survey;
        h2_field_look(notes, count, &survey);
        assert_int_equal(survey.seen & ~1U, seen & ~1U);
        assert_int_equal(survey.again & ~1U, again & ~1U);
        assert_int_equal(survey.late, late);
        assert_int_equal(survey.clean, clean);
        for (unsigned token = 1; token < H2_TOKEN_COUNT; token++)
            if (seen >> token & 1) assert_int_equal(survey.place[token], place[token]);
    }
}

static void assert_same_survey(const h2_field_survey *a, const h2_field_survey *b)
{
    assert_int_equal(a->seen, b->seen);
    assert_int_equal(a->again, b->again);
    assert_int_equal(a->late, b->late);
    assert_int_equal(a->clean, b->clean);
    assert_memory_equal(a->place, b->place, sizeof a->place);
}

/* Lists of each length that follow each other, the same or with one note changed or more: what was kept of the last is never
 * taken for another. */
static void says_what_is_there_now(void **state)
{
    (void)state;
    uint64_t seed = 3;
    h2_field_recall last = {0};
    h2_field_note notes[H2_FIELDS_RECALLED + 2] = {{0}};

    for (size_t count = 0; count <= H2_FIELDS_RECALLED + 2; count++) {
        for (unsigned i = 0; i < 40 * (count + 1); i++) {
            h2_field_survey whole;
            const size_t changed = next_random(&seed) % (count + 1);
            const bool again = i % 4 == 1;
            if (!again && i % 2 == 0 && changed < count)
                notes[changed] = (h2_field_note){.token = (uint8_t)(next_random(&seed) % H2_TOKEN_COUNT),
                                                 .clean = (uint8_t)(next_random(&seed) % 8 > 0)};
            if (!again && i % 2 == 1 && changed < count) notes[changed].clean ^= 1;
            const h2_field_survey *const survey = h2_field_look_again(&last, notes, count);
            assert_int_equal(survey == NULL, count > H2_FIELDS_RECALLED);
            h2_field_look(notes, count, &whole);
            if (survey != NULL) assert_same_survey(survey, &whole);
            if (count == 0) continue;
            /* One shorter, which begins in the same way. */
            const h2_field_survey *const shorter = h2_field_look_again(&last, notes, count - 1);
            h2_field_look(notes, count - 1, &whole);
            if (shorter != NULL) assert_same_survey(shorter, &whole);
            (void)h2_field_look_again(&last, notes, count);
        }
    }
}

/* What was kept is the list that was looked at last, not one of before: nor one of fields nothing is known of, which is what
 * is kept of none. */
static void keeps_the_last(void **state)
{
    (void)state;
    h2_field_recall last = {0};
    const h2_field_note lists[][8] = {
        {{H2_TOKEN_METHOD, 1}, {H2_TOKEN_SCHEME, 1}, {H2_TOKEN_PATH, 1}, {H2_TOKEN_COOKIE, 1}},
        {{H2_TOKEN_NONE, 0}},
        {{H2_TOKEN_STATUS, 1}, {H2_TOKEN_COOKIE, 1}, {H2_TOKEN_TE, 1}},
    };

    for (size_t i = 0; i < 9; i++) {
        h2_field_survey whole;
        const h2_field_note *const notes = lists[i % 3];
        h2_field_look(notes, 8, &whole);
        for (unsigned again = 0; again < 2; again++)
            assert_same_survey(h2_field_look_again(&last, notes, 8), &whole);
    }
}

/* Asked for a field, a list that was looked at answers as one that was not: with the first that has the token. */
static void finds_the_first(void **state)
{
    (void)state;
    uint64_t seed = 3;
    size_t repeated = 0;

    for (unsigned i = 0; i < LISTS / 10; i++) {
        h2_header fields[LONGEST];
        h2_field_note notes[LONGEST];
        const size_t count = make_list(&seed, i % 2 ? H2_BLOCK_REQUEST : H2_BLOCK_RESPONSE, fields);
        for (size_t n = 0; n < count; n++)
            notes[n] = h2_field_note_of(&fields[n]);
        h2_field_survey survey;
        h2_field_look(notes, count, &survey);
        for (unsigned token = 1; token < H2_TOKEN_COUNT; token++) {
            const h2_header *const first = h2_field_find(fields, NULL, count, (uint8_t)token);
            assert_ptr_equal(h2_field_find_in(fields, notes, count, NULL, (h2_token)token), first);
            assert_ptr_equal(h2_field_find_in(fields, notes, count, &survey, (h2_token)token), first);
            repeated += h2_field_repeats(&survey, (h2_token)token);
        }
    }
    assert_true(repeated > LISTS / 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_is_accepted),   cmocka_unit_test(says_what_is_there),
        cmocka_unit_test(says_what_is_there_now), cmocka_unit_test(keeps_the_last),
        cmocka_unit_test(finds_the_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
