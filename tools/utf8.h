/* Whether octets are well-formed UTF-8 (RFC 3629): shortest forms, no surrogates, at most U+10FFFF. */
#ifndef H2_TOOLS_UTF8_H
#define H2_TOOLS_UTF8_H

#include <stdbool.h>
#include <stddef.h>

bool utf8_valid(const void *bytes, size_t len);

#endif
