/*
 * Which caches a heap has, and the storage of their descriptors.
 *
 * Descriptors lie in a fixed array of the heap, lowest free one first: creating a cache needs no
 * memory that could be missing later, and a descriptor's address depends on the ops alone.
 */
#ifndef ALLOCATOR_CACHE_REGISTRY_H
#define ALLOCATOR_CACHE_REGISTRY_H

#include "allocator/cache/heap_state.h"

/*
 * Makes a cache from a request whose flags are final and links it. Returns HEAP_OK, HEAP_EINVAL (no
 * layout) or HEAP_ENOMEM (no descriptor); on failure *cache is NULL and nothing changed.
 * O(CACHE_MAX); takes heap->registry_lock.
 */
int registry_add(struct kmem_heap *heap, const struct cache_request *request,
                 struct kmem_cache **cache);

/*
 * Unlinks a cache without slabs and clears its descriptor for reuse. heap->registry_lock is held,
 * and was when the cache was found to have none.
 */
void registry_remove(struct kmem_cache *cache);

#endif
