/* Transcripts of conversations: read from text (tests/transcripts/README.md is the format), then acted out on
 * a connection in every way that its input can arrive. Uses the public interface only. */
#ifndef H2_TEST_TRANSCRIPT_H
#define H2_TEST_TRANSCRIPT_H

#include "octets.h"

#include <h2/h2.h>

enum {
    MAX_NUMBERS = 4,
    MAX_SETTINGS = 64,
    MAX_CHECKS = 12,
    MAX_OVERRIDES = 16
};

/* An option or a limit that is not its profile's default. */
typedef struct override {
    size_t at; /* offset in h2_config */
    bool is_option;
    uint32_t value;
} override;

/* What a failure must look like: the status and those members that the transcript names. */
typedef struct failure {
    bool wanted;
    char *status;             /* class name, "*" is any */
    char *checks[MAX_CHECKS]; /* "code=1", "message=\"...\"" */
    size_t count;
    octets message;
    bool has_message, message_is_prefix;
} failure;

typedef struct field_list {
    h2_header *fields; /* names and values are owned */
    size_t count;
} field_list;

/* The arguments of a call, whichever it is. */
typedef struct arguments {
    uint64_t numbers[MAX_NUMBERS];
    size_t count;
    bool end_stream, has_priority, has_data, has_origin, remote;
    int pad_length; /* -1: none */
    int64_t last;   /* -1: none */
    uint32_t stream;
    h2_priority priority;
    octets data, origin;
    h2_setting settings[MAX_SETTINGS];
    size_t settings_count;
    field_list fields;
} arguments;

/* An expected event: its text, or for DATA its members, so that pieces can be joined. */
typedef struct expected_event {
    bool is_data, stream_ended;
    uint32_t stream_id;
    uint64_t flow;
    octets text; /* or the octets of DATA */
} expected_event;

typedef enum step_kind {
    STEP_CALL,
    STEP_QUERY,
    STEP_IN,
    STEP_OUT
} step_kind;

typedef struct step {
    step_kind kind;
    int line;
    char *name; /* of the call or the query */
    arguments args;
    octets bytes; /* of STEP_IN and STEP_OUT */
    size_t take;  /* STEP_IN: pause after so many events; 0 is never */
    bool goes_on; /* STEP_IN: with the octets of the last one, from where it paused */
    bool any;     /* STEP_OUT: whatever it is */
    char *answer; /* STEP_QUERY */
    expected_event *events;
    size_t event_count;
    failure fails;
} step;

typedef struct conversation {
    const char *file;
    int line;
    char *name, *about;
    bool in_rfc, in_python;
    bool decoded; /* compare field blocks in output by their fields in the Python profile too */
    bool exact;   /* and by their octets in the RFC profile too */
    h2_role role;
    override overrides[MAX_OVERRIDES];
    size_t override_count;
    h2_setting settings[MAX_SETTINGS]; /* config.initial_settings */
    size_t setting_count;
    step *steps;
    size_t step_count, step_cap;
} conversation;

typedef struct transcripts {
    conversation **list;
    size_t count, cap;
} transcripts;

/* Reads a file and appends its conversations. False: *complaint says file, line and why. */
bool transcripts_read(transcripts *t, const char *path, octets *complaint);
bool transcripts_parse(transcripts *t, const char *path, const char *text, octets *complaint);
void transcripts_free(transcripts *t);

/* Pieces of the reader. */

/* One word: "text"+x00ff+x00*16. False: no such expression. */
bool bytes_expression(octets *out, const char *word);

/* Words of a line that describes octets: preface, raw, head or frame. NULL, or what is wrong. */
const char *bytes_line(octets *out, char **words, size_t count);

/* A decimal or 0x number of at most `max`. */
bool number_word(const char *word, uint64_t max, uint64_t *out);

/* Splits a line into words in place; blanks inside quotes do not part. Returns how many, `cap` at most. */
size_t split_words(char *line, char **words, size_t cap);

/* Acting. */

/* Performs a call of a transcript. borrow: DATA is sent by h2_send_data_ref, released into *released. */
typedef struct borrowed {
    size_t lent, released;
} borrowed;
h2_status transcript_call(h2_connection *conn, const step *s, borrowed *loans, bool *known);

/* The answer to a query as text. */
void transcript_query(h2_connection *conn, const step *s, octets *answer);

/* Acts a conversation out in all modes. False: *report says where and how it differs. */
bool transcript_run(const conversation *c, h2_profile profile, octets *report);

/* Acts a conversation out in all modes, in whichever profile, and expects nothing of it but that it is the same in
 * all. False: *report says where it is not. */
bool transcript_compare(const conversation *c, h2_profile profile, octets *report);

/* A whole test program: every conversation in the files that match a pattern under tests/transcripts (NULL ends the list),
 * each in its profiles, as cmocka tests. An argument on the command line selects by name. transcripts_compare_main: each
 * in the profile that it was not written for, compared with itself. */
int transcripts_main(int argc, char **argv, const char *const *patterns);
int transcripts_compare_main(int argc, char **argv, const char *const *patterns);

#endif
