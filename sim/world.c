/*
 * The sim world: what stands behind base/world.h.
 *
 * One task runs at a time, so a lock that is taken is held by a parked one, or by a mistake.
 */
#include "allocator/base/world.h"

#include "allocator/base/compiler.h"
#include "allocator/base/compiler_fiber.h"
#include "sim/journal_write.h"
#include "sim/state.h"

_Thread_local struct sim *sim_current;

static inline void pass(struct sim *sim, enum world_access access, const void *address)
{
    if (compiler_unlikely(sim->countdown == 0)) {
        sim_point_due(sim, access, address);
    }
    sim->countdown--;
}

bool world_point(enum world_access access, const void *address)
{
    struct sim *sim = sim_current;

    pass(sim, access, address);
    if (access != WORLD_LOAD) {
        journal_note(&sim->journal, address);
    }
    if (compiler_unlikely(sim->delays_stores) && (access == WORLD_CAS || access == WORLD_LOCK)) {
        sim_drain(sim, sim->now->cpu);
    }
    return sim->delays_stores;
}

uint64_t world_held_load(const struct world_word *word)
{
    struct sim *sim = sim_current;

    return store_buffer_read(&sim->store_buffers[sim->now->cpu], word);
}

void world_hold_store(struct world_word *word, uint64_t value)
{
    struct sim *sim = sim_current;

    store_buffer_push(&sim->store_buffers[sim->now->cpu], word, value);
}

cpu_id_t world_cpu(void)
{
    return sim_current->now->cpu;
}

enum lock_rank {
    RANK_NONE = -1,
    RANK_RUNNER,
    RANK_REGISTRY,
    RANK_CPU,
    RANK_NODE,
    RANK_LIST,
    RANK_ZONE,
    RANK_QUEUE,
    RANK_GUARDED,
};

/* The lock of pages that a CPU has at hand: of its zone only zone->lock is another one. */
static bool is_list_lock(const struct kmem_heap *heap, const struct world_lock *lock)
{
    uintptr_t offset = (uintptr_t)lock - (uintptr_t)&heap->memory.zones[0];

    return offset < sizeof(heap->memory.zones);
}

/* Position of a heap's lock in the lock order. */
static int lock_rank(const struct kmem_heap *heap, const struct world_lock *lock)
{
    size_t offset = (uintptr_t)lock - (uintptr_t)heap;

    if (heap == NULL || offset >= sizeof(*heap)) {
        return RANK_NONE;
    }
    if (offset < offsetof(struct kmem_heap, cache_slots)) {
        return lock == &heap->rcu.runner             ? RANK_RUNNER
               : lock == &heap->registry_lock        ? RANK_REGISTRY
               : zone_of_lock(heap, lock) < ZONE_MAX ? RANK_ZONE
               : is_list_lock(heap, lock)            ? RANK_LIST
               : lock == &heap->rcu.lock             ? RANK_QUEUE
               : lock == &heap->guarded.lock         ? RANK_GUARDED
                                                     : RANK_NONE;
    }
    offset = (offset - offsetof(struct kmem_heap, cache_slots)) % sizeof(struct kmem_cache);
    return node_of_lock(offset) < NODE_MAX ? RANK_NODE : RANK_CPU;
}

/* An interrupt takes no lock that is held with interrupts on, an NMI none at all. */
static bool context_allows(enum sim_context context, int rank)
{
    bool is_of_processes = rank == RANK_RUNNER || rank == RANK_REGISTRY || rank == RANK_LIST;

    return context == SIM_PROCESS || (context == SIM_IRQ && !is_of_processes);
}

static void check_order(struct sim *sim, const struct world_lock *lock)
{
    const struct sim_task *task = sim->now;
    int rank = lock_rank(sim->journal.heap, lock);

    for (unsigned i = 0; i < task->held_count; i++) {
        if (task->held[i] == lock) {
            sim_violate(sim, "SIM_LOCK_RECURSION", lock);
        }
        if (rank >= 0 && lock_rank(sim->journal.heap, task->held[i]) >= rank) {
            sim_violate(sim, "SIM_LOCK_ORDER", lock);
        }
    }
    if (!context_allows(task->context, rank)) {
        sim_violate(sim, "SIM_CONTEXT", lock);
    }
}

/* Leaves the running task where it is; others run. */
static void stop_here(struct sim *sim)
{
    sim_disarm(sim);
    sim_pause(sim);
}

/* Somebody else has the lock, or let go of it without anybody seeing that yet. */
static void wait_for(struct sim *sim, const struct world_lock *lock)
{
    if (sim->now != &sim->direct) {
        sim->now->wanted = lock;
        stop_here(sim);
        return;
    }
    sim_drain_all(sim);
    if (sim_lock_is_held(lock)) {
        sim_violate(sim, "SIM_LOCK_RECURSION", lock);
    }
}

static uint64_t holder_word(const struct sim *sim)
{
    return sim->now == &sim->direct ? 1 : (uint64_t)(sim->now - sim->tasks) + 2;
}

/* The lock is free, and becomes the running task's. */
static void take_lock(struct sim *sim, struct world_lock *lock)
{
    struct sim_task *task = sim->now;

    if (task->held_count == SIM_HELD_MAX) {
        sim_violate(sim, "SIM_LOCK_LEAK", lock);
    }
    task->held[task->held_count++] = lock;
    atomic_store_explicit(&lock->holder.bits, holder_word(sim), memory_order_relaxed);
    compiler_acquire(lock);
}

void world_lock(struct world_lock *lock)
{
    struct sim *sim = sim_current;

    (void)world_point(WORLD_LOCK, lock);
    check_order(sim, lock);
    while (sim_lock_is_held(lock)) {
        wait_for(sim, lock);
    }
    take_lock(sim, lock);
}

/* Whoever does not wait may come from anywhere, and disturbs no order. */
bool world_trylock(struct world_lock *lock)
{
    struct sim *sim = sim_current;

    (void)world_point(WORLD_CAS, lock);
    if (sim_lock_is_held(lock)) {
        return false;
    }
    take_lock(sim, lock);
    return true;
}

/* Where the lock is among those that the task holds; their number if it is not. */
static unsigned find_held(const struct sim_task *task, const struct world_lock *lock)
{
    unsigned index = 0;

    while (index < task->held_count && task->held[index] != lock) {
        index++;
    }
    return index;
}

bool world_holds(const struct world_lock *lock)
{
    const struct sim_task *task = sim_current->now;

    return find_held(task, lock) < task->held_count;
}

/* Takes the lock out of those that the task holds; false if it does not. */
static bool forget_held(struct sim_task *task, const struct world_lock *lock)
{
    unsigned index = find_held(task, lock);

    if (index == task->held_count) {
        return false;
    }
    for (task->held_count--; index < task->held_count; index++) {
        task->held[index] = task->held[index + 1];
    }
    return true;
}

void world_unlock(struct world_lock *lock)
{
    struct sim *sim = sim_current;
    bool is_delayed = world_point(WORLD_UNLOCK, lock);

    if (!forget_held(sim->now, lock)) {
        sim_violate(sim, "SIM_UNLOCK", lock);
    }
    compiler_release(lock);
    if (is_delayed) {
        store_buffer_push(&sim->store_buffers[sim->now->cpu], &lock->holder, 0);
    } else {
        atomic_store_explicit(&lock->holder.bits, 0, memory_order_release);
    }
    if (compiler_unlikely(lock == sim->awaited)) {
        stop_here(sim);
    }
}

uint64_t world_irq_save(void)
{
    struct sim *sim = sim_current;

    pass(sim, WORLD_IRQS_OFF, NULL);
    return sim->now->irq_depth++;
}

void world_irq_restore(uint64_t state)
{
    struct sim *sim = sim_current;

    if (state + 1 != sim->now->irq_depth) {
        sim_violate(sim, "SIM_IRQ_NESTING", NULL);
    }
    sim->now->irq_depth--;
    pass(sim, WORLD_IRQS_ON, NULL);
}

/* The step stands for the caller: the same in every build, and the trace knows the rest. */
uint64_t world_site(uintptr_t return_address)
{
    (void)return_address;
    return sim_current->now->step;
}

uint64_t world_time(void)
{
    return sim_current->now->step;
}

noreturn void world_invariant_failed(const char *rule)
{
    sim_violate(sim_current, rule, NULL);
}
