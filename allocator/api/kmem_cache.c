#include "allocator/api/kmem_cache.h"

#include <string.h>

#include "allocator/api/kmalloc.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/slab_debug.h"
#include "allocator/cache/registry.h"
#include "allocator/slub/bulk.h"
#include "allocator/slub/extension.h"
#include "allocator/slub/guarded.h"
#include "allocator/slub/object_ready.h"
#include "allocator/slub/slub.h"

static bool request_is_sane(const struct cache_request *request)
{
    return request->name != NULL && request->size <= KMALLOC_SIZE_MAX;
}

static bool request_is_valid(const struct cache_request *request)
{
    bool align_is_valid =
        request->align == 0 || (is_power_of_two(request->align) && request->align <= ALIGN_MAX);

    return align_is_valid && (request->flags & ~(slab_flags_t)SLAB_CREATE_FLAGS) == 0;
}

static void warn(const struct kmem_heap *heap, enum report_kind kind, uint64_t site)
{
    const struct report report = {
        .kind = kind,
        .stage = STAGE_CREATE,
        .site = site,
    };

    heap_report(heap, &report);
}

/* Nothing depends on names: the cache is made all the same. */
static void check_name(struct kmem_heap *heap, const char *name, uint64_t site)
{
    if (!heap->config.name_checks) {
        return;
    }
    if (registry_has_name(heap, name)) {
        warn(heap, REPORT_DUPLICATE_NAME, site);
    }
    if (strchr(name, ' ') != NULL) {
        warn(heap, REPORT_NAME_WITH_SPACE, site);
    }
}

/* Where the window is wrong, nothing may be copied: that fails at the copy, and does no harm. */
static void check_window(const struct kmem_heap *heap, struct cache_request *request,
                         uint64_t site)
{
    bool is_inside = request->usersize <= request->size &&
                     request->useroffset <= request->size - request->usersize;

    if ((request->usersize == 0 && request->useroffset != 0) || !is_inside) {
        warn(heap, REPORT_USERCOPY_WINDOW, site);
        request->useroffset = 0;
        request->usersize = 0;
    }
}

static slab_flags_t add_heap_flags(const struct kmem_heap *heap,
                                   const struct cache_request *request)
{
    slab_flags_t flags = request->flags;

    if ((flags & SLAB_NO_USER_FLAGS) == 0) {
        flags |= heap->config.debug_flags;
    }
    return slab_debug_apply(heap->slab_debug, request->name, flags);
}

/* With the option's O, what is kept beside objects may not cost larger runs of pages. */
static void limit_order(const struct kmem_heap *heap, struct cache_request *request)
{
    struct layout layout;

    if (slab_debug_limits_order(heap->slab_debug) &&
        registry_layout(heap, request, &layout) == HEAP_OK &&
        order_for_size(layout.stride) > order_for_size(request->size)) {
        request->flags &= ~(slab_flags_t)(SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER);
    }
}

static int try_create(struct kmem_heap *heap, const struct cache_request *request, uint64_t site,
                      struct kmem_cache **cache)
{
    struct cache_request final = *request;

    *cache = NULL;
    if (!request_is_sane(request)) {
        return HEAP_EINVAL;
    }
    check_name(heap, request->name, site);
    if (!request_is_valid(request)) {
        return HEAP_EINVAL;
    }
    check_window(heap, &final, site);
    final.flags = add_heap_flags(heap, request);
    limit_order(heap, &final);
    return registry_add(heap, &final, cache);
}

NO_INLINE int heap_cache_create(struct kmem_heap *heap, const struct cache_request *request,
                                struct kmem_cache **cache)
{
    int error = try_create(heap, request, world_site(RETURN_ADDRESS()), cache);

    if (error != HEAP_OK && (request->flags & SLAB_PANIC)) {
        heap->platform.panic(heap->platform.context, request->name, error);
    }
    return error;
}

/* The cache is still listed while readers are waited for: nobody waits with a lock. */
static void give_back(struct kmem_cache *cache, uint64_t site)
{
    struct kmem_heap *heap = cache->heap;

    slub_give_back(cache, site);
    if (cache_has_readers(cache)) {
        world_unlock(&heap->registry_lock);
        world_rcu_barrier(&heap->rcu);
        world_lock(&heap->registry_lock);
    }
}

static int finish(struct kmem_cache *cache, uint64_t site)
{
    int error = slub_shutdown(cache, site);

    if (error == HEAP_OK) {
        registry_remove(cache);
    } else {
        cache->is_lost = true;
    }
    return error;
}

/*
 * Under one lock from the first flush to the end, if no readers are waited for: nobody else walks
 * over the cache meanwhile.
 */
static int shut_down(struct kmem_cache *cache, uint64_t site)
{
    struct kmem_heap *heap = cache->heap;
    int error = HEAP_OK;

    world_lock(&heap->registry_lock);
    if (registry_release(cache)) {
        give_back(cache, site);
        error = finish(cache, site);
    }
    world_unlock(&heap->registry_lock);
    return error;
}

NO_INLINE int kmem_cache_destroy(struct kmem_cache *cache)
{
    if (cache == NULL) {
        return HEAP_OK;
    }
    if (cache->flags & SLAB_KMALLOC) {
        return HEAP_EINVAL;
    }
    /* Frees that wait for readers: what they free is no object that remains. */
    world_rcu_barrier(&cache->heap->rcu);
    return shut_down(cache, world_site(RETURN_ADDRESS()));
}

NO_INLINE void *kmem_cache_zalloc(struct kmem_cache *cache, gfp_t gfp)
{
    return slub_alloc_zeroed(cache, gfp, world_site(RETURN_ADDRESS()));
}

void *kmem_cache_alloc_nolock(struct kmem_cache *cache)
{
    return slub_alloc_nolock(cache, cache->layout.object_size, 0);
}

NO_INLINE void kmem_cache_free_nolock(struct kmem_cache *cache, void *object)
{
    slub_free_nolock(cache, object, world_site(RETURN_ADDRESS()));
}

/* All of them are charged, or none is allocated. */
static size_t charge_all(struct kmem_cache *cache, size_t count, void **objects, uint64_t site)
{
    for (size_t i = 0; i < count; i++) {
        if (!extension_charge(slab_at(cache->heap, objects[i]), objects[i], site)) {
            slub_free_bulk(cache, count, objects, site);
            return 0;
        }
    }
    return count;
}

static void hand_out(const struct kmem_cache *cache, void *object, gfp_t gfp)
{
    if (guarded_contains(&cache->heap->guarded, object)) {
        guarded_hand_out(cache, object, cache->layout.object_size, gfp);
    } else {
        object_hand_out(cache, object, cache->layout.object_size, gfp);
    }
}

NO_INLINE size_t kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t count,
                                       void **objects)
{
    uint64_t site = world_site(RETURN_ADDRESS());
    bool is_to_fail = cache->is_watched && slub_is_to_fail(cache, gfp);
    size_t taken = is_to_fail ? 0 : slub_alloc_bulk(cache, gfp, count, objects, site);

    if (extension_is_due(cache, gfp)) {
        taken = charge_all(cache, taken, objects, site);
    }
    if ((gfp & __GFP_ZERO) != 0) {
        gfp = object_grant_zeroing(cache, gfp, site);
    }
    for (size_t i = 0; i < taken; i++) {
        hand_out(cache, objects[i], gfp);
    }
    return taken;
}

NO_INLINE void kmem_cache_free_bulk(struct kmem_cache *cache, size_t count, void **objects)
{
    slub_free_bulk(cache, count, objects, world_site(RETURN_ADDRESS()));
}

NO_INLINE int kmem_cache_shrink(struct kmem_cache *cache)
{
    return slub_shrink(cache, world_site(RETURN_ADDRESS()));
}

NO_INLINE void kmem_cache_flush_cpu(struct kmem_cache *cache, unsigned cpu)
{
    slub_flush_cpu(cache, cpu, world_site(RETURN_ADDRESS()));
}

void kmem_cache_quarantine_purge(struct kmem_cache *cache)
{
    slub_quarantine_purge(cache);
}

size_t kmem_cache_size(const struct kmem_cache *cache)
{
    return cache->layout.object_size;
}

NO_INLINE int kmem_cache_validate(struct kmem_cache *cache)
{
    return slub_validate(cache, world_site(RETURN_ADDRESS()));
}
