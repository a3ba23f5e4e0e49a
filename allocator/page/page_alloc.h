/*
 * Runs of pages for everybody above: the buddy lists plus what must happen to the pages themselves.
 *
 * A free page is hidden from users and, with config->page_poison, holds PAGE_POISON bytes that are
 * verified when it is allocated. Allocated runs are compound: each frame behind the head names it.
 *
 *     page_alloc:  inject failure? -> buddy_take -> verify -> zero or leave -> kind
 *     page_free:   verify -> zero or poison -> hide -> buddy_give
 *
 * A run whose descriptor is found corrupt is reported and kept out of circulation (PAGE_ISOLATED).
 */
#ifndef ALLOCATOR_PAGE_PAGE_ALLOC_H
#define ALLOCATOR_PAGE_PAGE_ALLOC_H

#include "allocator/base/flags.h"
#include "allocator/page/zone.h"

/*
 * Allocates a run of 2^order pages, naturally aligned, and marks it as kind (RUN, SLAB or LARGE).
 *
 * gfp    __GFP_ZERO: the pages read zero, whatever they held. config->init_on_alloc asks the same
 *        for RUN and LARGE (a slab zeroes object by object).
 *
 * The pages stay hidden from users: the caller shows what it hands out. NULL if order is above
 * ORDER_MAX, no free run is large enough, or failure was injected; failure_count then grew by one.
 * A run that fails verification is reported, isolated, and another one is tried.
 * O(2^order); takes zone->lock.
 */
struct page *page_alloc(struct page_zone *zone, unsigned order, gfp_t gfp, enum page_kind kind);

/*
 * Frees a run of 2^order pages that page_alloc() marked as kind.
 *
 * A page that heads no run of that kind and order is reported as BAD_PAGE_FREE and nothing changes.
 * Client state left in the descriptor is reported as BAD_PAGE_STATE and the run is isolated.
 * O(2^order); takes zone->lock.
 */
void page_free(struct page_zone *zone, struct page *head, unsigned order, enum page_kind kind);

/*
 * Fails the nth allocation from now on, once: 1 is the next one, 0 takes the order back.
 * Takes zone->lock.
 */
void page_fail_nth(struct page_zone *zone, uint64_t nth);

#endif
