/* Transcripts: octets as text, from a single word to whole frames. */
#include "transcript.h"

#include "frames.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool number_word(const char *word, uint64_t max, uint64_t *out)
{
    if (!isdigit((unsigned char)word[0])) return false;
    char *end;
    *out = strtoull(word, &end, word[0] == '0' && word[1] == 'x' ? 16 : 10);
    return *end == 0 && *out <= max;
}

size_t split_words(char *line, char **words, size_t cap)
{
    size_t count = 0;
    for (char *p = line;;) {
        while (*p == ' ' || *p == '\t')
            p++;
        if (*p == 0 || count == cap) return count;
        words[count++] = p;
        bool quoted = false;
        for (; *p && (quoted || (*p != ' ' && *p != '\t')); p++) {
            if (quoted && *p == '\\' && p[1])
                p++;
            else if (*p == '"')
                quoted = !quoted;
        }
        if (*p) *p++ = 0;
    }
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

static bool hex_octet(const char *p, uint8_t *out)
{
    int high = hex_digit(p[0]);
    int low = high < 0 ? -1 : hex_digit(p[1]);
    if (low < 0) return false;
    *out = (uint8_t)(high << 4 | low);
    return true;
}

/* p is behind the opening quote. NULL: no closing one, or a bad escape. */
static const char *quoted_part(octets *out, const char *p)
{
    for (; *p != '"'; p++) {
        uint8_t octet = (uint8_t)*p;
        if (*p == 0) return NULL;
        if (*p == '\\') {
            p++;
            if (*p == 'x') {
                if (!hex_octet(p + 1, &octet)) return NULL;
                p += 2;
            } else if (*p == '"' || *p == '\\') {
                octet = (uint8_t)*p;
            } else {
                return NULL;
            }
        }
        octets_u8(out, octet);
    }
    return p + 1;
}

static const char *hex_part(octets *out, const char *p)
{
    uint8_t octet;
    for (; hex_octet(p, &octet); p += 2)
        octets_u8(out, octet);
    return p;
}

/* p is behind "*". */
static const char *repeat(octets *out, size_t from, const char *p)
{
    char *end;
    unsigned long times = strtoul(p, &end, 10);
    if (end == p || times == 0 || times > 1u << 24) return NULL;
    octets once = {0};
    octets_put(&once, out->data + from, out->len - from);
    for (; times > 1; times--)
        octets_put(out, once.data, once.len);
    octets_free(&once);
    return end;
}

bool bytes_expression(octets *out, const char *word)
{
    for (const char *p = word;; p++) {
        size_t from = out->len;
        if (*p == '"')
            p = quoted_part(out, p + 1);
        else if (*p == 'x')
            p = hex_part(out, p + 1);
        else
            return false;
        if (p && *p == '*') p = out->len == from ? NULL : repeat(out, from, p + 1);
        if (!p) return false;
        if (*p == 0) return true;
        if (*p != '+') return false;
    }
}

/* NAME=VALUE, both expressions. The parting sign is the first outside quotes. */
static bool field_word(octets *out, char *word)
{
    char *p = word;
    for (bool quoted = false; *p && (quoted || *p != '='); p++) {
        if (quoted && *p == '\\' && p[1])
            p++;
        else if (*p == '"')
            quoted = !quoted;
    }
    if (*p != '=') return false;
    octets name = {0}, value = {0};
    *p = 0;
    bool good = bytes_expression(&name, word) && bytes_expression(&value, p + 1);
    *p = '=';
    if (good) field_literal(out, name.data, name.len, value.data, value.len);
    octets_free(&name);
    octets_free(&value);
    return good;
}

static bool setting_word(octets *out, char *word)
{
    uint64_t id = 0, value = 0;
    char *sign = strchr(word, '=');
    if (!sign) return false;
    *sign = 0;
    bool good = number_word(word, 0xffff, &id) && number_word(sign + 1, 0xffffffff, &value);
    *sign = '=';
    octets_u16(out, (unsigned)id);
    octets_u32(out, (uint32_t)value);
    return good;
}

static bool payload_word(octets *out, char *word)
{
    uint64_t n = 0;
    if (strncmp(word, "field:", 6) == 0) return field_word(out, word + 6);
    if (strncmp(word, "setting:", 8) == 0) return setting_word(out, word + 8);
    if (strncmp(word, "u8:", 3) == 0) {
        if (!number_word(word + 3, 0xff, &n)) return false;
        octets_u8(out, (unsigned)n);
        return true;
    }
    if (strncmp(word, "u16:", 4) == 0) {
        if (!number_word(word + 4, 0xffff, &n)) return false;
        octets_u16(out, (unsigned)n);
        return true;
    }
    if (strncmp(word, "u32:", 4) == 0) {
        if (!number_word(word + 4, 0xffffffff, &n)) return false;
        octets_u32(out, (uint32_t)n);
        return true;
    }
    return bytes_expression(out, word);
}

static bool flags_word(char *word, unsigned *out)
{
    static const struct {
        const char *name;
        unsigned bit;
    } names[] = {{"END_STREAM", FLAG_END_STREAM},
                 {"ACK", FLAG_ACK},
                 {"END_HEADERS", FLAG_END_HEADERS},
                 {"PADDED", FLAG_PADDED},
                 {"PRIORITY", FLAG_PRIORITY}};
    uint64_t n;
    *out = 0;
    if (strcmp(word, "-") == 0) return true;
    if (number_word(word, 0xff, &n)) {
        *out = (unsigned)n;
        return true;
    }
    for (char *p = word; *p;) {
        size_t len = strcspn(p, "+"), i = 0;
        while (i < sizeof names / sizeof *names &&
               (strlen(names[i].name) != len || strncmp(names[i].name, p, len) != 0))
            i++;
        if (i == sizeof names / sizeof *names) return false;
        *out |= names[i].bit;
        p += len + (p[len] == '+');
    }
    return true;
}

/* TYPE FLAGS STREAM */
static const char *head_words(char **words, unsigned *type, unsigned *flags, uint32_t *stream_id)
{
    uint64_t n;
    int known = frame_type_number(words[0], strlen(words[0]));
    if (known >= 0)
        *type = (unsigned)known;
    else if (number_word(words[0], 0xff, &n))
        *type = (unsigned)n;
    else
        return "no such frame type";
    if (!flags_word(words[1], flags)) return "no such flags";
    if (!number_word(words[2], 0xffffffff, &n)) return "no such stream";
    *stream_id = (uint32_t)n;
    return NULL;
}

static const char *payload_words(octets *out, char **words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!payload_word(out, words[i])) return "no such payload";
    return NULL;
}

static const char *frame_words(octets *out, char **words, size_t count)
{
    unsigned type = 0, flags = 0;
    uint32_t stream_id = 0;
    if (count < 3) return "frame TYPE FLAGS STREAM payload...";
    const char *wrong = head_words(words, &type, &flags, &stream_id);
    octets payload = {0};
    if (!wrong) wrong = payload_words(&payload, words + 3, count - 3);
    if (!wrong) frame_put(out, type, flags, stream_id, payload.data, payload.len);
    octets_free(&payload);
    return wrong;
}

const char *bytes_line(octets *out, char **words, size_t count)
{
    uint64_t length = 0;
    unsigned type = 0, flags = 0;
    uint32_t stream_id = 0;
    if (strcmp(words[0], "preface") == 0) {
        frame_preface(out);
        return count == 1 ? NULL : "preface stands alone";
    }
    if (strcmp(words[0], "raw") == 0) return payload_words(out, words + 1, count - 1);
    if (strcmp(words[0], "frame") == 0) return frame_words(out, words + 1, count - 1);
    if (strcmp(words[0], "head") != 0) return "no such word";
    if (count != 5 || !number_word(words[1], 0xffffff, &length)) return "head LENGTH TYPE FLAGS STREAM";
    const char *wrong = head_words(words + 2, &type, &flags, &stream_id);
    if (!wrong) frame_head(out, (uint32_t)length, type, flags, stream_id);
    return wrong;
}
