/*
 * What a cache counted and what it holds, for whoever looks at a heap from outside.
 *
 * Counters read 0 unless the heap was made with config->stats; cache/stats.def says what each
 * means.
 */
#ifndef ALLOCATOR_API_STATS_H
#define ALLOCATOR_API_STATS_H

#include <stddef.h>
#include <stdint.h>

#include "allocator/cache/stats.h"

struct kmem_heap;
struct kmem_cache;

/* A counter since it was cleared last; of all CPUs, of one; and clearing it. O(CPU_MAX), O(1). */
uint64_t kmem_cache_stat(const struct kmem_cache *cache, enum cache_stat item);
uint64_t kmem_cache_stat_on(const struct kmem_cache *cache, enum cache_stat item, unsigned cpu);
void kmem_cache_stat_clear(struct kmem_cache *cache, enum cache_stat item);

/*
 * The counter as its attribute reads: "12 C0=5 C1=7\n", CPUs that counted nothing left out. Writes
 * at most size bytes, the final NUL included, and nothing if size is 0. Returns the number of bytes
 * of the whole text, not counting the NUL. O(CPU_MAX).
 */
size_t kmem_cache_stat_text(const struct kmem_cache *cache, enum cache_stat item, char *text,
                            size_t size);

/* What a cache holds. */
struct cache_census {
    uint64_t slabs;          /* wherever they are */
    uint64_t objects;        /* in them, free or not */
    uint64_t cpu_slabs;      /* slabs that CPUs hold: their own, and those on their stacks */
    uint64_t node_slabs;     /* slabs on the node's partial list */
};

/*
 * Counts it. Each number is true of some moment; all of them of the same one only if nobody uses
 * the cache meanwhile. O(CPU_MAX); takes cpu->lock, node->lock.
 */
struct cache_census kmem_cache_census(struct kmem_cache *cache);

/* Pages that slabs gave back to the page layer so far, with config->stats. O(1). */
uint64_t heap_reclaimed_pages(const struct kmem_heap *heap);

#endif
