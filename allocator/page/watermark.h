/*
 * Watermarks: pages that a zone keeps. Each zone has its share of config->min_free_pages, by the
 * frames of it that are there, and from one mark to the next config->watermark_scale of 10000 of
 * those, or a quarter of the least mark if that is more.
 *
 *     high   the zone is balanced
 *     low    below it other zones are asked first; who is served all the same asks for balance
 *     min    below it an ordinary request fails, though there are free pages
 *
 * Without a scale the least mark is the only one. What is isolated counts as gone, and so does the
 * reserve of larger runs for whoever may not use it. The zone that devices reach keeps, above any
 * mark, lowmem_reserve pages from requests that other zones could serve as well.
 */
#ifndef ALLOCATOR_PAGE_WATERMARK_H
#define ALLOCATOR_PAGE_WATERMARK_H

#include "allocator/base/config.h"
#include "allocator/page/page_request.h"
#include "allocator/page/zone.h"

/* Sets the zone's watermarks. Fixed from then on. */
void watermark_init(struct page_zone *zone, const struct heap_config *config);

/* True if there are marks above the least. */
static inline bool watermark_has_low(const struct heap_config *config)
{
    return config->watermark_scale != 0;
}

/* True if there is anything that the zone keeps from somebody. Fixed. */
static inline bool watermark_is_kept(const struct page_zone *zone)
{
    return zone->watermarks[WATERMARK_HIGH] != 0 || zone->lowmem_reserve != 0;
}

/* True if granting the request leaves the zone above its mark. O(1); zone->lock is held. */
bool watermark_allows(const struct page_zone *zone, const struct page_request *request);

/* True if the zone is above its high watermark. O(1); zone->lock is held. */
bool watermark_is_balanced(const struct page_zone *zone);

#endif
