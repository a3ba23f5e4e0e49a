/*
 * Telling a run as it goes on, op by op: what was done, reported and changed. An op that was cut is
 * told in parts: where it was parked, or what it waits for, and later that it goes on.
 */
#ifndef FUZZ_TRIAGE_NARRATE_H
#define FUZZ_TRIAGE_NARRATE_H

#include "fuzz/triage/trial.h"

struct changes;
struct interleaving;

struct narration {
    const struct program *program;
    struct changes *changes;
    struct interleaving *interleaving;
    size_t begun_count;   /* ops that began, one after the other */
    size_t next_op;       /* the one that runs, or will */
    bool op_is_told;      /* its text is printed */
    bool is_drawn;        /* the heap, once all ops are over */
    struct run_event last;
};

/*
 * Makes an observer that tells the run of a program on stdout. All is the caller's and outlives the
 * trial; so does narration, which narrate_release() ends. False if there is no memory.
 */
bool narrate(struct narration *narration, const struct program *program,
             struct trial_observer *observer);
void narrate_release(struct narration *narration);

#endif
