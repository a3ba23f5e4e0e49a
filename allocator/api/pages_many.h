/*
 * Pages that are no run: exactly as many as some bytes need, and many single ones at once.
 *
 *     heap_alloc_pages_exact(20000)    | 1 | 2 | 3 | 4 | 5 : free | free | free |
 *                                        five runs of one page, one behind the other
 */
#ifndef ALLOCATOR_API_PAGES_MANY_H
#define ALLOCATOR_API_PAGES_MANY_H

#include <stddef.h>

#include "allocator/base/flags.h"

struct kmem_heap;
struct page;

/* The least order of a run that holds size bytes; size is not 0. */
unsigned heap_get_order(size_t size);

/*
 * Allocates size bytes, rounded up to pages, as single pages one behind the other, aligned as the
 * run they were cut from. The rest of the run is free again. NULL if size is 0, there is no such
 * run, or __GFP_COMP is asked for: a compound run cannot be cut. O(pages); takes zone->lock.
 */
void *heap_alloc_pages_exact(struct kmem_heap *heap, size_t size, gfp_t gfp);

/* Frees them, given the same size. */
void heap_free_pages_exact(struct kmem_heap *heap, void *memory, size_t size);

/*
 * Fills the entries of an array that are NULL with single pages, in order. Returns how many entries
 * from the first one on are filled then, count at most: those that were before count, too. Entries
 * behind the first one left NULL are as they were. Although entries are left NULL there may be
 * pages, but at least one more is filled unless heap_alloc_pages() fails. O(count); takes
 * zone->lock.
 */
size_t heap_alloc_pages_bulk(struct kmem_heap *heap, gfp_t gfp, size_t count,
                             struct page *pages[]);

/* The same near a node, as heap_alloc_pages_node() reads it. */
size_t heap_alloc_pages_bulk_node(struct kmem_heap *heap, gfp_t gfp, int node, size_t count,
                                  struct page *pages[]);

/* Frees the single pages of an array, and sets its entries to NULL. */
void heap_free_pages_bulk(struct kmem_heap *heap, size_t count, struct page *pages[]);

#endif
