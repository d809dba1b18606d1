/* What errors about identifiers and states say; see wording.h. */
#include "connection/wording.h"

#include <h2/states.h>
#include <stdio.h>

const char *h2_word_stream(const h2_connection *conn, h2_status status, int64_t id, char out[H2_WORDING])
{
    if (!conn->policy->plain_words)
        (void)snprintf(out, H2_WORDING, "%lld", (long long)id);
    else if (id <= 0)
        (void)snprintf(out, H2_WORDING, "Stream 0 is the connection");
    else if (status == H2_ERROR_STREAM_CLOSED)
        (void)snprintf(out, H2_WORDING, "Stream %lld is closed", (long long)id);
    else
        (void)snprintf(out, H2_WORDING, "There is no stream %lld", (long long)id);
    return out;
}

const char *h2_word_too_low(const h2_connection *conn, uint32_t id, uint32_t highest, char out[H2_WORDING])
{
    if (conn->policy->plain_words)
        (void)snprintf(out, H2_WORDING, "Stream identifier %u is not above %u", id, highest);
    else
        (void)snprintf(out, H2_WORDING, "StreamIDTooLowError: %u is lower than %u", id, highest);
    return out;
}

const char *h2_word_state(const h2_connection *conn, bool stream, int input, int state, char out[H2_WORDING])
{
    const char *const name = h2_input_name(stream, input);
    if (conn->policy->plain_words)
        (void)snprintf(out, H2_WORDING, "%s is not allowed while the %s is %s", name,
                       stream ? "stream" : "connection", h2_state_name(stream, state));
    else if (stream)
        (void)snprintf(out, H2_WORDING, "Invalid input StreamInputs.%s in state %d", name, state);
    else
        (void)snprintf(out, H2_WORDING, "Invalid input ConnectionInputs.%s in state ConnectionState.%s", name,
                       h2_state_name(false, state));
    return out;
}
