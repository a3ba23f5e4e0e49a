#include "allocator/api/mempool.h"

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmalloc_at.h"
#include "allocator/api/kmalloc_caches.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/api/pages.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/debug/consistency.h"
#include "allocator/hardening/poison.h"
#include "allocator/page/page_alloc.h"
#include "allocator/slub/slub.h"

static void *take_from_source(const struct mempool *pool, gfp_t gfp, uint64_t site)
{
    struct kmem_heap *heap = pool->heap;
    const struct mempool_source *source = &pool->source;

    if (source->kind == MEMPOOL_CACHE) {
        return slub_alloc_kept(source->cache, pool->element_size, gfp, site);
    }
    if (source->kind == MEMPOOL_KMALLOC && source->size <= KMALLOC_CACHE_SIZE_MAX) {
        struct kmem_cache *cache = *kmalloc_cache_of(heap, kmalloc_type_at(heap, gfp, site),
                                                     kmalloc_cache_index(source->size));

        return slub_alloc_kept(cache, source->size, gfp, site);
    }
    if (source->kind == MEMPOOL_KMALLOC) {
        return kmalloc_at(heap, source->size, gfp, site);
    }

    const struct page *page = heap_alloc_pages(heap, gfp, source->order);

    return page != NULL ? heap_page_address(heap, page) : NULL;
}

static void give_to_source(const struct mempool *pool, void *element, uint64_t site)
{
    const struct mempool_source *source = &pool->source;

    if (source->kind == MEMPOOL_CACHE) {
        slub_free(source->cache, element, site);
    } else if (source->kind == MEMPOOL_KMALLOC) {
        kfree_at(pool->heap, element, site);
    } else {
        heap_free_pages(pool->heap, heap_page_at(pool->heap, element), source->order);
    }
}

static void poison(const struct mempool *pool, unsigned char *element)
{
    raw_fill(element, pool->element_size - 1, POISON_FREE);
    raw_store_byte(element + pool->element_size - 1, POISON_END);
}

/* Offset of the first byte that is not poison; element_size: there is none. */
static size_t find_damage(const struct mempool *pool, const unsigned char *element)
{
    size_t end = pool->element_size - 1;
    size_t offset = raw_find_other(element, end, POISON_FREE);

    return offset == end && raw_load_byte(element + end) == POISON_END ? pool->element_size
                                                                       : offset;
}

static void report_damage(const struct mempool *pool, const unsigned char *element, size_t first,
                          uint64_t site)
{
    size_t final = pool->element_size - 1;

    while (final > first &&
           raw_load_byte(element + final) == poison_byte_at(final, pool->element_size)) {
        final--;
    }

    const struct report report = {
        .kind = REPORT_POOL_POISON,
        .stage = STAGE_ALLOC,
        .cache = pool->source.cache,
        .page = heap_page_at(pool->heap, element),
        .object = element,
        .damage = element + first,
        .damage_size = final - first + 1,
        .expected_byte = poison_byte_at(first, pool->element_size),
        .site = site,
    };

    heap_report(pool->heap, &report);
}

/* Lock held; there is room. */
static void put_in_reserve(struct mempool *pool, void *element)
{
    memory_hide(element, pool->element_size);
    if (pool->is_poisoned) {
        poison(pool, element);
    }
    pool->reserve[pool->reserve_count++] = element;
}

/* The user gets an element that nobody else knows of any more. */
static void *hand_out(const struct mempool *pool, unsigned char *element, uint64_t site)
{
    size_t first = pool->is_poisoned ? find_damage(pool, element) : pool->element_size;

    if (first != pool->element_size) {
        report_damage(pool, element, first, site);
    }
    memory_show_undefined(element, pool->element_size);
    return element;
}

static uint64_t lock_pool(struct mempool *pool)
{
    uint64_t irqs = world_irq_save();

    world_lock(&pool->lock);
    return irqs;
}

static void unlock_pool(struct mempool *pool, uint64_t irqs)
{
    world_unlock(&pool->lock);
    world_irq_restore(irqs);
}

/* Puts an element in the reserve if that is still short of any. */
static bool try_put(struct mempool *pool, void *element)
{
    uint64_t irqs = lock_pool(pool);
    bool has_room = pool->reserve_count < pool->wanted_count;

    if (has_room) {
        put_in_reserve(pool, element);
    }
    unlock_pool(pool, irqs);
    return has_room;
}

/* An element of the reserve, if that has more than kept_count; else NULL. */
static void *try_take(struct mempool *pool, unsigned kept_count)
{
    uint64_t irqs = lock_pool(pool);
    bool has_any = pool->reserve_count > kept_count;
    void *element = has_any ? pool->reserve[--pool->reserve_count] : NULL;

    unlock_pool(pool, irqs);
    return element;
}

static bool source_is_valid(const struct mempool_source *source)
{
    switch (source->kind) {
    case MEMPOOL_CACHE:
        return source->cache != NULL && source->cache->ctor == NULL &&
               (source->cache->flags & SLAB_TYPESAFE_BY_RCU) == 0;
    case MEMPOOL_KMALLOC:
        return source->size > 0 && source->size <= KMALLOC_SIZE_MAX;
    default:
        return source->kind == MEMPOOL_PAGES && source->order <= ORDER_MAX;
    }
}

static size_t element_size(const struct mempool_source *source)
{
    switch (source->kind) {
    case MEMPOOL_CACHE:
        return source->cache->layout.object_size;
    case MEMPOOL_KMALLOC:
        return source->size;
    default:
        return order_size(source->order);
    }
}

/* Room to note elements; there is always some, so that NULL is a failure. */
static void **alloc_reserve(struct kmem_heap *heap, unsigned count, uint64_t site)
{
    return kmalloc_array_at(heap, count > 0 ? count : 1, sizeof(void *), GFP_KERNEL, site);
}

static bool is_short(struct mempool *pool)
{
    uint64_t irqs = lock_pool(pool);
    bool has_room = pool->reserve_count < pool->wanted_count;

    unlock_pool(pool, irqs);
    return has_room;
}

/* False as soon as the source refuses. */
static bool fill(struct mempool *pool, uint64_t site)
{
    while (is_short(pool)) {
        void *element = take_from_source(pool, GFP_KERNEL, site);

        if (element == NULL) {
            return false;
        }
        if (!try_put(pool, element)) {
            give_to_source(pool, element, site);
        }
    }
    return true;
}

/* Gives back all but kept_count elements of the reserve. */
static void drain(struct mempool *pool, unsigned kept_count, uint64_t site)
{
    for (void *element = try_take(pool, kept_count); element != NULL;
         element = try_take(pool, kept_count)) {
        give_to_source(pool, hand_out(pool, element, site), site);
    }
}

NO_INLINE int heap_mempool_init(struct kmem_heap *heap, const struct mempool_source *source,
                                  unsigned wanted_count, struct mempool *pool)
{
    uint64_t site = world_site(RETURN_ADDRESS());

    *pool = (struct mempool){
        .heap = heap,
        .source = *source,
        .wanted_count = wanted_count,
        .room_count = wanted_count,
    };
    if (!source_is_valid(source)) {
        return HEAP_EINVAL;
    }

    slab_flags_t flags =
        source->kind == MEMPOOL_CACHE ? source->cache->flags : heap->config.debug_flags;

    pool->element_size = element_size(source);
    pool->is_poisoned = (flags & SLAB_POISON) != 0;
    pool->is_checked = (flags & SLAB_CONSISTENCY_CHECKS) != 0;
    pool->reserve = alloc_reserve(heap, wanted_count, site);
    if (pool->reserve == NULL || !fill(pool, site)) {
        mempool_exit(pool);
        return HEAP_ENOMEM;
    }
    return HEAP_OK;
}

NO_INLINE void mempool_exit(struct mempool *pool)
{
    uint64_t site = world_site(RETURN_ADDRESS());

    drain(pool, 0, site);
    kfree_at(pool->heap, pool->reserve, site);
    pool->reserve = NULL;
    pool->wanted_count = 0;
}

NO_INLINE void *mempool_alloc_preallocated(struct mempool *pool)
{
    uint64_t site = world_site(RETURN_ADDRESS());
    void *element = try_take(pool, 0);

    return element != NULL ? hand_out(pool, element, site) : NULL;
}

/* The reserve is there for whoever frees memory by going on, so no other reserve is touched. */
NO_INLINE void *mempool_alloc(struct mempool *pool, gfp_t gfp)
{
    uint64_t site = world_site(RETURN_ADDRESS());
    gfp_t granted = (gfp & ~(gfp_t)__GFP_ZERO) | __GFP_NOMEMALLOC | __GFP_NOWARN;
    void *element = take_from_source(pool, granted & ~(gfp_t)__GFP_DIRECT_RECLAIM, site);

    if (element != NULL) {
        return element;
    }
    element = try_take(pool, 0);
    if (element != NULL) {
        return hand_out(pool, element, site);
    }
    return (gfp & __GFP_DIRECT_RECLAIM) != 0 ? take_from_source(pool, granted, site) : NULL;
}

/* What is wrong with freeing an address to the pool; REPORT_KIND_COUNT: nothing. */
static enum report_kind find_misuse(const struct mempool *pool, const void *element)
{
    const struct kmem_heap *heap = pool->heap;
    struct allocation found;

    for (unsigned i = 0; i < pool->reserve_count; i++) {
        if (pool->reserve[i] == element) {
            return REPORT_DOUBLE_FREE;
        }
    }
    if (pool->source.kind == MEMPOOL_PAGES) {
        bool is_start = is_aligned((uintptr_t)element - (uintptr_t)heap->memory.arena,
                                   pool->element_size);

        return is_start ? REPORT_KIND_COUNT : REPORT_BAD_PAGE_FREE;
    }
    if (!allocation_find(heap, element, &found)) {
        return REPORT_NOT_KMALLOC;
    }
    if (found.slab != NULL) {
        return slab_has_object(found.slab, element) ? REPORT_KIND_COUNT : REPORT_INVALID_POINTER;
    }
    return allocation_starts_at(heap, &found, element) ? REPORT_KIND_COUNT
                                                       : REPORT_INVALID_LARGE_FREE;
}

/* True if the element may go to the reserve. Reports what may not. */
static bool is_element(struct mempool *pool, const void *element, uint64_t site)
{
    if (!pool->is_checked) {
        return true;
    }

    uint64_t irqs = lock_pool(pool);
    enum report_kind kind = find_misuse(pool, element);

    unlock_pool(pool, irqs);
    if (kind == REPORT_KIND_COUNT) {
        return true;
    }

    const struct report report = {
        .kind = kind,
        .stage = STAGE_FREE,
        .action = ACTION_KEEP_OBJECT,
        .cache = pool->source.cache,
        .object = element,
        .site = site,
    };

    heap_report(pool->heap, &report);
    return false;
}

NO_INLINE void mempool_free(struct mempool *pool, void *element)
{
    uint64_t site = world_site(RETURN_ADDRESS());

    if (element != NULL && is_element(pool, element, site) && !try_put(pool, element)) {
        give_to_source(pool, element, site);
    }
}

/* A table with room for more elements takes the place of the old one, if it has. */
static void **exchange_tables(struct mempool *pool, void **table, unsigned room_count)
{
    uint64_t irqs = lock_pool(pool);
    void **spare = table;

    if (room_count > pool->room_count) {
        spare = pool->reserve;
        for (unsigned i = 0; i < pool->reserve_count; i++) {
            table[i] = spare[i];
        }
        pool->reserve = table;
        pool->room_count = room_count;
    }
    unlock_pool(pool, irqs);
    return spare;
}

/* Sets how many elements are wanted, if there is room to note them. */
static bool try_want(struct mempool *pool, unsigned wanted_count)
{
    uint64_t irqs = lock_pool(pool);
    bool has_room = wanted_count <= pool->room_count;

    if (has_room) {
        pool->wanted_count = wanted_count;
    }
    unlock_pool(pool, irqs);
    return has_room;
}

/* The room never shrinks: whoever saw that it suffices need not look again. */
NO_INLINE int mempool_resize(struct mempool *pool, unsigned wanted_count)
{
    uint64_t site = world_site(RETURN_ADDRESS());

    if (!try_want(pool, wanted_count)) {
        void **table = alloc_reserve(pool->heap, wanted_count, site);

        if (table == NULL) {
            return HEAP_ENOMEM;
        }
        kfree_at(pool->heap, exchange_tables(pool, table, wanted_count), site);
        (void)try_want(pool, wanted_count);
    }
    drain(pool, wanted_count, site);
    (void)fill(pool, site);
    return HEAP_OK;
}
