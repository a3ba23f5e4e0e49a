#include "allocator/api/kmalloc.h"

#include "allocator/api/kmalloc_at.h"
#include "allocator/api/kmalloc_caches.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/page/page_alloc.h"
#include "allocator/slub/bulk.h"
#include "allocator/slub/guarded.h"
#include "allocator/slub/slub.h"

struct kmem_cache *heap_kmalloc_cache(struct kmem_heap *heap, size_t size)
{
    return size <= KMALLOC_CACHE_SIZE_MAX ? heap->kmalloc_caches[kmalloc_cache_index(size)] : NULL;
}

static struct kmem_cache *find_cache(struct kmem_heap *heap, size_t size, gfp_t gfp, uint64_t site)
{
    if (size > KMALLOC_CACHE_SIZE_MAX) {
        return NULL;
    }
    return *kmalloc_cache_of(heap, kmalloc_type_at(heap, gfp, site), kmalloc_cache_index(size));
}

size_t heap_size_roundup(const struct kmem_heap *heap, size_t size)
{
    if (size == 0 || size > KMALLOC_SIZE_MAX) {
        return size;
    }
    if (size > KMALLOC_CACHE_SIZE_MAX) {
        return order_size(order_for_size(size));
    }
    return heap->kmalloc_caches[kmalloc_cache_index(size)]->layout.object_size;
}

bool kmalloc_zeroes(const struct kmem_heap *heap, gfp_t gfp)
{
    return (gfp & __GFP_ZERO) != 0 || heap->config.init_on_alloc;
}

void kmalloc_show(const struct kmem_heap *heap, const void *memory, size_t size, gfp_t gfp)
{
    if (kmalloc_zeroes(heap, gfp)) {
        memory_show_defined(memory, size);
    } else {
        memory_show_undefined(memory, size);
    }
}

void *kmalloc_show_large(struct kmem_heap *heap, struct page *page, size_t size, gfp_t gfp)
{
    if (page == NULL) {
        return NULL;
    }

    void *object = memory_address(&heap->memory, page);

    page->object_size = size;
    kmalloc_show(heap, object, size, gfp);
    return object;
}

static void *alloc_large(struct kmem_heap *heap, size_t size, gfp_t gfp)
{
    if (size > KMALLOC_SIZE_MAX) {
        return NULL;
    }

    struct page *page = page_alloc(&heap->memory, order_for_size(size), gfp, PAGE_LARGE);

    return kmalloc_show_large(heap, page, size, gfp);
}

void *kmalloc_at(struct kmem_heap *heap, size_t size, gfp_t gfp, uint64_t site)
{
    if (size == 0) {
        return ZERO_SIZE_PTR;
    }

    struct kmem_cache *cache = find_cache(heap, size, gfp, site);

    if (cache == NULL) {
        return alloc_large(heap, size, gfp);
    }

    return slub_alloc(cache, size, gfp, site);
}

void *kmalloc_array_at(struct kmem_heap *heap, size_t count, size_t size, gfp_t gfp, uint64_t site)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    return kmalloc_at(heap, count * size, gfp, site);
}

NO_INLINE void *heap_alloc(struct kmem_heap *heap, size_t size, gfp_t gfp)
{
    return kmalloc_at(heap, size, gfp, world_site(RETURN_ADDRESS()));
}

void *heap_alloc_track_caller(struct kmem_heap *heap, size_t size, gfp_t gfp, uintptr_t caller)
{
    return kmalloc_at(heap, size, gfp, caller);
}

NO_INLINE void *heap_zalloc(struct kmem_heap *heap, size_t size, gfp_t gfp)
{
    return kmalloc_at(heap, size, gfp | __GFP_ZERO, world_site(RETURN_ADDRESS()));
}

NO_INLINE void *heap_calloc(struct kmem_heap *heap, size_t count, size_t size, gfp_t gfp)
{
    return kmalloc_array_at(heap, count, size, gfp | __GFP_ZERO, world_site(RETURN_ADDRESS()));
}

NO_INLINE void *heap_alloc_array(struct kmem_heap *heap, size_t count, size_t size, gfp_t gfp)
{
    return kmalloc_array_at(heap, count, size, gfp, world_site(RETURN_ADDRESS()));
}

static void free_large(struct kmem_heap *heap, struct page *page)
{
    page->object_size = 0;
    page_free(&heap->memory, page, page_state(page).order, PAGE_LARGE);
}

void kfree_at(struct kmem_heap *heap, void *object, uint64_t site)
{
    struct allocation found;

    if (is_zero_or_null(object) ||
        !allocation_require(heap, object, STAGE_FREE, site, &found)) {
        return;
    }
    if (found.guarded != NULL) {
        guarded_free(heap, NULL, object, site);
    } else if (found.slab == NULL) {
        free_large(heap, found.page);
    } else {
        slub_free(found.slab->cache, object, site);
    }
}

NO_INLINE void heap_free(struct kmem_heap *heap, void *object)
{
    kfree_at(heap, object, world_site(RETURN_ADDRESS()));
}

/* The cache of an object that has one, or NULL. */
static struct kmem_cache *cache_of(const struct kmem_heap *heap, const void *object)
{
    struct slab *slab = is_zero_or_null(object) ? NULL : slab_at(heap, object);

    return slab != NULL ? slab->cache : NULL;
}

/* Runs of objects of one cache go through the bulk path together; the rest one by one. */
void kfree_bulk_at(struct kmem_heap *heap, size_t count, void **objects, uint64_t site)
{
    size_t first = 0;

    while (first < count) {
        struct kmem_cache *cache = cache_of(heap, objects[first]);
        size_t next = first + 1;

        if (cache == NULL) {
            kfree_at(heap, objects[first], site);
        } else {
            while (next < count && cache_of(heap, objects[next]) == cache) {
                next++;
            }
            slub_free_bulk(cache, next - first, objects + first, site);
        }
        first = next;
    }
}

NO_INLINE void heap_free_bulk(struct kmem_heap *heap, size_t count, void **objects)
{
    kfree_bulk_at(heap, count, objects, world_site(RETURN_ADDRESS()));
}
