/*
 * Hunts through the schedules of one program, in a process of its own: a schedule that brings the
 * process down is a finding like any other, and its trace is there.
 */
#ifndef FUZZ_TRIAGE_HUNT_H
#define FUZZ_TRIAGE_HUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/program.h"
#include "fuzz/triage/trial.h"

/* Who decides who runs; run number i of a hunt is always the same. */
enum hunt_strategy {
    HUNT_EXHAUSTIVE,     /* every schedule; run_max 0: however many there are */
    HUNT_RANDOM,         /* preemptions as often as is asked for, on average */
    HUNT_PCT,
    HUNT_ROUND_ROBIN,    /* turns of 1 point, of 2, ... */
    HUNT_STRATEGY_COUNT
};

struct hunt_request {
    const struct program *program;    /* what comes before its first `cpu` is the set-up */
    enum hunt_strategy strategy;
    unsigned preemptions_max;
    uint32_t run_max;
    uint32_t seed;
    bool is_every_point;              /* preempt also where it makes no difference */
};

enum hunt_end {
    HUNT_COVERED,     /* there are no other schedules */
    HUNT_ENOUGH,      /* run_max runs */
    HUNT_FAILED,      /* the last one failed: its trace is there */
    HUNT_STOPPED,     /* the user wants to go */
    HUNT_TOO_DEEP,    /* the program is too long to be searched exhaustively */
    HUNT_DIVERGED,    /* a schedule did different things when it was run again */
};

struct hunt;

/* As enum hunt_strategy spells it, in lower case. */
extern const char *const hunt_strategy_names[HUNT_STRATEGY_COUNT];

/*
 * Runs one schedule after the other, until one fails or there are enough; tells every other second
 * on stderr how far it is. NULL if there is no memory; hunt_destroy() gives the result back.
 */
struct hunt *hunt_run(const struct trials *trials, const struct hunt_request *request);
void hunt_destroy(struct hunt *hunt);

enum hunt_end hunt_end(const struct hunt *hunt);

/* Different schedules so far, as far as that is known; for HUNT_COVERED, all. */
uint64_t hunt_count(const struct hunt *hunt);

/* Of the last run. */
const struct program *hunt_trace(const struct hunt *hunt);

#endif
