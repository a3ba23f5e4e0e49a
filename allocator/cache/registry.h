/*
 * Which caches a heap has, and the storage of their descriptors.
 *
 * Descriptors lie in a fixed array of the heap, lowest free one first: creating a cache needs no
 * memory that could be missing later, and a descriptor's address depends on the ops alone.
 */
#ifndef ALLOCATOR_CACHE_REGISTRY_H
#define ALLOCATOR_CACHE_REGISTRY_H

#include "allocator/cache/heap_state.h"

/* The layout that a request comes to. HEAP_EINVAL as layout_compute(). */
int registry_layout(const struct kmem_heap *heap, const struct cache_request *request,
                    struct layout *layout);

/*
 * Makes a cache from a request whose flags are final and links it; or, with config->merging, counts
 * one more user of a cache that serves the request as well. Then objects may become larger, by
 * less than a word beyond what their slots leave: nobody else may be using that cache meanwhile.
 * Returns HEAP_OK, HEAP_EINVAL (no
 * layout) or HEAP_ENOMEM (no descriptor); on failure *cache is NULL and nothing changed.
 * O(CACHE_MAX); takes heap->registry_lock.
 */
int registry_add(struct kmem_heap *heap, const struct cache_request *request,
                 struct kmem_cache **cache);

/* True if there is a cache of this name, as far as names are kept. Takes the same. O(caches). */
bool registry_has_name(struct kmem_heap *heap, const char *name);

/* One user of the cache is gone; true if that was the last one. heap->registry_lock is held. */
bool registry_release(struct kmem_cache *cache);

/*
 * Unlinks a cache without slabs and clears its descriptor for reuse. heap->registry_lock is held,
 * and was when the cache was found to have none.
 */
void registry_remove(struct kmem_cache *cache);

#endif
