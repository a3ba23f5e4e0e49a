/*
 * Caches with debug flags: every operation takes one object at a time under node->lock, so checks
 * see a slab that nobody changes. No CPU slab, no CPU partial list.
 */
#ifndef ALLOCATOR_SLUB_DEBUG_PATH_H
#define ALLOCATOR_SLUB_DEBUG_PATH_H

#include "allocator/slub/node_search.h"

/* See slub_alloc() and slub_free(). Take node->lock. O(objects of the slab) with checks. */
void *debug_alloc(struct kmem_cache *cache, size_t requested_size, struct node_wish wish,
                  uint64_t site);
void debug_free(struct slab *slab, void *object, uint64_t site);

#endif
