/*
 * Any CPU, any number of points: at the end of an op each ready CPU is as likely as the others, and
 * preemptions come at random, about as many in a run as were asked for.
 *
 * Between two preemptions lies a stretch of random length, counted through the ends of ops: short
 * ones are the most likely, and each `half_life` further points are half as likely. So preemptions
 * also come close together, which many a race needs. Those that happen to fall on the end of an op
 * are none, and while one CPU alone is ready there are none.
 *
 * Numbers are keyed by what they decide (which choice, which stretch), so that the CPUs chosen do
 * not depend on how often preemptions were drawn.
 */
#ifndef SIM_STRATEGY_RANDOM_H
#define SIM_STRATEGY_RANDOM_H

#include <stdint.h>

#include "sim/strategy/strategy.h"

struct random {
    struct strategy strategy;
    uint64_t seed;
    uint64_t half_life;         /* points; 0 for no preemptions */
    uint64_t left;              /* points before the next preemption */
    uint64_t choice_count;
    uint64_t stretch_count;
};

/*
 * preemptions        wanted in a run, on average; 0 for none
 * points_expected    of all CPUs together in a run; with few for each preemption there is no room
 *                    for that many
 */
void random_init(struct random *random, uint64_t seed, uint32_t preemptions,
                 uint32_t points_expected);

#endif
