/* Ops on kmalloc that say more than a size: what for, how aligned, how secret. */
#include "allocator/api/kmalloc.h"
#include "fuzz/execute_kmalloc.h"
#include "fuzz/execute_parts.h"
#include "sanitizers/compare_buckets.h"

enum { ASKS_DMA = 1, ASKS_RECLAIMABLE = 2, ASKS_ACCOUNT = 4 };

/* The operand family: which caches, one bit each. */
static gfp_t family_gfp(uint32_t family)
{
    return ((family & ASKS_DMA) != 0 ? __GFP_DMA : 0) |
           ((family & ASKS_RECLAIMABLE) != 0 ? __GFP_RECLAIMABLE : 0) |
           ((family & ASKS_ACCOUNT) != 0 ? __GFP_ACCOUNT : 0);
}

static gfp_t zero_gfp(uint32_t is_zeroed)
{
    return is_zeroed != 0 ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL;
}

enum run_op_outcome execute_kmalloc_gfp(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_kmalloc_gfp_object(op);
    uint32_t caller = op_kmalloc_gfp_caller(op);
    struct kmalloc_ask ask = {
        .size = op_kmalloc_gfp_size(op),
        .gfp = zero_gfp(op_kmalloc_gfp_zero(op)) | family_gfp(op_kmalloc_gfp_family(op)),
        .site = caller != 0 ? sim_caller(caller) : 0,
    };

    if (!execute_hold_vacant(execution, slot)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);

    void *given = caller != 0
                      ? heap_alloc_track_caller(execution->heap, ask.size, ask.gfp, ask.site)
                      : heap_alloc(execution->heap, ask.size, ask.gfp);

    execute_take_kmalloc(execution, slot, ask, given);
    return RUN_OP_STEP;
}

/* An overflow changes nothing, so the object is looked at as it was. */
static enum run_op_outcome overflow_array(struct execution *execution, uint32_t slot,
                                          size_t count, size_t size)
{
    struct model_object *object = execute_live(execution, slot, MODEL_KMALLOC);

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, object);
    execute_begin_step(execution);

    void *given = heap_realloc_array(execution->heap, object->address, count, size, GFP_KERNEL);

    execute_end_call(execution);
    execute_note_address(execution, given);
    if (model_expect(execution->model, given == NULL, MODEL_RULE_NULL_IS_DUE, object->address) &&
        object->size != 0) {
        compare_content(execution->model, object);
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_krealloc_array(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_krealloc_array_object(op);
    size_t count = op_sign_extend(op_krealloc_array_count(op));
    size_t size = op_sign_extend(op_krealloc_array_size(op));
    struct resize_ask ask = {.align = 1, .count = count, .gfp = GFP_KERNEL};

    if (__builtin_mul_overflow(count, size, &ask.size)) {
        return overflow_array(execution, slot, count, size);
    }
    return execute_resize(execution, slot, &ask);
}

enum run_op_outcome execute_krealloc_align(struct execution *execution, const struct op *op)
{
    const struct resize_ask ask = {
        .size = op_krealloc_align_size(op),
        .align = (size_t)1 << op_krealloc_align_align_log2(op),
        .gfp = zero_gfp(op_krealloc_align_zero(op)) | family_gfp(op_krealloc_align_family(op)),
    };

    return execute_resize(execution, op_krealloc_align_object(op), &ask);
}

enum run_op_outcome execute_kfree_sensitive(struct execution *execution, const struct op *op)
{
    struct model_object *object =
        execute_live(execution, op_kfree_sensitive_object(op), MODEL_KMALLOC);

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_retire(execution, object);
    compare_buckets_spoil(execution->model, object);
    execute_begin_step(execution);
    execute_note_address(execution, object->address);
    execute_give_up(execution, object);
    heap_free_sensitive(execution->heap, object->address);
    execute_end_call(execution);
    if (object->size != 0) {
        compare_sensitive(execution->model, object);
    }
    execute_freed(execution, object);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_size_roundup(struct execution *execution, const struct op *op)
{
    size_t size = op_sign_extend(op_size_roundup_size(op));

    execute_begin_step(execution);

    size_t result = heap_size_roundup(execution->heap, size);

    execute_end_call(execution);
    execute_note_value(execution, (int64_t)result);
    compare_roundup(execution->model, size, result);
    return RUN_OP_STEP;
}

/* Of a debug heap an object is freed so only while nobody can be validating its cache. */
static bool may_free_nolock(struct execution *execution, const struct model_object *object)
{
    return object->usable <= KMALLOC_CACHE_SIZE_MAX && execute_may_defer(execution, object) &&
           (execution->heap->config.debug_flags == 0 || execute_alone(execution));
}

enum run_op_outcome execute_kmalloc_nolock(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_kmalloc_nolock_object(op);
    struct kmalloc_ask ask = {
        .size = op_kmalloc_nolock_size(op),
        .gfp = family_gfp(op_kmalloc_nolock_family(op)) |
               (op_kmalloc_nolock_zero(op) != 0 ? __GFP_ZERO : 0),
    };

    if (!execute_hold_vacant(execution, slot)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);

    void *given = heap_alloc_nolock(execution->heap, ask.size, ask.gfp);

    if (ask.size == 0) {
        execute_take_kmalloc(execution, slot, ask, given);
        return RUN_OP_STEP;
    }
    execute_end_call(execution);
    execute_note_address(execution, given);
    ask.site = sim_step(execution->sim);
    if (given != NULL) {
        struct compare_request request = compare_nolock_request(execution->model, &ask, given);

        compare_alloc(execution->model, slot, &request, given);
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_kfree_nolock(struct execution *execution, const struct op *op)
{
    struct model_object *object =
        execute_live(execution, op_kfree_nolock_object(op), MODEL_KMALLOC);

    if (object == NULL || !may_free_nolock(execution, object)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_free(execution, object);
    heap_free_nolock(execution->heap, object->address);
    execute_end_free(execution, object);
    return RUN_OP_STEP;
}
