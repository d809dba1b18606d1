/* What tls.c and tls_context.c share; nobody else includes it. */
#ifndef H2_TOOLS_TLS_INTERNAL_H
#define H2_TOOLS_TLS_INTERNAL_H

#include <openssl/ssl.h>
#include <stdbool.h>

struct tls_context {
    SSL_CTX *ssl;
    BIO_METHOD *method;
};

/* A BIO whose data is a tls_session. NULL when memory is out. */
BIO_METHOD *tls_bio_method(void);

/* "what: reason of OpenSSL's error" into out, which has TLS_ERROR_SIZE octets. */
void tls_take_error(char *out, const char *what);

/* A fresh key and a certificate for it signed by itself, for localhost, 127.0.0.1, ::1 and host (NULL: no
 * more). */
bool tls_self_signed(SSL_CTX *ssl, const char *host);

#endif
