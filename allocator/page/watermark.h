/*
 * The watermark: pages that a zone keeps for those who need them more. Each zone has its share of
 * config->min_free_pages, by its size.
 *
 * Below it an ordinary request fails, though there are free pages. What is isolated counts as gone,
 * and so does the reserve of larger runs for whoever may not use it.
 */
#ifndef ALLOCATOR_PAGE_WATERMARK_H
#define ALLOCATOR_PAGE_WATERMARK_H

#include "allocator/page/page_request.h"
#include "allocator/page/zone.h"

/* Sets the zone's minimum, of all of an arena's. Fixed from then on. */
void watermark_init(struct page_zone *zone, uint32_t min_free_pages, uint32_t page_count);

/* True if granting the request leaves the zone above its minimum. O(1); zone->lock is held. */
bool watermark_allows(const struct page_zone *zone, const struct page_request *request);

#endif
