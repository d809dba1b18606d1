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
        read_field(out, &fields[i]);
}
