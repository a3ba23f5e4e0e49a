/*
 * The native world's side of world.h: real threads, real atomics, everything inlined.
 *
 * A CPU is a slot leased to one thread by world_native_enter(); interrupts do not exist.
 */
#ifndef ALLOCATOR_BASE_WORLD_NATIVE_WORLD_BACKEND_H
#define ALLOCATOR_BASE_WORLD_NATIVE_WORLD_BACKEND_H

#include <stdnoreturn.h>

#include "allocator/base/compiler.h"

/* Slot of this thread, as its world_cpu_offset(). The one thread-local of the native world. */
extern _Thread_local size_t world_native_offset TLS_OF_EXECUTABLE;

/* Leases CPU slot cpu to the calling thread until it leases another one; one thread per slot. */
static inline void world_native_enter(cpu_id_t cpu)
{
    world_native_offset = (size_t)cpu * CACHE_LINE_SIZE;
}

static inline bool world_point(enum world_access access, const void *address)
{
    (void)access;
    (void)address;
    return false;
}

/* Never asked: the machine has store buffers of its own. */
static inline uint64_t world_held_load(const struct world_word *word)
{
    (void)word;
    return 0;
}

static inline void world_hold_store(struct world_word *word, uint64_t value)
{
    (void)word;
    (void)value;
}

static inline cpu_id_t world_cpu(void)
{
    return (cpu_id_t)(world_native_offset / CACHE_LINE_SIZE);
}

static inline size_t world_cpu_offset(void)
{
    return world_native_offset;
}

/* Out of line: only slow paths lock. Spins, for a holder that runs on another core. */
void world_lock(struct world_lock *lock);
bool world_trylock(struct world_lock *lock);

static inline bool world_holds(const struct world_lock *lock)
{
    return atomic_load_explicit(&lock->holder.bits, memory_order_relaxed) == world_cpu() + 1;
}

static inline void world_unlock(struct world_lock *lock)
{
    atomic_store_explicit(&lock->holder.bits, 0, memory_order_release);
}

static inline uint64_t world_irq_save(void)
{
    return 0;
}

static inline void world_irq_restore(uint64_t state)
{
    (void)state;
}

static inline uint64_t world_site(uintptr_t return_address)
{
    return return_address;
}

static inline uint64_t world_time(void)
{
    return 0;
}

noreturn void world_invariant_failed(const char *rule);

#endif
