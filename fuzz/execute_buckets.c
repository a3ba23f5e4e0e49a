/* Ops on buckets: kmalloc from caches of one's own. */
#include "allocator/api/buckets.h"
#include "allocator/base/compiler_fiber.h"
#include "fuzz/execute_kmalloc.h"
#include "fuzz/execute_parts.h"
#include "sanitizers/compare_buckets.h"

/* Nobody else is about, and the set is there, or is not. */
static bool may_change(struct execution *execution, unsigned set, bool is_there)
{
    return (execution->model->buckets[set].heap != NULL) == is_there && execute_alone(execution);
}

enum run_op_outcome execute_buckets_create(struct execution *execution, const struct op *op)
{
    unsigned set = op_buckets_create_set(op);
    struct kmem_buckets *buckets = &execution->model->buckets[set];
    uint32_t unseen = op_buckets_create_unseen(op);
    uint32_t ctor_size = 0;
    struct kmem_buckets_args args = {
        .useroffset = op_buckets_create_useroffset(op),
        .usersize = unseen < KMALLOC_CACHE_SIZE_MAX ? KMALLOC_CACHE_SIZE_MAX - unseen : 0,
    };

    if (!may_change(execution, set, false)) {
        return RUN_OP_SKIPPED;
    }
    if (op_buckets_create_ctor(op) != 0) {
        args.ctor = content_ctor(WORD_SIZE, &ctor_size);
    }
    compiler_acquire(buckets);
    execute_begin_step(execution);

    int result = heap_buckets_create(execution->heap, set == 0 ? "b0" : "b1", &args, buckets);

    execute_end_call(execution);
    compiler_release(buckets);
    execute_note_value(execution, result);
    compare_buckets_create(execution->model, set, &args, ctor_size, result);
    return RUN_OP_STEP;
}

/* What a constructor made is not to be zeroed. */
static bool owes_report(const struct execution *execution, unsigned set,
                        const struct kmalloc_ask *ask)
{
    return execution->model->bucket_args[set].ctor != NULL && (ask->gfp & __GFP_ZERO) != 0 &&
           ask->size > 0 && ask->size <= KMALLOC_CACHE_SIZE_MAX;
}

enum run_op_outcome execute_buckets_alloc(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_buckets_alloc_object(op);
    unsigned set = op_buckets_alloc_set(op);
    const struct kmem_buckets *buckets = &execution->model->buckets[set];
    struct kmalloc_ask ask = {
        .size = op_buckets_alloc_size(op),
        .gfp = GFP_KERNEL | (op_buckets_alloc_zero(op) != 0 ? __GFP_ZERO : 0) |
               (op_buckets_alloc_account(op) != 0 ? __GFP_ACCOUNT : 0),
    };

    if (buckets->heap == NULL ||
        (owes_report(execution, set, &ask) && !execute_alone(execution)) ||
        !execute_hold_vacant(execution, slot)) {
        return RUN_OP_SKIPPED;
    }
    compiler_acquire(buckets);
    execute_begin_step(execution);
    if (owes_report(execution, set, &ask)) {
        owed_now(execution->owed, REPORT_CTOR_WITH_ZERO, NULL);
    }

    void *given = heap_buckets_alloc(buckets, ask.size, ask.gfp);

    compiler_release(buckets);

    if (ask.size == 0) {
        execute_take_kmalloc(execution, slot, ask, given);
        return RUN_OP_STEP;
    }
    execute_end_call(execution);
    execute_note_address(execution, given);
    ask.site = sim_step(execution->sim);

    struct compare_request request = compare_buckets_request(execution->model, set, &ask);

    compare_alloc(execution->model, slot, &request, given);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_buckets_destroy(struct execution *execution, const struct op *op)
{
    unsigned set = op_buckets_destroy_set(op);

    if (!may_change(execution, set, true) || !compare_buckets_are_empty(execution->model, set)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);

    struct kmem_buckets *buckets = &execution->model->buckets[set];

    compiler_acquire(buckets);

    int result = heap_buckets_destroy(buckets);

    execute_end_call(execution);
    compiler_release(buckets);
    execute_note_value(execution, result);
    compare_buckets_destroy(execution->model, set, result);
    return RUN_OP_STEP;
}
