/* Conversations of the Python profile, recorded from Python's h2: python/fields*.txt. */
#include "transcript.h"

int main(int argc, char **argv)
{
    static const char *const files[] = {"python/fields*.txt", NULL};
    return transcripts_main(argc, argv, files);
}
