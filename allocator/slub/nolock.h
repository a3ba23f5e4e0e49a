/*
 * Frees that were put off: see nolock.c.
 *
 * A slow path looks for them first, so that memory is not asked for while some lies there.
 */
#ifndef ALLOCATOR_SLUB_NOLOCK_H
#define ALLOCATOR_SLUB_NOLOCK_H

#include "allocator/slub/slub.h"

/* Carries out the frees that were put off on a CPU. No lock is held. O(such frees). */
void nolock_drain(struct kmem_cache *cache, cpu_id_t cpu, uint64_t site);

/* The same on the CPU this is. */
static inline void nolock_drain_here(struct kmem_cache *cache, uint64_t site)
{
    nolock_drain(cache, world_cpu(), site);
}

#endif
