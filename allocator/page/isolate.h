/*
 * Isolation: pageblocks that nobody gets pages from.
 *
 * Pages in use stay in use; when freed they join the free pages of the block on the isolate lists,
 * and merge no further than the block. So a range that is isolated becomes free in time.
 *
 * A range of frames means all blocks that it touches. It is at fault (HEAP_EINVAL) if it is empty,
 * reaches beyond the arena, or touches a block that lies in two zones.
 */
#ifndef ALLOCATOR_PAGE_ISOLATE_H
#define ALLOCATOR_PAGE_ISOLATE_H

#include "allocator/page/memory.h"

/*
 * Isolates the blocks of [first, end): all of them, or none and HEAP_EBUSY if one is isolated
 * already. Returns how many free pages are out of reach now. Takes the lock of their zone for each
 * block. O(pages of the blocks).
 */
int64_t isolate_range(struct page_memory *memory, pfn_t first, pfn_t end);

/*
 * Ends the isolation of those blocks that are isolated; their types are what they were. Returns
 * how many free pages are within reach again. O(pages of the blocks).
 */
int64_t unisolate_range(struct page_memory *memory, pfn_t first, pfn_t end);

#endif
