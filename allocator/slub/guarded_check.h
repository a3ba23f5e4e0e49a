/* The patterns of a guard pool's tiles: what they should hold, and reports of what they do not. */
#ifndef ALLOCATOR_SLUB_GUARDED_CHECK_H
#define ALLOCATOR_SLUB_GUARDED_CHECK_H

#include "allocator/cache/heap_state.h"

/*
 * Looks at the tile of an object that is about to be used: all of it should hold what the last free
 * left there. A tile that was never used is filled instead. The tile is the caller's alone.
 */
void guarded_check_unused(struct kmem_heap *heap, const struct guarded_object *object,
                          uint64_t site);

/* The same at the free of an object: all but its own bytes. */
void guarded_check_live(struct kmem_heap *heap, const struct guarded_object *object);

#endif
