/* What an encoder recognizes changes no octet, and what it tells of a field was told when the field was entered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "field/field.h"
#include "field/rules.h"
#include "hpack/encoder.h"
#include "stories.h"

#include <stdio.h>
#include <string.h>

enum {
    LISTS = 150,
    MOST_FIELDS = 64,
    MOST_OCTETS = 1 << 21
};

typedef struct pair {
    h2_memory memory;
    h2_hpack_encoder plain, hinted;
    size_t recognized;
} pair;

static void open_pair(pair *p, uint32_t table, bool always_huffman)
{
    h2_memory_init(&p->memory, NULL);
    h2_encoder_init(&p->plain, &p->memory, table, always_huffman);
    h2_encoder_init(&p->hinted, &p->memory, table, always_huffman);
    p->recognized = 0;
}

static void close_pair(pair *p)
{
    h2_encoder_release(&p->plain);
    h2_encoder_release(&p->hinted);
    assert_int_equal(p->memory.used, 0);
}

static void recognize(const h2_hpack_encoder *encoder, const h2_header *fields, size_t count,
                      h2_encoder_mark *marks, h2_field_note *notes)
{
    const h2_encoder_view view = h2_encoder_look(encoder);
    uint32_t guess = view.after[0];
    for (size_t i = 0; i < count; i++)
        h2_encoder_recognize(&view, &fields[i], &guess, &marks[i], &notes[i]);
}

static void expect_same(pair *p, const h2_header *fields, size_t count)
{
    static uint8_t with[MOST_OCTETS], without[MOST_OCTETS];
    h2_encoder_mark marks[MOST_FIELDS];
    h2_field_note notes[MOST_FIELDS];
    const size_t size = h2_encoder_octets(fields, count);
    size_t with_len, without_len;

    assert_true(count <= MOST_FIELDS && h2_encoder_bound(&p->plain, count, size) <= MOST_OCTETS);
    recognize(&p->hinted, fields, count, marks, notes);
    for (size_t i = 0; i < count; i++) {
        const h2_field_note own = h2_field_note_of(&fields[i]);
        const uint32_t name = h2_static_find_name(&fields[i]);
        if (marks[i].entry == 0) {
            assert_int_equal(notes[i].clean, H2_FIELD_UNKNOWN);
            assert_int_equal(marks[i].static_name, name);
        } else {
            /* All that was told, but what an entry cannot carry: a token that no name of the static table has. */
            const bool told = own.clean == H2_FIELD_CLEAN && (name != 0 || own.token == H2_TOKEN_NONE);
            assert_int_equal(notes[i].clean == H2_FIELD_CLEAN, told);
        }
        p->recognized += marks[i].entry != 0;
        if (notes[i].clean == H2_FIELD_CLEAN) {
            assert_int_equal(notes[i].token, own.token);
            assert_int_equal(own.clean, H2_FIELD_CLEAN);
        }
        notes[i] = own;
    }
    const h2_encoder_hints hints = {.marks = marks, .notes = notes, .octets = size};
    assert_int_equal(h2_encoder_encode_known(&p->hinted, fields, count, &hints, with, &with_len), H2_OK);
    assert_int_equal(h2_encoder_encode(&p->plain, fields, count, without, &without_len), H2_OK);
    assert_int_equal(with_len, without_len);
    assert_memory_equal(with, without, with_len);
}

static void test_stories(void **unused)
{
    static const uint32_t tables[] = {4096, 4096, 0, 200, 65536};
    (void)unused;
    for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
        for (int kind = 0; kind < STORY_KINDS; kind++) {
            story *const s = story_make((story_kind)kind, t, LISTS);
            pair p;
            open_pair(&p, tables[t], t == 1);
            for (size_t i = 0; i < s->count; i++)
                expect_same(&p, s->lists[i].fields, s->lists[i].count);
            if (tables[t] >= 4096) assert_true(p.recognized > s->fields / 3);
            close_pair(&p);
            story_free(s);
        }
    }
}

/* Lists with anything in them: some of it must not be taken for clean. */
static void test_random_lists(void **unused)
{
    (void)unused;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t state = seed;
        pair p;
        open_pair(&p, seed % 2 ? 4096 : 300, seed % 3 == 0);
        for (size_t i = 0; i < LISTS; i++) {
            story_list list = random_list(&state);
            expect_same(&p, list.fields, list.count);
            if (i % 3 == 0) expect_same(&p, list.fields, list.count);
            random_list_free(&list);
        }
        close_pair(&p);
    }
}

/* An entry that was recognized may be evicted by a field before it in the same list. */
static void test_evicted_meanwhile(void **unused)
{
    static char large[200];
    (void)unused;
    memset(large, 'x', sizeof large);
    const h2_header first[] = {H2_HEADER("x-one", "1"), H2_HEADER("x-two", "2")};
    const h2_header second[] = {{"x-one", 5, large, sizeof large, 0}, H2_HEADER("x-two", "2")};
    pair p;
    open_pair(&p, 300, false);
    expect_same(&p, first, 2);
    expect_same(&p, first, 2);
    expect_same(&p, second, 2);
    expect_same(&p, first, 2);
    assert_true(p.recognized >= 3);
    close_pair(&p);
}

/* What is larger than the table empties it, and is written as it was the time before. */
static void test_evicted_by_what_is_as_before(void **unused)
{
    static char large[5000];
    (void)unused;
    memset(large, 'x', sizeof large);
    const h2_header list[] = {{":path", 5, large, sizeof large, 0}, H2_HEADER(":authority", "a.example")};
    pair p;
    open_pair(&p, 4096, true);
    for (unsigned i = 0; i < 3; i++)
        expect_same(&p, list, 2);
    assert_true(p.recognized >= 2);
    close_pair(&p);
}

/* A list without notes enters fields that nobody has checked. */
static void test_unchecked_fields(void **unused)
{
    (void)unused;
    const h2_header fields[] = {H2_HEADER("x-one", "1"), H2_HEADER("server", "a\nb")};
    h2_encoder_mark marks[2];
    h2_field_note notes[2];
    uint8_t out[256];
    size_t len;
    pair p;
    open_pair(&p, 4096, false);
    assert_int_equal(h2_encoder_encode(&p.plain, fields, 2, out, &len), H2_OK);
    recognize(&p.plain, fields, 2, marks, notes);
    for (size_t i = 0; i < 2; i++) {
        assert_int_not_equal(marks[i].entry, 0);
        assert_int_equal(notes[i].clean, H2_FIELD_UNKNOWN);
    }
    close_pair(&p);
}

/* Sends a list as a connection does; both encoders must write the same. Returns whether it repeats the last one. */
static bool send_list(pair *p, h2_field_work *work, const h2_header *list, size_t count)
{
    uint8_t with[256], without[256];
    size_t with_len, without_len, sum = h2_encoder_octets(list, count);
    memset(with, 0xee, sizeof with);
    const h2_header *out = list;
    const bool repeats = h2_field_list_repeats(work, &p->hinted, true, list, count, &sum);
    assert_true(repeats || h2_field_normalize_outbound(work, &p->memory, &p->hinted, true, &out, &count));
    assert_ptr_equal(out, list);
    assert_int_equal(sum, h2_encoder_octets(list, count));
    const h2_encoder_hints hints = {.marks = h2_field_work_marks(work),
                                    .repeats = repeats,
                                    .hold = &work->hold,
                                    .notes = h2_field_work_notes(work),
                                    .octets = sum};
    assert_int_equal(h2_encoder_encode_known(&p->hinted, out, count, &hints, with, &with_len), H2_OK);
    assert_int_equal(h2_encoder_encode(&p->plain, list, count, without, &without_len), H2_OK);
    assert_int_equal(with_len, without_len);
    assert_memory_equal(with, without, with_len);
    return repeats;
}

/* A list that is looked at field by field before it is seen that nothing needs changing is marked to its end all the same. */
static void test_lists_that_stay(void **unused)
{
    static const h2_header lists[][3] = {
        {H2_HEADER("x-one", "1"), H2_HEADER("x-two", "2"), H2_HEADER("x-three", "3")},
        {H2_HEADER("x-one", "1"), H2_HEADER("x-two", "2"), H2_HEADER("x-three", "3")},
        {H2_HEADER("x-one", "1"), H2_HEADER("cookie", "a=01234567890123456789"), H2_HEADER("x-four", "4")},
    };
    (void)unused;
    pair p;
    h2_field_work work = {0};
    open_pair(&p, 4096, false);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        assert_int_equal(send_list(&p, &work, lists[i], 3), i == 1);
    h2_field_work_free(&work, &p.memory);
    close_pair(&p);
}

/* A literal takes its name from the first entry of the static table that has it, whichever the last list had. */
static void test_names_of_several_entries(void **unused)
{
    static const h2_header lists[][2] = {
        {H2_HEADER(":status", "500"), H2_HEADER("x-one", "1")},
        {H2_HEADER(":status", "204"), {0}},
        {H2_HEADER(":status", "501"), {0}},
        {H2_HEADER(":method", "POST"), H2_HEADER("x-one", "1")},
        {H2_HEADER(":method", "POST"), {0}},
        {H2_HEADER(":method", "PUT"), {0}},
        {H2_HEADER(":path", "/index.html"), H2_HEADER("x", "1")},
        {H2_HEADER(":path", "/index.html"), {0}},
        {H2_HEADER(":path", "/a"), {0}},
        {H2_HEADER(":path", "/index.html"), {0}},
        {H2_HEADER(":status", "500"), H2_HEADER("x-one", "1")},
        {H2_HEADER(":status", "500"), {0}},
        {H2_HEADER(":status", "502"), {0}},
    };
    (void)unused;
    pair p;
    h2_field_work work = {0};
    size_t repeated = 0;
    open_pair(&p, 4096, false);
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        repeated += send_list(&p, &work, lists[i], lists[i][1].name ? 2 : 1);
    assert_int_equal(repeated, 5);
    h2_field_work_free(&work, &p.memory);
    close_pair(&p);
}

/* A value that comes again and one that only looks alike are written as they would be, whichever octet of it is another,
 * wherever it lies. */
static void test_values_that_come_again(void **unused)
{
    enum {
        LONGEST = 20
    };
    (void)unused;
    char values[2][LONGEST];
    memset(values, '~', sizeof values); /* long in Huffman code */
    h2_header list[] = {H2_HEADER(":status", "200"), {"etag", 4, values[0], 0, 0}, H2_HEADER("x-one", "1")};
    pair p;
    h2_field_work work = {0};
    size_t copied = 0;
    open_pair(&p, 4096, false);
    for (size_t len = 0; len <= LONGEST; len++) {
        memset(values, len % 2 ? '~' : '1', sizeof values);
        for (size_t at = 0; at <= len; at++) {
            for (size_t i = 0; i < 12; i++) {
                list[1].value = values[i % 2];
                list[1].value_len = len;
                values[0][at % LONGEST] = values[1][at % LONGEST] = (char)('a' + i / 4);
                list[1].flags = at == len && i % 2 ? H2_HEADER_NEVER_INDEX : 0;
                if (work.recalled) copied += h2_field_work_marks(&work)[1].code != 0;
                send_list(&p, &work, list, 3);
            }
        }
    }
    assert_true(copied > 100);
    h2_field_work_free(&work, &p.memory);
    close_pair(&p);
}

/* What has returned is found where it was entered, after so many others that nothing else remembers it. */
static void test_values_that_are_not_remembered(void **unused)
{
    (void)unused;
    char number[8];
    h2_header list[] = {H2_HEADER(":status", "200"), H2_HEADER("etag", "known")};
    pair p;
    h2_field_work work = {0};
    open_pair(&p, 4096, false);
    for (unsigned i = 0; i < 2; i++)
        send_list(&p, &work, list, 2);
    const uint32_t entered = p.plain.table.next;
    for (unsigned i = 0; i < 16 * H2_ENCODER_SEEN; i++) {
        const h2_header others[] = {list[0],
                                    {"etag", 4, number, (size_t)snprintf(number, sizeof number, "%x", i), 0}};
        assert_true(send_list(&p, &work, others, 2));
    }
    assert_true(send_list(&p, &work, list, 2));
    assert_int_equal(p.plain.table.next, entered);
    h2_field_work_free(&work, &p.memory);
    close_pair(&p);
}

/* Once the numbers of entries are used up, none is taken for a field of the static table. */
static void test_numbers_that_are_used_up(void **unused)
{
    (void)unused;
    char number[8];
    for (unsigned profile = 0; profile < 2; profile++) {
        pair p;
        h2_field_work work = {0};
        open_pair(&p, 4096, profile != 0);
        p.plain.table.next = p.hinted.table.next = UINT32_MAX;
        for (uint32_t i = 0; i < 200; i++) {
            const uint32_t next = p.hinted.table.next;
            const h2_static_entry *const entry = &h2_static_entries[next <= H2_STATIC_COUNT ? next : i % 60];
            h2_header list[] = {{"x-one", 5, h2_static_octets + entry->value, entry->value_len, 0}};
            if (entry->value_len == 0) {
                list[0].value = number;
                list[0].value_len = (size_t)snprintf(number, sizeof number, "%u/", i);
            }
            for (unsigned times = 0; times < 3; times++)
                send_list(&p, &work, list, 1);
        }
        h2_field_work_free(&work, &p.memory);
        close_pair(&p);
    }
}

/* A field whose value was too large to be entered is followed all the same: its name is known. */
static void test_values_that_are_not_entered(void **unused)
{
    (void)unused;
    char values[3][130];
    pair p;
    h2_field_work work = {0};
    open_pair(&p, 200, false);
    const h2_header small = H2_HEADER("x-one", "1");
    assert_false(send_list(&p, &work, &small, 1));
    for (size_t i = 0; i < 3; i++) {
        memset(values[i], 'a' + (int)i, sizeof values[i]);
        const h2_header large = {"x-one", 5, values[i], sizeof values[i], 0};
        assert_true(send_list(&p, &work, &large, 1));
        assert_int_equal(h2_field_work_marks(&work)[0].entry, 0);
    }
    assert_true(send_list(&p, &work, &small, 1));
    h2_field_work_free(&work, &p.memory);
    close_pair(&p);
}

/* Entries that are copied are written as they would be, be their indices of one octet or of two. */
static void test_entries_that_come_again(void **unused)
{
    enum {
        ENTRIES = 80
    };
    (void)unused;
    char number[4];
    h2_header list[] = {H2_HEADER(":status", "200"), H2_HEADER("x-a", "first"), H2_HEADER("etag", "1")};
    pair p;
    h2_field_work work = {0};
    open_pair(&p, 4096, false);
    for (unsigned i = 0; i < ENTRIES; i++) {
        const h2_header between = {"x-a", 3, number, (size_t)snprintf(number, sizeof number, "%u", i), 0};
        send_list(&p, &work, &between, 1);
        for (size_t again = 0; again < 4; again++)
            assert_int_equal(send_list(&p, &work, list, 3), again > 0);
    }
    h2_field_work_free(&work, &p.memory);
    close_pair(&p);
}

static const char *place_of(const h2_hpack_encoder *encoder, uint32_t entry)
{
    return h2_table_at(&encoder->table, entry).name;
}

/* What the table has of the last list may move: what stands in its place then is not what the next list is compared with. */
static void test_entries_that_move(void **unused)
{
    enum {
        LIST_COUNT = 2000
    };
    (void)unused;
    pair p;
    h2_field_work work = {0};
    char kept[] = "0000", fresh[5];
    size_t moved = 0, taken = 0;
    open_pair(&p, 4096, false);
    for (unsigned i = 1; i <= LIST_COUNT; i++) {
        snprintf(fresh, sizeof fresh, "%04u", i);
        const h2_header list[] = {{"x-a", 3, kept, 4, 0}, {"x-a", 3, fresh, 4, 0}};
        const h2_encoder_mark *const marks = h2_field_work_marks(&work);
        const bool is_entry = i > 1 && marks[0].entry > H2_STATIC_COUNT &&
                              p.hinted.table.next - 1 - marks[0].entry < p.hinted.table.count;
        const uint32_t entry = is_entry ? marks[0].entry : 0;
        const char *const stood = is_entry ? place_of(&p.hinted, entry) : NULL;
        const uint8_t *const held = p.hinted.table.octets;
        send_list(&p, &work, list, 2);
        if (!is_entry || held != p.hinted.table.octets || marks[0].entry != entry) continue;
        if (p.hinted.table.next - 1 - entry >= p.hinted.table.count || stood == place_of(&p.hinted, entry))
            continue;
        moved++;
        if (memcmp(stood, "x-a", 3) != 0 || memcmp(stood + 3, kept, 4) == 0) continue;
        memcpy(kept, stood + 3, 4);
        taken++;
    }
    assert_true(moved > 0 && taken > 0);
    h2_field_work_free(&work, &p.memory);
    close_pair(&p);
}

/* Octets that are compared differ wherever they do, whatever their length. */
static void test_each_octet_is_compared(void **unused)
{
    (void)unused;
    char a[100], b[100];
    memset(a, 'a', sizeof a);
    memset(b, 'a', sizeof b);
    for (size_t len = 0; len <= sizeof a; len++) {
        assert_true(h2_octets_equal(a, b, len));
        for (size_t at = 0; at < len; at++) {
            b[at] = 'b';
            assert_false(h2_octets_equal(a, b, len));
            b[at] = 'a';
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_octet_is_compared),
        cmocka_unit_test(test_entries_that_move),
        cmocka_unit_test(test_stories),
        cmocka_unit_test(test_random_lists),
        cmocka_unit_test(test_evicted_meanwhile),
        cmocka_unit_test(test_unchecked_fields),
        cmocka_unit_test(test_lists_that_stay),
        cmocka_unit_test(test_evicted_by_what_is_as_before),
        cmocka_unit_test(test_names_of_several_entries),
        cmocka_unit_test(test_values_that_come_again),
        cmocka_unit_test(test_values_that_are_not_remembered),
        cmocka_unit_test(test_numbers_that_are_used_up),
        cmocka_unit_test(test_values_that_are_not_entered),
        cmocka_unit_test(test_entries_that_come_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
