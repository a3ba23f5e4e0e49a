/*
 * Tracks: who allocated and who freed an object last, kept behind the object in caches with
 * SLAB_STORE_USER. The bytes belong to the slot, so they are read and written raw.
 */
#ifndef ALLOCATOR_DEBUG_TRACK_H
#define ALLOCATOR_DEBUG_TRACK_H

#include <stdint.h>

#include "allocator/cache/cache.h"

enum track_kind { TRACK_ALLOC, TRACK_FREE };

struct track {
    uint64_t site;    /* caller, as world_site() names it; 0: never happened */
    uint64_t time;    /* as world_time() counts */
    uint64_t cpu;
    uint64_t padding;    /* 0 */
};

static_assert(sizeof(struct track) == TRACK_SIZE, "layout.h reserves the bytes");

/* Records the act; nothing for caches that do not store users. The object is the caller's. */
void track_set(const struct kmem_cache *cache, void *object, enum track_kind kind, uint64_t site);

/* The act recorded last; all zero if there was none or the cache does not store users. */
struct track track_get(const struct kmem_cache *cache, const void *object, enum track_kind kind);

/* Forgets both acts. */
void track_clear(const struct kmem_cache *cache, void *object);

#endif
