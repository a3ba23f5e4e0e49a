/*
 * Delta debugging of op programs: towards the shortest and plainest program of which a test holds.
 *
 * Operands name slots, so any op may be left out without retargeting the others; ops that lose
 * their object decode to nothing and are left out next. Until nothing helps any more, these are
 * tried:
 *
 *     config     rows go back to their defaults, or to plainer numbers
 *     ops        leave out halves, quarters, ..., single ops; of short programs also pairs
 *     bulk       neighbours that allocate or free become one bulk op
 *     kinds      ops become plainer ones: zalloc alloc, krealloc kmalloc, ...
 *     operands   numbers become smaller, flags fewer
 *     slots      are numbered from 0
 *     heap       the heap becomes another, or objects larger, if the program is shorter then
 *
 * Each thing tried makes the program shorter, or plainer at the same length, so this ends.
 */
#ifndef FUZZ_TRIAGE_REDUCE_H
#define FUZZ_TRIAGE_REDUCE_H

#include "fuzz/program.h"

/* What must hold of a program; asked about a few hundred or thousand of them. */
struct reduce_test {
    bool (*holds)(void *context, const struct program *candidate);
    bool (*is_over)(void *context);    /* true: no time is left, the best so far is the result */
    void *context;
};

/*
 * Reduces a program of which the test holds, in place: op_count shrinks, ops and config change. The
 * test holds of the result. False, and nothing changed, if there is no memory.
 */
bool reduce_program(struct program *program, const struct reduce_test *test);

#endif
