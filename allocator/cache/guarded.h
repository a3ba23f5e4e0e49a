/*
 * The guard pool of a heap: hardening/guard_pool.h over a run of pages that is taken when the heap
 * is made, and never given back. What lies in it is in no slab; every free, resize and size asks
 * for an address here first.
 *
 * An object belongs to whoever allocated it, to whoever moved its state to FREEING, or, while it is
 * in the queue, to whoever holds the lock. Its state moves from ALLOCATED to FREEING by CAS: of
 * several frees exactly one is the one.
 */
#ifndef ALLOCATOR_CACHE_GUARDED_H
#define ALLOCATOR_CACHE_GUARDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/base/params.h"
#include "allocator/base/world.h"
#include "allocator/hardening/guard_pool.h"

struct kmem_cache;

/* Who did it, and when: as a track of debug/track.h. */
struct guarded_act {
    uint64_t site;
    uint64_t time;
    uint64_t cpu;
};

struct guarded_object {
    struct world_word state;       /* enum guard_state */
    unsigned char *address;        /* of the object that lies here, or lay here last; NULL: none */
    struct kmem_cache *cache;      /* its cache; NULL: none, or it is gone */
    uint32_t size;                 /* bytes asked for */
    uint32_t next;                 /* number plus 1 of what follows it in queue or stack; 0: none */
    uint32_t use_count;            /* objects that lay here so far */
    bool is_wiped;                 /* freed: its bytes read zero, not the canary */
    struct guarded_act alloc;
    struct guarded_act free;       /* of the one before, while allocated */
    uint64_t free_ordinal;         /* frees that were queued before that one */
};

struct guarded_pool {
    unsigned char *pages;          /* fixed after heap_create(); NULL: there is no pool */
    uint32_t count;                /* objects it has, fixed likewise; 0: there is no pool */
    struct world_lock lock;        /* the last one in the lock order */
    uint32_t used_count;           /* objects that were ever used: those of least number */
    struct guard_queue queue;      /* freed ones */
    uint64_t free_count;           /* queued so far */
    struct world_word allocations; /* so many could have been served so far */
    struct world_word deferred;    /* number plus 1: top of the frees put off, by CAS */
    struct guarded_object objects[GUARDED_OBJECT_MAX];
};

/* The address lies in the pool, guards included. */
static inline bool guarded_contains(const struct guarded_pool *pool, const void *address)
{
    return pool->count != 0 &&
           (uintptr_t)address - (uintptr_t)pool->pages < guard_pool_pages(pool->count) * PAGE_SIZE;
}

/* The object in whose tile the address lies, or NULL. */
static inline const struct guarded_object *guarded_at(const struct guarded_pool *pool,
                                                      const void *address)
{
    size_t number = guard_number(PAGE_SIZE, (uintptr_t)address - (uintptr_t)pool->pages);

    return guarded_contains(pool, address) && number < pool->count ? &pool->objects[number] : NULL;
}

static inline uint32_t guarded_number(const struct guarded_pool *pool,
                                      const struct guarded_object *object)
{
    return (uint32_t)(object - pool->objects);
}

/* First byte of the tile, and of the page, that an object has. */
static inline unsigned char *guarded_tile(const struct guarded_pool *pool,
                                          const struct guarded_object *object)
{
    return pool->pages + guard_tile_offset(PAGE_SIZE, guarded_number(pool, object));
}

static inline unsigned char *guarded_page(const struct guarded_pool *pool,
                                          const struct guarded_object *object)
{
    return pool->pages + guard_page_offset(PAGE_SIZE, guarded_number(pool, object));
}

/* The object that is allocated at this address, or NULL. */
static inline const struct guarded_object *guarded_live_at(const struct guarded_pool *pool,
                                                           const void *address)
{
    const struct guarded_object *object = guarded_at(pool, address);

    return object != NULL && world_load(&object->state) == GUARD_ALLOCATED &&
                   object->address == address
               ? object
               : NULL;
}

#endif
