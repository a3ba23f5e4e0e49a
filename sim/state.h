/* The parts of a simulation, for the files of sim/ alone. */
#ifndef SIM_STATE_H
#define SIM_STATE_H

#include <setjmp.h>

#include "sim/journal.h"
#include "sim/memory.h"
#include "sim/sim.h"

/* Locks that one CPU holds at once: registry, CPU, node, zone, and room for tests' own. */
enum { SIM_HELD_MAX = 8 };

struct sim {
    /* What world_point() touches comes first. */
    uint64_t points_left;            /* calls that the step may still make */
    struct journal journal;

    cpu_id_t cpu;
    uint64_t step;
    uint64_t points_before_step;     /* since the reset */

    const struct world_lock *held[SIM_HELD_MAX];    /* in the order they were taken */
    unsigned held_count;
    unsigned irq_depth;              /* world_irq_save() calls not yet restored */

    struct heap_config config;
    struct platform platform;
    struct sim_memory memory;

    struct report reports[SIM_REPORTS_PER_STEP];
    size_t report_count;             /* of this step, kept or not */
    void (*on_report)(void *context, const struct report *report);
    void *on_report_context;

    bool is_running;
    jmp_buf escape;                  /* of the run, while it is running */
    struct sim_outcome outcome;
};

/* The calling thread's simulation, set by sim_enter(). The one mutable global of sim/. */
extern _Thread_local struct sim *sim_current;

/* Fills in the callbacks; context is sim. */
struct platform sim_make_platform(struct sim *sim);

/* Ends the run because a rule is broken. */
noreturn void sim_violate(struct sim *sim, const char *rule, const void *subject);

/* Calls that a step may make: more than any op needs, few enough to be counted down quickly. */
uint64_t sim_step_bound(const struct sim *sim);

/* Clears what the last heap touched, in memory and journal. */
void sim_clear(struct sim *sim);

#endif
