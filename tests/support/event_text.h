/* Events as text with all their members, the same text for the same event: what tests compare. */
#ifndef H2_TEST_EVENT_TEXT_H
#define H2_TEST_EVENT_TEXT_H

#include "octets.h"

#include <h2/h2.h>

/* Appends the event: a line "event NAME member=value ...", then a line "field NAME VALUE" for each field. */
void event_text(octets *out, const h2_event *event);

/* The field lines alone. */
void fields_text(octets *out, const h2_header *fields, size_t count);

#endif
