/*
 * Ready-made stretches of ops: patterns in which slab and buddy allocators have been wrong before,
 * drafted to fit the place where they are inserted.
 */
#ifndef FUZZ_BURSTS_H
#define FUZZ_BURSTS_H

#include "fuzz/draft.h"

/* Appends a burst that the generator's profile has. May append nothing, never more than limit. */
void draft_burst(struct draft *draft);

#endif
