#include "allocator/page/zone.h"

#include "allocator/page/buddy.h"

void zone_init(struct page_zone *zone, struct page *pages, pfn_t first, pfn_t end, uint32_t node)
{
    *zone = (struct page_zone){
        .pages = pages,
        .first = first,
        .end = end,
        .node = node,
    };
    buddy_init(zone);
}
