/* Vectors recorded as text, a line each: a keyword and what belongs to it. Lines that begin with # are comments. */
#ifndef H2_TEST_VECTOR_FILE_H
#define H2_TEST_VECTOR_FILE_H

#include "octets.h"

#include <stdio.h>

typedef struct vector_file {
    FILE *file;
    char *line;
    size_t cap;
    int number;
    const char *keyword, *rest; /* of the line; rest is "" when there is none */
} vector_file;

/* Opens a file of the source tree; ends the program when there is none. */
void vectors_open(vector_file *v, const char *path);
void vectors_close(vector_file *v);

/* The next line; false at the end. */
bool vectors_next(vector_file *v);

/* Replaces `out` by the hex octets of a word ("-" is none) and moves the text behind it. */
void vectors_hex(octets *out, const char **text);

#endif
