/*
 * Guards: what a split leaves over, if it is smaller than config->guard_order, is not free.
 *
 *     guard_order 2, one page wanted of a run of eight:
 *
 *     | RUN | GUARD | GUARD  .  | FREE  .    .    .   |
 *       0     1       2           4
 *
 * A guard is given to nobody and counted as no free page. When its buddy is freed the two become
 * one run, as free buddies do: so nobody's neighbour is somebody else's, as long as there is
 * memory to waste. It is hidden and holds poison as a free page does; what writes to it is stopped
 * at the instruction, or found when it is allocated again.
 *
 * No guard is larger than a pageblock: the types of two blocks may part. All under zone->lock.
 */
#ifndef ALLOCATOR_PAGE_GUARD_H
#define ALLOCATOR_PAGE_GUARD_H

#include "allocator/page/zone.h"

/* Makes a run that is on no list a guard; false, and nothing done, if it is too large. */
bool guard_set(struct page_zone *zone, struct page *head, unsigned order);

/* The frames of a guard of this order at pfn become PAGE_INTERIOR; false if there is none. */
bool guard_clear(struct page_zone *zone, pfn_t pfn, unsigned order);

#endif
