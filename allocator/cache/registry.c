#include "allocator/cache/registry.h"

#include <string.h>

#include "allocator/base/errors.h"

static struct kmem_cache *find_free_slot(struct kmem_heap *heap)
{
    for (uint32_t slot = 0; slot < CACHE_MAX; slot++) {
        if (!heap->cache_is_used[slot]) {
            return &heap->cache_slots[slot];
        }
    }
    return NULL;
}

static bool *used_mark(struct kmem_cache *cache)
{
    return &cache->heap->cache_is_used[cache - cache->heap->cache_slots];
}

/* heap->registry_lock is held. */
static struct kmem_cache *link_cache(struct kmem_heap *heap, const struct cache_request *request,
                                     const struct layout *layout)
{
    struct kmem_cache *cache = find_free_slot(heap);

    if (cache != NULL) {
        cache_init(cache, heap, request, layout);
        *used_mark(cache) = true;
        list_push_back(&heap->caches, &cache->link);
        heap->cache_count++;
    }
    return cache;
}

int registry_add(struct kmem_heap *heap, const struct cache_request *request,
                 struct kmem_cache **cache)
{
    struct layout layout;
    const struct layout_request layout_request = {
        .object_size = request->size,
        .align = request->align,
        .flags = request->flags,
        .has_ctor = request->ctor != NULL,
        .config = &heap->config,
    };

    *cache = NULL;
    if (layout_compute(&layout_request, &layout) != HEAP_OK) {
        return HEAP_EINVAL;
    }

    world_lock(&heap->registry_lock);
    *cache = link_cache(heap, request, &layout);
    world_unlock(&heap->registry_lock);
    return *cache != NULL ? HEAP_OK : HEAP_ENOMEM;
}

void registry_remove(struct kmem_cache *cache)
{
    struct kmem_heap *heap = cache->heap;

    list_remove(&cache->link);
    heap->cache_count--;
    *used_mark(cache) = false;
    memset(cache, 0, sizeof(*cache));
}
