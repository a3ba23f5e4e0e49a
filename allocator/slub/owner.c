#include "allocator/slub/owner.h"

void owner_report_stray(const struct kmem_heap *heap, enum report_kind kind,
                        enum report_stage stage, const void *object, uint64_t site)
{
    const struct report report = {
        .kind = kind,
        .stage = stage,
        .page = memory_head_at(&heap->memory, object),
        .object = object,
        .site = site,
    };

    heap_report(heap, &report);
}

static void report_not_a_slab(const struct kmem_cache *cache, const void *object, uint64_t site)
{
    const struct report report = {
        .kind = REPORT_NOT_A_SLAB,
        .stage = STAGE_FREE,
        .cache = cache,
        .page = memory_head_at(&cache->heap->memory, object),
        .object = object,
        .site = site,
    };

    heap_report(cache->heap, &report);
}

static void report_wrong_cache(struct kmem_cache *cache, const struct slab *slab,
                               const void *object, uint64_t site)
{
    const struct report report = {
        .kind = REPORT_WRONG_CACHE,
        .stage = STAGE_FREE,
        .action = ACTION_KEEP_OBJECT,
        .cache = cache,
        .slab = slab,
        .page = slab_page(cache->heap, slab),
        .object = object,
        .site = site,
    };

    heap_report(cache->heap, &report);
}

bool owner_is_asked_for(const struct kmem_cache *cache)
{
    return cache->heap->config.owner_check || (cache->flags & SLAB_CONSISTENCY_CHECKS) != 0;
}

struct slab *owner_of_cache_object(struct kmem_cache *cache, const void *object, uint64_t site)
{
    struct slab *slab = slab_at(cache->heap, object);

    if (slab == NULL) {
        report_not_a_slab(cache, object, site);
        return NULL;
    }
    if (slab->cache != cache && owner_is_asked_for(cache)) {
        report_wrong_cache(cache, slab, object, site);
        return NULL;
    }
    return slab;
}
