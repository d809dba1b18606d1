/* `h2 states`: prints the engine's rule tables, as <h2/states.h> shows them. */
#include "cli.h"
#include "grid.h"

#include <h2/states.h>
#include <string.h>

enum {
    OPTION_FORMAT,
    OPTION_PROFILE,
    OPTION_MACHINE
};

static const cli_option options[] = {
    {'f', "format", "FORMAT", "text, markdown or dot (default text)"},
    {'p', "profile", "PROFILE", "rfc or python: whose cells of the state machines (default rfc)"},
    {'m', "machine", "TABLE", "stream, connection, frames, settings, fields or all (default all)"},
};

static const cli_command command = {
    .name = "states",
    .operands = "",
    .summary = "Prints the rule tables of the engine: the state machines of a stream and of a connection, "
               "and the rules\n"
               "for frames, settings and header fields.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .epilogue =
        "text lists each allowed step of a machine on a line; markdown shows a machine as a matrix "
        "of inputs and\n"
        "states, where = stays in the state and - is not allowed; dot, for Graphviz, draws the machines "
        "and\n"
        "leaves out the other tables.",
};

enum format {
    FORMAT_TEXT,
    FORMAT_MARKDOWN,
    FORMAT_DOT
};

static const char *const format_names[] = {"text", "markdown", "dot"};
static const char *const profile_names[] = {"rfc", "python"};
static const char *const table_names[] = {"stream", "connection", "frames", "settings", "fields", "all"};

enum table {
    TABLE_STREAM,
    TABLE_CONNECTION,
    TABLE_FRAMES,
    TABLE_SETTINGS,
    TABLE_FIELDS,
    TABLE_ALL
};

struct wish {
    int format, table;
    h2_profile profile;
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

static bool choose(const char *value, const char *const *names, size_t count, int *out)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(value, names[i]) != 0) continue;
        *out = (int)i;
        return true;
    }
    return false;
}

static bool take_option(struct wish *wish, int option, const char *value)
{
    int profile = (int)wish->profile;
    switch (option) {
    case OPTION_FORMAT: return choose(value, format_names, COUNT(format_names), &wish->format);
    case OPTION_MACHINE: return choose(value, table_names, COUNT(table_names), &wish->table);
    default:
        if (!choose(value, profile_names, COUNT(profile_names), &profile)) return false;
        wish->profile = (h2_profile)profile;
        return true;
    }
}

static int parse(int argc, char **argv, struct wish *wish, bool *stop)
{
    cli_parser parser;
    const char *value;
    *stop = true;
    cli_begin(&parser, &command, argc, argv);
    for (int option = cli_next(&parser, &value); option != CLI_DONE; option = cli_next(&parser, &value)) {
        if (option == CLI_STOP) return parser.exit_code;
        if (!take_option(wish, option, value))
            return cli_usage_error("states", "'%s' is no value for --%s: %s", value, options[option].name,
                                   options[option].help);
    }
    if (parser.operand_count)
        return cli_usage_error("states", "'%s': no operand expected", parser.operands[0]);
    if (wish->format == FORMAT_DOT && wish->table >= TABLE_FRAMES && wish->table != TABLE_ALL)
        return cli_usage_error("states", "--format dot draws the machines stream and connection alone");
    *stop = false;
    return CLI_EXIT_OK;
}

/* One line for each step that is allowed. */
static void list_steps(grid *g, h2_profile profile, bool stream)
{
    g->columns = 4;
    grid_cell(g, "STATE");
    grid_cell(g, "INPUT");
    grid_cell(g, "NEXT");
    grid_cell(g, "ACTION");
    for (int state = 0; state < (int)h2_state_count(stream); state++) {
        for (int input = 0; input < (int)h2_input_count(stream); input++) {
            h2_cell cell;
            if (!h2_cell_get(profile, stream, state, input, &cell) || !cell.valid) continue;
            grid_cell(g, h2_state_name(stream, state));
            grid_cell(g, h2_input_name(stream, input));
            grid_cell(g, h2_state_name(stream, cell.next));
            grid_cell(g, cell.action ? h2_action_name(cell.action) : "");
        }
    }
}

/* What stands in the matrix: the next state, "=" for the same one, and the action. */
static void matrix_cell(grid *g, h2_profile profile, bool stream, int state, int input)
{
    char text[160];
    h2_cell cell;
    if (!h2_cell_get(profile, stream, state, input, &cell) || !cell.valid) {
        grid_cell(g, "-");
        return;
    }
    const char *next = cell.next == state ? "=" : h2_state_name(stream, cell.next);
    if (cell.action)
        snprintf(text, sizeof text, "%s: %s", next, h2_action_name(cell.action));
    else
        snprintf(text, sizeof text, "%s", next);
    grid_cell(g, text);
}

static void fill_matrix(grid *g, h2_profile profile, bool stream)
{
    const int states = (int)h2_state_count(stream);
    g->columns = (size_t)states + 1;
    grid_cell(g, "input");
    for (int state = 0; state < states; state++)
        grid_cell(g, h2_state_name(stream, state));
    for (int input = 0; input < (int)h2_input_count(stream); input++) {
        grid_cell(g, h2_input_name(stream, input));
        for (int state = 0; state < states; state++)
            matrix_cell(g, profile, stream, state, input);
    }
}

/* Rows of a rule table are cells parted by tabs; row 0 says how many there are. */
static void fill_rules(grid *g, h2_rule_table table)
{
    char row[512];
    for (size_t number = 0; h2_rule_row(table, number, row, sizeof row); number++) {
        size_t cells = 0;
        for (char *at = row; at; cells++) {
            char *tab = strchr(at, '\t');
            if (tab) *tab++ = '\0';
            grid_cell(g, at);
            at = tab;
        }
        if (number == 0) g->columns = cells;
        for (; cells < g->columns; cells++)
            grid_cell(g, "");
    }
}

/* All inputs that lead from one state to another are one edge. */
static void draw_edge(h2_profile profile, bool stream, int from, int to)
{
    bool any = false;
    for (int input = 0; input < (int)h2_input_count(stream); input++) {
        h2_cell cell;
        if (!h2_cell_get(profile, stream, from, input, &cell) || !cell.valid || cell.next != to) continue;
        if (!any) printf("    %s -> %s [label=\"", h2_state_name(stream, from), h2_state_name(stream, to));
        printf("%s%s", any ? "\\n" : "", h2_input_name(stream, input));
        any = true;
    }
    if (any) puts("\"];");
}

static void draw_machine(h2_profile profile, bool stream)
{
    const int states = (int)h2_state_count(stream);
    printf("digraph %s_%s {\n    node [shape=box, style=rounded];\n    edge [fontsize=9];\n",
           stream ? "stream" : "connection", profile_names[profile]);
    for (int state = 0; state < states; state++)
        printf("    %s;\n", h2_state_name(stream, state));
    for (int from = 0; from < states; from++)
        for (int to = 0; to < states; to++)
            draw_edge(profile, stream, from, to);
    puts("}");
}

static const char *heading(const struct wish *wish, int table)
{
    switch (table) {
    case TABLE_STREAM:
        return wish->profile == H2_PROFILE_RFC ? "Stream states (RFC profile)"
                                               : "Stream states (Python profile)";
    case TABLE_CONNECTION:
        return wish->profile == H2_PROFILE_RFC ? "Connection states (RFC profile)"
                                               : "Connection states (Python profile)";
    case TABLE_FRAMES: return "Frames";
    case TABLE_SETTINGS: return "Settings";
    default: return "Header fields";
    }
}

static void fill(grid *g, const struct wish *wish, int table)
{
    static const h2_rule_table rules[] = {[TABLE_FRAMES] = H2_RULES_FRAMES,
                                          [TABLE_SETTINGS] = H2_RULES_SETTINGS,
                                          [TABLE_FIELDS] = H2_RULES_FIELDS};
    if (table >= TABLE_FRAMES)
        fill_rules(g, rules[table]);
    else if (wish->format == FORMAT_MARKDOWN)
        fill_matrix(g, wish->profile, table == TABLE_STREAM);
    else
        list_steps(g, wish->profile, table == TABLE_STREAM);
}

static int print_table(const struct wish *wish, int table)
{
    grid g = {0};
    if (wish->format == FORMAT_DOT) {
        if (table < TABLE_FRAMES) draw_machine(wish->profile, table == TABLE_STREAM);
        return CLI_EXIT_OK;
    }
    fill(&g, wish, table);
    printf("%s%s\n\n", wish->format == FORMAT_MARKDOWN ? "## " : "", heading(wish, table));
    if (wish->format == FORMAT_MARKDOWN)
        grid_print_markdown(&g, stdout);
    else
        grid_print_text(&g, stdout);
    const bool failed = g.failed;
    grid_free(&g);
    return failed ? cli_fail("states", CLI_EXIT_LOCAL, "out of memory") : CLI_EXIT_OK;
}

int cmd_states(int argc, char **argv)
{
    struct wish wish = {.table = TABLE_ALL};
    bool stop;
    int code = parse(argc, argv, &wish, &stop);
    if (stop) return code;
    if (wish.table != TABLE_ALL) return print_table(&wish, wish.table);
    for (int table = TABLE_STREAM; table < TABLE_ALL && code == CLI_EXIT_OK; table++) {
        if (table > TABLE_STREAM && (wish.format != FORMAT_DOT || table < TABLE_FRAMES)) puts("");
        code = print_table(&wish, table);
    }
    return code;
}
