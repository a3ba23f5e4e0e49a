/*
 * The frame descriptor: one per page of the arena, in one table.
 *
 *     frame    0        1          2         3        4 ...
 *            +--------+----------+---------+--------+-------
 *     kind   | SLAB   | TAIL     | FREE    | INTE-  | RUN
 *            | order 1| head 0   | order 1 | RIOR   | order 0
 *            +--------+----------+---------+--------+-------
 *
 * Kind, order, type and head are one packed word, written only through page_set_state() under
 * zone->lock or by the owner of an allocated run, and by the holders of one that is shared
 * (page_ref.h). A zero-filled descriptor is PAGE_INTERIOR, so the table of a large fresh arena
 * needs no initialisation beyond the heads of its free runs.
 */
#ifndef ALLOCATOR_PAGE_PAGE_H
#define ALLOCATOR_PAGE_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator/base/list.h"
#include "allocator/base/params.h"
#include "allocator/base/world.h"
#include "allocator/page/migrate_type.h"

/* Frame number: index of a page in its arena. */
typedef uint32_t pfn_t;

enum page_kind {
    PAGE_INTERIOR,    /* of a free run, behind its head */
    PAGE_FREE,        /* head of a free run, on the free list of its order */
    PAGE_RUN,         /* head of a run given out by alloc_pages() */
    PAGE_SLAB,        /* head of a run that is a slab */
    PAGE_LARGE,       /* head of a run that is one large kmalloc object */
    PAGE_TAIL,        /* of a run that is not free, behind its head */
    PAGE_ISOLATED,    /* head of a run kept out of circulation because it was found corrupt */
    PAGE_CACHED,      /* head of a run on a CPU's list: pcp.h */
    PAGE_GUARD,       /* head of a run that is kept unused beside an allocated one: guard.h */
    PAGE_HOLE,        /* there is no such frame: nothing is known of it, and nothing done to it */
    PAGE_KIND_COUNT
};

struct page_state {
    enum page_kind kind;
    unsigned order;            /* of the run this frame heads, log2 pages; HOLE: none, ORDER_COUNT,
                                  so that nobody takes it for a page; else 0 */
    enum migrate_type type;    /* of the list a FREE or CACHED run is on; 0 for any other kind */
    pfn_t head;                /* head of the run a TAIL belongs to; 0 for every other kind */
    bool is_compound;          /* RUN: freed as a whole, by whoever lets go of it last */
    uint32_t references;       /* RUN: holders besides the first; CACHED: the CPU; else 0 */
};

struct page {
    struct world_word state;
    struct list_link link;    /* PAGE_FREE: free list of order and type, under zone->lock;
                                 PAGE_CACHED: list of a CPU, under pcp->lock */
    uint64_t object_size;     /* PAGE_LARGE, and first page of a view (api/kvmalloc.h):
                                 bytes requested, owner only */
    uint64_t client;          /* owner's own word; must be 0 again when the run is freed */
    uint8_t asked_type;       /* head of an allocated run: what was asked for, under zone->lock */
    bool has_next;            /* single page: the one behind it was allocated with it; owner only */
    bool poisoned;            /* while free: was filled with poison; a fresh page was not */
    bool mapped;              /* with debug_pagealloc: page_map.h */
};

/* A tail has no references, and nothing else has a head: they share their bits. */
static inline uint64_t page_state_pack(struct page_state state)
{
    uint64_t upper = state.kind == PAGE_TAIL ? state.head : state.references;

    return (uint64_t)state.kind | (uint64_t)state.order << 8 | (uint64_t)state.is_compound << 16 |
           (uint64_t)state.type << 24 | upper << 32;
}

static inline struct page_state page_state_unpack(uint64_t word)
{
    enum page_kind kind = (enum page_kind)(word & 0xff);
    uint32_t upper = (uint32_t)(word >> 32);

    return (struct page_state){
        .kind = kind,
        .order = (unsigned)(word >> 8 & 0xff),
        .type = (enum migrate_type)(word >> 24 & 0xff),
        .is_compound = (word >> 16 & 1) != 0,
        .head = kind == PAGE_TAIL ? upper : 0,
        .references = kind == PAGE_TAIL ? 0 : upper,
    };
}

static inline struct page_state page_state(const struct page *page)
{
    return page_state_unpack(world_load(&page->state));
}

static inline void page_set_state(struct page *page, struct page_state state)
{
    world_store(&page->state, page_state_pack(state));
}

/* True for the head of a run that somebody owns. */
static inline bool page_kind_is_allocated(enum page_kind kind)
{
    return kind == PAGE_RUN || kind == PAGE_SLAB || kind == PAGE_LARGE;
}

#endif
