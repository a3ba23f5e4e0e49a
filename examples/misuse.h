/* The acts of misuse.def, each tried on an allocator of its own. */
#ifndef EXAMPLES_MISUSE_H
#define EXAMPLES_MISUSE_H

#include <stdbool.h>

#include "examples/misuse.def"

enum misuse {
#define X(name, plain, hardened, what) MISUSE_##name,
    BUMP_MISUSE(X)
#undef X
    MISUSE_COUNT
};

const char *misuse_name(enum misuse misuse);

/* Does it, in a process of its own, and goes on a little; true if the allocator noticed. */
bool misuse_is_noticed(enum misuse misuse);

#endif
