/* Telling a run as it goes on, op by op: what was done, reported and changed. */
#ifndef FUZZ_TRIAGE_NARRATE_H
#define FUZZ_TRIAGE_NARRATE_H

#include "fuzz/triage/trial.h"

struct changes;

struct narration {
    const struct program *program;
    struct changes *changes;
    size_t next_op;       /* the one that runs */
    bool op_is_told;      /* its text is printed */
    struct run_event last;
};

/*
 * Makes an observer that tells the run of a program on stdout. narration and program are the
 * caller's and outlive the trial.
 */
struct trial_observer narrate(struct narration *narration, const struct program *program);

#endif
