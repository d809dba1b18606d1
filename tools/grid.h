/* A table of strings, printed with aligned columns or as a Markdown table. The first row is the heading.
 * Knows nothing of what the strings mean. */
#ifndef H2_TOOLS_GRID_H
#define H2_TOOLS_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Zeroed, with `columns` set by the caller. */
typedef struct grid {
    size_t columns;
    char **cells; /* row after row */
    size_t count, capacity;
    bool failed; /* memory ran out: cells are missing */
} grid;

/* Adds the next cell, copying it; rows fill themselves. */
void grid_cell(grid *g, const char *text);

void grid_print_text(const grid *g, FILE *out);
void grid_print_markdown(const grid *g, FILE *out);
void grid_free(grid *g);

#endif
