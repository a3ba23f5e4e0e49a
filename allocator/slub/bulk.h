/* Many objects at once. See kmem_cache_alloc_bulk() and kmem_cache_free_bulk(). */
#ifndef ALLOCATOR_SLUB_BULK_H
#define ALLOCATOR_SLUB_BULK_H

#include "allocator/slub/slub.h"

/*
 * Takes count objects or none; they are not prepared for users yet. gfp says which of them may lie
 * in the guard pool. Returns count or 0.
 */
size_t slub_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t count, void **objects,
                       uint64_t site);

/*
 * Frees objects of cache; NULL entries are skipped, objects[] is consumed. Neighbours in the array
 * that share a slab are freed as one chain. Misuse is noticed and reported as by slub_free().
 */
void slub_free_bulk(struct kmem_cache *cache, size_t count, void **objects, uint64_t site);

#endif
