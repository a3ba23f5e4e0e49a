/*
 * Every schedule of a program with at most so many preemptions.
 *
 * First those without any, then those with up to one, and so on: what fails is found with as few
 * preemptions as it takes.
 */
#ifndef FUZZ_EXPLORE_ALL_H
#define FUZZ_EXPLORE_ALL_H

#include <stdbool.h>
#include <stdint.h>

#include "fuzz/explore.h"

enum explore_end {
    EXPLORE_COVERED,     /* all of them pass */
    EXPLORE_FAILED,      /* the last run did: its result and its trace are there */
    EXPLORE_STOPPED,     /* on_run() said so */
    EXPLORE_TOO_DEEP,    /* the program is too long: EXHAUSTIVE_DEPTH_MAX */
    EXPLORE_DIVERGED,    /* one schedule did different things when it was run again */
};

struct explore_all {
    struct explore *explore;
    struct run *run;
    unsigned preemptions_max;
    bool is_unsieved;                  /* preempt also where it makes no difference (sieve.h); as is
                                          done where stores are seen late, config.store_buffers */
    bool (*on_run)(void *context);     /* after each run; false: stop. NULL: go on */
    void *context;
};

struct explore_all_result {
    enum explore_end end;
    uint64_t schedule_count;       /* of the last bound tried: all schedules that were covered */
    uint64_t run_count;            /* of all bounds */
    struct run_result failure;     /* EXPLORE_FAILED: of the last run */
};

/* O(schedules * steps). Exits with code 3 and one line on stderr without memory. */
struct explore_all_result explore_all(const struct explore_all *request);

#endif
