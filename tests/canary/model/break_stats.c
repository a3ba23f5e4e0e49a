/* What a cache counts and tells of itself. */
#include <stdatomic.h>
#include <string.h>

#include "sanitizers/compare_stats.h"
#include "tests/canary/model/model_canary.h"

static struct kmem_cache *plain(const struct model_canary *canary)
{
    return canary->model->caches[CACHE_PLAIN].handle;
}

/* As if the cache had counted all the time, and one allocation too many. */
void break_stat_objects(struct model_canary *canary)
{
    struct kmem_cache *cache = plain(canary);

    cache->keeps_stats = true;
    atomic_store_explicit(&cache->stats.counts[0][STAT_ALLOC_FASTPATH].bits, 2,
                          memory_order_relaxed);
    compare_stats(canary->model);
}

/* The CPU holds a slab, is flushed, and nothing was counted. */
void break_stat_flush(struct model_canary *canary)
{
    const struct compare_flush flush = compare_flush_begin(plain(canary), 0);

    plain(canary)->keeps_stats = true;
    compare_flush(canary->model, &flush);
}

void break_stat_cleared(struct model_canary *canary)
{
    compare_cleared(canary->model, plain(canary), STAT_ALLOC_SLAB, 1);
}

/* One byte more than was granted. */
void break_stat_text(struct model_canary *canary)
{
    struct compare_stat_text text = {.cache = plain(canary), .size = 2, .length = 2};

    memset(text.bytes, COMPARE_TEXT_FILL, sizeof(text.bytes));
    memcpy(text.bytes, "0\n", 3);
    compare_stat_text(canary->model, &text);
}

void break_census_result(struct model_canary *canary)
{
    struct cache_census census = kmem_cache_census(plain(canary));

    census.cpu_slabs++;
    compare_census(canary->model, plain(canary), &census);
}

/* The call is said to have given back more pages than it did. */
void break_reclaim_counted(struct model_canary *canary)
{
    uint64_t before = compare_reclaim_begin(canary->heap);

    plain(canary)->keeps_stats = true;
    atomic_store_explicit(&canary->heap->reclaimed_pages.bits, 3, memory_order_relaxed);
    compare_reclaimed(canary->model, plain(canary), before);
}
