#include "allocator/api/buckets.h"

#include "allocator/api/kmalloc.h"
#include "allocator/api/kmalloc_at.h"
#include "allocator/api/kmalloc_caches.h"
#include "allocator/api/kmem_cache.h"
#include "allocator/base/compiler.h"
#include "allocator/cache/registry.h"
#include "allocator/slub/object_ready.h"
#include "allocator/slub/slub.h"

/* In the guard pool objects are no larger than asked for: a constructor would write beside them. */
static slab_flags_t flags_of(const struct kmem_heap *heap, const struct kmem_buckets_args *args)
{
    return args->flags | SLAB_NO_MERGE | heap->config.debug_flags |
           (args->ctor != NULL ? SLAB_SKIP_KFENCE : 0);
}

static int create_bucket(struct kmem_heap *heap, const char *name,
                         const struct kmem_buckets_args *args, unsigned index,
                         struct kmem_cache **cache)
{
    struct kmalloc_name full;
    size_t size = kmalloc_class_size(index);
    size_t behind = args->useroffset < size ? size - args->useroffset : 0;
    size_t usersize = args->usersize < behind ? args->usersize : behind;
    const struct cache_request request = {
        .name = kmalloc_name_class(&full, name, "-", index),
        .size = size,
        .align = kmalloc_class_align(index),
        .flags = flags_of(heap, args),
        .ctor = args->ctor,
        /* No window is one at the start. */
        .useroffset = usersize > 0 ? args->useroffset : 0,
        .usersize = usersize,
    };

    /* Sizes above ALIGN_MAX are aligned to themselves, too: a user's request may not ask that. */
    return registry_add(heap, &request, cache);
}

/* One cache for each size there is: entries that share a cache are not made twice. */
int heap_buckets_create(struct kmem_heap *heap, const char *name,
                        const struct kmem_buckets_args *args, struct kmem_buckets *buckets)
{
    *buckets = (struct kmem_buckets){.heap = heap};
    if ((args->flags & ~(slab_flags_t)SLAB_CREATE_FLAGS) != 0) {
        return HEAP_EINVAL;
    }
    for (unsigned index = KMALLOC_CACHE_COUNT; index > 0; index--) {
        struct kmem_cache **cache = &buckets->caches[index - 1];
        int error = HEAP_OK;

        if (kmalloc_class_exists(heap, index - 1)) {
            error = create_bucket(heap, name, args, index - 1, cache);
        } else {
            *cache = buckets->caches[index];
        }
        if (error != HEAP_OK) {
            (void)heap_buckets_destroy(buckets);
            return error;
        }
    }
    return HEAP_OK;
}

void *buckets_alloc_at(const struct kmem_buckets *buckets, size_t size, gfp_t gfp, uint64_t site)
{
    if (size == 0 || size > KMALLOC_CACHE_SIZE_MAX) {
        return kmalloc_at(buckets->heap, size, gfp, site);
    }

    struct kmem_cache *cache = buckets->caches[kmalloc_cache_index(size)];
    gfp_t granted = (gfp & __GFP_ZERO) != 0 ? object_grant_zeroing(cache, gfp, site) : gfp;

    return slub_alloc(cache, size, granted, site);
}

NO_INLINE void *heap_buckets_alloc(const struct kmem_buckets *buckets, size_t size, gfp_t gfp)
{
    return buckets_alloc_at(buckets, size, gfp, world_site(RETURN_ADDRESS()));
}

int heap_buckets_destroy(struct kmem_buckets *buckets)
{
    int error = HEAP_OK;

    for (unsigned index = 0; index < KMALLOC_CACHE_COUNT; index++) {
        if (kmalloc_class_exists(buckets->heap, index) &&
            kmem_cache_destroy(buckets->caches[index]) != HEAP_OK) {
            error = HEAP_EBUSY;
        }
        buckets->caches[index] = NULL;
    }
    return error;
}
