/* The field list of a request; see request.h. */
#include "get/request.h"

#include <h2/version.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PSEUDO_FIELDS = 4,
    DEFAULT_FIELDS = 4
};

static bool is_named(const h2_header *field, const char *name)
{
    return field->name_len == strlen(name) && memcmp(field->name, name, field->name_len) == 0;
}

static const h2_header *users_field(const get_options *options, const char *name)
{
    for (size_t i = 0; i < options->header_count; i++)
        if (is_named(&options->headers[i], name)) return &options->headers[i];
    return NULL;
}

static void add(request *r, const char *name, const char *value)
{
    r->fields[r->count++] = (h2_header){name, strlen(name), value, strlen(value), 0};
}

static void add_default(request *r, const get_options *options, const char *name, const char *value)
{
    if (!users_field(options, name)) add(r, name, value);
}

static void add_body_fields(request *r, const transfer *t)
{
    const get_options *options = t->env->options;
    const bool is_text = *options->data != '@';
    add_default(r, options, "content-type",
                is_text ? "application/x-www-form-urlencoded" : "application/octet-stream");
    if (t->body.length < 0) return;
    snprintf(r->length, sizeof r->length, "%" PRId64, t->body.length);
    add_default(r, options, "content-length", r->length);
}

bool request_make(request *r, const transfer *t)
{
    const get_options *options = t->env->options;
    const h2_header *host = users_field(options, "host");
    *r = (request){0};
    r->fields = calloc(PSEUDO_FIELDS + DEFAULT_FIELDS + options->header_count, sizeof *r->fields);
    if (!r->fields) return false;
    add(r, ":method", options->method);
    add(r, ":scheme", t->url->tls ? "https" : "http");
    add(r, ":authority", host ? host->value : t->url->authority);
    if (host) r->fields[r->count - 1].value_len = host->value_len;
    add(r, ":path", t->url->path);
    snprintf(r->agent, sizeof r->agent, "libh2/%s", h2_version());
    add_default(r, options, "user-agent", r->agent);
    add_default(r, options, "accept", "*/*");
    if (t->has_body) add_body_fields(r, t);
    for (size_t i = 0; i < options->header_count; i++)
        if (!is_named(&options->headers[i], "host")) r->fields[r->count++] = options->headers[i];
    return true;
}

void request_free(request *r)
{
    free(r->fields);
    *r = (request){0};
}

static bool is_body_field(const h2_header *field)
{
    return is_named(field, "content-length") || is_named(field, "content-type");
}

char *request_upgrade_text(const request *r, const char *method, const char *target, const char *settings)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (!out) return NULL;
    const h2_header *authority = &r->fields[2];
    fprintf(out, "%s %s HTTP/1.1\r\nHost: %.*s\r\n", method, target, (int)authority->value_len,
            authority->value);
    for (size_t i = PSEUDO_FIELDS; i < r->count; i++) {
        const h2_header *field = &r->fields[i];
        if (is_body_field(field)) continue;
        fprintf(out, "%.*s: %.*s\r\n", (int)field->name_len, field->name, (int)field->value_len,
                field->value);
    }
    fprintf(out, "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: %s\r\n\r\n",
            settings);
    if (fclose(out) == 0) return text;
    free(text);
    return NULL;
}
