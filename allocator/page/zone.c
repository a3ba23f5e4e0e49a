#include "allocator/page/zone.h"

#include "allocator/page/buddy.h"

void zone_init(struct page_zone *zone, unsigned char *arena, struct page *pages,
               const struct heap_config *config, const struct platform *platform)
{
    *zone = (struct page_zone){
        .arena = arena,
        .pages = pages,
        .page_count = config->page_count,
        .config = config,
        .platform = platform,
    };
    buddy_init(zone);
}
