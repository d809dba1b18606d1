/* How many connections there may be, in all and from one address. Shared by all threads. */
#ifndef H2_TOOLS_SERVE_ADMISSION_H
#define H2_TOOLS_SERVE_ADMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/* Whom connections are counted for: an IPv4 address or the first half of an IPv6 address. */
struct admission_key {
    uint8_t octets[16];
};

struct admission;

struct admission *admission_new(size_t most, size_t most_per_address); /* NULL: no memory */
void admission_free(struct admission *admission);

struct admission_key admission_key_of(const struct sockaddr *address);

/* True: counted, and admission_leave is owed. */
bool admission_enter(struct admission *admission, struct admission_key key);
void admission_leave(struct admission *admission, struct admission_key key);

#endif
