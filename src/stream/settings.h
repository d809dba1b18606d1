/* Settings (RFC 9113 section 6.5): the table of what each may be, and the object that keeps the values of one side, in
 * force and proposed. Knows nothing of what a setting is for. */
#ifndef H2_STREAM_SETTINGS_H
#define H2_STREAM_SETTINGS_H

#include "base/alloc.h"

#include <h2/settings.h>

enum {
    H2_SETTINGS_KNOWN = 10,    /* identifiers below this are found without searching */
    H2_SETTINGS_STRANGERS = 64 /* settings of unknown identifier that a peer can make us keep, at most */
};

typedef struct h2_setting_entry h2_setting_entry;

/* A value that was proposed. */
typedef struct h2_proposal {
    uint32_t frame; /* the number of the SETTINGS frame whose acknowledgement takes it into force */
    uint32_t value;
    uint16_t id;
} h2_proposal;

/* Embedded in a connection, or made by h2_settings_new. */
struct h2_settings {
    h2_memory *memory;
    h2_setting_entry *entries; /* in order; NULL when there are none */
    h2_proposal *pending;      /* oldest first; NULL when there are none */
    uint32_t pending_count, pending_cap;
    uint32_t frame; /* what is proposed now belongs to the SETTINGS frame of this number */
    uint16_t count, cap;
    uint16_t place[H2_SETTINGS_KNOWN]; /* 1 + place among the entries, by identifier; 0: none */
};

struct h2_setting_entry {
    uint16_t id;
    bool in_force; /* false: only proposed so far, value is 0 */
    uint32_t value;
};

/* The defaults of a role, and those of a connection's own side on top (100 streams, lists of 64 KiB). False when there
 * is no memory. */
bool h2_settings_init(h2_settings *settings, h2_memory *memory, bool client, bool connection);
void h2_settings_release(h2_settings *settings);

/* `to` is initialised and keeps its memory; what `from` proposes belongs to the next frame. False when there is no
 * memory, `to` being as it was. */
bool h2_settings_copy(h2_settings *to, const h2_settings *from);

/* Puts a value into force at once; what was proposed for it is gone. The value is checked already. False when there is
 * no memory. */
bool h2_settings_put(h2_settings *settings, uint16_t id, uint32_t value);

/* Makes room, so that `count` values can be proposed without fail; false when there is no memory. */
bool h2_settings_reserve(h2_settings *settings, size_t count);

/* Proposes a value that is checked already; room was reserved. */
void h2_settings_propose(h2_settings *settings, uint16_t id, uint32_t value);

/* Takes what the SETTINGS frame of that number has proposed into force. out: receives what changed, at most `cap`
 * entries, in the order of the settings. Returns how many settings changed. */
size_t h2_settings_take(h2_settings *settings, uint32_t frame, h2_changed_setting *out, size_t cap);

/* Takes a SETTINGS frame of the peer, whose entries are checked already, into force: a value for each identifier, the
 * last one. out: room for `len` / 6 entries, receives what the frame said beside what was in force before, in the order
 * of the frame. Values that were proposed before come into force first, as h2_settings_acknowledge has it: in that case
 * (only a caller who proposes values for the peer) ask h2_settings_value for what is in force.
 * strangers: whether settings of unknown identifier are kept and told. False when there is no memory: nothing has
 * changed. */
bool h2_settings_receive(h2_settings *settings, const uint8_t *payload, size_t len, bool strangers,
                         h2_changed_setting *out, size_t *count);

/* The same with the checks, those of later RFCs among them, for a frame of `count` settings that are there already, each
 * once, and none of which breaks a rule or was proposed for the peer: as most frames are. out: as above. False: it is none, and
 * nothing was done. */
bool h2_settings_receive_plain(h2_settings *settings, const uint8_t *payload, size_t count, bool from_server,
                               h2_changed_setting *out);

/* As h2_setting_check, for a value that a server or a client sends. extensions: settings of later RFCs are judged too. */
h2_status h2_setting_check_from(uint16_t id, uint32_t value, bool from_server, bool extensions,
                                uint32_t *error_code);

/* Row 0 names the columns; false past the last. */
bool h2_settings_rule_row(size_t row, char *out, size_t cap);

/* The value in force of a setting with an identifier below H2_SETTINGS_KNOWN, or `otherwise`. */
static inline uint32_t h2_settings_value(const h2_settings *settings, uint16_t id, uint32_t otherwise)
{
    const unsigned place = settings->place[id];

    return place && settings->entries[place - 1].in_force ? settings->entries[place - 1].value : otherwise;
}

#endif
