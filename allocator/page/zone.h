/*
 * A zone: a contiguous range of frames with free lists and a lock of its own.
 *
 * Where a zone begins and ends is up to the machine: neither need be a multiple of the largest run,
 * so the buddy of a run may lie in another zone, where it is none of this zone's business.
 *
 * Lock order: a zone's lock is taken last and alone; nothing else is taken while it is held, and no
 * two zones are locked at the same time.
 */
#ifndef ALLOCATOR_PAGE_ZONE_H
#define ALLOCATOR_PAGE_ZONE_H

#include "allocator/page/page.h"

/* Free runs of one order. */
struct free_area {
    struct list_link list;
    uint32_t count;    /* runs on the list */
};

struct page_zone {
    /* Fixed after zone_init(). */
    struct page *pages;              /* descriptors of the whole arena, by frame number */
    pfn_t first;                     /* frames [first, end) are the zone's */
    pfn_t end;
    uint32_t node;                   /* the NUMA node it is part of */

    /* Protected by lock. */
    struct world_lock lock;
    struct free_area free_areas[ORDER_COUNT];
    uint32_t free_page_count;        /* pages on the free lists */
    uint32_t isolated_page_count;    /* pages kept out of circulation for good */
    uint64_t failure_count;          /* allocations that found no run, here last, and got NULL */
};

/*
 * Makes all frames of [first, end) free. pages is the descriptor table of the arena, zero-filled,
 * its owner's; the range is not empty. O(pages / 1024).
 */
void zone_init(struct page_zone *zone, struct page *pages, pfn_t first, pfn_t end, uint32_t node);

/* Takes zone->lock, interrupts off. Returns what zone_unlock() needs. */
static inline uint64_t zone_lock(struct page_zone *zone)
{
    uint64_t irq_state = world_irq_save();

    world_lock(&zone->lock);
    return irq_state;
}

static inline void zone_unlock(struct page_zone *zone, uint64_t irq_state)
{
    world_unlock(&zone->lock);
    world_irq_restore(irq_state);
}

static inline bool zone_has_frame(const struct page_zone *zone, pfn_t pfn)
{
    return pfn >= zone->first && pfn < zone->end;
}

/* Descriptor of any frame of the arena, and back. */
static inline struct page *zone_page(const struct page_zone *zone, pfn_t pfn)
{
    return &zone->pages[pfn];
}

static inline pfn_t zone_pfn(const struct page_zone *zone, const struct page *page)
{
    return (pfn_t)(page - zone->pages);
}

#endif
