/*
 * The two calls whose usual case is the fast path and nothing else. Users find them in
 * api/kmem_cache.h, which says what calls on a cache have in common.
 */
#ifndef ALLOCATOR_SLUB_FAST_PATH_H
#define ALLOCATOR_SLUB_FAST_PATH_H

#include "allocator/base/flags.h"

struct kmem_cache;

/*
 * Returns an object, or NULL if the page layer has no memory. With __GFP_ZERO or the heap's
 * init_on_alloc it reads zero, except for caches with a constructor, whose objects are as the
 * constructor, or whoever freed them, left them (asking zero of them is reported as
 * CTOR_WITH_ZERO and ignored).
 */
void *kmem_cache_alloc(struct kmem_cache *cache, gfp_t gfp);

/*
 * Frees an object of this cache. NULL is allowed. Misuse that is noticed is reported and the object
 * stays allocated: see docs/HARDENING.md for what is noticed under which flags.
 */
void kmem_cache_free(struct kmem_cache *cache, void *object);

#endif
