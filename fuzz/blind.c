/* Mutations that know nothing, where libFuzzer does not bring its own. */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
{
    static const uint8_t telling[] = {0, 1, 0x7f, 0x80, 0xff, 0x20, 0x40, 0x3f};
    for (int left = 1 + rand() % 3; left > 0; left--) {
        const size_t at = size == 0 ? 0 : (size_t)rand() % size;
        switch (rand() % 4) {
        case 0:
            if (size > 0) data[at] ^= (uint8_t)(1U << rand() % 8);
            break;
        case 1:
            if (size > 0) data[at] = telling[(size_t)rand() % sizeof telling];
            break;
        case 2:
            if (size < max_size) {
                memmove(data + at + 1, data + at, size - at);
                data[at] = (uint8_t)rand();
                size++;
            }
            break;
        default:
            if (size > 1) {
                memmove(data + at, data + at + 1, size - at - 1);
                size--;
            }
            break;
        }
    }
    return size;
}
