/*
 * What a run has done so far, for whoever watches it: ./slubbed fuzz shows it while it goes on.
 *
 * The numbers lie in the file that the variable SLUBBED_STATS names, as struct stats in the
 * machine's byte order; without it they go nowhere. The watcher makes the file, of any content that
 * is zero and at least as large. AFL++ starts a new process every so often, so what is there is
 * added to, never replaced.
 */
#ifndef FUZZ_ENGINES_STATS_H
#define FUZZ_ENGINES_STATS_H

#include "fuzz/engines/engine.h"

struct stats {
    uint64_t run_count;
    uint64_t step_count;              /* ops that called the allocator */
    uint64_t op_count;                /* ops read */
    uint64_t state_count;             /* slots of engine_feedback() that were ever marked */
    uint8_t seen[FEEDBACK_SLOTS];     /* which */
};

/* Counts a slot that engine_feedback() marks, once. */
void stats_state(uint32_t slot);

#endif
