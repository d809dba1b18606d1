/* The command line of `h2 get`. */
#ifndef H2_GET_OPTIONS_H
#define H2_GET_OPTIONS_H

#include "get/url.h"

#include <h2/base.h>

typedef struct get_options {
    bool verbose, insecure, upgrade;
    const char *output;     /* a file, "-" for standard output */
    const char *output_dir; /* NULL: all bodies go to `output` */
    const char *method;
    const char *ca_file;
    const char *record_dir; /* NULL: nothing is recorded */
    const char *data;       /* as given: text, @FILE, @-; NULL: no body */
    uint64_t timeout;       /* milliseconds without progress; 0: none */
    h2_header *headers;
    size_t header_count;
    char **texts; /* the URLs as given */
    url *urls;
    size_t url_count;
} get_options;

/* True: go on. False: end with *exit_code, everything has been said. */
bool get_options_parse(get_options *options, int argc, char **argv, int *exit_code);
void get_options_free(get_options *options);

#endif
