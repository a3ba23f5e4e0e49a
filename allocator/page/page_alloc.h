/*
 * Runs of pages for everybody above: the buddy lists plus what must happen to the pages themselves.
 *
 * A free page is hidden from users and, with config->page_poison, holds PAGE_POISON_BYTE, which is
 * verified when it is allocated; a page of the arena that was never allocated holds no poison yet.
 * Allocated runs are compound: each frame behind the head names it.
 *
 *     page_alloc:  inject failure? -> buddy_take -> verify -> zero or leave -> kind
 *     page_free:   verify -> poison or zero or leave -> hide -> buddy_give
 *
 * A run found corrupt is reported and kept out of circulation (PAGE_ISOLATED): pages are cheaper to
 * lose than to hand out twice. What is looked at:
 *
 *     BAD_PAGE_STATE    a free run whose state word is not what its list says; a client word other
 *                       than 0 in a run handed out or freed; a tail that does not name its head
 *     PAGE_POISON       a page written while it was free; PAGE_POISON_BIT if one bit is off
 *     BAD_PAGE_FREE     a free of what is not an allocated run of that kind and order
 *
 * Reports are sent without a lock.
 */
#ifndef ALLOCATOR_PAGE_PAGE_ALLOC_H
#define ALLOCATOR_PAGE_PAGE_ALLOC_H

#include "allocator/base/flags.h"
#include "allocator/page/memory.h"

/* What is asked for. */
struct page_ask {
    unsigned order;
    gfp_t gfp;
    enum page_kind kind;
    uint32_t node;
    uint64_t site;    /* who asks, as world_site() names it; 0: whoever calls */
};

/*
 * Allocates a run of 2^order pages, naturally aligned, and marks it as kind (RUN, SLAB or LARGE).
 *
 * gfp    __GFP_ZERO: the pages read zero, whatever they held. config->init_on_alloc asks the same
 *        for RUN and LARGE (a slab zeroes object by object). __GFP_COMP: a RUN of several pages is
 *        compound (page_ref.h).
 *
 * The nearest zone that has such a run gives it: near the CPU that asks, or near ask.node,
 * which is below NODE_MAX. Of gfp count, besides: __GFP_THISNODE, no other node's zones; __GFP_DMA
 * and __GFP_DMA32, no zone but what devices reach, if there is one.
 *
 * The pages stay hidden from users: the caller shows what it hands out. NULL if order is above
 * ORDER_MAX, no free run of such a zone is large enough, or failure was injected; failure_count
 * then grew by one. A run that fails verification is reported, isolated, and another one is tried.
 * O(2^order); takes the lock of one zone after the other.
 */
struct page *page_alloc(struct page_memory *memory, unsigned order, gfp_t gfp, enum page_kind kind);
struct page *page_alloc_node(struct page_memory *memory, struct page_ask ask);

enum { PAGE_ALLOC_SOME_MAX = 16, PAGE_ALLOC_SOME_REFUSED = -1 };

/*
 * Takes single pages at once, as many as are easily had of the first zone that may serve: count, or
 * PAGE_ALLOC_SOME_MAX, or fewer. Each is as page_alloc_node() gives it for ask, of order 0, but
 * nothing is taken that is kept back, whoever asks; and not getting any is no failure. Returns how
 * many there are; PAGE_ALLOC_SOME_REFUSED: none, because failure was injected, and failure_count
 * grew by one. Takes zone->lock.
 */
int page_alloc_some(struct page_memory *memory, const struct page_ask *ask, size_t count,
                    struct page **pages);

/*
 * Frees a run of 2^order pages that page_alloc() marked as kind.
 *
 * A page that heads no run of that kind and order, or lies outside the descriptor table, is
 * reported as BAD_PAGE_FREE and nothing changes. A client word or a damaged tail is reported as
 * BAD_PAGE_STATE and the run is isolated, its contents left alone but hidden.
 * O(2^order); takes zone->lock. Two CPUs that free one run at the same time are not told apart.
 */
void page_free(struct page_memory *memory, struct page *head, unsigned order, enum page_kind kind);

/*
 * Takes an allocated run out of circulation for good: somebody above found it corrupt. O(2^order);
 * takes zone->lock.
 */
void page_isolate(struct page_memory *memory, struct page *head, unsigned order);

/*
 * Fails the nth allocation from now on, once: 1 is the next one, 0 takes the order back. A call of
 * page_alloc() counts once, however many runs it tries; one that is served from what a CPU has at
 * hand does not count. Takes the lock of zones[0].
 */
void page_fail_nth(struct page_memory *memory, uint64_t nth);

#endif
