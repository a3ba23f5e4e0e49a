#include "allocator/page/buddy.h"

#include "allocator/base/bits.h"
#include "allocator/page/guard.h"
#include "allocator/page/pageblock.h"

static void set_free(struct page *page, unsigned order, enum migrate_type type)
{
    page_set_state(page, (struct page_state){.kind = PAGE_FREE, .order = order, .type = type});
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

static void count_added(struct page_zone *zone, unsigned order, enum migrate_type type)
{
    zone->free_areas[free_area_index(type, order)].count++;
    zone->free_page_count += order_pages(order);
    zone->type_page_counts[type] += order_pages(order);
}

void buddy_push(struct page_zone *zone, struct page *head, unsigned order, enum migrate_type type)
{
    set_free(head, order, type);
    list_push_front(&zone->free_areas[free_area_index(type, order)].list, &head->link);
    count_added(zone, order, type);
}

static void push_back(struct page_zone *zone, struct page *head, unsigned order,
                      enum migrate_type type)
{
    set_free(head, order, type);
    list_push_back(&zone->free_areas[free_area_index(type, order)].list, &head->link);
    count_added(zone, order, type);
}

bool buddy_run_is_free(const struct page_zone *zone, pfn_t pfn, unsigned order)
{
    if (!zone_has_frame(zone, pfn)) {
        return false;
    }

    const struct page *page = zone_page(zone, pfn);
    struct page_state state = page_state(page);
    return state.kind == PAGE_FREE && state.order == order && list_is_linked(&page->link);
}

struct page *buddy_free_run_at(const struct page_zone *zone, pfn_t pfn, unsigned *order)
{
    for (; *order <= ORDER_MAX; (*order)++) {
        pfn_t head = pfn & ~(order_pages(*order) - 1);

        if (buddy_run_is_free(zone, head, *order)) {
            return zone_page(zone, head);
        }
    }
    return NULL;
}

/* True if the run that pfn and its buddy would form has a free buddy itself. */
static bool parent_would_merge(const struct page_zone *zone, pfn_t pfn, unsigned order)
{
    pfn_t parent = pfn & ~order_pages(order);

    return order + 1 < ORDER_MAX &&
           buddy_run_is_free(zone, parent ^ order_pages(order + 1), order + 1);
}

unsigned buddy_largest_order(pfn_t first, pfn_t end)
{
    unsigned order = log2_floor(end - first);

    order = order < ORDER_MAX ? order : ORDER_MAX;
    while ((first & (order_pages(order) - 1)) != 0) {
        order--;
    }
    return order;
}

/* Frames that are all there become free, in runs as large as fit. */
static void init_span(struct page_zone *zone, pfn_t first, pfn_t end)
{
    while (first < end) {
        unsigned order = buddy_largest_order(first, end);

        push_back(zone, zone_page(zone, first), order, MIGRATE_MOVABLE);
        first += order_pages(order);
    }
}

void buddy_init(struct page_zone *zone)
{
    for (unsigned area = 0; area < FREE_AREA_COUNT; area++) {
        list_init(&zone->free_areas[area].list);
    }
    init_span(zone, zone->first, zone->hole_first);
    for (pfn_t pfn = zone->hole_first; pfn < zone->hole_end; pfn++) {
        page_set_state(zone_page(zone, pfn),
                       (struct page_state){.kind = PAGE_HOLE, .order = ORDER_COUNT});
    }
    init_span(zone, zone->hole_end, zone->end);
}

struct page *buddy_find(const struct page_zone *zone, unsigned order, enum migrate_type type,
                        unsigned *list_order)
{
    for (; order < ORDER_COUNT; order++) {
        struct list_link *first = list_first(&zone->free_areas[free_area_index(type, order)].list);

        if (first != NULL) {
            *list_order = order;
            return container_of(first, struct page, link);
        }
    }
    return NULL;
}

void buddy_unlist(struct page_zone *zone, struct page *head, unsigned list_order,
                  enum migrate_type list_type)
{
    list_remove(&head->link);
    zone->free_areas[free_area_index(list_type, list_order)].count--;
    zone->free_page_count -= order_pages(list_order);
    zone->type_page_counts[list_type] -= order_pages(list_order);
    set_interior(head);
}

void buddy_mark_taken(struct page_zone *zone, struct page *head, unsigned order)
{
    set_run(zone, head, order, PAGE_RUN);
}

void buddy_take_listed(struct page_zone *zone, struct page *head, unsigned list_order,
                       enum migrate_type list_type, unsigned order)
{
    buddy_unlist(zone, head, list_order, list_type);
    while (list_order > order) {
        list_order--;
        if (!guard_set(zone, head + order_pages(list_order), list_order)) {
            buddy_push(zone, head + order_pages(list_order), list_order, list_type);
        }
    }
    set_run(zone, head, order, PAGE_RUN);
}

struct page *buddy_take(struct page_zone *zone, unsigned order, enum migrate_type type)
{
    unsigned list_order;
    struct page *head = buddy_find(zone, order, type, &list_order);

    if (head != NULL) {
        buddy_take_listed(zone, head, list_order, type, order);
    }
    return head;
}

/* Blocks of which one is isolated, or one is reserved, do not share a run. */
static bool blocks_merge(enum migrate_type type, enum migrate_type other)
{
    return type == other ? type != MIGRATE_ISOLATE
                         : migrate_type_is_common(type) && migrate_type_is_common(other);
}

/* Inserts a run whose blocks are of one type; blocks that it merges with become of that type. */
static void insert_run(struct page_zone *zone, pfn_t pfn, unsigned order)
{
    enum migrate_type type = pageblock_type(zone, pfn);

    while (order < ORDER_MAX) {
        pfn_t buddy = pfn ^ order_pages(order);

        if (guard_clear(zone, buddy, order)) {
            pfn &= ~order_pages(order);
            order++;
            continue;
        }
        if (!buddy_run_is_free(zone, buddy, order)) {
            break;
        }

        enum migrate_type buddy_type = pageblock_type(zone, buddy);

        if (order >= zone->block_order && !blocks_merge(type, buddy_type)) {
            break;
        }
        /* Unlink before growing: no run may sit on two lists, even for an instant. */
        buddy_unlist(zone, zone_page(zone, buddy), order, buddy_type);
        if (buddy_type != type) {
            pageblock_mark(zone, buddy, order, type);
        }
        pfn &= ~order_pages(order);
        order++;
    }

    if (parent_would_merge(zone, pfn, order)) {
        push_back(zone, zone_page(zone, pfn), order, type);
    } else {
        buddy_push(zone, zone_page(zone, pfn), order, type);
    }
}

void buddy_insert(struct page_zone *zone, pfn_t pfn, unsigned order)
{
    pfn_t end = pfn + order_pages(order);
    unsigned piece = order < zone->block_order ? order : zone->block_order;

    for (; pfn < end; pfn += order_pages(piece)) {
        insert_run(zone, pfn, piece);
    }
}

void buddy_give(struct page_zone *zone, struct page *head)
{
    unsigned order = page_state(head).order;

    for (pfn_t index = 0; index < order_pages(order); index++) {
        set_interior(head + index);
    }
    buddy_insert(zone, zone_pfn(zone, head), order);
}

void buddy_isolate(struct page_zone *zone, struct page *head, unsigned order)
{
    set_run(zone, head, order, PAGE_ISOLATED);
    zone->isolated_page_count += order_pages(order);
}
