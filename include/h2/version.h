/* The version of the library, at compile time and at run time. */
#ifndef H2_VERSION_H
#define H2_VERSION_H

#include <h2/base.h>

#ifdef __cplusplus
extern "C" {
#endif

#define H2_VERSION_MAJOR 0
#define H2_VERSION_MINOR 1
#define H2_VERSION_PATCH 0
#define H2_VERSION       "0.1.0"

/* The version of the library that is linked, "major.minor.patch"; a constant string. */
H2_API const char *h2_version(void);

#ifdef __cplusplus
}
#endif
#endif
