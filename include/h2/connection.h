/* The conversation: octets from the peer go in and events come out, calls go in and octets for the peer come
 * out. Nothing here reads or writes a socket, reads a clock, or calls back (but for the logger and a release
 * function).
 *
 * What every call may return besides what it names: H2_ERROR_ARGUMENT when `conn` is NULL, when it is called
 * from the logger or a release function, or when a pointer that must not be NULL is; H2_ERROR_NO_MEMORY,
 * having done nothing (h2_receive_data: the connection can only be freed, once its output, a GOAWAY at its
 * end, is sent). In the RFC profile a call that fails has changed nothing; in the Python profile the stream
 * or the connection may be closed, as in Python's h2. h2_last_error says why it failed. Calls that
 * return no status take a `conn` that is NULL: they do nothing, and what is asked is answered with 0, false
 * or NULL (h2_connection_is_closed: true; h2_last_error: as before any failure). */
#ifndef H2_CONNECTION_H
#define H2_CONNECTION_H

#include <h2/config.h>
#include <h2/events.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Life. */

/* Makes one side of a connection; sends nothing.
 * out:    receives it, the caller's until h2_connection_free; untouched on failure.
 * config: copied, with its allocator and its initial settings.
 * Returns H2_OK, H2_ERROR_ARGUMENT (a size, role, profile or allocator that is none, initial settings that
 * are NULL),
 * H2_ERROR_INVALID_SETTINGS_VALUE (an initial setting that this side may not send) or H2_ERROR_NO_MEMORY. */
H2_API h2_status h2_connection_new(h2_connection **out, const h2_config *config);

/* Frees a connection and all that it owns; release functions of borrowed data that is still queued run. NULL
 * is fine. Calls to it from the logger or a release function are ignored. */
H2_API void h2_connection_free(h2_connection *conn);

/* The configuration in use, the connection's; its initial_settings are not kept (NULL). */
H2_API const h2_config *h2_connection_config(const h2_connection *conn);

/* Changes options, limits and logger of a living connection; role, profile, allocator and initial settings
 * stay as they are, whatever `config` says of them. Takes effect on the frames and calls that follow. Returns
 * H2_OK or H2_ERROR_ARGUMENT. */
H2_API h2_status h2_connection_reconfigure(h2_connection *conn, const h2_config *config);

/* Begins the conversation: queues the client's preface and the SETTINGS frame with the values in force
 * (RFC 9113 section 3.4), which are the first that a side sends. Comes before h2_receive_data, whose replies
 * would stand in front of them otherwise, and before every call that sends: in the RFC profile those are
 * refused until then (H2_ERROR_PROTOCOL, nothing is read).
 * Returns H2_OK, H2_ERROR_FRAME_TOO_LARGE (more than 80 settings in force), or H2_ERROR_PROTOCOL when the
 * connection is closed or, in the RFC profile, has begun already. */
H2_API h2_status h2_initiate_connection(h2_connection *conn);

/* Begins a conversation that an HTTP/1.1 Upgrade asked for (RFC 7540 section 3.2): as h2_initiate_connection,
 * and stream 1 exists, half-closed on the client's side; no event tells its request (h2_upgraded_request
 * does).
 * settings_header: server: the value of the HTTP2-Settings field, `len` octets of base64url; NULL is none.
 *                  Client: not looked at; NULL.
 * Returns H2_OK, H2_ERROR_ARGUMENT (no base64url), H2_ERROR_FRAME_DATA_MISSING (no list of settings),
 * H2_ERROR_INVALID_SETTINGS_VALUE, H2_ERROR_FRAME_TOO_LARGE as h2_initiate_connection, H2_ERROR_PROTOCOL when
 * the connection has begun already or is closed, or in the Python profile H2_ERROR_STREAM_ID_TOO_LOW when it
 * has had streams. */
H2_API h2_status h2_initiate_upgrade_connection(h2_connection *conn, const char *settings_header, size_t len);

/* Tells which request an Upgrade began with, after h2_initiate_upgrade_connection and before its response
 * is sent or received. Nothing else is told of a request that came by HTTP/1.1: without this call a client
 * takes the response to HEAD for one with a body, and a server judges no content-length of its response.
 * headers: `count` fields as h2_send_headers would have them, read during the call; looked at are :method
 *          and, by a client, :authority (for alternative services).
 * Returns H2_OK or H2_ERROR_PROTOCOL (no upgrade, told already, or the response has begun). */
H2_API h2_status h2_upgraded_request(h2_connection *conn, const h2_header *headers, size_t count);

/* The value for the client's HTTP2-Settings field: the settings in force as base64url, whose length needs no
 * padding (RFC 7540 section 3.2.1). Changes nothing.
 * out: room for `cap` octets, not terminated; may be NULL when cap is 0.
 * len: receives the length it takes.
 * Returns H2_OK, H2_ERROR_FRAME_TOO_LARGE as h2_initiate_connection, or H2_ERROR_ARGUMENT when cap is too
 * small or this is a server. */
H2_API h2_status h2_upgrade_settings(h2_connection *conn, char *out, size_t cap, size_t *len);

/* In. */

/* Handles octets from the peer until one event is there.
 * data, len: the octets not handled yet; both advance past what was handled. No pointer to them is kept: the
 *            beginning of a frame that they cut is copied. `*data` may be NULL when `*len` is 0.
 * event:     set when H2_OK is returned; what its pointers live for, <h2/events.h> says.
 * Returns H2_OK (an event: call again with the same data and len, also when len is 0 now), H2_NEED_DATA (all
 * is handled, *len is 0), or a failure: in the RFC profile the conversation has not begun
 * (h2_initiate_connection; nothing was read), or the peer broke a rule that ends the connection, GOAWAY is
 * queued and should be sent before closing the transport; events returned before stand. After a failure the
 * RFC profile drops all input (H2_NEED_DATA); the Python profile judges what follows anew. A stream error
 * is no failure but a StreamReset event. Acting between events is allowed and takes effect on the frames
 * that follow. */
H2_API h2_status h2_receive_data(h2_connection *conn, const uint8_t **data, size_t *len, h2_event *event);

/* Out. */

/* Octets queued for the peer. */
H2_API size_t h2_output_pending(const h2_connection *conn);

/* Copies the first octets of the queue out and drops them from it.
 * out: room for `cap` octets.
 * Returns how many were copied: cap, or all that there are. */
H2_API size_t h2_data_to_send(h2_connection *conn, void *out, size_t cap);

/* Shows the queue without copying: fills at most `count` runs, in order. What is shown is pinned: it stays
 * where it is, in order, until consumed, whatever is queued or dropped meanwhile. Returns the runs filled. */
H2_API size_t h2_output_peek(h2_connection *conn, h2_iovec *out, size_t count);

/* Drops the first `octets` of the queue, which the transport has taken; more than there are is all. Release
 * functions of borrowed data run once all of it is taken. */
H2_API void h2_output_consume(h2_connection *conn, size_t octets);

/* Drops what is queued, but for a frame that has been taken in part or is pinned: only whole frames go.
 * Nothing that the frames did to the conversation is undone, so this is for connections that end. */
H2_API void h2_clear_outbound_data_buffer(h2_connection *conn);

/* Messages. */

/* Sends a block of fields (RFC 9113 section 8.1): a client's request, which opens the stream, a server's 1xx
 * or final response, or trailers, whichever the stream expects. Queues HEADERS and CONTINUATION.
 * stream_id:  for a new stream odd from a client, above all before; h2_get_next_available_stream_id has one.
 * headers:    `count` fields, read during the call; pseudo-fields first; normalised and judged as configured.
 * end_stream: no body follows; must be true for trailers and false for 1xx.
 * priority:   NULL, or what the HEADERS frame is to carry; clients only.
 * Returns H2_OK, H2_ERROR_TOO_MANY_STREAMS (the peer's MAX_CONCURRENT_STREAMS, no bound until its first
 * SETTINGS has come), H2_ERROR_STREAM_ID_TOO_LOW, H2_ERROR_STREAM_CLOSED, H2_ERROR_PROTOCOL (a malformed
 * list, an id of the wrong side, a stream or a connection that may not send this now; RFC profile: trailers
 * in a tunnel, a new stream after GOAWAY was sent or received), H2_ERROR_INVALID_BODY_LENGTH
 * (RFC profile: the message ends here, before the length that content-length announces), H2_ERROR_RFC1122
 * (priority from a server) or H2_ERROR_ARGUMENT (an identifier above 2^31-1). Nothing of a refused list
 * reaches the encoder. */
H2_API h2_status h2_send_headers(h2_connection *conn, uint32_t stream_id, const h2_header *headers,
                                 size_t count, bool end_stream, const h2_priority *priority);

/* Sends one DATA frame (RFC 9113 section 6.1).
 * data:       `len` octets, copied; NULL when len is 0. Never split: len and padding are at most
 *             h2_max_outbound_frame_size and h2_local_flow_control_window.
 * end_stream: nothing follows on this stream.
 * pad_length: octets of padding, 0 to 255, which one more octet announces; -1 for none.
 * Returns H2_OK, H2_ERROR_FLOW_CONTROL, H2_ERROR_FRAME_TOO_LARGE, H2_ERROR_NO_SUCH_STREAM,
 * H2_ERROR_STREAM_CLOSED, H2_ERROR_PROTOCOL, H2_ERROR_ARGUMENT (pad_length), or in the RFC profile
 * H2_ERROR_INVALID_BODY_LENGTH: the body would become longer than the content-length that was sent, or end
 * before it (RFC 9113 section 8.1.1). Responses to HEAD, 204 and 304 have no body, whatever content-length
 * says. Not judged without validate_outbound_headers. */
H2_API h2_status h2_send_data(h2_connection *conn, uint32_t stream_id, const void *data, size_t len,
                              bool end_stream, int pad_length);

/* Tells that borrowed data is no longer needed. Runs once, from h2_data_to_send, h2_output_consume, a call
 * that drops output, or h2_connection_free; only after the call that borrowed has succeeded. May call nothing
 * on the connection. */
typedef void h2_release_fn(void *arg, const void *data, size_t len);

/* As h2_send_data, but borrows `data` instead of copying: it must stay as it is until `release` runs with
 * `arg`, `data` and `len`. release may be NULL when data outlives the connection. A call that fails never
 * releases. */
H2_API h2_status h2_send_data_ref(h2_connection *conn, uint32_t stream_id, const void *data, size_t len,
                                  bool end_stream, int pad_length, h2_release_fn *release, void *arg);

/* Ends this side of a stream with an empty DATA frame. Needs no flow-control window.
 * Returns as h2_send_data. */
H2_API h2_status h2_end_stream(h2_connection *conn, uint32_t stream_id);

/* Closes a stream with RST_STREAM (RFC 9113 section 6.4).
 * error_code: h2_error_code or any other.
 * Returns H2_OK, H2_ERROR_NO_SUCH_STREAM, H2_ERROR_STREAM_CLOSED, H2_ERROR_PROTOCOL. */
H2_API h2_status h2_reset_stream(h2_connection *conn, uint32_t stream_id, uint32_t error_code);

/* Promises a response that was not asked for (RFC 9113 section 8.4); servers only.
 * stream_id:          the client's stream that the promise belongs to, open towards the client.
 * promised_stream_id: even, above all before; the response then goes out on it with h2_send_headers.
 * headers:            `count` fields, the request that is answered, read during the call.
 * Returns H2_OK, H2_ERROR_PROTOCOL (push disabled by the peer, a malformed list, the wrong side),
 * H2_ERROR_STREAM_ID_TOO_LOW, H2_ERROR_NO_SUCH_STREAM, H2_ERROR_STREAM_CLOSED, or H2_ERROR_ARGUMENT (an
 * identifier above 2^31-1). */
H2_API h2_status h2_push_stream(h2_connection *conn, uint32_t stream_id, uint32_t promised_stream_id,
                                const h2_header *headers, size_t count);

/* Sends PRIORITY (RFC 7540 section 6.3), clients only. The stream need not exist.
 * priority: NULL is weight 16 on stream 0.
 * Returns H2_OK, H2_ERROR_RFC1122 (a server), H2_ERROR_PROTOCOL (weight, dependency on itself, stream 0, a
 * connection that is closed), or H2_ERROR_ARGUMENT (an identifier above 2^31-1). */
H2_API h2_status h2_prioritize(h2_connection *conn, uint32_t stream_id, const h2_priority *priority);

/* Tells of an alternative service (RFC 7838), servers only: for an origin, or for the origin of a stream.
 * field_value: `len` octets of Alt-Svc value.
 * origin:      `origin_len` octets; NULL when stream_id is given (not 0).
 * Returns H2_OK, H2_ERROR_ARGUMENT (both; RFC profile: an empty origin, which RFC 7838 section 4 forbids),
 * H2_ERROR_NO_SUCH_STREAM (neither, or no such stream), H2_ERROR_STREAM_CLOSED, H2_ERROR_FRAME_TOO_LARGE,
 * H2_ERROR_PROTOCOL (a client, or response headers are sent already). */
H2_API h2_status h2_advertise_alternative_service(h2_connection *conn, const char *field_value, size_t len,
                                                  const char *origin, size_t origin_len, uint32_t stream_id);

/* The connection itself. */

/* Sends PING; a PingAckReceived event answers.
 * opaque_data: 8 octets, copied.
 * Returns H2_OK or H2_ERROR_PROTOCOL (closed). */
H2_API h2_status h2_ping(h2_connection *conn, const uint8_t opaque_data[8]);

/* Sends SETTINGS; the values are proposed until the peer acknowledges (RFC 9113 section 6.5.3).
 * settings: `count` settings in order, read during the call; at most 65,535.
 * Returns H2_OK, H2_ERROR_INVALID_SETTINGS_VALUE (one that this side may not send; RFC profile: extended
 * CONNECT was offered and would be taken back, RFC 8441 section 3), H2_ERROR_FLOW_CONTROL (RFC profile: a
 * stream's window would pass 2^31-1), H2_ERROR_FRAME_TOO_LARGE, H2_ERROR_ARGUMENT (too many),
 * H2_ERROR_PROTOCOL (closed). */
H2_API h2_status h2_update_settings(h2_connection *conn, const h2_setting *settings, size_t count);

/* Sends GOAWAY (RFC 9113 section 6.8). In the RFC profile NO_ERROR lets open streams go on and refuses new
 * ones, any other code closes the connection; in the Python profile both close it.
 * error_code:      h2_error_code or any other.
 * additional_data: `len` octets of debug data, copied; NULL when len is 0.
 * last_stream_id:  the highest peer's stream that was or may be handled, 0 to 2^31-1; -1 is the highest so
 *                  far. A later GOAWAY may only lower it in the RFC profile. In the RFC profile streams of
 *                  the peer above it are refused unread, and those that are open are closed: the peer takes
 *                  them for not handled.
 * Returns H2_OK, H2_ERROR_ARGUMENT, H2_ERROR_FRAME_TOO_LARGE, or H2_ERROR_PROTOCOL (closed; a higher
 * last_stream_id). */
H2_API h2_status h2_close_connection(h2_connection *conn, uint32_t error_code, const void *additional_data,
                                     size_t len, int64_t last_stream_id);

/* Begins a graceful end: GOAWAY with NO_ERROR. In the RFC profile the first call announces 2^31-1 (a client:
 * 2^31-2, the highest that a server may promise) so that requests on their way are still taken (RFC 9113
 * section 6.8) and a second call names the highest stream taken, from where new ones are refused; streams
 * that are open go on. The connection is done when it has no stream and no output. Python profile: as
 * h2_close_connection with NO_ERROR.
 * Returns H2_OK or H2_ERROR_PROTOCOL (closed). */
H2_API h2_status h2_shutdown(h2_connection *conn);

/* Flow control (RFC 9113 section 5.2). */

/* Opens a window for the peer by hand and sends WINDOW_UPDATE.
 * increment: 1 to 2^31-1 octets.
 * stream_id: 0 is the connection.
 * Returns H2_OK, H2_ERROR_ARGUMENT, H2_ERROR_FLOW_CONTROL (the window would pass 2^31-1),
 * H2_ERROR_NO_SUCH_STREAM, H2_ERROR_STREAM_CLOSED, H2_ERROR_PROTOCOL. */
H2_API h2_status h2_increment_flow_control_window(h2_connection *conn, uint32_t increment,
                                                  uint32_t stream_id);

/* Tells that octets of a DataReceived event were used up, its flow_controlled_length or less; the window
 * managers open the stream's and the connection's windows again when enough has come together.
 * acknowledged_size: octets; 0 does nothing, more than came opens no window beyond its greatest size.
 * stream_id:         not 0; a stream that is closed meanwhile is fine.
 * Returns H2_OK, H2_ERROR_ARGUMENT (stream 0) or H2_ERROR_NO_SUCH_STREAM. */
H2_API h2_status h2_acknowledge_received_data(h2_connection *conn, size_t acknowledged_size,
                                              uint32_t stream_id);

/* How many octets of DATA may be sent on a stream now: the lesser of the connection's and the stream's
 * window; may be negative after the peer has lowered INITIAL_WINDOW_SIZE. It grows with WindowUpdated events
 * (stream 0: for all streams) and RemoteSettingsChanged events. Returns H2_OK,
 * H2_ERROR_NO_SUCH_STREAM or H2_ERROR_STREAM_CLOSED, `*out` untouched. */
H2_API h2_status h2_local_flow_control_window(const h2_connection *conn, uint32_t stream_id, int64_t *out);

/* How many octets of DATA the peer may send on a stream now. Otherwise as h2_local_flow_control_window. */
H2_API h2_status h2_remote_flow_control_window(const h2_connection *conn, uint32_t stream_id, int64_t *out);

/* Asking. */

/* The identifier for the next stream of this side; reserves nothing. Returns H2_OK, or
 * H2_ERROR_NO_AVAILABLE_STREAM_ID when 2^31-1 is passed: open another connection. */
H2_API h2_status h2_get_next_available_stream_id(const h2_connection *conn, uint32_t *out);

/* Octets of payload in a frame at most: what the peer may send to us, and we to the peer. 16,384 to
 * 16,777,215. */
H2_API uint32_t h2_max_inbound_frame_size(const h2_connection *conn);
H2_API uint32_t h2_max_outbound_frame_size(const h2_connection *conn);

/* Streams that the peer (inbound) or this side (outbound) opened and that are open or half-closed. In the
 * Python profile streams that are closed are forgotten by this, as in h2. */
H2_API uint32_t h2_open_inbound_streams(h2_connection *conn);
H2_API uint32_t h2_open_outbound_streams(h2_connection *conn);

/* The settings of this side and of the peer, the connection's, until h2_connection_free. What h2_settings_set
 * does to them is proposed but not sent; for this side it comes into force with the acknowledgement of the
 * next SETTINGS frame. */
H2_API h2_settings *h2_local_settings(h2_connection *conn);
H2_API h2_settings *h2_remote_settings(h2_connection *conn);

/* Copies a settings object over the connection's own: before h2_initiate_connection it changes what is sent
 * first and the values in force.
 * local: which of the two.
 * Returns H2_OK, H2_ERROR_INVALID_SETTINGS_VALUE (one that this side may not send) or H2_ERROR_NO_MEMORY. */
H2_API h2_status h2_replace_settings(h2_connection *conn, bool local, const h2_settings *settings);

/* Why the last call that failed did, the connection's, overwritten by the next failure; before any, status
 * H2_OK. A StreamReset event with remote_reset false counts as a failure: this says which rule the peer
 * broke. A call that fails for want of memory, or because it comes from a callback, is not told. */
H2_API const h2_error_info *h2_last_error(const h2_connection *conn);

/* Whether the conversation is at its end, so that the transport is to be closed once the output is sent: a
 * GOAWAY that closes was sent (Python profile: or received), there was no memory while receiving, or (RFC
 * profile) the connection drains and no stream is left. It drains once a GOAWAY was received, or was sent
 * that names the last stream; the first of h2_shutdown only announces that. A connection that has drained
 * still answers PING. */
H2_API bool h2_connection_is_closed(const h2_connection *conn);

/* Bounds. */

/* Tells how much time has passed since the last such call; refills the bounds that time refills. Never
 * needed: without it work that is done refills them. */
H2_API void h2_advance_time(h2_connection *conn, uint64_t milliseconds);

/* Octets that the connection holds from its allocator now, exactly. */
H2_API size_t h2_memory_used(const h2_connection *conn);

/* Gives back what an idle connection need not hold. Ends the life of the last event's pointers. */
H2_API void h2_connection_trim(h2_connection *conn);

/* Reads how often each bound was crossed. out->size is set by the caller; members past it are left alone. */
H2_API void h2_counters_read(const h2_connection *conn, h2_counters *out);

#ifdef __cplusplus
}
#endif
#endif
