/* Runs of whole pages. */
#ifndef ALLOCATOR_API_PAGES_H
#define ALLOCATOR_API_PAGES_H

#include <stdint.h>

#include "allocator/base/flags.h"

struct kmem_heap;
struct page;

/*
 * Allocates 2^order pages, naturally aligned; returns the descriptor of the first, or NULL if order
 * is above ORDER_MAX or there is no such run. __GFP_ZERO: they read zero. O(2^order).
 */
struct page *heap_alloc_pages(struct kmem_heap *heap, gfp_t gfp, unsigned order);

/*
 * Frees a run that heap_alloc_pages() returned, with the order it was asked for. Anything else is
 * reported as BAD_PAGE_FREE and changes nothing.
 */
void heap_free_pages(struct kmem_heap *heap, struct page *page, unsigned order);

/* Memory of a run, from the descriptor of its first page, and back. */
void *heap_page_address(const struct kmem_heap *heap, const struct page *page);
struct page *heap_page_at(const struct kmem_heap *heap, const void *address);

/* The descriptor's word for its owner's use; must be 0 again when the run is freed. */
void heap_page_set_client(struct page *page, uint64_t client);

#endif
