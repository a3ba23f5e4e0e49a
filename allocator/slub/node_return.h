/* Slabs on their way from a CPU back to the node, or to the page layer. */
#ifndef ALLOCATOR_SLUB_NODE_RETURN_H
#define ALLOCATOR_SLUB_NODE_RETURN_H

#include "allocator/cache/cache.h"

/*
 * Moves a stack of CPU partial slabs, linked by cpu_next, to the partial lists of their nodes and
 * discards those that are empty and unwanted. No node->lock is held. O(slabs). Takes node->lock,
 * zone->lock.
 */
void node_return_stack(struct slab *top);

#endif
