#include "allocator/api/owner.h"

static void send(const struct kmem_heap *heap, struct report report, const void *object,
                 uint64_t site)
{
    report.stage = STAGE_FREE;
    report.object = object;
    report.site = site;
    heap_report(heap, &report);
}

void owner_report_stray(const struct kmem_heap *heap, enum report_kind kind, const void *object,
                        uint64_t site)
{
    const struct report report = {
        .kind = kind,
        .action = ACTION_NONE,
        .page = zone_head_at(&heap->zone, object),
    };

    send(heap, report, object, site);
}

static void report_wrong_cache(struct kmem_cache *cache, const struct slab *slab,
                               const void *object, uint64_t site)
{
    const struct report report = {
        .kind = REPORT_WRONG_CACHE,
        .action = ACTION_KEEP_OBJECT,
        .cache = cache,
        .slab = slab,
        .page = slab_page(cache->heap, slab),
    };

    send(cache->heap, report, object, site);
}

static bool asks_for_owner(const struct kmem_cache *cache)
{
    return cache->heap->config.owner_check || (cache->flags & SLAB_CONSISTENCY_CHECKS) != 0;
}

struct slab *owner_of_cache_object(struct kmem_cache *cache, const void *object, uint64_t site)
{
    struct slab *slab = slab_at(cache->heap, object);

    if (slab == NULL) {
        owner_report_stray(cache->heap, REPORT_NOT_A_SLAB, object, site);
        return NULL;
    }
    if (slab->cache != cache && asks_for_owner(cache)) {
        report_wrong_cache(cache, slab, object, site);
        return NULL;
    }
    return slab;
}
