/*
 * Where a request goes whose own type has no run left.
 *
 *     UNMOVABLE      takes from RECLAIMABLE, then MOVABLE
 *     MOVABLE        takes from RECLAIMABLE, then UNMOVABLE
 *     RECLAIMABLE    takes from UNMOVABLE, then MOVABLE
 *
 * Rather than one run in a foreign block, it takes the block: the largest run there is belongs to
 * the block with the least in it. A block changes sides if it is free as a whole, or if at least
 * half of it is free or used by pages like those asked for. Movable requests do that for large runs
 * only; they do no harm in a foreign block. If no block can be had, the smallest sufficient run of
 * another type serves as it is.
 */
#ifndef ALLOCATOR_PAGE_FALLBACK_H
#define ALLOCATOR_PAGE_FALLBACK_H

#include "allocator/page/zone.h"

/*
 * Makes a block, or all blocks of a larger run, the type's, so that its lists have a run of the
 * order afterwards; false, and nothing changed, if there is none to be had. O(pages of a block,
 * for each order). zone->lock is held.
 */
bool fallback_claim(struct page_zone *zone, unsigned order, enum migrate_type type);

/*
 * The first run of the least sufficient order on the lists of another type: that type, or
 * MIGRATE_TYPE_COUNT if there is none. O(ORDER_MAX). zone->lock is held.
 */
enum migrate_type fallback_find(const struct page_zone *zone, unsigned order,
                                enum migrate_type type);

#endif
