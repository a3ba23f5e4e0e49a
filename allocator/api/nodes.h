/*
 * Memory of a certain NUMA node.
 *
 * A call that names a node gets memory of that node, or, if it is out of memory, of the next one;
 * with __GFP_THISNODE of that node or none. A node that has no memory, is offline or does not
 * exist, and NUMA_NO_NODE, mean any node, __GFP_THISNODE or not; only heap_alloc_pages_node()
 * takes it literally and gives NULL.
 */
#ifndef ALLOCATOR_API_NODES_H
#define ALLOCATOR_API_NODES_H

#include <stddef.h>
#include <stdint.h>

#include "allocator/base/errors.h"
#include "allocator/base/flags.h"

struct kmem_cache;
struct kmem_heap;
struct page;

enum { NUMA_NO_NODE = -1 };

/*
 * kmem_cache_alloc() on a node. What this CPU holds of other nodes goes back to them first: never
 * the fast path. Takes cpu->lock, node->lock, zone->lock.
 */
void *kmem_cache_alloc_node(struct kmem_cache *cache, gfp_t gfp, int node);

/* kmalloc_node. */
void *heap_alloc_node(struct kmem_heap *heap, size_t size, gfp_t gfp, int node);

/* heap_alloc_pages() on a node; NUMA_NO_NODE, and a number too large, are the CPU's node. */
struct page *heap_alloc_pages_node(struct kmem_heap *heap, gfp_t gfp, unsigned order, int node);

/*
 * Takes the memory of a node away, after every cache has given back what it does not need.
 * HEAP_EBUSY if some of it is in use; HEAP_EINVAL for node 0, and if the node has none. Until it is
 * back, it is as if the node had none. O(caches + slabs); takes registry_lock and all below it; not
 * in a handler.
 */
int heap_node_offline(struct kmem_heap *heap, unsigned node);

/* Brings it back, for every cache there is by then. HEAP_EINVAL if it was not away. O(caches). */
int heap_node_online(struct kmem_heap *heap, unsigned node);

/*
 * What a kernel's thread in the background does: where somebody was served by a zone of the node
 * below its low watermark, caches give back what they do not need until the zones are above their
 * high watermarks. HEAP_ENOMEM if that was not enough, so that the wish remains; HEAP_EINVAL if the
 * node has no memory. As expensive as heap_node_offline().
 */
int heap_balance_node(struct kmem_heap *heap, unsigned node);

#endif
