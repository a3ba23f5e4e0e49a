/* What the guard pool serves, against what it should. */
#ifndef SANITIZERS_COMPARE_GUARDED_H
#define SANITIZERS_COMPARE_GUARDED_H

#include "sanitizers/compare.h"

/* What the pool is like before a step, for compare_guarded(). */
struct model_guarded compare_guarded_now(const struct kmem_heap *heap);

/* given, of a request, lies in the guard pool, as the address is one of its own cache there. */
bool compare_is_guarded(const struct model *model, const struct compare_request *request,
                        const void *given);

/* The pool served this request if it was its turn, and gave the object that was freed first. */
bool compare_guarded(struct model *model, const struct compare_request *request,
                     const void *given);

/* Objects of a cache that users have in the guard pool. O(objects of the pool). */
uint32_t compare_guarded_count(const struct kmem_cache *cache);

#endif
