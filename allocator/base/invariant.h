/*
 * Our own bugs. An INVARIANT is always on, names the rule of sanitizers/invariants.def that it
 * guards, and stops the run through the world. Misuse by a user is a report, never an INVARIANT.
 */
#ifndef ALLOCATOR_BASE_INVARIANT_H
#define ALLOCATOR_BASE_INVARIANT_H

#include "allocator/base/compiler.h"
#include "allocator/base/world.h"

#define INVARIANT(condition, RULE_ID)                                                              \
    do {                                                                                           \
        if (compiler_unlikely(!(condition))) {                                                     \
            world_invariant_failed(#RULE_ID);                                                      \
        }                                                                                          \
    } while (0)

#endif
