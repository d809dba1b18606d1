/* A server receives. */
#include "receive.h"

const fuzz_shape fuzz_target_shape = FUZZ_FRAMES;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return receive_target(H2_SERVER, data, size);
}
