/* Everything that is not one CAS. */
#ifndef ALLOCATOR_SLUB_SLOW_PATH_H
#define ALLOCATOR_SLUB_SLOW_PATH_H

#include "allocator/slub/slub.h"

/*
 * Allocates when this CPU's freelist is empty: from its slab's own freelist, its partial stack, the
 * node, or a new slab, in that order. Takes cpu->lock, node->lock, zone->lock.
 */
void *slow_alloc(struct kmem_cache *cache, size_t requested_size, uint64_t site);

/*
 * Frees to a slab that is not this CPU's, by CAS on the slab word; node->lock is taken only when
 * the slab changes lists. Takes cpu->lock when the slab becomes this CPU's partial.
 */
void slow_free(struct kmem_cache *cache, struct slab *slab, struct object_chain chain);

/* Frees one object of a slab that is not this CPU's, after the checks that the cache asks for. */
void slow_free_object(struct kmem_cache *cache, struct slab *slab, void *object, uint64_t site);

/* The object is the head of the freelist it would go to; nothing changes. */
void slow_report_double_free(const struct slab *slab, void *object, uint64_t site);

#endif
