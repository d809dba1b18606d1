/* What the two receiving targets share: one stream of octets, taken by a connection in several ways. */
#ifndef H2_FUZZ_RECEIVE_H
#define H2_FUZZ_RECEIVE_H

#include "fuzz.h"

/* Gives what follows the options to a connection whole, octet by octet and in pieces, and compares what happened. */
int receive_target(h2_role role, const uint8_t *data, size_t size);

#endif
