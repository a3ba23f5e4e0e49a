#include "allocator/slub/new_slab.h"

#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/cache/freelist.h"
#include "allocator/debug/consistency.h"
#include "allocator/debug/object.h"
#include "allocator/debug/track.h"
#include "allocator/hardening/poison.h"
#include "allocator/hardening/shuffle.h"
#include "allocator/page/page_alloc.h"
#include "allocator/slub/extension.h"
#include "allocator/slub/partial.h"

static struct page *alloc_slab_pages(struct kmem_cache *cache, struct node_wish wish,
                                     unsigned *order)
{
    struct page_memory *memory = &cache->heap->memory;
    bool is_for_devices = (cache->flags & (SLAB_CACHE_DMA | SLAB_CACHE_DMA32)) != 0;
    bool is_reclaimable = (cache->flags & SLAB_RECLAIM_ACCOUNT) != 0;
    struct page_ask ask = {
        .order = cache->layout.order,
        .gfp = (wish.gfp & GFP_RECLAIM_MASK) | (wish.is_strict ? __GFP_THISNODE : 0u) |
               (is_for_devices ? __GFP_DMA : 0u) | (is_reclaimable ? __GFP_RECLAIMABLE : 0u),
        .kind = PAGE_SLAB,
        .node = wish.node != NODE_ANY ? wish.node : memory_node_of_cpu(memory, world_cpu()),
    };
    struct page *page = page_alloc_node(memory, ask);

    if (page == NULL && cache->layout.order_least < ask.order) {
        ask.order = cache->layout.order_least;
        page = page_alloc_node(memory, ask);
        if (page != NULL) {
            cache_count(cache, STAT_ORDER_FALLBACK, 1);
        }
    }
    *order = ask.order;
    return page;
}

static void count_slab(struct slab *slab, uint32_t object_count)
{
    struct kmem_cache_node *node = cache_node_of(slab);
    uint64_t irq_state = node_lock(node);

    node->slab_count++;
    node->object_count += object_count;
    slab->ordinal = node->slabs_made++;
    node_unlock(node, irq_state);
    cache_count(slab->cache, STAT_ALLOC_SLAB, 1);
}

static void uncount_slab(struct slab *slab)
{
    struct kmem_cache_node *node = cache_node_of(slab);
    uint64_t irq_state = node_lock(node);

    node->slab_count--;
    node->object_count -= slab_state(slab).object_count;
    node_unlock(node, irq_state);
    cache_count(slab->cache, STAT_FREE_SLAB, 1);
}

/* A constructor runs once per slab, on memory that is its user's for that moment. */
static void construct(const struct kmem_cache *cache, void *object)
{
    size_t size = cache->layout.object_size;

    memory_show_defined(object, size);
    cache->ctor(object);
    memory_hide(object, size);
}

static void prepare_object(const struct kmem_cache *cache, void *object)
{
    if (cache->is_debug) {
        track_clear(cache, object);
        object_set_requested_size(cache, object, cache->layout.object_size);
        object_paint(cache, object, false);
    }
    if (cache->ctor != NULL) {
        construct(cache, object);
    }
}

/* A fresh random order per slab: knowing one slab's neighbours says nothing about another's. */
static struct shuffle choose_order(const struct slab *slab, uint32_t object_count)
{
    const struct kmem_cache *cache = slab->cache;
    const struct platform *platform = &cache->heap->platform;

    uint64_t ordinal = slab->ordinal | (uint64_t)slab->node << 32;

    return shuffle_init(object_count,
                        platform->random(platform->context, RANDOM_SLAB_ORDER, cache->id, ordinal));
}

/* Links every object; returns the first one of the list. */
static void *link_objects(const struct slab *slab, uint32_t object_count)
{
    const struct kmem_cache *cache = slab->cache;
    bool shuffled = cache->heap->config.freelist_shuffled;
    const struct shuffle shuffle = choose_order(slab, object_count);
    void *next = NULL;

    for (uint32_t i = object_count; i > 0; i--) {
        void *object = slab_object(slab, shuffled ? shuffle_at(&shuffle, i - 1) : i - 1);

        prepare_object(cache, object);
        freelist_set_next(cache, object, next);
        next = object;
    }
    return next;
}

struct slab *slab_create(struct kmem_cache *cache, struct node_wish wish)
{
    unsigned order;
    struct page *page = alloc_slab_pages(cache, wish, &order);

    if (page == NULL) {
        return NULL;
    }

    struct slab *slab = slab_of_page(cache->heap, page);
    uint32_t object_count = layout_objects(&cache->layout, order);

    slab->cache = cache;
    slab->order = order;
    slab->node = zone_of_page(&cache->heap->memory, page)->node;
    slab->cpu_next = NULL;
    list_init(&slab->link);
    count_slab(slab, object_count);
    if (cache->layout.poisons_padding) {
        raw_fill(slab_base(cache->heap, slab), order_size(order), POISON_INUSE);
    }

    void *first = link_objects(slab, object_count);

    slab_set_place(slab, SLAB_ON_NONE);
    slab_set_state(slab, (struct slab_state){
                             .freelist = object_to_ref(cache, first),
                             .object_count = object_count,
                         });
    return slab;
}

/* Leaves no trace in the descriptor: the run is anybody's the moment it is free. */
static void forget_slab(struct slab *slab)
{
    slab_set_place(slab, SLAB_ON_NONE);
    slab_set_state(slab, (struct slab_state){0});
    slab->cache = NULL;
}

static void count_reclaimed(struct kmem_heap *heap, uint32_t page_count)
{
    uint64_t old = world_load(&heap->reclaimed_pages);

    while (!world_cas(&heap->reclaimed_pages, &old, old + page_count)) {
    }
}

static void free_slab(struct slab *slab)
{
    struct kmem_heap *heap = slab->cache->heap;
    struct page *page = slab_page(heap, slab);

    uncount_slab(slab);
    if (slab->cache->keeps_stats) {
        count_reclaimed(heap, order_pages(slab->order));
    }
    forget_slab(slab);
    page_free(&heap->memory, page, slab->order, PAGE_SLAB);
}

static void free_after_readers(struct world_rcu *rcu, struct world_deferred *deferred)
{
    (void)rcu;
    free_slab(container_of(deferred, struct slab, deferred));
}

static void isolate(struct slab *slab)
{
    struct page_memory *memory = &slab->cache->heap->memory;
    struct page *page = slab_page(slab->cache->heap, slab);

    uncount_slab(slab);
    forget_slab(slab);
    page_isolate(memory, page, slab->order);
}

static void isolate_after_readers(struct world_rcu *rcu, struct world_deferred *deferred)
{
    (void)rcu;
    isolate(container_of(deferred, struct slab, deferred));
}

static void wait_for_readers(struct slab *slab,
                             void (*run)(struct world_rcu *rcu, struct world_deferred *deferred))
{
    slab->deferred.run = run;
    world_rcu_call(&slab->cache->heap->rcu, &slab->deferred);
}

void slab_discard(struct slab *slab, uint64_t site)
{
    struct kmem_cache *cache = slab->cache;

    if (cache->flags & SLAB_CONSISTENCY_CHECKS) {
        const struct check_context context = {STAGE_DISCARD, ACTION_RESTORE_BYTES, site};

        check_empty_slab(slab, &context);
    }
    extension_discard(slab);
    if (cache_has_readers(cache)) {
        slab_set_place(slab, SLAB_ON_GRACE);
        wait_for_readers(slab, free_after_readers);
    } else {
        free_slab(slab);
    }
}

/* What waits stays SLAB_ON_ISOLATED: its counts do not add up, and nothing is allocated from it. */
void slab_retire(struct slab *slab)
{
    extension_discard(slab);
    if (cache_has_readers(slab->cache)) {
        wait_for_readers(slab, isolate_after_readers);
    } else {
        isolate(slab);
    }
}
