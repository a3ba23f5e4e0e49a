/*
 * Probabilistic concurrency testing: a random schedule with a guarantee.
 *
 * Each CPU has a random priority, and of those that are ready the one with the highest runs. There
 * are depth-1 change points, at random among the points of the run; at each, whoever runs falls
 * below all others. A bug of depth d (d things have to come in one order) shows in one run with a
 * probability of at least 1 / (cpus * points^(d-1)), however unlikely random scheduling makes it.
 *
 * Reference: Burckhardt, Kothari, Musuvathi, Nagarakatte, "A randomized scheduler with
 * probabilistic guarantees of finding bugs", ASPLOS 2010.
 *
 * At most depth-1 preemptions a run: a change point may fall on the end of an op, beyond the end of
 * the run, on another one, or where one CPU alone is ready. Then it costs no preemption.
 */
#ifndef SIM_STRATEGY_PCT_H
#define SIM_STRATEGY_PCT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/strategy/strategy.h"

enum { PCT_DEPTH_MAX = 16 };

struct pct {
    struct strategy strategy;
    uint64_t priority[STRATEGY_CPU_COUNT];      /* the highest runs */
    uint32_t changes[PCT_DEPTH_MAX - 1];        /* points passed at each; ascending */
    unsigned changes_count;
    unsigned changes_passed;
    uint64_t points_passed;
    unsigned running;                           /* CPU of the last choice */
};

/*
 * depth              1 .. PCT_DEPTH_MAX
 * points_expected    of all CPUs together in a run, 1 or more; the guarantee holds for runs that
 *                    have no more
 *
 * Returns false, and leaves pct alone, if either is out of range. O(depth^2).
 */
bool pct_init(struct pct *pct, uint64_t seed, unsigned depth, uint32_t points_expected);

#endif
