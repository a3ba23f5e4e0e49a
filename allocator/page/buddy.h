/*
 * Binary buddy: free runs of 2^order pages, split on demand and merged when freed.
 *
 * A run of order o starts at a frame that is a multiple of 2^o. Its buddy is the run of the same
 * order whose frame number differs in bit o alone; two free buddies are always merged, so no two
 * free runs of one order are buddies (rule BUDDY_MERGED). Only complete buddies inside the arena
 * merge: the page count need not be a power of two.
 *
 * This file moves runs between the free lists and nothing else: no page contents, no reports, no
 * policy. page_alloc.h is the interface for everybody else. Every function wants zone->lock held.
 */
#ifndef ALLOCATOR_PAGE_BUDDY_H
#define ALLOCATOR_PAGE_BUDDY_H

#include "allocator/page/zone.h"

/* Puts every frame of the arena on the free lists. Descriptors are zero-filled. O(pages / 1024). */
void buddy_init(struct page_zone *zone);

/*
 * Takes a run off the free lists, splitting a larger one when needed; the upper halves stay free.
 * The frames become PAGE_RUN (head) and PAGE_TAIL. NULL if no free run is large enough.
 * O(ORDER_MAX + 2^order).
 */
struct page *buddy_take(struct page_zone *zone, unsigned order);

/*
 * Returns a run, whose head holds its order, merging it with its buddy for as long as the buddy is
 * free and of the same order. O(ORDER_MAX + 2^order).
 */
void buddy_give(struct page_zone *zone, struct page *head);

#endif
