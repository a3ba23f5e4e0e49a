#include "fuzz/execute_kmalloc.h"

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/kvmalloc.h"
#include "fuzz/execute_parts.h"
#include "sanitizers/compare_buckets.h"
#include "sanitizers/compare_kv.h"

/* A slot that holds nothing else owns zero bytes now. */
static void take_zero_size(struct execution *execution, uint32_t slot, void *given)
{
    const struct model_object object = {.kind = MODEL_KMALLOC, .address = given};

    if (compare_zero_size(execution->model, given)) {
        model_own(execution->model, slot, &object);
    }
}

void execute_take_kmalloc(struct execution *execution, uint32_t slot, struct kmalloc_ask ask,
                          void *given)
{
    execute_end_call(execution);
    execute_note_address(execution, given);
    if (ask.site == 0) {
        ask.site = sim_step(execution->sim);
    }

    struct compare_request request = compare_ask_request(execution->model, &ask);

    if (ask.size == 0) {
        take_zero_size(execution, slot, given);
    } else {
        compare_alloc(execution->model, slot, &request, given);
    }
}

bool execute_hold_vacant(struct execution *execution, uint32_t slot)
{
    struct model_object *object = execute_vacant(execution, slot);

    if (object != NULL) {
        execute_hold(execution, object);
    }
    return object != NULL;
}

/* heap_alloc() and others of the kind. */
static enum run_op_outcome alloc(struct execution *execution, uint32_t slot, size_t size,
                                 bool is_zeroed)
{
    const struct kmalloc_ask ask = {size, is_zeroed ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL, 0};

    if (!execute_hold_vacant(execution, slot)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);

    void *given = is_zeroed ? heap_zalloc(execution->heap, size, GFP_KERNEL)
                            : heap_alloc(execution->heap, size, GFP_KERNEL);

    execute_take_kmalloc(execution, slot, ask, given);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_kmalloc(struct execution *execution, const struct op *op)
{
    return alloc(execution, op_kmalloc_object(op), op_kmalloc_size(op), false);
}

enum run_op_outcome execute_kzalloc(struct execution *execution, const struct op *op)
{
    return alloc(execution, op_kzalloc_object(op), op_kzalloc_size(op), true);
}

enum run_op_outcome execute_kcalloc(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_kcalloc_object(op);
    size_t count = op_sign_extend(op_kcalloc_count(op));
    size_t size = op_sign_extend(op_kcalloc_size(op));
    size_t total;

    if (!execute_hold_vacant(execution, slot)) {
        return RUN_OP_SKIPPED;
    }
    if (__builtin_mul_overflow(count, size, &total)) {
        total = SIZE_MAX;
    }
    execute_begin_step(execution);
    execute_take_kmalloc(execution, slot,
                         (struct kmalloc_ask){total, GFP_KERNEL | __GFP_ZERO, 0},
                         heap_calloc(execution->heap, count, size, GFP_KERNEL));
    return RUN_OP_STEP;
}

/* The spelling that the request needs. */
static void *call_resize(struct execution *execution, void *old, const struct resize_ask *ask)
{
    if (ask->is_kv) {
        return heap_kv_realloc(execution->heap, old, ask->size, ask->gfp);
    }
    if (ask->count != 0) {
        return heap_realloc_array(execution->heap, old, ask->count, ask->size / ask->count,
                                  ask->gfp);
    }
    return ask->align > 1
               ? heap_realloc_align(execution->heap, old, ask->size, ask->align, ask->gfp)
               : heap_realloc(execution->heap, old, ask->size, ask->gfp);
}

/* krealloc to 0 is kfree, and leaves ZERO_SIZE_PTR. */
static void resize_to_nothing(struct execution *execution, struct model_object *object,
                              const struct resize_ask *ask)
{
    execute_retire(execution, object);
    execute_begin_step(execution);

    execute_give_up(execution, object);

    void *given = call_resize(execution, object->address, ask);

    execute_end_call(execution);
    execute_note_address(execution, given);
    execute_freed(execution, object);
    take_zero_size(execution, model_slot(execution->model, object), given);
}

static void resize(struct execution *execution, struct model_object *object,
                   const struct resize_ask *ask)
{
    unsigned char *old_address = object->address;

    compare_content(execution->model, object);
    compare_buckets_spoil(execution->model, object);
    execute_begin_step(execution);
    if (execution->is_task) {
        model_lend(execution->model, object);
    }

    bool is_view = object->kind == MODEL_VIEW;
    size_t usable = is_view ? object->usable : heap_usable_size(execution->heap, old_address);
    void *given = call_resize(execution, old_address, ask);

    execute_end_call(execution);

    const struct compare_resize resized = {
        .object = object,
        .usable = usable,
        .size = ask->size,
        .align = ask->align,
        .gfp = ask->gfp,
        .was_kept = owed_was_kept(execution->owed, old_address),
        .cpu = sim_cpu(execution->sim),
        .is_kv = ask->is_kv,
        .given = given,
    };

    execute_note_address(execution, given);
    if (!is_view) {
        compare_usable_size(execution->model, object, usable);
    }
    if (given == old_address) {
        owed_forgive_slack(execution->owed, old_address);
    }
    compare_resize(execution->model, &resized);
}

/* The slot holds nothing, or nothing but ZERO_SIZE_PTR: krealloc is kmalloc. */
static void resize_nothing(struct execution *execution, struct model_object *object,
                           const struct resize_ask *ask)
{
    void *old = model_is_live(object) ? object->address : NULL;
    struct kmalloc_ask asked = {ask->size, ask->gfp, 0};

    execute_begin_step(execution);

    void *given = call_resize(execution, old, ask);

    if (model_is_live(object) && given != NULL) {
        model_release(execution->model, object, sim_cpu(execution->sim));
    }
    if (model_is_live(object)) {
        execute_end_call(execution);
        execute_note_address(execution, given);
        asked.site = sim_step(execution->sim);

        struct compare_request request =
            ask->is_kv ? compare_kv_request(execution->model, &asked, NULL)
                       : compare_ask_request(execution->model, &asked);

        compare_null(execution->model, &request);
    } else if (ask->is_kv) {
        execute_take_kv(execution, model_slot(execution->model, object), asked, given);
    } else {
        execute_take_kmalloc(execution, model_slot(execution->model, object), asked, given);
    }
}

enum run_op_outcome execute_resize(struct execution *execution, uint32_t slot,
                                   const struct resize_ask *ask)
{
    struct model_object *object = ask->is_kv ? execute_live_kv(execution, slot)
                                             : execute_live(execution, slot, MODEL_KMALLOC);

    if (object == NULL) {
        object = execute_vacant(execution, slot);
        if (object == NULL || object->state != MODEL_EMPTY) {
            return RUN_OP_SKIPPED;
        }
    }
    execute_hold(execution, object);
    if (object->size == 0) {
        resize_nothing(execution, object, ask);
    } else if (ask->size == 0) {
        resize_to_nothing(execution, object, ask);
    } else {
        resize(execution, object, ask);
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_krealloc(struct execution *execution, const struct op *op)
{
    const struct resize_ask ask = {
        .size = op_krealloc_size(op),
        .align = 1,
        .gfp = op_krealloc_zero(op) != 0 ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL,
    };

    return execute_resize(execution, op_krealloc_object(op), &ask);
}

enum run_op_outcome execute_kfree(struct execution *execution, const struct op *op)
{
    struct model_object *object = execute_live(execution, op_kfree_object(op), MODEL_KMALLOC);

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_free(execution, object);
    heap_free(execution->heap, object->address);
    execute_end_free(execution, object);
    execution->freed_alone = op_kfree_object(op) + 1;
    return RUN_OP_STEP;
}

enum run_op_outcome execute_ksize(struct execution *execution, const struct op *op)
{
    struct model_object *object = execute_live(execution, op_ksize_object(op), MODEL_KMALLOC);

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, object);
    execute_begin_step(execution);

    size_t usable = heap_usable_size(execution->heap, object->address);

    execute_end_call(execution);
    execute_note_value(execution, (int64_t)usable);
    compare_usable_size(execution->model, object, usable);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_kfree_bulk(struct execution *execution, const struct op *op)
{
    uint32_t count = execute_collect(execution, op_kfree_bulk_object(op), op_kfree_bulk_count(op),
                                     MODEL_KMALLOC, NULL);

    if (count == 0) {
        return RUN_OP_SKIPPED;
    }
    for (uint32_t i = 0; i < count; i++) {
        execute_retire(execution, model_object(execution->model, execution->bulk_slots[i]));
    }
    execute_begin_step(execution);
    execute_note_value(execution, count);
    execution->address = execution->bulk[0];
    execute_give_up_all(execution);
    heap_free_bulk(execution->heap, count, execution->bulk);
    execute_end_call(execution);
    for (uint32_t i = 0; i < count; i++) {
        execute_freed(execution, model_object(execution->model, execution->bulk_slots[i]));
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_kfree_null(struct execution *execution, const struct op *op)
{
    (void)op;
    if (!execute_alone(execution)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);
    heap_free(execution->heap, NULL);
    heap_free(execution->heap, ZERO_SIZE_PTR);
    model_expect(execution->model,
                 kmem_cache_destroy(NULL) == HEAP_OK &&
                     kmem_cache_destroy(execution->heap->kmalloc_caches[0]) == HEAP_EINVAL,
                 MODEL_RULE_DESTROY_RESULT, NULL);

    size_t usable = heap_usable_size(execution->heap, NULL) +
                    heap_usable_size(execution->heap, ZERO_SIZE_PTR);

    execute_end_call(execution);
    execute_note_value(execution, (int64_t)usable);
    model_expect(execution->model, usable == 0, MODEL_RULE_USABLE_SIZE, NULL);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_validate_kmalloc(struct execution *execution, const struct op *op)
{
    int results[KMALLOC_CACHE_TOTAL] = {0};
    int expected[KMALLOC_CACHE_TOTAL] = {0};

    (void)op;
    execute_begin_step(execution);
    execution->owed->kmalloc_is_validated = true;
    for (unsigned i = 0; i < KMALLOC_CACHE_TOTAL; i++) {
        struct kmem_cache *cache = execution->heap->kmalloc_caches[i];

        if (cache != NULL) {
            results[i] = kmem_cache_validate(cache);
            expected[i] = compare_validate_expects(cache);
            execute_note_value(execution, results[i]);
        }
    }
    execute_end_call(execution);
    for (unsigned i = 0; i < KMALLOC_CACHE_TOTAL; i++) {
        const struct kmem_cache *cache = execution->heap->kmalloc_caches[i];

        if (cache != NULL) {
            compare_validate(execution->model, cache, expected[i], results[i]);
        }
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_flush_kmalloc(struct execution *execution, const struct op *op)
{
    unsigned cpu = op_flush_kmalloc_cpu(op) % execution->heap->config.cpu_count;

    execute_begin_step(execution);
    for (unsigned i = 0; i < KMALLOC_CACHE_TOTAL; i++) {
        if (execution->heap->kmalloc_caches[i] != NULL) {
            kmem_cache_flush_cpu(execution->heap->kmalloc_caches[i], cpu);
        }
    }
    execute_end_call(execution);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_shrink_cache(struct execution *execution, struct kmem_cache *cache)
{
    execute_begin_step(execution);

    int result = kmem_cache_shrink(cache);

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_shrink(execution->model, cache, result);
    return RUN_OP_STEP;
}
