/* Everything that is not one CAS. */
#ifndef ALLOCATOR_SLUB_SLOW_PATH_H
#define ALLOCATOR_SLUB_SLOW_PATH_H

#include "allocator/slub/node_search.h"
#include "allocator/slub/slub.h"

/*
 * slub_take() and slub_alloc() when this CPU's freelist is empty: from its slab's own freelist, its
 * partial stack, the nodes, or a new slab, in that order. If wish names a node, what the CPU holds
 * of another one goes back first, and all that has to be of that node; unless it is strict, the
 * search is then done once more for any. Takes cpu->lock, node->lock, zone->lock.
 */
void *slow_take(struct kmem_cache *cache, size_t requested_size, struct node_wish wish,
                uint64_t site);
void *slow_alloc(struct kmem_cache *cache, size_t requested_size, gfp_t gfp, uint64_t site);

/* Hands an object out, or NULL if it is to be charged and cannot be. */
void *slow_hand_out(struct kmem_cache *cache, void *object, size_t requested_size, gfp_t gfp,
                    uint64_t site);

/*
 * slub_free() of anything but an object of the CPU's slab that is to be pushed and no more.
 * slow_free_now() leaves alone what was put off before (nolock.h).
 */
void slow_free(struct kmem_cache *cache, void *object, uint64_t site);
void slow_free_now(struct kmem_cache *cache, void *object, uint64_t site);

/* The rest of slow_free_now() when the slab is known, and that the object may be freed. */
void slow_free_found(struct kmem_cache *cache, struct slab *slab, void *object, uint64_t site);

/*
 * Frees to a slab that is not this CPU's, by CAS on the slab word; node->lock is taken only when
 * the slab changes lists. Takes cpu->lock when the slab becomes this CPU's partial.
 */
void slow_free_chain(struct kmem_cache *cache, struct slab *slab, struct object_chain chain);

/*
 * The slab to free an object to. NULL, and a report, if it lies in none, in another cache's, or, as
 * far as that can be told without walking, free already; NULL also for NULL. Where the heap knows
 * which objects are allocated, this one is not any more.
 */
struct slab *slow_find_slab(struct kmem_cache *cache, const void *object, uint64_t site);

#endif
