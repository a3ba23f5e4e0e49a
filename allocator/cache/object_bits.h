/*
 * Which objects are in their users' hands: hardening/object_bitmap.h over the whole arena.
 *
 * A bit is set by whoever takes an object off a list for a user, and cleared by the free of it,
 * before anything else is done to it. No lock: any context. All O(1).
 */
#ifndef ALLOCATOR_CACHE_OBJECT_BITS_H
#define ALLOCATOR_CACHE_OBJECT_BITS_H

#include <stdbool.h>

#include "allocator/cache/cache.h"

/* The object, of a slab of the cache, is allocated from now on. */
void object_bits_set(struct kmem_cache *cache, const void *object);

/* It is free from now on; false if it was before: of several that free it, one hears true. */
bool object_bits_clear(struct kmem_cache *cache, const void *object);

/* It is allocated. */
bool object_bits_has(const struct kmem_cache *cache, const void *object);

/* The object was taken off a list for a user. */
static inline void object_bits_note(struct kmem_cache *cache, const void *object)
{
    if (cache->knows_objects) {
        object_bits_set(cache, object);
    }
}

#endif
