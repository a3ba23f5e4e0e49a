/*
 * For a counter of instructions: allocates and frees an object of 64 bytes as often as it is told.
 * Without an argument: one line a misuse, noticed or not.
 */
#include <stdio.h>
#include <stdlib.h>

#include "examples/bump.h"
#include "examples/misuse.h"

static void tell_misuse(void)
{
    for (unsigned misuse = 0; misuse < MISUSE_COUNT; misuse++) {
        printf("%s %s\n", misuse_name(misuse), misuse_is_noticed(misuse) ? "noticed" : "unnoticed");
    }
}

int main(int argc, char **argv)
{
    struct bump *bump = bump_create(4, 1);
    unsigned long count = argc == 2 ? strtoul(argv[1], NULL, 10) : 0;

    if (argc != 2) {
        tell_misuse();
    }
    for (unsigned long i = 0; i < count; i++) {
        bump_free(bump, bump_alloc(bump, 64));
    }
    bump_destroy(bump);
    return 0;
}
