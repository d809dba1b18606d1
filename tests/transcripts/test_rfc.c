/* Conversations of the RFC profile, written from RFC 9113: rfc/ *.txt. */
#include "transcript.h"

int main(int argc, char **argv)
{
    static const char *const files[] = {"rfc/*.txt", NULL};
    return transcripts_main(argc, argv, files);
}
