/*
 * What a CPU holds back of a cache: freed objects on their way to their slabs, in the order in
 * which they were freed (hardening/quarantine.h). They count as used and are hidden; the queue is
 * linked like a freelist, under cpu->lock. Caches with debug flags have none.
 */
#ifndef ALLOCATOR_SLUB_QUARANTINE_H
#define ALLOCATOR_SLUB_QUARANTINE_H

#include "allocator/cache/heap_state.h"

/*
 * Puts a freed object, wiped and hidden, into the quarantine of the CPU this is, and frees to their
 * slabs what is to leave it. Takes cpu->lock, node->lock, zone->lock, one after the other.
 */
void quarantine_put(struct kmem_cache *cache, void *object);

/* Frees all that a CPU holds back. The same locks. O(objects held). */
void quarantine_purge(struct kmem_cache *cache, cpu_id_t cpu);

#endif
