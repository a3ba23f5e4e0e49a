/*
 * The last step of an allocation and the first of a free: contents, and what users may touch.
 *
 * A free object is hidden from users. Handing it out shows exactly the requested bytes, so a
 * sanitizer sees an access to the slack behind them.
 */
#ifndef ALLOCATOR_SLUB_OBJECT_READY_H
#define ALLOCATOR_SLUB_OBJECT_READY_H

#include <stddef.h>

#include "allocator/base/compiler.h"
#include "allocator/base/flags.h"
#include "allocator/cache/cache.h"

/* object_hand_out() of an object that has to read zero, or was wiped when it was freed. */
void *object_hand_out_clean(const struct kmem_cache *cache, void *object, size_t requested_size,
                            gfp_t gfp);

/*
 * What is granted of gfp: a constructor's work is not to be zeroed. Reports CTOR_WITH_ZERO. For
 * callers that were asked for zeroes.
 */
gfp_t object_grant_zeroing(const struct kmem_cache *cache, gfp_t gfp, uint64_t site);

/* Shows the first requested_size bytes of an object that nothing has to be done to. */
static inline void object_show(const struct kmem_cache *cache, const void *object,
                               size_t requested_size)
{
    if (cache->ctor != NULL) {
        memory_show_defined(object, requested_size);
    } else {
        memory_show_undefined(object, requested_size);
    }
}

/* Zeroes what has to read zero, and shows the first requested_size bytes. Returns the object. */
static inline void *object_hand_out(const struct kmem_cache *cache, void *object,
                                    size_t requested_size, gfp_t gfp)
{
    if (compiler_unlikely((gfp & __GFP_ZERO) != 0 || cache_wipes(cache))) {
        return object_hand_out_clean(cache, object, requested_size, gfp);
    }
    object_show(cache, object, requested_size);
    return object;
}

/* Hides an object from users, but not from readers who found it before. */
static inline void object_hide(const struct kmem_cache *cache, const void *object)
{
    if (!cache_has_readers(cache)) {
        memory_hide(object, cache->layout.object_size);
    }
}

/* Wipes the object if the cache does that, and hides it. The object is the caller's alone. */
void object_take_back(const struct kmem_cache *cache, void *object);

#endif
