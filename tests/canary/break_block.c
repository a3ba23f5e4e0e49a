#include "allocator/page/pageblock.h"
#include "tests/canary/canary.h"

static struct page_zone *zone_of(struct canary *canary)
{
    return &canary->heap->memory.zones[0];
}

void break_block_known(struct canary *canary)
{
    (void)pageblock_type(zone_of(canary), zone_of(canary)->arena_end + order_pages(ORDER_MAX));
}

void break_block_type(struct canary *canary)
{
    zone_of(canary)->blocks[0] = MIGRATE_ISOLATE;
    canary_touch(&zone_of(canary)->lock);
}

/* Isolated, but its free runs are where they were. */
void break_buddy_block_type(struct canary *canary)
{
    zone_of(canary)->blocks[0] = PAGEBLOCK_ISOLATED;
    canary_touch(&zone_of(canary)->lock);
}

void break_buddy_type_pages(struct canary *canary)
{
    zone_of(canary)->type_page_counts[MIGRATE_MOVABLE]--;
    canary_touch(&zone_of(canary)->lock);
}

void break_block_reserve(struct canary *canary)
{
    zone_of(canary)->reserve_pages++;
    canary_touch(&zone_of(canary)->lock);
}
