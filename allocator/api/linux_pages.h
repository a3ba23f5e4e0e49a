/*
 * Kernel spelling of the page allocator, on the heap that linux_api_bind() chose for this thread.
 * What each call does, costs and locks is said where it is declared for any heap: pages.h,
 * pages_many.h, page_frag.h, nodes.h, mobility.h.
 */
#ifndef ALLOCATOR_API_LINUX_PAGES_H
#define ALLOCATOR_API_LINUX_PAGES_H

#include <stddef.h>

#include "allocator/api/mobility.h"
#include "allocator/api/nodes.h"
#include "allocator/api/page_frag.h"
#include "allocator/api/pages.h"
#include "allocator/api/pages_many.h"

struct page *alloc_pages(gfp_t gfp, unsigned order);
struct page *alloc_pages_node(int node, gfp_t gfp, unsigned order);
void __free_pages(struct page *page, unsigned order);
void get_page(struct page *page);
void put_page(struct page *page);

unsigned get_order(size_t size);
void *alloc_pages_exact(size_t size, gfp_t gfp);
void free_pages_exact(void *memory, size_t size);
size_t alloc_pages_bulk(gfp_t gfp, size_t count, struct page *pages[]);
size_t alloc_pages_bulk_node(gfp_t gfp, int node, size_t count, struct page *pages[]);

/* Frames [first, end) of the arena. */
int alloc_contig_range(uint32_t first, uint32_t end, gfp_t gfp);
void free_contig_range(uint32_t first, uint32_t count);

/* page_frag_alloc() and the like name their cache, which is of a heap. */
void page_frag_free(void *fragment);

void *page_address(const struct page *page);
struct page *virt_to_page(const void *address);

#endif
