/* Ops on memory that is an object of kmalloc's or a view. */
#include "allocator/api/kvmalloc.h"
#include "fuzz/execute_kmalloc.h"
#include "fuzz/execute_parts.h"
#include "sanitizers/compare_kv.h"

static gfp_t zero_gfp(uint32_t is_zeroed)
{
    return is_zeroed != 0 ? GFP_KERNEL | __GFP_ZERO : GFP_KERNEL;
}

void execute_take_kv(struct execution *execution, uint32_t slot, struct kmalloc_ask ask,
                     void *given)
{
    if (ask.size == 0) {
        execute_take_kmalloc(execution, slot, ask, given);
        return;
    }
    execute_end_call(execution);
    execute_note_address(execution, given);
    ask.site = sim_step(execution->sim);
    if (compare_kv_choice(execution->model, &ask, given)) {
        struct compare_request request = compare_kv_request(execution->model, &ask, given);

        compare_alloc(execution->model, slot, &request, given);
    }
}

enum run_op_outcome execute_kvmalloc(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_kvmalloc_object(op);
    bool is_zeroed = op_kvmalloc_zero(op) != 0;
    const struct kmalloc_ask ask = {op_kvmalloc_size(op), zero_gfp(is_zeroed), 0};

    if (!execute_hold_vacant(execution, slot)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);

    void *given = is_zeroed ? heap_kv_zalloc(execution->heap, ask.size, GFP_KERNEL)
                            : heap_kv_alloc(execution->heap, ask.size, GFP_KERNEL);

    execute_take_kv(execution, slot, ask, given);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_kvmalloc_array(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_kvmalloc_array_object(op);
    size_t count = op_sign_extend(op_kvmalloc_array_count(op));
    size_t size = op_sign_extend(op_kvmalloc_array_size(op));
    struct kmalloc_ask ask = {.gfp = GFP_KERNEL};

    if (!execute_hold_vacant(execution, slot)) {
        return RUN_OP_SKIPPED;
    }
    if (__builtin_mul_overflow(count, size, &ask.size)) {
        ask.size = SIZE_MAX;
    }
    execute_begin_step(execution);
    execute_take_kv(execution, slot, ask,
                    heap_kv_alloc_array(execution->heap, count, size, GFP_KERNEL));
    return RUN_OP_STEP;
}

enum run_op_outcome execute_kvrealloc(struct execution *execution, const struct op *op)
{
    const struct resize_ask ask = {
        .size = op_kvrealloc_size(op),
        .align = 1,
        .gfp = zero_gfp(op_kvrealloc_zero(op)),
        .is_kv = true,
    };

    return execute_resize(execution, op_kvrealloc_object(op), &ask);
}

struct model_object *execute_live_kv(struct execution *execution, uint32_t slot)
{
    struct model_object *object = execute_live(execution, slot, MODEL_KMALLOC);

    return object != NULL ? object : execute_live(execution, slot, MODEL_VIEW);
}

enum run_op_outcome execute_kvfree(struct execution *execution, const struct op *op)
{
    struct model_object *object = execute_live_kv(execution, op_kvfree_object(op));

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_free(execution, object);
    heap_kv_free(execution->heap, object->address);
    execute_end_free(execution, object);
    return RUN_OP_STEP;
}
