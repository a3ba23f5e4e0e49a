/*
 * Which nodes an allocation looks at for partial slabs, and in which order.
 *
 * A wish for a node without memory, or for none at all, is a wish for any; one for any begins at
 * the node nearest to this CPU that has memory. Other nodes, nearest first, are asked only now and
 * then (cache->remote_defrag_ratio), and only those with more than partial_min give any: objects
 * near the CPU are worth a new slab.
 */
#ifndef ALLOCATOR_SLUB_NODE_SEARCH_H
#define ALLOCATOR_SLUB_NODE_SEARCH_H

#include "allocator/base/flags.h"
#include "allocator/cache/heap_state.h"

enum { NODE_ANY = NODE_MAX };

/* Where memory should lie, and how urgent it is. */
struct node_wish {
    uint32_t node;     /* NODE_ANY, or a node that had memory when it was asked */
    gfp_t gfp;         /* the caller's; for a new slab, GFP_RECLAIM_MASK of it counts */
    bool is_strict;    /* there or nowhere */
};

/* What a caller's node, of which gfp may demand that it is this one, comes to. */
struct node_wish node_wish_make(const struct kmem_heap *heap, int node, gfp_t gfp);

struct node_search {
    const struct kmem_cache *cache;
    struct node_wish wish;
    uint32_t first;       /* node it begins at */
    uint32_t distance;    /* of the node looked at next, from the first */
    uint32_t ordinal;     /* slabs_made of the first node, for whoever looks at it to set */
    uint32_t node;        /* to be looked at */
    uint32_t floor;       /* it gives some only if it has more partial slabs than that */
};

struct node_search node_search_begin(const struct kmem_cache *cache, struct node_wish wish);

/* Sets node and floor. False if there is no other node to look at. */
bool node_search_next(struct node_search *search);

#endif
