#include "allocator/api/linux_pages.h"

#include "allocator/api/linux_api.h"

struct page *alloc_pages(gfp_t gfp, unsigned order)
{
    return heap_alloc_pages(linux_api_heap(), gfp, order);
}

struct page *alloc_pages_node(int node, gfp_t gfp, unsigned order)
{
    return heap_alloc_pages_node(linux_api_heap(), gfp, order, node);
}

void __free_pages(struct page *page, unsigned order)
{
    heap_free_pages(linux_api_heap(), page, order);
}

void get_page(struct page *page)
{
    (void)heap_get_page(linux_api_heap(), page);
}

void put_page(struct page *page)
{
    heap_put_page(linux_api_heap(), page);
}

unsigned get_order(size_t size)
{
    return heap_get_order(size);
}

void *alloc_pages_exact(size_t size, gfp_t gfp)
{
    return heap_alloc_pages_exact(linux_api_heap(), size, gfp);
}

void free_pages_exact(void *memory, size_t size)
{
    heap_free_pages_exact(linux_api_heap(), memory, size);
}

size_t alloc_pages_bulk(gfp_t gfp, size_t count, struct page *pages[])
{
    return heap_alloc_pages_bulk(linux_api_heap(), gfp, count, pages);
}

size_t alloc_pages_bulk_node(gfp_t gfp, int node, size_t count, struct page *pages[])
{
    return heap_alloc_pages_bulk_node(linux_api_heap(), gfp, node, count, pages);
}

int alloc_contig_range(uint32_t first, uint32_t end, gfp_t gfp)
{
    return heap_alloc_contig(linux_api_heap(), first, end, gfp);
}

void free_contig_range(uint32_t first, uint32_t count)
{
    heap_free_contig(linux_api_heap(), first, first + count);
}

void page_frag_free(void *fragment)
{
    heap_page_frag_free(linux_api_heap(), fragment);
}

void *page_address(const struct page *page)
{
    return heap_page_address(linux_api_heap(), page);
}

struct page *virt_to_page(const void *address)
{
    return heap_page_at(linux_api_heap(), address);
}
