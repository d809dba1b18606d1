/* A certificate made at start, for servers that were given none; see tls.h. */
#include "tls_internal.h"

#include <arpa/inet.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

enum {
    DAYS_VALID = 365,
    SECONDS_A_DAY = 24 * 3600
};

static bool add_extension(X509 *cert, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    if (!extension) return false;
    const bool added = X509_add_ext(cert, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return added;
}

/* Letters, digits, dots and dashes: what may stand in the text form of the extension. */
static bool is_plain_name(const char *host)
{
    return *host &&
           strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == strlen(host);
}

static bool add_names(X509 *cert, const char *host)
{
    char names[512] = "DNS:localhost,IP:127.0.0.1,IP:::1";
    uint8_t address[sizeof(struct in6_addr)];
    const size_t used = strlen(names);
    if (host && (inet_pton(AF_INET, host, address) == 1 || inet_pton(AF_INET6, host, address) == 1))
        snprintf(names + used, sizeof names - used, ",IP:%s", host);
    else if (host && is_plain_name(host))
        snprintf(names + used, sizeof names - used, ",DNS:%.255s", host);
    return add_extension(cert, NID_subject_alt_name, names);
}

static bool fill(X509 *cert, EVP_PKEY *key, const char *host)
{
    uint64_t serial = 0;
    if (RAND_bytes((unsigned char *)&serial, sizeof serial) != 1) return false;
    X509_NAME *name = X509_get_subject_name(cert);
    return X509_set_version(cert, X509_VERSION_3) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert), serial >> 1) == 1 &&
           X509_gmtime_adj(X509_getm_notBefore(cert), -SECONDS_A_DAY) &&
           X509_gmtime_adj(X509_getm_notAfter(cert), (long)DAYS_VALID * SECONDS_A_DAY) &&
           X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"h2 serve", -1, -1,
                                      0) == 1 &&
           X509_set_issuer_name(cert, name) == 1 && X509_set_pubkey(cert, key) == 1 &&
           add_extension(cert, NID_basic_constraints, "critical,CA:TRUE") && add_names(cert, host) &&
           X509_sign(cert, key, EVP_sha256()) > 0;
}

bool tls_self_signed(SSL_CTX *ssl, const char *host)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    const bool ready = key && cert && fill(cert, key, host) && SSL_CTX_use_certificate(ssl, cert) == 1 &&
                       SSL_CTX_use_PrivateKey(ssl, key) == 1;
    X509_free(cert);
    EVP_PKEY_free(key);
    return ready;
}
