#include "allocator/slub/guarded.h"

#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/page/page_alloc.h"
#include "allocator/slub/guarded_check.h"
#include "allocator/slub/owner.h"

void guarded_create(struct kmem_heap *heap)
{
    struct guarded_pool *pool = &heap->guarded;
    uint32_t count = heap->config.guard_pool_objects;
    unsigned order = order_for_size(guard_pool_pages(count) * PAGE_SIZE);

    if (heap->config.guard_pool_interval == 0) {
        return;
    }

    struct page *page = page_alloc(&heap->memory, order, GFP_KERNEL, PAGE_RUN);

    if (page != NULL) {
        pool->pages = memory_address(&heap->memory, page);
        pool->count = count;
    }
}

static uint64_t lock_pool(struct guarded_pool *pool)
{
    uint64_t irq_state = world_irq_save();

    world_lock(&pool->lock);
    return irq_state;
}

static void unlock_pool(struct guarded_pool *pool, uint64_t irq_state)
{
    world_unlock(&pool->lock);
    world_irq_restore(irq_state);
}

/* This allocation counts, and it is its turn. */
static bool is_due(struct kmem_heap *heap)
{
    struct world_word *allocations = &heap->guarded.allocations;
    uint64_t count = world_load(allocations);

    while (!world_cas(allocations, &count, count + 1)) {
    }
    return guard_is_due(count + 1, heap->config.guard_pool_interval);
}

/* An object that was never used, or else the one freed first; NULL if all are in use. */
static struct guarded_object *find_unused(struct guarded_pool *pool)
{
    if (pool->used_count < pool->count) {
        return &pool->objects[pool->used_count++];
    }
    if (pool->queue.first == 0) {
        return NULL;
    }

    struct guarded_object *object = &pool->objects[pool->queue.first - 1];

    pool->queue = guard_queue_without_first(pool->queue, object->next);
    return object;
}

/*
 * From here on the object is the caller's; destroying the cache it had no longer concerns it. What
 * was written to it after its free is that cache's matter, which is therefore looked for before.
 */
static struct guarded_object *acquire(struct kmem_cache *cache, uint64_t site)
{
    struct guarded_pool *pool = &cache->heap->guarded;
    uint64_t irq_state = lock_pool(pool);
    struct guarded_object *object = find_unused(pool);

    if (object != NULL) {
        guarded_check_unused(cache->heap, object, site);
        object->next = 0;
        object->cache = cache;
    }
    unlock_pool(pool, irq_state);
    return object;
}

static void give_back(struct guarded_pool *pool, struct guarded_object *object)
{
    uint32_t number = guarded_number(pool, object) + 1;
    uint64_t irq_state = lock_pool(pool);

    object->next = 0;
    object->free_ordinal = pool->free_count++;
    if (pool->queue.last != 0) {
        pool->objects[pool->queue.last - 1].next = number;
    }
    pool->queue = guard_queue_with(pool->queue, number);
    world_store(&object->state, GUARD_FREED);
    unlock_pool(pool, irq_state);
}

static struct guarded_act act_of(uint64_t site)
{
    return (struct guarded_act){.site = site, .time = world_time(), .cpu = world_cpu()};
}

/* Where the object goes: at one end of its page, then at the other. */
static void place(const struct guarded_pool *pool, struct guarded_object *object, size_t size)
{
    bool is_at_right = ((guarded_number(pool, object) + object->use_count) & 1) != 0;
    size_t align = object->cache->layout.align;

    object->address = guarded_page(pool, object) +
                      guard_object_offset(PAGE_SIZE, size, align, is_at_right);
    object->size = (uint32_t)size;
    object->use_count++;
}

/* What a user finds there before anything is zeroed on request. */
static void prepare(const struct guarded_object *object)
{
    const struct kmem_cache *cache = object->cache;

    if (cache_wipes(cache)) {
        raw_fill(object->address, object->size, 0);
    }
    if (cache->ctor == NULL) {
        memory_show_undefined(object->address, object->size);
        return;
    }
    memory_show_defined(object->address, object->size);
    cache->ctor(object->address);
}

/* An object has one page, and that is neither for devices nor to be moved. */
static bool is_fit(size_t size, gfp_t gfp)
{
    return size <= PAGE_SIZE && (gfp & (__GFP_DMA | __GFP_DMA32 | __GFP_MOVABLE)) == 0;
}

void *guarded_take(struct kmem_cache *cache, size_t size, gfp_t gfp, uint64_t site)
{
    struct kmem_heap *heap = cache->heap;

    if (!is_fit(size, gfp) || !is_due(heap)) {
        return NULL;
    }
    guarded_drain(heap);

    struct guarded_object *object = acquire(cache, site);

    if (object == NULL) {
        return NULL;
    }
    place(&heap->guarded, object, size);
    object->alloc = act_of(site);
    prepare(object);
    world_store(&object->state, GUARD_ALLOCATED);
    return object->address;
}

void guarded_hand_out(const struct kmem_cache *cache, void *object, size_t size, gfp_t gfp)
{
    if ((gfp & __GFP_ZERO) != 0 || cache_wipes(cache)) {
        raw_fill(object, size, 0);
        memory_show_defined(object, size);
    }
}

void *guarded_alloc(struct kmem_cache *cache, size_t size, gfp_t gfp, uint64_t site)
{
    void *object = guarded_take(cache, size, gfp, site);

    if (object != NULL) {
        guarded_hand_out(cache, object, size, gfp);
    }
    return object;
}

void guarded_report_invalid(const struct kmem_heap *heap, enum report_stage stage,
                            const void *address, uint64_t site)
{
    owner_report_stray(heap, REPORT_GUARD_INVALID_FREE, stage, address, site);
}

static bool is_of_other_cache(const struct guarded_object *object, const struct kmem_cache *cache)
{
    return cache != NULL && object->cache != cache && owner_is_asked_for(cache);
}

static void report_wrong_cache(const struct kmem_cache *cache, const void *address, uint64_t site)
{
    const struct report report = {
        .kind = REPORT_WRONG_CACHE,
        .stage = STAGE_FREE,
        .action = ACTION_KEEP_OBJECT,
        .cache = cache,
        .page = memory_head_at(&cache->heap->memory, address),
        .object = address,
        .site = site,
    };

    heap_report(cache->heap, &report);
}

static struct guarded_object *object_of(struct guarded_pool *pool,
                                        const struct guarded_object *object)
{
    return &pool->objects[guarded_number(pool, object)];
}

/* The object that this free, and no other, is to free; NULL, and a report, if there is none. */
static struct guarded_object *claim(struct kmem_heap *heap, const struct kmem_cache *cache,
                                    const void *address, uint64_t site)
{
    const struct guarded_object *live = guarded_live_at(&heap->guarded, address);
    struct guarded_object *object = live != NULL ? object_of(&heap->guarded, live) : NULL;
    uint64_t state = GUARD_ALLOCATED;

    if (object != NULL && is_of_other_cache(object, cache)) {
        report_wrong_cache(cache, address, site);
        return NULL;
    }
    if (object == NULL || !world_cas(&object->state, &state, GUARD_FREEING)) {
        guarded_report_invalid(heap, STAGE_FREE, address, site);
        return NULL;
    }
    memory_hide(object->address, object->size);
    object->free = act_of(site);
    return object;
}

/* The tile is the caller's alone, and the cache is there as long as the free lasts. */
static void retire(struct kmem_heap *heap, struct guarded_object *object)
{
    guarded_check_live(heap, object);
    object->is_wiped = object->cache->zeroes_on_free;
    raw_fill_pattern(object->address, object->size, object->is_wiped ? 0 : guard_canary());
}

void guarded_free(struct kmem_heap *heap, const struct kmem_cache *cache, const void *address,
                  uint64_t site)
{
    struct guarded_object *object = claim(heap, cache, address, site);

    guarded_drain(heap);
    if (object != NULL) {
        retire(heap, object);
        give_back(&heap->guarded, object);
    }
}

void guarded_free_nolock(struct kmem_heap *heap, const struct kmem_cache *cache,
                         const void *address, uint64_t site)
{
    struct guarded_pool *pool = &heap->guarded;
    struct guarded_object *object = claim(heap, cache, address, site);

    if (object == NULL) {
        return;
    }
    retire(heap, object);

    uint64_t top = world_load(&pool->deferred);

    do {
        object->next = (uint32_t)top;
    } while (!world_cas(&pool->deferred, &top, guarded_number(pool, object) + 1));
}

void guarded_drain(struct kmem_heap *heap)
{
    struct guarded_pool *pool = &heap->guarded;
    uint64_t top = world_load(&pool->deferred);

    while (top != 0 && !world_cas(&pool->deferred, &top, 0)) {
    }
    while (top != 0) {
        struct guarded_object *object = &pool->objects[top - 1];

        top = object->next;
        give_back(pool, object);
    }
}

static void report_remaining(const struct kmem_cache *cache, const void *address, uint64_t site)
{
    const struct report report = {
        .kind = REPORT_OBJECTS_REMAINING,
        .stage = STAGE_DESTROY,
        .action = ACTION_KEEP_CACHE,
        .cache = cache,
        .page = memory_head_at(&cache->heap->memory, address),
        .object = address,
        .site = site,
    };

    heap_report(cache->heap, &report);
}

bool guarded_has_none(const struct kmem_cache *cache, uint64_t site)
{
    struct guarded_pool *pool = &cache->heap->guarded;
    bool has_none = true;

    guarded_drain(cache->heap);
    for (uint32_t i = 0; i < pool->count; i++) {
        struct guarded_object *object = &pool->objects[i];

        if (world_load(&object->state) == GUARD_ALLOCATED &&
            raw_load_word(&object->cache) == (uintptr_t)cache) {
            report_remaining(cache, object->address, site);
            has_none = false;
        }
    }
    return has_none;
}

void guarded_forget(const struct kmem_cache *cache)
{
    struct guarded_pool *pool = &cache->heap->guarded;
    uint64_t irq_state = lock_pool(pool);

    for (uint32_t i = 0; i < pool->count; i++) {
        if (pool->objects[i].cache == cache) {
            pool->objects[i].cache = NULL;
        }
    }
    unlock_pool(pool, irq_state);
}
