/* One-line messages with octets of the peer in them, quoted as C quotes strings or as Python quotes bytes. Knows nothing of
 * fields. */
#ifndef H2_FIELD_MESSAGE_H
#define H2_FIELD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

/* A message being written; text NULL writes nothing. What does not fit is cut; the text is always terminated. */
typedef struct h2_message {
    char *text;
    size_t len;
    bool plain; /* quotes "..." and not b'...' */
} h2_message;

h2_message h2_message_begin(char *text, bool plain);
void h2_message_text(h2_message *message, const char *text);

/* Octets as they are, but for control octets and those above 0x7e, which are escaped. */
void h2_message_octets(h2_message *message, const char *octets, size_t len);

/* In quotes, at most 64 octets of it. */
void h2_message_quote(h2_message *message, const char *octets, size_t len);

#endif
