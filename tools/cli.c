/* Options, help and messages from one table a command; see cli.h. */
#include "cli.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    LONG_BASE = 256, /* getopt_long's value for option i is LONG_BASE + i */
    HELP_COLUMN = 30
};

void cli_begin(cli_parser *parser, const cli_command *command, int argc, char **argv)
{
    *parser = (cli_parser){.command = command, .argc = argc, .argv = argv};
    opterr = 0;
    optind = 0; /* glibc: start over */
}

static bool has_letter(const cli_command *command, char letter)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].letter == letter) return true;
    return false;
}

static void print_option(const cli_option *option)
{
    char left[64];
    const char letter[] = {option->letter ? '-' : ' ', option->letter ? option->letter : ' ',
                           option->letter ? ',' : ' ', '\0'};
    snprintf(left, sizeof left, "  %s --%s%s%s", letter, option->name, option->value ? " " : "",
             option->value ? option->value : "");
    if (strlen(left) < HELP_COLUMN)
        printf("%-*s%s\n", HELP_COLUMN, left, option->help);
    else
        printf("%s\n%*s%s\n", left, HELP_COLUMN, "", option->help);
}

static void print_help(const cli_command *command)
{
    printf("Usage: h2 %s [OPTION]...%s%s\n%s\n\nOptions:\n", command->name, *command->operands ? " " : "",
           command->operands, command->summary);
    for (size_t i = 0; i < command->option_count; i++)
        print_option(&command->options[i]);
    print_option(
        &(cli_option){has_letter(command, 'h') ? '\0' : 'h', "help", NULL, "print this help and exit"});
    if (command->epilogue) printf("\n%s\n", command->epilogue);
}

/* Fills what getopt_long wants; the caller's arrays have room for CLI_MAX_OPTIONS and --help. */
static void describe(const cli_command *command, struct option *longs, char *shorts)
{
    size_t s = 0;
    shorts[s++] = ':'; /* a missing value is told apart from an unknown option */
    for (size_t i = 0; i < command->option_count; i++) {
        const cli_option *option = &command->options[i];
        longs[i] = (struct option){option->name, option->value ? required_argument : no_argument, NULL,
                                   LONG_BASE + (int)i};
        if (!option->letter) continue;
        shorts[s++] = option->letter;
        if (option->value) shorts[s++] = ':';
    }
    longs[command->option_count] = (struct option){"help", no_argument, NULL, LONG_BASE + CLI_MAX_OPTIONS};
    longs[command->option_count + 1] = (struct option){NULL, 0, NULL, 0};
    if (!has_letter(command, 'h')) shorts[s++] = 'h';
    shorts[s] = '\0';
}

static void option_label(const cli_command *command, int code, char *out, size_t size)
{
    if (code == LONG_BASE + CLI_MAX_OPTIONS)
        snprintf(out, size, "--help");
    else if (code >= LONG_BASE)
        snprintf(out, size, "--%s", command->options[code - LONG_BASE].name);
    else
        snprintf(out, size, "-%c", code);
}

static int wrong_option(cli_parser *parser, int result)
{
    char label[64];
    const char *name = parser->command->name;
    option_label(parser->command, optopt, label, sizeof label);
    if (result == ':')
        parser->exit_code = cli_usage_error(name, "option '%s' needs a value", label);
    else if (optopt >= LONG_BASE)
        parser->exit_code = cli_usage_error(name, "option '%s' takes no value", label);
    else if (optopt)
        parser->exit_code = cli_usage_error(name, "unknown option '%s'", label);
    else
        parser->exit_code =
            cli_usage_error(name, "unknown or ambiguous option '%s'", parser->argv[optind - 1]);
    return CLI_STOP;
}

int cli_next(cli_parser *parser, const char **value)
{
    const cli_command *command = parser->command;
    struct option longs[CLI_MAX_OPTIONS + 2];
    char shorts[2 * CLI_MAX_OPTIONS + 3];
    describe(command, longs, shorts);
    const int result = getopt_long(parser->argc, parser->argv, shorts, longs, NULL);
    *value = optarg;
    if (result == -1) {
        parser->operands = parser->argv + optind;
        parser->operand_count = parser->argc - optind;
        return CLI_DONE;
    }
    if (result == '?' || result == ':') return wrong_option(parser, result);
    if (result == LONG_BASE + CLI_MAX_OPTIONS || (result == 'h' && !has_letter(command, 'h'))) {
        print_help(command);
        parser->exit_code = CLI_EXIT_OK;
        return CLI_STOP;
    }
    if (result >= LONG_BASE) return result - LONG_BASE;
    size_t i = 0;
    while (command->options[i].letter != result)
        i++;
    return (int)i;
}

static void say(const char *name, const char *format, va_list args)
{
    if (*name)
        fprintf(stderr, "h2 %s: ", name);
    else
        fputs("h2: ", stderr);
    vfprintf(stderr, format, args);
}

int cli_fail(const char *name, int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(name, format, args);
    va_end(args);
    fputc('\n', stderr);
    return code;
}

int cli_usage_error(const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(name, format, args);
    va_end(args);
    fprintf(stderr, " (see 'h2 %s%s--help')\n", name, *name ? " " : "");
    return CLI_EXIT_USAGE;
}

bool cli_number(const char *text, uint64_t least, uint64_t most, uint64_t *out)
{
    uint64_t value = 0;
    if (!*text) return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9') return false;
        const uint64_t digit = (uint64_t)(*text - '0');
        if (value > (UINT64_MAX - digit) / 10) return false;
        value = value * 10 + digit;
    }
    if (value < least || value > most) return false;
    *out = value;
    return true;
}

/* Digits behind a point, as thousandths; what is less is rounded up, so that a little is not nothing. */
static bool read_fraction(const char *digits, uint64_t *thousandths)
{
    bool more = false;
    *thousandths = 0;
    for (uint64_t scale = 100; *digits; digits++, scale /= 10) {
        if (*digits < '0' || *digits > '9') return false;
        *thousandths += scale * (uint64_t)(*digits - '0');
        more |= scale == 0 && *digits != '0';
    }
    *thousandths += more;
    return true;
}

bool cli_seconds(const char *text, uint64_t *milliseconds)
{
    const uint64_t year = 365ULL * 24 * 3600;
    char whole[16];
    const char *point = strchr(text, '.');
    const size_t len = point ? (size_t)(point - text) : strlen(text);
    uint64_t seconds = 0, part = 0;
    if (len >= sizeof whole || (len == 0 && !point)) return false;
    memcpy(whole, text, len);
    whole[len] = '\0';
    if (len > 0 && !cli_number(whole, 0, year, &seconds)) return false;
    if (point && (!point[1] || !read_fraction(point + 1, &part))) return false;
    *milliseconds = seconds * 1000 + part;
    return true;
}
