/*
 * Tasks: the ops that are in the middle of something, each on a fiber of its own.
 *
 * A CPU has a stack of them: the one at the bottom is what its process does, those above are
 * interrupts of it. Only the top one can run. One task runs at a time, all others are parked right
 * before an access to shared memory, or wait for a lock.
 */
#ifndef SIM_TASK_H
#define SIM_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "allocator/base/params.h"
#include "allocator/base/world.h"
#include "sim/fiber/fiber.h"
#include "sim/smp.h"

enum { SIM_HELD_MAX = 8 };           /* locks that one task holds at once */

struct sim_task {
    uint32_t bit;                    /* of sim->in_flight: 1 << number, 0 for the direct one */
    cpu_id_t cpu;
    uint64_t step;                   /* of its op */
    uint64_t points_used;            /* of the step */
    uint64_t points_to_park;         /* until it parks; SIM_TO_END: it does not */
    const struct world_lock *held[SIM_HELD_MAX];    /* in the order they were taken */
    unsigned held_count;
    unsigned irq_depth;              /* world_irq_save() calls not yet restored */
    enum sim_context context;
    bool is_alone;                   /* no other was in flight since its step began */
    bool has_moved;                  /* to another CPU since its step began */
    const struct world_lock *wanted; /* waits for it; NULL: does not */
    struct sim_access next;          /* while it is parked: what it is about to do */
    void (*body)(void *argument);    /* NULL: the task is free */
    void *argument;
    struct fiber fiber;
    bool has_fiber;
};

/* The fibers of a simulation. Exits with code 3 and one line on stderr without memory. */
void sim_tasks_init(struct sim *sim);
void sim_tasks_fini(struct sim *sim);

/* Forgets what is in flight: an abandoned run's. */
void sim_tasks_reset(struct sim *sim);

/* Leaves the task that runs for the thread's own stack; returns when it runs again. */
void sim_pause(struct sim *sim);

/* What world_point() does when its countdown is at 0. */
void sim_point_due(struct sim *sim, enum world_access kind, const void *address);

/* Sets the countdown for the task that runs now; and the reverse, when it stops or steps change. */
void sim_arm(struct sim *sim);
void sim_disarm(struct sim *sim);

static inline bool sim_lock_is_held(const struct world_lock *lock)
{
    return atomic_load_explicit(&lock->holder.bits, memory_order_acquire) != 0;
}

/* The task that holds a lock, or NULL. O(tasks). */
struct sim_task *sim_holder(struct sim *sim, const struct world_lock *lock);

#endif
