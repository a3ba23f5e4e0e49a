#include "allocator/page/guard.h"

#include "allocator/base/bits.h"

bool guard_set(struct page_zone *zone, struct page *head, unsigned order)
{
    struct page_state tail = {.kind = PAGE_TAIL, .head = zone_pfn(zone, head)};

    if (order >= zone->guard_order) {
        return false;
    }
    page_set_state(head, (struct page_state){.kind = PAGE_GUARD, .order = order});
    for (pfn_t index = 1; index < order_pages(order); index++) {
        page_set_state(head + index, tail);
    }
    zone->guard_page_count += order_pages(order);
    return true;
}

static bool is_guard(const struct page_zone *zone, pfn_t pfn, unsigned order)
{
    if (order >= zone->guard_order || !zone_has_frame(zone, pfn)) {
        return false;
    }

    struct page_state state = page_state(zone_page(zone, pfn));

    return state.kind == PAGE_GUARD && state.order == order;
}

bool guard_clear(struct page_zone *zone, pfn_t pfn, unsigned order)
{
    if (!is_guard(zone, pfn, order)) {
        return false;
    }
    for (pfn_t index = 0; index < order_pages(order); index++) {
        page_set_state(zone_page(zone, pfn + index), (struct page_state){.kind = PAGE_INTERIOR});
    }
    zone->guard_page_count -= order_pages(order);
    return true;
}
