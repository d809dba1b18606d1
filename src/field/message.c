/* One-line messages with octets of the peer in them. */
#include "field/message.h"

#include "field/field.h"

#include <string.h>

enum {
    MOST_QUOTED = 64
};

h2_message h2_message_begin(char *text, bool plain)
{
    if (text) text[0] = '\0';
    return (h2_message){.text = text, .plain = plain};
}

static void put(h2_message *message, const char *octets, size_t len)
{
    const size_t room = H2_FIELD_MESSAGE - 1 - message->len;
    const size_t fits = len < room ? len : room;

    if (!message->text || fits == 0) return;
    memcpy(message->text + message->len, octets, fits);
    message->len += fits;
    message->text[message->len] = '\0';
}

void h2_message_text(h2_message *message, const char *text)
{
    put(message, text, strlen(text));
}

/* The escape of an octet that is not written as it is, or of a quote that would end the text. */
static void put_escape(h2_message *message, unsigned char octet)
{
    static const char digits[] = "0123456789abcdef";
    char escape[4] = {'\\', (char)octet};
    size_t len = 2;

    switch (octet) {
    case '\t': escape[1] = 't'; break;
    case '\n': escape[1] = 'n'; break;
    case '\r': escape[1] = 'r'; break;
    case '\\':
    case '"':
    case '\'': break;
    default:
        escape[1] = 'x';
        escape[2] = digits[octet >> 4];
        escape[3] = digits[octet & 15];
        len = 4;
    }
    put(message, escape, len);
}

static bool is_printed(char octet)
{
    return octet >= 0x20 && octet <= 0x7e;
}

/* Octets with escapes; quote: the quote around them, which is escaped, too, with backslashes, or 0. */
static void put_octets(h2_message *message, const char *octets, size_t len, char quote)
{
    size_t at = 0;

    for (size_t i = 0; i < len; i++) {
        const bool special = quote != 0 && (octets[i] == quote || octets[i] == '\\');
        if (is_printed(octets[i]) && !special) continue;
        put(message, octets + at, i - at);
        put_escape(message, (unsigned char)octets[i]);
        at = i + 1;
    }
    if (len > at) put(message, octets + at, len - at);
}

void h2_message_octets(h2_message *message, const char *octets, size_t len)
{
    put_octets(message, octets, len, 0);
}

/* What Python puts around octets: double quotes only where single ones would have to be escaped. */
static char python_quote(const char *octets, size_t len)
{
    bool single = false, both = false;

    for (size_t i = 0; i < len; i++) {
        single |= octets[i] == '\'';
        both |= octets[i] == '"';
    }
    return single && !both ? '"' : '\'';
}

void h2_message_quote(h2_message *message, const char *octets, size_t len)
{
    const size_t quoted = len < MOST_QUOTED ? len : MOST_QUOTED;
    const char quote = message->plain ? '"' : python_quote(octets, quoted);

    if (!message->plain) put(message, "b", 1);
    put(message, &quote, 1);
    put_octets(message, octets, quoted, quote);
    put(message, &quote, 1);
    if (len > quoted) h2_message_text(message, "...");
}
