/*
 * Runs that several holders share: each has a reference, and the last one to let go frees the run.
 *
 *     holder 1    page_alloc -------------------- page_release(order 2)
 *     holder 2                 page_get                                   page_put
 *                              references 1       |                       |
 *       compound run           order 2            references 0            all four pages free
 *       any other run          order 2            order 0, the three      the first page free
 *                                                 behind it are free
 *
 * What is counted are the holders besides the first, in the state word of the head: a run that
 * nobody shares costs nothing, a free page has no references, and whether a reference is dropped or
 * the run ends is decided by one CAS. Whoever let go must not look at the run again: it may be
 * somebody else's.
 *
 * Only heads of PAGE_RUN are shared. Of a run that is not compound only the first page outlives its
 * owner: others look at that page, and nobody ever told them of those behind it.
 */
#ifndef ALLOCATOR_PAGE_PAGE_REF_H
#define ALLOCATOR_PAGE_PAGE_REF_H

#include "allocator/page/memory.h"

/*
 * One more holder, or count more, of a run that the caller holds. False, and nothing changed, if
 * head heads no run, or there are too many. O(1), without a lock.
 */
bool page_get(struct page *head);
bool page_get_many(struct page *head, uint32_t count);

/* One holder less. The last one frees the run; a page that heads none is reported. */
void page_put(struct page_memory *memory, struct page *head);

/*
 * The holder who allocated the run lets go of it: as page_free() of a PAGE_RUN, if nobody else
 * holds it; if somebody does, as drawn above. Takes zone->lock.
 */
void page_release(struct page_memory *memory, struct page *head, unsigned order);

/*
 * The caller lets go of count references at once. If those were all, it keeps one, is alone with
 * the run and gets true. If there are not so many, somebody let go of what was not his: that is
 * reported, and the run kept out of circulation, whoever else believes to hold it. O(1), without
 * a lock but for that.
 */
bool page_drop_many(struct page_memory *memory, struct page *head, uint32_t count);

/*
 * Makes an unshared run of 2^order pages as many runs of one page, all the caller's. False, and a
 * report, if there is no such run or it is compound. O(2^order); takes zone->lock.
 *
 * Each but the final one has a next one: page->has_next. Whoever gives back the pages behind one
 * says so there.
 */
bool page_split(struct page_memory *memory, struct page *head, unsigned order);

#endif
