/*
 * The sim world's side of world.h. sim/world.c implements these functions; each is a scheduling
 * point of the simulation, but for world_holds().
 */
#ifndef ALLOCATOR_BASE_WORLD_SIM_WORLD_BACKEND_H
#define ALLOCATOR_BASE_WORLD_SIM_WORLD_BACKEND_H

#include <stdnoreturn.h>

bool world_point(enum world_access access, const void *address);
uint64_t world_held_load(const struct world_word *word);
void world_hold_store(struct world_word *word, uint64_t value);
cpu_id_t world_cpu(void);
void world_lock(struct world_lock *lock);
bool world_trylock(struct world_lock *lock);
bool world_holds(const struct world_lock *lock);
void world_unlock(struct world_lock *lock);
uint64_t world_irq_save(void);
void world_irq_restore(uint64_t state);
uint64_t world_site(uintptr_t return_address);
uint64_t world_time(void);
static inline size_t world_cpu_offset(void)
{
    return (size_t)world_cpu() * CACHE_LINE_SIZE;
}

noreturn void world_invariant_failed(const char *rule);

#endif
