/* Free lists and page totals. */
#include "allocator/base/bits.h"
#include "sanitizers/check_state.h"

/* The frame whose link this is, or page_count. */
static uint32_t link_pfn(const struct page_memory *memory, const struct list_link *link)
{
    return (uint32_t)view_index_at(link, &memory->pages[0].link, sizeof(struct page),
                                   memory->page_count);
}

/* The link is the head of this list or belongs to a free run in the zone that should be on it. */
static bool link_is_on_list(const struct kmem_heap *heap, const struct page_zone *zone,
                            const struct list_link *link, unsigned area)
{
    uint32_t pfn = link_pfn(&heap->memory, link);

    if (link == &zone->free_areas[area].list) {
        return true;
    }
    if (pfn == heap->memory.page_count || !zone_has_frame(zone, pfn)) {
        return false;
    }

    struct page_state state = view_page(heap, pfn);
    return state.kind == PAGE_FREE && free_area_index(state.type, state.order) == area;
}

static bool link_is_sound(const struct kmem_heap *heap, const struct page_zone *zone,
                          const struct list_link *link, unsigned area)
{
    return link_is_on_list(heap, zone, link->next, area) &&
           link_is_on_list(heap, zone, link->prev, area) && link->next->prev == link &&
           link->prev->next == link && link->next != link;
}

/* Runs of whole blocks merge if both types can be asked for, or both are of the reserve. */
static bool runs_merge(const struct page_zone *zone, struct page_state state,
                       struct page_state buddy)
{
    bool are_common = state.type <= MIGRATE_RECLAIMABLE && buddy.type <= MIGRATE_RECLAIMABLE;
    bool are_reserved = state.type == MIGRATE_HIGHATOMIC && buddy.type == MIGRATE_HIGHATOMIC;

    return buddy.kind == PAGE_FREE && buddy.order == state.order &&
           (state.order < zone->block_order || are_common || are_reserved);
}

static void check_buddies(struct heap_check *check, const struct page_zone *zone, pfn_t pfn,
                          struct page_state state)
{
    pfn_t buddy = pfn ^ order_pages(state.order);

    if (state.order < ORDER_MAX && zone_has_frame(zone, buddy)) {
        judge_that(check, !runs_merge(zone, state, view_page(check->heap, buddy)),
                   RULE_BUDDY_MERGED, &check->heap->memory.pages[pfn]);
    }
}

/* A run whose buddy is a guard of its order would have merged with it. */
static bool is_beside_guard(const struct heap_check *check, const struct page_zone *zone,
                            pfn_t pfn, unsigned order)
{
    pfn_t buddy = pfn ^ order_pages(order);
    struct page_state state = zone_has_frame(zone, buddy) ? view_page(check->heap, buddy)
                                                          : (struct page_state){.order = 0};

    return state.kind == PAGE_GUARD && state.order == order;
}

void judge_guard(struct heap_check *check, pfn_t pfn, struct page_state state)
{
    const struct kmem_heap *heap = check->heap;
    const struct page_zone *zone = &heap->memory.zones[view_zone_of(heap, pfn)];
    pfn_t buddy = pfn ^ order_pages(state.order);
    bool is_small = state.order < heap->config.guard_order && state.order < zone->block_order;
    bool is_alone = zone_has_frame(zone, buddy) &&
                    !(view_page(heap, buddy).kind == PAGE_FREE &&
                      view_page(heap, buddy).order == state.order) &&
                    !is_beside_guard(check, zone, pfn, state.order);

    judge_that(check, is_small && is_alone, RULE_GUARD_PLACE, &heap->memory.pages[pfn]);
}

void judge_free_run(struct heap_check *check, pfn_t pfn, struct page_state state)
{
    const struct kmem_heap *heap = check->heap;
    const struct page *page = &heap->memory.pages[pfn];
    const struct page_zone *zone = &heap->memory.zones[view_zone_of(heap, pfn)];
    unsigned area = free_area_index(state.type, state.order);

    judge_that(check, link_is_sound(heap, zone, &page->link, area), RULE_BUDDY_LISTED, page);
    check_buddies(check, zone, pfn, state);
    judge_that(check, !is_beside_guard(check, zone, pfn, state.order), RULE_GUARD_PLACE, page);
    for (pfn_t in_block = pfn; in_block < pfn + order_pages(state.order);
         in_block += order_pages(zone->block_order)) {
        judge_equal(check, RULE_BUDDY_BLOCK_TYPE, page, state.type,
                    view_block_type(heap, in_block));
    }
}

/* Stated a second time: each mark as a share of what is there, and what is left for devices. */
static void check_watermarks(struct heap_check *check, unsigned number)
{
    const struct heap_config *config = &check->heap->config;
    const struct page_zone *zone = &check->heap->memory.zones[number];
    uint32_t holes = view_hole_pages(check->heap, 0, config->page_count);
    uint64_t pages = view_present_pages(check->heap, zone);
    uint64_t least = pages * config->min_free_pages / (config->page_count - holes);
    uint64_t scaled = pages * config->watermark_scale / 10000;
    uint64_t step = scaled > least / 4 ? scaled : least / 4;
    uint64_t reserve = 0;

    if (zone->is_dma && config->lowmem_reserve_ratio != 0) {
        reserve = view_present_pages(check->heap, &zone[1]) / config->lowmem_reserve_ratio;
    }
    judge_equal(check, RULE_ZONE_WATERMARKS, zone, zone->watermarks[WATERMARK_MIN], least);
    judge_equal(check, RULE_ZONE_WATERMARKS, zone, zone->watermarks[WATERMARK_LOW], least + step);
    judge_equal(check, RULE_ZONE_WATERMARKS, zone, zone->watermarks[WATERMARK_HIGH],
                least + 2 * step);
    judge_equal(check, RULE_ZONE_WATERMARKS, zone, zone->lowmem_reserve, reserve);
}

void judge_zone_totals(struct heap_check *check, unsigned number, const struct page_totals *seen)
{
    const struct page_zone *zone = &check->heap->memory.zones[number];
    uint64_t all = seen->free_pages + seen->isolated_pages + seen->allocated_pages +
                   seen->guard_pages;

    for (unsigned cpu = 0; cpu < CPU_MAX; cpu++) {
        all += seen->cached_pages[cpu];
    }

    all += view_hole_pages(check->heap, zone->first, zone->end);
    judge_equal(check, RULE_PAGE_CONSERVED, zone, all, zone->end - zone->first);
    for (unsigned index = 0; index < FREE_AREA_COUNT; index++) {
        const struct free_area *area = &zone->free_areas[index];

        judge_equal(check, RULE_BUDDY_COUNT, area, area->count, seen->free_runs[index]);
    }
    for (unsigned type = 0; type < MIGRATE_TYPE_COUNT; type++) {
        judge_equal(check, RULE_BUDDY_TYPE_PAGES, zone, zone->type_page_counts[type],
                    seen->type_pages[type]);
    }
    judge_equal(check, RULE_BUDDY_FREE_PAGES, zone, zone->free_page_count, seen->free_pages);
    judge_equal(check, RULE_BUDDY_ISOLATED_PAGES, zone, zone->isolated_page_count,
                seen->isolated_pages);
    check_watermarks(check, number);
    judge_equal(check, RULE_GUARD_COUNT, zone, zone->guard_page_count, seen->guard_pages);
    if (zone->is_offline) {
        judge_equal(check, RULE_ZONE_OFFLINE, zone, seen->allocated_pages, 0);
    }
    check->items += ORDER_COUNT;
}

/*
 * Every element is a free run that belongs there, and there are as many as such runs: so each of
 * them is on its list once.
 */
static void check_free_list(struct heap_check *check, unsigned number, unsigned area)
{
    const struct kmem_heap *heap = check->heap;
    const struct page_zone *zone = &heap->memory.zones[number];
    const struct list_link *head = &zone->free_areas[area].list;
    const struct list_link *link = head;
    uint64_t limit = check->pages[number].free_runs[area];
    uint64_t length = 0;
    bool is_sound = true;

    do {
        is_sound = link_is_on_list(heap, zone, link->next, area) && link->next->prev == link;
        link = is_sound ? link->next : head;
        length += link != head;
    } while (link != head && length <= limit);

    check->items += length;
    judge_that(check, is_sound, RULE_BUDDY_LISTED, head);
    judge_equal(check, RULE_BUDDY_LISTED, head, length, limit);
}

void judge_free_lists(struct heap_check *check)
{
    for (unsigned zone = 0; zone < check->heap->memory.zone_count; zone++) {
        for (unsigned area = 0; area < FREE_AREA_COUNT; area++) {
            check_free_list(check, zone, area);
        }
    }
}
