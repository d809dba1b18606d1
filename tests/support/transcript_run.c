/* Transcripts: acting a conversation out, in every way that its input can arrive. */
#include "transcript.h"

#include "counting_allocator.h"
#include "event_text.h"
#include "frames.h"
#include "guard.h"
#include "output_text.h"

#include <stdlib.h>
#include <string.h>

typedef enum manner {
    WHOLE,    /* each input step in one piece */
    OCTETS,   /* an octet at a time, output too */
    SPLIT,    /* each input step in two pieces, parted at `at` */
    GUARDED,  /* in front of a page without access, and gone before an event is looked at */
    BORROWED, /* DATA by h2_send_data_ref, output by peek and consume */
    TRIMMED,  /* h2_connection_trim after each step, and a logger that listens */
    STARVED,  /* request number `at` for memory is refused */
    LEAN      /* the same, trimmed after each step, so that what comes next needs memory */
} manner;

/* What was received, as text that compares. */
typedef struct event_log {
    bool joining, pending;
    expected_event data; /* the one that is pending */
    octets text;
} event_log;

typedef struct run {
    const conversation *c;
    h2_profile profile;
    manner manner;
    size_t at;
    h2_connection *conn;
    counting_allocator allocator;
    borrowed loans;
    guard guards[2];
    h2_hpack_decoder *expecting, *seeing;
    event_log log;
    int line;
    const step *fed;        /* the step whose octets are coming */
    size_t done;            /* how many of them have */
    uint32_t longest_frame; /* that may be sent */
    size_t take, taken;     /* events after which it pauses, and how many came */
    bool over;              /* out of memory while receiving: nothing follows */
    size_t bad_lines;       /* that the logger was given */
    octets *trace;          /* nothing is compared, all goes here */
    octets *report;
} run;

static const char *const manner_names[] = {
    "whole",    "octet by octet", "split",         "guarded",
    "borrowed", "trimmed",        "out of memory", "out of memory, trimmed"};

static bool complain(run *r, const char *what)
{
    octets_format(r->report, "%s:%d: %s\n  [%s profile, %s", r->c->file, r->line, r->c->name,
                  r->profile == H2_PROFILE_RFC ? "rfc" : "python", manner_names[r->manner]);
    if (r->manner == SPLIT || r->manner >= STARVED) octets_format(r->report, " at %zu", r->at);
    octets_format(r->report, "] %s\n", what);
    return false;
}

static bool complain_difference(run *r, const char *what, const char *expected, const char *seen)
{
    complain(r, what);
    octets_format(r->report, "  expected:\n%s\n  seen:\n%s\n", expected, seen);
    return false;
}

/* Events. */

static void log_flush(event_log *log)
{
    if (!log->pending) return;
    const expected_event *e = &log->data;
    octets_format(&log->text, "event DataReceived stream=%u flow=%llu%s data=", (unsigned)e->stream_id,
                  (unsigned long long)e->flow, e->stream_ended ? " stream_ended" : "");
    octets_quote(&log->text, e->text.data, e->text.len);
    octets_u8(&log->text, '\n');
    log->pending = false;
}

static void log_data(event_log *log, uint32_t stream_id, uint64_t flow, bool ended, const void *data,
                     size_t len)
{
    bool join = log->pending && log->joining && log->data.stream_id == stream_id && !log->data.stream_ended;
    if (!join) {
        log_flush(log);
        octets_clear(&log->data.text);
        log->data.stream_id = stream_id;
        log->data.flow = 0;
    }
    log->pending = true;
    log->data.flow += flow;
    log->data.stream_ended = ended;
    octets_put(&log->data.text, data, len);
}

static void log_event(event_log *log, const h2_event *e)
{
    if (e->type == H2_EVENT_DATA_RECEIVED) {
        log_data(log, e->stream_id, e->data.flow_controlled_length, e->data.stream_ended, e->data.bytes,
                 e->data.len);
        return;
    }
    log_flush(log);
    event_text(&log->text, e);
}

static void log_expected(event_log *log, const step *s)
{
    for (size_t i = 0; i < s->event_count; i++) {
        const expected_event *e = &s->events[i];
        if (e->is_data) {
            log_data(log, e->stream_id, e->flow, e->stream_ended, e->text.data, e->text.len);
        } else {
            log_flush(log);
            octets_put(&log->text, e->text.data, e->text.len);
        }
    }
    log_flush(log);
}

static void log_free(event_log *log)
{
    octets_free(&log->text);
    octets_free(&log->data.text);
}

static bool check_events(run *r, const step *s)
{
    event_log expected = {.joining = r->log.joining};
    log_flush(&r->log);
    if (r->trace) {
        octets_put(r->trace, r->log.text.data, r->log.text.len);
        octets_clear(&r->log.text);
        return true;
    }
    log_expected(&expected, s);
    bool same = octets_equal(&expected.text, &r->log.text);
    if (!same)
        complain_difference(r, "events differ", octets_string(&expected.text), octets_string(&r->log.text));
    log_free(&expected);
    octets_clear(&r->log.text);
    return same;
}

/* Failures. */

static bool check_member(const h2_error_info *e, const char *check)
{
    const struct {
        const char *name;
        long long value;
    } members[] = {{"code=", (long long)e->error_code},
                   {"stream=", (long long)e->stream_id},
                   {"max=", (long long)e->max_stream_id},
                   {"expected=", (long long)e->expected_length},
                   {"actual=", (long long)e->actual_length}};
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        size_t len = strlen(members[i].name);
        if (strncmp(check, members[i].name, len) == 0)
            return strtoll(check + len, NULL, 10) == members[i].value;
    }
    return false;
}

static bool check_message(const failure *f, const char *message)
{
    size_t len = strlen(message);
    if (f->message_is_prefix ? len < f->message.len : len != f->message.len) return false;
    return f->message.len == 0 || memcmp(message, f->message.data, f->message.len) == 0;
}

static void describe_error(octets *out, h2_status status, const h2_error_info *e)
{
    octets_format(out, "    %s", h2_status_name(status));
    if (status < 0)
        octets_format(out, " code=%u stream=%lld max=%lld expected=%llu actual=%llu remote=%d message=\"%s\"",
                      (unsigned)e->error_code, (long long)e->stream_id, (long long)e->max_stream_id,
                      (unsigned long long)e->expected_length, (unsigned long long)e->actual_length, e->remote,
                      e->message);
}

static bool check_status(run *r, const step *s, h2_status status, h2_status success)
{
    const failure *f = &s->fails;
    const h2_error_info *e = h2_last_error(r->conn);
    if (r->trace) {
        describe_error(r->trace, status, e);
        octets_u8(r->trace, '\n');
        return true;
    }
    bool good = f->wanted ? status < 0 && status != H2_ERROR_NO_MEMORY : status == success;
    if (good && f->wanted) {
        good = e->status == status &&
               (strcmp(f->status, "*") == 0 || strcmp(f->status, h2_status_name(status)) == 0) &&
               e->remote == (s->kind == STEP_IN);
        for (size_t i = 0; i < f->count; i++)
            good = good && check_member(e, f->checks[i]);
        if (f->has_message && r->profile == H2_PROFILE_PYTHON) good = good && check_message(f, e->message);
    }
    if (good) return true;
    octets expected = {0}, seen = {0};
    octets_format(&expected, "    %s", f->wanted ? f->status : "success");
    for (size_t i = 0; i < f->count; i++)
        octets_format(&expected, " %s", f->checks[i]);
    if (f->has_message)
        octets_format(&expected, " message%s\"%s\"", f->message_is_prefix ? "~" : "=",
                      octets_string(&f->message));
    describe_error(&seen, status, e);
    complain_difference(r, "status differs", octets_string(&expected), octets_string(&seen));
    octets_free(&expected);
    octets_free(&seen);
    return false;
}

/* Input. */

/* Where the library put its cursor must lie in the piece, and the rest must still reach to its end. */
static bool check_cursor(run *r, const uint8_t *start, size_t len, const uint8_t *at, size_t left,
                         h2_status status)
{
    if (left > len || at != start + (len - left)) return complain(r, "the cursor left the input");
    if (status == H2_NEED_DATA && left != 0) return complain(r, "NEED_DATA, and octets are left");
    return true;
}

static bool points_into_input(const h2_event *e)
{
    return e->type == H2_EVENT_DATA_RECEIVED || e->type == H2_EVENT_UNKNOWN_FRAME_RECEIVED;
}

/* Moves what is left of the input and takes the rest of it away. */
static const uint8_t *move_input(run *r, size_t *now, const uint8_t *at, size_t left)
{
    size_t other = 1 - *now;
    const uint8_t *moved = guard_place(&r->guards[other], at, left);
    guard_shut(&r->guards[*now]);
    *now = other;
    return moved;
}

/* Whether the events that the step takes have been taken. */
static bool pause(run *r)
{
    r->taken++;
    return r->take != 0 && r->taken == r->take;
}

static bool receive_guarded(run *r, const uint8_t *data, size_t left, h2_status *status, size_t *used)
{
    size_t now = 0, all = left;
    const uint8_t *at = guard_place(&r->guards[0], data, left);
    for (bool go_on = true; go_on;) {
        h2_event event;
        const uint8_t *start = at;
        size_t len = left;
        memset(&event, 0x5a, sizeof event);
        *status = h2_receive_data(r->conn, &at, &left, &event);
        if (!check_cursor(r, start, len, at, left, *status)) return false;
        if (*status != H2_OK) break;
        if (points_into_input(&event)) log_event(&r->log, &event);
        at = move_input(r, &now, at, left);
        if (!points_into_input(&event)) log_event(&r->log, &event);
        go_on = !pause(r);
    }
    guard_shut(&r->guards[now]);
    *used = all - left;
    return true;
}

static bool receive_piece(run *r, const uint8_t *piece, size_t len, h2_status *status, size_t *used)
{
    if (r->manner == GUARDED) return receive_guarded(r, piece, len, status, used);
    uint8_t *copy = must_malloc(len);
    if (len) memcpy(copy, piece, len);
    const uint8_t *at = copy;
    size_t left = len;
    bool good, go_on = true;
    do {
        h2_event event;
        memset(&event, 0x5a, sizeof event);
        *status = h2_receive_data(r->conn, &at, &left, &event);
        good = check_cursor(r, copy, len, at, left, *status);
        if (!good || *status != H2_OK) break;
        log_event(&r->log, &event);
        go_on = !pause(r);
    } while (go_on);
    memset(copy, 0xdd, len);
    free(copy);
    *used = len - left;
    return good;
}

/* The octets of a step that is fed, from where it paused, in pieces as the manner says. */
static bool receive_step(run *r, h2_status *status)
{
    const octets *bytes = &r->fed->bytes;
    do {
        size_t size = bytes->len - r->done, used = 0;
        if (r->manner == OCTETS && size > 1) size = 1;
        if (r->manner == SPLIT && r->at > r->done && r->at < bytes->len) size = r->at - r->done;
        if (!receive_piece(r, bytes->data + r->done, size, status, &used)) return false;
        r->done += used;
    } while (*status == H2_NEED_DATA && r->done < bytes->len);
    return true;
}

/* Only the counters of crossings may go without memory, and without saying so. */
static bool may_be_refused(size_t size)
{
    size_t counters = 0;
    while (h2_limit_name(counters) != NULL)
        counters++;
    return size == counters * sizeof(uint64_t);
}

static bool do_input(run *r, const step *s)
{
    h2_status status;
    if (!s->goes_on) {
        r->fed = s;
        r->done = 0;
    }
    r->take = s->take;
    r->taken = 0;
    const size_t refused = r->allocator.refused;
    if (!receive_step(r, &status)) return false;
    if (status == H2_ERROR_NO_MEMORY && r->allocator.refused) {
        r->over = true;
        return true;
    }
    if (r->allocator.refused > refused && !may_be_refused(r->allocator.refused_size)) {
        return complain(r, "memory was refused, and that was not told");
    }
    return check_events(r, s) && check_status(r, s, status, s->take ? H2_OK : H2_NEED_DATA);
}

/* Output. */

static void take_copying(run *r, octets *out)
{
    uint8_t part[4096];
    size_t cap = r->manner == OCTETS ? 1 : sizeof part;
    for (size_t n; (n = h2_data_to_send(r->conn, part, cap)) > 0;)
        octets_put(out, part, n);
}

/* Takes uneven amounts of what is shown, as a socket would. */
static void take_peeking(run *r, octets *out)
{
    h2_iovec runs[3];
    size_t want = 1;
    for (size_t count; (count = h2_output_peek(r->conn, runs, 3)) > 0;) {
        size_t taken = 0;
        for (size_t i = 0; i < count && taken < want; i++) {
            size_t n = runs[i].len < want - taken ? runs[i].len : want - taken;
            octets_put(out, runs[i].base, n);
            taken += n;
        }
        h2_output_consume(r->conn, taken);
        want = want * 3 + 1;
        if (taken == 0) break;
    }
}

static bool check_octets(run *r, const octets *expected, const octets *seen)
{
    if (octets_equal(expected, seen)) return true;
    octets want = {0}, have = {0};
    frames_describe(&want, expected->data, expected->len);
    frames_describe(&have, seen->data, seen->len);
    complain_difference(r, "output differs", octets_string(&want), octets_string(&have));
    octets_free(&want);
    octets_free(&have);
    return false;
}

static bool check_decoded(run *r, const octets *expected, const octets *seen)
{
    octets want = {0}, have = {0};
    output_text(&want, r->expecting, expected);
    output_text(&have, r->seeing, seen);
    bool same = octets_equal(&want, &have);
    if (!same) complain_difference(r, "output differs", octets_string(&want), octets_string(&have));
    octets_free(&want);
    octets_free(&have);
    return same;
}

/* Output is whole frames, none of them longer than the peer has ever allowed. */
static bool check_frames(run *r, const octets *seen)
{
    const uint8_t *data = seen->data;
    size_t len = seen->len;
    uint32_t most = h2_max_outbound_frame_size(r->conn);
    frame_view f;
    if (most > r->longest_frame) r->longest_frame = most;
    if (len >= 24 && data[0] == 'P') {
        data += 24;
        len -= 24;
    }
    while (frame_next(&data, &len, &f))
        if (f.length > r->longest_frame) return complain(r, "a frame is longer than the peer allows");
    return len == 0 || complain(r, "output ends within a frame");
}

static bool do_output(run *r, const step *s)
{
    octets seen = {0};
    size_t pending = h2_output_pending(r->conn);
    if (r->manner == BORROWED)
        take_peeking(r, &seen);
    else
        take_copying(r, &seen);
    bool good = seen.len == pending || complain(r, "output is not as long as told");
    good = good && check_frames(r, &seen);
    if (r->trace)
        frames_describe(r->trace, seen.data, seen.len);
    else if (good && !s->any)
        good = r->expecting ? check_decoded(r, &s->bytes, &seen) : check_octets(r, &s->bytes, &seen);
    octets_free(&seen);
    return good;
}

/* Calls. */

static bool do_call(run *r, const step *s)
{
    bool known;
    borrowed *loans = r->manner == BORROWED ? &r->loans : NULL;
    size_t refused = r->allocator.refused, pending = h2_output_pending(r->conn);
    h2_status status = transcript_call(r->conn, s, loans, &known);
    if (!known) return complain(r, "no such call");
    if (status == H2_ERROR_NO_MEMORY && r->allocator.refused > refused) {
        if (h2_output_pending(r->conn) != pending) return complain(r, "output changed, and no memory");
        status = transcript_call(r->conn, s, loans, &known);
    }
    return check_status(r, s, status, H2_OK);
}

static bool do_query(run *r, const step *s)
{
    octets answer = {0};
    size_t refused = r->allocator.refused;
    transcript_query(r->conn, s, &answer);
    if (r->allocator.refused > refused) {
        octets_clear(&answer);
        transcript_query(r->conn, s, &answer);
    }
    bool same = r->trace || strcmp(octets_string(&answer), s->answer) == 0;
    if (r->trace) octets_format(r->trace, "%s %s\n", s->name, octets_string(&answer));
    if (!same) complain_difference(r, s->name, s->answer, octets_string(&answer));
    octets_free(&answer);
    return same;
}

static bool do_step(run *r, const step *s)
{
    switch (s->kind) {
    case STEP_CALL: return do_call(r, s);
    case STEP_QUERY: return do_query(r, s);
    case STEP_IN: return do_input(r, s);
    case STEP_OUT: return do_output(r, s);
    }
    return false;
}

/* Runs. */

static void configure(const run *r, h2_config *config)
{
    h2_config_init_sized(config, sizeof *config, r->c->role, r->profile);
    for (size_t i = 0; i < r->c->override_count; i++) {
        const override *o = &r->c->overrides[i];
        bool option = o->value != 0;
        if (o->is_option)
            memcpy((char *)config + o->at, &option, sizeof option);
        else
            memcpy((char *)config + o->at, &o->value, sizeof o->value);
    }
    config->initial_settings = r->c->setting_count ? r->c->settings : NULL;
    config->initial_settings_count = r->c->setting_count;
    config->allocator = &r->allocator.base;
}

/* A line is one line of text, and the connection may not be called from here. */
static void listen(void *arg, h2_log_level level, const char *line)
{
    run *r = arg;
    if ((level != H2_LOG_DEBUG && level != H2_LOG_TRACE) || *line == 0 || strpbrk(line, "\r\n"))
        r->bad_lines++;
    if (r->conn && h2_ping(r->conn, (const uint8_t *)"whatever") != H2_ERROR_ARGUMENT) r->bad_lines++;
}

static bool check_memory(run *r)
{
    size_t told = h2_memory_used(r->conn);
    if (told == r->allocator.live_octets) return true;
    complain(r, "h2_memory_used is not what was handed out");
    octets_format(r->report, "  told %zu, handed out %zu\n", told, r->allocator.live_octets);
    return false;
}

static bool open_run(run *r)
{
    h2_config config;
    configure(r, &config);
    if (r->manner == TRIMMED) {
        config.log = listen;
        config.log_arg = r;
    }
    r->log.joining = !config.whole_data_frames;
    if ((r->profile == H2_PROFILE_RFC && !r->c->exact) || r->c->decoded) {
        if (h2_hpack_decoder_new(&r->expecting, 65536, UINT32_MAX, NULL) != H2_OK ||
            h2_hpack_decoder_new(&r->seeing, 65536, UINT32_MAX, NULL) != H2_OK)
            return complain(r, "no decoder");
    }
    h2_status status = h2_connection_new(&r->conn, &config);
    if (status == H2_OK) return r->allocator.refused == 0 || complain(r, "made without memory");
    r->over = status == H2_ERROR_NO_MEMORY && r->allocator.refused && !r->conn;
    return r->over || complain(r, "h2_connection_new failed");
}

static bool close_run(run *r, bool good)
{
    h2_connection_free(r->conn);
    h2_hpack_decoder_free(r->expecting);
    h2_hpack_decoder_free(r->seeing);
    log_free(&r->log);
    for (size_t i = 0; i < 2; i++)
        guard_free(&r->guards[i]);
    if (!good) return false;
    if (!counting_allocator_clean(&r->allocator)) return complain(r, r->allocator.complaint);
    if (r->bad_lines) return complain(r, "the logger was given what is no line, or could call");
    return r->loans.lent == r->loans.released || complain(r, "borrowed data was not released once");
}

static size_t longest_input(const conversation *c)
{
    size_t longest = 0;
    for (size_t i = 0; i < c->step_count; i++)
        if (c->steps[i].kind == STEP_IN && c->steps[i].bytes.len > longest) longest = c->steps[i].bytes.len;
    return longest;
}

static bool act_steps(run *r)
{
    for (size_t i = 0; !r->over && i < r->c->step_count; i++) {
        r->line = r->c->steps[i].line;
        if (!do_step(r, &r->c->steps[i])) return false;
        if (r->manner == TRIMMED || r->manner == LEAN) h2_connection_trim(r->conn);
        if (!r->over && !check_memory(r)) return false;
    }
    return true;
}

/* What all runs of a conversation share, and what the last one told. */
typedef struct plan {
    const conversation *c;
    h2_profile profile;
    bool tracing;
    octets trace; /* of the run that all others must equal */
    octets *report;
    size_t requests, refused; /* how often memory was asked for, and not given */
} plan;

static bool same_trace(run *r, const plan *p)
{
    const octets *t = r->trace;
    size_t len = r->over && t->len < p->trace.len ? t->len : p->trace.len;
    if (t->len == len && memcmp(octets_string(t), octets_string(&p->trace), len) == 0) return true;
    return complain_difference(r, "not as when input comes whole", octets_string(&p->trace),
                               octets_string(t));
}

static bool run_once(plan *p, manner how, size_t at)
{
    octets trace = {0};
    run r = {
        .c = p->c, .profile = p->profile, .manner = how, .at = at, .line = p->c->line, .report = p->report};
    if (p->tracing) r.trace = &trace;
    counting_allocator_init(&r.allocator);
    if (how >= STARVED) r.allocator.fail_at = at;
    if (how == GUARDED)
        for (size_t i = 0; i < 2; i++)
            guard_open(&r.guards[i], longest_input(p->c));
    bool good = open_run(&r) && act_steps(&r);
    if (good && p->tracing && p->trace.len) good = same_trace(&r, p);
    if (good && p->tracing && !p->trace.len) octets_put(&p->trace, trace.data, trace.len);
    good = close_run(&r, good);
    octets_free(&trace);
    p->requests = r.allocator.requests;
    p->refused = r.allocator.refused;
    return good;
}

/* Every place up to 1500; in longer input those near the ends of frames, and some. */
static void mark_splits(const conversation *c, bool *marks, size_t longest)
{
    for (size_t i = 1; i < longest; i++)
        marks[i] = longest <= 1500 || i < 64 || i % 4093 == 0;
    for (size_t i = 0; longest > 1500 && i < c->step_count; i++) {
        const octets *bytes = &c->steps[i].bytes;
        if (c->steps[i].kind != STEP_IN) continue;
        const uint8_t *data = bytes->data;
        size_t len = bytes->len;
        frame_view f;
        if (len > 24 && data[0] == 'P') {
            data += 24;
            len -= 24;
        }
        while (frame_next(&data, &len, &f)) {
            size_t end = bytes->len - len;
            for (size_t k = end > 6 ? end - 6 : 1; k < end + 16 && k < longest; k++)
                marks[k] = true;
        }
    }
}

/* Under valgrind, which is slow, one in twenty-three. */
static size_t sparing(void)
{
    return getenv("H2_VALGRIND") ? 23 : 1;
}

static bool run_splits(plan *p)
{
    const size_t spare = sparing();
    size_t longest = longest_input(p->c);
    bool *marks = must_malloc(longest + 1), good = true;
    memset(marks, 0, longest + 1);
    mark_splits(p->c, marks, longest);
    for (size_t at = 1; good && at < longest; at++)
        if (marks[at] && at % spare == 0) good = run_once(p, SPLIT, at);
    free(marks);
    return good;
}

static bool run_starved(plan *p, manner how)
{
    const size_t spare = sparing();
    const size_t stride = p->requests / 400 + 1;
    p->refused = 1;
    for (size_t at = 1; p->refused; at += (at < 200 ? 1 : stride) * spare)
        if (!run_once(p, how, at)) return false;
    return true;
}

static bool run_all(plan *p)
{
    static const manner once[] = {WHOLE, OCTETS, GUARDED, BORROWED, TRIMMED, WHOLE};
    for (size_t i = 0; i < sizeof once / sizeof *once; i++)
        if (!run_once(p, once[i], 0)) return false;
    return run_splits(p) && run_starved(p, STARVED) && run_starved(p, LEAN);
}

bool transcript_run(const conversation *c, h2_profile profile, octets *report)
{
    plan p = {.c = c, .profile = profile, .report = report};
    return run_all(&p);
}

bool transcript_compare(const conversation *c, h2_profile profile, octets *report)
{
    plan p = {.c = c, .profile = profile, .report = report, .tracing = true};
    bool good = run_all(&p);
    octets_free(&p.trace);
    return good;
}
