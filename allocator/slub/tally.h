/*
 * What a cache has, counted: for those who look at a heap, not for those who allocate from it.
 *
 * Numbers of one node, and of one CPU, are of one moment; those of several are not. Other CPUs go
 * on freeing into slabs that are being counted.
 */
#ifndef ALLOCATOR_SLUB_TALLY_H
#define ALLOCATOR_SLUB_TALLY_H

#include "allocator/cache/cache.h"

enum { TALLY_NODE_COUNT = NODE_MAX };

struct node_tally {
    uint64_t slab_count;       /* slabs of the node, wherever they are */
    uint64_t object_count;     /* objects in them, free or not */
    uint64_t partial_count;    /* slabs on the partial list */
    uint64_t partial_used;     /* objects in use in those, and free ones */
    uint64_t partial_free;
    uint64_t cpu_slab_count;   /* slabs of the node that CPUs hold, in whatever way */
};

struct cpu_tally {
    uint32_t slab_count;       /* slabs that the CPU allocates from: 0 or 1 */
    uint32_t partial_count;    /* slabs on its partial list */
    uint32_t partial_free;     /* free objects in those */
};

struct cache_tally {
    struct node_tally nodes[TALLY_NODE_COUNT];
    struct cpu_tally cpus[CPU_MAX];
};

/*
 * Counts a cache. O(partial slabs, of nodes and CPUs); takes each node->lock and each cpu->lock of
 * the cache, one after the other.
 */
void slub_tally(struct kmem_cache *cache, struct cache_tally *tally);

/* The nodes together. */
struct node_tally tally_total(const struct cache_tally *tally);

/*
 * Objects that are not free in a slab of a node's partial list, as Linux counts them: what a CPU
 * has at hand is active, too.
 */
static inline uint64_t tally_active(const struct node_tally *node)
{
    return node->object_count - node->partial_free;
}

#endif
