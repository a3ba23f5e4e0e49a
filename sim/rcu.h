/*
 * Read-copy-update in a simulation: a grace period ends when the input says so.
 *
 * Nothing that was put off runs in passing: only world_rcu_run(), which may be called at any time
 * and runs no more than readers allow, and world_rcu_barrier(). A barrier that finds readers inside
 * makes them leave: in time they would, whatever else happens, and nothing else could.
 */
#ifndef SIM_RCU_H
#define SIM_RCU_H

#include "allocator/base/world_rcu.h"

struct sim;

/*
 * Calls callback(context, deferred) right before anything that was put off is run. NULL takes that
 * back. Survives sim_reset().
 */
void sim_on_ripe(struct sim *sim, void (*callback)(void *context, struct world_deferred *deferred),
                 void *context);

#endif
