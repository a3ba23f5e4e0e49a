/*
 * Free pointers: the links of a freelist inside the free objects.
 *
 * Stored encoded with the cache's secret and the address they lie at (hardening/free_pointer.h), or
 * as they are if the heap says so. A link read from an object that another CPU may be using is any
 * number; the caller's CAS fails then, so the number is never followed.
 */
#ifndef ALLOCATOR_CACHE_FREELIST_H
#define ALLOCATOR_CACHE_FREELIST_H

#include "allocator/base/raw.h"
#include "allocator/cache/cache.h"
#include "allocator/hardening/free_pointer.h"

static inline void *freelist_slot(const struct kmem_cache *cache, const void *object)
{
    return (unsigned char *)(uintptr_t)object + cache->layout.free_pointer_offset;
}

/* The object behind a free object, or NULL. */
static inline void *freelist_next(const struct kmem_cache *cache, const void *object)
{
    const void *slot = freelist_slot(cache, object);
    uint64_t key = free_pointer_key(cache->secret, (uintptr_t)slot) & cache->encoding_mask;

    return (void *)(uintptr_t)(raw_load_word(slot) ^ key);
}

/* Links next, or NULL, behind a free object that belongs to the caller. */
static inline void freelist_set_next(const struct kmem_cache *cache, void *object, const void *next)
{
    void *slot = freelist_slot(cache, object);
    uint64_t key = free_pointer_key(cache->secret, (uintptr_t)slot) & cache->encoding_mask;

    raw_store_word(slot, (uintptr_t)next ^ key);
}

#endif
