/* What a cache counted, against what its slabs and lists say: only when nobody is in it. */
#include "sanitizers/check_features.h"

static uint64_t total(const struct kmem_cache *cache, enum cache_stat item)
{
    uint64_t sum = 0;

    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        sum += view_word(&cache->stats.counts[cpu][item]);
    }
    return sum;
}

static uint64_t slabs_put_on_node(const struct kmem_cache *cache)
{
    return total(cache, STAT_FREE_ADD_PARTIAL) + total(cache, STAT_DEACTIVATE_TO_HEAD) +
           total(cache, STAT_DEACTIVATE_TO_TAIL);
}

static uint64_t slabs_taken_from_node(const struct kmem_cache *cache)
{
    return total(cache, STAT_FREE_REMOVE_PARTIAL) + total(cache, STAT_ALLOC_FROM_PARTIAL) +
           total(cache, STAT_CPU_PARTIAL_NODE);
}

/* Caches with debug flags take objects, not slabs, from the node. */
static void judge_lists(struct heap_check *check, const struct kmem_cache *cache,
                        const struct cache_seen *seen)
{
    uint64_t stacked = total(cache, STAT_CPU_PARTIAL_FREE) + total(cache, STAT_CPU_PARTIAL_NODE);
    uint64_t unstacked =
        total(cache, STAT_CPU_PARTIAL_ALLOC) + total(cache, STAT_CPU_PARTIAL_DRAIN);
    uint64_t found = total(cache, STAT_ALLOC_REFILL) + total(cache, STAT_CPU_PARTIAL_ALLOC) +
                     total(cache, STAT_ALLOC_FROM_PARTIAL) + total(cache, STAT_ALLOC_SLAB);

    judge_equal(check, RULE_STAT_CPU_PARTIAL, cache, stacked - unstacked,
                judge_at_place(seen, SLAB_ON_CPU));
    judge_equal(check, RULE_STAT_NODE_PARTIAL, cache,
                slabs_put_on_node(cache) - slabs_taken_from_node(cache),
                judge_at_place(seen, SLAB_ON_PARTIAL));
    judge_equal(check, RULE_STAT_SOURCES, cache, total(cache, STAT_ALLOC_SLOWPATH), found);
}

void judge_stats(struct heap_check *check, const struct kmem_cache *cache)
{
    const struct cache_seen *seen = &check->caches[cache - check->heap->cache_slots];

    if (check->scope == JUDGE_INSTANT || !cache->keeps_stats) {
        return;
    }
    check->items += STAT_COUNT;
    judge_equal(check, RULE_STAT_SLABS, cache,
                total(cache, STAT_ALLOC_SLAB) - total(cache, STAT_FREE_SLAB),
                judge_slabs_seen(seen));
    if (!cache->is_debug) {
        judge_lists(check, cache, seen);
    }
}
