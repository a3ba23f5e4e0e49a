/*
 * The reserve of larger runs: pageblocks kept for those who need several pages in a row and cannot
 * wait for them.
 *
 * Whenever such a request was granted from a common block, that block joins the reserve, up to
 * config->highatomic_percent of the frames that are there, but a block at least. Before a request
 * that can wait fails, blocks of the reserve are given up one after the other.
 */
#ifndef ALLOCATOR_PAGE_HIGHATOMIC_H
#define ALLOCATOR_PAGE_HIGHATOMIC_H

#include "allocator/page/zone.h"

/* Sets how large the zone's reserve may become. Fixed from then on. */
void highatomic_init(struct page_zone *zone, uint32_t percent);

/*
 * The blocks of a run that was just taken join the reserve, if there is room for all of them and
 * they are common ones. O(pages of the blocks); zone->lock is held.
 */
void highatomic_reserve(struct page_zone *zone, const struct page *head, unsigned order);

/*
 * One block of the reserve that has a free page, or all blocks of a larger free run, becomes the
 * type's. False if there is none. O(pages of the blocks); zone->lock is held.
 */
bool highatomic_unreserve(struct page_zone *zone, enum migrate_type type);

#endif
