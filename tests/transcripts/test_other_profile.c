/* Every conversation in the profile that it was not written for: whatever comes of it, it is the same in every way that
 * the input can arrive. */
#include "transcript.h"

int main(int argc, char **argv)
{
    static const char *const files[] = {"python/*.txt", "rfc/*.txt", NULL};
    return transcripts_compare_main(argc, argv, files);
}
