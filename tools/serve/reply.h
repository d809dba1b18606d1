/* The head of a response while it is put together. */
#ifndef H2_TOOLS_SERVE_REPLY_H
#define H2_TOOLS_SERVE_REPLY_H

#include "serve/exchange.h"
#include "serve/text.h"

enum {
    REPLY_FIELDS = 16
};

struct reply {
    int status;
    char status_text[4];
    size_t count;
    h2_header fields[REPLY_FIELDS];
};

/* Status, date and server are there from the start. Strings are borrowed until reply_send. */
void reply_begin(struct reply *reply, struct site *site, int status);

static inline void reply_add(struct reply *reply, const char *name, text value)
{
    reply->fields[reply->count++] = (h2_header){name, strlen(name), value.at, value.len, 0};
}

static inline void reply_add_string(struct reply *reply, const char *name, const char *value)
{
    reply_add(reply, name, (text){value, strlen(value)});
}

/* end: no body follows. */
bool reply_send(const struct reply *reply, struct exchange *exchange, bool end);

/* A whole response with a line of text that says what the status means. `name` and `value`: one more field,
 * or NULL. head: without the body (HEAD). */
bool reply_status(struct exchange *exchange, int status, bool head, const char *name, const char *value);

#endif
