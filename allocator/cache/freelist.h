/*
 * Free pointers: the links of a freelist inside the free objects.
 *
 * A link is the XOR of the object's place and that of the next one, as cpu_word.h explains. It is
 * stored encoded with the cache's secret and the place it lies at (hardening/free_pointer.h), or as
 * it is if the heap says so. It has room for any address, not only for those of objects.
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

/* The link of a free object that lies at place, whatever it is. */
static inline uint64_t freelist_link(const struct kmem_cache *cache, const void *object,
                                     uint64_t place)
{
    uint64_t key = free_pointer_key(cache->secret, place);

    return raw_load_word(freelist_slot(cache, object)) ^ key;
}

static inline void freelist_set_link(const struct kmem_cache *cache, void *object, uint64_t place,
                                     uint64_t link)
{
    uint64_t key = free_pointer_key(cache->secret, place);

    raw_store_word(freelist_slot(cache, object), link ^ key);
}

/* The place behind a free object; CPU_WORD_CLOSED is that of the end. */
static inline uint64_t freelist_next_place(const struct kmem_cache *cache, const void *object)
{
    uint64_t place = object_place(cache, object);

    return freelist_link(cache, object, place) ^ place;
}

static inline void freelist_set_next_place(const struct kmem_cache *cache, void *object,
                                           uint64_t next)
{
    uint64_t place = object_place(cache, object);

    freelist_set_link(cache, object, place, place ^ next);
}

/* The object behind a free object, or NULL. */
static inline void *freelist_next(const struct kmem_cache *cache, const void *object)
{
    uint64_t next = freelist_next_place(cache, object);

    return next != CPU_WORD_CLOSED ? object_at_place(cache, next) : NULL;
}

/* The same as a reference; a link that leads nowhere gives any reference. */
static inline object_ref_t freelist_next_ref(const struct kmem_cache *cache, const void *object)
{
    return (object_ref_t)(freelist_next_place(cache, object) & (CPU_WORD_CAREFUL - 1));
}

/* Links an object, or none if next is 0, behind a free object that belongs to the caller. */
static inline void freelist_set_next_ref(const struct kmem_cache *cache, void *object,
                                         object_ref_t next)
{
    freelist_set_next_place(cache, object, next != 0 ? next : CPU_WORD_CLOSED);
}

static inline void freelist_set_next(const struct kmem_cache *cache, void *object, const void *next)
{
    freelist_set_next_place(cache, object,
                            next != NULL ? object_place(cache, next) : CPU_WORD_CLOSED);
}

#endif
