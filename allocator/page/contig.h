/*
 * Contiguous ranges: any frames in a row, neither a power of two nor aligned to one.
 *
 *     isolate the blocks -> all of the range free? -> take it -> end the isolation -> verify
 *
 * While its blocks are isolated nobody can take a page of the range, and what is freed in it stays
 * there. A free run that reaches beyond the range is split, and the rest stays free. The frames
 * taken are runs of order 0 (PAGE_RUN), each of them.
 */
#ifndef ALLOCATOR_PAGE_CONTIG_H
#define ALLOCATOR_PAGE_CONTIG_H

#include "allocator/base/flags.h"
#include "allocator/page/memory.h"

/*
 * Allocates the frames [first, end) of one zone. HEAP_OK, or HEAP_EINVAL for a range that
 * isolate_range() refuses or that lies in several zones; HEAP_EBUSY if one of its frames is not
 * free, one of its blocks isolated, or the zone offline, or damage was found in a free page: that
 * page is reported and kept out of circulation. gfp: __GFP_ZERO, and the type that the frames are
 * asked for as, which changes no block. The pages stay hidden. O(pages of the blocks).
 */
int page_alloc_contig(struct page_memory *memory, pfn_t first, pfn_t end, gfp_t gfp);

/* Frees them again, all or any range of them, as page_release() does each. O(pages). */
void page_free_contig(struct page_memory *memory, pfn_t first, pfn_t end);

#endif
