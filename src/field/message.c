/* One-line messages with octets of the peer in them. */
#include "field/message.h"

#include "field/field.h"

enum {
    MOST_QUOTED = 64
};

h2_message h2_message_begin(char *text)
{
    if (text) text[0] = '\0';
    return (h2_message){.text = text};
}

static void put(h2_message *message, char octet)
{
    if (!message->text || message->len + 1 >= H2_FIELD_MESSAGE) return;
    message->text[message->len++] = octet;
    message->text[message->len] = '\0';
}

void h2_message_text(h2_message *message, const char *text)
{
    while (*text)
        put(message, *text++);
}

static void put_escape(h2_message *message, unsigned char octet)
{
    static const char digits[] = "0123456789abcdef";

    put(message, '\\');
    switch (octet) {
    case '\t': put(message, 't'); return;
    case '\n': put(message, 'n'); return;
    case '\r': put(message, 'r'); return;
    default: break;
    }
    put(message, 'x');
    put(message, digits[octet >> 4]);
    put(message, digits[octet & 15]);
}

void h2_message_octets(h2_message *message, const char *octets, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        const unsigned char octet = (unsigned char)octets[i];
        if (octet < 0x20 || octet > 0x7e)
            put_escape(message, octet);
        else
            put(message, octets[i]);
    }
}

void h2_message_quote(h2_message *message, const char *octets, size_t len)
{
    const size_t quoted = len < MOST_QUOTED ? len : MOST_QUOTED;
    bool single = false, both = false;

    for (size_t i = 0; i < quoted; i++)
        single |= octets[i] == '\'';
    for (size_t i = 0; i < quoted; i++)
        both |= octets[i] == '"';
    const char quote = single && !both ? '"' : '\'';

    put(message, 'b');
    put(message, quote);
    for (size_t i = 0; i < quoted; i++) {
        if (octets[i] == quote || octets[i] == '\\') put(message, '\\');
        h2_message_octets(message, octets + i, 1);
    }
    put(message, quote);
    if (len > quoted) h2_message_text(message, "...");
}
