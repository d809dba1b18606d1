/* Transcripts: the calls and queries of the public interface by their names. */
#include "transcript.h"

#include <stdlib.h>
#include <string.h>

static uint32_t id_of(const arguments *a, size_t index)
{
    return index < a->count ? (uint32_t)a->numbers[index] : 0;
}

/* Released memory is overwritten, so that what was sent from it too late shows. */
static void give_back(void *arg, const void *data, size_t len)
{
    borrowed *loans = arg;
    memset((void *)(uintptr_t)data, 0xdd, len);
    free((void *)(uintptr_t)data);
    loans->released++;
}

static h2_status send_borrowed(h2_connection *conn, const arguments *a, borrowed *loans)
{
    uint8_t *copy = must_malloc(a->data.len);
    if (a->data.len) memcpy(copy, a->data.data, a->data.len);
    size_t before = loans->released;
    h2_status status = h2_send_data_ref(conn, id_of(a, 0), copy, a->data.len, a->end_stream, a->pad_length,
                                        give_back, loans);
    if (status == H2_OK)
        loans->lent++;
    else if (loans->released == before)
        free(copy);
    return status;
}

static h2_status send_messages(h2_connection *conn, const step *s, borrowed *loans, bool *known)
{
    const arguments *a = &s->args;
    uint32_t id = id_of(a, 0);
    if (strcmp(s->name, "send_headers") == 0)
        return h2_send_headers(conn, id, a->fields.fields, a->fields.count, a->end_stream,
                               a->has_priority ? &a->priority : NULL);
    if (strcmp(s->name, "send_data") == 0)
        return loans ? send_borrowed(conn, a, loans)
                     : h2_send_data(conn, id, a->data.data, a->data.len, a->end_stream, a->pad_length);
    if (strcmp(s->name, "end_stream") == 0) return h2_end_stream(conn, id);
    if (strcmp(s->name, "reset_stream") == 0) return h2_reset_stream(conn, id, id_of(a, 1));
    if (strcmp(s->name, "push_stream") == 0)
        return h2_push_stream(conn, id, id_of(a, 1), a->fields.fields, a->fields.count);
    if (strcmp(s->name, "prioritize") == 0)
        return h2_prioritize(conn, id, a->has_priority ? &a->priority : NULL);
    if (strcmp(s->name, "increment_flow_control_window") == 0)
        return h2_increment_flow_control_window(conn, id, id_of(a, 1));
    if (strcmp(s->name, "acknowledge_received_data") == 0)
        return h2_acknowledge_received_data(conn, (size_t)a->numbers[0], id_of(a, 1));
    if (strcmp(s->name, "advertise_alternative_service") == 0)
        return h2_advertise_alternative_service(conn, octets_string(&a->data), a->data.len,
                                                a->has_origin ? octets_string(&a->origin) : NULL,
                                                a->origin.len, a->stream);
    *known = false;
    return H2_OK;
}

static h2_status replace_settings(h2_connection *conn, const arguments *a)
{
    h2_settings *settings = NULL;
    bool client = h2_connection_config(conn)->role == H2_CLIENT;
    h2_status status = h2_settings_new(&settings, client != a->remote, a->settings, a->settings_count, NULL);
    if (status == H2_OK) status = h2_replace_settings(conn, !a->remote, settings);
    h2_settings_free(settings);
    return status;
}

h2_status transcript_call(h2_connection *conn, const step *s, borrowed *loans, bool *known)
{
    const arguments *a = &s->args;
    *known = true;
    if (strcmp(s->name, "initiate_connection") == 0) return h2_initiate_connection(conn);
    if (strcmp(s->name, "initiate_upgrade_connection") == 0)
        return h2_initiate_upgrade_connection(conn, a->has_data ? octets_string(&a->data) : NULL,
                                              a->data.len);
    if (strcmp(s->name, "upgraded_request") == 0)
        return h2_upgraded_request(conn, a->fields.fields, a->fields.count);
    if (strcmp(s->name, "ping") == 0) return h2_ping(conn, a->data.data);
    if (strcmp(s->name, "update_settings") == 0)
        return h2_update_settings(conn, a->settings, a->settings_count);
    if (strcmp(s->name, "close_connection") == 0)
        return h2_close_connection(conn, id_of(a, 0), a->data.data, a->data.len, a->last);
    if (strcmp(s->name, "shutdown") == 0) return h2_shutdown(conn);
    if (strcmp(s->name, "replace_settings") == 0) return replace_settings(conn, a);
    if (strcmp(s->name, "clear_outbound_data_buffer") == 0) {
        h2_clear_outbound_data_buffer(conn);
        return H2_OK;
    }
    if (strcmp(s->name, "advance_time") == 0) {
        h2_advance_time(conn, a->numbers[0]);
        return H2_OK;
    }
    if (strcmp(s->name, "trim") == 0) {
        h2_connection_trim(conn);
        return H2_OK;
    }
    return send_messages(conn, s, loans, known);
}

static void put_window(octets *answer, h2_status status, int64_t window)
{
    if (status == H2_OK)
        octets_format(answer, "%lld", (long long)window);
    else
        octets_text(answer, h2_status_name(status));
}

static bool query_settings(h2_connection *conn, const step *s, octets *answer)
{
    bool local = strcmp(s->name, "local_setting") == 0;
    uint32_t value;
    if (!local && strcmp(s->name, "remote_setting") != 0) return false;
    const h2_settings *settings = local ? h2_local_settings(conn) : h2_remote_settings(conn);
    if (h2_settings_get(settings, (uint16_t)id_of(&s->args, 0), &value))
        octets_format(answer, "%u", (unsigned)value);
    else
        octets_text(answer, "none");
    return true;
}

static bool query_windows(h2_connection *conn, const step *s, octets *answer)
{
    int64_t window = 0;
    uint32_t id = id_of(&s->args, 0), next = 0;
    h2_status status;
    if (strcmp(s->name, "local_window") == 0)
        status = h2_local_flow_control_window(conn, id, &window);
    else if (strcmp(s->name, "remote_window") == 0)
        status = h2_remote_flow_control_window(conn, id, &window);
    else if (strcmp(s->name, "next_stream_id") == 0)
        status = h2_get_next_available_stream_id(conn, &next);
    else
        return false;
    put_window(answer, status, window + next);
    return true;
}

static bool query_counts(h2_connection *conn, const step *s, octets *answer)
{
    static const struct {
        const char *name;
        uint32_t (*ask)(h2_connection *);
        uint32_t (*ask_const)(const h2_connection *);
    } counts[] = {{"open_inbound_streams", h2_open_inbound_streams, NULL},
                  {"open_outbound_streams", h2_open_outbound_streams, NULL},
                  {"max_inbound_frame_size", NULL, h2_max_inbound_frame_size},
                  {"max_outbound_frame_size", NULL, h2_max_outbound_frame_size}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        if (strcmp(s->name, counts[i].name) != 0) continue;
        octets_format(answer, "%u",
                      (unsigned)(counts[i].ask ? counts[i].ask(conn) : counts[i].ask_const(conn)));
        return true;
    }
    return false;
}

static bool query_info(h2_connection *conn, const step *s, octets *answer)
{
    h2_connection_info info = {.size = sizeof info};
    h2_connection_get_info(conn, &info);
    if (strcmp(s->name, "state") == 0) {
        const char *name = h2_state_name(false, info.state);
        octets_text(answer, name ? name : "?");
    } else if (strcmp(s->name, "outbound_window") == 0) {
        put_window(answer, H2_OK, info.outbound_window);
    } else if (strcmp(s->name, "inbound_window") == 0) {
        put_window(answer, H2_OK, info.inbound_window);
    } else if (strcmp(s->name, "is_closed") == 0) {
        octets_text(answer, h2_connection_is_closed(conn) ? "yes" : "no");
    } else if (strcmp(s->name, "output_pending") == 0) {
        octets_format(answer, "%zu", h2_output_pending(conn));
    } else {
        return false;
    }
    return true;
}

static bool query_stream(h2_connection *conn, const step *s, octets *answer)
{
    static const char *const closed_by[] = {"none", "SEND_END_STREAM", "RECV_END_STREAM", "SEND_RST_STREAM",
                                            "RECV_RST_STREAM"};
    uint32_t id = id_of(&s->args, 0);
    if (strcmp(s->name, "stream_state") == 0) {
        h2_stream_info info = {.size = sizeof info};
        bool held = h2_stream_get_info(conn, id, &info);
        const char *name = held ? h2_state_name(true, info.state) : "none";
        octets_text(answer, name ? name : "?");
        return true;
    }
    if (strcmp(s->name, "closed_by") != 0) return false;
    h2_closed_by by = h2_stream_closed_by(conn, id);
    bool ended = by == H2_CLOSED_BY_SEND_END_STREAM || by == H2_CLOSED_BY_RECV_END_STREAM;
    h2_stream_info held = {.size = sizeof held};
    octets_text(answer, ended && !h2_stream_get_info(conn, id, &held) ? "END_STREAM" : closed_by[by % 5]);
    return true;
}

static bool query_upgrade(h2_connection *conn, const step *s, octets *answer)
{
    char value[512];
    size_t len = 0;
    if (strcmp(s->name, "upgrade_settings") != 0) return false;
    h2_status status = h2_upgrade_settings(conn, value, sizeof value, &len);
    if (status == H2_OK)
        octets_quote(answer, value, len);
    else
        octets_text(answer, h2_status_name(status));
    return true;
}

void transcript_query(h2_connection *conn, const step *s, octets *answer)
{
    if (query_settings(conn, s, answer) || query_windows(conn, s, answer) || query_counts(conn, s, answer) ||
        query_info(conn, s, answer) || query_stream(conn, s, answer) || query_upgrade(conn, s, answer))
        return;
    octets_text(answer, "no such query");
}
