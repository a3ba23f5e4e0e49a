/* Failures on purpose, marks, and what is held back. */
#include <stdatomic.h>

#include "allocator/api/kmem_cache.h"
#include "sanitizers/compare_fault.h"
#include "tests/canary/model/model_canary.h"

/* A heap that has no such failures says that it does. */
void break_fault_result(struct model_canary *canary)
{
    compare_fault_result(canary->model, HEAP_OK, true);
}

/* Nothing was to fail, and something did. */
static void pretend_fault(struct model_canary *canary)
{
    atomic_store_explicit(&canary->heap->slab_fault.failures.bits, 1, memory_order_relaxed);
}

void break_failure_is_due(struct model_canary *canary)
{
    const struct compare_question question = {
        .cache = canary->model->caches[CACHE_PLAIN].handle,
        .gfp = GFP_KERNEL,
    };
    const struct compare_fault fault = compare_fault_begin(canary->model, &question);

    pretend_fault(canary);
    compare_fault(canary->model, &fault);
}

void break_failed_gives_nothing(struct model_canary *canary)
{
    struct compare_request request = compare_cache_request(canary->model, CACHE_PLAIN, false);
    struct kmem_cache *cache = canary->model->caches[CACHE_PLAIN].handle;
    void *given = kmem_cache_alloc(cache, GFP_KERNEL);

    cache->extends_objects = false;
    pretend_fault(canary);
    compare_alloc(canary->model, SLOT_VACANT, &request, given);
}

/* As if the cache had marked its objects all the time: this one is not. */
void break_given_is_marked(struct model_canary *canary)
{
    struct compare_request request = compare_cache_request(canary->model, CACHE_PLAIN, false);
    struct kmem_cache *cache = canary->model->caches[CACHE_PLAIN].handle;
    void *given = kmem_cache_alloc(cache, GFP_KERNEL);

    cache->knows_objects = true;
    compare_alloc(canary->model, SLOT_VACANT, &request, given);
}

void break_purged_holds_nothing(struct model_canary *canary)
{
    struct kmem_cache *cache = canary->model->caches[CACHE_PLAIN].handle;

    cache->cpus[1].quarantine.first = 1;
    compare_purged(canary->model, cache);
}
