/* The rules for fields on their own, for callers without a connection. */
#include "field/field.h"

/* Where a message means something, content-length is a number, and one. */
static bool has_length_in_order(const h2_header *fields, size_t count, const h2_policy *policy, char *message)
{
    bool found;
    uint64_t length;

    return !policy->message_semantics ||
           h2_field_content_length(fields, NULL, count, policy, &found, &length, message) == H2_OK;
}

h2_status h2_fields_validate(const h2_header *fields, size_t count, h2_block_kind kind, bool outbound,
                             h2_profile profile, h2_error_info *error)
{
    const h2_field_context context = {
        .kind = kind, .outbound = outbound, .protocol_allowed = true, .policy = h2_policy_of(profile)};
    char message[H2_FIELD_MESSAGE] = "";

    if (h2_field_check(fields, NULL, count, &context, message) &&
        has_length_in_order(fields, count, context.policy, message)) {
        return H2_OK;
    }
    if (error) {
        *error = (h2_error_info){.status = H2_ERROR_PROTOCOL,
                                 .error_code = H2_CODE_PROTOCOL_ERROR,
                                 .stream_id = -1,
                                 .max_stream_id = -1,
                                 .remote = !outbound};
        for (size_t i = 0; message[i]; i++)
            error->message[i] = message[i];
    }
    return H2_ERROR_PROTOCOL;
}
