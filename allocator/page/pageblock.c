#include "allocator/page/pageblock.h"

#include "allocator/page/buddy.h"

/* Frames of a block that are the zone's: all of them, but for those beyond the arena. */
static pfn_t block_end(const struct page_zone *zone, uint32_t block)
{
    pfn_t end = pageblock_first(zone, block + 1);

    return end < zone->end ? end : zone->end;
}

bool pageblock_is_whole(const struct page_zone *zone, uint32_t block)
{
    pfn_t first = pageblock_first(zone, block);
    pfn_t end = pageblock_first(zone, block + 1);

    return first >= zone->first && first < zone->end &&
           (end <= zone->end || zone->end == zone->arena_end);
}

void pageblock_mark(struct page_zone *zone, pfn_t pfn, unsigned order, enum migrate_type type)
{
    pfn_t end = pfn + order_pages(order);

    for (; pfn < end; pfn += order_pages(zone->block_order)) {
        zone->blocks[pageblock_of(zone, pfn)] = (unsigned char)type;
    }
}

pfn_t pageblock_run_end(const struct page_zone *zone, pfn_t pfn)
{
    struct page_state state = page_state(zone_page(zone, pfn));
    pfn_t head = pfn;

    if (state.kind == PAGE_TAIL) {
        head = state.head;
        state = page_state(zone_page(zone, head));
    }
    return state.order <= ORDER_MAX ? head + order_pages(state.order) : pfn + 1;
}

/* The free run that covers a block, or more than that block; NULL if there is none. */
static struct page *find_cover(const struct page_zone *zone, uint32_t block, unsigned *order)
{
    for (*order = zone->block_order; *order <= ORDER_MAX; (*order)++) {
        pfn_t pfn = pageblock_first(zone, block) & ~(order_pages(*order) - 1);

        if (buddy_run_is_free(zone, pfn, *order)) {
            return zone_page(zone, pfn);
        }
    }
    return NULL;
}

/* Runs smaller than a block neither merge nor part when it changes. */
static uint32_t move_parts(struct page_zone *zone, uint32_t block, enum migrate_type source,
                           enum migrate_type target)
{
    pfn_t end = block_end(zone, block);
    uint32_t moved = 0;

    for (pfn_t pfn = pageblock_first(zone, block); pfn < end;) {
        struct page *page = zone_page(zone, pfn);
        struct page_state state = page_state(page);

        if (state.kind == PAGE_FREE && buddy_run_is_free(zone, pfn, state.order)) {
            buddy_unlist(zone, page, state.order, source);
            buddy_push(zone, page, state.order, target);
            moved += order_pages(state.order);
        }
        pfn = pageblock_run_end(zone, pfn);
    }
    return moved;
}

static uint32_t change(struct page_zone *zone, uint32_t block, unsigned value)
{
    enum migrate_type source = pageblock_type(zone, pageblock_first(zone, block));
    unsigned order;
    struct page *cover = find_cover(zone, block, &order);

    if (cover == NULL) {
        zone->blocks[block] = (unsigned char)value;
        return move_parts(zone, block, source,
                          pageblock_type(zone, pageblock_first(zone, block)));
    }
    /* It comes apart where the types differ now, and may merge where they no longer do. */
    buddy_unlist(zone, cover, order, source);
    zone->blocks[block] = (unsigned char)value;
    buddy_insert(zone, zone_pfn(zone, cover), order);
    return order_pages(zone->block_order);
}

uint32_t pageblock_set_type(struct page_zone *zone, uint32_t block, enum migrate_type type)
{
    return change(zone, block, (zone->blocks[block] & PAGEBLOCK_ISOLATED) | (unsigned)type);
}

uint32_t pageblock_isolate(struct page_zone *zone, uint32_t block)
{
    return change(zone, block, zone->blocks[block] | PAGEBLOCK_ISOLATED);
}

uint32_t pageblock_unisolate(struct page_zone *zone, uint32_t block)
{
    return change(zone, block, zone->blocks[block] & ~PAGEBLOCK_ISOLATED);
}

/* Pages of [pfn, end) in the run that pfn lies in are counted as what they are. */
static void count_run(const struct page_zone *zone, pfn_t pfn, uint32_t count,
                      enum migrate_type type, struct pageblock_use *use)
{
    const struct page *page = zone_page(zone, pfn);
    struct page_state state = page_state(page);

    if (state.kind == PAGE_TAIL) {
        page = zone_page(zone, state.head);
    }
    if (state.kind == PAGE_FREE || state.kind == PAGE_GUARD) {
        use->free += count;
    } else if (page->asked_type == type && state.kind != PAGE_HOLE) {
        use->alike += count;
    } else {
        use->other += count;
    }
}

struct pageblock_use pageblock_count(const struct page_zone *zone, uint32_t block,
                                     enum migrate_type type)
{
    pfn_t end = block_end(zone, block);
    struct pageblock_use use = {.free = 0};

    for (pfn_t pfn = pageblock_first(zone, block); pfn < end;) {
        pfn_t next = pageblock_run_end(zone, pfn);

        next = next < end ? next : end;
        count_run(zone, pfn, next - pfn, type, &use);
        pfn = next;
    }
    return use;
}
