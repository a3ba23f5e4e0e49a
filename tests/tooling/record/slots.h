/* What a recorded program must be whatever was recorded: balanced. For tests. */
#ifndef TESTS_TOOLING_RECORD_SLOTS_H
#define TESTS_TOOLING_RECORD_SLOTS_H

#include <stdbool.h>
#include <stddef.h>

#include "fuzz/program.h"

struct slot_usage {
    size_t live_count;        /* slots live at the end */
    size_t live_peak;
    size_t slot_count;        /* slots ever used: those below this number */
    size_t fault;             /* index of the first op that does not suit its slot, or op_count */
};

/*
 * Walks over the ops of a recorded program and follows its slots: an allocation must go into a slot
 * that is not live, anything else to one that is, and no slot may be used while a lower one never
 * was. False, and fault set, if one of the ops does not keep to that. O(ops).
 */
bool slots_are_balanced(const struct program *program, struct slot_usage *usage);

#endif
