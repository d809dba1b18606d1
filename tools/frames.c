/* `h2 frames`: decodes a recorded byte stream of one direction. */
#include "cli.h"
#include "frame_record.h"
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum {
    OPTION_JSON,
    OPTION_TABLE_SIZE,
    DEFAULT_TABLE_SIZE = 4096
};

static const cli_option options[] = {
    {'j', "json", NULL, "one JSON object a line for each frame"},
    {0, "header-table-size", "N",
     "SETTINGS_HEADER_TABLE_SIZE of the other direction, in octets (default 4096)"},
};

static const cli_command command = {
    .name = "frames",
    .operands = "FILE",
    .summary = "Prints the frames of a recorded byte stream of one direction of an HTTP/2 connection, with "
               "or without\n"
               "the client preface. FILE - is standard input.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .epilogue = "Each frame is a line: offset of its first octet, type, stream, length of its payload, flags "
                "and details;\n"
                "fields of header blocks and settings follow, indented. The frame that ends a header block "
                "(END_HEADERS)\n"
                "shows the fields of the whole block. Octets outside printable ASCII are written as \\xNN.\n"
                "With --json, octets that are no UTF-8 are in hexadecimal under a key that ends in _hex.\n\n"
                "Exit codes: 0 all frames printed, 2 wrong options, 5 malformed frames or a cut stream (what "
                "comes before\n"
                "is printed, the message says the offset), 7 cannot read or write.",
};

struct job {
    const char *path;
    int fd;
    bool json;
    uint32_t table_size;
    frame_reader reader;
    frame_context context;
};

static int parse(int argc, char **argv, struct job *job, bool *stop)
{
    cli_parser parser;
    const char *value;
    uint64_t number = DEFAULT_TABLE_SIZE;
    *stop = true;
    cli_begin(&parser, &command, argc, argv);
    for (int option = cli_next(&parser, &value); option != CLI_DONE; option = cli_next(&parser, &value)) {
        if (option == CLI_STOP) return parser.exit_code;
        if (option == OPTION_JSON) job->json = true;
        if (option == OPTION_TABLE_SIZE && !cli_number(value, 0, UINT32_MAX, &number))
            return cli_usage_error("frames", "--header-table-size '%s' is not a number from 0 to 4294967295",
                                   value);
    }
    if (parser.operand_count != 1)
        return cli_usage_error("frames", "one FILE is needed, or - for standard input");
    job->path = parser.operands[0];
    job->table_size = (uint32_t)number;
    *stop = false;
    return CLI_EXIT_OK;
}

static void begin(const struct job *job, record *r, uint64_t offset, const char *title)
{
    const record_style style = {.format = job->json ? RECORD_JSON : RECORD_TEXT,
                                .colour = !job->json && isatty(STDOUT_FILENO),
                                .paint = "33",
                                .indent = 16};
    char prefix[32];
    snprintf(prefix, sizeof prefix, "%10" PRIu64 "  ", offset);
    record_begin(r, stdout, &style, prefix, title);
    if (job->json) record_number(r, "offset", offset);
}

static int malformed(const struct job *job, uint64_t offset, const char *what, const char *why)
{
    fflush(stdout); /* the message comes after the frames wherever both go */
    return cli_fail("frames", CLI_EXIT_PROTOCOL, "%s: offset %" PRIu64 ": %s: %s", job->path, offset, what,
                    why);
}

static int print_one(struct job *job, const frame *f)
{
    record r;
    begin(job, &r, f->offset, name_of_frame(f->type));
    if (frame_record(&job->context, f, &r)) {
        record_end(&r);
        return CLI_EXIT_OK;
    }
    record_drop(&r);
    char what[80];
    snprintf(what, sizeof what, "%s frame of %u octets on stream %u", name_of_frame(f->type), f->length,
             f->stream_id);
    return malformed(job, f->offset, what, job->context.error);
}

static int print_preface(const struct job *job)
{
    record r;
    begin(job, &r, 0, "PREFACE");
    record_end(&r);
    return CLI_EXIT_OK;
}

/* All frames that these octets complete. */
static int print_all(struct job *job, const uint8_t *data, size_t len)
{
    int code = CLI_EXIT_OK;
    while (code == CLI_EXIT_OK) {
        frame f;
        switch (frame_reader_next(&job->reader, &data, &len, &f)) {
        case FRAME_READ_MORE: return CLI_EXIT_OK;
        case FRAME_READ_FRAME: code = print_one(job, &f); break;
        case FRAME_READ_PREFACE: code = print_preface(job); break;
        case FRAME_READ_BAD_PREFACE: code = malformed(job, 0, "client preface", "broken"); break;
        case FRAME_READ_NO_MEMORY: return cli_fail("frames", CLI_EXIT_LOCAL, "out of memory");
        }
    }
    return code;
}

static int at_end(const struct job *job)
{
    if (frame_reader_inside(&job->reader))
        return malformed(job, job->reader.offset, "cut stream", "the input ends inside a frame");
    if (job->context.block_stream)
        return malformed(job, job->reader.offset, "cut stream", "the input ends inside a field block");
    return CLI_EXIT_OK;
}

static int read_all(struct job *job)
{
    uint8_t buffer[1 << 16];
    int code = CLI_EXIT_OK;
    ssize_t got = 0;
    while (code == CLI_EXIT_OK && (got = read(job->fd, buffer, sizeof buffer)) > 0) {
        code = print_all(job, buffer, (size_t)got);
        fflush(stdout); /* the input may be a conversation that is going on */
    }
    if (got < 0) return cli_fail("frames", CLI_EXIT_LOCAL, "%s: %s", job->path, strerror(errno));
    if (code == CLI_EXIT_OK) code = at_end(job);
    if (ferror(stdout)) return cli_fail("frames", CLI_EXIT_LOCAL, "cannot write to standard output");
    return code;
}

static int run(struct job *job)
{
    h2_hpack_decoder *hpack = NULL;
    if (h2_hpack_decoder_new(&hpack, DEFAULT_TABLE_SIZE, UINT32_MAX, NULL) != H2_OK)
        return cli_fail("frames", CLI_EXIT_LOCAL, "out of memory");
    if (job->table_size != DEFAULT_TABLE_SIZE) h2_hpack_decoder_set_max_table_size(hpack, job->table_size);
    job->context.hpack = hpack;
    const int code = read_all(job);
    frame_reader_free(&job->reader);
    frame_context_free(&job->context);
    h2_hpack_decoder_free(hpack);
    return code;
}

int cmd_frames(int argc, char **argv)
{
    struct job job = {0};
    bool stop;
    int code = parse(argc, argv, &job, &stop);
    if (stop) return code;
    const bool is_stdin = strcmp(job.path, "-") == 0;
    job.fd = is_stdin ? STDIN_FILENO : open(job.path, O_RDONLY | O_CLOEXEC);
    if (job.fd < 0)
        return cli_fail("frames", CLI_EXIT_LOCAL, "cannot open '%s': %s", job.path, strerror(errno));
    code = run(&job);
    if (!is_stdin) close(job.fd);
    return code;
}
