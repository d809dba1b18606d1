/* Which octets a field may have (RFC 9113 section 8.2.1, RFC 9110 section 5.5). */
#ifndef H2_BASE_OCTETS_H
#define H2_BASE_OCTETS_H

#include <stdbool.h>
#include <stddef.h>

/* A token of lower-case octets, not empty, after at most one colon in front. */
bool h2_name_is_clean(const char *name, size_t len);

/* Tab, space, 0x21 to 0x7e, 0x80 to 0xff, and no blank at either end; empty is clean. */
bool h2_value_is_clean(const char *value, size_t len);

/* Whether there is a tab or a space. */
bool h2_has_blank(const char *octets, size_t len);

/* Whether there is an octet that ends an authority: tab, space or one of # / ? @ \ (RFC 3986 section 3.2). */
bool h2_has_authority_end(const char *octets, size_t len);

#endif
