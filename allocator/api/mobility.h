/*
 * Ranges of frames: taken out of reach block by block, and allocated as a whole.
 *
 * A range is [first, end) by frame number, 0 being the first page of the arena. HEAP_EINVAL: it is
 * empty, reaches beyond the arena, or touches a block that lies in two zones.
 */
#ifndef ALLOCATOR_API_MOBILITY_H
#define ALLOCATOR_API_MOBILITY_H

#include <stdint.h>

#include "allocator/base/errors.h"
#include "allocator/base/flags.h"

struct kmem_heap;

/*
 * Isolates the pageblocks that the range touches: nothing is allocated from them any more, and what
 * is freed stays there. Returns the number of free pages in them; HEAP_EBUSY, and nothing changed,
 * if one of them is isolated already. O(pages of the blocks).
 */
int64_t heap_isolate_pages(struct kmem_heap *heap, uint32_t first, uint32_t end);

/* Ends that for those that are isolated. Returns the number of free pages in them. */
int64_t heap_unisolate_pages(struct kmem_heap *heap, uint32_t first, uint32_t end);

/*
 * Allocates exactly these frames, of one zone: HEAP_OK, or HEAP_EBUSY if one of them is not free or
 * damaged, or in an isolated block. __GFP_ZERO: they read zero. O(pages of the blocks).
 */
int heap_alloc_contig(struct kmem_heap *heap, uint32_t first, uint32_t end, gfp_t gfp);

/*
 * Frees frames of such a range, all or some of them, each as heap_free_pages() does: what is no
 * page of its own is reported, and a page that others hold is left to them.
 */
void heap_free_contig(struct kmem_heap *heap, uint32_t first, uint32_t end);

#endif
