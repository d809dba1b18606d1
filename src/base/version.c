/* The version that is linked. */
#include <h2/version.h>

const char *h2_version(void)
{
    return H2_VERSION;
}
