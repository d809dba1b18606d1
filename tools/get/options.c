/* The command line of `h2 get`; see options.h. */
#include "get/options.h"

#include "cli.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPTION_VERBOSE,
    OPTION_OUTPUT,
    OPTION_OUTPUT_DIR,
    OPTION_HEADER,
    OPTION_DATA,
    OPTION_METHOD,
    OPTION_INSECURE,
    OPTION_CACERT,
    OPTION_UPGRADE,
    OPTION_TIMEOUT,
    OPTION_RECORD,
    DEFAULT_TIMEOUT = 30000
};

static const cli_option rows[] = {
    {'v', "verbose", NULL, "print events and frames of the conversation on standard error"},
    {'o', "output", "FILE", "write bodies to FILE instead of standard output (-)"},
    {0, "output-dir", "DIR", "write each body to DIR/NAME, NAME from the end of the URL's path"},
    {'H', "header", "'NAME: VALUE'", "add a request field, or replace one that is sent by default"},
    {'d', "data", "DATA", "send DATA as the body; @FILE sends a file, @- standard input"},
    {'X', "request", "METHOD", "the method (default GET, with -d POST)"},
    {'k', "insecure", NULL, "accept any certificate"},
    {0, "cacert", "FILE", "trust the certificates in this PEM file instead of the system's"},
    {0, "upgrade", NULL, "http://: begin with HTTP/1.1 and Upgrade: h2c"},
    {0, "timeout", "S", "give up after S seconds without progress (default 30, 0 never)"},
    {0, "record", "DIR", "record each connection for 'h2 frames' in DIR/N.client and DIR/N.server"},
};

static const cli_command command = {
    .name = "get",
    .operands = "URL...",
    .summary =
        "Fetches URLs over HTTP/2. http:// is HTTP/2 with prior knowledge, https:// negotiates h2 (ALPN).",
    .options = rows,
    .option_count = sizeof rows / sizeof *rows,
    .epilogue =
        "URLs of one origin share a connection and are fetched at once, as many as the server allows. Bodies "
        "are\n"
        "written one after the other in the order of the URLs, to standard output or to the file of -o; "
        "with\n"
        "--output-dir each goes to a file of its own (index.html where the path ends in /). A body is "
        "written\n"
        "whatever its status; redirects are not followed. A file is only touched once there is a "
        "response.\n\n"
        "-d sends to every URL the same body; content-type is application/x-www-form-urlencoded for DATA "
        "and\n"
        "application/octet-stream for @FILE and @-, unless -H says otherwise. Standard input goes to one "
        "URL.\n\n"
        "A request that the server certainly has not processed is sent again: once after REFUSED_STREAM, and on a new\n"
        "connection after GOAWAY without error, unless two connections in a row bring no response.\n"
        "With --upgrade a server may answer in HTTP/1.1: the answer to the first URL is taken as it is.\n\n"
        "Exit codes: 0 every status is below 400, 2 wrong options, 3 connection, 4 TLS, 5 HTTP/2 protocol\n"
        "(RST_STREAM, GOAWAY, malformed frames), 6 status 400 or above, 7 local file, 8 timeout. With several\n"
        "URLs it is the code of the first one that failed, in the order given.",
};

static const char token_characters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~";

static bool is_token(const char *text, size_t len)
{
    return len > 0 && strspn(text, token_characters) >= len;
}

/* 'Name: value' as a field with a lower-case name and no blanks round the value; owned by options. */
static const char *add_header(get_options *options, const char *text)
{
    const size_t name_len = strcspn(text, ":");
    if (!text[name_len]) return "has no colon: a field is 'Name: value'";
    if (!is_token(text, name_len))
        return "has no valid name before the colon: letters, digits and !#$%&'*+-.^_`|~";
    char *copy = strdup(text);
    h2_header *headers = realloc(options->headers, (options->header_count + 1) * sizeof *headers);
    if (headers) options->headers = headers;
    if (!copy || !headers) {
        free(copy);
        return "is too much: out of memory";
    }
    for (char *p = copy; *p != ':'; p++)
        if (*p >= 'A' && *p <= 'Z') *p = (char)(*p + ('a' - 'A'));
    const char *value = copy + name_len + 1;
    value += strspn(value, " \t");
    size_t value_len = strlen(value);
    while (value_len > 0 && strchr(" \t", value[value_len - 1]))
        value_len--;
    headers[options->header_count++] = (h2_header){copy, name_len, value, value_len, 0};
    if (strpbrk(value, "\r\n")) return "has a line break in its value";
    return NULL;
}

static int wrong(int option, const char *value, const char *why)
{
    const int one_line = (int)strcspn(value, "\r\n");
    return cli_usage_error("get", "--%s '%.*s' %s", rows[option].name, one_line, value, why);
}

static const char *wrong_method(const char *value)
{
    if (!is_token(value, strlen(value))) return "is no method, such as GET or DELETE";
    return strcmp(value, "CONNECT") == 0 ? "is not supported" : NULL;
}

/* An exit code when the value is wrong, otherwise CLI_EXIT_OK. */
static int take_option(get_options *options, int option, const char *value)
{
    const char *error = NULL;
    switch (option) {
    case OPTION_VERBOSE: options->verbose = true; break;
    case OPTION_OUTPUT: options->output = value; break;
    case OPTION_OUTPUT_DIR: options->output_dir = value; break;
    case OPTION_HEADER: error = add_header(options, value); break;
    case OPTION_DATA: options->data = value; break;
    case OPTION_METHOD:
        options->method = value;
        error = wrong_method(value);
        break;
    case OPTION_INSECURE: options->insecure = true; break;
    case OPTION_CACERT: options->ca_file = value; break;
    case OPTION_UPGRADE: options->upgrade = true; break;
    case OPTION_TIMEOUT:
        if (!cli_seconds(value, &options->timeout))
            error = "is no number of seconds such as 5 or 0.5, at most a year; 0 waits for ever";
        break;
    case OPTION_RECORD: options->record_dir = value; break;
    default: break;
    }
    return error ? wrong(option, value, error) : CLI_EXIT_OK;
}

static int take_urls(get_options *options, int count, char **texts)
{
    if (count == 0) return cli_usage_error("get", "no URL given, such as http://localhost:8080/");
    options->texts = texts;
    options->urls = calloc((size_t)count, sizeof *options->urls);
    if (!options->urls) return cli_fail("get", CLI_EXIT_LOCAL, "out of memory");
    for (int i = 0; i < count; i++) {
        const char *error = url_parse(&options->urls[i], texts[i]);
        if (error) return cli_usage_error("get", "URL '%s' %s", texts[i], error);
        options->url_count++;
    }
    return CLI_EXIT_OK;
}

/* What no option says by itself. */
static int check_together(get_options *options)
{
    const bool from_stdin = options->data && strcmp(options->data, "@-") == 0;
    if (options->output && options->output_dir)
        return cli_usage_error("get", "--output and --output-dir exclude each other");
    if (from_stdin && options->url_count > 1)
        return cli_usage_error("get", "standard input (-d @-) can be sent to one URL alone");
    for (size_t i = 0; options->upgrade && i < options->url_count; i++)
        if (options->urls[i].tls)
            return cli_usage_error("get", "--upgrade is for http:// alone, not for '%s'", options->texts[i]);
    if (!options->output) options->output = "-";
    if (!options->method) options->method = options->data ? "POST" : "GET";
    return CLI_EXIT_OK;
}

static int parse(get_options *options, int argc, char **argv, bool *stop)
{
    cli_parser parser;
    const char *value;
    *stop = true;
    cli_begin(&parser, &command, argc, argv);
    for (int option = cli_next(&parser, &value); option != CLI_DONE; option = cli_next(&parser, &value)) {
        if (option == CLI_STOP) return parser.exit_code;
        const int code = take_option(options, option, value);
        if (code != CLI_EXIT_OK) return code;
    }
    int code = take_urls(options, parser.operand_count, parser.operands);
    if (code == CLI_EXIT_OK) code = check_together(options);
    *stop = code != CLI_EXIT_OK;
    return code;
}

bool get_options_parse(get_options *options, int argc, char **argv, int *exit_code)
{
    bool stop;
    *options = (get_options){.timeout = DEFAULT_TIMEOUT};
    *exit_code = parse(options, argc, argv, &stop);
    if (stop) get_options_free(options);
    return !stop;
}

void get_options_free(get_options *options)
{
    for (size_t i = 0; i < options->header_count; i++)
        free((char *)(uintptr_t)options->headers[i].name);
    free(options->headers);
    for (size_t i = 0; i < options->url_count; i++)
        url_free(&options->urls[i]);
    free(options->urls);
    *options = (get_options){0};
}
