#include "allocator/page/highatomic.h"

#include "allocator/base/bits.h"
#include "allocator/page/buddy.h"
#include "allocator/page/pageblock.h"

void highatomic_init(struct page_zone *zone, uint32_t percent)
{
    uint64_t share = (uint64_t)zone_present_pages(zone) * percent / 100;
    uint64_t block_pages = order_pages(zone->block_order);

    zone->reserve_max = percent == 0 ? 0 : (uint32_t)align_up(share > 0 ? share : 1, block_pages);
}

/* First block of those that a run lies in or covers, and how many they are. */
static uint32_t count_blocks(const struct page_zone *zone, unsigned order)
{
    return order > zone->block_order ? 1u << (order - zone->block_order) : 1;
}

static bool blocks_are_common(const struct page_zone *zone, uint32_t first, uint32_t count)
{
    for (uint32_t block = first; block < first + count; block++) {
        if (!pageblock_is_whole(zone, block) ||
            !migrate_type_is_common(pageblock_type(zone, pageblock_first(zone, block)))) {
            return false;
        }
    }
    return true;
}

void highatomic_reserve(struct page_zone *zone, const struct page *head, unsigned order)
{
    uint32_t first = pageblock_of(zone, zone_pfn(zone, head));
    uint32_t count = count_blocks(zone, order);
    uint32_t pages = count << zone->block_order;

    if (zone->reserve_pages + pages > zone->reserve_max || !blocks_are_common(zone, first, count)) {
        return;
    }
    for (uint32_t block = first; block < first + count; block++) {
        pageblock_set_type(zone, block, MIGRATE_HIGHATOMIC);
    }
    zone->reserve_pages += pages;
}

bool highatomic_unreserve(struct page_zone *zone, enum migrate_type type)
{
    unsigned order;
    struct page *head = buddy_find(zone, 0, MIGRATE_HIGHATOMIC, &order);

    if (head == NULL) {
        return false;
    }

    uint32_t first = pageblock_of(zone, zone_pfn(zone, head));
    uint32_t count = count_blocks(zone, order);

    for (uint32_t block = first; block < first + count; block++) {
        pageblock_set_type(zone, block, type);
    }
    zone->reserve_pages -= count << zone->block_order;
    return true;
}
