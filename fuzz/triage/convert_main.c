/* convert alone, without an allocator: what the build encodes corpora with. */
#include "fuzz/triage/convert.h"

int main(int argc, char **argv)
{
    return (int)command_main(&convert_command, 1, argc, argv);
}
