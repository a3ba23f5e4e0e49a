/* Pages become a slab, and pages again. */
#ifndef ALLOCATOR_SLUB_NEW_SLAB_H
#define ALLOCATOR_SLUB_NEW_SLAB_H

#include "allocator/slub/node_search.h"

/*
 * Makes a slab: all objects free, on no list, not frozen, counted in the node of its frames.
 * Tries the preferred order, then the least one. NULL if the page layer has neither where it may
 * lie. O(objects). Takes node->lock, zone->lock.
 */
struct slab *slab_create(struct kmem_cache *cache, struct node_wish wish);

/*
 * Gives the pages of a slab without live objects, on no list and not frozen, back to the page
 * layer; in caches with consistency checks its objects are checked a last time, and a report names
 * site. O(objects). Takes node->lock, zone->lock.
 */
void slab_discard(struct slab *slab, uint64_t site);

/*
 * Takes the pages of an isolated slab out of circulation for good, when those who may still look at
 * its objects have left; its last live object has gone. Takes node->lock, zone->lock, rcu->lock.
 */
void slab_retire(struct slab *slab);

#endif
