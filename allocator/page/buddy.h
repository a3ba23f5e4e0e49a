/*
 * Binary buddy: free runs of 2^order pages, split on demand and merged when freed.
 *
 * A run of order o starts at a frame that is a multiple of 2^o. Its buddy is the run of the same
 * order whose frame number differs in bit o alone; two free buddies are always merged, so no two
 * free runs of one order are buddies (rule BUDDY_MERGED). Only complete buddies inside the zone
 * merge: neither end of it need be a multiple of anything.
 *
 * A guard (guard.h) merges as a free buddy does.
 *
 * Only a run of the least sufficient order is split, so each upper half goes on a list that was
 * empty. A freed run goes to the head of its list, to be used again while it is warm, but to the
 * tail if the buddy of the run it would merge into is free: then a larger run is likely to form if
 * this one is left alone for a while.
 *
 * Whenever a run enters or leaves a list, the state word of its head is stored: whoever watches
 * those stores knows every run that an operation touched.
 *
 * This file moves runs between the free lists and nothing else: no page contents, no reports, no
 * policy. page_alloc.h is the interface for everybody else. Every function wants zone->lock held.
 */
#ifndef ALLOCATOR_PAGE_BUDDY_H
#define ALLOCATOR_PAGE_BUDDY_H

#include "allocator/page/zone.h"

/*
 * Makes the free lists and puts every frame of the zone that is there on them, lowest first, in
 * runs as large as fit; the others become PAGE_HOLE. Descriptors and counters are zero.
 * O(pages / 1024 + frames of the hole).
 */
void buddy_init(struct page_zone *zone);

/* The largest run that may start at first, a multiple of its size, and does not reach past end. */
unsigned buddy_largest_order(pfn_t first, pfn_t end);

/*
 * True if pfn heads a free run of this order in the zone; any frame number will do. A damaged word
 * may claim so for a frame that is on no list: such a frame is left alone.
 */
bool buddy_run_is_free(const struct page_zone *zone, pfn_t pfn, unsigned order);

/*
 * The free run that a frame lies in, if its order is *order at least, and its order; else NULL.
 * O(ORDER_MAX).
 */
struct page *buddy_free_run_at(const struct page_zone *zone, pfn_t pfn, unsigned *order);

/*
 * The run that buddy_take() would take whole or split: the first one on the type's list of the
 * least sufficient order. NULL if there is none; else *list_order is that order. O(ORDER_MAX).
 */
struct page *buddy_find(const struct page_zone *zone, unsigned order, enum migrate_type type,
                        unsigned *list_order);

/*
 * Takes a run off the free lists of a type, splitting a larger one when needed; the upper halves
 * stay free and of the type, or become guards. The frames become PAGE_RUN (head) and PAGE_TAIL.
 * NULL if no free run is large enough. O(ORDER_MAX + 2^order).
 */
struct page *buddy_take(struct page_zone *zone, unsigned order, enum migrate_type type);

/* The same with a run that buddy_find() found. */
void buddy_take_listed(struct page_zone *zone, struct page *head, unsigned list_order,
                       enum migrate_type list_type, unsigned order);

/* The frames of a run that is on no list become PAGE_RUN and PAGE_TAIL. O(2^order). */
void buddy_mark_taken(struct page_zone *zone, struct page *head, unsigned order);

/*
 * Returns a run, whose head holds its order, merging it with its buddy for as long as the buddy is
 * free and of the same order, and their blocks may share a run. O(ORDER_MAX + 2^order).
 */
void buddy_give(struct page_zone *zone, struct page *head);

/*
 * The same for frames that are PAGE_INTERIOR already. A run of several blocks is inserted block by
 * block, each as the type that it has.
 */
void buddy_insert(struct page_zone *zone, pfn_t pfn, unsigned order);

/* Puts a run that is on no list at the front of a type's list, without merging. O(1). */
void buddy_push(struct page_zone *zone, struct page *head, unsigned order, enum migrate_type type);

/*
 * Keeps a run that is on no list out of circulation for good: its frames become PAGE_ISOLATED
 * (head) and PAGE_TAIL, whatever they were. O(2^order).
 */
void buddy_isolate(struct page_zone *zone, struct page *head, unsigned order);

/* Takes a run off the list it is on, unsplit; its frames are PAGE_INTERIOR. O(1). */
void buddy_unlist(struct page_zone *zone, struct page *head, unsigned list_order,
                  enum migrate_type list_type);

#endif
