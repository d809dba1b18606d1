/* The dynamic table (RFC 7541 section 2.3.2): a ring of descriptors of eight octets, and one run of octets in
 * which the entries follow each other. Nothing is allocated for an entry, and nothing at all before the
 * first. Knows nothing of blocks; which way the table is used, the decoder and the encoder know. */
#ifndef H2_HPACK_TABLE_H
#define H2_HPACK_TABLE_H

#include "base/alloc.h"
#include "base/token.h"

enum {
    H2_TABLE_ENTRY_OVERHEAD = 32, /* what section 4.1 adds to the octets of an entry */
    H2_TABLE_DEFAULT_SIZE = 4096  /* the size that both sides begin with (RFC 9113 section 6.5.2) */
};

typedef struct h2_table_entry {
    uint32_t start; /* position of the name; the value follows, and ends where the next entry starts */
    uint32_t word;  /* length of the name << 8 | clean << 7 | token */
} h2_table_entry;

/* Positions count the octets ever entered, modulo 2^32; so do entry numbers. */
typedef struct h2_table {
    uint8_t *octets; /* NULL while octets_cap is 0 */
    h2_table_entry
        *ring; /* NULL while ring_cap is 0; the slot behind the newest entry tells where that ends */
    uint32_t octets_cap;
    uint32_t ring_cap; /* a power of two, or 0 */
    uint32_t base;     /* position of octets[0] */
    uint32_t end;      /* position behind the newest entry */
    uint32_t next;     /* number that the next entry gets */
    uint32_t count;    /* entries */
    uint32_t size;     /* as section 4.1 counts it */
    uint32_t limit;    /* size at most */
} h2_table;

#endif
