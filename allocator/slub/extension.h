/*
 * What a slab knows of its objects besides their bytes: a word for each, in a vector that is made
 * when the first object of the slab is charged to an account, and goes with the slab.
 *
 *     slab->extensions -> account of object 0 | of object 1 | ...        0: charged to nobody
 *
 * An object is charged where memory is asked for with __GFP_ACCOUNT, or of a cache with
 * SLAB_ACCOUNT, and config->object_extensions says so; the stride of its cache is what it costs. It
 * stays charged until it is freed, whatever is asked for meanwhile. A CPU's freelist of such a
 * cache is careful (cache/cpu_word.h), so the fast path knows nothing of this.
 *
 * Vectors are kmalloc objects themselves, of the normal caches, whose own objects are never
 * charged: so no vector lies in the slab it belongs to, nor do two slabs hold each other's.
 * Whoever publishes a vector does so by CAS; who comes late takes the one that is there.
 *
 * An object's word belongs to whoever the object belongs to: it is read and written plainly, before
 * the object is free for all to take, and after it was taken.
 */
#ifndef ALLOCATOR_SLUB_EXTENSION_H
#define ALLOCATOR_SLUB_EXTENSION_H

#include "allocator/cache/heap_state.h"

/* gfp or the cache asks for objects to be charged, and the heap does that. */
bool extension_is_due(const struct kmem_cache *cache, gfp_t gfp);

/*
 * Charges an object of the slab to the account of the CPU this is; an object that is charged
 * stays as it is. False, and nothing is charged, if that account may not have so much, or there is
 * no memory for a vector. No lock is held. O(objects of the slab) if it makes a vector.
 */
bool extension_charge(struct slab *slab, const void *object, uint64_t site);

/* Takes back what an object that is being freed was charged, if it was. Takes no lock. */
void extension_uncharge(const struct slab *slab, const void *object);

/* Frees the vector of a slab, if it has one, none of whose objects is charged. */
void extension_discard(struct slab *slab);

#endif
