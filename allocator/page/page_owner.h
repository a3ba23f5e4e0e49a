/*
 * Who had a page last: with config->page_owner each frame remembers its last allocation and its
 * last free, as tracks do for objects.
 *
 *     frame    0             1             2
 *            +-------------+-------------+-------------+
 *     alloc  | order 1, step 7, CPU 0    | order 0 ... |
 *     free   | step 5      | -           | step 9      |
 *            +-------------+-------------+-------------+
 *
 * A record belongs to whoever has the page: it is written before a run is handed out, and before it
 * is given up. A run that is split is as many allocations of its parts.
 */
#ifndef ALLOCATOR_PAGE_PAGE_OWNER_H
#define ALLOCATOR_PAGE_PAGE_OWNER_H

#include "allocator/base/flags.h"
#include "allocator/page/memory.h"

struct page_act {
    uint64_t site;     /* caller, as world_site() names it; 0: not known */
    uint64_t time;     /* as world_time() counts */
    gfp_t gfp;         /* of an allocation */
    uint8_t order;     /* of the run, log2 pages */
    uint8_t cpu;
    bool is_known;     /* false: it never happened */
};

struct page_owner {
    struct page_act alloc;
    struct page_act free;
    bool is_allocated;    /* the allocation came last; an act may be told later than it began */
};

/* The record of a frame, or NULL if none is kept. Stable while the caller has the page. O(1). */
static inline const struct page_owner *page_owner_of(const struct page_memory *memory,
                                                     const struct page *page)
{
    return memory->owners != NULL ? &memory->owners[memory_pfn(memory, page)] : NULL;
}

/* The run was allocated; is about to be freed; was split into runs of part_order. O(2^order). */
void page_owner_allocated(struct page_memory *memory, const struct page *head, unsigned order,
                          gfp_t gfp, uint64_t site);
void page_owner_freed(struct page_memory *memory, const struct page *head, unsigned order);
void page_owner_split(struct page_memory *memory, const struct page *head, unsigned order,
                      unsigned part_order);

#endif
