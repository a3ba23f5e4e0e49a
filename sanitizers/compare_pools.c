#include "sanitizers/compare_pools.h"

#include "allocator/base/raw.h"
#include "sanitizers/peek.h"

/* kmalloc's normal caches of a size are several: any of them will do. */
static void accept_copies(struct compare_request *request, const struct kmem_heap *heap,
                          const void *given)
{
    const struct slab *slab = peek_slab(heap, given);

    if (slab != NULL && kmalloc_rule_is_normal(slab->cache->flags) &&
        slab->cache->layout.object_size == request->object.usable) {
        request->home = slab->cache;
    }
}

static struct compare_request request_of(const struct model *model, const struct model_pool *pool,
                                         const void *given)
{
    const struct mempool_source *source = &pool->pool.source;
    struct compare_request request = {.order_least = ORDER_MAX + 1};

    if (source->kind == MEMPOOL_CACHE) {
        request = compare_cache_request(model, pool->cache, false);
    } else if (source->kind == MEMPOOL_KMALLOC) {
        request = compare_kmalloc_request(model, source->size, false);
        accept_copies(&request, model->heap, given);
    } else {
        request = compare_pages_request(model, source->order, false);
    }
    /* Others who share the cache may have made its objects larger since. */
    request.object.size = (uint32_t)pool->pool.element_size;
    request.object.pool = (uint8_t)(pool - model->pools + 1);
    request.is_part_of_many = true;
    request.is_guardable = false;
    request.is_retried = true;
    return request;
}

static bool source_is_valid(const struct model *model, const struct model_pool *pool)
{
    const struct mempool_source *source = &pool->pool.source;

    switch (source->kind) {
    case MEMPOOL_CACHE:
        return model->caches[pool->cache].ctor_size == 0 &&
               (model->caches[pool->cache].flags & SLAB_TYPESAFE_BY_RCU) == 0;
    case MEMPOOL_KMALLOC:
        return source->size > 0 && source->size <= KMALLOC_SIZE_MAX;
    default:
        return source->order <= ORDER_MAX;
    }
}

static bool element_is_poisoned(const struct mempool *pool, const unsigned char *element)
{
    enum { FREE_BYTE = 0x6b, END_BYTE = 0xa5 };
    size_t end = pool->element_size - 1;

    return raw_find_other(element, end, FREE_BYTE) == end &&
           raw_load_byte(element + end) == END_BYTE;
}

static bool judge_poison(struct model *model, const struct model_pool *pool, const void *element)
{
    const struct kmem_cache *cache = pool->pool.source.cache;
    slab_flags_t flags = cache != NULL ? cache->flags : model->heap->config.debug_flags;

    return (flags & SLAB_POISON) == 0 ||
           model_expect(model, element_is_poisoned(&pool->pool, element),
                        MODEL_RULE_POOL_POISONED, element);
}

/* Others may have taken elements and put some back meanwhile, but never too many. */
static bool judge_count(struct model *model, const struct model_pool *pool, unsigned expected)
{
    const struct mempool *seen = &pool->pool;
    bool is_right = seen->reserve_count <= seen->room_count &&
                    (model->is_shared || seen->reserve_count == expected);

    return model_expect(model, is_right, MODEL_RULE_POOL_RESERVE, seen);
}

/* What else there is in reserve was judged when it came there. */
static bool judge_reserve(struct model *model, const struct model_pool *pool, unsigned first)
{
    for (unsigned i = first; i < pool->pool.reserve_count && !model->is_shared; i++) {
        if (!judge_poison(model, pool, pool->pool.reserve[i])) {
            return false;
        }
    }
    return true;
}

static bool was_refused(const struct model *model)
{
    return view_failure_count(model->heap) != model->before.failure_count ||
           view_faults(model->heap, HEAP_FAULT_SLAB) != model->before.slab_faults;
}

/* Elements, and a table to note them, may all be refused; what came before stays where it is. */
static bool judge_refusal(struct model *model, const struct model_pool *pool)
{
    return model_expect(model, model->is_shared || was_refused(model), MODEL_RULE_NULL_HAS_CAUSE,
                        pool->pool.source.cache);
}

bool compare_pool_create(struct model *model, struct model_pool *pool, unsigned count, int result)
{
    bool is_valid = source_is_valid(model, pool);
    bool is_right = is_valid ? result != HEAP_EINVAL : result == HEAP_EINVAL;

    pool->is_there = result == HEAP_OK;
    pools_sync(model, pool);
    if (!model_expect(model, is_right, MODEL_RULE_POOL_RESULT, &pool->pool)) {
        return false;
    }
    if (!pool->is_there) {
        return !is_valid || judge_refusal(model, pool);
    }
    return judge_count(model, pool, count) && judge_reserve(model, pool, 0);
}

/* An element of the reserve: like a fresh one, but nothing is promised of its bytes. */
static bool take_reserved(struct model *model, uint32_t slot, const struct compare_request *request,
                          void *given)
{
    struct model_object object = request->object;
    struct model_object *taken = model_object(model, slot);

    object.address = given;
    if (!model_own(model, slot, &object) || !compare_shown(model, taken)) {
        return false;
    }
    if (model->is_judging) {
        model_fill(model, taken, 0);
    }
    return true;
}

bool compare_pool_alloc(struct model *model, uint32_t slot, const struct compare_pool_ask *ask,
                        void *given)
{
    struct model_pool *pool = ask->pool;
    struct compare_request request = request_of(model, pool, given);
    bool was_reserved = given != NULL && model->is_judging &&
                        ownership_covers(&model->ownership, given, 1) &&
                        ownership_find(&model->ownership, given) == OWNER_POOL;

    pools_sync(model, pool);
    if (given == NULL) {
        return model_expect(model, model->is_shared || ask->reserve_count == 0,
                            MODEL_RULE_POOL_PROMISE, &pool->pool) &&
               (ask->is_preallocated || compare_null(model, &request));
    }
    if (model->is_shared) {
        return take_reserved(model, slot, &request, given);
    }
    if (!was_reserved) {
        return model_expect(model, !ask->is_preallocated || !model->is_judging,
                            MODEL_RULE_POOL_RESERVE, given) &&
               judge_count(model, pool, ask->reserve_count) &&
               compare_alloc(model, slot, &request, given);
    }
    return model_expect(model, ask->is_preallocated || was_refused(model),
                        MODEL_RULE_POOL_RESERVE, given) &&
           judge_count(model, pool, ask->reserve_count - 1) &&
           take_reserved(model, slot, &request, given);
}

bool compare_pool_free(struct model *model, struct model_pool *pool, const void *element,
                       unsigned reserve_count)
{
    bool is_reserved = pools_has(pool, element);
    bool was_short = reserve_count < pool->pool.wanted_count;

    return model_expect(model, model->is_shared || is_reserved == was_short,
                        MODEL_RULE_POOL_RESERVE, element) &&
           judge_count(model, pool, reserve_count + (was_short ? 1 : 0)) &&
           (model->is_shared || !is_reserved || judge_poison(model, pool, element));
}

bool compare_pool_resize(struct model *model, struct model_pool *pool, unsigned count, int result)
{
    pools_take_back(model, pool);

    unsigned has_count = pool->pool.reserve_count;
    bool is_full = has_count == count;
    bool is_right = result == HEAP_OK ? pool->pool.wanted_count == count : result == HEAP_ENOMEM;

    if (!model->is_shared && !model_expect(model, is_right, MODEL_RULE_POOL_RESULT, &pool->pool)) {
        return false;
    }
    if (is_full && result == HEAP_OK) {
        return judge_reserve(model, pool, 0);
    }
    return judge_count(model, pool, has_count < count ? has_count : count) &&
           judge_refusal(model, pool);
}
