/* Free lists and page totals. */
#include "allocator/base/bits.h"
#include "sanitizers/check_state.h"

/* The frame whose link this is, or page_count. */
static uint32_t link_pfn(const struct page_memory *memory, const struct list_link *link)
{
    return (uint32_t)view_index_at(link, &memory->pages[0].link, sizeof(struct page),
                                   memory->page_count);
}

/* The link is the head of this order's list or belongs to a free run of the order in the zone. */
static bool link_is_on_list(const struct kmem_heap *heap, const struct page_zone *zone,
                            const struct list_link *link, unsigned order)
{
    uint32_t pfn = link_pfn(&heap->memory, link);

    if (link == &zone->free_areas[order].list) {
        return true;
    }
    if (pfn == heap->memory.page_count || !zone_has_frame(zone, pfn)) {
        return false;
    }

    struct page_state state = view_page(heap, pfn);
    return state.kind == PAGE_FREE && state.order == order;
}

static bool link_is_sound(const struct kmem_heap *heap, const struct page_zone *zone,
                          const struct list_link *link, unsigned order)
{
    return link_is_on_list(heap, zone, link->next, order) &&
           link_is_on_list(heap, zone, link->prev, order) && link->next->prev == link &&
           link->prev->next == link && link->next != link;
}

void judge_free_run(struct heap_check *check, pfn_t pfn, unsigned order)
{
    const struct kmem_heap *heap = check->heap;
    const struct page *page = &heap->memory.pages[pfn];
    const struct page_zone *zone = &heap->memory.zones[view_zone_of(heap, pfn)];
    pfn_t buddy = pfn ^ order_pages(order);

    judge_that(check, link_is_sound(heap, zone, &page->link, order), RULE_BUDDY_LISTED, page);
    if (order < ORDER_MAX && zone_has_frame(zone, buddy)) {
        struct page_state state = view_page(heap, buddy);

        judge_that(check, state.kind != PAGE_FREE || state.order != order, RULE_BUDDY_MERGED, page);
    }
}

void judge_zone_totals(struct heap_check *check, unsigned number, const struct page_totals *seen)
{
    const struct page_zone *zone = &check->heap->memory.zones[number];
    uint64_t all = seen->free_pages + seen->isolated_pages + seen->allocated_pages;

    judge_equal(check, RULE_PAGE_CONSERVED, zone, all, zone->end - zone->first);
    for (unsigned order = 0; order < ORDER_COUNT; order++) {
        const struct free_area *area = &zone->free_areas[order];

        judge_equal(check, RULE_BUDDY_COUNT, area, area->count, seen->free_runs[order]);
    }
    judge_equal(check, RULE_BUDDY_FREE_PAGES, zone, zone->free_page_count, seen->free_pages);
    judge_equal(check, RULE_BUDDY_ISOLATED_PAGES, zone, zone->isolated_page_count,
                seen->isolated_pages);
    check->items += ORDER_COUNT;
}

/*
 * Every element is a free run of the order, and there are as many as such runs: so each run is on
 * its list once.
 */
static void check_free_list(struct heap_check *check, unsigned number, unsigned order)
{
    const struct kmem_heap *heap = check->heap;
    const struct page_zone *zone = &heap->memory.zones[number];
    const struct list_link *head = &zone->free_areas[order].list;
    const struct list_link *link = head;
    uint64_t limit = check->pages[number].free_runs[order];
    uint64_t length = 0;
    bool is_sound = true;

    do {
        is_sound = link_is_on_list(heap, zone, link->next, order) && link->next->prev == link;
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
        for (unsigned order = 0; order < ORDER_COUNT; order++) {
            check_free_list(check, zone, order);
        }
    }
}
