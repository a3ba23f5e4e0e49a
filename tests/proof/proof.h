/*
 * Claims that hold for all values, proved by the compiler.
 *
 * prove(claim) calls a function that is defined nowhere unless the compiler can tell at compile
 * time that the claim is true, whatever the arguments are. An optimised object file without a
 * reference to not_proved() is the proof; proof_test.sh looks for it.
 *
 * A claim about pointers or words is thus shown for all 2^64 of each, not for a sample.
 */
#ifndef TESTS_PROOF_PROOF_H
#define TESTS_PROOF_PROOF_H

#include <stdbool.h>

void not_proved(void);

static inline void prove(bool claim)
{
    if (!claim) {
        not_proved();
    }
}

#endif
