#include "allocator/page/fallback.h"

#include "allocator/page/buddy.h"
#include "allocator/page/pageblock.h"

enum { FALLBACK_COUNT = 2 };

static const enum migrate_type fallbacks[MIGRATE_REQUEST_COUNT][FALLBACK_COUNT] = {
    [MIGRATE_MOVABLE] = {MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE},
    [MIGRATE_UNMOVABLE] = {MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE},
    [MIGRATE_RECLAIMABLE] = {MIGRATE_UNMOVABLE, MIGRATE_MOVABLE},
};

/* The first of the other types that has a run of exactly this order; else MIGRATE_TYPE_COUNT. */
static enum migrate_type find_at(const struct page_zone *zone, unsigned order,
                                 enum migrate_type type)
{
    for (unsigned i = 0; i < FALLBACK_COUNT; i++) {
        if (!list_is_empty(&zone->free_areas[free_area_index(fallbacks[type][i], order)].list)) {
            return fallbacks[type][i];
        }
    }
    return MIGRATE_TYPE_COUNT;
}

enum migrate_type fallback_find(const struct page_zone *zone, unsigned order,
                                enum migrate_type type)
{
    enum migrate_type other = MIGRATE_TYPE_COUNT;

    for (; order < ORDER_COUNT && other == MIGRATE_TYPE_COUNT; order++) {
        other = find_at(zone, order, type);
    }
    return other;
}

/* A run that covers blocks changes sides with all of them. */
static void claim_run(struct page_zone *zone, struct page *head, unsigned order,
                      enum migrate_type source, enum migrate_type type)
{
    buddy_unlist(zone, head, order, source);
    pageblock_mark(zone, zone_pfn(zone, head), order, type);
    buddy_push(zone, head, order, type);
}

static bool claim_block(struct page_zone *zone, const struct page *head, enum migrate_type type)
{
    uint32_t block = pageblock_of(zone, zone_pfn(zone, head));

    if (!pageblock_is_whole(zone, block)) {
        return false;
    }

    struct pageblock_use use = pageblock_count(zone, block, type);

    if (use.free + use.alike < order_pages(zone->block_order) / 2) {
        return false;
    }
    pageblock_set_type(zone, block, type);
    return true;
}

/* The first run of a foreign list, unless its word is damaged: then it is nobody's to claim. */
static bool claim_first(struct page_zone *zone, unsigned order, enum migrate_type source,
                        enum migrate_type type)
{
    struct free_area *area = &zone->free_areas[free_area_index(source, order)];
    struct page *head = container_of(list_first(&area->list), struct page, link);

    if (!buddy_run_is_free(zone, zone_pfn(zone, head), order)) {
        return false;
    }
    if (order >= zone->block_order) {
        claim_run(zone, head, order, source, type);
        return true;
    }
    return claim_block(zone, head, type);
}

bool fallback_claim(struct page_zone *zone, unsigned order, enum migrate_type type)
{
    unsigned least = type == MIGRATE_MOVABLE ? zone->block_order / 2 : 0;

    for (unsigned at = ORDER_COUNT; at-- > (order > least ? order : least);) {
        enum migrate_type source = find_at(zone, at, type);

        if (source != MIGRATE_TYPE_COUNT && claim_first(zone, at, source, type)) {
            return true;
        }
    }
    return false;
}
