#include "allocator/cache/registry.h"

#include <string.h>

#include "allocator/base/bits.h"
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

/* What makes a cache its creator's alone, and what two caches have to agree in. */
enum {
    NEVER_MERGED = SLAB_DEBUG_FLAGS | SLAB_TYPESAFE_BY_RCU | SLAB_NOLEAKTRACE | SLAB_FAILSLAB |
                   SLAB_TRACE | SLAB_NO_MERGE,
    MERGED_IF_EQUAL = SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_ACCOUNT,
};

static bool is_mergeable(const struct kmem_cache *cache)
{
    return (cache->flags & (slab_flags_t)NEVER_MERGED) == 0 && cache->ctor == NULL &&
           cache->usersize == 0 && !cache->is_lost;
}

/* Nothing is wasted beyond what rounding up to a word wastes, and every object is aligned. */
static bool fits(const struct kmem_cache *cache, size_t size, size_t align)
{
    size_t stride = cache->layout.stride;
    size_t needed = align_up(align_up(size, WORD_SIZE), align);

    return needed <= stride && is_aligned(stride, align) && stride - needed < WORD_SIZE;
}

/* A quarantine counts its bytes by the size of objects, which merging changes. */
static bool merges(const struct heap_config *config)
{
    return config->merging && config->quarantine_bytes == 0;
}

/* The newest cache that can serve the request as well; NULL: none. The lock is held. */
static struct kmem_cache *find_mergeable(struct kmem_heap *heap,
                                         const struct cache_request *request,
                                         const struct layout *layout)
{
    struct kmem_cache *found = NULL;

    if (!merges(&heap->config) || (request->flags & (slab_flags_t)NEVER_MERGED) != 0 ||
        request->ctor != NULL || request->usersize != 0) {
        return NULL;
    }
    list_for_each(link, &heap->caches) {
        struct kmem_cache *cache = container_of(link, struct kmem_cache, link);
        slab_flags_t difference = cache->flags ^ request->flags;

        if (is_mergeable(cache) && (difference & (slab_flags_t)MERGED_IF_EQUAL) == 0 &&
            fits(cache, request->size, layout->align)) {
            found = cache;
        }
    }
    return found;
}

/* Objects become as large as the largest that anybody asked for. The lock is held. */
static struct kmem_cache *merge(struct kmem_cache *cache, size_t size)
{
    struct layout *layout = &cache->layout;

    cache->user_count++;
    if (size > layout->object_size) {
        layout->object_size = size;
        layout->metadata_offset = align_up(size, WORD_SIZE);
        layout->padding_offset = layout->metadata_offset;
    }
    return cache;
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

int registry_layout(const struct kmem_heap *heap, const struct cache_request *request,
                    struct layout *layout)
{
    const struct layout_request layout_request = {
        .object_size = request->size,
        .align = request->align,
        .flags = request->flags,
        .has_ctor = request->ctor != NULL,
        .use_freeptr_offset = request->use_freeptr_offset,
        .freeptr_offset = request->freeptr_offset,
        .config = &heap->config,
    };

    return layout_compute(&layout_request, layout);
}

int registry_add(struct kmem_heap *heap, const struct cache_request *request,
                 struct kmem_cache **cache)
{
    struct layout layout;

    *cache = NULL;
    if (registry_layout(heap, request, &layout) != HEAP_OK) {
        return HEAP_EINVAL;
    }

    world_lock(&heap->registry_lock);

    struct kmem_cache *mergeable = find_mergeable(heap, request, &layout);

    *cache = mergeable != NULL ? merge(mergeable, request->size)
                               : link_cache(heap, request, &layout);
    world_unlock(&heap->registry_lock);
    return *cache != NULL ? HEAP_OK : HEAP_ENOMEM;
}

bool registry_has_name(struct kmem_heap *heap, const char *name)
{
    bool is_found = false;

    world_lock(&heap->registry_lock);
    list_for_each(link, &heap->caches) {
        const struct kmem_cache *cache = container_of(link, struct kmem_cache, link);

        is_found = is_found ||
                   (!cache->is_lost && strncmp(cache->name, name, CACHE_NAME_SIZE - 1) == 0);
    }
    world_unlock(&heap->registry_lock);
    return is_found;
}

bool registry_release(struct kmem_cache *cache)
{
    cache->user_count--;
    return cache->user_count == 0;
}

void registry_remove(struct kmem_cache *cache)
{
    struct kmem_heap *heap = cache->heap;

    list_remove(&cache->link);
    heap->cache_count--;
    *used_mark(cache) = false;
    memset(cache, 0, sizeof(*cache));
}
