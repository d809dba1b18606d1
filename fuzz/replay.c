/* A main for a fuzz target where no fuzzer brings one: runs files and folders of inputs, or makes inputs up.
 *     TARGET FILE|FOLDER...           runs each
 *     TARGET --mutate COUNT FOLDER    mutates inputs of a folder blindly, COUNT times; the last one stays in crash.input
 * Built by AFL++'s compiler it takes inputs as AFL++ gives them. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LARGEST = 1 << 20,
    MOST_SEEDS = 4096
};

static size_t read_file(const char *path, uint8_t *data)
{
    FILE *const file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
    const size_t len = fread(data, 1, LARGEST, file);
    fclose(file);
    return len;
}

/* The input lies in memory of just its size, so that reading beyond it shows. */
static void run(const uint8_t *data, size_t len)
{
    uint8_t *const exact = must_malloc(len);
    if (len > 0) memcpy(exact, data, len);
    (void)LLVMFuzzerTestOneInput(exact, len);
    free(exact);
}

#ifdef __AFL_COMPILER
__AFL_FUZZ_INIT();

int main(void)
{
    __AFL_INIT();
    const uint8_t *const data = __AFL_FUZZ_TESTCASE_BUF;
    while (__AFL_LOOP(10000))
        run(data, (size_t)__AFL_FUZZ_TESTCASE_LEN);
    return 0;
}
#else

static char *names[MOST_SEEDS];
static size_t name_count;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_name(const char *folder, const char *name)
{
    octets path = {0};
    octets_format(&path, "%s%s%s", folder, *folder ? "/" : "", name);
    if (name_count < MOST_SEEDS) names[name_count++] = strdup(octets_string(&path));
    octets_free(&path);
}

static void add(const char *path)
{
    struct stat about;
    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode)) {
        add_name("", path);
        return;
    }
    DIR *const folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;)
        if (entry->d_name[0] != '.') add_name(path, entry->d_name);
    if (folder) closedir(folder);
}

static void write_last(const uint8_t *data, size_t len)
{
    FILE *const file = fopen("crash.input", "wb");
    if (!file) return;
    (void)fwrite(data, 1, len, file);
    fclose(file);
}

static void make_up(long count, uint8_t *data)
{
    for (long i = 0; i < count; i++) {
        size_t len = name_count == 0 ? FUZZ_OPTIONS : read_file(names[(size_t)rand() % name_count], data);
        if (name_count == 0) memset(data, 0, len);
        for (int rounds = 1 + rand() % 6; rounds > 0; rounds--)
            len = LLVMFuzzerCustomMutator(data, len, 8192, (unsigned)rand());
        write_last(data, len);
        run(data, len);
    }
    (void)unlink("crash.input");
    printf("%ld inputs made up\n", count);
}

int main(int argc, char **argv)
{
    uint8_t *const data = must_malloc(LARGEST);
    const bool making_up = argc > 2 && strcmp(argv[1], "--mutate") == 0;
    for (int i = making_up ? 3 : 1; i < argc; i++)
        add(argv[i]);
    qsort(names, name_count, sizeof *names, by_name);
    if (making_up) {
        make_up(atol(argv[2]), data);
    } else {
        for (size_t i = 0; i < name_count; i++)
            run(data, read_file(names[i], data));
        printf("%zu inputs\n", name_count);
    }
    for (size_t i = 0; i < name_count; i++)
        free(names[i]);
    free(data);
    return making_up || name_count > 0 ? 0 : 1;
}
#endif
