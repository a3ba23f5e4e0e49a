#include "allocator/slub/object_ready.h"

#include "allocator/base/raw.h"
#include "allocator/cache/freelist.h"
#include "allocator/cache/heap_state.h"

/* The slack of a tracked object is redzone; elsewhere it is zeroed too, for a resize in place. */
static size_t zeroed_size(const struct kmem_cache *cache, size_t requested_size)
{
    return cache_tracks_requested_size(cache) ? requested_size : cache->layout.object_size;
}

/* An object wiped when it was freed still holds its link. */
static void wipe_free_pointer(const struct kmem_cache *cache, void *object)
{
    if (!layout_free_pointer_is_outside(&cache->layout)) {
        raw_store_word(freelist_slot(cache, object), 0);
    }
}

void *object_hand_out_clean(const struct kmem_cache *cache, void *object, size_t requested_size,
                            gfp_t gfp)
{
    if ((gfp & __GFP_ZERO) != 0 || cache->zeroes_on_alloc) {
        raw_fill(object, zeroed_size(cache, requested_size), 0);
    } else {
        wipe_free_pointer(cache, object);
    }
    memory_show_defined(object, requested_size);
    return object;
}

void object_take_back(const struct kmem_cache *cache, void *object)
{
    if (cache->zeroes_on_free) {
        raw_fill(object, cache->layout.object_size, 0);
    }
    object_hide(cache, object);
}

static void report_ctor_with_zero(const struct kmem_cache *cache, uint64_t site)
{
    const struct report report = {
        .kind = REPORT_CTOR_WITH_ZERO,
        .stage = STAGE_ALLOC,
        .cache = cache,
        .site = site,
    };

    heap_report(cache->heap, &report);
}

gfp_t object_grant_zeroing(const struct kmem_cache *cache, gfp_t gfp, uint64_t site)
{
    if (cache->ctor == NULL) {
        return gfp;
    }
    report_ctor_with_zero(cache, site);
    return gfp & ~(gfp_t)__GFP_ZERO;
}
