/*
 * Sets of interleavings: what some runs came to, and what could have come of a program, found by
 * trying each ready CPU at each single point, without any strategy.
 */
#ifndef TESTS_UNIT_SIM_STRATEGY_OUTCOME_SET_H
#define TESTS_UNIT_SIM_STRATEGY_OUTCOME_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/unit/sim_strategy/fake_machine.h"

struct outcome_set {
    uint64_t *hashes;       /* of histories, in 64 bits; owned; sorted and unique once finished */
    size_t count;
    size_t capacity;
};

/* Adds the history of a machine. The set is all zero at first. */
void outcome_set_add(struct outcome_set *set, const struct fake_machine *machine);

/* Adds all that can become of the machine with at most so many preemptions. */
void outcome_set_enumerate(struct outcome_set *set, struct fake_machine machine,
                           unsigned preemptions_max);

/* Sorts, drops what is there twice, and returns how many are left. O(n log n). */
size_t outcome_set_finish(struct outcome_set *set);

/* Both are finished. */
bool outcome_sets_are_equal(const struct outcome_set *left, const struct outcome_set *right);

void outcome_set_fini(struct outcome_set *set);

#endif
