/* Runs one piece of recorded work with one peer and prints what it took as a line of JSON:
 *     h2-bench WORK PEER COUNT        h2-bench SCALED-WORK PEER N COUNT        h2-bench --list
 * Under callgrind only the measured part is collected (--collect-atstart=no). bench/run makes tables of it. */
#include "measure.h"

#include "stories.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Requests. */

/* `batch` requests come with each read. */
static result serve(const peer *p, size_t count, size_t batch)
{
    result r = {0};
    const size_t warm = 200 / batch * batch, all = warm + count / batch * batch;
    size_t *const ends = malloc((all + 1) * sizeof *ends);
    size_t at = 0;
    bytes wire = record_client(all, ends, &at);
    endpoint *const e = open_server(p, wire.data, at, &(endpoint_options){.answers = true});
    for (size_t i = 0; i < all; i += batch) {
        if (i == warm) {
            r.octets = 0;
            start();
        }
        const size_t end = ends[i + batch - 1];
        p->receive(e, wire.data + at, end - at);
        r.octets += p->drain(e);
        at = end;
    }
    stop(&r);
    if (p->messages(e) != all) die("requests are missing");
    p->close(e);
    free(wire.data);
    free(ends);
    r.units = all - warm;
    return r;
}

static result serve_1(const peer *p, size_t count)
{
    return serve(p, count, 1);
}

static result serve_10(const peer *p, size_t count)
{
    return serve(p, count, 10);
}

static result pair_1(const peer *p, size_t count)
{
    return pair(p, count, 1);
}

static result pair_10(const peer *p, size_t count)
{
    return pair(p, count, 10);
}

static result pair_100(const peer *p, size_t count)
{
    return pair(p, count, 100);
}

static result pair_1000(const peer *p, size_t count)
{
    return pair(p, count, 1000);
}

/* HPACK. */

enum {
    LISTS = 60 /* of each kind */
};

typedef struct recorded {
    story *told;
    bytes blocks;
    size_t ends[LISTS];
} recorded;

static void put_text(bytes *to, const char *text, size_t len)
{
    uint8_t head[3] = {(uint8_t)len, 0, 0};
    size_t head_len = 1;
    if (len >= 127) {
        if (len - 127 >= 1 << 14) die("too long");
        head[0] = 127;
        head[1] = (uint8_t)((len - 127) & 127);
        head_len = 2;
        if (len - 127 >= 128) {
            head[1] |= 128;
            head[2] = (uint8_t)((len - 127) >> 7);
            head_len = 3;
        }
    }
    bytes_add(to, head, head_len);
    bytes_add(to, text, len);
}

/* Literals, names too, that enter no table. */
static void write_raw(bytes *to, const story_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        bytes_add(to, "", 1);
        put_text(to, list->fields[i].name, list->fields[i].name_len);
        put_text(to, list->fields[i].value, list->fields[i].value_len);
    }
}

static void write_coded(bytes *to, h2_hpack_encoder *encoder, const story_list *list)
{
    uint8_t out[65536];
    size_t len;
    if (h2_hpack_encode(encoder, list->fields, list->count, out, sizeof out, &len) != H2_OK) die("encode");
    bytes_add(to, out, len);
}

static recorded *record_stories(bool raw)
{
    recorded *const all = calloc(STORY_KINDS, sizeof *all);
    if (all == NULL) die("no memory");
    for (int kind = 0; kind < STORY_KINDS; kind++) {
        recorded *const r = &all[kind];
        h2_hpack_encoder *encoder;
        r->told = story_make((story_kind)kind, (uint64_t)kind + 1, LISTS);
        /* The Python profile always writes Huffman code. */
        if (h2_hpack_encoder_new(&encoder, 4096, H2_PROFILE_PYTHON, NULL) != H2_OK) die("encoder");
        for (size_t i = 0; i < LISTS; i++) {
            if (raw)
                write_raw(&r->blocks, &r->told->lists[i]);
            else
                write_coded(&r->blocks, encoder, &r->told->lists[i]);
            r->ends[i] = r->blocks.len;
        }
        h2_hpack_encoder_free(encoder);
    }
    return all;
}

static void free_stories(recorded *all)
{
    for (int kind = 0; kind < STORY_KINDS; kind++) {
        story_free(all[kind].told);
        free(all[kind].blocks.data);
    }
    free(all);
}

static void sweep_caches(void)
{
    static uint8_t area[16 << 20];
    for (size_t i = 0; i < sizeof area; i += 64)
        area[i]++;
}

/* Reading the clock is cold too, and of the same order: it is measured alone each time and taken off. */
static void start_cold(result *r)
{
    result alone = {0};
    sweep_caches();
    start();
    stop(&alone);
    r->ns -= alone.ns;
    sweep_caches();
    start();
}

static void decode_story(const peer *p, coder *c, const recorded *told, result *r, bool cold)
{
    size_t at = 0;
    for (size_t i = 0; i < LISTS; i++) {
        if (cold) start_cold(r);
        p->decode(c, told->blocks.data + at, told->ends[i] - at);
        if (cold) stop(r);
        at = told->ends[i];
    }
    r->units += told->told->fields;
    r->octets += told->told->octets;
}

static result decode_kinds(const peer *p, size_t count, int first, int end, bool raw, bool cold)
{
    result r = {0};
    recorded *const stories = record_stories(raw);
    while (r.units < count) {
        coder *coders[STORY_KINDS];
        for (int kind = first; kind < end; kind++)
            coders[kind] = p->decoder();
        if (!cold) start();
        for (int kind = first; kind < end; kind++)
            decode_story(p, coders[kind], &stories[kind], &r, cold);
        if (!cold) stop(&r);
        for (int kind = first; kind < end; kind++)
            p->free_decoder(coders[kind]);
    }
    free_stories(stories);
    return r;
}

static result decode(const peer *p, size_t count, bool raw, bool cold)
{
    return decode_kinds(p, count, 0, STORY_KINDS, raw, cold);
}

result decode_one_story(const peer *p, size_t n, size_t count)
{
    if (n >= STORY_KINDS) die("no such story");
    return decode_kinds(p, count, (int)n, (int)n + 1, false, false);
}

static result decode_huffman(const peer *p, size_t count)
{
    return decode(p, count, false, false);
}

static result decode_cold(const peer *p, size_t count)
{
    return decode(p, count, false, true);
}

static result decode_raw(const peer *p, size_t count)
{
    return decode(p, count, true, false);
}

static result encode(const peer *p, size_t count)
{
    result r = {0};
    recorded *const stories = record_stories(true);
    size_t coded = 0;
    while (r.units < count) {
        coder *coders[STORY_KINDS];
        for (int kind = 0; kind < STORY_KINDS; kind++)
            coders[kind] = p->encoder();
        start();
        for (int kind = 0; kind < STORY_KINDS; kind++) {
            const story *const s = stories[kind].told;
            for (size_t i = 0; i < LISTS; i++)
                coded += p->encode(coders[kind], s->lists[i].fields, s->lists[i].count);
            r.units += s->fields;
            r.octets += s->octets;
        }
        stop(&r);
        for (int kind = 0; kind < STORY_KINDS; kind++)
            p->free_encoder(coders[kind]);
    }
    r.ratio = (double)coded / (double)r.octets;
    free_stories(stories);
    return r;
}

/* Fields that differ in a value of 27 octets, never indexed: nearly all the work is Huffman code. */
enum {
    TEXTS = 60,
    TEXT = 27
};

static const h2_header *text_fields(void)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-_./=%;, ";
    static h2_header fields[TEXTS];
    static char text[TEXTS][TEXT];
    uint64_t random = 1;
    for (size_t i = 0; i < TEXTS; i++) {
        for (size_t n = 0; n < TEXT; n++)
            text[i][n] = letters[random_below(&random, sizeof letters - 1)];
        fields[i] = (h2_header){"etag", 4, text[i], TEXT, H2_HEADER_NEVER_INDEX};
    }
    return fields;
}

static result huffman_encode(const peer *p, size_t count)
{
    result r = {0};
    const h2_header *const fields = text_fields();
    coder *const c = p->encoder();
    (void)p->encode(c, fields, TEXTS);
    start();
    for (; r.units < count; r.units += TEXTS)
        (void)p->encode(c, fields, TEXTS);
    stop(&r);
    p->free_encoder(c);
    return r;
}

static result huffman_decode(const peer *p, size_t count)
{
    result r = {0};
    uint8_t block[65536];
    size_t len;
    h2_hpack_encoder *encoder;
    if (h2_hpack_encoder_new(&encoder, 4096, H2_PROFILE_PYTHON, NULL) != H2_OK ||
        h2_hpack_encode(encoder, text_fields(), TEXTS, block, sizeof block, &len) != H2_OK)
        die("encode");
    coder *const c = p->decoder();
    p->decode(c, block, len);
    start();
    for (; r.units < count; r.units += TEXTS)
        p->decode(c, block, len);
    stop(&r);
    p->free_decoder(c);
    h2_hpack_encoder_free(encoder);
    return r;
}

/* Frames. */

static const endpoint_options plain = {.answers = false};

static endpoint *open_bare_server(const peer *p, const endpoint_options *options)
{
    size_t at;
    bytes wire = record_client(0, NULL, &at);
    endpoint *const e = open_server(p, wire.data, wire.len, options);
    free(wire.data);
    return e;
}

/* Frames in reads of at most 8 KiB, and what answers them drained after each. */
static result frames(const peer *p, size_t count, unsigned type, const void *payload, size_t len)
{
    result r = {0};
    bytes wire = {0};
    const size_t batch = 8192 / (9 + len);
    for (size_t i = 0; i < batch; i++)
        put_frame(&wire, type, 0, 0, payload, len);
    endpoint *const e = open_bare_server(p, &plain);
    p->receive(e, wire.data, wire.len);
    (void)p->drain(e);
    start();
    for (; r.units < count; r.units += batch) {
        p->receive(e, wire.data, wire.len);
        (void)p->drain(e);
    }
    stop(&r);
    if (!p->is_open(e)) die("the connection was given up");
    p->close(e);
    free(wire.data);
    return r;
}

static result pings(const peer *p, size_t count)
{
    return frames(p, count, 6, "12345678", 8);
}

static result settings(const peer *p, size_t count)
{
    return frames(p, count, 4, "\0\3\0\0\1\0", 6);
}

/* As many as one connection bears, then another connection. */
static result frames_anew(const peer *p, size_t count, size_t each, unsigned type, const void *payload,
                          size_t len)
{
    result r = {0};
    while (r.units < count) {
        const result some = frames(p, each, type, payload, len);
        r.ns += some.ns;
        r.units += some.units;
    }
    return r;
}

static result window_updates(const peer *p, size_t count)
{
    return frames_anew(p, count, 10000, 8, "\0\0\0\1", 4); /* the window would overflow otherwise */
}

static result unknown_frames(const peer *p, size_t count)
{
    return frames_anew(p, count, 5000, 0xbe, "grease", 6); /* libnghttp2 1.70 gives up after 10,000 */
}

/* Bodies. */

enum {
    FULL_FRAME = 16384
};

static result send_bodies(const peer *p, size_t size, size_t count, uint32_t window, bool borrowed)
{
    result r = {0};
    size_t end, at;
    bytes wire = record_client(1, &end, &at);
    endpoint *const e = open_server(p, wire.data, wire.len, &(endpoint_options){.answers = false});
    const uint32_t id = p->begin_body(e);
    const uint8_t increment[4] = {(uint8_t)(window >> 24), (uint8_t)(window >> 16), (uint8_t)(window >> 8),
                                  (uint8_t)window};
    bytes updates = {0};
    put_frame(&updates, 8, 0, 0, increment, 4);
    put_frame(&updates, 8, 0, id, increment, 4);
    const size_t batch = window / size;
    (void)p->drain(e);
    for (size_t i = 0; i <= count / batch; i++) {
        if (i == 1) start();
        p->send_body(e, batch, size, borrowed);
        p->receive(e, updates.data, updates.len);
    }
    stop(&r);
    r.units = count / batch * batch;
    r.octets = r.units * size;
    p->close(e);
    free(wire.data);
    free(updates.data);
    return r;
}

result frames_copied(const peer *p, size_t n, size_t count)
{
    return send_bodies(p, n, count, 1 << 20, false);
}

result frames_borrowed(const peer *p, size_t n, size_t count)
{
    return send_bodies(p, n, count, 1 << 20, true);
}

static result data_copied_64k(const peer *p, size_t count)
{
    return send_bodies(p, FULL_FRAME, count, 65536, false);
}

static result data_copied_1m(const peer *p, size_t count)
{
    return send_bodies(p, FULL_FRAME, count, 1 << 20, false);
}

static result data_borrowed_64k(const peer *p, size_t count)
{
    return send_bodies(p, FULL_FRAME, count, 65536, true);
}

static result data_borrowed_1m(const peer *p, size_t count)
{
    return send_bodies(p, FULL_FRAME, count, 1 << 20, true);
}

/* The limit: nothing but the copy. */
static result memcpy_16k(const peer *p, size_t count)
{
    result r = {0};
    uint8_t *const to = malloc(16384);
    if (to == NULL) die("no memory");
    memset(to, 0, 16384);
    start();
    for (size_t i = 0; i < count; i++) {
        memcpy(to, body_octets + i * 16384 % sizeof body_octets, 16384);
        __asm__ volatile("" : : "r"(to) : "memory");
    }
    stop(&r);
    (void)p;
    free(to);
    r.units = count;
    r.octets = count * 16384;
    return r;
}

/* Memory. */

static result memory_idle(const peer *p, size_t count)
{
    result r = {.units = 1};
    (void)count;
    p->close(open_bare_server(p, &plain));
    const size_t before = counted.octets;
    endpoint *const e = open_bare_server(p, &plain);
    r.memory = counted.octets - before;
    p->close(e);
    return r;
}

static result memory_trimmed(const peer *p, size_t count)
{
    result r = {.units = 1};
    enum {
        SERVED = 200
    };
    size_t ends[SERVED], at;
    (void)count;
    bytes wire = record_client(SERVED, ends, &at);
    const size_t before = counted.octets;
    endpoint *const e = open_server(p, wire.data, at, &(endpoint_options){.answers = true});
    for (size_t i = 0; i < SERVED; i++) {
        p->receive(e, wire.data + at, ends[i] - at);
        (void)p->drain(e);
        at = ends[i];
    }
    p->trim(e);
    r.memory = counted.octets - before;
    p->close(e);
    free(wire.data);
    return r;
}

static result memory_streams(const peer *p, size_t count)
{
    result r = {.units = 1};
    size_t *const ends = malloc((count + 1) * sizeof *ends);
    size_t at;
    bytes wire = record_client(count + 1, ends, &at);
    endpoint *const e = open_server(p, wire.data, at, &(endpoint_options){.streams = (uint32_t)count + 1});
    p->receive(e, wire.data + at, ends[0] - at);
    const size_t before = counted.octets;
    p->receive(e, wire.data + ends[0], ends[count] - ends[0]);
    r.memory = (counted.octets - before) / count;
    p->close(e);
    free(wire.data);
    free(ends);
    return r;
}

static size_t resident(void)
{
    size_t all = 0, here = 0;
    FILE *const f = fopen("/proc/self/statm", "r");
    if (f == NULL || fscanf(f, "%zu %zu", &all, &here) != 2) die("/proc/self/statm");
    fclose(f);
    return here * (size_t)sysconf(_SC_PAGESIZE);
}

static result memory_connections(const peer *p, size_t count)
{
    static const endpoint_options uncounted = {.uncounted = true};
    result r = {.units = 1};
    endpoint **const all = calloc(count, sizeof *all);
    if (all == NULL) die("no memory");
    memset(all, 1, count * sizeof *all);
    p->close(open_bare_server(p, &uncounted));
    const size_t before = resident();
    for (size_t i = 0; i < count; i++)
        all[i] = open_bare_server(p, &uncounted);
    r.memory = (resident() - before) / count;
    for (size_t i = 0; i < count; i++)
        p->close(all[i]);
    free(all);
    return r;
}

/* The list. */

static const struct {
    const char *name;
    result (*run)(const peer *p, size_t count);
    size_t count; /* when timed */
} works[] = {
    {"serve", serve_1, 20000},
    {"serve-10", serve_10, 20000},
    {"pair-1", pair_1, 10000},
    {"pair-10", pair_10, 10000},
    {"pair-100", pair_100, 10000},
    {"pair-1000", pair_1000, 10000},
    {"hpack-decode", decode_huffman, 1000000},
    {"hpack-decode-cold", decode_cold, 10000}, /* the first pass has what a process does once besides */
    {"hpack-decode-raw", decode_raw, 1000000},
    {"hpack-encode", encode, 1000000},
    {"huffman-decode", huffman_decode, 300000},
    {"huffman-encode", huffman_encode, 300000},
    {"ping", pings, 200000},
    {"settings", settings, 200000},
    {"window-update", window_updates, 500000},
    {"unknown", unknown_frames, 500000},
    {"data-copied-64k", data_copied_64k, 40000},
    {"data-copied-1m", data_copied_1m, 40000},
    {"data-borrowed-64k", data_borrowed_64k, 200000},
    {"data-borrowed-1m", data_borrowed_1m, 200000},
    {"memcpy", memcpy_16k, 40000},
    {"memory-idle", memory_idle, 1},
    {"memory-trimmed", memory_trimmed, 1},
    {"memory-stream", memory_streams, 1000},
    {"memory-connection", memory_connections, 10000},
};

static void print(const char *work, const peer *p, const result *r)
{
    const double units = (double)(r->units ? r->units : 1);
    printf("{\"work\": \"%s\", \"peer\": \"%s\", \"version\": \"%s\", \"units\": %zu, \"ns\": %.1f, "
           "\"octets\": %zu, \"memory\": %zu, \"allocations\": %.3f, \"ratio\": %.4f}\n",
           work, p->name, p->version(), r->units, r->ns / units, r->octets, r->memory,
           (double)r->allocations / units, r->ratio);
}

static const peer *find_peer(const char *name)
{
    static const peer *const peers[] = {&peer_h2, &peer_nghttp2};
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++)
        if (strcmp(peers[i]->name, name) == 0) return peers[i];
    die("no such peer");
}

static void list_works(void)
{
    for (size_t i = 0; i < sizeof works / sizeof *works; i++)
        printf("%s\n", works[i].name);
    for (const scaled_work *w = scaled_works; w->name != NULL; w++)
        printf("%s N\n", w->name);
}

static size_t number(const char *text)
{
    return (size_t)strtoumax(text, NULL, 10);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; i < sizeof body_octets; i++)
        body_octets[i] = (uint8_t)(i * 2654435761U >> 16);
    if (argc == 2) list_works();
    if (argc < 3) return argc == 2 ? 0 : 2;
    const peer *const p = find_peer(argv[2]);
    for (const scaled_work *w = scaled_works; argc == 5 && w->name != NULL; w++) {
        if (strcmp(w->name, argv[1]) != 0) continue;
        const result r = w->run(p, number(argv[3]), number(argv[4]));
        print(argv[1], p, &r);
        return 0;
    }
    for (size_t i = 0; argc < 5 && i < sizeof works / sizeof *works; i++) {
        if (strcmp(works[i].name, argv[1]) != 0) continue;
        const result r = works[i].run(p, argc > 3 ? number(argv[3]) : works[i].count);
        print(argv[1], p, &r);
        return 0;
    }
    die("no such work");
}
