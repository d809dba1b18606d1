/* A table of strings; see grid.h. */
#include "grid.h"

#include <stdlib.h>
#include <string.h>

void grid_cell(grid *g, const char *text)
{
    if (g->count == g->capacity) {
        const size_t capacity = g->capacity ? g->capacity * 2 : 64;
        char **cells = realloc(g->cells, capacity * sizeof *cells);
        if (!cells) {
            g->failed = true;
            return;
        }
        g->cells = cells;
        g->capacity = capacity;
    }
    char *copy = strdup(text);
    if (!copy) {
        g->failed = true;
        return;
    }
    g->cells[g->count++] = copy;
}

static size_t width_of(const grid *g, size_t column)
{
    size_t width = 3; /* what Markdown's rule needs */
    for (size_t i = column; i < g->count; i += g->columns)
        if (strlen(g->cells[i]) > width) width = strlen(g->cells[i]);
    return width;
}

static const char *cell(const grid *g, size_t row, size_t column)
{
    const size_t at = row * g->columns + column;
    return at < g->count ? g->cells[at] : "";
}

/* Columns of a row up to the last that is not empty. */
static size_t filled(const grid *g, size_t row)
{
    size_t columns = g->columns;
    while (columns > 0 && !*cell(g, row, columns - 1))
        columns--;
    return columns;
}

static void print_row(const grid *g, FILE *out, size_t row, const char *before, const char *between,
                      const char *after)
{
    const size_t shown = *after ? g->columns : filled(g, row);
    fputs(before, out);
    for (size_t column = 0; column < shown; column++) {
        const bool last = column + 1 == shown;
        const int width = last && !*after ? 0 : (int)width_of(g, column);
        fprintf(out, "%-*s%s", width, cell(g, row, column), last ? "" : between);
    }
    fprintf(out, "%s\n", after);
}

static void print_rule(const grid *g, FILE *out, const char *before, const char *between, const char *after)
{
    fputs(before, out);
    for (size_t column = 0; column < g->columns; column++) {
        for (size_t i = width_of(g, column); i > 0; i--)
            fputc('-', out);
        fputs(column + 1 == g->columns ? after : between, out);
    }
    fputc('\n', out);
}

void grid_print_text(const grid *g, FILE *out)
{
    print_row(g, out, 0, "", "  ", "");
    print_rule(g, out, "", "  ", "");
    for (size_t row = 1; row * g->columns < g->count; row++)
        print_row(g, out, row, "", "  ", "");
}

void grid_print_markdown(const grid *g, FILE *out)
{
    print_row(g, out, 0, "| ", " | ", " |");
    print_rule(g, out, "| ", " | ", " |");
    for (size_t row = 1; row * g->columns < g->count; row++)
        print_row(g, out, row, "| ", " | ", " |");
}

void grid_free(grid *g)
{
    for (size_t i = 0; i < g->count; i++)
        free(g->cells[i]);
    free(g->cells);
    *g = (grid){0};
}
