#include "allocator/page/watermark.h"

#include "allocator/base/bits.h"

void watermark_init(struct page_zone *zone, uint32_t min_free_pages, uint32_t page_count)
{
    zone->min_pages = (uint32_t)((uint64_t)min_free_pages * (zone->end - zone->first) / page_count);
}

/* Free pages that the request cannot have. */
static int64_t unusable_pages(const struct page_zone *zone, const struct page_request *request)
{
    const unsigned reserves = ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK | ALLOC_HIGHATOMIC;
    int64_t pages = zone->type_page_counts[MIGRATE_ISOLATE];

    if ((request->flags & reserves) == 0) {
        pages += zone->type_page_counts[MIGRATE_HIGHATOMIC];
    }
    return pages;
}

static int64_t minimum_for(const struct page_zone *zone, const struct page_request *request)
{
    int64_t minimum = zone->min_pages;

    if ((request->flags & ALLOC_MIN_RESERVE) != 0) {
        minimum -= minimum / 2;
        if ((request->flags & ALLOC_NON_BLOCK) != 0) {
            minimum -= minimum / 4;
        }
    }
    return minimum;
}

/* Signed: what is left may be less than nothing. */
bool watermark_allows(const struct page_zone *zone, const struct page_request *request)
{
    int64_t left = (int64_t)zone->free_page_count - unusable_pages(zone, request) -
                   (int64_t)(order_pages(request->order) - 1);

    return zone->min_pages == 0 || (request->flags & ALLOC_NO_WATERMARK) != 0 ||
           left > minimum_for(zone, request);
}
