/* The comparison for mempools: what they promise, and what they have in reserve. */
#ifndef SANITIZERS_COMPARE_POOLS_H
#define SANITIZERS_COMPARE_POOLS_H

#include "sanitizers/compare.h"

/* Making the pool, with so many elements, gave result; it is not there yet. */
bool compare_pool_create(struct model *model, struct model_pool *pool, unsigned count, int result);

/* What an allocation from a pool asked for, and met. */
struct compare_pool_ask {
    struct model_pool *pool;
    unsigned reserve_count;      /* before the call */
    bool is_preallocated;        /* only the reserve was asked */
};

/* An allocation for a slot that is not live returned given. */
bool compare_pool_alloc(struct model *model, uint32_t slot, const struct compare_pool_ask *ask,
                        void *given);

/*
 * An element was freed to the pool: it is in the reserve now, or not. reserve_count is that before
 * the call.
 */
bool compare_pool_free(struct model *model, struct model_pool *pool, const void *element,
                       unsigned reserve_count);

/* The pool was told to have count elements in reserve. */
bool compare_pool_resize(struct model *model, struct model_pool *pool, unsigned count, int result);

#endif
