/* TLS sessions over memory: OpenSSL reads from the caller's bytes and writes into a buffer that the caller
 * empties. See tls.h; contexts and certificates are made in tls_context.c. */
#include "tls.h"

#include "tls_internal.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct tls_session {
    SSL *ssl;
    const uint8_t *in; /* the caller's */
    size_t in_len;
    uint8_t *out;
    size_t out_start, out_end, out_cap;
    char error[TLS_ERROR_SIZE];
};

enum {
    OUTPUT_START = 4096
};

static int bio_read(BIO *bio, char *into, size_t cap, size_t *got)
{
    tls_session *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (session->in_len == 0) {
        BIO_set_retry_read(bio);
        return 0;
    }
    *got = cap < session->in_len ? cap : session->in_len;
    memcpy(into, session->in, *got);
    session->in += *got;
    session->in_len -= *got;
    return 1;
}

/* Moves what waits to the front when that is no more than what has gone, so that each octet moves once at most. */
static void reclaim_output(tls_session *session)
{
    const size_t waiting = session->out_end - session->out_start;
    if (session->out_start < waiting) return;
    if (waiting > 0) memmove(session->out, session->out + session->out_start, waiting);
    session->out_start = 0;
    session->out_end = waiting;
}

static bool reserve_output(tls_session *session, size_t len)
{
    if (session->out_cap - session->out_end >= len) return true;
    reclaim_output(session);
    size_t cap = session->out_cap ? session->out_cap : OUTPUT_START;
    while (cap - session->out_end < len) {
        if (cap > SIZE_MAX / 2) return false;
        cap *= 2;
    }
    if (cap == session->out_cap) return true;
    uint8_t *grown = realloc(session->out, cap);
    if (!grown) return false;
    session->out = grown;
    session->out_cap = cap;
    return true;
}

static int bio_write(BIO *bio, const char *from, size_t len, size_t *taken)
{
    tls_session *session = BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (!reserve_output(session, len)) return 0;
    memcpy(session->out + session->out_end, from, len);
    session->out_end += len;
    *taken = len;
    return 1;
}

static long bio_ctrl(BIO *bio, int command, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *tls_bio_method(void)
{
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "memory");
    if (!method) return NULL;
    BIO_meth_set_read_ex(method, bio_read);
    BIO_meth_set_write_ex(method, bio_write);
    BIO_meth_set_ctrl(method, bio_ctrl);
    return method;
}

static bool expect_name(SSL *ssl, const char *name)
{
    uint8_t address[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, name, address) == 1 || inet_pton(AF_INET6, name, address) == 1)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
    return SSL_set_tlsext_host_name(ssl, name) == 1 && SSL_set1_host(ssl, name) == 1;
}

tls_session *tls_session_new(tls_context *context, const char *server_name)
{
    tls_session *session = calloc(1, sizeof *session);
    if (!session) return NULL;
    session->ssl = SSL_new(context->ssl);
    BIO *bio = BIO_new(context->method);
    if (!session->ssl || !bio) {
        BIO_free(bio);
        tls_session_free(session);
        return NULL;
    }
    BIO_set_data(bio, session);
    BIO_set_init(bio, 1);
    SSL_set_bio(session->ssl, bio, bio);
    if (!server_name) {
        SSL_set_accept_state(session->ssl);
        return session;
    }
    SSL_set_connect_state(session->ssl);
    if (expect_name(session->ssl, server_name)) return session;
    tls_session_free(session);
    return NULL;
}

void tls_session_free(tls_session *session)
{
    if (!session) return;
    SSL_free(session->ssl);
    free(session->out);
    free(session);
}

void tls_input(tls_session *session, const uint8_t *bytes, size_t len)
{
    session->in = bytes;
    session->in_len = len;
}

size_t tls_input_left(const tls_session *session)
{
    return session->in_len;
}

static tls_status fail(tls_session *session)
{
    const long verdict = SSL_get_verify_result(session->ssl);
    const unsigned long code = ERR_peek_last_error();
    if (session->error[0] == '\0') {
        if (ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED && verdict != X509_V_OK)
            snprintf(session->error, sizeof session->error, "certificate not accepted: %s",
                     X509_verify_cert_error_string(verdict));
        else if (ERR_GET_REASON(code) == SSL_R_WRONG_VERSION_NUMBER)
            snprintf(session->error, sizeof session->error, "the other side does not speak TLS");
        else
            tls_take_error(session->error,
                           SSL_is_init_finished(session->ssl) ? "connection failed" : "handshake failed");
    }
    ERR_clear_error();
    return TLS_FAILED;
}

static tls_status verdict(tls_session *session, int result)
{
    switch (SSL_get_error(session->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return TLS_AGAIN;
    case SSL_ERROR_ZERO_RETURN: return TLS_CLOSED;
    default: return fail(session);
    }
}

/* SSL_get_error asks for an empty queue; emptying one that is empty takes long. */
static void forget_errors(void)
{
    if (ERR_peek_error() != 0) ERR_clear_error();
}

tls_status tls_handshake(tls_session *session)
{
    forget_errors();
    const int result = SSL_do_handshake(session->ssl);
    return result == 1 ? TLS_OK : verdict(session, result);
}

bool tls_established(const tls_session *session)
{
    return SSL_is_init_finished(session->ssl);
}

static bool nothing_to_read(const tls_session *session)
{
    return session->in_len == 0 && SSL_is_init_finished(session->ssl) && !SSL_has_pending(session->ssl) &&
           !(SSL_get_shutdown(session->ssl) & SSL_RECEIVED_SHUTDOWN);
}

tls_status tls_read(tls_session *session, uint8_t *out, size_t cap, size_t *got)
{
    *got = 0;
    if (nothing_to_read(session)) return TLS_AGAIN;
    forget_errors();
    const int result = SSL_read_ex(session->ssl, out, cap, got);
    return result == 1 ? TLS_OK : verdict(session, result);
}

tls_status tls_write(tls_session *session, const uint8_t *bytes, size_t len)
{
    size_t taken = 0;
    if (len == 0) return TLS_OK;
    if (!SSL_is_init_finished(session->ssl)) return TLS_AGAIN;
    forget_errors();
    const int result = SSL_write_ex(session->ssl, bytes, len, &taken);
    return result == 1 ? TLS_OK : verdict(session, result);
}

void tls_close(tls_session *session)
{
    forget_errors();
    if (SSL_is_init_finished(session->ssl)) SSL_shutdown(session->ssl);
    forget_errors();
}

size_t tls_output_peek(const tls_session *session, const uint8_t **bytes)
{
    *bytes = session->out ? session->out + session->out_start : NULL;
    return session->out_end - session->out_start;
}

void tls_output_consume(tls_session *session, size_t len)
{
    session->out_start += len;
    if (session->out_start == session->out_end) session->out_start = session->out_end = 0;
}

void tls_trim(tls_session *session)
{
    if (session->out_end > 0) return;
    free(session->out);
    session->out = NULL;
    session->out_cap = 0;
}

bool tls_is_h2(const tls_session *session)
{
    const unsigned char *name = NULL;
    unsigned len = 0;
    SSL_get0_alpn_selected(session->ssl, &name, &len);
    return len == 2 && memcmp(name, "h2", 2) == 0;
}

const char *tls_version_name(const tls_session *session)
{
    return SSL_get_version(session->ssl);
}

const char *tls_cipher_name(const tls_session *session)
{
    return SSL_get_cipher_name(session->ssl);
}

const char *tls_error(const tls_session *session)
{
    return session->error[0] ? session->error : "connection failed";
}
