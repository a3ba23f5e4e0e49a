#include "fuzz/forecast.h"

#include <string.h>

#include "allocator/base/bits.h"
#include "allocator/base/flags.h"

const struct op_need op_needs[OP_CODE_COUNT] = {
    [OP_CREATE] = {.cache = CACHE_ABSENT},
    [OP_DESTROY] = {.cache = CACHE_PRESENT},
    [OP_ALLOC] = {.cache = CACHE_PRESENT, .slot = SLOT_NOT_LIVE},
    [OP_ZALLOC] = {.cache = CACHE_PRESENT, .slot = SLOT_NOT_LIVE},
    [OP_FREE] = {.slot = SLOT_OBJECT},
    [OP_FILL] = {.slot = SLOT_TOUCHABLE},
    [OP_VERIFY] = {.slot = SLOT_TOUCHABLE},
    [OP_BULK_ALLOC] = {.cache = CACHE_PRESENT, .slot = SLOT_NOT_LIVE},
    [OP_BULK_FREE] = {.cache = CACHE_PRESENT, .slot = SLOT_ANYTHING},
    [OP_SHRINK] = {.cache = CACHE_PRESENT},
    [OP_FLUSH] = {.cache = CACHE_PRESENT},
    [OP_KMALLOC] = {.slot = SLOT_NOT_LIVE},
    [OP_KZALLOC] = {.slot = SLOT_NOT_LIVE},
    [OP_KCALLOC] = {.slot = SLOT_NOT_LIVE},
    [OP_KREALLOC] = {.slot = SLOT_KMALLOC | SLOT_ZERO_SIZE | SLOT_EMPTY},
    [OP_KFREE] = {.slot = SLOT_KMALLOC | SLOT_ZERO_SIZE},
    [OP_KSIZE] = {.slot = SLOT_KMALLOC | SLOT_ZERO_SIZE},
    [OP_PAGES] = {.slot = SLOT_NOT_LIVE},
    [OP_FREE_PAGES] = {.slot = SLOT_RUN},
    [OP_VALIDATE] = {.cache = CACHE_PRESENT},
    [OP_CACHE_SIZE] = {.cache = CACHE_PRESENT},
    [OP_KFREE_BULK] = {.slot = SLOT_ANYTHING},
    [OP_OVERFLOW] = {.slot = SLOT_OBJECT | SLOT_KMALLOC},
    [OP_UNDERFLOW] = {.slot = SLOT_OBJECT | SLOT_KMALLOC},
    [OP_WRITE_AFTER_FREE] = {.slot = SLOT_STALE},
    [OP_DOUBLE_FREE] = {.slot = SLOT_STALE},
    [OP_WRONG_CACHE] = {.cache = CACHE_PRESENT, .slot = SLOT_OBJECT},
    [OP_FREE_INTERIOR] = {.slot = SLOT_TOUCHABLE},
    [OP_FREE_WILD] = {.cache = CACHE_PRESENT},
    [OP_FREE_POINTER] = {.slot = SLOT_STALE_OBJECT | SLOT_STALE_KMALLOC},
    [OP_FREE_PAGES_ORDER] = {.slot = SLOT_RUN},
    [OP_FREE_PAGES_CLIENT] = {.slot = SLOT_RUN},
    [OP_SLAB_PADDING] = {.slot = SLOT_OBJECT | SLOT_KMALLOC},
};

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

    if ((cache->flags & SLAB_POISON) != 0 || cache->has_ctor) {
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

/*
 * Sets what follows from size and flags: order and objects per slab. Where the preferred order is
 * a large part of the arena, the allocator soon falls back to a lesser one, so that is assumed.
 */
static void measure_cache(const struct forecast *forecast, struct forecast_cache *cache,
                          size_t align)
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

void forecast_init(struct forecast *forecast, const struct heap_config *config)
{
    memset(forecast, 0, sizeof(*forecast));
    forecast->config = config;
    forecast->freed_slot = FORECAST_SLOT_COUNT;
    for (unsigned i = 0; i < FORECAST_SLOT_COUNT; i++) {
        forecast->slots[i].content = SLOT_EMPTY;
    }
    for (unsigned i = 0; i < KMALLOC_CACHE_COUNT; i++) {
        struct forecast_cache *cache = &forecast->caches[OP_CACHE_SLOT_COUNT + i];

        cache->is_present = true;
        cache->flags = (uint16_t)(config->debug_flags | SLAB_KMALLOC);
        cache->size = kmalloc_sizes[i];
        measure_cache(forecast, cache, is_power_of_two(cache->size) ? cache->size : WORD_SIZE);
    }
}

static bool has_pages(const struct forecast *forecast, unsigned order)
{
    return order <= ORDER_MAX &&
           forecast->used_pages + order_pages(order) <= forecast->config->page_count;
}

static bool has_object(const struct forecast *forecast, const struct forecast_cache *cache)
{
    return cache->live_count < cache->slab_count * cache->objects_per_slab ||
           has_pages(forecast, cache->order);
}

static bool has_kmalloc(const struct forecast *forecast, uint64_t size)
{
    if (size == 0 || size > KMALLOC_SIZE_MAX) {
        return size == 0;
    }
    return size <= KMALLOC_CACHE_SIZE_MAX
               ? has_object(forecast, &forecast->caches[forecast_kmalloc_cache((uint32_t)size)])
               : has_pages(forecast, order_for_size((size_t)size));
}

bool forecast_fits(const struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_ALLOC:
    case OP_ZALLOC:
    case OP_BULK_ALLOC:
        return has_object(forecast, &forecast->caches[op->cache]);
    case OP_KMALLOC:
    case OP_KZALLOC:
    case OP_KREALLOC:
        return has_kmalloc(forecast, op->a);
    case OP_KCALLOC:
        return has_kmalloc(forecast, (uint64_t)op->a * op->b);
    case OP_PAGES:
        return has_pages(forecast, op_pages_order(op));
    case OP_DESTROY:
        return forecast->caches[op->cache].live_count == 0;
    default:
        return true;
    }
}

static bool take_pages(struct forecast *forecast, unsigned order)
{
    bool is_taken = has_pages(forecast, order);

    forecast->used_pages += is_taken ? order_pages(order) : 0;
    return is_taken;
}

static struct forecast_slot *followed_slot(struct forecast *forecast, uint32_t slot)
{
    if (slot >= FORECAST_SLOT_COUNT) {
        return NULL;
    }
    if (slot >= forecast->slot_end) {
        forecast->slot_end = slot + 1;
    }
    return &forecast->slots[slot];
}

static void set_slot(struct forecast *forecast, uint32_t slot, struct forecast_slot value)
{
    struct forecast_slot *followed = followed_slot(forecast, slot);

    if (followed != NULL) {
        *followed = value;
    }
}

/* An object of a cache goes into a slot, if there is memory for it. */
static void alloc_object(struct forecast *forecast, unsigned index, enum slot_content content,
                         uint32_t slot, uint32_t size)
{
    struct forecast_cache *cache = &forecast->caches[index];

    if (slot >= FORECAST_SLOT_COUNT) {
        return;
    }
    if (cache->live_count == cache->slab_count * cache->objects_per_slab) {
        if (!take_pages(forecast, cache->order)) {
            return;
        }
        cache->slab_count++;
    }
    cache->live_count++;
    set_slot(forecast, slot,
             (struct forecast_slot){
                 .content = (uint16_t)content, .cache = (uint8_t)index, .size = size});
}

static void alloc_run(struct forecast *forecast, enum slot_content content, uint32_t slot,
                      unsigned order, uint32_t size)
{
    if (slot < FORECAST_SLOT_COUNT && take_pages(forecast, order)) {
        set_slot(forecast, slot,
                 (struct forecast_slot){.content = (uint16_t)content,
                                        .cache = FORECAST_CACHE_COUNT,
                                        .order = (uint8_t)order,
                                        .size = size});
    }
}

static void alloc_kmalloc(struct forecast *forecast, uint32_t slot, uint64_t size)
{
    if (size == 0) {
        set_slot(forecast, slot, (struct forecast_slot){.content = SLOT_ZERO_SIZE});
    } else if (size <= KMALLOC_CACHE_SIZE_MAX) {
        alloc_object(forecast, forecast_kmalloc_cache((uint32_t)size), SLOT_KMALLOC, slot,
                     (uint32_t)size);
    } else if (size <= KMALLOC_SIZE_MAX) {
        alloc_run(forecast, SLOT_KMALLOC, slot, order_for_size((size_t)size), (uint32_t)size);
    }
}

/* Slabs that are no longer needed go back, as shrinking a cache does. */
static void drop_slabs(struct forecast *forecast, struct forecast_cache *cache)
{
    uint32_t needed =
        (cache->live_count + cache->objects_per_slab - 1) / cache->objects_per_slab;

    forecast->used_pages -= (cache->slab_count - needed) * order_pages(cache->order);
    cache->slab_count = needed;
}

/* Whatever lives in a slot is freed; it is stale from then on. */
static void free_slot(struct forecast *forecast, uint32_t index)
{
    struct forecast_slot *slot = followed_slot(forecast, index);

    if (slot == NULL) {
        return;
    }
    if (slot->content == SLOT_ZERO_SIZE) {
        slot->content = SLOT_SPENT;
        return;
    }
    if (slot->cache == FORECAST_CACHE_COUNT) {
        forecast->used_pages -= order_pages(slot->order);
        slot->content = slot->content == SLOT_RUN ? SLOT_STALE_RUN : SLOT_STALE_KMALLOC;
        return;
    }

    struct forecast_cache *cache = &forecast->caches[slot->cache];

    cache->live_count--;
    slot->content = slot->content == SLOT_OBJECT ? SLOT_STALE_OBJECT : SLOT_STALE_KMALLOC;
    /* Beyond about partial_floor, empty slabs go back at once. */
    if (cache->slab_count * cache->objects_per_slab - cache->live_count >
        (forecast->config->partial_floor + 2) * cache->objects_per_slab) {
        drop_slabs(forecast, cache);
    }
}

static void create_cache(struct forecast *forecast, const struct op *op)
{
    struct forecast_cache *cache = &forecast->caches[op->cache];
    uint32_t flags = op_create_flags(op);
    uint32_t align_log2 = op_create_align_log2(op);
    uint32_t size = op_create_size(op);

    if (size == 0 || size > KMALLOC_SIZE_MAX || align_log2 > PAGE_SHIFT ||
        (flags & ~(uint32_t)SLAB_CREATE_FLAGS) != 0) {
        return;
    }
    if ((flags & SLAB_NO_USER_FLAGS) == 0) {
        flags |= forecast->config->debug_flags;
    }
    *cache = (struct forecast_cache){
        .flags = (uint16_t)flags, .size = size, .has_ctor = op_create_ctor(op) != 0};
    measure_cache(forecast, cache, (size_t)1 << align_log2);
    cache->is_present = cache->order <= ORDER_MAX && cache->objects_per_slab > 0;
}

/* Slots of a destroyed cache: live ones are lost with the cache, stale ones are of no more use. */
static void destroy_cache(struct forecast *forecast, unsigned index)
{
    struct forecast_cache *cache = &forecast->caches[index];

    drop_slabs(forecast, cache);
    for (uint32_t i = 0; i < forecast->slot_end; i++) {
        struct forecast_slot *slot = &forecast->slots[i];

        if (slot->cache == index && slot->content == SLOT_OBJECT) {
            slot->content = SLOT_LOST;
        } else if (slot->cache == index && slot->content == SLOT_STALE_OBJECT) {
            slot->content = SLOT_SPENT;
        }
    }
    cache->is_present = false;
}

static void resize(struct forecast *forecast, const struct op *op)
{
    uint32_t size = op_krealloc_size(op);

    if (op->object >= FORECAST_SLOT_COUNT || size > KMALLOC_SIZE_MAX) {
        return;
    }
    if (forecast->slots[op->object].content == SLOT_KMALLOC) {
        free_slot(forecast, op->object);
    }
    alloc_kmalloc(forecast, op->object, size);
}

static void bulk_alloc(struct forecast *forecast, const struct op *op)
{
    for (uint32_t i = 0; i < op_bulk_alloc_count(op); i++) {
        alloc_object(forecast, op->cache, SLOT_OBJECT, op->object + i,
                     forecast->caches[op->cache].size);
    }
}

/* Whether a bulk free touches a slot: content is what it frees, cache the one it frees to. */
static bool is_in_bulk(const struct forecast *forecast, uint32_t slot, enum slot_content content,
                       const struct op *op)
{
    return slot < FORECAST_SLOT_COUNT && forecast->slots[slot].content == content &&
           (content == SLOT_KMALLOC || forecast->slots[slot].cache == op->cache);
}

static uint32_t count_in_bulk(const struct forecast *forecast, enum slot_content content,
                              const struct op *op)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < op_bulk_free_count(op); i++) {
        count += is_in_bulk(forecast, op->object + i, content, op) ? 1 : 0;
    }
    return count;
}

static void bulk_free(struct forecast *forecast, enum slot_content content, const struct op *op)
{
    for (uint32_t i = 0; i < op_bulk_free_count(op); i++) {
        if (is_in_bulk(forecast, op->object + i, content, op)) {
            free_slot(forecast, op->object + i);
        }
    }
}

static bool bulk_slots_are_not_live(const struct forecast *forecast, const struct op *op)
{
    for (uint32_t i = 0; i < op_bulk_alloc_count(op); i++) {
        if ((forecast_content(forecast, op->object + i) & SLOT_NOT_LIVE) == 0) {
            return false;
        }
    }
    return op_bulk_alloc_count(op) > 0;
}

bool forecast_allows(const struct forecast *forecast, const struct op *op)
{
    const struct op_need *need = &op_needs[op->code];
    bool is_present = op->cache < OP_CACHE_SLOT_COUNT && forecast->caches[op->cache].is_present;

    if (op->code == OP_NOP || op_rows[op->code].name == NULL ||
        (need->cache == CACHE_PRESENT && !is_present) ||
        (need->cache == CACHE_ABSENT && is_present) ||
        (need->slot != 0 && (forecast_content(forecast, op->object) & need->slot) == 0 &&
         need->slot != SLOT_ANYTHING)) {
        return false;
    }

    switch (op->code) {
    case OP_BULK_ALLOC:
        return bulk_slots_are_not_live(forecast, op);
    case OP_BULK_FREE:
        return count_in_bulk(forecast, SLOT_OBJECT, op) > 0;
    case OP_KFREE_BULK:
        return count_in_bulk(forecast, SLOT_KMALLOC, op) > 0;
    case OP_CPU:
        return op_cpu_cpu(op) % forecast->config->cpu_count != forecast->cpu;
    default:
        return op_class(op) != OP_CLASS_MISUSE || op->object >= FORECAST_SLOT_COUNT ||
               forecast_contains(forecast, op);
    }
}

static void apply(struct forecast *forecast, const struct op *op)
{
    switch (op->code) {
    case OP_CREATE:
        create_cache(forecast, op);
        break;
    case OP_DESTROY:
        destroy_cache(forecast, op->cache);
        break;
    case OP_ALLOC:
    case OP_ZALLOC:
        alloc_object(forecast, op->cache, SLOT_OBJECT, op->object,
                     forecast->caches[op->cache].size);
        break;
    case OP_FREE:
    case OP_KFREE:
    case OP_FREE_PAGES:
    case OP_FREE_PAGES_CLIENT:
        free_slot(forecast, op->object);
        break;
    case OP_BULK_ALLOC:
        bulk_alloc(forecast, op);
        break;
    case OP_BULK_FREE:
        bulk_free(forecast, SLOT_OBJECT, op);
        break;
    case OP_KFREE_BULK:
        bulk_free(forecast, SLOT_KMALLOC, op);
        break;
    case OP_SHRINK:
        drop_slabs(forecast, &forecast->caches[op->cache]);
        break;
    case OP_CPU:
        forecast->cpu = op_cpu_cpu(op) % forecast->config->cpu_count;
        break;
    case OP_KMALLOC:
    case OP_KZALLOC:
        alloc_kmalloc(forecast, op->object, op_kmalloc_size(op));
        break;
    case OP_KCALLOC:
        alloc_kmalloc(forecast, op->object, (uint64_t)op->a * op->b);
        break;
    case OP_KREALLOC:
        resize(forecast, op);
        break;
    case OP_PAGES:
        alloc_run(forecast, SLOT_RUN, op->object, op_pages_order(op),
                  (uint32_t)PAGE_SIZE << (op_pages_order(op) % ORDER_COUNT));
        break;
    default:
        break;
    }
}

/* Ops that call nothing leave the last step the last. */
static void note_freed(struct forecast *forecast, const struct op *op)
{
    if (op->code == OP_FREE || op->code == OP_KFREE) {
        forecast->freed_slot = op->object;
    } else if (op->code != OP_CPU && op->code != OP_FILL && op->code != OP_VERIFY) {
        forecast->freed_slot = FORECAST_SLOT_COUNT;
    }
}

void forecast_follow(struct forecast *forecast, const struct op *op)
{
    apply(forecast, op);
    note_freed(forecast, op);
}

bool forecast_step(struct forecast *forecast, const struct op *op)
{
    bool is_step = forecast_allows(forecast, op);

    if (is_step) {
        forecast_follow(forecast, op);
    }
    return is_step;
}
