/* Reading, sorting and escaping the entries of a folder; see listing.h. */
#include "serve/listing.h"

#include "serve/http_date.h"
#include "serve/path.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MOST_ENTRIES = 10000
};

typedef struct entry {
    char *name;
    bool directory;
    uint64_t size;
    int64_t modified;
} entry;

typedef struct entries {
    entry *all;
    size_t count, cap;
    bool more; /* than are shown */
} entries;

static bool add(entries *list, int fd, const char *name)
{
    struct stat stat;
    if (fstatat(fd, name, &stat, AT_SYMLINK_NOFOLLOW) != 0) return true;
    if (!S_ISDIR(stat.st_mode) && !S_ISREG(stat.st_mode) && !S_ISLNK(stat.st_mode)) return true;
    if (list->count == list->cap) {
        const size_t cap = list->cap ? list->cap * 2 : 64;
        entry *grown = realloc(list->all, cap * sizeof *grown);
        if (!grown) return false;
        list->all = grown;
        list->cap = cap;
    }
    entry *const item = &list->all[list->count];
    *item = (entry){strdup(name), S_ISDIR(stat.st_mode), (uint64_t)stat.st_size, stat.st_mtim.tv_sec};
    if (item->name) list->count++;
    return item->name != NULL;
}

static bool read_entries(entries *list, DIR *directory)
{
    const struct dirent *next;
    while ((next = readdir(directory))) {
        if (strcmp(next->d_name, ".") == 0 || strcmp(next->d_name, "..") == 0) continue;
        if (list->count == MOST_ENTRIES) {
            list->more = true;
            return true;
        }
        if (!add(list, dirfd(directory), next->d_name)) return false;
    }
    return true;
}

static int by_kind_and_name(const void *left, const void *right)
{
    const entry *const a = left, *const b = right;
    if (a->directory != b->directory) return a->directory ? -1 : 1;
    return strcmp(a->name, b->name);
}

static void print_escaped(FILE *page, const char *name)
{
    for (; *name; name++) {
        switch (*name) {
        case '&': fputs("&amp;", page); break;
        case '<': fputs("&lt;", page); break;
        case '>': fputs("&gt;", page); break;
        case '"': fputs("&quot;", page); break;
        case '\'': fputs("&#39;", page); break;
        default: fputc((unsigned char)*name < ' ' ? '?' : *name, page);
        }
    }
}

static void print_entry(FILE *page, const entry *item)
{
    char url[3 * NAME_MAX + 1], date[HTTP_DATE_SIZE];
    if (!path_encode((text){item->name, strlen(item->name)}, url, sizeof url)) return;
    http_date_format(item->modified, date);
    fprintf(page, "<tr><td><a href=\"./%s%s\">", url, item->directory ? "/" : "");
    print_escaped(page, item->name);
    fprintf(page, "%s</a></td><td class=\"n\">", item->directory ? "/" : "");
    if (!item->directory) fprintf(page, "%" PRIu64, item->size);
    fprintf(page, "</td><td>%s</td></tr>\n", date);
}

static void print_page(FILE *page, const entries *list, const char *relative)
{
    const bool top = strcmp(relative, ".") == 0;
    fputs("<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Index of /", page);
    if (!top) print_escaped(page, relative);
    fputs("</title>\n<style>body{font-family:sans-serif;margin:2em}td{padding:.1em 1em .1em 0}"
          ".n{text-align:right}</style></head>\n<body><h1>Index of /",
          page);
    if (!top) print_escaped(page, relative);
    fputs("</h1>\n<table>\n", page);
    if (!top) fputs("<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n", page);
    for (size_t i = 0; i < list->count; i++)
        print_entry(page, &list->all[i]);
    fputs("</table>\n", page);
    if (list->more) fprintf(page, "<p>Only the first %d entries are shown.</p>\n", MOST_ENTRIES);
    fputs("</body></html>\n", page);
}

uint8_t *listing_make(int fd, const char *relative, size_t *len)
{
    entries list = {0};
    char *page_bytes = NULL;
    DIR *directory = fdopendir(fd);
    if (!directory) {
        close(fd);
        return NULL;
    }
    const bool complete = read_entries(&list, directory);
    closedir(directory);
    if (list.count > 0) qsort(list.all, list.count, sizeof *list.all, by_kind_and_name);
    FILE *page = complete ? open_memstream(&page_bytes, len) : NULL;
    if (page) {
        print_page(page, &list, relative);
        if (fclose(page) != 0) {
            free(page_bytes);
            page_bytes = NULL;
        }
    }
    for (size_t i = 0; i < list.count; i++)
        free(list.all[i].name);
    free(list.all);
    return (uint8_t *)page_bytes;
}
