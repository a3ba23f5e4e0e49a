/*
 * Allocates and frees an object of 64 bytes as often as it is told, in the native world, for a
 * counter of instructions to look at: tools/cli/bench/pairs.py.
 */
#include <stdlib.h>

#include "bench/pair_heap.h"

int main(int argc, char **argv)
{
    unsigned long count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;

    pair_repeat(pair_cache(64, 0), count);
    return 0;
}
