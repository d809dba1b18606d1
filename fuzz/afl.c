/* The mutator as AFL++ loads it, for inputs of the one shape that TARGET_SHAPE names. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

const fuzz_shape fuzz_target_shape = TARGET_SHAPE;

void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *own, uint8_t *data, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t max_size);
void afl_custom_deinit(void *own);

void *afl_custom_init(void *afl, unsigned seed)
{
    (void)afl;
    octets *const own = must_malloc(sizeof *own);
    *own = (octets){0};
    srand(seed);
    return own;
}

size_t afl_custom_fuzz(void *own, uint8_t *data, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t max_size)
{
    octets *const room = own;
    (void)other;
    (void)other_size;
    octets_clear(room);
    octets_put(room, data, size);
    if (max_size > size) octets_fill(room, 0, max_size - size);
    *out = room->data;
    return LLVMFuzzerCustomMutator(room->data, size, max_size, (unsigned)rand());
}

void afl_custom_deinit(void *own)
{
    octets_free(own);
    free(own);
}
