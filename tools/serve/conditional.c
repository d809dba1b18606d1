/* If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, If-Range; see conditional.h. */
#include "serve/conditional.h"

/* Whether a list of entity tags holds the file's; a weak one counts in a weak comparison only. */
static bool list_has(text list, const char *etag, bool weak)
{
    if (text_is(text_trim(list), "*")) return true;
    while (list.len > 0) {
        text tag = text_cut(&list, ',');
        if (tag.len > 2 && tag.at[0] == 'W' && tag.at[1] == '/') {
            if (!weak) continue;
            tag = (text){tag.at + 2, tag.len - 2};
        }
        if (text_is(tag, etag)) return true;
    }
    return false;
}

int precondition(const http_request *request, const served_file *file)
{
    int64_t when;
    if (!request->selective) return 0;
    const text if_match = request_field(request, "if-match");
    const text if_unmodified = request_field(request, "if-unmodified-since");
    const text if_none_match = request_field(request, "if-none-match");
    const text if_modified = request_field(request, "if-modified-since");
    if (if_match.at) {
        if (!list_has(if_match, file->etag, false)) return 412;
    } else if (if_unmodified.at && http_date_parse(if_unmodified, &when)) {
        if (file->modified > when) return 412;
    }
    if (if_none_match.at) return list_has(if_none_match, file->etag, true) ? 304 : 0;
    if (if_modified.at && http_date_parse(if_modified, &when)) return file->modified <= when ? 304 : 0;
    return 0;
}

bool range_allowed(const http_request *request, const served_file *file)
{
    int64_t when;
    const text if_range = request_field(request, "if-range");
    if (!if_range.at) return true;
    const text validator = text_trim(if_range);
    if (text_is(validator, file->etag)) return true;
    return http_date_parse(validator, &when) && when == file->modified;
}
