/* The static table (RFC 7541 appendix A) with what is known beforehand of its names. */
#ifndef H2_HPACK_STATIC_TABLE_H
#define H2_HPACK_STATIC_TABLE_H

#include "base/token.h"

enum {
    H2_STATIC_COUNT = 61,
    H2_STATIC_LAST_OF_MANY = 14, /* names behind it have one entry each */
    H2_STATIC_SLACK = 32,        /* octets behind h2_static_octets that may be read */
    H2_STATIC_HASH_FACTOR = 0x524702d,
    H2_STATIC_HASH_BITS = 7
};

/* What an encoder that chooses does with a field whose value is not in a table. */
typedef enum h2_indexing {
    H2_INDEXING_GOOD,      /* enters it */
    H2_INDEXING_PASSING,   /* does not: the value seldom comes again */
    H2_INDEXING_RETURNING, /* enters it once it has come again */
    H2_INDEXING_SECRET,    /* forbids it to every hop (RFC 7541 section 7.1.3) */
    H2_INDEXING_COOKIE     /* secret while it is so short that it could be guessed */
} h2_indexing;

typedef struct h2_static_entry {
    uint16_t name, value; /* offsets in h2_static_octets */
    uint8_t name_len, value_len;
    uint8_t token;    /* h2_token */
    uint8_t indexing; /* h2_indexing, of the name */
} h2_static_entry;

extern const char h2_static_octets[];

/* By index; entry 0 is none. Entries of one name follow each other. */
extern const h2_static_entry h2_static_entries[H2_STATIC_COUNT + 1];

/* By h2_static_slot: the first index of the one name that can be meant, or 0. */
extern const uint8_t h2_static_slots[1 << H2_STATIC_HASH_BITS];

/* len is above 0. */
static inline uint32_t h2_static_slot(const char *name, size_t len)
{
    uint32_t mixed = (uint32_t)(uint8_t)len | (uint32_t)(uint8_t)name[len / 2] << 8 |
                     (uint32_t)(uint8_t)name[len / 4] << 16 | (uint32_t)(uint8_t)name[len - 1] << 24;
    return (uint32_t)(mixed * H2_STATIC_HASH_FACTOR) >> (32 - H2_STATIC_HASH_BITS);
}

#endif
