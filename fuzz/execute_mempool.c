/* Ops on mempools: elements in reserve. */
#include "allocator/api/mempool.h"
#include "allocator/base/compiler_fiber.h"
#include "allocator/base/raw.h"
#include "fuzz/execute_parts.h"
#include "sanitizers/compare_pools.h"

/* Its maker comes before everybody, everybody before whoever destroys it. */
static void hold_pool(struct execution *execution, struct model_pool *pool)
{
    if (execution->is_task) {
        compiler_acquire(pool);
    }
}

static void let_go_of_pool(struct execution *execution, struct model_pool *pool)
{
    if (execution->is_task) {
        compiler_release(&pool->owned);
    }
}

/* The pool, if it is there, with the cache that it relies on. */
static struct model_pool *find_pool(struct execution *execution, unsigned index)
{
    struct model_pool *pool = &execution->model->pools[index];

    if (!pool->is_there) {
        return NULL;
    }
    if (pool->pool.source.kind == MEMPOOL_CACHE) {
        execute_hold_cache(execution, &execution->model->caches[pool->cache]);
    }
    hold_pool(execution, pool);
    return pool;
}

/* Nobody else is about, and there is no such pool. */
static bool may_create(struct execution *execution, unsigned index)
{
    return !execution->model->pools[index].is_there && execute_alone(execution);
}

static enum run_op_outcome create(struct execution *execution, unsigned index,
                                  const struct mempool_source *source, unsigned count)
{
    struct model_pool *pool = &execution->model->pools[index];

    hold_pool(execution, pool);
    compiler_acquire(&pool->owned);
    execute_begin_step(execution);

    int result = heap_mempool_init(execution->heap, source, count, &pool->pool);

    execute_end_call(execution);
    execute_note_value(execution, result);
    compare_pool_create(execution->model, pool, count, result);
    compiler_release(pool);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_pool_create(struct execution *execution, const struct op *op)
{
    unsigned index = op_pool_create_pool(op);
    struct model_cache *cache = execute_cache(execution, op_pool_create_cache(op));

    /* Elements that nobody has would be charged to somebody. */
    if (cache == NULL || cache->handle->extends_objects || !may_create(execution, index)) {
        return RUN_OP_SKIPPED;
    }

    const struct mempool_source source = {.kind = MEMPOOL_CACHE, .cache = cache->handle};

    execute_hold_cache(execution, cache);
    execution->model->pools[index].cache = (uint8_t)op_pool_create_cache(op);
    return create(execution, index, &source, op_pool_create_count(op));
}

enum run_op_outcome execute_pool_create_sized(struct execution *execution, const struct op *op)
{
    unsigned index = op_pool_create_sized_pool(op);
    uint32_t size = op_pool_create_sized_size(op);
    struct mempool_source source = {.kind = MEMPOOL_KMALLOC, .size = size};

    if (!may_create(execution, index)) {
        return RUN_OP_SKIPPED;
    }
    if (op_pool_create_sized_pages(op) != 0) {
        source = (struct mempool_source){.kind = MEMPOOL_PAGES, .order = size};
    }
    return create(execution, index, &source, op_pool_create_sized_count(op));
}

enum run_op_outcome execute_pool_alloc(struct execution *execution, const struct op *op)
{
    struct model_object *vacant = execute_vacant(execution, op_pool_alloc_object(op));
    struct model_pool *pool =
        vacant != NULL ? find_pool(execution, op_pool_alloc_pool(op)) : NULL;

    if (pool == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_hold(execution, vacant);
    execute_begin_step(execution);

    const struct compare_pool_ask ask = {
        .pool = pool,
        .reserve_count = pool->pool.reserve_count,
        .is_preallocated = op_pool_alloc_reserved(op) != 0,
    };
    gfp_t gfp = op_pool_alloc_wait(op) != 0 ? GFP_KERNEL : GFP_NOWAIT;
    void *given = ask.is_preallocated ? mempool_alloc_preallocated(&pool->pool)
                                      : mempool_alloc(&pool->pool, gfp);

    execute_end_call(execution);
    execute_note_address(execution, given);
    compare_pool_alloc(execution->model, op_pool_alloc_object(op), &ask, given);
    let_go_of_pool(execution, pool);
    return RUN_OP_STEP;
}

/* A live object of any kind that a pool gave, and its pool, which would still take it. */
static struct model_object *find_element(struct execution *execution, uint32_t slot,
                                         struct model_pool **pool)
{
    if (slot >= MODEL_OBJECT_COUNT) {
        return NULL;
    }

    struct model *model = execution->model;
    struct model_object *object = model_object(model, slot);

    if (!model_is_live(object) || object->is_busy || object->pool == 0 ||
        !pools_accepts(model, &model->pools[object->pool - 1], object)) {
        return NULL;
    }
    *pool = find_pool(execution, object->pool - 1u);
    return *pool != NULL ? object : NULL;
}

/* The pool has it: the slot is of no use to misuse. */
static void end_in_reserve(struct execution *execution, struct model_object *object)
{
    if (!execution->is_task) {
        model_release(execution->model, object, sim_cpu(execution->sim));
    }
    compare_hidden(execution->model, object);
    object->size = 0;
}

enum run_op_outcome execute_pool_free(struct execution *execution, const struct op *op)
{
    struct model *model = execution->model;
    struct model_pool *pool = NULL;
    struct model_object *object = find_element(execution, op_pool_free_object(op), &pool);

    if (object == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_retire(execution, object);
    execute_begin_step(execution);

    unsigned reserve_count = pool->pool.reserve_count;

    execute_note_address(execution, object->address);
    execute_give_up(execution, object);
    mempool_free(&pool->pool, object->address);
    execute_end_call(execution);
    if (compare_pool_free(model, pool, object->address, reserve_count)) {
        if (pools_has(pool, object->address) || model->is_shared) {
            end_in_reserve(execution, object);
        } else {
            execute_freed(execution, object);
        }
        pools_sync(model, pool);
    }
    let_go_of_pool(execution, pool);
    return RUN_OP_STEP;
}

/* Elements that the pool had, and gave back in vain: they were found damaged. */
static void keep_damaged(struct execution *execution, const struct model_pool *before,
                         const struct model_pool *now)
{
    for (unsigned i = 0; i + 1 < before->owned_count; i++) {
        const struct model_owned *owned = &before->owned[i];

        if (owed_was_kept(execution->owed, owned->address) &&
            (!now->is_there || !pools_has(now, owned->address))) {
            model_keep(execution->model, before->pool.source.cache, owned->address, owned->size);
        }
    }
}

enum run_op_outcome execute_pool_resize(struct execution *execution, const struct op *op)
{
    struct model_pool *pool = find_pool(execution, op_pool_resize_pool(op));

    if (pool == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);

    const struct model_pool before = *pool;

    pools_lend(execution->model, pool);

    int result = mempool_resize(&pool->pool, op_pool_resize_count(op));

    execute_end_call(execution);
    execute_note_value(execution, result);
    keep_damaged(execution, &before, pool);
    compare_pool_resize(execution->model, pool, op_pool_resize_count(op), result);
    let_go_of_pool(execution, pool);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_pool_destroy(struct execution *execution, const struct op *op)
{
    struct model_pool *pool = &execution->model->pools[op_pool_destroy_pool(op)];

    if (!pool->is_there || !execute_alone(execution)) {
        return RUN_OP_SKIPPED;
    }
    (void)find_pool(execution, op_pool_destroy_pool(op));
    compiler_acquire(&pool->owned);
    execute_begin_step(execution);

    const struct model_pool before = *pool;

    mempool_exit(&pool->pool);
    execute_end_call(execution);
    pool->is_there = false;
    pools_sync(execution->model, pool);
    keep_damaged(execution, &before, pool);
    compiler_release(pool);
    return RUN_OP_STEP;
}

/* What misuse.def asks about a pool. */
static uint32_t of_pool(const struct model_pool *pool)
{
    const struct mempool *of = &pool->pool;

    return (of->reserve_count > 0 ? MISUSE_IF_LISTED : 0u) |
           (of->is_poisoned ? MISUSE_IF_POISONED : 0u) |
           (of->is_checked ? MISUSE_IF_F : 0u);
}

enum run_op_outcome execute_pool_write(struct execution *execution, const struct op *op)
{
    struct model_object *vacant = execute_vacant(execution, op_pool_write_object(op));
    struct model_pool *pool = &execution->model->pools[op_pool_write_pool(op)];
    const struct misuse_row *row = misuse_find(OP_POOL_WRITE, of_pool(pool));
    unsigned char xor = (unsigned char)op_pool_write_xor(op);

    if (vacant == NULL || !pool->is_there || row == NULL || xor == 0 ||
        !execute_alone(execution)) {
        return RUN_OP_SKIPPED;
    }
    (void)find_pool(execution, op_pool_write_pool(op));
    execute_hold(execution, vacant);

    const struct compare_pool_ask ask = {pool, pool->pool.reserve_count, true};
    unsigned char *element = pool->pool.reserve[ask.reserve_count - 1];
    unsigned char *byte = element + op_pool_write_offset(op) % pool->pool.element_size;

    raw_store_byte(byte, raw_load_byte(byte) ^ xor);
    execute_begin_step(execution);
    owed_now(execution->owed, row->kind, element);

    void *given = mempool_alloc_preallocated(&pool->pool);

    execute_end_call(execution);
    execute_note_address(execution, given);
    compare_pool_alloc(execution->model, op_pool_write_object(op), &ask, given);
    let_go_of_pool(execution, pool);
    return RUN_OP_STEP;
}

enum run_op_outcome execute_pool_bad_free(struct execution *execution, const struct op *op)
{
    struct model_pool *pool = NULL;
    struct model_object *object = find_element(execution, op_pool_bad_free_object(op), &pool);
    size_t offset = object != NULL ? op_pool_bad_free_offset(op) % object->size : 0;

    if (object == NULL || !execute_alone(execution)) {
        return RUN_OP_SKIPPED;
    }

    unsigned char *address = offset != 0 ? object->address + offset
                             : pool->pool.reserve_count > 0 ? pool->pool.reserve[0]
                                                            : NULL;
    uint32_t circumstances = of_pool(pool) & MISUSE_IF_F;

    if (offset == 0) {
        circumstances |= of_pool(pool) & MISUSE_IF_LISTED;
    } else {
        circumstances |= MISUSE_IF_LIVE | misuse_of_kfree(execution->model, address) |
                         (object->kind == MODEL_PAGES ? MISUSE_IF_BY_ORDER : 0u);
    }

    const struct misuse_row *row = misuse_find(OP_POOL_BAD_FREE, circumstances);

    if (row == NULL) {
        return RUN_OP_SKIPPED;
    }
    execute_begin_step(execution);
    execute_note_address(execution, address);
    owed_now(execution->owed, row->kind, address);
    mempool_free(&pool->pool, address);
    execute_end_call(execution);
    let_go_of_pool(execution, pool);
    return RUN_OP_STEP;
}
