#include "sim/rcu.h"

#include "sim/state.h"

void sim_on_ripe(struct sim *sim, void (*callback)(void *context, struct world_deferred *deferred),
                 void *context)
{
    sim->on_ripe = callback;
    sim->on_ripe_context = context;
}

void world_rcu_poll(struct world_rcu *rcu)
{
    (void)rcu;
}

void world_rcu_wait(struct world_rcu *rcu)
{
    for (cpu_id_t cpu = 0; cpu < CPU_MAX; cpu++) {
        atomic_store_explicit(&rcu->readers[cpu].word.bits, 0, memory_order_release);
    }
}

void world_rcu_ripe(struct world_rcu *rcu, struct world_deferred *deferred)
{
    struct sim *sim = sim_current;

    (void)rcu;
    if (sim->on_ripe != NULL) {
        sim->on_ripe(sim->on_ripe_context, deferred);
    }
}
