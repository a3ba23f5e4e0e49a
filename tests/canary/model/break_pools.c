#include "allocator/base/raw.h"
#include "sanitizers/compare_pools.h"
#include "tests/canary/model/model_canary.h"

/* A pool of kmalloc's 40 bytes with two elements in reserve. */
static struct model_pool *make_pool(struct model_canary *canary)
{
    const struct mempool_source source = {.kind = MEMPOOL_KMALLOC, .size = 40};
    struct model_pool *pool = &canary->model->pools[0];
    int result = heap_mempool_init(canary->heap, &source, 2, &pool->pool);

    compare_pool_create(canary->model, pool, 2, result);
    return pool;
}

void break_pool_result(struct model_canary *canary)
{
    compare_pool_create(canary->model, &canary->model->pools[0], 2, HEAP_EINVAL);
}

void break_pool_promise(struct model_canary *canary)
{
    const struct compare_pool_ask ask = {.pool = make_pool(canary), .reserve_count = 2};

    compare_pool_alloc(canary->model, SLOT_VACANT, &ask, NULL);
}

void break_pool_reserve(struct model_canary *canary)
{
    const struct compare_pool_ask ask = {.pool = make_pool(canary), .reserve_count = 2};

    compare_pool_alloc(canary->model, SLOT_VACANT, &ask,
                       mempool_alloc_preallocated(&ask.pool->pool));
}

/* One byte of an element is not poisoned. */
void break_pool_poisoned(struct model_canary *canary)
{
    struct model_pool *pool = &canary->model->pools[0];
    const struct mempool_source source = {
        .kind = MEMPOOL_CACHE,
        .cache = canary->model->caches[CACHE_DEBUG].handle,
    };
    int result = heap_mempool_init(canary->heap, &source, 1, &pool->pool);

    pool->cache = CACHE_DEBUG;
    raw_store_byte((unsigned char *)pool->pool.reserve[0] + 50, 0);
    compare_pool_create(canary->model, pool, 1, result);
}
