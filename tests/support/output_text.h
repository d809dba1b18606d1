/* Output as text where the octets of field blocks may differ: blocks are decoded, CONTINUATION frames joined
 * to their block, WINDOW_UPDATEs of a stream added up. */
#ifndef H2_TEST_OUTPUT_TEXT_H
#define H2_TEST_OUTPUT_TEXT_H

#include "octets.h"

#include <h2/h2.h>

/* Appends a line for each frame and each field. The decoder follows the whole conversation. */
void output_text(octets *out, h2_hpack_decoder *decoder, const octets *bytes);

#endif
