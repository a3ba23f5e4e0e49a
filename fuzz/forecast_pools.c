#include "fuzz/forecast_pools.h"

#include "allocator/base/bits.h"
#include "allocator/base/flags.h"
#include "fuzz/forecast.h"
#include "fuzz/forecast_memory.h"

static const struct forecast_slot *followed(const struct forecast *forecast, uint32_t slot)
{
    return slot < FORECAST_SLOT_COUNT ? &forecast->slots[slot] : NULL;
}

static bool allows_create(const struct forecast *forecast, const struct op *op)
{
    return forecast->schedule.flight_count == 0 &&
           !forecast->pools[op_pool_create_pool(op)].is_there &&
           !(op->code == OP_POOL_CREATE && (forecast->config->object_extensions ||
                                            forecast->caches[op->cache].has_ctor ||
                                            (forecast->caches[op->cache].flags &
                                             SLAB_TYPESAFE_BY_RCU) != 0));
}

/* What a pool gave, and would take: it may be another one by now. */
static bool is_element(const struct forecast *forecast, uint32_t index)
{
    const struct forecast_slot *slot = followed(forecast, index);

    if (slot == NULL || slot->pool == 0 || !forecast->pools[slot->pool - 1].is_there) {
        return false;
    }

    const struct forecast_pool *pool = &forecast->pools[slot->pool - 1];

    switch (pool->plain_code) {
    case OP_ALLOC:
        return slot->content == SLOT_OBJECT && slot->cache == pool->cache;
    case OP_KMALLOC:
        return slot->content == SLOT_KMALLOC && slot->size == pool->size;
    default:
        return slot->content == SLOT_RUN && slot->order == pool->size;
    }
}

static bool flags_have(const struct forecast *forecast, const struct forecast_pool *pool,
                       slab_flags_t flag)
{
    slab_flags_t flags = pool->plain_code == OP_ALLOC ? forecast->caches[pool->cache].flags
                                                      : forecast->config->debug_flags;

    return (flags & flag) != 0;
}

static bool allows_write(const struct forecast *forecast, const struct op *op)
{
    const struct forecast_pool *pool = &forecast->pools[op_pool_write_pool(op)];

    return pool->is_there && pool->reserve_count > 0 && op_pool_write_xor(op) != 0 &&
           flags_have(forecast, pool, SLAB_POISON);
}

static bool allows_bad_free(const struct forecast *forecast, const struct op *op)
{
    if (!is_element(forecast, op->object)) {
        return false;
    }

    const struct forecast_pool *pool = &forecast->pools[forecast->slots[op->object].pool - 1];

    return flags_have(forecast, pool, SLAB_CONSISTENCY_CHECKS) &&
           (op->a != 0 || pool->reserve_count > 0);
}

static bool is_relied_on(const struct forecast *forecast, uint8_t cache)
{
    for (unsigned i = 0; i < FORECAST_POOL_COUNT; i++) {
        const struct forecast_pool *pool = &forecast->pools[i];

        if (pool->is_there && pool->plain_code == OP_ALLOC && pool->cache == cache) {
            return true;
        }
    }
    return false;
}

bool forecast_allows_pools(const struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_POOL_CREATE:
    case OP_POOL_CREATE_SIZED:
        return allows_create(forecast, op);
    case OP_POOL_ALLOC:
        return forecast->pools[op_pool_alloc_pool(op)].is_there;
    case OP_POOL_FREE:
        return is_element(forecast, op->object);
    case OP_POOL_RESIZE:
        return forecast->pools[op_pool_resize_pool(op)].is_there;
    case OP_POOL_DESTROY:
        return forecast->schedule.flight_count == 0 &&
               forecast->pools[op_pool_destroy_pool(op)].is_there;
    case OP_POOL_WRITE:
        return allows_write(forecast, op);
    case OP_POOL_BAD_FREE:
        return allows_bad_free(forecast, op);
    case OP_DESTROY:
        return !is_relied_on(forecast, op->cache);
    default:
        return true;
    }
}

static uint8_t freeing_code(unsigned content)
{
    return content == SLOT_OBJECT ? OP_FREE : content == SLOT_KMALLOC ? OP_KFREE : OP_FREE_PAGES;
}

static struct op plain_alloc(const struct forecast *forecast, const struct op *op)
{
    const struct forecast_pool *pool = &forecast->pools[op_pool_alloc_pool(op)];

    /* The source is not asked. */
    if (op_pool_alloc_reserved(op) != 0) {
        return (struct op){.code = OP_NOP};
    }
    return (struct op){.code = pool->plain_code,
                       .cache = pool->cache,
                       .object = op->object,
                       .a = pool->size};
}

static struct op plain_free(const struct forecast *forecast, const struct op *op)
{
    const struct forecast_slot *slot = followed(forecast, op->object);

    if (slot == NULL || slot->pool == 0) {
        return *op;
    }

    const struct forecast_pool *pool = &forecast->pools[slot->pool - 1];

    if (pool->reserve_count < pool->wanted_count) {
        return (struct op){.code = OP_NOP};
    }
    return (struct op){.code = freeing_code(slot->content), .object = op->object};
}

struct op forecast_plain(const struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_POOL_ALLOC:
        return plain_alloc(forecast, op);
    case OP_POOL_FREE:
        return plain_free(forecast, op);
    default:
        return *op;
    }
}

/* The cache that a pool's elements come from; NULL: they are runs. */
static struct forecast_cache *find_source(struct forecast *forecast,
                                          const struct forecast_pool *pool)
{
    if (pool->plain_code == OP_ALLOC) {
        return &forecast->caches[pool->cache];
    }
    return pool->plain_code == OP_KMALLOC && pool->size <= KMALLOC_CACHE_SIZE_MAX
               ? &forecast->caches[forecast_kmalloc_cache(pool->size)]
               : NULL;
}

static uint32_t element_size(const struct forecast *forecast, const struct forecast_pool *pool)
{
    switch (pool->plain_code) {
    case OP_ALLOC:
        return forecast->caches[pool->cache].size;
    case OP_KMALLOC:
        return pool->size;
    default:
        return (uint32_t)order_size(pool->size);
    }
}

static unsigned run_order(const struct forecast_pool *pool)
{
    return pool->plain_code == OP_KMALLOC ? order_for_size(pool->size) : pool->size;
}

/* The reserve grows or shrinks to count elements, as far as the source has them. */
static void fill_reserve(struct forecast *forecast, struct forecast_pool *pool, unsigned count)
{
    struct forecast_cache *source = find_source(forecast, pool);

    for (; pool->reserve_count > count; pool->reserve_count--) {
        if (source != NULL) {
            forecast_give_object(forecast, source);
        } else {
            forecast->used_pages -= order_pages(run_order(pool));
        }
    }
    while (pool->reserve_count < count &&
           (source != NULL ? forecast_take_object(forecast, source)
                           : forecast_take_pages(forecast, run_order(pool)))) {
        pool->reserve_count++;
    }
}

static bool source_is_valid(const struct forecast_pool *pool)
{
    switch (pool->plain_code) {
    case OP_ALLOC:
        return true;
    case OP_KMALLOC:
        return pool->size > 0 && pool->size <= KMALLOC_SIZE_MAX;
    default:
        return pool->size <= ORDER_MAX;
    }
}

static void create(struct forecast *forecast, const struct op *op)
{
    bool is_sized = op->code == OP_POOL_CREATE_SIZED;
    bool has_pages = is_sized && op_pool_create_sized_pages(op) != 0;
    uint32_t count = is_sized ? op_pool_create_sized_count(op) : op_pool_create_count(op);
    struct forecast_pool *pool = &forecast->pools[op_pool_create_pool(op)];

    *pool = (struct forecast_pool){
        .plain_code = !is_sized ? OP_ALLOC : has_pages ? OP_PAGES : OP_KMALLOC,
        .cache = op->cache,
        .wanted_count = (uint8_t)count,
        .size = is_sized ? op->a : 0,
    };
    if (source_is_valid(pool)) {
        fill_reserve(forecast, pool, count);
        pool->is_there = pool->reserve_count == count;
        if (!pool->is_there) {
            fill_reserve(forecast, pool, 0);
        }
    }
}

static struct forecast_slot reserved_element(struct forecast *forecast,
                                             const struct forecast_pool *pool)
{
    static const uint16_t contents[OP_CODE_COUNT] = {
        [OP_ALLOC] = SLOT_OBJECT, [OP_KMALLOC] = SLOT_KMALLOC, [OP_PAGES] = SLOT_RUN};
    const struct forecast_cache *source = find_source(forecast, pool);

    return (struct forecast_slot){
        .content = contents[pool->plain_code],
        .cache = source != NULL ? (uint8_t)(source - forecast->caches) : FORECAST_CACHE_COUNT,
        .order = source != NULL ? 0 : (uint8_t)run_order(pool),
        .size = element_size(forecast, pool),
    };
}

/* What could not be had of the source comes out of the reserve. */
static void alloc(struct forecast *forecast, uint32_t index, unsigned number)
{
    struct forecast_pool *pool = &forecast->pools[number];
    const struct forecast_slot *slot = followed(forecast, index);

    if (slot == NULL) {
        return;
    }
    if ((slot->content & SLOT_TOUCHABLE) == 0 && pool->reserve_count > 0) {
        pool->reserve_count--;
        forecast_set_slot(forecast, index, reserved_element(forecast, pool));
    }
    if ((slot->content & SLOT_TOUCHABLE) != 0) {
        forecast->slots[index].pool = (uint8_t)(number + 1);
    }
}

/* What is in reserve is of no use to misuse. */
static void put_in_reserve(struct forecast *forecast, uint32_t index)
{
    const struct forecast_slot *slot = followed(forecast, index);

    if (slot != NULL && slot->pool != 0 && (slot->content & SLOT_TOUCHABLE) != 0) {
        forecast->pools[slot->pool - 1].reserve_count++;
        forecast->slots[index].content = SLOT_SPENT;
    }
}

static void resize(struct forecast *forecast, struct forecast_pool *pool, unsigned count)
{
    pool->wanted_count = (uint8_t)count;
    fill_reserve(forecast, pool, count);
}

static void destroy(struct forecast *forecast, struct forecast_pool *pool)
{
    fill_reserve(forecast, pool, 0);
    pool->is_there = false;
}

void forecast_pools(struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_POOL_CREATE:
    case OP_POOL_CREATE_SIZED:
        create(forecast, op);
        break;
    case OP_POOL_ALLOC:
        alloc(forecast, op->object, op_pool_alloc_pool(op));
        break;
    case OP_POOL_FREE:
        put_in_reserve(forecast, op->object);
        break;
    case OP_POOL_RESIZE:
        resize(forecast, &forecast->pools[op_pool_resize_pool(op)], op_pool_resize_count(op));
        break;
    case OP_POOL_DESTROY:
        destroy(forecast, &forecast->pools[op_pool_destroy_pool(op)]);
        break;
    default:
        break;
    }
}
