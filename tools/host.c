/* See host.h. */
#include "host.h"

#include <string.h>
#include <strings.h>

const char *host_to_look_up(const char *host)
{
    static const char name[] = "localhost";
    const size_t own = sizeof name - 1;
    size_t len = strlen(host);
    if (len > 0 && host[len - 1] == '.') len--; /* that of the root */
    if (len < own || strncasecmp(host + len - own, name, own) != 0) return host;
    return len == own || host[len - own - 1] == '.' ? NULL : host;
}
