/* Locks, interrupts and progress: what the simulated machine sees by itself. */
#include "sim/smp.h"
#include "tests/canary/canary.h"

void break_sim_lock_recursion(struct canary *canary)
{
    world_lock(&canary->plain->nodes[0].lock);
    world_lock(&canary->plain->nodes[0].lock);
}

void break_sim_lock_order(struct canary *canary)
{
    world_lock(&canary->heap->memory.zones[0].lock);
    world_lock(&canary->plain->nodes[0].lock);
}

void break_sim_unlock(struct canary *canary)
{
    world_unlock(&canary->plain->nodes[0].lock);
}

void break_sim_lock_leak(struct canary *canary)
{
    world_lock(&canary->plain->nodes[0].lock);
}

void break_sim_irq_nesting(struct canary *canary)
{
    uint64_t outer = world_irq_save();

    (void)canary;
    world_irq_save();
    world_irq_restore(outer);
}

void break_sim_irq_leak(struct canary *canary)
{
    (void)canary;
    world_irq_save();
}

void break_sim_step_bound(struct canary *canary)
{
    for (;;) {
        world_load(&canary->cpu_slab->state);
    }
}

/* What a handler must not do, and a process may only with interrupts off. */
static void lock_node(void *argument)
{
    const struct canary *canary = argument;

    world_lock(&canary->plain->nodes[0].lock);
    world_load(&canary->cpu_slab->state);
    world_unlock(&canary->plain->nodes[0].lock);
}

void break_sim_context(struct canary *canary)
{
    sim_start(canary->sim, SIM_NMI, SIM_TO_END, lock_node, canary);
}

/* The interrupt waits for the process that it has interrupted. */
void break_sim_deadlock(struct canary *canary)
{
    sim_start(canary->sim, SIM_PROCESS, 1, lock_node, canary);
    sim_start(canary->sim, SIM_IRQ, SIM_TO_END, lock_node, canary);
}
