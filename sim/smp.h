/*
 * Simulated SMP: ops that run as tasks, and who schedules them.
 *
 * An op runs on the caller's stack and to its end, or as a task (sim_start): on a fiber, which
 * parks at a scheduling point when it was told so (sim_park_after), while others run, and goes on
 * when its CPU has its turn again (sim_resume). Nothing else is concurrent: whoever calls these
 * functions is the scheduler. A task that wants a lock which a parked one holds makes that one go
 * on until it lets go; if that cannot be, the run ends with SIM_DEADLOCK. The world is quiet when
 * no task is in flight.
 */
#ifndef SIM_SMP_H
#define SIM_SMP_H

#include "sim/shared_word.h"
#include "sim/sim.h"

enum {
    SIM_TASK_DEPTH = 3,                          /* a process, an interrupt, an NMI */
    SIM_TASK_COUNT = CPU_MAX * SIM_TASK_DEPTH,
};

/* Points of a task that is not to be parked. */
static const uint64_t SIM_TO_END = UINT64_MAX;

/* What a task is to the CPU it runs on. */
enum sim_context {
    SIM_PROCESS,
    SIM_IRQ,         /* may not sleep */
    SIM_NMI,         /* comes even while interrupts are off; may take no lock */
};

/*
 * Whoever wants to watch; survives sim_reset(). on_point sees each access, right before it is made.
 * on_meeting sees it once for each parked task, with the access that this one will make when it
 * goes on. NULL: not called, and nothing is paid.
 */
struct sim_access {
    cpu_id_t cpu;
    enum world_access kind;
    const void *address;
    struct shared_place place;
};

struct sim_watch {
    void *context;
    void (*on_point)(void *context, const struct sim_access *access);
    void (*on_meeting)(void *context, const struct sim_access *parked,
                       const struct sim_access *made);
};

/*
 * Calls body(argument) as a task on top of what the CPU whose turn it is has parked, and returns
 * when that is over, or parked after the given number of points (SIM_TO_END: never). Less than
 * SIM_TASK_DEPTH tasks are on that CPU. Only inside sim_run(), from the thread's own stack.
 */
void sim_start(struct sim *sim, enum sim_context context, uint64_t points,
               void (*body)(void *argument), void *argument);

/* Number of the task that the next sim_start() uses, below SIM_TASK_COUNT; each has one fiber. */
unsigned sim_next_task(const struct sim *sim);

/* Goes on with the top task of a CPU, likewise. sim_depth(sim, cpu) is not 0. */
void sim_resume(struct sim *sim, cpu_id_t cpu, uint64_t points);

/* Tasks parked on a CPU; whether the top one lets an interrupt in (none: yes). */
unsigned sim_depth(const struct sim *sim, cpu_id_t cpu);
bool sim_irqs_are_on(const struct sim *sim, cpu_id_t cpu);

/*
 * The one task of a CPU goes on on another one. False, and nothing happens, if it is not alone, has
 * interrupts off, or the other CPU has tasks.
 */
bool sim_migrate(struct sim *sim, cpu_id_t from, cpu_id_t to);

/* How often a task of the CPU was started or went on; to be compared with what it was before. */
uint64_t sim_turn_count(const struct sim *sim, cpu_id_t cpu);

/* No task is in flight, but for the running one. */
bool sim_is_quiet(const struct sim *sim);

/* No other task was in flight since the running op began its step. */
bool sim_is_alone(const struct sim *sim);

/* The running op is on another CPU than when it began its step, or was in between. */
bool sim_has_moved(const struct sim *sim);

/* The running task will not be parked any more. */
void sim_stay(struct sim *sim);

/* What tasks that are over did comes before what the running one does, in TSan's eyes too. */
void sim_join(struct sim *sim);

/* What sim_start() was given for the task that runs or ran last; NULL: it was none. */
void *sim_argument(const struct sim *sim);

/* Scheduling points that the last task started or resumed has passed since then. */
uint64_t sim_points_passed(const struct sim *sim);

/* What a CPU's stores hold back becomes visible; of all CPUs. See config->store_buffers. */
void sim_drain(struct sim *sim, cpu_id_t cpu);
void sim_drain_all(struct sim *sim);

/* Who watches; NULL: nobody. */
void sim_set_watch(struct sim *sim, const struct sim_watch *watch);

#endif
