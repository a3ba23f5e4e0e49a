/*
 * Allocations that are served from the heap's guard pool (cache/guarded.h), and their frees.
 *
 * Which allocation is: of those that could be, counted over all caches of the heap, every
 * config->guard_pool_interval-th; if all objects are in use, the slabs serve it like any other.
 * Those that name a node, or may take no lock, could not be. Nothing that slabs count or mark is
 * told of it.
 *
 * Damage is reported, made good, and is no reason to keep an object: it lies alone.
 *
 *     GUARD_CORRUPTION       bytes of the object's page beside it were written while it was live
 *     GUARD_OUT_OF_BOUNDS    bytes of a guard were
 *     GUARD_USE_AFTER_FREE   bytes of the page were written after the free; seen at the next use
 *     GUARD_INVALID_FREE     what was to be freed, or resized, is no allocated object; nothing is
 *                            changed
 */
#ifndef ALLOCATOR_SLUB_GUARDED_H
#define ALLOCATOR_SLUB_GUARDED_H

#include "allocator/base/flags.h"
#include "allocator/cache/heap_state.h"

/* Takes the pool's pages, if config wants it and there are so many. Before any cache is made. */
void guarded_create(struct kmem_heap *heap);

/*
 * Takes an object of size bytes for an allocation that asks with gfp; NULL if the pool does not
 * serve this one. The object is shown, constructed, and wiped if the cache does that. Takes no lock
 * but the pool's. O(pages of a tile) if it serves.
 */
void *guarded_take(struct kmem_cache *cache, size_t size, gfp_t gfp, uint64_t site);

/* Makes an object that was taken ready for its user: it reads zero if gfp or the cache ask it. */
void guarded_hand_out(const struct kmem_cache *cache, void *object, size_t size, gfp_t gfp);

/* Both, one after the other. */
void *guarded_alloc(struct kmem_cache *cache, size_t size, gfp_t gfp, uint64_t site);

/*
 * Frees what lies at an address of the pool, to a cache, or if that is NULL, to its own. The same
 * without a lock: who comes next, or guarded_drain(), makes the object one to use again. Both look
 * at the object's tile. O(pages of it).
 */
void guarded_free(struct kmem_heap *heap, const struct kmem_cache *cache, const void *address,
                  uint64_t site);
void guarded_free_nolock(struct kmem_heap *heap, const struct kmem_cache *cache,
                         const void *address, uint64_t site);
void guarded_drain(struct kmem_heap *heap);

/* Reports an address of the pool that is no allocated object. */
void guarded_report_invalid(const struct kmem_heap *heap, enum report_stage stage,
                            const void *address, uint64_t site);

/*
 * The cache is to be destroyed: false, and each object of it in users' hands reported, if there are
 * any. guarded_forget() leaves no mention of a cache that is.
 */
bool guarded_has_none(const struct kmem_cache *cache, uint64_t site);
void guarded_forget(const struct kmem_cache *cache);

#endif
