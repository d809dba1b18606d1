/* Picking the fields that matter; see request.h. */
#include "serve/request.h"

static text *condition_for(http_request *out, text name)
{
    switch (name.len) {
    case 8:
        return text_is(name, "if-match") ? &out->if_match : text_is(name, "if-range") ? &out->if_range : NULL;
    case 13: return text_is(name, "if-none-match") ? &out->if_none_match : NULL;
    case 17: return text_is(name, "if-modified-since") ? &out->if_modified_since : NULL;
    case 19: return text_is(name, "if-unmodified-since") ? &out->if_unmodified_since : NULL;
    default: return NULL;
    }
}

/* Where the value of a field belongs; NULL: nowhere. Most names are passed over by their length. */
static text *member_for(http_request *out, text name)
{
    switch (name.len) {
    case 5: return text_is(name, ":path") ? &out->path : text_is(name, "range") ? &out->range : NULL;
    case 6: return text_is(name, "expect") ? &out->expect : NULL;
    case 7: return text_is(name, ":method") ? &out->method : NULL;
    case 12: return text_is(name, "content-type") ? &out->content_type : NULL;
    case 14: return text_is(name, "content-length") ? &out->content_length : NULL;
    default: return condition_for(out, name);
    }
}

void request_read(http_request *out, const h2_header *fields, size_t count, bool ended)
{
    *out = (http_request){.ended = ended};
    for (size_t i = 0; i < count; i++) {
        text *const member = member_for(out, (text){fields[i].name, fields[i].name_len});
        if (member && !member->at)
            *member = (text){fields[i].value_len ? fields[i].value : "", fields[i].value_len};
    }
}
