#include "allocator/api/page_frag.h"

#include "allocator/api/kmalloc_at.h"
#include "allocator/api/pages.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/base/raw.h"
#include "allocator/cache/heap_state.h"
#include "allocator/page/page_alloc.h"
#include "allocator/page/page_ref.h"

void page_frag_cache_init(struct page_frag_cache *cache, struct kmem_heap *heap)
{
    *cache = (struct page_frag_cache){.heap = heap};
}

/* All of the run, which nobody else holds, can be cut: a reference for each piece, and one more. */
static void charge(struct page_frag_cache *cache)
{
    cache->left = cache->size;
    cache->references = cache->size / PAGE_FRAG_ALIGN + 1;
    (void)page_get_many(cache->head, cache->references - 1);
}

/* One page will do where there are not several, and a reserved one where there is no other. */
static struct page *take_page(struct page_frag_cache *cache, gfp_t gfp)
{
    struct page_memory *memory = &cache->heap->memory;
    struct page *page = page_alloc(memory, 0, gfp & ~(gfp_t)__GFP_MEMALLOC, PAGE_RUN);

    cache->is_reserve = page == NULL && (gfp & __GFP_MEMALLOC) != 0;
    return cache->is_reserve ? page_alloc(memory, 0, gfp, PAGE_RUN) : page;
}

/* Several pages are worth neither waiting nor a reserve. */
static bool take_run(struct page_frag_cache *cache, size_t size, gfp_t gfp)
{
    gfp_t modest = gfp & ~(gfp_t)(__GFP_DIRECT_RECLAIM | __GFP_MEMALLOC);

    cache->is_reserve = false;
    cache->size = PAGE_FRAG_SIZE_MAX;
    cache->head = page_alloc(&cache->heap->memory, PAGE_FRAG_ORDER,
                             modest | __GFP_COMP | __GFP_NOMEMALLOC, PAGE_RUN);
    if (cache->head == NULL && size <= PAGE_SIZE) {
        cache->size = PAGE_SIZE;
        cache->head = take_page(cache, gfp);
    }
    return cache->head != NULL;
}

/* Makes room for a piece: in the old run, if nobody holds any of it, or in a new one. */
static bool renew(struct page_frag_cache *cache, size_t size, gfp_t gfp)
{
    struct page_memory *memory = &cache->heap->memory;

    if (cache->head != NULL && page_drop_many(memory, cache->head, cache->references)) {
        if (!cache->is_reserve && size <= cache->size) {
            memory_hide(memory_address(memory, cache->head), cache->size);
            charge(cache);
            return true;
        }
        page_put(memory, cache->head);
    }
    cache->left = 0;
    if (!take_run(cache, size, gfp)) {
        return false;
    }
    charge(cache);
    return true;
}

void *page_frag_alloc_align(struct page_frag_cache *cache, size_t size, gfp_t gfp, size_t align)
{
    size_t step = align > PAGE_FRAG_ALIGN ? align : PAGE_FRAG_ALIGN;

    if (size == 0 || size > PAGE_FRAG_SIZE_MAX) {
        return NULL;
    }
    if (size > cache->left && !renew(cache, size, gfp & ~(gfp_t)__GFP_ZERO)) {
        return NULL;
    }
    cache->references--;
    cache->left = (uint32_t)align_down(cache->left - size, step);

    unsigned char *fragment =
        (unsigned char *)memory_address(&cache->heap->memory, cache->head) + cache->left;

    if (kmalloc_zeroes(cache->heap, gfp)) {
        raw_fill(fragment, size, 0);
    }
    kmalloc_show(cache->heap, fragment, size, gfp);
    return fragment;
}

void heap_page_frag_free(struct kmem_heap *heap, void *fragment)
{
    heap_put_page(heap, heap_page_at(heap, fragment));
}

void page_frag_cache_drain(struct page_frag_cache *cache)
{
    struct page_memory *memory = &cache->heap->memory;

    if (cache->head != NULL && page_drop_many(memory, cache->head, cache->references)) {
        page_put(memory, cache->head);
    }
    page_frag_cache_init(cache, cache->heap);
}
