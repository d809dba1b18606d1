/* Every difference between the two profiles, shown in both: profiles.txt. */
#include "transcript.h"

int main(int argc, char **argv)
{
    static const char *const files[] = {"profiles.txt", NULL};
    return transcripts_main(argc, argv, files);
}
