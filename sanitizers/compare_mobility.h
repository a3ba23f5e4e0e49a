/*
 * The comparison for pages of types: what isolation and contiguous ranges come to. Stated from the
 * counters and frames of a quiet heap, apart from the allocator's own answer.
 */
#ifndef SANITIZERS_COMPARE_MOBILITY_H
#define SANITIZERS_COMPARE_MOBILITY_H

#include "allocator/page/memory.h"
#include "sanitizers/compare.h"

/* Frames [first, end), which may be any numbers. */
struct compare_range {
    uint32_t first;
    uint32_t end;
};

/* What an allocation of a range asked for, and what became of it. */
struct compare_contig {
    struct compare_range range;
    struct compare_request request;
    int expected;           /* what it deserves, if nobody else runs meanwhile */
    int result;
    bool found_damage;      /* reported in the same call */
};

/* True if the byte lies in a pageblock that is isolated. */
bool compare_is_isolated(const struct kmem_heap *heap, const void *byte);

/* True if each page of these bytes is a run of its own that somebody has. O(pages). */
bool compare_is_range(const struct kmem_heap *heap, const void *first, size_t size);

/* The pages of [first, first + size) are known as what these flags ask for. */
bool compare_is_of_type(const struct kmem_heap *heap, const void *first, size_t size, gfp_t gfp);

/* What was freed of size bytes when their owner left is at hand, if it is, as what he asked for. */
bool compare_rest_type(struct model *model, const struct model_object *object, size_t size);

/* Remembers the type of every block: an isolation or an allocation of a range begins. O(blocks). */
void compare_blocks_before(struct model *model);

/* Isolating a range, or ending that, gave result. */
bool compare_isolate(struct model *model, struct compare_range range, int64_t result);
bool compare_unisolate(struct model *model, struct compare_range range, int64_t result);

/* What the allocation of a range deserves, before it is made; and what it came to. O(pages). */
struct compare_contig compare_contig_request(const struct model *model, struct compare_range range,
                                             bool is_zeroed);
bool compare_contig(struct model *model, uint32_t slot, const struct compare_contig *contig);

#endif
