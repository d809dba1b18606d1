/* TLS contexts: versions, cipher suites, ALPN, certificates; see tls.h and RFC 9113 section 9.2. */
#include "tls.h"

#include "tls_internal.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ephemeral key exchange and AEAD only: none of RFC 9113 appendix A. */
static const char suites_of_tls12[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

static const unsigned char alpn_h2[] = {2, 'h', '2'};

void tls_take_error(char *out, const char *what)
{
    const unsigned long code = ERR_peek_error(); /* the first is nearest to the cause */
    const char *reason =
        ERR_GET_LIB(code) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);
    snprintf(out, TLS_ERROR_SIZE, "%s%s%s", what, reason ? ": " : "", reason ? reason : "");
    ERR_clear_error();
}

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                       unsigned in_len, void *arg)
{
    (void)ssl;
    (void)arg;
    for (unsigned at = 0; at < in_len; at += 1U + in[at]) {
        if (in[at] != 2 || in_len - at < 3 || memcmp(in + at + 1, "h2", 2) != 0) continue;
        *out = in + at + 1;
        *out_len = 2;
        return SSL_TLSEXT_ERR_OK;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static tls_context *context_new(const SSL_METHOD *side, char *error)
{
    tls_context *context = calloc(1, sizeof *context);
    if (context) {
        context->ssl = SSL_CTX_new(side);
        context->method = tls_bio_method();
    }
    if (!context || !context->ssl || !context->method) {
        tls_take_error(error, "cannot start TLS");
        tls_context_free(context);
        return NULL;
    }
    SSL_CTX_set_min_proto_version(context->ssl, TLS1_2_VERSION);
    SSL_CTX_set_options(context->ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context->ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_cipher_list(context->ssl, suites_of_tls12);
    return context;
}

void tls_context_free(tls_context *context)
{
    if (!context) return;
    SSL_CTX_free(context->ssl);
    BIO_meth_free(context->method);
    free(context);
}

static bool load_files(tls_context *context, const char *cert_file, const char *key_file, char *error)
{
    char what[TLS_ERROR_SIZE / 2];
    if (SSL_CTX_use_certificate_chain_file(context->ssl, cert_file) != 1) {
        snprintf(what, sizeof what, "cannot read a certificate from %s", cert_file);
    } else if (SSL_CTX_use_PrivateKey_file(context->ssl, key_file, SSL_FILETYPE_PEM) != 1) {
        snprintf(what, sizeof what, "cannot use the key in %s", key_file);
    } else if (SSL_CTX_check_private_key(context->ssl) != 1) {
        snprintf(what, sizeof what, "the key in %s is not the certificate's", key_file);
    } else {
        return true;
    }
    tls_take_error(error, what);
    return false;
}

tls_context *tls_server_context(const char *cert_file, const char *key_file, const char *host, char *error)
{
    tls_context *context = context_new(TLS_server_method(), error);
    if (!context) return NULL;
    SSL_CTX_set_alpn_select_cb(context->ssl, select_alpn, NULL);
    bool ready;
    if (cert_file) {
        ready = load_files(context, cert_file, key_file, error);
    } else {
        ready = tls_self_signed(context->ssl, host);
        if (!ready) tls_take_error(error, "cannot make a certificate");
    }
    if (ready) return context;
    tls_context_free(context);
    return NULL;
}

tls_context *tls_client_context(const char *ca_file, bool insecure, char *error)
{
    tls_context *context = context_new(TLS_client_method(), error);
    if (!context) return NULL;
    SSL_CTX_set_alpn_protos(context->ssl, alpn_h2, sizeof alpn_h2);
    if (insecure) return context;
    SSL_CTX_set_verify(context->ssl, SSL_VERIFY_PEER, NULL);
    const int loaded = ca_file ? SSL_CTX_load_verify_locations(context->ssl, ca_file, NULL)
                               : SSL_CTX_set_default_verify_paths(context->ssl);
    if (loaded == 1) return context;
    char what[TLS_ERROR_SIZE / 2];
    snprintf(what, sizeof what, "cannot read certificates to trust from %s",
             ca_file ? ca_file : "the system");
    tls_take_error(error, what);
    tls_context_free(context);
    return NULL;
}
