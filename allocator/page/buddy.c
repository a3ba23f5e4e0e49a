#include "allocator/page/buddy.h"

#include "allocator/base/bits.h"

static void set_free(struct page *page, unsigned order)
{
    page_set_state(page, (struct page_state){.kind = PAGE_FREE, .order = order});
}

static void set_interior(struct page *page)
{
    page_set_state(page, (struct page_state){.kind = PAGE_INTERIOR});
}

/* Marks the frames of a run as allocated: kind for the head, PAGE_TAIL behind it. */
static void set_run(struct page_zone *zone, struct page *head, unsigned order, enum page_kind kind)
{
    struct page_state tail = {.kind = PAGE_TAIL, .head = zone_pfn(zone, head)};

    page_set_state(head, (struct page_state){.kind = kind, .order = order});
    for (pfn_t index = 1; index < order_pages(order); index++) {
        page_set_state(head + index, tail);
    }
}

static void count_added(struct page_zone *zone, unsigned order)
{
    zone->free_areas[order].count++;
    zone->free_page_count += order_pages(order);
}

static void push_front(struct page_zone *zone, struct page *head, unsigned order)
{
    set_free(head, order);
    list_push_front(&zone->free_areas[order].list, &head->link);
    count_added(zone, order);
}

static void push_back(struct page_zone *zone, struct page *head, unsigned order)
{
    set_free(head, order);
    list_push_back(&zone->free_areas[order].list, &head->link);
    count_added(zone, order);
}

/*
 * True if pfn heads a free run of this order in the zone; any frame number will do. A damaged word
 * may claim so for a frame that is on no list: such a frame is left alone.
 */
static bool run_is_free(const struct page_zone *zone, pfn_t pfn, unsigned order)
{
    if (!zone_has_frame(zone, pfn)) {
        return false;
    }

    const struct page *page = zone_page(zone, pfn);
    struct page_state state = page_state(page);
    return state.kind == PAGE_FREE && state.order == order && list_is_linked(&page->link);
}

/* True if the run that pfn and its buddy would form has a free buddy itself. */
static bool parent_would_merge(const struct page_zone *zone, pfn_t pfn, unsigned order)
{
    pfn_t parent = pfn & ~order_pages(order);

    return order + 1 < ORDER_MAX && run_is_free(zone, parent ^ order_pages(order + 1), order + 1);
}

/* The largest run that starts at pfn, a multiple of its size, and ends in the zone. */
static unsigned largest_order_at(const struct page_zone *zone, pfn_t pfn)
{
    unsigned order = log2_floor(zone->end - pfn);

    order = order < ORDER_MAX ? order : ORDER_MAX;
    while ((pfn & (order_pages(order) - 1)) != 0) {
        order--;
    }
    return order;
}

void buddy_init(struct page_zone *zone)
{
    for (unsigned order = 0; order < ORDER_COUNT; order++) {
        list_init(&zone->free_areas[order].list);
    }

    for (pfn_t pfn = zone->first; pfn < zone->end;) {
        unsigned order = largest_order_at(zone, pfn);

        push_back(zone, zone_page(zone, pfn), order);
        pfn += order_pages(order);
    }
}

struct page *buddy_find(const struct page_zone *zone, unsigned order, unsigned *list_order)
{
    for (; order < ORDER_COUNT; order++) {
        struct list_link *first = list_first(&zone->free_areas[order].list);

        if (first != NULL) {
            *list_order = order;
            return container_of(first, struct page, link);
        }
    }
    return NULL;
}

void buddy_unlist(struct page_zone *zone, struct page *head, unsigned list_order)
{
    list_remove(&head->link);
    zone->free_areas[list_order].count--;
    zone->free_page_count -= order_pages(list_order);
    set_interior(head);
}

struct page *buddy_take(struct page_zone *zone, unsigned order)
{
    unsigned left_order;
    struct page *head = buddy_find(zone, order, &left_order);

    if (head == NULL) {
        return NULL;
    }

    buddy_unlist(zone, head, left_order);
    while (left_order > order) {
        left_order--;
        push_front(zone, head + order_pages(left_order), left_order);
    }
    set_run(zone, head, order, PAGE_RUN);
    return head;
}

void buddy_give(struct page_zone *zone, struct page *head)
{
    unsigned order = page_state(head).order;
    pfn_t pfn = zone_pfn(zone, head);

    for (pfn_t index = 0; index < order_pages(order); index++) {
        set_interior(head + index);
    }
    while (order < ORDER_MAX && run_is_free(zone, pfn ^ order_pages(order), order)) {
        /* Unlink before growing: no run may sit on two lists, even for an instant. */
        buddy_unlist(zone, zone_page(zone, pfn ^ order_pages(order)), order);
        pfn &= ~order_pages(order);
        order++;
    }

    if (parent_would_merge(zone, pfn, order)) {
        push_back(zone, zone_page(zone, pfn), order);
    } else {
        push_front(zone, zone_page(zone, pfn), order);
    }
}

void buddy_isolate(struct page_zone *zone, struct page *head, unsigned order)
{
    set_run(zone, head, order, PAGE_ISOLATED);
    zone->isolated_page_count += order_pages(order);
}
