/* What only messages need, made with the first of them so that an idle connection goes without: the two coders, room for
 * fields, and the names of the origins that streams were opened for. */
#include "connection/connection.h"

enum {
    DEFAULT_TABLE = 4096 /* octets, before SETTINGS say otherwise (RFC 9113 section 6.5.2) */
};

h2_status h2_need_messages(h2_connection *conn)
{
    if (conn->messages != NULL) return H2_OK;
    h2_messages *const made = h2_alloc(&conn->memory, sizeof *made);
    if (made == NULL) return H2_ERROR_NO_MEMORY;
    *made = (h2_messages){.bodies.map.factor = conn->streams.map.factor};
    h2_decoder_init(&made->decoder, &conn->memory, DEFAULT_TABLE);
    h2_decoder_set_max_table_size(&made->decoder, conn->decoder_table);
    h2_encoder_init(&made->encoder, &conn->memory, DEFAULT_TABLE, conn->policy->always_huffman);
    conn->messages = made;
    if (conn->config.limits.encoder_table_size >= DEFAULT_TABLE) return H2_OK;
    return h2_encoder_set_table_size(&made->encoder, conn->config.limits.encoder_table_size);
}

bool h2_need_work(h2_connection *conn)
{
    h2_messages *const messages = conn->messages;
    if (messages->work != NULL) return true;
    messages->work = h2_alloc(&conn->memory, sizeof *messages->work);
    if (messages->work == NULL) return false;
    *messages->work = (h2_message_work){0};
    return true;
}

static void free_work(h2_connection *conn)
{
    h2_message_work *const work = conn->messages->work;
    if (work == NULL) return;
    h2_field_work_free(&work->outbound, &conn->memory);
    h2_buffer_free(&work->cookies, &conn->memory);
    h2_free(&conn->memory, work, sizeof *work);
    conn->messages->work = NULL;
}

void h2_set_decoder_table(h2_connection *conn, uint32_t size)
{
    conn->decoder_table = size;
    if (conn->messages != NULL) h2_decoder_set_max_table_size(&conn->messages->decoder, size);
}

/* The bound on the encoder's table is ours, whatever the peer allows. It may be raised: that the peer allows less than
 * HPACK begins with is told to an encoder at once, even where the bound is lower still. */
h2_status h2_set_encoder_table(h2_connection *conn, uint32_t size)
{
    const uint32_t most = conn->config.limits.encoder_table_size;
    const uint32_t wanted = size < most ? size : most;
    const bool is_first = size >= DEFAULT_TABLE && wanted == (most < DEFAULT_TABLE ? most : DEFAULT_TABLE);
    if (conn->messages == NULL && is_first) return H2_OK;
    TRY(h2_need_messages(conn));
    return h2_encoder_set_table_size(&conn->messages->encoder, wanted);
}

uint32_t h2_encoder_table(const h2_connection *conn)
{
    const uint32_t most = conn->config.limits.encoder_table_size;
    if (conn->messages != NULL) return h2_encoder_table_size(&conn->messages->encoder);
    return most < DEFAULT_TABLE ? most : DEFAULT_TABLE;
}

uint32_t h2_decoder_table(const h2_connection *conn)
{
    return conn->messages == NULL ? DEFAULT_TABLE : h2_decoder_table_size(&conn->messages->decoder);
}

/* Authorities. */

/* The name of an origin, shared by the streams that were opened for it. */
typedef struct h2_authority {
    uint32_t references, len;
    char text[];
} h2_authority;

static h2_authority **authorities(const h2_connection *conn, uint32_t *count)
{
    *count = 0;
    if (conn->messages == NULL) return NULL;
    *count = (uint32_t)(conn->messages->authorities.len / sizeof(h2_authority *));
    return (h2_authority **)(void *)conn->messages->authorities.data;
}

static h2_authority *new_authority(h2_connection *conn, const char *text, size_t len)
{
    h2_authority *const authority = h2_alloc(&conn->memory, sizeof *authority + len);
    if (authority == NULL) return NULL;
    authority->references = 1;
    authority->len = (uint32_t)len;
    if (len > 0) memcpy(authority->text, text, len);
    return authority;
}

static void free_authority(h2_connection *conn, h2_authority **place)
{
    h2_free(&conn->memory, *place, sizeof **place + (*place)->len);
    *place = NULL;
}

/* The place of a name that no stream uses: one is kept, for the next stream that is opened for it. NULL: there is none. */
static h2_authority **unused_authority(const h2_connection *conn)
{
    uint32_t count;
    h2_authority **const list = authorities(conn, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (list[i] != NULL && list[i]->references == 0) return &list[i];
    }
    return NULL;
}

uint32_t h2_intern_authority(h2_connection *conn, const char *text, size_t len)
{
    uint32_t count;
    h2_authority **list = authorities(conn, &count);
    uint32_t empty = count;
    for (uint32_t i = 0; i < count; i++) {
        if (list[i] == NULL) {
            empty = i;
        } else if (list[i]->len == len && (len == 0 || memcmp(list[i]->text, text, len) == 0)) {
            list[i]->references++;
            return i + 1;
        }
    }
    h2_authority *const added = len > UINT32_MAX / 2 ? NULL : new_authority(conn, text, len);
    if (added == NULL) return 0;
    if (empty == count &&
        !h2_buffer_append(&conn->messages->authorities, &conn->memory, &added, sizeof added)) {
        h2_free(&conn->memory, added, sizeof *added + len);
        return 0;
    }
    authorities(conn, &count)[empty] = added;
    return empty + 1;
}

bool h2_authority_text(const h2_connection *conn, uint32_t index, const char **text, size_t *len)
{
    uint32_t count;
    h2_authority *const *const list = authorities(conn, &count);
    if (index == 0 || index > count || list[index - 1] == NULL) return false;
    *text = list[index - 1]->text;
    *len = list[index - 1]->len;
    return true;
}

/* Empty places at the end of the list go. */
static void shorten_authorities(h2_connection *conn)
{
    uint32_t count;
    h2_authority **const list = authorities(conn, &count);
    while (count > 0 && list[count - 1] == NULL)
        count--;
    conn->messages->authorities.len = count * sizeof *list;
}

void h2_drop_authority(h2_connection *conn, uint32_t index)
{
    if (index == 0) return;
    uint32_t count;
    h2_authority **const list = authorities(conn, &count);
    if (list[index - 1]->references > 1) {
        list[index - 1]->references--;
        return;
    }
    h2_authority **const before = unused_authority(conn);
    if (before != NULL) free_authority(conn, before);
    list[index - 1]->references = 0;
    shorten_authorities(conn);
}

/* The end. */

static void free_authorities(h2_connection *conn)
{
    uint32_t count;
    h2_authority **const list = authorities(conn, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (list[i] != NULL) free_authority(conn, &list[i]);
    }
    h2_buffer_free(&conn->messages->authorities, &conn->memory);
}

void h2_trim_messages(h2_connection *conn)
{
    h2_messages *const messages = conn->messages;
    if (messages == NULL) return;
    h2_decoder_trim(&messages->decoder);
    h2_encoder_trim(&messages->encoder);
    free_work(conn);
    if (messages->bodies.count == 0) h2_bodies_free(&messages->bodies, &conn->memory);
    h2_authority **const unused = unused_authority(conn);
    if (unused != NULL) free_authority(conn, unused);
    shorten_authorities(conn);
    if (messages->authorities.len == 0) h2_buffer_free(&messages->authorities, &conn->memory);
}

void h2_free_messages(h2_connection *conn)
{
    h2_messages *const messages = conn->messages;
    if (messages == NULL) return;
    free_authorities(conn);
    h2_bodies_free(&messages->bodies, &conn->memory);
    h2_trim_messages(conn);
    h2_decoder_release(&messages->decoder);
    h2_encoder_release(&messages->encoder);
    h2_free(&conn->memory, messages, sizeof *messages);
    conn->messages = NULL;
}
