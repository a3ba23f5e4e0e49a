/*
 * Where a cache's slabs are and how many of its objects are in users' hands, counted through the
 * frame descriptors: written from the counting equations alone, without the allocator's own lists.
 */
#ifndef TESTS_UNIT_SLUB_CENSUS_H
#define TESTS_UNIT_SLUB_CENSUS_H

#include "allocator/cache/heap_state.h"

struct census {
    uint32_t slabs;
    uint32_t cpu_slabs;        /* frozen */
    uint32_t cpu_partial;
    uint32_t node_partial;
    uint32_t full;             /* on no list and not frozen, or listed as full */
    uint32_t empty;            /* of those that are not frozen */
    uint32_t objects_in_use;
};

/*
 * Counts. Fails the test if the cache's own counters, or any slab's counts, contradict. No CPU may
 * be inside the cache. O(frames + free objects).
 */
struct census take_census(const struct kmem_cache *cache);

/* The slab that a CPU allocates from, or NULL. */
struct slab *slab_of_cpu(const struct kmem_cache *cache, cpu_id_t cpu);

#endif
