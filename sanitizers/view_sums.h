/* What nodes and zones count, taken together: plain loads, as in view.h, which includes this. */
#ifndef SANITIZERS_VIEW_SUMS_H
#define SANITIZERS_VIEW_SUMS_H

#include "allocator/cache/heap_state.h"

/* What the nodes of a cache count, taken together. */
static inline uint32_t view_slab_count(const struct kmem_cache *cache)
{
    uint32_t count = 0;

    for (unsigned node = 0; node < NODE_MAX; node++) {
        count += cache->nodes[node].slab_count;
    }
    return count;
}

static inline uint32_t view_partial_count(const struct kmem_cache *cache)
{
    uint32_t count = 0;

    for (unsigned node = 0; node < NODE_MAX; node++) {
        count += cache->nodes[node].partial_count;
    }
    return count;
}

static inline uint64_t view_object_count(const struct kmem_cache *cache)
{
    uint64_t count = 0;

    for (unsigned node = 0; node < NODE_MAX; node++) {
        count += cache->nodes[node].object_count;
    }
    return count;
}

/* What the zones count, taken together: free pages, idle pages, failures. */
static inline uint32_t view_free_pages(const struct kmem_heap *heap)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < heap->memory.zone_count; i++) {
        count += heap->memory.zones[i].free_page_count;
    }
    return count;
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

/* Pages that are nobody's. */
static inline uint32_t view_idle_pages(const struct kmem_heap *heap)
{
    uint32_t count = view_free_pages(heap) + view_cached_pages(heap);

    for (unsigned i = 0; i < heap->memory.zone_count; i++) {
        count += heap->memory.zones[i].isolated_page_count + heap->memory.zones[i].guard_page_count;
    }
    return count;
}

static inline uint64_t view_failure_count(const struct kmem_heap *heap)
{
    uint64_t count = 0;

    for (unsigned i = 0; i < heap->memory.zone_count; i++) {
        count += heap->memory.zones[i].failure_count;
    }
    return count;
}

#endif
