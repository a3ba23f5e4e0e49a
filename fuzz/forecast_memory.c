#include "fuzz/forecast_memory.h"

#include "allocator/base/bits.h"
#include "allocator/base/flags.h"
#include "fuzz/forecast_pages.h"

static const uint16_t kmalloc_sizes[KMALLOC_CACHE_COUNT] = {
    8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192,
};

unsigned forecast_kmalloc_cache(uint32_t size)
{
    for (unsigned i = 0; i < KMALLOC_CACHE_COUNT; i++) {
        if (size <= kmalloc_sizes[i]) {
            return OP_CACHE_SLOT_COUNT + i;
        }
    }
    return FORECAST_CACHE_COUNT;
}

/* Bytes from object to object, about. */
static size_t estimate_stride(const struct forecast_cache *cache, size_t align)
{
    size_t stride = align_up(cache->size, WORD_SIZE);

    if ((cache->flags & (SLAB_POISON | SLAB_TYPESAFE_BY_RCU)) != 0 || cache->has_ctor) {
        stride += WORD_SIZE;
    }
    if ((cache->flags & SLAB_STORE_USER) != 0) {
        stride += 64;
    }
    if ((cache->flags & SLAB_RED_ZONE) != 0) {
        stride += 2 * WORD_SIZE + align;
    }
    return align_up(stride, align);
}

void forecast_measure(const struct forecast *forecast, struct forecast_cache *cache, size_t align)
{
    size_t stride = estimate_stride(cache, align < WORD_SIZE ? WORD_SIZE : align);
    size_t wanted = forecast->config->slab_objects_min;
    unsigned order = order_for_size(stride);

    if (wanted == 0) {
        wanted = 4 * (log2_floor(forecast->config->cpu_count) + 2);
    }
    if (order < forecast->config->slab_order_min) {
        order = forecast->config->slab_order_min;
    }
    while (order < forecast->config->slab_order_max && order_size(order) / stride < wanted &&
           order_pages(order + 3) <= forecast->config->page_count) {
        order++;
    }
    cache->order = (uint8_t)order;
    cache->stride = (uint32_t)stride;
    cache->objects_per_slab = (uint32_t)(order_size(order) / stride);
}

void forecast_init_kmalloc(struct forecast *forecast)
{
    for (unsigned i = 0; i < KMALLOC_CACHE_COUNT; i++) {
        struct forecast_cache *cache = &forecast->caches[OP_CACHE_SLOT_COUNT + i];

        cache->is_present = true;
        cache->flags = (forecast->config->debug_flags | SLAB_KMALLOC);
        cache->size = kmalloc_sizes[i];
        forecast_measure(forecast, cache, is_power_of_two(cache->size) ? cache->size : WORD_SIZE);
    }
}

/* Larger runs are found only if there is half as much memory to spare: it is in pieces. */
static bool has_pages(const struct forecast *forecast, unsigned order)
{
    uint32_t spare = forecast->used_pages > 0 ? order_pages(order) / 2 : 0;

    return order <= ORDER_MAX &&
           forecast->used_pages + order_pages(order) + spare + forecast->config->min_free_pages <=
               heap_config_frames(forecast->config);
}

static bool is_debugged(const struct forecast_cache *cache)
{
    return (cache->flags & SLAB_DEBUG_PATH_FLAGS) != 0;
}

/* What other CPUs hold is out of reach; half of each of their slabs is supposed to be free. */
static bool has_object_at_hand(const struct forecast *forecast, const struct forecast_cache *cache)
{
    unsigned others = cache->cpus & ~(1u << forecast->cpu);
    uint32_t reserved =
        (uint32_t)__builtin_popcount(others) * (cache->objects_per_slab / 2);

    return cache->live_count + reserved < cache->slab_count * cache->objects_per_slab;
}

static bool has_object(const struct forecast *forecast, const struct forecast_cache *cache)
{
    return has_object_at_hand(forecast, cache) || has_pages(forecast, cache->order);
}

static bool has_kmalloc(const struct forecast *forecast, uint64_t size)
{
    /* ZERO_SIZE_PTR can always be had, but is nothing. */
    if (size == 0 || size > KMALLOC_SIZE_MAX) {
        return false;
    }
    return size <= KMALLOC_CACHE_SIZE_MAX
               ? has_object(forecast, &forecast->caches[forecast_kmalloc_cache((uint32_t)size)])
               : has_pages(forecast, order_for_size((size_t)size));
}

bool forecast_makes_cache(const struct op *op, struct forecast_creation *creation)
{
    switch (op->code) {
    case OP_CREATE:
        *creation = (struct forecast_creation){op_create_size(op), op_create_align_log2(op),
                                               op_create_flags(op), op_create_ctor(op) != 0};
        return true;
    case OP_CREATE_ARGS:
        *creation = (struct forecast_creation){op_create_args_size(op),
                                               op_create_args_align_log2(op),
                                               op_create_args_flags(op),
                                               op_create_args_ctor(op) != 0};
        return true;
    case OP_CREATE_USERCOPY:
        *creation = (struct forecast_creation){op_create_usercopy_size(op),
                                               op_create_usercopy_align_log2(op),
                                               op_create_usercopy_flags(op), false};
        return true;
    default:
        return false;
    }
}

/* A link that lies where it may not is one more reason. */
static bool link_has_place(const struct op *op, const struct forecast_creation *creation)
{
    return op->code != OP_CREATE_ARGS || op_create_args_use_freeptr(op) == 0 ||
           ((creation->has_ctor || (creation->flags & SLAB_TYPESAFE_BY_RCU) != 0) &&
            op_create_args_freeptr(op) * 4 + WORD_SIZE <= creation->size &&
            op_create_args_freeptr(op) % 2 == 0);
}

static bool can_create(const struct op *op)
{
    struct forecast_creation creation;

    return forecast_makes_cache(op, &creation) && creation.size > 0 &&
           creation.size <= KMALLOC_SIZE_MAX && creation.align_log2 <= PAGE_SHIFT &&
           (creation.flags & ~(uint32_t)SLAB_CREATE_FLAGS) == 0 && link_has_place(op, &creation);
}

bool forecast_panics(const struct op *op)
{
    struct forecast_creation creation;

    return forecast_makes_cache(op, &creation) && (creation.flags & SLAB_PANIC) != 0 &&
           !can_create(op);
}

bool forecast_fits(const struct forecast *forecast, const struct op *op)
{
    int order = forecast_order_wanted(op);

    if (order >= 0) {
        return has_pages(forecast, (unsigned)order);
    }
    switch (op->code) {
    case OP_ALLOC:
    case OP_ZALLOC:
    case OP_ALLOC_ACCOUNT:
    case OP_BULK_ALLOC:
    case OP_ALLOC_NODE:
        return has_object(forecast, &forecast->caches[op->cache]);
    case OP_KMALLOC:
    case OP_KZALLOC:
    case OP_KREALLOC:
    case OP_KMALLOC_GFP:
    case OP_BUCKETS_ALLOC:
    case OP_KREALLOC_ALIGN:
    case OP_KMALLOC_NODE:
    case OP_KVMALLOC:
    case OP_KVREALLOC:
        return has_kmalloc(forecast, op->a);
    case OP_KCALLOC:
    case OP_KREALLOC_ARRAY:
    case OP_KVMALLOC_ARRAY:
        return has_kmalloc(forecast, (uint64_t)op->a * op->b);
    case OP_PAGES:
    case OP_PAGES_NODE:
        return has_pages(forecast, op_pages_order(op));
    case OP_PAGES_TYPE:
        return has_pages(forecast, op_pages_type_order(op));
    case OP_CREATE:
    case OP_CREATE_ARGS:
    case OP_CREATE_USERCOPY:
        return can_create(op);
    case OP_DESTROY:
        return forecast->caches[op->cache].live_count == 0;
    default:
        return true;
    }
}

void forecast_link_stale(struct forecast *forecast, uint32_t slot)
{
    struct forecast_slot *stale = &forecast->slots[slot];
    uint16_t *newest = &forecast->newest[stale->cache];

    stale->older = *newest;
    stale->newer = FORECAST_SLOT_COUNT;
    if (*newest != FORECAST_SLOT_COUNT) {
        forecast->slots[*newest].newer = (uint16_t)slot;
    }
    *newest = (uint16_t)slot;
}

void forecast_unlink_stale(struct forecast *forecast, uint32_t slot)
{
    struct forecast_slot *stale = &forecast->slots[slot];
    uint16_t *newest = &forecast->newest[stale->cache];

    if ((stale->content & SLOT_STALE) == 0) {
        return;
    }
    if (stale->newer != FORECAST_SLOT_COUNT) {
        forecast->slots[stale->newer].older = stale->older;
    } else if (*newest == slot) {
        *newest = stale->older;
    }
    if (stale->older != FORECAST_SLOT_COUNT) {
        forecast->slots[stale->older].newer = stale->newer;
    }
}

/* A cache, or the page layer, hands out what the newest stale slot points to. */
static void reuse_newest(struct forecast *forecast, size_t index)
{
    uint16_t slot = forecast->newest[index];

    if (slot != FORECAST_SLOT_COUNT) {
        forecast_unlink_stale(forecast, slot);
        forecast->slots[slot].content = SLOT_SPENT;
    }
}

/* least_order: what is tried next if this order cannot be had. */
static bool take_pages(struct forecast *forecast, unsigned order, unsigned least_order)
{
    bool is_taken = has_pages(forecast, order);

    if (forecast->fail_countdown > 0) {
        forecast->fail_countdown--;
        is_taken = is_taken && (forecast->fail_countdown > 0 || least_order < order);
    }
    if (is_taken) {
        forecast->used_pages += order_pages(order);
        reuse_newest(forecast, FORECAST_CACHE_COUNT);
    }
    return is_taken;
}

bool forecast_take_pages(struct forecast *forecast, unsigned order)
{
    return take_pages(forecast, order, order);
}

bool forecast_take_object(struct forecast *forecast, struct forecast_cache *cache)
{
    if (!has_object_at_hand(forecast, cache)) {
        if (!take_pages(forecast, cache->order, order_for_size(cache->size))) {
            return false;
        }
        cache->slab_count++;
    }
    if (!is_debugged(cache)) {
        cache->cpus |= (uint8_t)(1u << forecast->cpu);
    }
    cache->live_count++;
    reuse_newest(forecast, (size_t)(cache - forecast->caches));
    return true;
}

static void keep_slabs(struct forecast *forecast, struct forecast_cache *cache, uint32_t count)
{
    if (count < cache->slab_count) {
        forecast->used_pages -= (cache->slab_count - count) * order_pages(cache->order);
        cache->slab_count = count;
    }
}

bool forecast_has_at_hand(const struct forecast *forecast, unsigned cache)
{
    return !forecast->config->debug_pagealloc &&
           (forecast->caches[cache].cpus >> forecast->cpu & 1) != 0;
}

void forecast_give_object(struct forecast *forecast, struct forecast_cache *cache)
{
    cache->live_count -= cache->live_count > 0 ? 1 : 0;
    if (cache->live_count == 0) {
        keep_slabs(forecast, cache,
                   forecast->config->partial_floor + (uint32_t)__builtin_popcount(cache->cpus));
    }
}

void forecast_shrink(struct forecast *forecast, struct forecast_cache *cache)
{
    uint32_t densest = (cache->live_count + cache->objects_per_slab - 1) / cache->objects_per_slab;
    uint32_t loosest = cache->live_count < cache->slab_count ? cache->live_count
                                                             : cache->slab_count;

    cache->cpus = 0;
    keep_slabs(forecast, cache, (densest + loosest) / 2);
}
