#include "allocator/page/zone.h"

#include "allocator/page/buddy.h"
#include "allocator/page/pcp.h"

static pfn_t clamp(pfn_t pfn, pfn_t least, pfn_t largest)
{
    return pfn < least ? least : pfn < largest ? pfn : largest;
}

void zone_init(struct page_zone *zone, const struct frame_tables *tables, pfn_t first, pfn_t end,
               uint32_t node)
{
    pfn_t hole_first = clamp(tables->hole_first, first, end);
    pfn_t hole_end = clamp(tables->hole_end, first, end);

    *zone = (struct page_zone){
        .pages = tables->pages,
        .blocks = tables->blocks,
        .block_order = tables->block_order,
        .arena_end = tables->end,
        .first = first,
        .end = end,
        .hole_first = hole_first < hole_end ? hole_first : end,
        .hole_end = hole_first < hole_end ? hole_end : end,
        .node = node,
    };
    buddy_init(zone);
    pcp_init(zone);
}
