/* See options.h. */
#include "serve/options.h"

#include "cli.h"

#include <string.h>

enum option_id {
    OPT_HOST,
    OPT_PORT,
    OPT_TLS_PORT,
    OPT_CERT,
    OPT_KEY,
    OPT_WORKERS,
    OPT_ACCESS_LOG,
    OPT_VERBOSE,
    OPT_RECORD,
    OPT_HANDSHAKE,
    OPT_IDLE,
    OPT_STALL,
    OPT_GRACE,
    OPT_CONNECTIONS,
    OPT_PER_ADDRESS,
    OPT_COUNT
};

static const cli_option table[OPT_COUNT] = {
    [OPT_HOST] = {0, "host", "ADDR", "address or name to listen on (127.0.0.1)"},
    [OPT_PORT] = {'p', "port", "N", "cleartext port: prior knowledge and Upgrade: h2c; 0 takes a free one"},
    [OPT_TLS_PORT] = {0, "tls-port", "N", "TLS port, ALPN h2; 0 takes a free one"},
    [OPT_CERT] = {0, "cert", "FILE", "certificate chain, PEM; without it one is made at start"},
    [OPT_KEY] = {0, "key", "FILE", "the certificate's key, PEM"},
    [OPT_WORKERS] = {'w', "workers", "N", "threads that connections are spread over, 1 to 256 (1)"},
    [OPT_ACCESS_LOG] = {0, "access-log", NULL, "a line on standard output for each finished request"},
    [OPT_VERBOSE] = {'v', "verbose", NULL, "every event of every connection on standard error"},
    [OPT_RECORD] = {0, "record", "DIR",
                    "record each connection for 'h2 frames' in DIR/N.client and DIR/N.server"},
    [OPT_HANDSHAKE] = {0, "handshake-timeout", "S", "seconds for TLS, Upgrade and the first SETTINGS (10)"},
    [OPT_IDLE] = {0, "idle-timeout", "S", "seconds a connection may be without requests (180)"},
    [OPT_STALL] = {0, "stall-timeout", "S", "seconds requests may be open without anything moving (60)"},
    [OPT_GRACE] = {0, "grace", "S", "seconds that open requests get after SIGTERM (30)"},
    [OPT_CONNECTIONS] = {0, "max-connections", "N", "connections at once, at most (16384)"},
    [OPT_PER_ADDRESS] = {0, "max-per-address", "N", "connections at once from one address, at most (4096)"},
};

static const cli_command command = {
    .name = "serve",
    .operands = "ROOT",
    .summary = "Serves the files below ROOT over HTTP/2, and POST /echo. Without a port: --port 8080.",
    .options = table,
    .option_count = OPT_COUNT,
    .epilogue =
        "Seconds may have a fraction; a timeout of 0 never comes. Beyond the bounds on connections, those\n"
        "that come are closed at once.\n\n"
        "The first line on standard output says where it listens. SIGTERM and SIGINT let open\n"
        "requests finish and end it with exit code 0; a second one ends it at once.\n\n"
        "Exit codes: 0 ended by a signal, 2 wrong options, 4 no usable certificate, 7 folder, file, port or\n"
        "address that cannot be used.",
};

static bool read_port(const char *value, bool *open, uint16_t *port)
{
    uint64_t number;
    if (!cli_number(value, 0, UINT16_MAX, &number)) return false;
    *open = true;
    *port = (uint16_t)number;
    return true;
}

static bool read_workers(const char *value, unsigned *workers)
{
    uint64_t number;
    if (!cli_number(value, 1, 256, &number)) return false;
    *workers = (unsigned)number;
    return true;
}

static bool read_timeout(const char *value, uint64_t *milliseconds)
{
    if (!cli_seconds(value, milliseconds)) return false;
    if (*milliseconds == 0) *milliseconds = UINT64_MAX;
    return true;
}

static bool take_name(struct serve_options *options, int id, const char *value)
{
    *(id == OPT_CERT  ? &options->cert_file
      : id == OPT_KEY ? &options->key_file
                      : &options->record_dir) = value;
    return true;
}

/* False: the value is wrong. */
static bool take(struct serve_options *options, int id, const char *value)
{
    switch (id) {
    case OPT_HOST: options->host = value; return *value != '\0';
    case OPT_PORT: return read_port(value, &options->cleartext, &options->port);
    case OPT_TLS_PORT: return read_port(value, &options->tls, &options->tls_port);
    case OPT_WORKERS: return read_workers(value, &options->workers);
    case OPT_ACCESS_LOG: return options->access_log = true;
    case OPT_VERBOSE: return options->verbose = true;
    case OPT_HANDSHAKE: return read_timeout(value, &options->handshake_timeout);
    case OPT_IDLE: return read_timeout(value, &options->idle_timeout);
    case OPT_STALL: return read_timeout(value, &options->stall_timeout);
    case OPT_GRACE: return cli_seconds(value, &options->grace);
    case OPT_CONNECTIONS: return cli_number(value, 1, 1000000, &options->max_connections);
    case OPT_PER_ADDRESS: return cli_number(value, 1, 1000000, &options->max_per_address);
    default: return take_name(options, id, value);
    }
}

/* What would have been right. */
static const char *wanted(int id)
{
    switch (id) {
    case OPT_HOST: return "an address or a name, such as 0.0.0.0 or localhost";
    case OPT_PORT:
    case OPT_TLS_PORT: return "a port: a number from 0 (any that is free) to 65535";
    case OPT_WORKERS: return "a number from 1 to 256";
    case OPT_CONNECTIONS:
    case OPT_PER_ADDRESS: return "a number from 1 to 1000000";
    case OPT_GRACE: return "a number of seconds such as 5 or 0.5, at most a year";
    default: return "a number of seconds such as 5 or 0.5, at most a year; 0 is never";
    }
}

/* CLI_EXIT_OK, or a message was printed. */
static int check(struct serve_options *options, const cli_parser *parser)
{
    if (parser->operand_count == 0) return cli_usage_error("serve", "the folder to serve is missing");
    if (parser->operand_count > 1)
        return cli_usage_error("serve", "one folder only: '%s'", parser->operands[1]);
    if (!options->cert_file != !options->key_file)
        return cli_usage_error("serve", "--cert and --key belong together");
    if (options->cert_file && !options->tls)
        return cli_usage_error("serve", "--cert is of no use without --tls-port");
    if (options->cleartext && options->tls && options->port == options->tls_port && options->port != 0)
        return cli_usage_error("serve", "--port and --tls-port must differ");
    options->root = parser->operands[0];
    if (!options->tls) options->cleartext = true;
    return CLI_EXIT_OK;
}

bool serve_options_read(struct serve_options *options, int argc, char **argv, int *exit_code)
{
    *options = (struct serve_options){
        .host = "127.0.0.1",
        .port = 8080,
        .workers = 1,
        .handshake_timeout = 10000,
        .idle_timeout = 180000,
        .stall_timeout = 60000,
        .grace = 30000,
        .max_connections = 16384,
        .max_per_address = 4096,
    };
    cli_parser parser;
    const char *value;
    int id;
    cli_begin(&parser, &command, argc, argv);
    while ((id = cli_next(&parser, &value)) >= 0) {
        if (take(options, id, value)) continue;
        *exit_code = cli_usage_error("serve", "--%s '%s' is not %s", table[id].name, value, wanted(id));
        return false;
    }
    *exit_code = id == CLI_STOP ? parser.exit_code : check(options, &parser);
    return id == CLI_DONE && *exit_code == CLI_EXIT_OK;
}
