#include "allocator/page/contig.h"

#include "allocator/base/compiler.h"
#include "allocator/base/errors.h"
#include "allocator/base/raw.h"
#include "allocator/page/buddy.h"
#include "allocator/page/isolate.h"
#include "allocator/page/page_alloc.h"
#include "allocator/page/page_check.h"
#include "allocator/page/page_map.h"
#include "allocator/page/page_owner.h"
#include "allocator/page/page_parts.h"
#include "allocator/page/page_ref.h"
#include "allocator/page/pageblock.h"

static bool range_is_free(const struct page_zone *zone, pfn_t first, pfn_t end)
{
    while (first < end) {
        unsigned order = 0;
        const struct page *run = buddy_free_run_at(zone, first, &order);

        if (run == NULL) {
            return false;
        }
        first = zone_pfn(zone, run) + order_pages(order);
    }
    return true;
}

/* Frames that are on no list become free again, in runs as large as fit. */
static void give_span(struct page_zone *zone, pfn_t first, pfn_t end)
{
    while (first < end) {
        unsigned order = buddy_largest_order(first, end);

        buddy_insert(zone, first, order);
        first += order_pages(order);
    }
}

/* Takes what lies in [first, end) of a free run. */
static void take_part(struct page_zone *zone, struct page *run, unsigned order, pfn_t first,
                      pfn_t end)
{
    pfn_t run_first = zone_pfn(zone, run);
    pfn_t run_end = run_first + order_pages(order);
    pfn_t taken_first = run_first > first ? run_first : first;
    pfn_t taken_end = run_end < end ? run_end : end;

    buddy_unlist(zone, run, order, pageblock_type(zone, run_first));
    give_span(zone, run_first, taken_first);
    for (pfn_t pfn = taken_first; pfn < taken_end; pfn++) {
        buddy_mark_taken(zone, zone_page(zone, pfn), 0);
    }
    give_span(zone, taken_end, run_end);
}

/*
 * All of the range, asked for as of a type, or nothing. The question and the taking are under one
 * lock: frees merge runs, and whoever ends the isolation lets others allocate.
 */
static bool take_range(struct page_zone *zone, pfn_t first, pfn_t end, enum migrate_type type)
{
    uint64_t irq_state = zone_lock(zone);
    bool is_free = !zone->is_offline && range_is_free(zone, first, end);

    for (pfn_t pfn = first; is_free && pfn < end;) {
        unsigned order = 0;
        struct page *run = buddy_free_run_at(zone, pfn, &order);

        pfn = zone_pfn(zone, run) + order_pages(order);
        take_part(zone, run, order, first, end);
    }
    for (pfn_t pfn = first; is_free && pfn < end; pfn++) {
        zone_page(zone, pfn)->asked_type = (uint8_t)type;
        zone_page(zone, pfn)->has_next = pfn + 1 < end;
    }
    zone_unlock(zone, irq_state);
    return is_free;
}

/* True if the page is as a free page should be; if not, it is reported and kept. */
static bool page_is_sound(struct page_memory *memory, struct page *page)
{
    struct report report;

    page_map(memory, page, 0);
    if (page_check_client(memory, page, 0, &report) &&
        (!memory->config->page_poison || page_check_poison(memory, page, 0, &report))) {
        return true;
    }
    page_send_report(memory, &report, STAGE_PAGE_ALLOC, ACTION_KEEP_PAGES);
    page_isolate(memory, page, 0);
    return false;
}

/* Verifies what was taken. If a page is damaged, the others are given back. */
static bool verify_range(struct page_memory *memory, pfn_t first, pfn_t end)
{
    bool is_sound = true;

    for (pfn_t pfn = first; pfn < end; pfn++) {
        is_sound &= page_is_sound(memory, memory_page(memory, pfn));
    }
    for (pfn_t pfn = first; !is_sound && pfn < end; pfn++) {
        if (page_state(memory_page(memory, pfn)).kind == PAGE_RUN) {
            page_free(memory, memory_page(memory, pfn), 0, PAGE_RUN);
        }
    }
    return is_sound;
}

NO_INLINE int page_alloc_contig(struct page_memory *memory, pfn_t first, pfn_t end, gfp_t gfp)
{
    if (first >= end || end > memory->page_count) {
        return HEAP_EINVAL;
    }

    struct page_zone *zone = zone_of_page(memory, memory_page(memory, first));
    int64_t isolated = end <= zone->end ? isolate_range(memory, first, end) : HEAP_EINVAL;

    if (isolated < 0) {
        return (int)isolated;
    }

    bool is_taken = take_range(zone, first, end, page_asked_type(memory, gfp));

    (void)unisolate_range(memory, first, end);
    if (!is_taken || !verify_range(memory, first, end)) {
        return HEAP_EBUSY;
    }
    if ((gfp & __GFP_ZERO) != 0 || memory->config->init_on_alloc) {
        raw_fill(memory_address(memory, memory_page(memory, first)),
                 (size_t)(end - first) << PAGE_SHIFT, 0);
    }
    for (pfn_t pfn = first; pfn < end; pfn++) {
        page_owner_allocated(memory, memory_page(memory, pfn), 0, gfp,
                             world_site(RETURN_ADDRESS()));
    }
    return HEAP_OK;
}

void page_free_contig(struct page_memory *memory, pfn_t first, pfn_t end)
{
    for (pfn_t pfn = first; pfn < end; pfn++) {
        page_release(memory, memory_page(memory, pfn), 0);
    }
}
