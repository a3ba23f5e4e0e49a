/*
 * A zone: a range of frames, contiguous but for a hole, with free lists and a lock of its own.
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
#include "allocator/page/page_request.h"

/* Free runs of one order and type. */
struct free_area {
    struct list_link list;
    uint32_t count;    /* runs on the list */
};

enum { FREE_AREA_COUNT = MIGRATE_TYPE_COUNT * ORDER_COUNT };

/* The tables of the whole arena, by frame number. */
struct frame_tables {
    struct page *pages;              /* descriptors */
    unsigned char *blocks;           /* a byte for each pageblock, see pageblock.h */
    pfn_t end;                       /* frames of the arena */
    pfn_t hole_first;                /* [hole_first, hole_end) are not there; both may be beyond */
    pfn_t hole_end;                  /* the arena */
    unsigned block_order;            /* of a pageblock, log2 pages */
};

enum { PCP_ORDER_COUNT = 4, PCP_LIST_COUNT = MIGRATE_REQUEST_COUNT * PCP_ORDER_COUNT };

/* Runs that a CPU has at hand, by type and order, under its lock: pcp.h. */
struct page_pcp {
    struct world_lock lock;
    uint32_t count;                  /* pages on the lists */
    struct list_link lists[PCP_LIST_COUNT];    /* by pcp_list_index() */
};

struct page_zone {
    /* Fixed after zone_init(), but for the reserves, which are 0 until they are set. */
    struct page *pages;              /* the arena's tables, see above */
    unsigned char *blocks;
    unsigned block_order;
    pfn_t arena_end;
    pfn_t first;                     /* frames [first, end) are the zone's */
    pfn_t end;
    pfn_t hole_first;                /* [hole_first, hole_end) of these are not there; both are */
    pfn_t hole_end;                  /* end if all are */
    uint32_t node;                   /* the NUMA node it is part of */
    uint32_t watermarks[WATERMARK_COUNT];    /* free pages kept, see watermark.h */
    uint32_t lowmem_reserve;         /* more of them, for who must have pages of this zone */
    uint32_t reserve_max;            /* pages that reserve_pages may reach, see highatomic.h */
    unsigned guard_order;            /* smaller runs that a split leaves are guards: guard.h */
    bool is_dma;                     /* devices reach it; others come here last */

    /* Protected by lock. */
    struct world_lock lock;
    struct free_area free_areas[FREE_AREA_COUNT];    /* by free_area_index() */
    uint32_t free_page_count;        /* pages on the free lists */
    uint32_t type_page_counts[MIGRATE_TYPE_COUNT];   /* the same, of each type */
    uint32_t reserve_pages;          /* pages of the blocks in the reserve of larger runs */
    uint32_t isolated_page_count;    /* pages kept out of circulation for good */
    uint32_t guard_page_count;       /* pages that are guards */
    struct page_pcp pcps[CPU_MAX];   /* each under a lock of its own */
    uint64_t failure_count;          /* allocations that found no run, here last, and got NULL */
    bool is_offline;                 /* gives out nothing: its node was taken away */
    bool wants_balance;              /* somebody was served below the low watermark */
};

/*
 * Makes all frames of [first, end) that are there free and movable. The tables are zero-filled,
 * their owner's; the range is not empty, but may be all hole. O(pages / 1024 + frames of the hole).
 */
void zone_init(struct page_zone *zone, const struct frame_tables *tables, pfn_t first, pfn_t end,
               uint32_t node);

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

static inline unsigned free_area_index(enum migrate_type type, unsigned order)
{
    return (unsigned)type * ORDER_COUNT + order;
}

static inline unsigned pcp_list_index(enum migrate_type type, unsigned order)
{
    return (unsigned)type * PCP_ORDER_COUNT + order;
}

/* Frames between first and end that are not there. */
static inline uint32_t zone_hole_pages(const struct page_zone *zone)
{
    return zone->hole_end - zone->hole_first;
}

/* Frames that are there: what shares of a zone are shares of. */
static inline uint32_t zone_present_pages(const struct page_zone *zone)
{
    return zone->end - zone->first - zone_hole_pages(zone);
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
