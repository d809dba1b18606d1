/* The command line that all commands of `h2` share: one table of options for each command makes the parser,
 * the help text and the messages. Knows nothing of HTTP, sockets or TLS. */
#ifndef H2_TOOLS_CLI_H
#define H2_TOOLS_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the program ends with. Documented by `h2 --help`; scripts depend on the numbers. */
enum cli_exit {
    CLI_EXIT_OK = 0,
    CLI_EXIT_USAGE = 2,      /* wrong options or operands */
    CLI_EXIT_CONNECTION = 3, /* name not found, refused, closed early */
    CLI_EXIT_TLS = 4,        /* handshake, certificate, no ALPN h2 */
    CLI_EXIT_PROTOCOL = 5,   /* HTTP/2 broken by the peer, GOAWAY or RST_STREAM with an error */
    CLI_EXIT_HTTP = 6,       /* the answer's status is 400 or above */
    CLI_EXIT_LOCAL = 7,      /* a local file or resource: cannot open, read, write, allocate, bind */
    CLI_EXIT_TIMEOUT = 8     /* the peer did nothing for too long */
};

/* The commands. argv[0] is the command's own name; what they return is the exit code. */
int cmd_serve(int argc, char **argv);
int cmd_get(int argc, char **argv);
int cmd_frames(int argc, char **argv);
int cmd_states(int argc, char **argv);

/* One option. Strings live as long as the program. */
typedef struct cli_option {
    char letter;       /* short name, 0: none */
    const char *name;  /* long name without dashes */
    const char *value; /* what the help calls its value; NULL: takes none */
    const char *help;  /* one line */
} cli_option;

enum {
    CLI_MAX_OPTIONS = 40
};

/* One command. --help (and -h where no option has that letter) is added to the options by itself. */
typedef struct cli_command {
    const char *name;     /* "serve" */
    const char *operands; /* "ROOT", for the usage line */
    const char *summary;  /* one or more lines below the usage line */
    const cli_option *options;
    size_t option_count;  /* at most CLI_MAX_OPTIONS */
    const char *epilogue; /* printed after the options; NULL: nothing */
} cli_command;

enum {
    CLI_DONE = -1,
    CLI_STOP = -2
};

/* A walk over argv. After CLI_DONE operands says what is left; options and operands may be mixed, `--` ends
 * options. */
typedef struct cli_parser {
    const cli_command *command;
    int argc;
    char **argv;
    int exit_code;
    int operand_count;
    char **operands;
} cli_parser;

void cli_begin(cli_parser *parser, const cli_command *command, int argc, char **argv);

/* The next option: its index in command->options, with its value in *value (NULL when it takes none);
 * CLI_DONE after the last; CLI_STOP when the command must end with parser->exit_code now, everything having
 * been said (help was asked for, or the option is wrong). */
int cli_next(cli_parser *parser, const char **value);

/* One line on standard error: `h2 NAME: message` (`h2: message` when name is ""). Returns `code`, so that
 * callers can `return cli_fail(...)`.
 */
int cli_fail(const char *name, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The same for wrong options: adds where help is found, returns CLI_EXIT_USAGE. */
int cli_usage_error(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A decimal number from `least` to `most`, nothing before or after it; false otherwise and *out is untouched.
 */
bool cli_number(const char *text, uint64_t least, uint64_t most, uint64_t *out);

/* Seconds such as `5`, `0.25`, at most a year, as milliseconds, rounded up. */
bool cli_seconds(const char *text, uint64_t *milliseconds);

#endif
