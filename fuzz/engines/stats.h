/*
 * What a run has done so far, for whoever watches it: ./slubbed fuzz shows it while it goes on.
 *
 * The numbers lie in the file that the variable SLUBBED_STATS names, as struct stats in the
 * machine's byte order; without it they go nowhere. The watcher makes the file, of any content that
 * is zero and at least as large. AFL++ starts a new process every so often, so what is there is
 * added to, never replaced.
 *
 * The watcher may write into it, too: the signatures that engine_wants() says no to, so that a bug
 * that is found all the time does not keep the engine from the next one.
 */
#ifndef FUZZ_ENGINES_STATS_H
#define FUZZ_ENGINES_STATS_H

#include "fuzz/engines/engine.h"

enum { STATS_KNOWN_MAX = 32, STATS_SIGNATURE_SIZE = 128 };

struct stats {
    uint64_t run_count;
    uint64_t step_count;              /* ops that called the allocator */
    uint64_t op_count;                /* ops read */
    uint64_t state_count;             /* slots of engine_feedback() that were ever marked */
    uint8_t seen[FEEDBACK_SLOTS];     /* which */
    char known[STATS_KNOWN_MAX][STATS_SIGNATURE_SIZE];    /* filled up by empty strings */
};

/* Counts a slot that engine_feedback() marks, once. */
void stats_state(uint32_t slot);

#endif
