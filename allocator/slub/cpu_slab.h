/*
 * What one CPU holds of a cache: its slab, that slab's objects it may hand out without a lock, and
 * its stack of partial slabs.
 *
 * Every function wants cpu->lock held, interrupts off. The fast path runs beside them, so the order
 * of stores matters:
 *
 *     install    the freelist goes into cpu->word, then cpu->slab names the slab
 *     withdraw   cpu->slab names none, then the freelist is taken out of cpu->word
 *
 * and either changes the transaction. A free that asks cpu->slab reads the word, then the slab,
 * then swaps the word: if that succeeds, the slab it read is the one whose freelist it pushed to.
 * The fast free asks the word alone, whose bit closed says whether it may. Nothing may be done to
 * the slab's own freelist before the withdrawal, or an object freed meanwhile is lost.
 */
#ifndef ALLOCATOR_SLUB_CPU_SLAB_H
#define ALLOCATOR_SLUB_CPU_SLAB_H

#include "allocator/cache/heap_state.h"

/* The CPU's slab, or NULL. */
struct slab *cpu_slab(const struct kmem_cache *cache, const struct kmem_cache_cpu *cpu);

/*
 * Takes its slab away from the CPU, which from now on frees to it like to any other. Returns the
 * objects that the CPU still had of it, all of which count as used; 0: none.
 */
object_ref_t cpu_withdraw(struct kmem_cache_cpu *cpu);

/*
 * Takes the whole freelist out of a slab that becomes this CPU's: all its objects then count as
 * used. An empty list unfreezes the slab, which is full from then on.
 */
object_ref_t slab_take_freelist(struct slab *slab);

/* Makes slab the CPU's, which has none, and hands it a list; returns the list's first object. */
void *cpu_install(struct kmem_cache *cache, struct kmem_cache_cpu *cpu, struct slab *slab,
                  object_ref_t freelist);

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
