/* Operations on a whole cache: shrink, validate, shutdown. None is ever near a fast path. */
#include "allocator/slub/slub.h"

#include "allocator/base/errors.h"
#include "allocator/base/raw.h"
#include "allocator/debug/consistency.h"
#include "allocator/slub/guarded.h"
#include "allocator/slub/new_slab.h"
#include "allocator/slub/nolock.h"
#include "allocator/slub/partial.h"
#include "allocator/slub/quarantine.h"

static void drain_all(struct kmem_cache *cache, uint64_t site)
{
    for (cpu_id_t cpu = 0; cpu < cache->heap->config.cpu_count; cpu++) {
        nolock_drain(cache, cpu, site);
    }
}

void slub_quarantine_purge(struct kmem_cache *cache)
{
    for (cpu_id_t cpu = 0; cpu < cache->heap->config.cpu_count; cpu++) {
        quarantine_purge(cache, cpu);
    }
}

/* Frees that were put off or held back come first: each may leave a slab with the CPU this is. */
static void flush_all(struct kmem_cache *cache, uint64_t site)
{
    drain_all(cache, site);
    slub_quarantine_purge(cache);
    for (cpu_id_t cpu = 0; cpu < cache->heap->config.cpu_count; cpu++) {
        slub_flush_cpu(cache, cpu, site);
    }
}

/* Moves the empty slabs of the partial list to doomed. node->lock is held. */
static void collect_empty(struct kmem_cache_node *node, struct list_link *doomed)
{
    if (!node->is_ready) {
        return;
    }
    list_for_each_safe(link, following, &node->partial) {
        struct slab *slab = slab_of_link(link);

        if (slab_state(slab).inuse_count == 0) {
            partial_remove(node, slab);
            cache_count(slab->cache, STAT_FREE_REMOVE_PARTIAL, 1);
            list_push_back(doomed, link);
        }
    }
}

static void discard_list(struct list_link *doomed, uint64_t site)
{
    list_for_each_safe(link, following, doomed) {
        list_remove(link);
        slab_discard(slab_of_link(link), site);
    }
}

static void discard_empty(struct kmem_cache_node *node, uint64_t site)
{
    struct list_link doomed;

    list_init(&doomed);

    uint64_t irq_state = node_lock(node);

    collect_empty(node, &doomed);
    node_unlock(node, irq_state);
    discard_list(&doomed, site);
}

enum { FREE_BUCKETS = 32 };

/*
 * Sorts the partial list fullest first, so that allocation fills slabs up and the emptiest ones get
 * a chance to become empty. Slabs with more than FREE_BUCKETS free objects stay behind, unsorted.
 */
static void sort_partial(struct kmem_cache_node *node)
{
    struct list_link buckets[FREE_BUCKETS];

    if (!node->is_ready) {
        return;
    }
    partial_check_lock(node);
    for (unsigned i = 0; i < FREE_BUCKETS; i++) {
        list_init(&buckets[i]);
    }
    list_for_each_safe(link, following, &node->partial) {
        struct slab_state state = slab_state(slab_of_link(link));
        uint32_t free_count = state.object_count - state.inuse_count;

        if (free_count <= FREE_BUCKETS) {
            list_remove(link);
            list_push_back(&buckets[free_count - 1], link);
        }
    }
    for (unsigned i = FREE_BUCKETS; i > 0; i--) {
        list_splice_front(&node->partial, &buckets[i - 1]);
    }
}

/* True if slabs of the cache remain on the node. */
static bool shrink_node(struct kmem_cache_node *node, uint64_t site)
{
    discard_empty(node, site);

    uint64_t irq_state = node_lock(node);
    bool slabs_remain = node->slab_count != 0;

    sort_partial(node);
    node_unlock(node, irq_state);
    return slabs_remain;
}

int slub_shrink(struct kmem_cache *cache, uint64_t site)
{
    int result = 0;

    flush_all(cache, site);
    for (uint32_t node = 0; node < cache->heap->memory.node_count; node++) {
        result |= shrink_node(&cache->nodes[node], site);
    }
    return result;
}

/* A slab whose freelist was cut to nothing leaves the partial list; its free objects are leaked. */
static uint32_t validate_list(const struct list_link *head, const struct check_context *context)
{
    uint32_t count = 0;

    list_for_each_safe(link, following, head) {
        struct slab *slab = slab_of_link(link);

        check_whole_slab(slab, context);
        partial_relist(slab->cache, slab);
        count++;
    }
    return count;
}

static void check_slab_count(const struct kmem_cache *cache, uint32_t counted, uint32_t counter,
                             uint64_t site)
{
    if (counted == counter) {
        return;
    }
    const struct report report = {
        .kind = REPORT_SLAB_COUNT,
        .stage = STAGE_VALIDATE,
        .cache = cache,
        .found = counter,
        .expected = counted,
        .site = site,
    };

    heap_report(cache->heap, &report);
}

/* Returns the number of slabs checked. */
static uint32_t validate_node(struct kmem_cache *cache, struct kmem_cache_node *node, uint64_t site)
{
    const struct check_context context = {STAGE_VALIDATE, ACTION_RESTORE_BYTES, site};
    uint32_t count = 0;
    uint64_t irq_state = node_lock(node);

    if (node->is_ready) {
        uint32_t counter = node->partial_count;
        uint32_t full_count = validate_list(&node->full, &context);
        uint32_t partial_count = validate_list(&node->partial, &context);

        check_slab_count(cache, partial_count, counter, site);
        count = partial_count + full_count;
    }
    node_unlock(node, irq_state);
    return count;
}

int slub_validate(struct kmem_cache *cache, uint64_t site)
{
    uint32_t count = 0;

    if (!cache->is_debug) {
        return HEAP_EINVAL;
    }
    drain_all(cache, site);
    for (uint32_t node = 0; node < cache->heap->memory.node_count; node++) {
        count += validate_node(cache, &cache->nodes[node], site);
    }
    return (int)count;
}

static void report_remaining(const struct slab *slab, void *object, void *argument)
{
    const struct check_context context = {STAGE_DESTROY, ACTION_KEEP_CACHE,
                                          *(const uint64_t *)argument};
    struct report report = check_report(slab, REPORT_OBJECTS_REMAINING, &context);

    report.object = object;
    heap_report(slab->cache->heap, &report);
}

/*
 * Full slabs of most caches are on no list, so every frame is asked; only a failing destroy pays.
 * The slabs of other caches may be made and discarded meanwhile.
 */
static void report_all_remaining(struct kmem_cache *cache, uint64_t site)
{
    struct kmem_heap *heap = cache->heap;

    for (pfn_t pfn = 0; pfn < heap->memory.page_count; pfn++) {
        struct page *page = memory_page(&heap->memory, pfn);
        struct slab *slab = slab_of_page(heap, page);

        if (page_state(page).kind == PAGE_SLAB &&
            raw_load_word(&slab->cache) == (uintptr_t)cache) {
            slab_for_each_used(slab, report_remaining, &site);
        }
    }
}

static bool holds_slabs(const struct kmem_cache *cache)
{
    bool holds = false;

    for (uint32_t node = 0; node < cache->heap->memory.node_count; node++) {
        holds |= cache->nodes[node].slab_count != 0;
    }
    return holds;
}

void slub_give_back(struct kmem_cache *cache, uint64_t site)
{
    flush_all(cache, site);
    for (uint32_t node = 0; node < cache->heap->memory.node_count; node++) {
        discard_empty(&cache->nodes[node], site);
    }
}

int slub_shutdown(struct kmem_cache *cache, uint64_t site)
{
    bool has_no_guarded = guarded_has_none(cache, site);

    if (!holds_slabs(cache) && has_no_guarded) {
        guarded_forget(cache);
        return HEAP_OK;
    }
    if (holds_slabs(cache)) {
        report_all_remaining(cache, site);
    }
    return HEAP_EBUSY;
}
