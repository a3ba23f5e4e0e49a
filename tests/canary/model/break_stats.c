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

/* The debug cache turns out to be traced: nothing was told of its object, then something is. */
static struct object_trace begin_tracing(struct model_canary *canary)
{
    struct kmem_cache *cache = canary->model->caches[CACHE_DEBUG].handle;

    cache->flags |= SLAB_TRACE;
    canary->model->has_traced = true;
    return (struct object_trace){
        .cache = cache,
        .object = canary_object(canary, SLOT_DEBUG)->address,
        .inuse_count = 1,
    };
}

static bool count_is_believed(struct model_canary *canary)
{
    canary->model->violation = MODEL_RULE_COUNT;
    return compare_traced(canary->model);
}

/* Told never, once, twice; and of a cache that is not traced. */
void break_trace_counted(struct model_canary *canary)
{
    struct object_trace trace = begin_tracing(canary);
    bool is_never_told = count_is_believed(canary);

    compare_trace(canary->model, &trace);

    bool is_told_once = count_is_believed(canary);

    compare_trace(canary->model, &trace);

    bool is_told_twice = count_is_believed(canary);

    trace.cache = plain(canary);
    if (is_told_once && !is_never_told && !is_told_twice) {
        canary->model->violation = MODEL_RULE_COUNT;
        compare_trace(canary->model, &trace);
    }
}

/* A free is told as it should be, then too late: its bytes are poison by then. */
void break_trace_shows(struct model_canary *canary)
{
    struct object_trace trace = begin_tracing(canary);

    trace.is_free = true;
    if (compare_trace(canary->model, &trace)) {
        memset(canary_object(canary, SLOT_DEBUG)->address, 0x6b, 60);
        compare_trace(canary->model, &trace);
    }
}
