/*
 * Ready-made stretches of ops: patterns in which slab and buddy allocators have been wrong before,
 * drafted to fit the place where they are inserted.
 */
#ifndef FUZZ_BURSTS_H
#define FUZZ_BURSTS_H

#include <stddef.h>

#include "fuzz/generate.h"

enum { DRAFT_MAX = 128 };

struct draft {
    struct generator *generator;    /* its forecast is behind the final op */
    size_t limit;                   /* ops wanted at most, <= DRAFT_MAX */
    size_t count;
    struct op ops[DRAFT_MAX];
};

void draft_init(struct draft *draft, struct generator *generator, size_t limit);

/* Appends a burst that the generator's profile has. May append nothing, never more than limit. */
void draft_burst(struct draft *draft);

/* Appends count ops, each a step, chosen by the weights of the program. */
void draft_walk(struct draft *draft, size_t count);

#endif
