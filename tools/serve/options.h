/* What the command line of `h2 serve` says. */
#ifndef H2_TOOLS_SERVE_OPTIONS_H
#define H2_TOOLS_SERVE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct serve_options {
    const char *root, *host;
    const char *cert_file, *key_file;
    const char *record_dir; /* NULL: nothing is recorded */
    bool cleartext, tls;    /* which ports are opened */
    uint16_t port, tls_port;
    unsigned workers;
    bool access_log, verbose;
    uint64_t handshake_timeout, idle_timeout, stall_timeout, grace; /* milliseconds; UINT64_MAX is never */
    uint64_t max_connections, max_per_address;
};

/* False: the command ends with *exit_code, everything has been said. */
bool serve_options_read(struct serve_options *options, int argc, char **argv, int *exit_code);

#endif
