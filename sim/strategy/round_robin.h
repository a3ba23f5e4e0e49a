/*
 * Each CPU in turn, each for the same number of scheduling points.
 *
 * A turn spans ops: it ends in the middle of one as soon as its points are used up. A CPU that has
 * nothing left to do loses the rest of its turn. The schedule depends on the ops alone, so it is
 * the one to try first, and the one to compare others with.
 */
#ifndef SIM_STRATEGY_ROUND_ROBIN_H
#define SIM_STRATEGY_ROUND_ROBIN_H

#include <stdint.h>

#include "sim/strategy/strategy.h"

struct round_robin {
    struct strategy strategy;
    uint32_t quantum;       /* points of a turn */
    uint32_t left;          /* points left of the present turn */
};

/* quantum is 1 or more; with STRATEGY_TO_END no turn ends before its CPU has nothing left to do. */
void round_robin_init(struct round_robin *round_robin, uint32_t quantum);

#endif
