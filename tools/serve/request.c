/* Picking the fields that matter; see request.h. */
#include "serve/request.h"

#include <stddef.h>

static const struct {
    const char *name;
    size_t len, offset;
} wanted[] = {
#define WANTED(name, member)                                                                                 \
    {                                                                                                        \
        name, sizeof(name) - 1, offsetof(http_request, member)                                               \
    }
    WANTED(":method", method),
    WANTED(":path", path),
    WANTED("content-type", content_type),
    WANTED("content-length", content_length),
    WANTED("expect", expect),
    WANTED("range", range),
    WANTED("if-range", if_range),
    WANTED("if-match", if_match),
    WANTED("if-none-match", if_none_match),
    WANTED("if-modified-since", if_modified_since),
    WANTED("if-unmodified-since", if_unmodified_since),
#undef WANTED
};

/* One bit for each length that a name above has, so that most other fields are passed over at once. */
static const uint32_t lengths =
    1U << 5 | 1U << 6 | 1U << 7 | 1U << 8 | 1U << 12 | 1U << 13 | 1U << 14 | 1U << 17 | 1U << 19;

static void read_field(http_request *out, const h2_header *field)
{
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (wanted[i].len != field->name_len || memcmp(wanted[i].name, field->name, field->name_len) != 0)
            continue;
        text *const member = (text *)(void *)((char *)out + wanted[i].offset);
        if (!member->at) *member = (text){field->value_len ? field->value : "", field->value_len};
        return;
    }
}

void request_read(http_request *out, const h2_header *fields, size_t count, bool ended)
{
    *out = (http_request){.ended = ended};
    for (size_t i = 0; i < count; i++)
        if (fields[i].name_len < 32 && (lengths >> fields[i].name_len & 1)) read_field(out, &fields[i]);
}
