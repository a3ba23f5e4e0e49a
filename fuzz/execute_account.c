/* Ops on accounts, and on what is charged to them. */
#include "allocator/api/account.h"
#include "allocator/api/kmem_cache.h"
#include "fuzz/execute_parts.h"

/* Nobody pays for anything in a heap without accounts. */
static bool has_accounts(const struct execution *execution)
{
    return execution->heap->config.object_extensions;
}

/* The accounts change between two ops, not in the middle of one that may ask for them. */
static bool may_change(struct execution *execution)
{
    return has_accounts(execution) && execute_alone(execution);
}

enum run_op_outcome execute_account(struct execution *execution, const struct op *op)
{
    if (!may_change(execution)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);
    heap_account_enter(execution->heap, op_account_account(op));
    execute_end_call(execution);
    execution->model->charges.cpu_accounts[sim_cpu(execution->sim)] =
        (uint8_t)op_account_account(op);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_account_limit(struct execution *execution, const struct op *op)
{
    unsigned account = op_account_limit_account(op);
    uint64_t bytes = op_account_limit_bytes(op);

    if (!may_change(execution)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);
    heap_account_limit(execution->heap, account, bytes);

    uint64_t charged = heap_account_charged(execution->heap, account);

    execute_end_call(execution);
    execute_note_value(execution, (int64_t)charged);
    execution->model->charges.limits[account] = bytes;
    return RUN_OP_STEP;
}

enum run_op_outcome execute_accounting(struct execution *execution, const struct op *op)
{
    bool is_on = op_accounting_on(op) != 0;

    if (!may_change(execution)) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);
    heap_account_enable(execution->heap, is_on);
    execute_end_call(execution);
    execution->model->charges.is_off = !is_on;
    return RUN_OP_STEP;
}

/* The live object of a slot that is no run, or NULL. */
static struct model_object *find_chargeable(struct execution *execution, uint32_t slot)
{
    struct model_object *object = execute_live(execution, slot, MODEL_CACHE_OBJECT);

    if (object == NULL) {
        object = execute_live(execution, slot, MODEL_KMALLOC);
    }
    return object != NULL && object->size != 0 ? object : NULL;
}

enum run_op_outcome execute_charge(struct execution *execution, const struct op *op)
{
    struct model_object *object = find_chargeable(execution, op_charge_object(op));

    if (object == NULL || !has_accounts(execution)) {
        return RUN_OP_SKIPPED;
    }

    struct model_cache *cache = model_cache_of(execution->model, object);

    execute_hold(execution, object);
    if (cache != NULL) {
        execute_hold_cache(execution, cache);
    }
    execute_begin_step(execution);

    bool result = heap_charge(execution->heap, object->address);

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_charge(execution->model, object, result);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_alloc_account(struct execution *execution, const struct op *op)
{
    uint32_t slot = op_alloc_account_object(op);
    unsigned cache_slot = op_alloc_account_cache(op);
    struct model_cache *cache = execute_cache(execution, cache_slot);
    struct model_object *vacant = execute_vacant(execution, slot);

    /* What cannot be paid for is freed at once: such a free pays no debt that was written down. */
    if (cache == NULL || vacant == NULL || owed_concerns(execution->owed, cache->handle)) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, vacant);
    execute_hold_cache(execution, cache);

    struct compare_request request = compare_accounted_request(execution->model, cache_slot);

    execute_begin_step(execution);

    void *given = kmem_cache_alloc(cache->handle, GFP_KERNEL | __GFP_ACCOUNT);

    execute_end_call(execution);
    execute_note_address(execution, given);
    compare_alloc(execution->model, slot, &request, given);
    return RUN_OP_STEP;
}
