/* Lists of fields judged, normalised and asked as Python's h2 does it: tests/vectors/fields_h2.txt. */
#include "counting_allocator.h"
#include "field/field.h"
#include "field/rules.h"
#include "octets.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    MOST_FIELDS = 32,
    LINE = 1024
};

static const h2_policy python = {.profile = H2_PROFILE_PYTHON};
static const h2_policy strict = {
    .profile = H2_PROFILE_RFC, .strict_fields = true, .equal_content_length = true};

typedef struct list {
    h2_header fields[MOST_FIELDS];
    size_t count;
    octets texts[2 * MOST_FIELDS];
} list;

static list given, normalized;
static size_t lists, judged;

static unsigned hex(char digit)
{
    return (unsigned)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

static void unescape(octets *out, const char *text)
{
    octets_clear(out);
    octets_put(out, "", 0);
    for (; *text; text++) {
        if (*text != '%') {
            octets_put(out, text, 1);
            continue;
        }
        octets_u8(out, hex(text[1]) << 4 | hex(text[2]));
        text += 2;
    }
}

/* A line "+ name value never-indexed". */
static void read_field(list *to, char *line)
{
    char *const name = strchr(line, '\t') + 1;
    char *const value = strchr(name, '\t') + 1;
    char *const flags = strchr(value, '\t') + 1;
    octets *const texts = &to->texts[2 * to->count];

    value[-1] = flags[-1] = '\0';
    unescape(&texts[0], name);
    unescape(&texts[1], value);
    to->fields[to->count++] = (h2_header){.name = (const char *)texts[0].data,
                                          .name_len = texts[0].len,
                                          .value = (const char *)texts[1].data,
                                          .value_len = texts[1].len,
                                          .flags = flags[0] == '1' ? H2_HEADER_NEVER_INDEX : 0U};
}

static void free_list(list *l)
{
    for (size_t i = 0; i < 2 * MOST_FIELDS; i++)
        octets_free(&l->texts[i]);
}

static void work_out_notes(h2_field_note *notes, const h2_header *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        notes[i] = h2_field_note_of(&fields[i]);
}

static h2_field_context context_of(const char *name, const h2_policy *policy)
{
    static const char *const kinds[] = {"request", "response", "trailers", "pushed"};
    h2_field_context context = {.protocol_allowed = true, .policy = policy};
    const char *const dash = strchr(name, '-');

    for (unsigned kind = 0; kind < 4; kind++)
        if (strncmp(name, kinds[kind], (size_t)(dash - name)) == 0) context.kind = (h2_block_kind)kind;
    context.outbound = strcmp(dash, "-out") == 0;
    return context;
}

/* What h2 says. */

static void check_judged(const char *name, const char *says)
{
    h2_field_note notes[MOST_FIELDS];
    char message[H2_FIELD_MESSAGE] = "OK", again[H2_FIELD_MESSAGE] = "OK";
    const h2_field_context context = context_of(name, &python);
    const bool fine = h2_field_check(given.fields, NULL, given.count, &context, message);
    if (strcmp(message, says) != 0) fail_msg("list %zu, %s: %s instead of %s", lists, name, message, says);
    assert_int_equal(fine, strcmp(says, "OK") == 0);

    work_out_notes(notes, given.fields, given.count);
    assert_int_equal(h2_field_check(given.fields, notes, given.count, &context, again), fine);
    assert_string_equal(again, message);
    assert_int_equal(h2_field_check(given.fields, notes, given.count, &context, NULL), fine);

    const h2_field_context severe = context_of(name, &strict);
    if (h2_field_check(given.fields, notes, given.count, &severe, NULL) && !context.outbound)
        assert_true(fine);
    judged++;
}

static void check_all_judged(char *line)
{
    char *const says = strrchr(line, '\t') + 1;

    says[-1] = '\0';
    for (char *name = strtok(strchr(line, '\t') + 1, " "); name; name = strtok(NULL, " "))
        check_judged(name, says);
}

static void check_length(const char *says)
{
    bool found = false;
    uint64_t length = 0;
    char message[H2_FIELD_MESSAGE] = "none";
    const h2_status status =
        h2_field_content_length(given.fields, NULL, given.count, &python, &found, &length, message);

    if (status == H2_OK && found) snprintf(message, sizeof message, "%llu", (unsigned long long)length);
    assert_int_equal(status == H2_OK, message[0] != 'I' && message[0] != 'C');
    assert_string_equal(message, says);
}

static void assert_same(const h2_header *fields, size_t count, const list *want)
{
    assert_int_equal(count, want->count);
    for (size_t i = 0; i < count; i++) {
        const h2_header *const a = &fields[i], *const b = &want->fields[i];
        assert_int_equal(a->name_len, b->name_len);
        assert_int_equal(a->value_len, b->value_len);
        if (a->name_len) assert_memory_equal(a->name, b->name, a->name_len);
        if (a->value_len) assert_memory_equal(a->value, b->value, a->value_len);
        assert_int_equal(a->flags, b->flags);
    }
}

static void assert_notes(const h2_field_note *notes, const h2_header *fields, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const h2_field_note note = h2_field_note_of(&fields[i]);
        assert_int_equal(notes[i].token, note.token);
        if (notes[i].clean != H2_FIELD_BROKEN) assert_int_equal(notes[i].clean, note.clean);
    }
}

/* The public call, with exactly the room it asks for and with less. */
static void check_public(const list *want, bool outbound, bool split)
{
    size_t count = 0, used = 0;
    h2_status status =
        h2_fields_normalize(given.fields, given.count, outbound, split, NULL, &count, NULL, &used);
    assert_int_equal(count, want->count);
    assert_int_equal(status, count || used ? H2_ERROR_ARGUMENT : H2_OK);

    h2_header *const out = malloc(count * sizeof *out + 1);
    char *const space = malloc(used + 1);
    size_t room = count, space_room = used;
    status = h2_fields_normalize(given.fields, given.count, outbound, split, out, &room, space, &space_room);
    assert_int_equal(status, H2_OK);
    assert_same(out, room, want);
    assert_int_equal(space_room, used);
    if (count > 0) {
        room = count - 1;
        status =
            h2_fields_normalize(given.fields, given.count, outbound, split, out, &room, space, &space_room);
        assert_int_equal(status, H2_ERROR_ARGUMENT);
        assert_int_equal(room, count);
    }
    free(out);
    free(space);
}

/* What was seen field by field is what is seen in a list that is there. */
static void assert_survey(const h2_field_survey *survey, const h2_field_note *notes, size_t count)
{
    const unsigned any = 1U << H2_TOKEN_NONE;
    h2_field_survey want;
    h2_field_look(notes, count, &want);
    assert_int_equal(survey->seen | any, want.seen | any);
    assert_int_equal(survey->again | any, want.again | any);
    assert_int_equal(survey->late, want.late);
    assert_int_equal(survey->clean, want.clean);
    for (unsigned token = H2_TOKEN_NONE + 1; token < H2_TOKEN_COUNT; token++)
        if (want.seen >> token & 1) assert_int_equal(survey->place[token], want.place[token]);
}

/* Every request for memory refused in turn, until none is. */
static void check_outbound(const list *want, bool split)
{
    for (size_t fail = 1;; fail++) {
        counting_allocator allocator;
        counting_allocator_init(&allocator);
        allocator.fail_at = fail;
        h2_memory memory;
        h2_memory_init(&memory, &allocator.base);
        h2_field_work work = {0};
        const h2_header *out = given.fields;
        size_t count = given.count;
        h2_hpack_encoder encoder;
        h2_encoder_init(&encoder, &memory, 4096, false);
        const bool done = h2_field_normalize_outbound(&work, &memory, &encoder, split, &out, &count);
        if (done) {
            assert_same(out, count, want);
            assert_notes(h2_field_work_notes(&work), out, count);
            assert_survey(&work.survey, h2_field_work_notes(&work), count);
            assert_int_equal(out == given.fields, want == &given);
        }
        h2_field_work_free(&work, &memory);
        assert_true(counting_allocator_clean(&allocator));
        if (done) break;
    }
    check_public(want, true, split);
}

static void check_inbound(const list *want)
{
    for (size_t fail = 1;; fail++) {
        counting_allocator allocator;
        counting_allocator_init(&allocator);
        allocator.fail_at = fail;
        h2_memory memory;
        h2_memory_init(&memory, &allocator.base);
        h2_buffer space = {0};
        h2_header fields[MOST_FIELDS];
        h2_field_note notes[MOST_FIELDS];
        size_t count = given.count;
        memcpy(fields, given.fields, sizeof fields);
        work_out_notes(notes, fields, count);
        const bool done = h2_field_join_cookies(fields, notes, &count, &space, &memory);
        assert_same(fields, count, done ? want : &given);
        assert_notes(notes, fields, count);
        h2_buffer_free(&space, &memory);
        assert_true(counting_allocator_clean(&allocator));
        if (done) break;
    }
    check_public(want, false, false);
}

/* The file. */

typedef struct record {
    bool outbound, split, inbound, informational;
    char length[128];
} record;

static void end_normalized(const char *what)
{
    if (strcmp(what, "outbound") == 0) check_outbound(&normalized, false);
    if (strcmp(what, "split") == 0) check_outbound(&normalized, true);
    if (strcmp(what, "inbound") == 0) check_inbound(&normalized);
}

static void end_list(const record *r)
{
    if (lists == 0) return;
    if (!r->outbound) check_outbound(&given, false);
    if (!r->split) check_outbound(&given, true);
    if (!r->inbound) check_inbound(&given);
    check_length(r->length);
    assert_int_equal(h2_field_is_informational(given.fields, given.count), r->informational);
}

static bool begins(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

/* A line that ends what is being read: its first word is the next thing to read. */
static void turn(char *state, const char *line, record *r)
{
    end_normalized(state);
    snprintf(state, 16, "%.15s", line);
    normalized.count = 0;
    r->outbound |= begins(line, "outbound");
    r->split |= begins(line, "split");
    r->inbound |= begins(line, "inbound");
    if (!begins(line, "list")) return;
    end_list(r);
    *r = (record){.length = "none"};
    given.count = 0;
    lists++;
}

static void h2_says_the_same(void **unused)
{
    (void)unused;
    FILE *const file = fopen(SOURCE_DIR "/tests/vectors/fields_h2.txt", "r");
    char line[LINE], state[16] = "";
    record r = {0};
    assert_non_null(file);

    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#') continue;
        if (line[0] == '+')
            read_field(&given, line);
        else if (line[0] == '=')
            read_field(&normalized, line);
        else
            turn(state, line, &r);
        if (begins(line, "judged")) check_all_judged(line);
        if (begins(line, "length")) snprintf(r.length, sizeof r.length, "%.120s", line + 7);
        if (begins(line, "informational")) r.informational = true;
    }
    turn(state, "list", &r);
    fclose(file);
    free_list(&given);
    free_list(&normalized);
    assert_true(lists > 400);
    assert_int_equal(judged, 8 * (lists - 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(h2_says_the_same)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
