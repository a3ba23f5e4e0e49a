#include "sanitizers/model_pools.h"

#include <string.h>

#include "sanitizers/model.h"
#include "sanitizers/sharing.h"

static void release_all(struct model *model, struct model_pool *pool)
{
    for (unsigned i = 0; i < pool->owned_count; i++) {
        ownership_release(&model->ownership, pool->owned[i].address, pool->owned[i].size);
    }
    pool->owned_count = 0;
}

static void claim(struct model *model, struct model_pool *pool, void *address, size_t size)
{
    if (model_expect(model, ownership_covers(&model->ownership, address, size) &&
                                ownership_claim(&model->ownership, address, size, OWNER_POOL),
                     MODEL_RULE_OBJECT_OWNED_ONCE, address)) {
        pool->owned[pool->owned_count++] = (struct model_owned){address, (uint32_t)size};
    }
}

/* As far as it is no longer than it may be. */
static unsigned reserve_count(const struct model_pool *pool)
{
    return pool->pool.reserve_count < MODEL_POOL_RESERVE_MAX ? pool->pool.reserve_count
                                                             : MODEL_POOL_RESERVE_MAX;
}

void pools_sync(struct model *model, struct model_pool *pool)
{
    if (!model->is_judging) {
        return;
    }
    release_all(model, pool);
    if (!pool->is_there || pool->lent_count > 0) {
        return;
    }
    for (unsigned i = 0; i < reserve_count(pool); i++) {
        claim(model, pool, pool->pool.reserve[i], pool->pool.element_size);
    }

    unsigned room_count = pool->pool.room_count > 0 ? pool->pool.room_count : 1;

    claim(model, pool, pool->pool.reserve, room_count * sizeof(void *));
}

void pools_lend(struct model *model, struct model_pool *pool)
{
    pool->lent_count++;
    pools_sync(model, pool);
}

void pools_take_back(struct model *model, struct model_pool *pool)
{
    pool->lent_count--;
    pools_sync(model, pool);
}

bool pools_has(const struct model_pool *pool, const void *element)
{
    for (unsigned i = 0; i < reserve_count(pool); i++) {
        if (pool->pool.reserve[i] == element) {
            return true;
        }
    }
    return false;
}

bool pools_accepts(struct model *model, const struct model_pool *pool,
                   const struct model_object *object)
{
    const struct mempool_source *source = &pool->pool.source;
    const struct model_cache *cache = model_cache_of(model, object);

    if (!pool->is_there || object->account != 0 || object->size != pool->pool.element_size) {
        return false;
    }
    switch (source->kind) {
    case MEMPOOL_CACHE:
        return cache != NULL && cache->handle == source->cache;
    case MEMPOOL_KMALLOC:
        return object->kind == MODEL_KMALLOC;
    default:
        return object->kind == MODEL_PAGES && !object->is_compound && !sharing_is_shared(object);
    }
}

uint32_t pools_held(const struct model *model, const struct kmem_cache *cache)
{
    uint32_t count = 0;

    for (unsigned i = 0; i < MODEL_POOL_COUNT; i++) {
        const struct model_pool *pool = &model->pools[i];

        if (pool->is_there && pool->pool.source.cache == cache) {
            count += pool->pool.reserve_count;
        }
    }
    return count;
}

bool pools_rely_on(const struct model *model, unsigned cache)
{
    for (unsigned i = 0; i < MODEL_POOL_COUNT; i++) {
        const struct model_pool *pool = &model->pools[i];

        if (pool->is_there && pool->pool.source.kind == MEMPOOL_CACHE && pool->cache == cache) {
            return true;
        }
    }
    return false;
}

void pools_forget(struct model *model)
{
    for (unsigned i = 0; i < MODEL_POOL_COUNT; i++) {
        release_all(model, &model->pools[i]);
    }
    memset(model->pools, 0, sizeof(model->pools));
}
