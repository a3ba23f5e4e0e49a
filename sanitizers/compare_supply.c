#include "sanitizers/compare_supply.h"

#include "allocator/base/bits.h"
#include "sanitizers/view.h"

struct supply_ask compare_least_ask(const struct compare_request *request, unsigned order)
{
    return (struct supply_ask){
        .order = order,
        .gfp = request->gfp,
        .mark = WATERMARK_MIN,
        .is_for_devices = request->wants_dma,
    };
}

struct supply_ask compare_plenty_ask(const struct compare_request *request, unsigned order)
{
    return (struct supply_ask){
        .order = order,
        .gfp = __GFP_NOMEMALLOC,
        .mark = WATERMARK_LOW,
        .is_for_devices = request->wants_dma,
    };
}

bool compare_keeps_pages(const struct kmem_heap *heap)
{
    const struct heap_config *config = &heap->config;

    return config->min_free_pages != 0 || config->watermark_scale != 0 ||
           config->lowmem_reserve_ratio != 0;
}

struct model_supply compare_supply(const struct page_zone *zone)
{
    const uint32_t *pages = zone->type_page_counts;
    uint32_t cached = view_cached_of(zone);
    struct model_supply supply = {
        .lowmem_reserve = zone->lowmem_reserve,
        .common_pages =
            pages[MIGRATE_MOVABLE] + pages[MIGRATE_UNMOVABLE] + pages[MIGRATE_RECLAIMABLE],
        .reserve_pages = pages[MIGRATE_HIGHATOMIC],
        .cached_pages = cached != 0 ? cached + zone->guard_page_count : 0,
    };

    for (unsigned mark = 0; mark < WATERMARK_COUNT; mark++) {
        supply.watermarks[mark] = zone->watermarks[mark];
    }
    return supply;
}

struct model_supply compare_supply_before(const struct model *model, unsigned zone)
{
    const struct page_zone *present = &model->heap->memory.zones[zone];
    struct model_supply supply = model->before.supplies[zone];

    if (view_cached_of(present) == present->pcps[world_cpu()].count) {
        supply.common_pages += supply.cached_pages;
    }
    return supply;
}

/* Who cannot wait, and was not told to keep off. */
static bool is_urgent(gfp_t gfp)
{
    return (gfp & (__GFP_DIRECT_RECLAIM | __GFP_NOMEMALLOC)) == 0;
}

bool compare_supply_allows(const struct model_supply *supply, const struct supply_ask *ask)
{
    bool is_high = (ask->gfp & __GFP_HIGH) != 0;
    bool is_boundless = (ask->gfp & (__GFP_MEMALLOC | __GFP_NOMEMALLOC)) == __GFP_MEMALLOC;
    int64_t minimum = supply->watermarks[ask->mark];
    int64_t left = (int64_t)supply->common_pages + 1 - (int64_t)order_pages(ask->order);

    left += is_high || is_urgent(ask->gfp) ? supply->reserve_pages : 0;
    minimum -= is_high ? minimum / 2 : 0;
    minimum -= is_high && is_urgent(ask->gfp) ? minimum / 4 : 0;
    minimum += ask->is_for_devices ? 0 : supply->lowmem_reserve;
    return minimum == 0 || is_boundless || left > minimum;
}

bool compare_supply_is_balanced(const struct model_supply *supply)
{
    return supply->watermarks[WATERMARK_HIGH] == 0 ||
           supply->common_pages > supply->watermarks[WATERMARK_HIGH];
}

static bool zone_has_run(const struct page_zone *zone, unsigned order, enum migrate_type type)
{
    for (; order <= ORDER_MAX; order++) {
        if (zone->free_areas[free_area_index(type, order)].count != 0) {
            return true;
        }
    }
    return false;
}

/* Who can wait gets what was reserved for others, so nothing of that may be left when he fails. */
bool compare_zone_can_supply(const struct page_zone *zone, const struct supply_ask *ask)
{
    struct model_supply supply = compare_supply(zone);

    if ((ask->gfp & __GFP_DIRECT_RECLAIM) != 0 && supply.reserve_pages != 0) {
        return true;
    }
    return compare_supply_allows(&supply, ask) &&
           (zone_has_run(zone, ask->order, MIGRATE_MOVABLE) ||
            zone_has_run(zone, ask->order, MIGRATE_UNMOVABLE) ||
            zone_has_run(zone, ask->order, MIGRATE_RECLAIMABLE) ||
            (is_urgent(ask->gfp) && zone_has_run(zone, ask->order, MIGRATE_HIGHATOMIC)));
}
