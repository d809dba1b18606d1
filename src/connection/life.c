/* The life of a connection: making, changing, trimming, freeing. */
#include "connection/connection.h"

#include <string.h>

void h2_config_init_sized(h2_config *config, size_t size, h2_role role, h2_profile profile)
{
    if (config == NULL) return;
    const h2_policy *const policy = h2_policy_of(profile);
    const h2_config defaults = {.size = size,
                                .role = role,
                                .profile = profile,
                                .validate_outbound_headers = true,
                                .normalize_outbound_headers = true,
                                .validate_inbound_headers = true,
                                .normalize_inbound_headers = true,
                                .whole_data_frames = policy->whole_data_frames,
                                .unknown_frames = policy->unknown_frames};
    memcpy(config, &defaults, size < sizeof defaults ? size : sizeof defaults);
}

/* A whole configuration out of one that may be shorter; false when it is none. */
static bool read_config(const h2_config *from, h2_config *out)
{
    if (from == NULL || from->size < offsetof(h2_config, validate_outbound_headers)) return false;
    if (from->role != H2_CLIENT && from->role != H2_SERVER) return false;
    if (from->profile != H2_PROFILE_RFC && from->profile != H2_PROFILE_PYTHON) return false;
    h2_config_init_sized(out, sizeof *out, from->role, from->profile);
    memcpy(out, from, from->size < sizeof *out ? from->size : sizeof *out);
    out->size = sizeof *out;
    h2_limits_resolve(&out->limits, out->profile);
    return true;
}

/* Values in force that other members follow. */
static void follow_local_settings(h2_connection *conn)
{
    const h2_settings *const local = &conn->local;
    const uint32_t table = h2_settings_value(local, H2_SETTINGS_HEADER_TABLE_SIZE, 4096);
    conn->inbound_initial = h2_settings_value(local, H2_SETTINGS_INITIAL_WINDOW_SIZE, 65535);
    conn->max_inbound_frame = h2_settings_value(local, H2_SETTINGS_MAX_FRAME_SIZE, 16384);
    conn->max_header_list = h2_settings_value(local, H2_SETTINGS_MAX_HEADER_LIST_SIZE, UINT32_MAX);
    /* The peer uses a table of 4,096 until it has seen our SETTINGS. */
    h2_set_decoder_table(conn, table > 4096 ? table : 4096);
}

static h2_status init_settings(h2_connection *conn, const h2_config *config)
{
    const bool client = config->role == H2_CLIENT;
    if (!h2_settings_init(&conn->local, &conn->memory, client, true)) return H2_ERROR_NO_MEMORY;
    if (!h2_settings_init(&conn->remote, &conn->memory, !client, false)) return H2_ERROR_NO_MEMORY;
    if (config->initial_settings == NULL && config->initial_settings_count > 0) return H2_ERROR_ARGUMENT;
    for (size_t i = 0; i < config->initial_settings_count; i++) {
        const h2_setting *const setting = &config->initial_settings[i];
        if (h2_check_own_setting(conn, setting, NULL) != H2_OK) return H2_ERROR_INVALID_SETTINGS_VALUE;
        if (!h2_settings_put(&conn->local, setting->id, setting->value)) return H2_ERROR_NO_MEMORY;
    }
    return H2_OK;
}

static void follow_logger(h2_connection *conn)
{
    conn->input.at.judges_late =
        conn->config.log != NULL || !conn->policy->length_at_header || conn->policy->limit_per_input;
}

static void init_members(h2_connection *conn, const h2_config *config)
{
    conn->config = *config;
    conn->config.initial_settings = NULL;
    conn->config.initial_settings_count = 0;
    conn->config.allocator = &conn->memory.allocator;
    conn->policy = h2_policy_of(config->profile);
    conn->cells = h2_connection_cells[conn->policy->profile];
    conn->state = (uint8_t)h2_first_state(conn->policy->profile, config->role);
    conn->input.at.preface_left = config->role == H2_SERVER ? H2_PREFACE_LENGTH : 0;
    conn->input.at.awaits_settings = conn->policy->settings_first;
    follow_logger(conn);
    conn->closed_list = H2_NO_SLOT;
    conn->max_outbound_frame = 16384;
    conn->outbound_window = 65535;
    conn->inbound = (h2_window){.max = 65535, .current = 65535};
    conn->outbound_initial = 65535;
    conn->highest_offset = INT32_MIN;
    conn->budget.reset_tokens = h2_reset_tokens(conn);
    h2_output_init(&conn->output, &conn->memory);
    h2_streams_init(&conn->streams, conn);
    conn->closed.map.factor = conn->streams.map.factor;
}

h2_status h2_connection_new(h2_connection **out, const h2_config *config)
{
    h2_config whole;
    if (out == NULL || !read_config(config, &whole) || !h2_is_allocator(whole.allocator))
        return H2_ERROR_ARGUMENT;
    h2_memory memory;
    h2_memory_init(&memory, whole.allocator);
    memory.limit = whole.limits.max_memory;
    memory.observe = whole.limits.observe_only;
    h2_connection *const conn = h2_alloc(&memory, sizeof *conn);
    if (conn == NULL) return H2_ERROR_NO_MEMORY;
    memset(conn, 0, sizeof *conn);
    conn->memory = memory;
    init_members(conn, &whole);
    const h2_status status = init_settings(conn, &whole);
    if (status != H2_OK) {
        h2_connection_free(conn);
        return status;
    }
    follow_local_settings(conn);
    *out = conn;
    return H2_OK;
}

void h2_connection_free(h2_connection *conn)
{
    if (conn == NULL || conn->input.at.in_callback) return;
    conn->input.at.in_callback = true;
    h2_output_free(&conn->output);
    h2_free_messages(conn);
    h2_settings_release(&conn->local);
    h2_settings_release(&conn->remote);
    h2_streams_free(&conn->streams, &conn->memory);
    h2_closed_free(&conn->closed, &conn->memory);
    h2_buffer_free(&conn->scratch, &conn->memory);
    if (!conn->input.at.dead) {
        h2_buffer_free(&conn->input.partial, &conn->memory);
        h2_free_block(conn);
    }
    h2_free(&conn->memory, conn->budget.crossed, H2_LIMIT_COUNT * sizeof *conn->budget.crossed);
    if (conn->error != NULL) h2_free(&conn->memory, conn->error, sizeof *conn->error);
    h2_memory memory = conn->memory;
    h2_free(&memory, conn, sizeof *conn);
}

void h2_connection_trim(h2_connection *conn)
{
    if (conn == NULL || conn->input.at.in_callback) return;
    h2_output_trim(&conn->output);
    h2_streams_trim(&conn->streams, &conn->memory);
    h2_trim_messages(conn);
    h2_buffer_free(&conn->scratch, &conn->memory);
    if (conn->input.at.dead) return;
    if (conn->input.at.phase != H2_INPUT_PAYLOAD) h2_buffer_free(&conn->input.partial, &conn->memory);
    if (!conn->input.at.in_block) h2_free_block(conn);
}

const h2_config *h2_connection_config(const h2_connection *conn)
{
    return conn == NULL ? NULL : &conn->config;
}

h2_status h2_connection_reconfigure(h2_connection *conn, const h2_config *config)
{
    TRY(h2_call_begin(conn));
    h2_config whole;
    if (config == NULL || config->size < offsetof(h2_config, validate_outbound_headers)) {
        return h2_argument(conn, "config must have been made by h2_config_init");
    }
    h2_config_init_sized(&whole, sizeof whole, conn->config.role, conn->config.profile);
    memcpy(&whole, config, config->size < sizeof whole ? config->size : sizeof whole);
    whole.size = sizeof whole;
    whole.role = conn->config.role;
    whole.profile = conn->config.profile;
    whole.allocator = conn->config.allocator;
    whole.initial_settings = NULL;
    whole.initial_settings_count = 0;
    h2_limits_resolve(&whole.limits, whole.profile);
    const h2_config before = conn->config;
    conn->config = whole;
    /* Cookies of the last list are marked as it was configured. */
    if (conn->messages != NULL) h2_decoder_fields_changed(&conn->messages->decoder, 0);
    const uint32_t table = h2_settings_value(&conn->remote, H2_SETTINGS_HEADER_TABLE_SIZE, 4096);
    if (h2_set_encoder_table(conn, table) != H2_OK) {
        conn->config = before;
        return H2_ERROR_NO_MEMORY;
    }
    conn->memory.limit = whole.limits.max_memory;
    conn->memory.observe = whole.limits.observe_only;
    h2_follow_limits(conn);
    follow_logger(conn);
    return H2_OK;
}

/* Whether this side may send all values in force. */
static h2_status check_own_settings(h2_connection *conn, const h2_settings *settings)
{
    for (unsigned id = 1; id < H2_SETTINGS_KNOWN; id++) {
        h2_setting setting = {.id = (uint16_t)id};
        uint32_t code = H2_CODE_PROTOCOL_ERROR;
        if (!h2_settings_get(settings, setting.id, &setting.value)) continue;
        if (h2_check_own_setting(conn, &setting, &code) == H2_OK) continue;
        return h2_refuse(conn, H2_ERROR_INVALID_SETTINGS_VALUE, code, -1, "Setting %u has invalid value %u",
                         id, setting.value);
    }
    return H2_OK;
}

h2_status h2_replace_settings(h2_connection *conn, bool local, const h2_settings *settings)
{
    TRY(h2_call_begin(conn));
    if (settings == NULL) return h2_argument(conn, "settings must not be NULL");
    if (local) TRY(check_own_settings(conn, settings));
    if (!h2_settings_copy(local ? &conn->local : &conn->remote, settings)) return H2_ERROR_NO_MEMORY;
    if (local && !conn->begun && conn->policy->settings_in_order) follow_local_settings(conn);
    return H2_OK;
}

size_t h2_memory_used(const h2_connection *conn)
{
    return conn == NULL ? 0 : conn->memory.used;
}
