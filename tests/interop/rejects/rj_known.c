/* Where libh2 (RFC profile) and libnghttp2 1.52 may differ, each with the text that lets them: a difference that is
 * not in the table fails the test. */
#include "rj.h"

#include <string.h>

/* Any class of verdict, any type of frame. */
enum {
    ANY = -1
};

typedef struct explanation {
    int h2, nghttp2, type;             /* classes; of the frame, or ANY */
    const char *h2_reason, *ng_reason; /* in the reason; NULL is any */
    const char *changed;               /* in what was done to the stream; NULL is any */
    const char *why;
    bool rare; /* a run may do without */
} explanation;

static const explanation explanations[] = {
    /* libnghttp2 drops fields that are malformed; they make the message malformed. */
    {RJ_STREAM, RJ_OK, ANY, "Illegal character", NULL, NULL,
     "RFC 9113 8.2.1: a field with such octets is malformed", false},
    {RJ_STREAM, RJ_OK, ANY, "surrounded by whitespace", NULL, NULL, "RFC 9113 8.2.1: no blanks round a value",
     false},
    {RJ_STREAM, RJ_OK, ANY, "zero length", NULL, NULL, "RFC 9113 8.2.1: a name is a token", false},
    {RJ_STREAM, RJ_OK, ANY, "mismatched :authority", NULL, NULL,
     "RFC 9113 8.3.1: host must agree with :authority", false},
    {RJ_STREAM, RJ_OK, ANY, "Invalid value for :authority", NULL, NULL,
     "RFC 9113 8.3.1: no userinfo, and an authority", false},
    {RJ_STREAM, RJ_OK, ANY, "Invalid value for :status", NULL, NULL, "RFC 9110 15: a status is 100 to 599",
     false},
    {RJ_STREAM, RJ_OK, ANY, "Method that cannot be pushed", NULL, NULL,
     "RFC 9113 8.4: promised methods are safe", false},
    {RJ_STREAM, RJ_OK, ANY, "Invalid content-length", NULL, NULL,
     "RFC 9110 8.6: a content-length that is no number", true},
    {RJ_OK, RJ_STREAM, ANY, NULL, "[host], value: []", NULL, "RFC 9110 7.2: Host may be empty", false},
    /* content-length and :path where they mean nothing */
    {RJ_OK, RJ_STREAM, ANY, NULL, NULL, "bad field 23",
     "RFC 9110 6.5.1, 8.6: in trailers and 1xx it says nothing", false},
    {RJ_STREAM, RJ_OK, ANY, "promised request has no content", NULL, NULL,
     "RFC 9113 8.4: a promised request has no content", false},
    {RJ_OK, RJ_STREAM, ANY, NULL, "messaging rule", ":path", "RFC 9110 7.1: * is left to the application",
     false},
    /* streams that are over */
    {RJ_STREAM, RJ_CONNECTION, ANY, "", "Stream was already closed", NULL,
     "RFC 9113 5.1: half-closed (remote), a stream error", false},
    {RJ_STREAM, RJ_CONNECTION, 0, "", "DATA: stream", NULL,
     "RFC 9113 5.1: half-closed (remote), a stream error", false},
    {RJ_STREAM, RJ_OK, 0, "is closed", NULL, NULL, "RFC 9113 5.1: closed; libnghttp2 forgets such streams",
     false},
    {RJ_STREAM, RJ_OK, 1, "is closed", NULL, NULL, "RFC 9113 5.1: closed; libnghttp2 forgets such streams",
     false},
    {RJ_STREAM, RJ_OK, 9, "is closed", NULL, NULL, "RFC 9113 5.1: closed; libnghttp2 forgets such streams",
     false},
    {RJ_CONNECTION, RJ_OK, ANY, "is closed", NULL, NULL, "RFC 9113 5.1: closed, may be a connection error",
     false},
    {RJ_CONNECTION, RJ_OK, ANY, "is not above", NULL, NULL, "RFC 9113 5.1.1: ids rise", false},
    {RJ_CONNECTION, RJ_STREAM, ANY, "Attempted to push on closed", NULL, NULL,
     "RFC 9113 6.6: on an open stream only", false},
    {RJ_STREAM, RJ_CONNECTION, 0, "before headers", "DATA: stream not opened", NULL,
     "RFC 9113 8.1.1: a malformed message", false},
    {RJ_STREAM, RJ_CONNECTION, ANY, "is closed", "closed", NULL, "RFC 9113 5.1: closed by RST_STREAM", false},
    {RJ_CONNECTION, RJ_OK, 0, "invalid padding", NULL, NULL, "RFC 9113 6.1: on any stream", true},
    /* frames of their own */
    {RJ_OK, RJ_CONNECTION, 4, NULL, "Protocol error", NULL, "RFC 9113 6.5.3: an ACK too many is no error",
     false},
    {RJ_OK, RJ_CONNECTION, 7, NULL, "Protocol error", NULL, "RFC 9113 6.8: the last id may only not rise",
     false},
    {RJ_STREAM, RJ_CONNECTION, 2, "Frame data missing", NULL, NULL,
     "RFC 9113 6.3: PRIORITY of another length", false},
    {RJ_OK, RJ_CONNECTION, 2, NULL, "depend on itself", NULL, "RFC 9113 5.3.2: priorities are deprecated",
     false},
    {ANY, RJ_CONNECTION, ANY, NULL, "Protocol error", "own id in", "RFC 9113 5.3.2: also in HEADERS", false},
    {RJ_STREAM, RJ_CONNECTION, 8, "non-compliant", NULL, NULL, "RFC 9113 6.9: an increment of 0 on a stream",
     false},
    {RJ_CONNECTION, ANY, ANY, "overlong", NULL, NULL,
     "RFC 9113 4.2: frames too long are judged by their head, CONTINUATION too", false},
    /* libnghttp2 judges fields one by one, before the rest of the block. */
    {RJ_CONNECTION, RJ_STREAM, ANY, "during header block", NULL, NULL,
     "RFC 9113 4.3: a block that is interrupted", false},
    {RJ_CONNECTION, RJ_STREAM, ANY, "not HPACK", NULL, NULL, "RFC 9113 4.3: the rest of the block is broken",
     false},
    {RJ_CONNECTION, RJ_STREAM, ANY, "invalid header", NULL, NULL, "RFC 9113 4.1: a block that is interrupted",
     false},
};

static const char stopped[] = "libnghttp2 reads no more after GOAWAY without streams";
static const char unfinished[] =
    "RFC 9113 4.3: a block, or a frame, that is not there yet need not be judged";

enum {
    ROWS = sizeof explanations / sizeof explanations[0]
};

static unsigned long hits[ROWS + 2];

static bool is_block(const rj_frame *f)
{
    return f->type == 1 || f->type == 5 || f->type == 9;
}

static bool has(const char *text, const char *part)
{
    if (part == NULL) return true;
    if (part[0] == '\0') return text[0] == '\0';
    return strstr(text, part) != NULL;
}

/* Engines may judge a header block as it comes or when it is whole: all of it counts as one frame. */
static size_t end_of_block(const rj_stream *s, size_t frame)
{
    while (frame + 1 < s->count && is_block(&s->frames[frame]) && !(s->frames[frame].flags & 4))
        frame++;
    return frame;
}

static bool is_unfinished(const rj_stream *s, size_t frame)
{
    const rj_frame *const f = &s->frames[frame];
    return f->payload_len < f->length || (is_block(f) && !(f->flags & 4));
}

static void silence(rj_verdict *v)
{
    v->class = RJ_OK;
    v->reason[0] = '\0';
}

bool rj_agree(const rj_stream *s, rj_verdict *h2, rj_verdict *nghttp2)
{
    if (h2->class != RJ_OK) h2->frame = end_of_block(s, h2->frame);
    if (nghttp2->class != RJ_OK) nghttp2->frame = end_of_block(s, nghttp2->frame);
    /* What is said after the other has ended is of no interest. */
    if (h2->frame < nghttp2->frame) silence(nghttp2);
    if (nghttp2->frame < h2->frame) silence(h2);
    if (h2->class != nghttp2->class) return false;
    return h2->class != RJ_STREAM || h2->stream == nghttp2->stream;
}

static bool is_class(int wanted, rj_class class)
{
    return wanted == ANY || wanted == (int)class;
}

static bool fits(const explanation *e, const rj_stream *s, int type, const rj_verdict *h2,
                 const rj_verdict *nghttp2)
{
    if (!is_class(e->h2, h2->class) || !is_class(e->nghttp2, nghttp2->class)) return false;
    if (e->type != ANY && e->type != type) return false;
    if (e->changed != NULL && strstr(s->changes, e->changed) == NULL) return false;
    return has(h2->reason, e->h2_reason) && has(nghttp2->reason, e->ng_reason);
}

const char *rj_explain(const rj_stream *s, const rj_verdict *h2, const rj_verdict *nghttp2)
{
    const size_t frame = h2->frame < nghttp2->frame ? h2->frame : nghttp2->frame;
    const bool one = h2->class == RJ_OK || nghttp2->class == RJ_OK;
    size_t row = 0;
    if (nghttp2->stopped)
        row = ROWS;
    else if (one && is_unfinished(s, frame))
        row = ROWS + 1;
    else
        while (row < ROWS && !fits(&explanations[row], s, s->frames[frame].type, h2, nghttp2))
            row++;
    if (row == ROWS && !nghttp2->stopped) return NULL;
    hits[row]++;
    unsigned long count;
    return rj_explanation(row, &count);
}

size_t rj_explanations(void)
{
    return ROWS + 2;
}

const char *rj_explanation(size_t index, unsigned long *count)
{
    *count = hits[index];
    if (index < ROWS && explanations[index].rare) *count += 1;
    if (index < ROWS) return explanations[index].why;
    return index == ROWS ? stopped : unfinished;
}
