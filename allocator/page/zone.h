/*
 * A zone: the frames of one arena, their descriptors and their free lists.
 *
 * Lock order: zone->lock is taken last; nothing else is taken while it is held.
 */
#ifndef ALLOCATOR_PAGE_ZONE_H
#define ALLOCATOR_PAGE_ZONE_H

#include <stddef.h>
#include <stdint.h>

#include "allocator/base/config.h"
#include "allocator/base/platform.h"
#include "allocator/page/page.h"

/* Free runs of one order. */
struct free_area {
    struct list_link list;
    uint32_t count;    /* runs on the list */
};

struct page_zone {
    /* Fixed after zone_init(). */
    unsigned char *arena;            /* first byte of frame 0, aligned to the largest run */
    struct page *pages;              /* page_count descriptors */
    uint32_t page_count;
    const struct heap_config *config;
    const struct platform *platform;

    /* Protected by lock. */
    struct world_lock lock;
    struct free_area free_areas[ORDER_COUNT];
    uint32_t free_page_count;        /* pages on the free lists */
    uint32_t isolated_page_count;    /* pages kept out of circulation for good */
    uint64_t fail_countdown;         /* allocations until one is failed on purpose; 0: never */
    uint64_t failure_count;          /* allocations that returned NULL so far */
};

/*
 * Makes all of the arena, config->page_count pages, free. arena, pages, config and platform are the
 * caller's and outlive the zone; pages is zero-filled, and the arena hidden, as platform->map()
 * returns them. O(pages / 1024).
 */
void zone_init(struct page_zone *zone, unsigned char *arena, struct page *pages,
               const struct heap_config *config, const struct platform *platform);

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

static inline struct page *zone_page(const struct page_zone *zone, pfn_t pfn)
{
    return &zone->pages[pfn];
}

static inline pfn_t zone_pfn(const struct page_zone *zone, const struct page *page)
{
    return (pfn_t)(page - zone->pages);
}

static inline void *zone_address(const struct page_zone *zone, const struct page *page)
{
    return zone->arena + ((size_t)zone_pfn(zone, page) << PAGE_SHIFT);
}

static inline bool zone_contains(const struct page_zone *zone, const void *address)
{
    uintptr_t offset = (uintptr_t)address - (uintptr_t)zone->arena;

    return offset < (size_t)zone->page_count << PAGE_SHIFT;
}

/* Descriptor of the frame an address lies in; zone_contains(zone, address) holds. */
static inline struct page *zone_page_at(const struct page_zone *zone, const void *address)
{
    return zone_page(zone, (pfn_t)(((uintptr_t)address - (uintptr_t)zone->arena) >> PAGE_SHIFT));
}

/* Head of the run that a frame belongs to; the frame itself if it is no tail. */
static inline struct page *zone_head(const struct page_zone *zone, struct page *page)
{
    struct page_state state = page_state(page);

    return state.kind == PAGE_TAIL ? zone_page(zone, state.head) : page;
}

/* Head of the run an address lies in, or NULL if it lies outside the arena. */
static inline struct page *zone_head_at(const struct page_zone *zone, const void *address)
{
    return zone_contains(zone, address) ? zone_head(zone, zone_page_at(zone, address)) : NULL;
}

#endif
