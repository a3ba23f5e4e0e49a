/*
 * Runs of whole pages.
 *
 * A run may have several holders, each with a reference: heap_get_page() makes one more,
 * heap_put_page() one less, and the last one frees it. heap_free_pages() is for the holder who
 * allocated the run: if others hold it, they are left all of a compound run (__GFP_COMP), of any
 * other its first page alone.
 */
#ifndef ALLOCATOR_API_PAGES_H
#define ALLOCATOR_API_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator/base/flags.h"
#include "allocator/page/page_owner.h"

struct kmem_heap;
struct page;

/*
 * Allocates 2^order pages, naturally aligned; returns the descriptor of the first, or NULL if order
 * is above ORDER_MAX or there is no such run. __GFP_ZERO: they read zero; __GFP_COMP: the run is
 * compound. O(2^order).
 */
struct page *heap_alloc_pages(struct kmem_heap *heap, gfp_t gfp, unsigned order);

/*
 * Frees a run that heap_alloc_pages() returned, with the order it was asked for. Anything else is
 * reported as BAD_PAGE_FREE and changes nothing.
 */
void heap_free_pages(struct kmem_heap *heap, struct page *page, unsigned order);

/*
 * One more holder of a run, named by any page of it, that the caller holds. False if there are too
 * many. O(1), without a lock.
 */
bool heap_get_page(struct kmem_heap *heap, struct page *page);

/* One holder less, by any page of the run. Nobody is left: all of it is freed, O(2^order). */
void heap_put_page(struct kmem_heap *heap, struct page *page);

/* Memory of a run, from the descriptor of its first page, and back. */
void *heap_page_address(const struct kmem_heap *heap, const struct page *page);
struct page *heap_page_at(const struct kmem_heap *heap, const void *address);

/*
 * Who allocated a page last, and who freed it, by config->page_owner; without, nothing is known.
 * For a page that the caller has, or a heap that nobody else uses. O(1).
 */
struct page_owner heap_page_owner(const struct kmem_heap *heap, const struct page *page);

/* The descriptor's word for its owner's use; must be 0 again when the run is freed. */
void heap_page_set_client(struct page *page, uint64_t client);

#endif
