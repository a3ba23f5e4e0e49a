#include "allocator/base/world.h"

#include <sched.h>

#include "allocator/base/world_rcu.h"

_Thread_local size_t world_native_offset;

bool world_trylock(struct world_lock *lock)
{
    uint64_t free = 0;

    return atomic_compare_exchange_strong_explicit(&lock->holder.bits, &free, world_cpu() + 1,
                                                   memory_order_acquire, memory_order_relaxed);
}

void world_lock(struct world_lock *lock)
{
    while (!world_trylock(lock)) {
        /* Waiting reads only, so that the holder keeps the cache line to itself. */
        while (atomic_load_explicit(&lock->holder.bits, memory_order_relaxed) != 0) {
        }
    }
}

noreturn void world_invariant_failed(const char *rule)
{
    /* The rule stays in a register or on the stack, where a debugger or a core dump shows it. */
    const char *volatile failed_rule = rule;

    (void)failed_rule;
    __builtin_trap();
}

/* Leaves it to whoever is at it already, which may be this very thread. */
void world_rcu_poll(struct world_rcu *rcu)
{
    bool is_due = world_load(&rcu->done) != world_load(&rcu->queued);

    if (is_due && world_load(&rcu->runner.holder) == 0) {
        world_rcu_run(rcu);
    }
}

void world_rcu_wait(struct world_rcu *rcu)
{
    (void)rcu;
    sched_yield();
}

void world_rcu_ripe(struct world_rcu *rcu, struct world_deferred *deferred)
{
    (void)rcu;
    (void)deferred;
}
