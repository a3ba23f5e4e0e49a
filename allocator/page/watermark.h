/*
 * Watermarks: pages that a zone keeps for those who need them more.
 *
 *     min      config->min_free_pages, shared among the zones by size
 *     low      min and a quarter of it, or a thousandth of the zone if that is more
 *     high     the same again
 *
 * Below min an ordinary request fails, though there are free pages. What is isolated counts as
 * gone, and so does the reserve of larger runs for whoever may not use it. Below low memory is
 * getting short, up to high: zone_shortage() says how short.
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
