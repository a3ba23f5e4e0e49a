/*
 * Allocation from and free to caches: the interface of this folder to api/.
 *
 *     guarded.c       objects of the guard pool; guarded_check.c its patterns
 *     fast_path.c     one CAS on the CPU's word; everything else is a slow path. Defines
 *                     kmem_cache_alloc and kmem_cache_free themselves
 *     slow_path.c     the CPU's slab ran out, or the object belongs to another slab
 *     bulk.c          many objects at once
 *     extension.c     which account pays for an object
 *     nolock.c        calls for contexts in which no lock can be taken
 *     owner.c         whose object a pointer is
 *     object_ready.c  what the user finds in an object and may touch of it
 *     cpu_slab.c      what a CPU holds: installing, giving up, flushing
 *     partial.c       the lists of a node
 *     node_search.c   which nodes are looked at, in which order
 *     node_return.c   slabs on their way from a CPU back to their nodes
 *     debug_path.c    caches with debug flags: one object at a time under node->lock
 *     quarantine.c    freed objects that wait before they are used again
 *     watch.c         what a cache does that every call has to pass
 *     new_slab.c      pages become a slab, and pages again
 *     upkeep.c        shrink, validate, destroy
 *     tally.c         what a cache has, counted
 *     sites.c         who allocated it
 */
#ifndef ALLOCATOR_SLUB_SLUB_H
#define ALLOCATOR_SLUB_SLUB_H

#include <stdbool.h>
#include <stddef.h>

#include "allocator/base/flags.h"
#include "allocator/cache/heap_state.h"

/* Objects linked head to tail by their free pointers; the tail's link is not yet set. */
struct object_chain {
    void *head;
    void *tail;
    uint32_t count;
};

/*
 * Allocates an object. requested_size is what kmalloc was asked for, object_size elsewhere; gfp
 * says how urgent it is, and whether it is to read zero, which caches with a constructor must not
 * be asked for. NULL if the page layer has no memory for that.
 */
void *slub_alloc(struct kmem_cache *cache, size_t requested_size, gfp_t gfp, uint64_t site);

/* The same for who may keep the object for long: from a slab, never from the guard pool. */
void *slub_alloc_kept(struct kmem_cache *cache, size_t requested_size, gfp_t gfp, uint64_t site);

/* slub_alloc() of an object of the cache's size that is to read zero, whatever gfp says. */
void *slub_alloc_zeroed(struct kmem_cache *cache, gfp_t gfp, uint64_t site);

/*
 * slub_alloc() of an object that should lie on a node: see api/nodes.h. Never the fast
 * path. Of gfp __GFP_THISNODE counts, too.
 */
void *slub_alloc_node(struct kmem_cache *cache, size_t requested_size, gfp_t gfp, int node,
                      uint64_t site);

/* The same, but the object is still hidden and holds anything: see object_ready.h. */
void *slub_take(struct kmem_cache *cache, size_t requested_size, gfp_t gfp, uint64_t site);

/* Frees an object, or NULL. Misuse that is noticed is reported and the object stays allocated. */
void slub_free(struct kmem_cache *cache, void *object, uint64_t site);

/* Frees a chain of objects of one slab of a cache without debug flags. */
void slub_free_chain(struct kmem_cache *cache, struct slab *slab, struct object_chain chain);

/* See kmem_cache_alloc_nolock, kmem_cache_free_nolock; of gfp only __GFP_ZERO counts. */
void *slub_alloc_nolock(struct kmem_cache *cache, size_t requested_size, gfp_t gfp);
void slub_free_nolock(struct kmem_cache *cache, void *object, uint64_t site);

/*
 * Takes what a CPU holds back to the node, frees that were put off there included. Takes cpu->lock,
 * node->lock, zone->lock.
 */
void slub_flush_cpu(struct kmem_cache *cache, cpu_id_t cpu, uint64_t site);

/*
 * True if an allocation that asks with gfp is to fail on purpose: to be asked once of each, by
 * slub_alloc() itself, and by whoever takes objects with slub_take().
 */
bool slub_is_to_fail(struct kmem_cache *cache, gfp_t gfp);

/* See kmem_cache_shrink, kmem_cache_validate. */
int slub_shrink(struct kmem_cache *cache, uint64_t site);
int slub_validate(struct kmem_cache *cache, uint64_t site);

/* See kmem_cache_quarantine_purge. */
void slub_quarantine_purge(struct kmem_cache *cache);

/* Gives every slab back, or has it wait for readers, in which no object is used. */
void slub_give_back(struct kmem_cache *cache, uint64_t site);

/*
 * All slabs were given back, and nobody is waited for any more: the descriptor is the caller's to
 * remove. HEAP_EBUSY if objects remain: each was reported.
 */
int slub_shutdown(struct kmem_cache *cache, uint64_t site);

#endif
