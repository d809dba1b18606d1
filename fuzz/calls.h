/* Calls of one side that make nothing a peer is told of, or what a well-behaved application leaves alone. */
#ifndef H2_FUZZ_CALLS_H
#define H2_FUZZ_CALLS_H

#include "side.h"

/* One of them, as the choices say. odd: set when the peer's view may differ from now on. */
h2_status call_apart(side *s, choices *from, uint32_t stream_id, bool *odd);

#endif
