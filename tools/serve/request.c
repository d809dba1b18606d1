/* Picking the fields that matter; see request.h. */
#include "serve/request.h"

static text name_of(const h2_header *field)
{
    return (text){field->name, field->name_len};
}

static text value_of(const h2_header *field)
{
    return (text){field->value_len ? field->value : "", field->value_len};
}

static bool selects(text name)
{
    return text_is(name, "range") || (name.len > 3 && memcmp(name.at, "if-", 3) == 0);
}

static void read_field(http_request *out, const h2_header *field)
{
    const text name = name_of(field);
    if (text_is(name, ":method")) {
        if (!out->method.at) out->method = value_of(field);
    } else if (text_is(name, ":path")) {
        if (!out->path.at) out->path = value_of(field);
    } else if (selects(name)) {
        out->selective = true;
    }
}

void request_read(http_request *out, const h2_header *fields, size_t count, bool ended)
{
    *out = (http_request){.fields = fields, .count = count, .ended = ended};
    for (size_t i = 0; i < count; i++)
        read_field(out, &fields[i]);
}

text request_field(const http_request *request, const char *name)
{
    for (size_t i = 0; i < request->count; i++)
        if (text_is(name_of(&request->fields[i]), name)) return value_of(&request->fields[i]);
    return (text){NULL, 0};
}
