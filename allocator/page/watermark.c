#include "allocator/page/watermark.h"

#include "allocator/base/bits.h"

enum { SCALE_UNIT = 10000 };

void watermark_init(struct page_zone *zone, const struct heap_config *config)
{
    uint64_t pages = zone_present_pages(zone);
    uint64_t least = config->min_free_pages * pages / heap_config_frames(config);
    uint64_t step = config->watermark_scale * pages / SCALE_UNIT;

    if (step < least / 4) {
        step = least / 4;
    }
    for (unsigned mark = 0; mark < WATERMARK_COUNT; mark++) {
        zone->watermarks[mark] = (uint32_t)(least + mark * step);
    }
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
    int64_t minimum = zone->watermarks[request->mark];

    if ((request->flags & ALLOC_MIN_RESERVE) != 0) {
        minimum -= minimum / 2;
        if ((request->flags & ALLOC_NON_BLOCK) != 0) {
            minimum -= minimum / 4;
        }
    }
    return minimum + ((request->flags & ALLOC_FOR_DEVICES) != 0 ? 0 : zone->lowmem_reserve);
}

/* Signed: what is left may be less than nothing. No zone has a run above the largest order. */
bool watermark_allows(const struct page_zone *zone, const struct page_request *request)
{
    if (request->order > ORDER_MAX) {
        return false;
    }

    int64_t minimum = minimum_for(zone, request);
    int64_t left = (int64_t)zone->free_page_count - unusable_pages(zone, request) -
                   (int64_t)(order_pages(request->order) - 1);

    return minimum == 0 || (request->flags & ALLOC_NO_WATERMARK) != 0 || left > minimum;
}

bool watermark_is_balanced(const struct page_zone *zone)
{
    const struct page_request one_page = {.flags = ALLOC_FOR_DEVICES, .mark = WATERMARK_HIGH};

    return watermark_allows(zone, &one_page);
}
