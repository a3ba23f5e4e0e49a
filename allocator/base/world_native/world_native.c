#include "allocator/base/world.h"

_Thread_local cpu_id_t world_native_cpu;

static void relax(void)
{
    atomic_signal_fence(memory_order_seq_cst);
}

void world_lock(struct world_lock *lock)
{
    uint64_t free = 0;

    while (!atomic_compare_exchange_weak_explicit(&lock->holder.bits, &free, world_native_cpu + 1,
                                                  memory_order_acquire, memory_order_relaxed)) {
        free = 0;
        relax();
    }
}

noreturn void world_invariant_failed(const char *rule)
{
    /* The rule stays in a register or on the stack, where a debugger or a core dump shows it. */
    const char *volatile failed_rule = rule;

    (void)failed_rule;
    __builtin_trap();
}
