#include "allocator/api/kmalloc.h"

#include "allocator/api/kmem_cache.h"
#include "fuzz/execute_parts.h"

/* A slot that holds nothing else owns zero bytes now. */
static void take_zero_size(struct execution *execution, uint32_t slot, void *given)
{
    const struct model_object object = {.kind = MODEL_KMALLOC, .address = given};

    if (compare_zero_size(execution->model, given)) {
        model_own(execution->model, slot, &object);
    }
}

static void take_kmalloc(struct execution *execution, uint32_t slot, size_t size, bool is_zeroed,
                         void *given)
{
    struct compare_request request = compare_kmalloc_request(execution->model, size, is_zeroed);

    execute_end_call(execution);
    execute_note_address(execution, given);
    if (size == 0) {
        take_zero_size(execution, slot, given);
    } else {
        compare_alloc(execution->model, slot, &request, given);
    }
}

/* Holds a slot that is not live; false if it is. */
static bool take_vacant(struct execution *execution, uint32_t slot)
{
    struct model_object *object = execute_vacant(execution, slot);

    if (object != NULL) {
        execute_hold(execution, object);
    }
    return object != NULL;
}

enum run_op_outcome execute_kmalloc(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_kmalloc_object(op);
    size_t size = op_kmalloc_size(op);

    if (!take_vacant(execution, slot)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);
    take_kmalloc(execution, slot, size, false, heap_alloc(execution->heap, size, GFP_KERNEL));
    return RUN_OP_STEP;
}

enum run_op_outcome execute_kzalloc(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_kzalloc_object(op);
    size_t size = op_kzalloc_size(op);

    if (!take_vacant(execution, slot)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);
    take_kmalloc(execution, slot, size, true, heap_zalloc(execution->heap, size, GFP_KERNEL));
    return RUN_OP_STEP;
}

enum run_op_outcome execute_kcalloc(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_kcalloc_object(op);
    size_t count = op_sign_extend(op_kcalloc_count(op));
    size_t size = op_sign_extend(op_kcalloc_size(op));
    size_t total;

    if (!take_vacant(execution, slot)) {
        return RUN_OP_SKIPPED;
    }
    if (__builtin_mul_overflow(count, size, &total)) {
        total = SIZE_MAX;
    }
    execute_begin_step(execution);
    take_kmalloc(execution, slot, total, true,
                 heap_calloc(execution->heap, count, size, GFP_KERNEL));
    return RUN_OP_STEP;
}

/* krealloc to 0 is kfree, and leaves ZERO_SIZE_PTR. */
static void resize_to_nothing(struct execution *execution, struct model_object *object, gfp_t gfp)
{
    execute_retire(execution, object);
    execute_begin_step(execution);

    execute_give_up(execution, object);

    void *given = heap_realloc(execution->heap, object->address, 0, gfp);

    execute_end_call(execution);
    execute_note_address(execution, given);
    execute_freed(execution, object);
    take_zero_size(execution, model_slot(execution->model, object), given);
}

static void resize(struct execution *execution, struct model_object *object, size_t size,
                   bool is_zeroed)
{
    unsigned char *old_address = object->address;
    gfp_t gfp = is_zeroed ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL;

    compare_content(execution->model, object);
    execute_begin_step(execution);
    if (execution->is_task) {
        model_lend(execution->model, object);
    }

    size_t usable = heap_usable_size(execution->heap, old_address);
    void *given = heap_realloc(execution->heap, old_address, size, gfp);

    execute_end_call(execution);

    const struct compare_resize resized = {
        .object = object,
        .usable = usable,
        .size = size,
        .is_zeroed = is_zeroed,
        .was_kept = owed_was_kept(execution->owed, old_address),
        .cpu = sim_cpu(execution->sim),
        .given = given,
    };

    execute_note_address(execution, given);
    compare_usable_size(execution->model, object, usable);
    if (given == old_address) {
        owed_forgive_slack(execution->owed, old_address);
    }
    compare_resize(execution->model, &resized);
}

/* The slot holds nothing, or nothing but ZERO_SIZE_PTR: krealloc is kmalloc. */
static void resize_nothing(struct execution *execution, struct model_object *object, size_t size,
                           bool is_zeroed)
{
    void *old = model_is_live(object) ? object->address : NULL;
    gfp_t gfp = is_zeroed ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL;

    execute_begin_step(execution);

    void *given = heap_realloc(execution->heap, old, size, gfp);

    if (model_is_live(object) && given != NULL) {
        model_release(execution->model, object, sim_cpu(execution->sim));
    }
    if (model_is_live(object)) {
        struct compare_request request = compare_kmalloc_request(execution->model, size, false);

        execute_end_call(execution);
        execute_note_address(execution, given);
        compare_null(execution->model, &request);
    } else {
        take_kmalloc(execution, model_slot(execution->model, object), size, is_zeroed, given);
    }
}

enum run_op_outcome execute_krealloc(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_krealloc_object(op);
    size_t size = op_krealloc_size(op);
    bool is_zeroed = op_krealloc_zero(op) != 0;
    struct model_object *object = execute_live(execution, slot, MODEL_KMALLOC);

    if (object == NULL) {
        object = execute_vacant(execution, slot);
        if (object == NULL || object->state != MODEL_EMPTY) {
            return RUN_OP_SKIPPED;
        }
    }
    execute_hold(execution, object);
    if (object->size == 0) {
        resize_nothing(execution, object, size, is_zeroed);
    } else if (size == 0) {
        resize_to_nothing(execution, object, GFP_KERNEL);
    } else {
        resize(execution, object, size, is_zeroed);
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_kfree(struct execution *execution, const struct op *op)
{
    struct model_object *object = execute_live(execution, op_kfree_object(op), MODEL_KMALLOC);

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_retire(execution, object);
    execute_begin_step(execution);
    execute_note_address(execution, object->address);
    execute_give_up(execution, object);
    heap_free(execution->heap, object->address);
    execute_end_call(execution);
    execution->freed_alone = op_kfree_object(op) + 1;
    execute_freed(execution, object);
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
    int results[KMALLOC_CACHE_COUNT];

    (void)op;
    execute_begin_step(execution);
    execution->owed->kmalloc_is_validated = true;
    for (unsigned i = 0; i < KMALLOC_CACHE_COUNT; i++) {
        results[i] = kmem_cache_validate(execution->heap->kmalloc_caches[i]);
        execute_note_value(execution, results[i]);
    }
    execute_end_call(execution);
    for (unsigned i = 0; i < KMALLOC_CACHE_COUNT; i++) {
        compare_validate(execution->model, execution->heap->kmalloc_caches[i], results[i]);
    }
    return RUN_OP_STEP;
}

enum run_op_outcome execute_flush_kmalloc(struct execution *execution, const struct op *op)
{
    unsigned cpu = op_flush_kmalloc_cpu(op) % execution->heap->config.cpu_count;

    execute_begin_step(execution);
    for (unsigned i = 0; i < KMALLOC_CACHE_COUNT; i++) {
        kmem_cache_flush_cpu(execution->heap->kmalloc_caches[i], cpu);
    }
    execute_end_call(execution);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_kmalloc_shrink(struct execution *execution, unsigned index)
{
    struct kmem_cache *cache = execution->heap->kmalloc_caches[index];

    execute_begin_step(execution);

    int result = kmem_cache_shrink(cache);

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_shrink(execution->model, cache, result);
    return RUN_OP_STEP;
}
