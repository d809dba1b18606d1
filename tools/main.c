/* The program `h2`: picks the command. */
#include "cli.h"

#include <fcntl.h>
#include <h2/h2.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
} commands[] = {
    {"serve", cmd_serve, "serve files over HTTP/2, cleartext and TLS"},
    {"get", cmd_get, "fetch URLs over HTTP/2"},
    {"frames", cmd_frames, "print the frames of a recorded byte stream"},
    {"states", cmd_states, "print the rule tables of the engine"},
};

static const size_t command_count = sizeof commands / sizeof *commands;

static int print_help(void)
{
    puts("Usage: h2 COMMAND [OPTION]...\n"
         "HTTP/2 on real sockets, on top of libh2.\n\n"
         "Commands:");
    for (size_t i = 0; i < command_count; i++)
        printf("  %-10s%s\n", commands[i].name, commands[i].summary);
    puts("\n'h2 COMMAND --help' explains a command, 'h2 --version' prints the version.\n\n"
         "Exit codes: 0 done, 2 wrong options, 3 connection, 4 TLS, 5 HTTP/2 protocol,\n"
         "6 HTTP error status, 7 local file or resource, 8 timeout.");
    return CLI_EXIT_OK;
}

static int run(int argc, char **argv)
{
    if (argc < 2) return cli_usage_error("", "no command given");
    const char *name = argv[1];
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) return print_help();
    if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0) {
        printf("h2 %s\n", h2_version());
        return CLI_EXIT_OK;
    }
    for (size_t i = 0; i < command_count; i++)
        if (strcmp(name, commands[i].name) == 0) return commands[i].run(argc - 1, argv + 1);
    return cli_usage_error("", "unknown %s '%s'", *name == '-' ? "option" : "command", name);
}

/* A standard descriptor that is closed would be handed to the next file or socket, which would then be written
 * to as if it were standard output; and libuv refuses to close it. What stands in for it fails as it would. */
static void open_standard_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) < 0) return;
}

int main(int argc, char **argv)
{
    open_standard_descriptors();
    const int code = run(argc, argv);
    if (fflush(stdout) != 0 && code == CLI_EXIT_OK)
        return cli_fail("", CLI_EXIT_LOCAL, "cannot write to standard output");
    return code;
}
