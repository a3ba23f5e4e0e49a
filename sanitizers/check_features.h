/*
 * The judges of what a heap has only if its configuration says so; private as check_state.h is.
 *
 *     check_stats.c       STAT_*        what a cache counts
 *     check_quarantine.c  QUARANTINE_*  freed objects that are held back
 *     check_guarded.c     GUARDED_*     objects of the guard pool
 */
#ifndef SANITIZERS_CHECK_FEATURES_H
#define SANITIZERS_CHECK_FEATURES_H

#include "sanitizers/check_state.h"

/* What the cache counted of slabs and lists. */
void judge_stats(struct heap_check *check, const struct kmem_cache *cache);

/* What a CPU holds back of a cache. */
void judge_quarantine(struct heap_check *check, const struct kmem_cache *cache,
                      const struct quarantine *quarantine);

/* True if nobody may touch a free object's slot; readers may look at the object, not beside it. */
bool judge_is_hidden(const struct kmem_cache *cache, const unsigned char *object);

/* A free object of a slab of the cache: it is not marked as allocated. */
void judge_unmarked(struct heap_check *check, const struct kmem_cache *cache, const void *object);

/* The guard pool, in a quiet heap. */
void judge_guarded(struct heap_check *check);

/* The guard pool may serve allocations of the cache. */
bool judge_is_guarded(const struct kmem_cache *cache);

/* True if somebody wants to see every allocation and free of the cache, or none may be fast. */
static inline bool judge_is_watched(const struct kmem_cache *cache)
{
    const struct heap_config *config = &cache->heap->config;

    return config->stats || config->fault_injection || config->object_bitmap ||
           config->quarantine_bytes != 0 || config->debug_pagealloc || judge_is_guarded(cache);
}

#endif
