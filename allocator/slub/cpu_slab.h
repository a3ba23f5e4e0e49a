/*
 * What one CPU holds of a cache: its slab, that slab's objects it may hand out without a lock, and
 * its stack of partial slabs.
 *
 * Every function wants cpu->lock held, interrupts off. The fast path runs beside them, so the order
 * of stores matters: a slab is announced (cpu->slab) after its freelist is in place and withdrawn
 * before the freelist is taken; each step changes the transaction.
 */
#ifndef ALLOCATOR_SLUB_CPU_SLAB_H
#define ALLOCATOR_SLUB_CPU_SLAB_H

#include "allocator/cache/heap_state.h"

/* The CPU's slab, or NULL. */
struct slab *cpu_slab(const struct kmem_cache *cache, const struct kmem_cache_cpu *cpu);

/*
 * Takes the whole freelist out of a slab that becomes, or stays, this CPU's: all its objects then
 * count as used. An empty list unfreezes the slab, which is full from then on.
 */
object_ref_t slab_take_freelist(struct slab *slab);

/* Makes slab the CPU's and hands it a list; returns the list's first object. */
void *cpu_install(struct kmem_cache *cache, struct kmem_cache_cpu *cpu, struct slab *slab,
                  object_ref_t freelist);

/* Pops the CPU's freelist; NULL if it is empty. */
void *cpu_pop(struct kmem_cache *cache, struct kmem_cache_cpu *cpu);

/* Withdraws a slab that has no free object left. */
void cpu_drop_full_slab(struct kmem_cache_cpu *cpu);

/*
 * Gives the CPU's slab back to the node with all its free objects. Returns a slab that turned out
 * to be empty and unwanted, for the caller to discard once it holds no lock, or NULL. Takes
 * node->lock.
 */
struct slab *cpu_deactivate(struct kmem_cache *cache, struct kmem_cache_cpu *cpu);

/* Empties the stack of partial slabs; returns its top. */
struct slab *cpu_take_partial(struct kmem_cache_cpu *cpu);

/* Pushes a slab on the stack, and pops one, or NULL. */
void cpu_push_partial(struct kmem_cache_cpu *cpu, struct slab *slab);
struct slab *cpu_pop_partial(struct kmem_cache_cpu *cpu);

#endif
