/*
 * Ops being drafted to fit the place where they will be inserted: each is a step there, and is
 * followed by the generator's forecast as soon as it is appended.
 */
#ifndef FUZZ_DRAFT_H
#define FUZZ_DRAFT_H

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

/*
 * Appends an op, without the bits that belong to none of its operands; false, and nothing appended,
 * if it is no step here or there is no room.
 */
bool draft_add(struct draft *draft, struct op op);

/* Appends an op of a code with slots and operands of the generator's choice. */
bool draft_add_any(struct draft *draft, enum op_code code);

/* The same on a given object slot. */
bool draft_add_on(struct draft *draft, enum op_code code, uint32_t object);

/* Appends an allocation from a cache into a slot of its own choice. */
bool draft_add_alloc(struct draft *draft, uint8_t cache, uint32_t *object);

/* Takes back the schedule lines at the end, which say how the next op runs. */
void draft_drop_prelude(struct draft *draft);

/* Chooses a cache that is present, made if there is none, sometimes made anyway. */
bool draft_some_cache(struct draft *draft, uint8_t *cache);

/* Appends count ops, each a step, chosen by the weights of the program. */
void draft_walk(struct draft *draft, size_t count);

/* 0 .. bound - 1; 0 if bound is 0. */
static inline uint32_t draft_below(struct draft *draft, uint32_t bound)
{
    return random_below(&draft->generator->random, bound);
}

/* True one time in count. */
static inline bool draft_one_in(struct draft *draft, uint32_t count)
{
    return random_one_in(&draft->generator->random, count);
}

#endif
