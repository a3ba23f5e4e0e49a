/* What the passes of reduce.h share; for fuzz/triage/reduce*.c alone. */
#ifndef FUZZ_TRIAGE_REDUCTION_H
#define FUZZ_TRIAGE_REDUCTION_H

#include "fuzz/triage/reduce.h"

struct reduction {
    struct program best;         /* the test holds of it */
    struct program candidate;    /* being made; as many ops fit as the first program had */
    const struct reduce_test *test;
};

static inline bool reduction_is_over(const struct reduction *reduction)
{
    return reduction->test->is_over(reduction->test->context);
}

/* Begins a candidate: the best program. */
void reduction_begin(struct reduction *reduction);

/* Asks about the candidate, which becomes the best one if the test holds of it. */
bool reduction_try(struct reduction *reduction);

/*
 * The same for the candidate with one park moved, unless it is long: a park counts accesses to
 * shared memory, of which a change anywhere before it may make more or fewer.
 */
bool reduction_try_with_parks_moved(struct reduction *reduction);

/* Takes count ops from the first one on out of a program that has them. */
void program_leave_out(struct program *program, size_t first, size_t count);

/* The passes: each tries one kind of thing and returns whether the best program changed. */
bool reduce_ops(struct reduction *reduction);
bool reduce_pairs(struct reduction *reduction);
bool reduce_bulk(struct reduction *reduction);
bool reduce_kinds(struct reduction *reduction);
bool reduce_operands(struct reduction *reduction);
bool reduce_config(struct reduction *reduction);
bool reduce_slots(struct reduction *reduction);
bool reduce_heap(struct reduction *reduction);
bool reduce_change_points(struct reduction *reduction);
bool reduce_cpus(struct reduction *reduction);
bool reduce_parks(struct reduction *reduction);
bool reduce_with_parks_moved(struct reduction *reduction);

#endif
