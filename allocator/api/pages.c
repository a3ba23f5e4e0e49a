#include "allocator/api/pages.h"

#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/cache/heap_state.h"
#include "allocator/page/page_alloc.h"

struct page *heap_alloc_pages(struct kmem_heap *heap, gfp_t gfp, unsigned order)
{
    struct page *page = page_alloc(&heap->zone, order, gfp, PAGE_RUN);

    if (page == NULL) {
        return NULL;
    }
    if ((gfp & __GFP_ZERO) != 0 || heap->config.init_on_alloc) {
        memory_show_defined(zone_address(&heap->zone, page), order_size(order));
    } else {
        memory_show_undefined(zone_address(&heap->zone, page), order_size(order));
    }
    return page;
}

void heap_free_pages(struct kmem_heap *heap, struct page *page, unsigned order)
{
    page_free(&heap->zone, page, order, PAGE_RUN);
}

void *heap_page_address(const struct kmem_heap *heap, const struct page *page)
{
    return zone_address(&heap->zone, page);
}

struct page *heap_page_at(const struct kmem_heap *heap, const void *address)
{
    return zone_page_at(&heap->zone, address);
}

void heap_page_set_client(struct page *page, uint64_t client)
{
    page->client = client;
}
