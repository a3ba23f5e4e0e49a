/* Page allocations that fail on purpose; for allocator/page/ alone. */
#ifndef ALLOCATOR_PAGE_PAGE_FAIL_H
#define ALLOCATOR_PAGE_PAGE_FAIL_H

#include "allocator/page/memory.h"
#include "allocator/page/page_request.h"

/*
 * By chance: the heap's fault says so, and the failure is counted. Who must not fail, or might
 * wait, is spared as that is set. May take the lock of zones[0].
 */
bool page_is_to_fail(struct page_memory *memory, unsigned order, gfp_t gfp);

/* As ordered by page_fail_nth(): counts down, and is true at the end. zones[0] is locked. */
bool page_failure_is_due(struct page_memory *memory);

#endif
