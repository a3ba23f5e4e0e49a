/*
 * Free pointers: the links of a freelist inside the free objects.
 *
 * A link is the address of the next object; behind the last one it is that of the word before the
 * arena, which reference 0 stands for. Stored encoded with the cache's secret and the address they
 * lie at (hardening/free_pointer.h), or as they are if the heap says so.
 *
 * A link read from an object that another CPU may be using is any number; the caller's CAS fails
 * then, so the number is never followed.
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

static inline uint64_t freelist_key(const struct kmem_cache *cache, const void *slot)
{
    return free_pointer_key(cache->secret, (uintptr_t)slot) & cache->encoding_mask;
}

/* The link of a free object, whatever it is. */
static inline unsigned char *freelist_link(const struct kmem_cache *cache, const void *object)
{
    const void *slot = freelist_slot(cache, object);

    return (unsigned char *)(uintptr_t)(raw_load_word(slot) ^ freelist_key(cache, slot));
}

/* The object behind a free object, or NULL. */
static inline void *freelist_next(const struct kmem_cache *cache, const void *object)
{
    unsigned char *link = freelist_link(cache, object);

    return link != cache->arena - WORD_SIZE ? link : NULL;
}

/* The same as a reference; a link that leads nowhere gives any reference. */
static inline object_ref_t freelist_next_ref(const struct kmem_cache *cache, const void *object)
{
    return (object_ref_t)object_ref_distance(cache, freelist_link(cache, object));
}

/* Links an object, or none if next is 0, behind a free object that belongs to the caller. */
static inline void freelist_set_next_ref(const struct kmem_cache *cache, void *object,
                                         object_ref_t next)
{
    void *slot = freelist_slot(cache, object);
    const unsigned char *link = cache->arena + (size_t)next * WORD_SIZE - WORD_SIZE;

    raw_store_word(slot, (uintptr_t)link ^ freelist_key(cache, slot));
}

static inline void freelist_set_next(const struct kmem_cache *cache, void *object, const void *next)
{
    freelist_set_next_ref(cache, object, object_to_ref(cache, next));
}

#endif
