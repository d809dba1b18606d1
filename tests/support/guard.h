/* Memory that ends exactly where a page without access begins, so that reading one octet too far faults, and
 * that can be made inaccessible itself, so that reading it too late faults. */
#ifndef H2_TEST_GUARD_H
#define H2_TEST_GUARD_H

#include <stddef.h>
#include <stdint.h>

typedef struct guard {
    uint8_t *pages; /* the mapping; its last page has no access */
    size_t size;    /* octets in front of that page */
} guard;

/* Room for at least `size` octets. */
void guard_open(guard *g, size_t size);
void guard_free(guard *g);

/* Copies the octets so that they end at the page without access. What was placed before is gone. */
const uint8_t *guard_place(guard *g, const void *data, size_t len);

/* Takes all access away until the next guard_place. */
void guard_shut(guard *g);

#endif
