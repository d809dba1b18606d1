/* Settings (RFC 9113 section 6.5). Values in force stand in one small array, in the order that Python's h2 lists them;
 * proposed ones in one queue for all settings. */
#include "stream/settings.h"

#include "base/attributes.h"
#include "base/bytes.h"

#include <stdio.h>
#include <string.h>

enum {
    ENTRY = 6
}; /* octets of a setting on the wire */

/* RFC 9113 section 6.5.2, RFC 8441 section 3, RFC 9218 section 2.1. */
typedef struct setting_rule {
    uint16_t id;
    bool has_default;
    bool extension; /* judged only where RFC 9113 alone does not decide */
    uint32_t initial, least;
    uint32_t most[2]; /* that a client may send, and that a server may */
    h2_error_code error;
    const char *name;
} setting_rule;

static const setting_rule rules[] = {
    {1, true, false, 4096, 0, {UINT32_MAX, UINT32_MAX}, H2_CODE_NO_ERROR, "HEADER_TABLE_SIZE"},
    {2, true, false, 1, 0, {1, 0}, H2_CODE_PROTOCOL_ERROR, "ENABLE_PUSH"},
    {3, false, false, 0, 0, {UINT32_MAX, UINT32_MAX}, H2_CODE_NO_ERROR, "MAX_CONCURRENT_STREAMS"},
    {4, true, false, 65535, 0, {0x7fffffff, 0x7fffffff}, H2_CODE_FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE"},
    {5, true, false, 16384, 16384, {16777215, 16777215}, H2_CODE_PROTOCOL_ERROR, "MAX_FRAME_SIZE"},
    {6, false, false, 0, 0, {UINT32_MAX, UINT32_MAX}, H2_CODE_NO_ERROR, "MAX_HEADER_LIST_SIZE"},
    {8, true, false, 0, 0, {1, 1}, H2_CODE_PROTOCOL_ERROR, "ENABLE_CONNECT_PROTOCOL"},
    {9, false, true, 0, 0, {1, 1}, H2_CODE_PROTOCOL_ERROR, "NO_RFC7540_PRIORITIES"},
};

enum {
    RULES = sizeof rules / sizeof *rules
};

/* 1 + place in the rules, by identifier; 0: none. */
static const uint8_t rule_places[H2_SETTINGS_KNOWN] = {0, 1, 2, 3, 4, 5, 6, 0, 7, 8};

static inline const setting_rule *find_rule(uint16_t id)
{
    if (id >= H2_SETTINGS_KNOWN || rule_places[id] == 0) return NULL;
    return &rules[rule_places[id] - 1];
}

static inline bool is_within(const setting_rule *rule, uint32_t value, bool from_server)
{
    return value >= rule->least && value <= rule->most[from_server];
}

static h2_status judge(uint16_t id, uint32_t value, bool from_server, bool extensions, uint32_t *error_code)
{
    const setting_rule *const rule = find_rule(id);
    if (!rule || (rule->extension && !extensions)) return H2_OK;

    if (is_within(rule, value, from_server)) return H2_OK;
    if (error_code) *error_code = rule->error;
    return H2_ERROR_INVALID_SETTINGS_VALUE;
}

h2_status h2_setting_check(uint16_t id, uint32_t value, uint32_t *error_code)
{
    return judge(id, value, false, false, error_code);
}

h2_status h2_setting_check_from(uint16_t id, uint32_t value, bool from_server, bool extensions,
                                uint32_t *error_code)
{
    return judge(id, value, from_server, extensions, error_code);
}

bool h2_settings_rule_row(size_t row, char *out, size_t cap)
{
    if (row > RULES) return false;
    if (row == 0) {
        snprintf(out, cap, "%s", "identifier\tname\tdefault\tleast\tmost\tmost from a server\terror code");
        return true;
    }

    const setting_rule *const rule = &rules[row - 1];
    char initial[16] = "none";
    if (rule->has_default) snprintf(initial, sizeof initial, "%lu", (unsigned long)rule->initial);
    snprintf(out, cap, "%u\t%s\t%s\t%lu\t%lu\t%lu\t%s", rule->id, rule->name, initial,
             (unsigned long)rule->least, (unsigned long)rule->most[0], (unsigned long)rule->most[1],
             rule->error == H2_CODE_NO_ERROR ? "none" : h2_error_code_name(rule->error));
    return true;
}

/* Entries. */

static h2_setting_entry *find(const h2_settings *settings, uint16_t id)
{
    if (id < H2_SETTINGS_KNOWN) {
        const unsigned place = settings->place[id];
        return place ? &settings->entries[place - 1] : NULL;
    }
    for (unsigned i = 0; i < settings->count; i++)
        if (settings->entries[i].id == id) return &settings->entries[i];
    return NULL;
}

/* The entry of the identifier, made when there is none yet; room was reserved. */
static h2_setting_entry *need(h2_settings *settings, uint16_t id)
{
    h2_setting_entry *entry = find(settings, id);
    if (entry) return entry;

    entry = &settings->entries[settings->count++];
    *entry = (h2_setting_entry){.id = id};
    if (id < H2_SETTINGS_KNOWN) settings->place[id] = settings->count;
    return entry;
}

static bool reserve_entries(h2_settings *settings, size_t count)
{
    if (count <= (size_t)(settings->cap - settings->count)) return true;
    if (count > (size_t)(UINT16_MAX - settings->count)) return false;

    size_t cap = settings->count + count;
    if (settings->cap >= 16 && cap < settings->cap * 3U / 2) cap = settings->cap * 3U / 2;
    if (cap > UINT16_MAX) cap = UINT16_MAX;
    h2_setting_entry *const entries = h2_realloc(settings->memory, settings->entries,
                                                 settings->cap * sizeof *entries, cap * sizeof *entries);
    if (!entries) return false;
    settings->entries = entries;
    settings->cap = (uint16_t)cap;
    return true;
}

static bool reserve_pending(h2_settings *settings, size_t count)
{
    if (count <= settings->pending_cap - settings->pending_count) return true;
    if (count > UINT32_MAX / 2 - settings->pending_count) return false;

    size_t cap = settings->pending_count + count;
    if (cap < settings->pending_cap + settings->pending_cap / 2)
        cap = settings->pending_cap + settings->pending_cap / 2;
    h2_proposal *const pending = h2_realloc(settings->memory, settings->pending,
                                            settings->pending_cap * sizeof *pending, cap * sizeof *pending);
    if (!pending) return false;
    settings->pending = pending;
    settings->pending_cap = (uint32_t)cap;
    return true;
}

static void free_pending(h2_settings *settings)
{
    h2_free(settings->memory, settings->pending, settings->pending_cap * sizeof *settings->pending);
    settings->pending = NULL;
    settings->pending_count = settings->pending_cap = 0;
}

bool h2_settings_reserve(h2_settings *settings, size_t count)
{
    return reserve_entries(settings, count) && reserve_pending(settings, count);
}

void h2_settings_propose(h2_settings *settings, uint16_t id, uint32_t value)
{
    (void)need(settings, id);
    settings->pending[settings->pending_count++] =
        (h2_proposal){.frame = settings->frame, .id = id, .value = value};
}

/* Takes the oldest proposed value out of the queue; false when there is none. */
static bool take_pending(h2_settings *settings, uint16_t id, uint32_t *value)
{
    for (uint32_t i = 0; i < settings->pending_count; i++) {
        if (settings->pending[i].id != id) continue;
        *value = settings->pending[i].value;
        settings->pending_count--;
        memmove(settings->pending + i, settings->pending + i + 1,
                (settings->pending_count - i) * sizeof *settings->pending);
        return true;
    }
    return false;
}

static void drop_pending(h2_settings *settings, uint16_t id)
{
    uint32_t value;

    while (take_pending(settings, id, &value)) {
    }
}

bool h2_settings_put(h2_settings *settings, uint16_t id, uint32_t value)
{
    if (!find(settings, id) && !reserve_entries(settings, 1)) return false;

    h2_setting_entry *const entry = need(settings, id);
    entry->in_force = true;
    entry->value = value;
    drop_pending(settings, id);
    return true;
}

/* Life. */

bool h2_settings_init(h2_settings *settings, h2_memory *memory, bool client, bool connection)
{
    *settings = (h2_settings){.memory = memory};
    if (!reserve_entries(settings, connection ? 7 : 5)) return false;

    for (size_t i = 0; i < RULES; i++)
        if (rules[i].has_default) (void)h2_settings_put(settings, rules[i].id, rules[i].initial);
    if (!client) (void)h2_settings_put(settings, H2_SETTINGS_ENABLE_PUSH, 0);
    if (!connection) return true;
    (void)h2_settings_put(settings, H2_SETTINGS_MAX_CONCURRENT_STREAMS, 100);
    (void)h2_settings_put(settings, H2_SETTINGS_MAX_HEADER_LIST_SIZE, 65536);
    return true;
}

void h2_settings_release(h2_settings *settings)
{
    h2_settings_clear(settings);
}

bool h2_settings_copy(h2_settings *to, const h2_settings *from)
{
    h2_settings copy = {.memory = to->memory, .frame = to->frame};

    if (!reserve_entries(&copy, from->count) || !reserve_pending(&copy, from->pending_count)) {
        h2_settings_clear(&copy);
        return false;
    }
    if (from->count) memcpy(copy.entries, from->entries, from->count * sizeof *from->entries);
    memcpy(copy.place, from->place, sizeof copy.place);
    copy.count = from->count;
    for (uint32_t i = 0; i < from->pending_count; i++)
        h2_settings_propose(&copy, from->pending[i].id, from->pending[i].value);
    h2_settings_clear(to);
    *to = copy;
    return true;
}

typedef struct owned_settings {
    h2_settings settings; /* first, so that its address is the object's */
    h2_memory memory;
} owned_settings;

h2_status h2_settings_new(h2_settings **out, bool client, const h2_setting *initial, size_t count,
                          const h2_allocator *allocator)
{
    if (!out || (!initial && count > 0) || !h2_is_allocator(allocator)) return H2_ERROR_ARGUMENT;
    for (size_t i = 0; i < count; i++)
        if (h2_setting_check(initial[i].id, initial[i].value, NULL)) return H2_ERROR_INVALID_SETTINGS_VALUE;

    h2_memory memory;
    h2_memory_init(&memory, allocator);
    owned_settings *const owned = h2_alloc(&memory, sizeof *owned);
    if (!owned) return H2_ERROR_NO_MEMORY;
    owned->memory = memory;

    bool ok = h2_settings_init(&owned->settings, &owned->memory, client, false);
    for (size_t i = 0; ok && i < count; i++)
        ok = h2_settings_put(&owned->settings, initial[i].id, initial[i].value);
    if (!ok) {
        h2_settings_free(&owned->settings);
        return H2_ERROR_NO_MEMORY;
    }
    *out = &owned->settings;
    return H2_OK;
}

void h2_settings_free(h2_settings *settings)
{
    if (!settings) return;

    owned_settings *const owned = (owned_settings *)settings;
    h2_settings_release(settings);
    h2_memory memory = owned->memory;
    h2_free(&memory, owned, sizeof *owned);
}

/* The public calls. */

bool h2_settings_get(const h2_settings *settings, uint16_t id, uint32_t *value)
{
    const h2_setting_entry *const entry = settings ? find(settings, id) : NULL;
    if (!entry || !entry->in_force) return false;

    if (value) *value = entry->value;
    return true;
}

h2_status h2_settings_set(h2_settings *settings, uint16_t id, uint32_t value)
{
    if (!settings) return H2_ERROR_ARGUMENT;
    if (h2_setting_check(id, value, NULL)) return H2_ERROR_INVALID_SETTINGS_VALUE;
    if (!h2_settings_reserve(settings, 1)) return H2_ERROR_NO_MEMORY;
    h2_settings_propose(settings, id, value);
    return H2_OK;
}

size_t h2_settings_pending(const h2_settings *settings, uint16_t id, uint32_t *out, size_t cap)
{
    size_t count = 0;

    for (uint32_t i = 0; settings && i < settings->pending_count; i++) {
        if (settings->pending[i].id != id) continue;
        if (count < cap) out[count] = settings->pending[i].value;
        count++;
    }
    return count;
}

static h2_changed_setting change(h2_setting_entry *entry, uint32_t value)
{
    const h2_changed_setting changed = {.id = entry->id,
                                        .had_original = entry->in_force,
                                        .original_value = entry->in_force ? entry->value : 0,
                                        .new_value = value};

    entry->in_force = true;
    entry->value = value;
    return changed;
}

size_t h2_settings_acknowledge(h2_settings *settings, h2_changed_setting *out, size_t cap)
{
    size_t count = 0;
    if (!settings || settings->pending_count == 0) return 0;

    for (unsigned i = 0; i < settings->count; i++) {
        uint32_t value;
        if (!take_pending(settings, settings->entries[i].id, &value)) continue;
        const h2_changed_setting changed = change(&settings->entries[i], value);
        if (count < cap) out[count] = changed;
        count++;
    }
    if (settings->pending_count == 0) free_pending(settings);
    return count;
}

size_t h2_settings_take(h2_settings *settings, uint32_t frame, h2_changed_setting *out, size_t cap)
{
    const h2_proposal *const pending = settings->pending;
    uint32_t taken = 0;
    size_t count = 0;

    while (taken < settings->pending_count && pending[taken].frame == frame)
        taken++;
    if (taken == 0) return 0;

    for (unsigned i = 0; i < settings->count; i++) {
        uint32_t last = taken;
        while (last > 0 && pending[last - 1].id != settings->entries[i].id)
            last--;
        if (last == 0) continue;
        const h2_changed_setting changed = change(&settings->entries[i], pending[last - 1].value);
        if (count < cap) out[count] = changed;
        count++;
    }
    settings->pending_count -= taken;
    if (settings->pending_count == 0) {
        free_pending(settings);
    } else {
        memmove(settings->pending, settings->pending + taken,
                settings->pending_count * sizeof *settings->pending);
    }
    return count;
}

size_t h2_settings_list(const h2_settings *settings, h2_setting *out, size_t cap)
{
    size_t count = 0;

    for (unsigned i = 0; settings && i < settings->count; i++) {
        const h2_setting_entry *const entry = &settings->entries[i];
        if (!entry->in_force) continue;
        if (count < cap) out[count] = (h2_setting){.id = entry->id, .value = entry->value};
        count++;
    }
    return count;
}

bool h2_settings_remove(h2_settings *settings, uint16_t id)
{
    h2_setting_entry *const entry = settings ? find(settings, id) : NULL;
    if (!entry) return false;

    const unsigned at = (unsigned)(entry - settings->entries);
    settings->count--;
    memmove(entry, entry + 1, (settings->count - at) * sizeof *entry);
    for (unsigned known = 0; known < H2_SETTINGS_KNOWN; known++) {
        if (settings->place[known] == at + 1U)
            settings->place[known] = 0;
        else if (settings->place[known] > at)
            settings->place[known]--;
    }
    drop_pending(settings, id);
    return true;
}

void h2_settings_clear(h2_settings *settings)
{
    if (!settings) return;
    h2_free(settings->memory, settings->entries, settings->cap * sizeof *settings->entries);
    free_pending(settings);
    *settings = (h2_settings){.memory = settings->memory, .frame = settings->frame};
}

/* From the peer. */

/* Whether a value breaks no rule and may be in force whatever was. */
static inline bool is_plain(uint16_t id, uint32_t value, bool from_server)
{
    const setting_rule *const rule = find_rule(id);
    const bool may_fall = id != H2_SETTINGS_ENABLE_CONNECT_PROTOCOL || value > 0;
    return rule && may_fall && is_within(rule, value, from_server);
}

/* Puts values back that had just come into force. */
H2_RARE static bool put_back(h2_settings *settings, const h2_changed_setting *changed, size_t count)
{
    while (count-- > 0) {
        h2_setting_entry *const entry = &settings->entries[settings->place[changed[count].id] - 1];
        entry->in_force = changed[count].had_original;
        entry->value = changed[count].original_value;
    }
    return false;
}

bool h2_settings_receive_plain(h2_settings *settings, const uint8_t *payload, size_t count, bool from_server,
                               h2_changed_setting *out)
{
    uint32_t seen = 0;

    if (settings->pending_count > 0) return false;
    for (size_t i = 0; i < count; i++, payload += ENTRY) {
        const uint16_t id = h2_get16(payload);
        const uint32_t value = h2_get32(payload + 2);
        if (!is_plain(id, value, from_server) || settings->place[id] == 0 || (seen >> id & 1))
            return put_back(settings, out, i);
        seen |= UINT32_C(1) << id;
        out[i] = change(&settings->entries[settings->place[id] - 1], value);
    }
    return true;
}

/* How many settings of unknown identifier there may still be. */
static size_t room_for_strangers(const h2_settings *settings)
{
    size_t count = 0;

    for (unsigned i = 0; settings->entries && i < settings->count; i++)
        count += find_rule(settings->entries[i].id) == NULL;
    return count < H2_SETTINGS_STRANGERS ? H2_SETTINGS_STRANGERS - count : 0;
}

/* What the frame says, a change for each identifier. Returns how many; `fresh`: of them without an entry yet. */
static size_t read_changes(const h2_settings *settings, const uint8_t *payload, size_t len, bool strangers,
                           h2_changed_setting *out, size_t *fresh)
{
    size_t count = 0, room = SIZE_MAX;

    *fresh = 0;
    for (; len >= ENTRY; payload += ENTRY, len -= ENTRY) {
        const uint16_t id = h2_get16(payload);
        const uint32_t value = h2_get32(payload + 2);
        size_t seen = 0;
        while (seen < count && out[seen].id != id)
            seen++;
        if (seen < count) {
            out[seen].new_value = value;
            continue;
        }
        const h2_setting_entry *const entry = find(settings, id);
        if (!entry && !find_rule(id)) {
            if (room == SIZE_MAX) room = strangers ? room_for_strangers(settings) : 0;
            if (room == 0) continue;
            room--;
        }
        const bool had = entry && entry->in_force;
        out[count++] = (h2_changed_setting){
            .id = id, .had_original = had, .original_value = had ? entry->value : 0, .new_value = value};
        *fresh += !entry;
    }
    return count;
}

bool h2_settings_receive(h2_settings *settings, const uint8_t *payload, size_t len, bool strangers,
                         h2_changed_setting *out, size_t *count)
{
    const bool queue = settings->pending_count > 0;
    size_t fresh;

    *count = read_changes(settings, payload, len, strangers, out, &fresh);
    if ((fresh > 0 && !reserve_entries(settings, fresh)) || (queue && !reserve_pending(settings, *count))) {
        *count = 0;
        return false;
    }
    for (size_t i = 0; i < *count; i++) {
        if (queue)
            h2_settings_propose(settings, out[i].id, out[i].new_value);
        else
            (void)change(need(settings, out[i].id), out[i].new_value);
    }
    if (queue) (void)h2_settings_acknowledge(settings, NULL, 0);
    return true;
}
