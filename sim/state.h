/* The parts of a simulation, for the files of sim/ alone. */
#ifndef SIM_STATE_H
#define SIM_STATE_H

#include <setjmp.h>

#include "sim/journal.h"
#include "sim/memory.h"
#include "sim/rcu.h"
#include "sim/smp.h"
#include "sim/store_buffer.h"
#include "sim/task.h"

/* The tasks of one CPU, the running or next one last. */
struct sim_stack {
    struct sim_task *tasks[SIM_TASK_DEPTH];
    unsigned depth;
    uint64_t turn_count;             /* a task was started or went on */
};

struct sim {
    /* What world_point() touches comes first. */
    uint64_t countdown;              /* calls until sim_point_due() has to be asked */
    struct sim_task *now;            /* runs: one of tasks, or direct */
    bool delays_stores;              /* config.store_buffers */
    struct journal journal;

    uint64_t armed;                  /* what the countdown started from */
    uint64_t point_count;            /* since the reset, up to the last time it was disarmed */
    uint64_t switch_count;           /* since the reset */
    uint64_t step_count;
    cpu_id_t cpu;                    /* whose turn it is */

    struct sim_task direct;          /* an op on the thread's own stack; it cannot be parked */
    struct sim_task tasks[SIM_TASK_COUNT];
    struct sim_stack stacks[CPU_MAX];
    uint32_t in_flight;              /* bits of the tasks on those stacks */
    struct fiber main_fiber;
    unsigned char *fiber_stacks;
    const struct world_lock *awaited;    /* whoever unlocks it pauses; NULL: nobody */
    uint64_t points_passed;          /* by the task that ran last, since it was switched to */

    struct store_buffer store_buffers[CPU_MAX];

    struct heap_config config;
    struct platform platform;
    struct sim_memory memory;

    struct report reports[SIM_REPORTS_PER_STEP];
    size_t report_count;             /* of this step, kept or not */
    void (*on_report)(void *context, const struct report *report);
    void *on_report_context;
    void (*on_trace)(void *context, const struct object_trace *trace);
    void *on_trace_context;
    void (*on_ripe)(void *context, struct world_deferred *deferred);
    void *on_ripe_context;
    struct sim_watch watch;

    bool is_running;
    bool is_abandoned;               /* by a task; the thread's own stack has to jump */
    jmp_buf escape;                  /* of the run, while it is running */
    struct sim_outcome outcome;
};

/* The calling thread's simulation, set by sim_enter(). The one mutable global of sim/. */
extern _Thread_local struct sim *sim_current;

/* Fills in the callbacks; context is sim. */
struct platform sim_make_platform(struct sim *sim);

/* Ends the run because a rule is broken. */
noreturn void sim_violate(struct sim *sim, const char *rule, const void *subject);

/*
 * Calls that a step may make: more than any op needs, few enough to be counted down quickly. The
 * most is needed by a bulk of frees to a slab of small objects: each may walk its whole freelist.
 */
static inline uint64_t sim_step_bound(const struct sim *sim)
{
    enum { LEAST = 1 << 20, PER_PAGE = 1 << 16, MOST = 1 << 27 };
    uint64_t bound = LEAST + (uint64_t)PER_PAGE * sim->config.page_count;

    return bound < MOST ? bound : MOST;
}

/* Clears what the last heap touched, in memory and journal. */
void sim_clear(struct sim *sim);

#endif
