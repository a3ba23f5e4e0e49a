#include "allocator/api/kmem_cache.h"

#include "allocator/api/kmalloc.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/cache/registry.h"
#include "allocator/slub/bulk.h"
#include "allocator/slub/extension.h"
#include "allocator/slub/object_ready.h"
#include "allocator/slub/slub.h"

static bool request_is_valid(const struct cache_request *request)
{
    bool align_is_valid =
        request->align == 0 || (is_power_of_two(request->align) && request->align <= ALIGN_MAX);

    return request->name != NULL && align_is_valid &&
           (request->flags & ~(slab_flags_t)SLAB_CREATE_FLAGS) == 0;
}

static slab_flags_t add_heap_flags(const struct kmem_heap *heap, slab_flags_t flags)
{
    return flags & SLAB_NO_USER_FLAGS ? flags : flags | heap->config.debug_flags;
}

static int try_create(struct kmem_heap *heap, const struct cache_request *request,
                      struct kmem_cache **cache)
{
    struct cache_request final = *request;

    *cache = NULL;
    if (!request_is_valid(request)) {
        return HEAP_EINVAL;
    }
    final.flags = add_heap_flags(heap, request->flags);
    return registry_add(heap, &final, cache);
}

int heap_cache_create(struct kmem_heap *heap, const struct cache_request *request,
                      struct kmem_cache **cache)
{
    int error = try_create(heap, request, cache);

    if (error != HEAP_OK && (request->flags & SLAB_PANIC)) {
        heap->platform.panic(heap->platform.context, request->name, error);
    }
    return error;
}

/* Under one lock from the first flush to the end: nobody else walks over the cache meanwhile. */
static int shut_down(struct kmem_cache *cache, uint64_t site)
{
    struct kmem_heap *heap = cache->heap;

    world_lock(&heap->registry_lock);

    int error = slub_shutdown(cache, site);

    if (error == HEAP_OK) {
        registry_remove(cache);
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

NO_INLINE size_t kmem_cache_alloc_bulk(struct kmem_cache *cache, gfp_t gfp, size_t count,
                                       void **objects)
{
    uint64_t site = world_site(RETURN_ADDRESS());
    bool is_to_fail = cache->is_watched && slub_is_to_fail(cache, gfp);
    size_t taken = is_to_fail ? 0 : slub_alloc_bulk(cache, count, objects, site);

    if (extension_is_due(cache, gfp)) {
        taken = charge_all(cache, taken, objects, site);
    }
    if ((gfp & __GFP_ZERO) != 0) {
        gfp = object_grant_zeroing(cache, gfp, site);
    }
    for (size_t i = 0; i < taken; i++) {
        object_hand_out(cache, objects[i], cache->layout.object_size, gfp);
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
