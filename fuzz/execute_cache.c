#include "allocator/api/kmem_cache.h"
#include "fuzz/execute_parts.h"
#include "sanitizers/compare_stats.h"
#include "sanitizers/view.h"

/* Others may go on using a cache while one who shares it leaves, but two do not leave at once. */
static bool may_destroy(struct execution *execution, struct model_cache *cache)
{
    const struct model_cache *alias = model_find_alias(execution->model, cache);

    if (alias != NULL) {
        return !alias->is_closed;
    }

    /* Objects whose frees wait are gone by the time it looks for any. */
    uint32_t waiting_count = waiting_count_of(execution->waiting, cache->handle);
    bool remain = cache->live_count + cache->isolated_count > waiting_count;

    return !remain || execute_alone(execution);
}

enum run_op_outcome execute_destroy(struct execution *execution, const struct op *op)
{
    struct model_cache *cache = execute_cache(execution, op_destroy_cache(op));

    if (cache == NULL || pools_rely_on(execution->model, op_destroy_cache(op)) ||
        !execute_close_cache(execution, cache) || !may_destroy(execution, cache)) {
        return RUN_OP_SKIPPED;
    }

    execute_begin_step(execution);
    if (model_find_alias(execution->model, cache) == NULL) {
        execution->owed->destroyed = cache->handle;
    }

    int result = kmem_cache_destroy(cache->handle);

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_destroy(execution->model, op_destroy_cache(op), result,
                    execution->owed->named_count);
    return RUN_OP_STEP;
}

/* Zeroing has two spellings; the slot decides which is used. */
static void *alloc_zeroed(struct kmem_cache *cache, uint32_t object)
{
    return object % 2 == 0 ? kmem_cache_zalloc(cache, GFP_KERNEL)
                           : kmem_cache_alloc(cache, GFP_KERNEL | __GFP_ZERO);
}

static enum run_op_outcome alloc_object(struct execution *execution, unsigned slot,
                                        uint32_t object, bool is_zeroed)
{
    struct model_cache *cache = execute_cache(execution, slot);
    struct model_object *vacant = execute_vacant(execution, object);
    bool owes_report = is_zeroed && cache != NULL && cache->ctor_size != 0;

    if (cache == NULL || vacant == NULL || (owes_report && !execute_alone(execution))) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, vacant);
    execute_hold_cache(execution, cache);

    struct compare_request request = compare_cache_request(execution->model, slot, is_zeroed);

    execute_begin_step(execution);
    if (owes_report) {
        owed_now(execution->owed, REPORT_CTOR_WITH_ZERO, NULL);
    }
    execute_expect_fault(execution, cache->handle, GFP_KERNEL, 0);

    void *given = is_zeroed ? alloc_zeroed(cache->handle, object)
                            : kmem_cache_alloc(cache->handle, GFP_KERNEL);

    execute_end_call(execution);
    execute_note_address(execution, given);
    compare_alloc(execution->model, object, &request, given);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_alloc(struct execution *execution, const struct op *op)
{
    return alloc_object(execution, op_alloc_cache(op), op_alloc_object(op), false);
}

enum run_op_outcome execute_zalloc(struct execution *execution, const struct op *op)
{
    return alloc_object(execution, op_zalloc_cache(op), op_zalloc_object(op), true);
}

enum run_op_outcome execute_free(struct execution *execution, const struct op *op)
{
    struct model_object *object =
        execute_live(execution, op_free_object(op), MODEL_CACHE_OBJECT);

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }

    execute_begin_free(execution, object);
    kmem_cache_free(model_cache_of(execution->model, object)->handle, object->address);
    execute_end_free(execution, object);
    execution->freed_alone = op_free_object(op) + 1;
    return RUN_OP_STEP;
}

/* True if none of the slots holds anything. */
static bool slots_are_vacant(struct execution *execution, uint32_t first, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (execute_vacant(execution, first + i) == NULL) {
            return false;
        }
    }
    return true;
}

enum run_op_outcome execute_bulk_alloc(struct execution *execution, const struct op *op)
{
    unsigned slot = op_bulk_alloc_cache(op);
    uint32_t first = op_bulk_alloc_object(op);
    uint32_t count = op_bulk_alloc_count(op);
    struct model_cache *cache = execute_cache(execution, slot);

    if (cache == NULL || count == 0 || !slots_are_vacant(execution, first, count)) {
        return RUN_OP_SKIPPED;
    }

    struct compare_request request = compare_cache_request(execution->model, slot, false);

    request.gfp = execute_urgency(op_bulk_alloc_urgency(op)) |
                  (op_bulk_alloc_nofail(op) != 0 ? __GFP_NOFAIL : 0);
    request.is_part_of_many = true;
    request.price_of_all = (uint64_t)request.price * count;
    execute_hold_cache(execution, cache);
    for (uint32_t i = 0; i < count; i++) {
        execute_hold(execution, model_object(execution->model, first + i));
    }
    execute_begin_step(execution);
    execute_expect_fault(execution, cache->handle, request.gfp, 0);

    size_t taken = kmem_cache_alloc_bulk(cache->handle, request.gfp, count, execution->bulk);

    execute_end_call(execution);
    execute_note_value(execution, (int64_t)taken);
    compare_bulk(execution->model, cache, count, taken);
    if (taken == 0) {
        compare_null(execution->model, &request);
    }
    for (uint32_t i = 0; i < taken && i < count; i++) {
        execute_note_address(execution, execution->bulk[i]);
        compare_alloc(execution->model, first + i, &request, execution->bulk[i]);
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_bulk_free(struct execution *execution, const struct op *op)
{
    const struct model_cache *cache = execute_cache(execution, op_bulk_free_cache(op));

    if (cache == NULL ||
        execute_collect(execution, op_bulk_free_object(op), op_bulk_free_count(op),
                        MODEL_CACHE_OBJECT, cache) == 0) {
        return RUN_OP_SKIPPED;
    }

    uint32_t count = execution->bulk_count;

    for (uint32_t i = 0; i < count; i++) {
        execute_retire(execution, model_object(execution->model, execution->bulk_slots[i]));
    }
    execute_begin_step(execution);
    execute_note_value(execution, count);
    execution->address = execution->bulk[0];
    execute_give_up_all(execution);
    kmem_cache_free_bulk(cache->handle, count, execution->bulk);
    execute_end_call(execution);
    for (uint32_t i = 0; i < count; i++) {
        execute_freed(execution, model_object(execution->model, execution->bulk_slots[i]));
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_shrink(struct execution *execution, const struct op *op)
{
    struct model_cache *cache = execute_cache(execution, op_shrink_cache(op));

    if (cache == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold_cache(execution, cache);
    execute_begin_step(execution);

    uint64_t reclaimed = compare_reclaim_begin(execution->heap);
    int result = kmem_cache_shrink(cache->handle);

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_reclaimed(execution->model, cache->handle, reclaimed);
    compare_shrink(execution->model, cache->handle, result);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_flush(struct execution *execution, const struct op *op)
{
    struct model_cache *cache = execute_cache(execution, op_flush_cache(op));

    if (cache == NULL) {
        return RUN_OP_SKIPPED;
    }
    unsigned cpu = op_flush_cpu(op) % execution->heap->config.cpu_count;

    execute_hold_cache(execution, cache);
    execute_begin_step(execution);

    const struct compare_flush flush = compare_flush_begin(cache->handle, cpu);

    kmem_cache_flush_cpu(cache->handle, cpu);
    execute_end_call(execution);
    compare_flush(execution->model, &flush);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_validate(struct execution *execution, const struct op *op)
{
    struct model_cache *cache = execute_cache(execution, op_validate_cache(op));

    if (cache == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold_cache(execution, cache);
    execute_begin_step(execution);
    execution->owed->validated = cache->handle;

    int result = kmem_cache_validate(cache->handle);
    int expected = compare_validate_expects(cache->handle);

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_validate(execution->model, cache->handle, expected, result);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_cache_size(struct execution *execution, const struct op *op)
{
    struct model_cache *cache = execute_cache(execution, op_cache_size_cache(op));

    if (cache == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold_cache(execution, cache);
    execute_begin_step(execution);

    size_t size = kmem_cache_size(cache->handle);

    execute_end_call(execution);
    execute_note_value(execution, (int64_t)size);
    compare_size(execution->model, cache, size);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_quarantine_purge(struct execution *execution, const struct op *op)
{
    struct model_cache *cache = execute_cache(execution, op_quarantine_purge_cache(op));

    if (cache == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold_cache(execution, cache);
    execute_begin_step(execution);
    kmem_cache_quarantine_purge(cache->handle);
    execute_end_call(execution);
    compare_purged(execution->model, cache->handle);
    return RUN_OP_STEP;
}
