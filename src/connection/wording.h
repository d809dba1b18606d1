/* What errors about identifiers and states say: in words, or as str() of h2's exceptions does, whose readers
 * have the class before them. Knows nothing of when they happen. */
#ifndef H2_CONNECTION_WORDING_H
#define H2_CONNECTION_WORDING_H

#include "connection/connection.h"

enum {
    H2_WORDING = 128
};

/* NO_SUCH_STREAM or STREAM_CLOSED; id: -1 or 0 for none. Each writes to `out` and returns it. */
const char *h2_word_stream(const h2_connection *conn, h2_status status, int64_t id, char out[H2_WORDING]);

/* An identifier that is not above the highest so far. */
const char *h2_word_too_low(const h2_connection *conn, uint32_t id, uint32_t highest, char out[H2_WORDING]);

/* An input that a state does not allow; stream: of the stream's machine, otherwise the connection's. */
const char *h2_word_state(const h2_connection *conn, bool stream, int input, int state, char out[H2_WORDING]);

#endif
