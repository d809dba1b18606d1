/* TLS without sockets: bytes from the peer go in, plain bytes come out; plain bytes go in, bytes for the peer
 * come out. OpenSSL 3 behind it; TLS 1.2 and up with the cipher suites that RFC 9113 section 9.2 allows, ALPN
 * "h2". Knows nothing of HTTP/2 frames or event loops. A session is used by one thread at a time; a context
 * may be shared. */
#ifndef H2_TOOLS_TLS_H
#define H2_TOOLS_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct tls_context tls_context;
typedef struct tls_session tls_session;

typedef enum tls_status {
    TLS_OK,     /* done, or some bytes moved */
    TLS_AGAIN,  /* more bytes from the peer are needed first */
    TLS_CLOSED, /* the peer ended the session properly (close_notify) */
    TLS_FAILED  /* tls_error says why; an alert may wait in the output; only freeing is left */
} tls_status;

enum {
    TLS_ERROR_SIZE = 320
};

/* A server's context. Certificate chain and key are PEM files; both NULL: a self-signed certificate for
 * localhost, the loopback addresses and `host` (may be NULL) is made now. NULL on failure, with one line in
 * error (TLS_ERROR_SIZE octets). */
tls_context *tls_server_context(const char *cert_file, const char *key_file, const char *host, char *error);

/* A client's context. ca_file: PEM file to trust instead of the system's (NULL: the system's); insecure:
 * verify nothing. */
tls_context *tls_client_context(const char *ca_file, bool insecure, char *error);
void tls_context_free(tls_context *context); /* NULL is fine; after the sessions made from it */

/* NULL when memory is out. server_name: the host name or address literal that a client asked for: sent as SNI
 * (names only) and verified; NULL makes a server's session. */
tls_session *tls_session_new(tls_context *context, const char *server_name);
void tls_session_free(tls_session *session);

/* Bytes that arrived from the peer. Borrowed until tls_read (or tls_handshake) has returned TLS_AGAIN or
 * worse. Must not be called while bytes from an earlier call are still unread. */
void tls_input(tls_session *session, const uint8_t *bytes, size_t len);
size_t tls_input_left(const tls_session *session); /* how many of them have not been looked at yet */

/* Moves the handshake on: TLS_OK when it is complete. A client calls it once at the start; tls_read goes on
 * by itself. Look at the output after each call. */
tls_status tls_handshake(tls_session *session);
bool tls_established(const tls_session *session);

/* Plain bytes from the peer: TLS_OK with *got > 0. Call until TLS_AGAIN. */
tls_status tls_read(tls_session *session, uint8_t *out, size_t cap, size_t *got);

/* Plain bytes for the peer: all of them are taken (TLS_OK), or TLS_AGAIN before the handshake is complete.
 * Each call makes its own records (at most 16,384 octets each), so join small pieces first. */
tls_status tls_write(tls_session *session, const uint8_t *bytes, size_t len);

/* Queues close_notify; call before the socket is shut. */
void tls_close(tls_session *session);

/* Bytes for the socket: valid until the next call on the session other than these two. */
size_t tls_output_peek(const tls_session *session, const uint8_t **bytes);
void tls_output_consume(tls_session *session, size_t len);

/* Gives back what an idle session need not hold. */
void tls_trim(tls_session *session);

/* After the handshake. */
bool tls_is_h2(const tls_session *session);               /* ALPN chose "h2" */
const char *tls_version_name(const tls_session *session); /* "TLSv1.3" */
const char *tls_cipher_name(const tls_session *session);

/* Why the session failed: one line, never NULL, lives as long as the session. */
const char *tls_error(const tls_session *session);

#endif
