#include "allocator/slub/watch.h"

#include "allocator/cache/object_bits.h"
#include "allocator/debug/consistency.h"
#include "allocator/slub/slub.h"

static bool may_fail(const struct kmem_cache *cache, const struct fault *fault, gfp_t gfp)
{
    return cache->heap->config.fault_injection && (gfp & __GFP_NOFAIL) == 0 &&
           ((gfp & __GFP_DIRECT_RECLAIM) == 0 || fault_includes_wait(fault)) &&
           (!fault_is_filtered(fault) || world_load(&cache->may_fail) != 0);
}

bool slub_is_to_fail(struct kmem_cache *cache, gfp_t gfp)
{
    struct kmem_heap *heap = cache->heap;
    struct fault *fault = &heap->slab_fault;

    return may_fail(cache, fault, gfp) &&
           fault_is_due(fault, &heap->platform, HEAP_FAULT_SLAB, cache->layout.object_size);
}

void watch_report_refused(const struct slab *slab, enum report_kind kind, const void *object,
                          uint64_t site)
{
    const struct check_context context = {STAGE_FREE, ACTION_KEEP_OBJECT, site};
    struct report report = check_report(slab, kind, &context);

    report.object = object;
    heap_report(slab->cache->heap, &report);
}

bool watch_take_back(struct kmem_cache *cache, const struct slab *slab, const void *object,
                     uint64_t site)
{
    if (!slab_has_object(slab, object)) {
        watch_report_refused(slab, REPORT_INVALID_POINTER, object, site);
        return false;
    }
    if (!object_bits_clear(cache, object)) {
        watch_report_refused(slab, REPORT_DOUBLE_FREE, object, site);
        return false;
    }
    return true;
}
