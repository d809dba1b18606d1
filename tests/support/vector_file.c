/* Vectors recorded as text. */
#include "vector_file.h"

#include <stdlib.h>
#include <string.h>

void vectors_open(vector_file *v, const char *path)
{
    octets whole = {0};
    octets_format(&whole, "%s/%s", SOURCE_DIR, path);
    *v = (vector_file){.file = fopen(octets_string(&whole), "r")};
    if (!v->file) {
        fprintf(stderr, "no %s\n", octets_string(&whole));
        abort();
    }
    octets_free(&whole);
}

void vectors_close(vector_file *v)
{
    free(v->line);
    fclose(v->file);
    *v = (vector_file){.file = NULL};
}

bool vectors_next(vector_file *v)
{
    ssize_t len;
    while ((len = getline(&v->line, &v->cap, v->file)) >= 0) {
        v->number++;
        while (len > 0 && (v->line[len - 1] == '\n' || v->line[len - 1] == ' '))
            v->line[--len] = 0;
        if (len == 0 || v->line[0] == '#') continue;
        char *blank = strchr(v->line, ' ');
        v->keyword = v->line;
        v->rest = blank ? blank + 1 : "";
        if (blank) *blank = 0;
        return true;
    }
    return false;
}

static unsigned digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

void vectors_hex(octets *out, const char **text)
{
    const char *at = *text;
    octets_clear(out);
    if (*at == '-') at++;
    for (; *at != 0 && *at != ' '; at += 2)
        octets_u8(out, digit(at[0]) << 4 | digit(at[1]));
    while (*at == ' ')
        at++;
    *text = at;
}
