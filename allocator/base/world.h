/*
 * The one door to memory that another CPU may touch, and to the CPU itself.
 *
 * Two worlds stand behind it. In the sim world every call is a scheduling point of a deterministic
 * simulation; in the native world the calls are plain C11 atomics and real locks, inlined. Which
 * one is an attribute of the final binary: the build puts one of two world_backend.h on the include
 * path, and both perform the same atomic operation; they differ only in what happens around it.
 *
 * A shared word is read and written only by world_load, world_store and world_cas. Fields protected
 * by a world_lock are plain. A CPU may be changed by the world at any call unless preemption or
 * interrupts are off.
 */
#ifndef ALLOCATOR_BASE_WORLD_H
#define ALLOCATOR_BASE_WORLD_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator/base/params.h"

typedef unsigned cpu_id_t;

enum world_access {
    WORLD_LOAD,
    WORLD_STORE,
    WORLD_CAS,
    WORLD_LOCK,
    WORLD_UNLOCK,
    WORLD_IRQS_OFF,    /* what these two concern is the CPU: they have no address */
    WORLD_IRQS_ON,
    WORLD_ACCESS_COUNT
};

/* 64 bits that several CPUs read and write without a lock. */
struct world_word {
    _Atomic uint64_t bits;
};

/* A spin lock; zero-filled is unlocked. */
struct world_lock {
    struct world_word holder;    /* CPU + 1, 0 while free */
};

/*
 * A backend provides:
 *   bool world_point(enum world_access, const void *address)   before an access; true: stores are
 *                                                              held back, ask the next two
 *   uint64_t world_held_load(const struct world_word *)        what this CPU sees of a word
 *   void world_hold_store(struct world_word *, uint64_t)       a store that others see later
 *   cpu_id_t world_cpu(void)                                   CPU slot of the caller
 *   size_t world_cpu_offset(void)                              its bytes into a table of one cache
 *                                                              line a CPU
 *   void world_lock(struct world_lock *), world_unlock(struct world_lock *)
 *   bool world_trylock(struct world_lock *)                    false, at once, if somebody has it
 *   bool world_holds(const struct world_lock *)                does the caller? no scheduling point
 *   uint64_t world_irq_save(void), void world_irq_restore(uint64_t)
 *   uint64_t world_site(uintptr_t return_address)              what a track records as the caller
 *   uint64_t world_time(void)                                  what a track records as the time
 *   void world_invariant_failed(const char *rule)              does not return
 */
#include "world_backend.h"

/* Acquires: what was stored before the value it reads is visible. */
static inline uint64_t world_load(const struct world_word *word)
{
    if (world_point(WORLD_LOAD, word)) {
        return world_held_load(word);
    }
    return atomic_load_explicit(&word->bits, memory_order_acquire);
}

/* Releases. For words that only the holder of a lock writes. */
static inline void world_store(struct world_word *word, uint64_t value)
{
    if (world_point(WORLD_STORE, word)) {
        world_hold_store(word, value);
        return;
    }
    atomic_store_explicit(&word->bits, value, memory_order_release);
}

/* Stores desired if the word holds *expected; if not, returns false and updates *expected. */
static inline bool world_cas(struct world_word *word, uint64_t *expected, uint64_t desired)
{
    (void)world_point(WORLD_CAS, word);
    return atomic_compare_exchange_strong_explicit(&word->bits, expected, desired,
                                                   memory_order_acq_rel, memory_order_acquire);
}

#endif
