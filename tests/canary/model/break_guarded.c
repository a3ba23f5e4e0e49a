/* A pool of two objects in frames that were allocated for it, one of them handed out. */
#include <stdatomic.h>

#include "allocator/api/pages.h"
#include "tests/canary/model/model_canary.h"

static void store(struct world_word *word, uint64_t value)
{
    atomic_store_explicit(&word->bits, value, memory_order_relaxed);
}

/* The allocation is the first that the pool could serve; object 0 lay there before. */
static struct guarded_object *make_pool(struct model_canary *canary)
{
    struct kmem_heap *heap = canary->heap;
    struct guarded_pool *pool = &heap->guarded;
    struct kmem_cache *cache = canary->model->caches[CACHE_PLAIN].handle;
    struct page *page = heap_alloc_pages(heap, GFP_KERNEL, 3);
    struct guarded_object *object = &pool->objects[0];

    heap->config.guard_pool_interval = 1;
    cache->is_guarded = true;
    pool->pages = memory_address(&heap->memory, page);
    pool->count = 2;
    pool->used_count = 2;
    store(&pool->allocations, 1);
    store(&object->state, GUARD_ALLOCATED);
    object->address = guarded_page(pool, object);
    object->cache = cache;
    object->size = (uint32_t)canary->model->caches[CACHE_PLAIN].size;
    object->use_count = 2;
    compare_begin_step(canary->model, 2);
    canary->model->before.guarded = (struct model_guarded){.allocations = 0, .has_room = true};
    return object;
}

static void serve(struct model_canary *canary, const struct guarded_object *object)
{
    const struct compare_request request =
        compare_cache_request(canary->model, CACHE_PLAIN, false);

    compare_alloc(canary->model, SLOT_VACANT, &request, object->address);
}

/* It was the turn of the second one. */
void break_guarded_in_turn(struct model_canary *canary)
{
    struct guarded_object *object = make_pool(canary);

    canary->heap->config.guard_pool_interval = 2;
    store(&canary->heap->guarded.objects[1].state, GUARD_FREED);
    canary->heap->guarded.objects[1].free_ordinal = 9;
    serve(canary, object);
}

void break_guarded_reused_late(struct model_canary *canary)
{
    struct guarded_object *object = make_pool(canary);

    object->free_ordinal = 5;
    store(&canary->heap->guarded.objects[1].state, GUARD_FREED);
    canary->heap->guarded.objects[1].free_ordinal = 3;
    serve(canary, object);
}
