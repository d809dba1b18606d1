/* Limits of a header block that bound nothing. Must not know what is decoded. */
#ifndef H2_TEST_NO_LIMITS_H
#define H2_TEST_NO_LIMITS_H

#include "hpack/decoder.h"

#include <stdint.h>

static const h2_block_limits no_limits = {
    .list_size = SIZE_MAX, .hard_list_size = SIZE_MAX, .fields = SIZE_MAX, .size_updates = SIZE_MAX};

#endif
