/*
 * The judges of what a heap has only if its configuration says so; private as check_state.h is.
 *
 *     check_stats.c       STAT_*        what a cache counts
 *     check_quarantine.c  QUARANTINE_*  freed objects that are held back
 */
#ifndef SANITIZERS_CHECK_FEATURES_H
#define SANITIZERS_CHECK_FEATURES_H

#include "sanitizers/check_state.h"

/* What the cache counted of slabs and lists. */
void judge_stats(struct heap_check *check, const struct kmem_cache *cache);

/* What a CPU holds back of a cache. */
void judge_quarantine(struct heap_check *check, const struct kmem_cache *cache,
                      const struct quarantine *quarantine);

/* A free object of a slab of the cache: it is not marked as allocated. */
void judge_unmarked(struct heap_check *check, const struct kmem_cache *cache, const void *object);

/* True if the heap has somebody who wants to see every allocation and free. */
static inline bool judge_is_watched(const struct heap_config *config)
{
    return config->stats || config->fault_injection || config->object_bitmap ||
           config->quarantine_bytes != 0;
}

#endif
