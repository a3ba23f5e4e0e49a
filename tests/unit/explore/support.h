/* What the tests of exploration share: programs from text, and a run to explore them with. */
#ifndef TESTS_UNIT_EXPLORE_SUPPORT_H
#define TESTS_UNIT_EXPLORE_SUPPORT_H

#include "fuzz/explore.h"
#include "fuzz/program.h"
#include "fuzz/run.h"

/* A program taken apart, and the trace of its last run. */
struct exploration {
    struct program program;
    struct program trace;
    struct explore *explore;
    struct run *run;
};

/*
 * heap are rows of the configuration, ops the lines of a trace behind those; the first `cpu` ends
 * the set-up. Fails the test if they cannot be read.
 */
void exploration_init(struct exploration *exploration, const char *heap, const char *ops);
void exploration_fini(struct exploration *exploration);

/* The trace runs as a program, and gives the same result. Fails the test if not. */
void exploration_check_replay(const struct exploration *exploration,
                              const struct run_result *result);

/* The ops of the trace, a line each, as they are written. The caller frees the text. */
char *exploration_text(const struct exploration *exploration);

/*
 * What the trace comes to: what each op returned, and the heap behind the last one. A number that
 * does not depend on the order in which the ops ended, nor on who ran when.
 */
uint64_t exploration_outcome(const struct exploration *exploration);

#endif
