/* What nodes and zones count, taken together: plain loads, as in view.h, which includes this. */
#ifndef SANITIZERS_VIEW_SUMS_H
#define SANITIZERS_VIEW_SUMS_H

#include "allocator/cache/heap_state.h"

/* What the nodes of a cache count, taken together. */
struct view_node_sums {
    uint32_t slab_count;
    uint32_t partial_count;
    uint64_t object_count;
};

static inline struct view_node_sums view_node_sums(const struct kmem_cache *cache)
{
    struct view_node_sums sums = {0};

    for (unsigned node = 0; node < NODE_MAX; node++) {
        sums.slab_count += cache->nodes[node].slab_count;
        sums.partial_count += cache->nodes[node].partial_count;
        sums.object_count += cache->nodes[node].object_count;
    }
    return sums;
}

static inline uint32_t view_slab_count(const struct kmem_cache *cache)
{
    return view_node_sums(cache).slab_count;
}

static inline uint32_t view_partial_count(const struct kmem_cache *cache)
{
    return view_node_sums(cache).partial_count;
}

static inline uint64_t view_object_count(const struct kmem_cache *cache)
{
    return view_node_sums(cache).object_count;
}

/* Pages that CPUs have at hand: of a zone, and of all. */
static inline uint32_t view_cached_of(const struct page_zone *zone)
{
    uint32_t count = 0;

    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        count += zone->pcps[cpu].count;
    }
    return count;
}

static inline uint32_t view_cached_pages(const struct kmem_heap *heap)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < heap->memory.zone_count; i++) {
        count += view_cached_of(&heap->memory.zones[i]);
    }
    return count;
}

/* What the zones count, taken together. */
struct view_zone_sums {
    uint32_t free_pages;
    uint32_t idle_pages;    /* that are nobody's: free, at hand, isolated, guards */
    uint64_t failures;
};

static inline struct view_zone_sums view_zone_sums(const struct kmem_heap *heap)
{
    struct view_zone_sums sums = {0};

    for (unsigned i = 0; i < heap->memory.zone_count; i++) {
        const struct page_zone *zone = &heap->memory.zones[i];

        sums.free_pages += zone->free_page_count;
        sums.idle_pages += zone->free_page_count + view_cached_of(zone) +
                           zone->isolated_page_count + zone->guard_page_count;
        sums.failures += zone->failure_count;
    }
    return sums;
}

static inline uint32_t view_free_pages(const struct kmem_heap *heap)
{
    return view_zone_sums(heap).free_pages;
}

static inline uint32_t view_idle_pages(const struct kmem_heap *heap)
{
    return view_zone_sums(heap).idle_pages;
}

static inline uint64_t view_failure_count(const struct kmem_heap *heap)
{
    return view_zone_sums(heap).failures;
}

#endif
