/* Opening, describing and remembering files; see files.h. */
#include "serve/files.h"

#include "serve/mime.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    SLOTS = 256,
    ASKED_MOST = 1024, /* longer paths are not noted */
    /* In less than this a file may change twice and bear the same time: */
    SETTLED_MS = 50,
    SETTLED_COARSE_MS = 2100 /* where times have no fraction of a second */
};

struct file_cache {
    const root *top;
    uint64_t swept;    /* the turn of the last sweep */
    uint64_t contents; /* octets of larger files that are in memory, or have their room there */
    served_file
        *slots[SLOTS]; /* direct-mapped by name; holds a reference only to those that need no descriptor */
    served_file *asked[SLOTS]; /* of those, by what they were last asked for with */
};

file_cache *file_cache_new(const root *top)
{
    file_cache *cache = calloc(1, sizeof *cache);
    if (cache) cache->top = top;
    return cache;
}

/* It is found no more. */
static void leave(served_file *file)
{
    if (file->slot) *file->slot = NULL;
    if (file->asked_slot) *file->asked_slot = NULL;
    file->slot = file->asked_slot = NULL;
}

void file_release(served_file *file)
{
    if (!file || --file->references > 0) return;
    leave(file);
    if (file->fd >= 0) close(file->fd);
    if (file->content && file->size > FILE_SMALL) file->cache->contents -= file->size;
    free(file->content);
    free(file->head);
    free(file->name);
    free(file->asked);
    free(file);
}

static void forget(served_file **slot)
{
    served_file *const file = *slot;
    if (!file) return;
    leave(file);
    if (!file->held) return;
    file->held = false;
    file_release(file);
}

void file_cache_free(file_cache *cache)
{
    if (!cache) return;
    for (size_t i = 0; i < SLOTS; i++)
        forget(&cache->slots[i]);
    free(cache);
}

void found_close(const found *item)
{
    if (item->kind == FOUND_FILE) file_release(item->file);
    if (item->kind == FOUND_DIRECTORY) close(item->fd);
}

static uint64_t stir(uint64_t hash, uint64_t octets)
{
    hash = (hash ^ octets) * 0x9e3779b97f4a7c15U;
    return hash ^ (hash >> 32);
}

static size_t slot_of(text name)
{
    uint64_t hash = name.len, octets = 0;
    for (; name.len >= sizeof octets; name.at += sizeof octets, name.len -= sizeof octets) {
        memcpy(&octets, name.at, sizeof octets);
        hash = stir(hash, octets);
    }
    for (octets = 0; name.len > 0; name.len--)
        octets = octets << 8 | (unsigned char)name.at[name.len - 1];
    return stir(hash, octets) % SLOTS;
}

static found nothing(int status)
{
    return (found){.kind = FOUND_NOTHING, .fd = -1, .status = status};
}

static found not_opened(int error)
{
    switch (error) {
    case EACCES:
    case EPERM: return nothing(403);
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EAGAIN: return nothing(503);
    case EIO: return nothing(500);
    default: return nothing(404);
    }
}

static bool same_version(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
           a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* Reads on to `end`. */
static bool fill(served_file *file, uint64_t end)
{
    while (file->filled < end) {
        const ssize_t n =
            pread(file->fd, file->content + file->filled, (size_t)(end - file->filled), (off_t)file->filled);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        file->filled += (uint64_t)n;
    }
    return true;
}

/* Whether every later change shows: asked before the first octet is read. */
static bool settled(const struct stat *stat)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    return (now.tv_sec - stat->st_ctim.tv_sec) * 1000 + (now.tv_nsec - stat->st_ctim.tv_nsec) / 1000000 >
           (stat->st_ctim.tv_nsec == 0 ? SETTLED_COARSE_MS : SETTLED_MS);
}

/* Keeps a file that is all in memory. */
static void hold(served_file *file)
{
    if (file->held || !file->slot || file->fd >= 0 || !file->settled) return;
    file->held = true;
    file->references++;
}

static bool make_room(served_file *file)
{
    file_cache *const cache = file->cache;
    if (file->size > FILE_CONTENT_MOST || cache->contents + file->size > FILE_CONTENTS_MOST) return false;
    file->content = malloc((size_t)file->size);
    if (!file->content) return false;
    cache->contents += file->size;
    return true;
}

const uint8_t *file_content(served_file *file, uint64_t offset, size_t len)
{
    const uint64_t end = offset + len;
    if (end <= file->filled) return file->content + offset;
    if (offset > file->filled || (!file->content && !make_room(file)) || !fill(file, end)) return NULL;
    if (file->filled == file->size) {
        close(file->fd);
        file->fd = -1;
        hold(file);
    }
    return file->content + offset;
}

static void describe(served_file *file, const char *name)
{
    const struct stat *const stat = &file->stat;
    const uint64_t nanoseconds =
        (uint64_t)stat->st_mtim.tv_sec * 1000000000U + (uint64_t)stat->st_mtim.tv_nsec;
    file->size = (uint64_t)stat->st_size;
    file->modified = stat->st_mtim.tv_sec;
    file->type = mime_type(name);
    snprintf(file->etag, sizeof file->etag, "\"%" PRIx64 "-%" PRIx64 "\"", nanoseconds, file->size);
    snprintf(file->length_text, sizeof file->length_text, "%" PRIu64, file->size);
    http_date_format(file->modified, file->modified_text);
}

/* Takes the descriptor, on failure too. */
static served_file *file_new(file_cache *cache, int fd, const struct stat *stat, const char *name)
{
    served_file *file = calloc(1, sizeof *file);
    if (!file) {
        close(fd);
        return NULL;
    }
    file->references = 1;
    file->cache = cache;
    file->fd = fd;
    file->stat = *stat;
    file->settled = settled(stat);
    describe(file, name);
    if (file->size > FILE_SMALL) return file;
    file->content = malloc(FILE_SMALL);
    if (!file->content || !fill(file, file->size)) {
        file_release(file);
        return NULL;
    }
    close(fd);
    file->fd = -1;
    return file;
}

static void remember(served_file **slot, served_file *file, const char *name, uint64_t turn)
{
    file->name = strdup(name);
    if (!file->name) return;
    file->turn = turn;
    forget(slot);
    file->slot = slot;
    *slot = file;
    hold(file);
}

static found found_file(served_file *file)
{
    return (found){.kind = FOUND_FILE, .file = file, .fd = -1};
}

static found found_again(served_file *file, uint64_t turn)
{
    file->turn = turn;
    file->references++;
    return found_file(file);
}

/* Whether a look in this turn finds that very file, which was opened below the root before. */
static bool is_still(const served_file *file, uint64_t turn)
{
    struct stat stat;
    return file->turn == turn || (file->settled && root_look(file->cache->top, file->name, &stat) &&
                                  same_version(&file->stat, &stat));
}

found file_cache_find(file_cache *cache, const char *relative, uint64_t turn)
{
    served_file **const slot = &cache->slots[slot_of((text){relative, strlen(relative)})];
    const bool known = *slot && strcmp((*slot)->name, relative) == 0;
    if (known && is_still(*slot, turn)) return found_again(*slot, turn);
    struct stat stat;
    const int fd = root_find(cache->top, relative);
    if (fd < 0) return not_opened(-fd);
    const int error = fstat(fd, &stat) == 0 ? 0 : errno;
    if (!error && S_ISDIR(stat.st_mode)) return (found){.kind = FOUND_DIRECTORY, .fd = fd};
    if (error || !S_ISREG(stat.st_mode)) {
        close(fd);
        return not_opened(error);
    }
    if (known && (*slot)->settled && same_version(&(*slot)->stat, &stat)) {
        close(fd);
        return found_again(*slot, turn);
    }
    served_file *file = file_new(cache, fd, &stat, relative);
    if (!file) return nothing(503);
    remember(slot, file, relative, turn);
    return found_file(file);
}

void file_cache_note(served_file *file, text asked)
{
    if (!file->held || asked.len == 0 || asked.len > ASKED_MOST) return;
    char *const copy = malloc(asked.len);
    if (!copy) return;
    served_file **const slot = &file->cache->asked[slot_of(asked)];
    if (*slot) (*slot)->asked_slot = NULL;
    if (file->asked_slot) *file->asked_slot = NULL;
    free(file->asked);
    memcpy(copy, asked.at, asked.len);
    file->asked = copy;
    file->asked_len = asked.len;
    file->asked_slot = slot;
    *slot = file;
}

served_file *file_cache_find_noted(file_cache *cache, text asked, uint64_t turn)
{
    served_file *const file = cache->asked[slot_of(asked)];
    if (!file || file->asked_len != asked.len || memcmp(file->asked, asked.at, asked.len) != 0) return NULL;
    return is_still(file, turn) ? found_again(file, turn).file : NULL;
}

void file_cache_sweep(file_cache *cache, uint64_t turn)
{
    for (size_t i = 0; i < SLOTS; i++) {
        const served_file *const file = cache->slots[i];
        if (file && file->held && file->size > FILE_SMALL && file->turn <= cache->swept)
            forget(&cache->slots[i]);
    }
    cache->swept = turn;
}
