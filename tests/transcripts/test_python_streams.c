/* Conversations of the Python profile, recorded from Python's h2: python/streams*.txt. */
#include "transcript.h"

int main(int argc, char **argv)
{
    static const char *const files[] = {"python/streams*.txt", NULL};
    return transcripts_main(argc, argv, files);
}
