/* Ops that read what a cache counts and holds. */
#include <string.h>

#include "allocator/api/stats.h"
#include "fuzz/execute_parts.h"
#include "sanitizers/compare_stats.h"

/* Holds the cache of a slot; NULL if that is empty. */
static struct kmem_cache *take_cache(struct execution *execution, unsigned slot)
{
    struct model_cache *cache = execute_cache(execution, slot);

    if (cache == NULL) {
        return NULL;
    }
    execute_hold_cache(execution, cache);
    return cache->handle;
}

enum run_op_outcome execute_stat_clear(struct execution *execution, const struct op *op)
{
    struct kmem_cache *cache = take_cache(execution, op_stat_clear_cache(op));
    enum cache_stat item = (enum cache_stat)(op_stat_clear_item(op) % STAT_COUNT);

    if (cache == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);
    kmem_cache_stat_clear(cache, item);

    uint64_t total = kmem_cache_stat(cache, item);

    execute_end_call(execution);
    compare_cleared(execution->model, cache, item, total);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_stat_read(struct execution *execution, const struct op *op)
{
    struct compare_stat_text text = {
        .cache = take_cache(execution, op_stat_read_cache(op)),
        .item = (enum cache_stat)(op_stat_read_item(op) % STAT_COUNT),
        .size = op_stat_read_size(op),
    };

    if (text.cache == NULL) {
        return RUN_OP_SKIPPED;
    }
    memset(text.bytes, COMPARE_TEXT_FILL, sizeof(text.bytes));
    execute_begin_step(execution);
    text.length = kmem_cache_stat_text(text.cache, text.item, text.bytes, text.size);
    execute_end_call(execution);
    execute_note_value(execution, (int64_t)text.length);
    compare_stat_text(execution->model, &text);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_census(struct execution *execution, const struct op *op)
{
    struct kmem_cache *cache = take_cache(execution, op_census_cache(op));

    if (cache == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);

    const struct cache_census census = kmem_cache_census(cache);

    execute_end_call(execution);
    execute_note_value(execution, (int64_t)census.slabs);
    compare_census(execution->model, cache, &census);
    return RUN_OP_STEP;
}
