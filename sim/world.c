/*
 * The sim world: what stands behind base/world.h.
 *
 * CPUs switch between steps only, so a word is never changed by anybody else while an op runs, and
 * a lock that is taken is taken by a mistake.
 */
#include "allocator/base/world.h"

#include "allocator/base/compiler.h"
#include "sim/journal_write.h"
#include "sim/state.h"

_Thread_local struct sim *sim_current;

void world_point(enum world_access access, const void *address)
{
    struct sim *sim = sim_current;

    if (compiler_unlikely(sim->points_left == 0)) {
        sim_abandon(sim, (struct sim_outcome){
                             .end = SIM_HANG, .rule = "SIM_STEP_BOUND", .subject = address});
    }
    sim->points_left--;
    if (access != WORLD_LOAD) {
        journal_note(&sim->journal, address);
    }
}

cpu_id_t world_cpu(void)
{
    return sim_current->cpu;
}

/* Position of a heap's lock in the lock order; -1 for a lock that is none of a heap's. */
static int lock_rank(const struct kmem_heap *heap, const struct world_lock *lock)
{
    enum { REGISTRY, CPU, NODE, ZONE };
    size_t offset = (uintptr_t)lock - (uintptr_t)heap;

    if (heap == NULL || offset >= sizeof(*heap)) {
        return -1;
    }
    if (offset < offsetof(struct kmem_heap, cache_slots)) {
        return lock == &heap->registry_lock ? REGISTRY : ZONE;
    }
    offset = (offset - offsetof(struct kmem_heap, cache_slots)) % sizeof(struct kmem_cache);
    return offset == offsetof(struct kmem_cache, node.lock) ? NODE : CPU;
}

static void check_lock_order(struct sim *sim, const struct world_lock *lock)
{
    int rank = lock_rank(sim->journal.heap, lock);

    for (unsigned i = 0; i < sim->held_count; i++) {
        if (rank >= 0 && lock_rank(sim->journal.heap, sim->held[i]) >= rank) {
            sim_violate(sim, "SIM_LOCK_ORDER", lock);
        }
    }
}

void world_lock(struct world_lock *lock)
{
    struct sim *sim = sim_current;

    world_point(WORLD_LOCK, lock);
    if (atomic_load_explicit(&lock->holder.bits, memory_order_acquire) != 0) {
        sim_violate(sim, "SIM_LOCK_RECURSION", lock);
    }
    check_lock_order(sim, lock);
    if (sim->held_count == SIM_HELD_MAX) {
        sim_violate(sim, "SIM_LOCK_LEAK", lock);
    }
    sim->held[sim->held_count++] = lock;
    atomic_store_explicit(&lock->holder.bits, sim->cpu + 1, memory_order_relaxed);
}

void world_unlock(struct world_lock *lock)
{
    struct sim *sim = sim_current;
    unsigned index = 0;

    world_point(WORLD_UNLOCK, lock);
    while (index < sim->held_count && sim->held[index] != lock) {
        index++;
    }
    if (index == sim->held_count ||
        atomic_load_explicit(&lock->holder.bits, memory_order_relaxed) != sim->cpu + 1) {
        sim_violate(sim, "SIM_UNLOCK", lock);
    }
    for (sim->held_count--; index < sim->held_count; index++) {
        sim->held[index] = sim->held[index + 1];
    }
    atomic_store_explicit(&lock->holder.bits, 0, memory_order_release);
}

uint64_t world_irq_save(void)
{
    return sim_current->irq_depth++;
}

void world_irq_restore(uint64_t state)
{
    struct sim *sim = sim_current;

    if (state + 1 != sim->irq_depth) {
        sim_violate(sim, "SIM_IRQ_NESTING", NULL);
    }
    sim->irq_depth--;
}

/* The step stands for the caller: the same in every build, and the trace knows the rest. */
uint64_t world_site(uintptr_t return_address)
{
    (void)return_address;
    return sim_current->step;
}

uint64_t world_time(void)
{
    return sim_current->step;
}

noreturn void world_invariant_failed(const char *rule)
{
    sim_violate(sim_current, rule, NULL);
}
