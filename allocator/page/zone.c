#include "allocator/page/zone.h"

#include "allocator/page/buddy.h"
#include "allocator/page/pcp.h"

void zone_init(struct page_zone *zone, const struct frame_tables *tables, pfn_t first, pfn_t end,
               uint32_t node)
{
    *zone = (struct page_zone){
        .pages = tables->pages,
        .blocks = tables->blocks,
        .block_order = tables->block_order,
        .arena_end = tables->end,
        .first = first,
        .end = end,
        .node = node,
    };
    buddy_init(zone);
    pcp_init(zone);
}
