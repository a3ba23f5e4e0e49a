#include "allocator/api/pages.h"

#include "allocator/api/kmalloc_at.h"
#include "allocator/base/bits.h"
#include "allocator/base/compiler.h"
#include "allocator/cache/heap_state.h"
#include "allocator/page/page_alloc.h"
#include "allocator/page/page_owner.h"
#include "allocator/page/page_ref.h"

struct page *pages_show(struct kmem_heap *heap, struct page *page, unsigned order, gfp_t gfp)
{
    if (page != NULL) {
        kmalloc_show(heap, memory_address(&heap->memory, page), order_size(order), gfp);
    }
    return page;
}

NO_INLINE struct page *heap_alloc_pages(struct kmem_heap *heap, gfp_t gfp, unsigned order)
{
    struct page_ask ask = {
        .order = order,
        .gfp = gfp,
        .kind = PAGE_RUN,
        .node = memory_node_of_cpu(&heap->memory, world_cpu()),
        .site = world_site(RETURN_ADDRESS()),
    };

    return pages_show(heap, page_alloc_node(&heap->memory, ask), order, gfp);
}

void heap_free_pages(struct kmem_heap *heap, struct page *page, unsigned order)
{
    page_release(&heap->memory, page, order);
}

bool heap_get_page(struct kmem_heap *heap, struct page *page)
{
    return page_get(memory_head(&heap->memory, page));
}

void heap_put_page(struct kmem_heap *heap, struct page *page)
{
    page_put(&heap->memory, memory_head(&heap->memory, page));
}

void *heap_page_address(const struct kmem_heap *heap, const struct page *page)
{
    return memory_address(&heap->memory, page);
}

struct page *heap_page_at(const struct kmem_heap *heap, const void *address)
{
    return memory_page_at(&heap->memory, address);
}

struct page_owner heap_page_owner(const struct kmem_heap *heap, const struct page *page)
{
    const struct page_owner *owner = page_owner_of(&heap->memory, page);

    return owner != NULL ? *owner : (struct page_owner){.alloc = {.is_known = false}};
}

void heap_page_set_client(struct page *page, uint64_t client)
{
    page->client = client;
}
