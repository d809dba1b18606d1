/* Transcripts: from text to steps. */
#include "transcript.h"

#include "event_text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_WORDS = 400
};

typedef struct reader {
    transcripts *all;
    const char *file;
    int line;
    conversation *now;
    step *step;
} reader;

static char *copy_text(const char *text)
{
    size_t len = strlen(text);
    char *copy = must_malloc(len + 1);
    memcpy(copy, text, len + 1);
    return copy;
}

static void *grow_list(void *list, size_t count, size_t size)
{
    void *more = must_malloc((count + 1) * size);
    if (count) memcpy(more, list, count * size);
    memset((char *)more + count * size, 0, size);
    free(list);
    return more;
}

static void put_field(field_list *list, const octets *name, const octets *value, bool never_index)
{
    list->fields = grow_list(list->fields, list->count, sizeof *list->fields);
    char *text = must_malloc(name->len + value->len);
    if (name->len) memcpy(text, name->data, name->len);
    if (value->len) memcpy(text + name->len, value->data, value->len);
    list->fields[list->count++] =
        (h2_header){text, name->len, text + name->len, value->len, never_index ? H2_HEADER_NEVER_INDEX : 0};
}

static void free_fields(field_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free((void *)(uintptr_t)list->fields[i].name);
    free(list->fields);
}

static void free_step(step *s)
{
    free(s->name);
    free(s->answer);
    free(s->fails.status);
    for (size_t i = 0; i < s->fails.count; i++)
        free(s->fails.checks[i]);
    octets_free(&s->fails.message);
    octets_free(&s->args.data);
    octets_free(&s->args.origin);
    free_fields(&s->args.fields);
    octets_free(&s->bytes);
    for (size_t i = 0; i < s->event_count; i++)
        octets_free(&s->events[i].text);
    free(s->events);
}

void transcripts_free(transcripts *t)
{
    for (size_t i = 0; i < t->count; i++) {
        conversation *c = t->list[i];
        for (size_t k = 0; k < c->step_count; k++)
            free_step(&c->steps[k]);
        free(c->steps);
        free(c->name);
        free(c->about);
        free(c);
    }
    free(t->list);
    *t = (transcripts){0};
}

/* The head of a conversation. */

static void begin(reader *r, const char *name)
{
    conversation *c = must_malloc(sizeof *c);
    *c = (conversation){
        .file = r->file, .line = r->line, .name = copy_text(name), .role = H2_SERVER, .in_python = true};
    r->all->list = grow_list(r->all->list, r->all->count, sizeof *r->all->list);
    r->all->list[r->all->count++] = c;
    r->now = c;
    r->step = NULL;
}

static const char *profile_word(conversation *c, const char *word)
{
    c->in_rfc = strcmp(word, "rfc") == 0 || strcmp(word, "both") == 0;
    c->in_python = strcmp(word, "python") == 0 || strcmp(word, "both") == 0;
    return c->in_rfc || c->in_python ? NULL : "profile python|rfc|both";
}

static const char *role_word(conversation *c, const char *word)
{
    c->role = strcmp(word, "client") == 0 ? H2_CLIENT : H2_SERVER;
    return c->role == H2_CLIENT || strcmp(word, "server") == 0 ? NULL : "role client|server";
}

#define OPTION(name)                                                                                         \
    {                                                                                                        \
#name, offsetof(h2_config, name), true                                                               \
    }
#define LIMIT(name)                                                                                          \
    {                                                                                                        \
#name, offsetof(h2_config, limits.name), false                                                       \
    }

static const struct {
    const char *name;
    size_t at;
    bool is_option;
} members[] = {OPTION(validate_outbound_headers),
               OPTION(normalize_outbound_headers),
               OPTION(split_outbound_cookies),
               OPTION(validate_inbound_headers),
               OPTION(normalize_inbound_headers),
               OPTION(whole_data_frames),
               OPTION(unknown_frames),
               LIMIT(header_fields),
               LIMIT(continuations),
               LIMIT(settings_entries),
               LIMIT(unsent_replies),
               LIMIT(output_frames),
               LIMIT(output_control_octets),
               LIMIT(resets_burst),
               LIMIT(resets_per_second),
               LIMIT(empty_data),
               LIMIT(data_overhead),
               LIMIT(priority_per_stream),
               LIMIT(informational_per_stream),
               LIMIT(reserved_streams),
               LIMIT(goaway_debug_octets),
               LIMIT(encoder_table_size),
               LIMIT(closed_streams)};

static const char *override_words(conversation *c, bool is_option, char **words, size_t count)
{
    uint64_t value = 0;
    if (count != 3) return "config OPTION yes|no, limit NAME NUMBER";
    if (is_option) {
        value = strcmp(words[2], "yes") == 0;
        if (!value && strcmp(words[2], "no") != 0) return "yes or no";
    } else if (!number_word(words[2], UINT32_MAX, &value)) {
        return "limit NAME NUMBER";
    }
    if (c->override_count == MAX_OVERRIDES) return "too many options";
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (members[i].is_option != is_option || strcmp(words[1], members[i].name) != 0) continue;
        c->overrides[c->override_count++] = (override){members[i].at, is_option, (uint32_t)value};
        return NULL;
    }
    return "no such option or limit";
}

static const char *setting_words(conversation *c, char **words, size_t count)
{
    uint64_t id, value;
    if (count != 3 || !number_word(words[1], 0xffff, &id) || !number_word(words[2], UINT32_MAX, &value))
        return "setting ID VALUE";
    if (c->setting_count == MAX_SETTINGS) return "too many settings";
    c->settings[c->setting_count++] = (h2_setting){(uint16_t)id, (uint32_t)value};
    return NULL;
}

/* Steps. */

static void begin_step(reader *r, step_kind kind, const char *name)
{
    conversation *c = r->now;
    c->steps = grow_list(c->steps, c->step_count, sizeof *c->steps);
    step *s = &c->steps[c->step_count++];
    s->kind = kind;
    s->line = r->line;
    s->name = name ? copy_text(name) : NULL;
    s->args.pad_length = -1;
    s->args.last = -1;
    r->step = s;
}

/* DEPENDS_ON/WEIGHT/EXCLUSIVE */
static bool priority_word(h2_priority *p, char *word)
{
    uint64_t numbers[3];
    char *at = word;
    for (size_t i = 0; i < 3; i++) {
        char *end = at + strcspn(at, "/");
        bool last = *end == 0;
        *end = 0;
        if (last != (i == 2) || !number_word(at, i == 1 ? UINT16_MAX : UINT32_MAX, &numbers[i])) return false;
        at = end + !last;
    }
    *p = (h2_priority){(uint32_t)numbers[0], (uint16_t)numbers[1], numbers[2] != 0};
    return true;
}

static bool setting_argument(arguments *a, char *word)
{
    uint64_t id, value;
    char *sign = strchr(word, '=');
    if (!sign || a->settings_count == MAX_SETTINGS) return false;
    *sign = 0;
    bool good = number_word(word, 0xffff, &id) && number_word(sign + 1, UINT32_MAX, &value);
    if (good) a->settings[a->settings_count++] = (h2_setting){(uint16_t)id, (uint32_t)value};
    return good;
}

static bool named_argument(arguments *a, char *word)
{
    uint64_t n = 0;
    bool good = true;
    if (strncmp(word, "data=", 5) == 0)
        good = a->has_data = bytes_expression(&a->data, word + 5);
    else if (strncmp(word, "origin=", 7) == 0)
        good = a->has_origin = bytes_expression(&a->origin, word + 7);
    else if (strncmp(word, "priority=", 9) == 0)
        good = a->has_priority = priority_word(&a->priority, word + 9);
    else if (strncmp(word, "pad=", 4) == 0 && (good = number_word(word + 4, INT32_MAX, &n)))
        a->pad_length = (int)n;
    else if (strncmp(word, "last=", 5) == 0 && (good = number_word(word + 5, UINT32_MAX, &n)))
        a->last = (int64_t)n;
    else if (strncmp(word, "stream=", 7) == 0 && (good = number_word(word + 7, UINT32_MAX, &n)))
        a->stream = (uint32_t)n;
    else
        good = good && setting_argument(a, word);
    return good;
}

static const char *argument_words(arguments *a, char **words, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t n;
        if (strcmp(words[i], "end_stream") == 0) {
            a->end_stream = true;
        } else if (strcmp(words[i], "remote") == 0) {
            a->remote = true;
        } else if (number_word(words[i], UINT64_MAX, &n)) {
            if (a->count == MAX_NUMBERS) return "too many numbers";
            a->numbers[a->count++] = n;
        } else if (!strchr(words[i], '=') || !named_argument(a, words[i])) {
            return "no such argument";
        }
    }
    return NULL;
}

static const char *query_words(reader *r, char **words, size_t count)
{
    size_t sign = 1;
    while (sign < count && strcmp(words[sign], "=") != 0)
        sign++;
    if (count < 4 || sign != count - 2) return "query NAME arguments = ANSWER";
    begin_step(r, STEP_QUERY, words[1]);
    r->step->answer = copy_text(words[count - 1]);
    return argument_words(&r->step->args, words + 2, sign - 2);
}

static bool data_members(expected_event *e, char **words, size_t count)
{
    uint64_t stream = 0, flow = 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(words[i], "stream_ended") == 0)
            e->stream_ended = true;
        else if (strncmp(words[i], "data=", 5) == 0) {
            if (!bytes_expression(&e->text, words[i] + 5)) return false;
        } else if (strncmp(words[i], "stream=", 7) == 0) {
            if (!number_word(words[i] + 7, UINT32_MAX, &stream)) return false;
        } else if (strncmp(words[i], "flow=", 5) != 0 || !number_word(words[i] + 5, UINT32_MAX, &flow)) {
            return false;
        }
    }
    e->is_data = true;
    e->stream_id = (uint32_t)stream;
    e->flow = flow;
    return true;
}

/* Octets are written anew, so that any way to spell them compares. */
static bool member_word(octets *out, char *word)
{
    octets bytes = {0};
    char *sign = strchr(word, '=');
    octets_u8(out, ' ');
    if (!sign || (sign[1] != '"' && sign[1] != 'x')) {
        octets_text(out, word);
        return true;
    }
    bool good = bytes_expression(&bytes, sign + 1);
    octets_put(out, word, (size_t)(sign - word) + 1);
    octets_quote(out, bytes.data, bytes.len);
    octets_free(&bytes);
    return good;
}

static const char *event_words(step *s, char **words, size_t count)
{
    if (s->kind != STEP_IN || count < 2) return "an event follows input";
    if (s->fails.wanted) return "events come before a failure";
    s->events = grow_list(s->events, s->event_count, sizeof *s->events);
    expected_event *e = &s->events[s->event_count++];
    if (strcmp(words[1], "DataReceived") == 0)
        return data_members(e, words + 2, count - 2) ? NULL : "no such member";
    octets_format(&e->text, "event %s", words[1]);
    for (size_t i = 2; i < count; i++)
        if (!member_word(&e->text, words[i])) return "no such member";
    octets_u8(&e->text, '\n');
    return NULL;
}

static const char *field_words(step *s, char **words, size_t count)
{
    octets name = {0}, value = {0};
    const char *wrong = NULL;
    bool never = count == 4 && strcmp(words[3], "never_index") == 0;
    if ((count != 3 && !never) || !bytes_expression(&name, words[1]) || !bytes_expression(&value, words[2])) {
        wrong = "field NAME VALUE [never_index]";
    } else if (s->kind == STEP_IN) {
        h2_header field = {octets_string(&name), name.len, octets_string(&value), value.len,
                           never ? H2_HEADER_NEVER_INDEX : 0};
        if (s->event_count == 0)
            wrong = "a field follows its event";
        else
            fields_text(&s->events[s->event_count - 1].text, &field, 1);
    } else {
        put_field(&s->args.fields, &name, &value, never);
    }
    octets_free(&name);
    octets_free(&value);
    return wrong;
}

static const char *fails_words(step *s, char **words, size_t count)
{
    failure *f = &s->fails;
    if (count < 2 || s->kind == STEP_OUT || f->wanted) return "fails STATUS member=value...";
    f->wanted = true;
    f->status = copy_text(words[1]);
    for (size_t i = 2; i < count; i++) {
        bool prefix = strncmp(words[i], "message~", 8) == 0;
        if (prefix || strncmp(words[i], "message=", 8) == 0) {
            f->has_message = true;
            f->message_is_prefix = prefix;
            if (!bytes_expression(&f->message, words[i] + 8)) return "message=\"...\" or message~\"...\"";
        } else {
            if (f->count == MAX_CHECKS) return "too many members";
            f->checks[f->count++] = copy_text(words[i]);
        }
    }
    return NULL;
}

/* Lines. */

static const char *head_line(reader *r, char **words, size_t count)
{
    conversation *c = r->now;
    if (r->step) return "the head of a conversation comes before its steps";
    if (strcmp(words[0], "config") == 0) return override_words(c, true, words, count);
    if (strcmp(words[0], "limit") == 0) return override_words(c, false, words, count);
    if (strcmp(words[0], "setting") == 0) return setting_words(c, words, count);
    if (count != 2) return "one word follows";
    if (strcmp(words[0], "profile") == 0) return profile_word(c, words[1]);
    if (strcmp(words[0], "role") == 0) return role_word(c, words[1]);
    c->decoded = strcmp(words[1], "decoded") == 0;
    c->exact = strcmp(words[1], "octets") == 0;
    return c->decoded || c->exact ? NULL : "output decoded|octets";
}

static const char *step_line(reader *r, char **words, size_t count)
{
    if (strcmp(words[0], "query") == 0) return query_words(r, words, count);
    if (strcmp(words[0], "call") == 0) {
        if (count < 2) return "call NAME arguments";
        begin_step(r, STEP_CALL, words[1]);
        return argument_words(&r->step->args, words + 2, count - 2);
    }
    begin_step(r, strcmp(words[0], "out") == 0 ? STEP_OUT : STEP_IN, NULL);
    r->step->goes_on = strcmp(words[0], "go") == 0;
    if (r->step->kind == STEP_IN && count == 2) {
        uint64_t take;
        if (!number_word(words[1], 1000, &take)) return "in|go [EVENTS]";
        r->step->take = (size_t)take;
        return NULL;
    }
    r->step->any = count == 2 && r->step->kind == STEP_OUT && strcmp(words[1], "any") == 0;
    return count == 1 || r->step->any ? NULL : "in and out stand alone";
}

static bool is_one_of(const char *word, const char *const *list)
{
    while (*list && strcmp(*list, word) != 0)
        list++;
    return *list != NULL;
}

static const char *member_line(reader *r, char **words, size_t count)
{
    static const char *const octet_words[] = {"frame", "head", "raw", "preface", NULL};
    step *s = r->step;
    if (!s) return "no step to belong to";
    if (strcmp(words[0], "event") == 0) return event_words(s, words, count);
    if (strcmp(words[0], "field") == 0) return field_words(s, words, count);
    if (strcmp(words[0], "fails") == 0) return fails_words(s, words, count);
    if (!is_one_of(words[0], octet_words)) return "no such word";
    if ((s->kind != STEP_IN && s->kind != STEP_OUT) || s->goes_on || s->event_count || s->fails.wanted)
        return "octets follow in or out";
    return bytes_line(&s->bytes, words, count);
}

static const char *read_line(reader *r, char *line);

/* Reads canned lines; %u in them is the stream. */
static const char *read_canned(reader *r, const char *const *lines, unsigned stream_id)
{
    for (; *lines; lines++) {
        char line[100];
        const char *at = strstr(*lines, "%u");
        if (at)
            snprintf(line, sizeof line, "%.*s%u%s", (int)(at - *lines), *lines, stream_id, at + 2);
        else
            snprintf(line, sizeof line, "%s", *lines);
        const char *wrong = read_line(r, line);
        if (wrong) return wrong;
    }
    return NULL;
}

/* The first frames of both sides, acknowledged both ways. */
static const char *begin_line(reader *r)
{
    static const char *const start[] = {"call initiate_connection", "out any", "in", NULL};
    static const char *const preface[] = {"preface", NULL};
    static const char *const rest[] = {"frame SETTINGS - 0",
                                       "frame SETTINGS ACK 0",
                                       "event RemoteSettingsChanged",
                                       "event SettingsAcknowledged",
                                       "out",
                                       "frame SETTINGS ACK 0",
                                       NULL};
    const char *wrong = read_canned(r, start, 0);
    if (!wrong && r->now->role == H2_SERVER) wrong = read_canned(r, preface, 0);
    return wrong ? wrong : read_canned(r, rest, 0);
}

/* A plain request or response, in the direction that the role gives. */
static const char *message_line(reader *r, char **words, size_t count)
{
    static const char *const request_in[] = {
        "in", "frame HEADERS END_HEADERS %u x838784 field:\":authority\"=\"a.example\"",
        "event RequestReceived stream=%u", NULL};
    static const char *const ended_in[] = {
        "in", "frame HEADERS END_HEADERS+END_STREAM %u x838784 field:\":authority\"=\"a.example\"",
        "event RequestReceived stream=%u stream_ended", NULL};
    static const char *const request_fields[] = {"field \":method\" \"POST\"", "field \":scheme\" \"https\"",
                                                 "field \":path\" \"/\"",
                                                 "field \":authority\" \"a.example\"", NULL};
    static const char *const response_in[] = {"in", "frame HEADERS END_HEADERS %u x88",
                                              "event ResponseReceived stream=%u", "field \":status\" \"200\"",
                                              NULL};
    static const char *const response_ended_in[] = {"in",
                                                    "frame HEADERS END_HEADERS+END_STREAM %u x88",
                                                    "event ResponseReceived stream=%u stream_ended",
                                                    "field \":status\" \"200\"",
                                                    "event StreamEnded stream=%u",
                                                    NULL};
    static const char *const send[] = {"call send_headers %u", NULL};
    static const char *const send_ended[] = {"call send_headers %u end_stream", NULL};
    static const char *const response_fields[] = {"field \":status\" \"200\"", NULL};
    static const char *const out_any[] = {"out any", NULL};
    static const char *const ended_event[] = {"event StreamEnded stream=%u", NULL};
    uint64_t id = 0;
    bool request = strcmp(words[0], "request") == 0, ends = count == 3 && strcmp(words[2], "end_stream") == 0;
    if ((count != 2 && !ends) || !number_word(words[1], INT32_MAX, &id))
        return "request|response STREAM [end_stream]";
    bool arrives = request == (r->now->role == H2_SERVER);
    unsigned stream_id = (unsigned)id;
    if (arrives && !request) return read_canned(r, ends ? response_ended_in : response_in, stream_id);
    const char *wrong = read_canned(r,
                                    !arrives ? ends ? send_ended : send
                                    : ends   ? ended_in
                                             : request_in,
                                    stream_id);
    if (!wrong) wrong = read_canned(r, request ? request_fields : response_fields, stream_id);
    if (!wrong && arrives && ends) wrong = read_canned(r, ended_event, stream_id);
    return wrong || arrives ? wrong : read_canned(r, out_any, stream_id);
}

static const char *read_line(reader *r, char *line)
{
    static const char *const head[] = {"profile", "role", "config", "limit", "setting", "output", NULL};
    static const char *const steps[] = {"call", "query", "in", "go", "out", NULL};
    char *words[MAX_WORDS];
    line += strspn(line, " \t");
    if (*line == 0 || *line == '#') return NULL;
    if (strncmp(line, "conversation ", 13) == 0) {
        begin(r, line + 13);
        return NULL;
    }
    if (!r->now) return "a file begins with a conversation";
    if (strncmp(line, "about ", 6) == 0) {
        free(r->now->about);
        r->now->about = copy_text(line + 6);
        return NULL;
    }
    if (strcmp(line, "begin") == 0) return begin_line(r);
    size_t count = split_words(line, words, MAX_WORDS);
    if (count == MAX_WORDS) return "too many words";
    if (strcmp(words[0], "request") == 0 || strcmp(words[0], "response") == 0)
        return message_line(r, words, count);
    if (is_one_of(words[0], head)) return head_line(r, words, count);
    if (is_one_of(words[0], steps)) return step_line(r, words, count);
    return member_line(r, words, count);
}

static const char *check_names(const transcripts *t, size_t from)
{
    for (size_t i = from; i < t->count; i++) {
        if (t->list[i]->step_count == 0) return t->list[i]->name;
        for (size_t k = from; k < i; k++)
            if (strcmp(t->list[i]->name, t->list[k]->name) == 0) return t->list[i]->name;
    }
    return NULL;
}

bool transcripts_parse(transcripts *t, const char *path, const char *text, octets *complaint)
{
    reader r = {.all = t, .file = path};
    size_t from = t->count;
    while (*text) {
        size_t len = strcspn(text, "\n");
        char *line = must_malloc(len + 1);
        memcpy(line, text, len);
        line[len] = 0;
        r.line++;
        const char *wrong = read_line(&r, line);
        free(line);
        if (wrong) {
            octets_format(complaint, "%s:%d: %s", path, r.line, wrong);
            return false;
        }
        text += len + (text[len] == '\n');
    }
    const char *twice = check_names(t, from);
    if (twice) octets_format(complaint, "%s: conversation without steps, or twice: %s", path, twice);
    return !twice;
}

bool transcripts_read(transcripts *t, const char *path, octets *complaint)
{
    octets text = {0};
    char part[4096];
    FILE *file = fopen(path, "rb");
    if (!file) {
        octets_format(complaint, "%s: cannot be read", path);
        return false;
    }
    for (size_t n; (n = fread(part, 1, sizeof part, file)) > 0;)
        octets_put(&text, part, n);
    fclose(file);
    bool good = transcripts_parse(t, path, octets_string(&text), complaint);
    octets_free(&text);
    return good;
}
