#include "allocator/api/kmalloc.h"
#include "allocator/api/kmalloc_at.h"
#include "allocator/api/kmalloc_caches.h"
#include "allocator/base/compiler.h"
#include "allocator/slub/guarded.h"
#include "allocator/slub/owner.h"
#include "allocator/slub/slub.h"

/* The cache of the next larger size, or NULL. */
static struct kmem_cache *next_cache(struct kmem_heap *heap, enum kmalloc_type type,
                                     const struct kmem_cache *cache)
{
    size_t size = cache->layout.object_size;

    return size < KMALLOC_CACHE_SIZE_MAX
               ? *kmalloc_cache_of(heap, type, kmalloc_cache_index(size + 1))
               : NULL;
}

NO_INLINE void *heap_alloc_nolock(struct kmem_heap *heap, size_t size, gfp_t gfp)
{
    if (size == 0) {
        return ZERO_SIZE_PTR;
    }
    if (size > KMALLOC_CACHE_SIZE_MAX) {
        return NULL;
    }

    enum kmalloc_type type = kmalloc_type_at(heap, gfp, world_site(RETURN_ADDRESS()));
    struct kmem_cache *cache = *kmalloc_cache_of(heap, type, kmalloc_cache_index(size));
    void *object = slub_alloc_nolock(cache, size, gfp);

    /* Once more at most: who may not wait does not go on asking either. */
    if (object == NULL) {
        cache = next_cache(heap, type, cache);
        object = cache != NULL ? slub_alloc_nolock(cache, size, gfp) : NULL;
    }
    return object;
}

NO_INLINE void heap_free_nolock(struct kmem_heap *heap, void *object)
{
    uint64_t site = world_site(RETURN_ADDRESS());
    struct allocation found;

    if (is_zero_or_null(object) || !allocation_require(heap, object, STAGE_FREE, site, &found)) {
        return;
    }
    if (found.guarded != NULL) {
        guarded_free_nolock(heap, NULL, object, site);
        return;
    }
    if (found.slab == NULL) {
        owner_report_stray(heap, REPORT_NOT_KMALLOC, STAGE_FREE, object, site);
        return;
    }
    slub_free_nolock(found.slab->cache, object, site);
}
