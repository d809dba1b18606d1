/* What every fuzz target is: one function that takes octets and aborts when something does not hold. libFuzzer and AFL++
 * bring their own main, replay.c another one that runs files. A target uses the public headers only. */
#ifndef H2_FUZZ_FUZZ_H
#define H2_FUZZ_FUZZ_H

#include "octets.h"

#include <h2/h2.h>

/* Tells what does not hold, and aborts: the fuzzer keeps the input. */
_Noreturn void fuzz_fail(const char *file, int line, const char *what);
#define CHECK(holds) ((holds) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #holds))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
/* libFuzzer's own mutations; blind.c has simple ones. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

/* How the octets of a target are built, which is what its mutator keeps intact. */
typedef enum fuzz_shape {
    FUZZ_FRAMES, /* options, then frames */
    FUZZ_BLOCKS, /* options, then header blocks, each behind its length in two octets */
    FUZZ_CALLS   /* options, then octets that are read as calls */
} fuzz_shape;

enum {
    FUZZ_OPTIONS = 8 /* octets in front that choose configuration and behaviour */
};

/* Defined by each target. */
extern const fuzz_shape fuzz_target_shape;

/* A reader of octets as choices; 0 once they are used up. */
typedef struct choices {
    const uint8_t *data;
    size_t len;
} choices;

unsigned choose(choices *c); /* an octet */
unsigned choose_below(choices *c, unsigned end);
uint32_t choose_u32(choices *c);
/* At most `most` of the octets that are left; advances. */
const uint8_t *choose_octets(choices *c, size_t most, size_t *len);

/* A list of fields out of choices, on the whole one that may be sent. */
enum {
    CHOSEN_FIELDS = 40,
    CHOSEN_SPACE = 4096
};
typedef struct chosen_list {
    h2_header fields[CHOSEN_FIELDS];
    size_t count;
    char space[CHOSEN_SPACE];
    size_t used;
} chosen_list;

typedef enum chosen_kind {
    CHOOSE_REQUEST,
    CHOOSE_RESPONSE,
    CHOOSE_INFORMATIONAL,
    CHOOSE_TRAILERS,
    CHOOSE_ANYTHING
} chosen_kind;

void choose_list(choices *c, chosen_kind kind, chosen_list *out);
void chosen_put(chosen_list *list, const char *name, size_t name_len, const char *value, size_t value_len,
                unsigned flags);

/* A header block that says about what a list says, in representations that the choices pick: indexed, literals of every
 * kind, Huffman or not, size updates. */
void choose_block(choices *c, chosen_kind kind, octets *out);
/* One in which nothing is wrong but, perhaps, one field. */
void choose_suspect_block(choices *c, chosen_kind kind, octets *out);

#endif
