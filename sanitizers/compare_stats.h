/*
 * The comparison of what a cache counts: compare.h for allocator/api/stats.h.
 *
 * Nothing is concluded from counters that other ops in flight may have changed.
 */
#ifndef SANITIZERS_COMPARE_STATS_H
#define SANITIZERS_COMPARE_STATS_H

#include "allocator/api/stats.h"
#include "allocator/base/object_trace.h"
#include "sanitizers/model.h"

/*
 * In a quiet heap: of each cache that counts, what was allocated and not freed is what users have,
 * what was kept after a misuse, and what is put off. O(cache slots).
 */
bool compare_stats(struct model *model);

/*
 * An allocation or a free was told, in the middle of the call; and in a quiet heap: so many were
 * told of each traced cache as there are objects allocated. O(cache slots).
 */
bool compare_trace(struct model *model, const struct object_trace *trace);
bool compare_traced(struct model *model);

/* What a CPU held of a cache before it was flushed, and what was counted by then. */
struct compare_flush {
    const struct kmem_cache *cache;
    bool is_known;       /* no free was put off that might change what follows */
    bool is_held;        /* it had a slab */
    bool is_freed_to;    /* others had freed objects to that one */
    bool is_full;        /* it has no free object */
    uint32_t stacked;    /* slabs on its stack */
    uint64_t before[STAT_COUNT];
};
struct compare_flush compare_flush_begin(const struct kmem_cache *cache, unsigned cpu);
bool compare_flush(struct model *model, const struct compare_flush *flush);

/* A counter was cleared, and read total then. */
bool compare_cleared(struct model *model, const struct kmem_cache *cache, enum cache_stat item,
                     uint64_t total);

/* The text of a counter was asked for, size bytes of it; the buffer was filled before. */
enum { COMPARE_TEXT_MAX = 512, COMPARE_TEXT_FILL = 0x7e };
struct compare_stat_text {
    const struct kmem_cache *cache;
    enum cache_stat item;
    size_t size;      /* bytes granted, less than COMPARE_TEXT_MAX */
    size_t length;    /* what was returned */
    char bytes[COMPARE_TEXT_MAX];
};
bool compare_stat_text(struct model *model, const struct compare_stat_text *text);

/* A census of a cache gave this. O(pages). */
bool compare_census(struct model *model, const struct kmem_cache *cache,
                    const struct cache_census *census);

/*
 * What shrinking does not change: pages of slabs, those kept out of use, and those that slabs are
 * said to have given back. Heaps without counters have none of them. O(pages).
 */
uint64_t compare_reclaim_begin(const struct kmem_heap *heap);

/* A cache was shrunk; before is what compare_reclaim_begin() said. */
bool compare_reclaimed(struct model *model, const struct kmem_cache *cache, uint64_t before);

#endif
