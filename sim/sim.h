/*
 * A simulated machine: CPUs, memory, and the outside world of one heap, all from the input.
 *
 *     sim_create -> { sim_reset -> sim_run { heap_create, { sim_begin_step, op, sim_end_step } } }
 *
 * A step is one op that calls the allocator. Whatever the allocator does to shared memory passes
 * world_point() (base/world.h), which counts the call against the step's bound and writes the
 * journal (sim/journal.h); each call is a scheduling point.
 *
 * An op runs to its end at once, or as a task among others: sim/smp.h.
 *
 * Memory lies at fixed addresses, so an address in a report means the same in every process:
 *
 *     SIM_BASE + heap_index * 64 GiB              the arena
 *                            + 32 GiB             descriptors and the heap itself
 *
 * Tracks and times are step numbers, random numbers are keyed with config->seed: the same ops give
 * the same run, bit for bit. A run that goes wrong is abandoned by a jump out of sim_run();
 * its heap is dead then, and sim_reset() takes the memory back.
 *
 * A simulation belongs to one thread at a time; sim_enter() makes it that thread's world.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdnoreturn.h>

#include "allocator/base/config.h"
#include "allocator/base/platform.h"
#include "allocator/base/world.h"

struct journal;
struct sim;

static const uint64_t SIM_BASE = UINT64_C(0x552000000000);

enum {
    SIM_STRIDE_LOG2 = 36,         /* 64 GiB from heap to heap */
    SIM_DESCRIPTOR_LOG2 = 35,     /* descriptors lie in the upper half of that */
    SIM_HEAP_MAX = 16,            /* simulations that may exist at once in a process */
    SIM_REPORTS_PER_STEP = 64,    /* reports of one step that are kept; further ones are counted */
};

/* How a run ended. */
/* Sites that are no steps: callers that a program names by a number. */
enum { SIM_CALLER_FIRST = 0x40000000, SIM_CALLER_DISTANCE = 64, SIM_CALLER_COUNT = 16 };

static inline uintptr_t sim_caller(uint32_t number)
{
    return SIM_CALLER_FIRST + number * SIM_CALLER_DISTANCE;
}

static inline bool sim_is_caller(uint64_t site)
{
    return site >= SIM_CALLER_FIRST &&
           site < SIM_CALLER_FIRST + SIM_CALLER_COUNT * SIM_CALLER_DISTANCE;
}

enum sim_end {
    SIM_COMPLETED,    /* body returned */
    SIM_STOPPED,      /* a report, and config->stop_on_report; a finding only if nobody owed it */
    SIM_PANIC,        /* SLAB_PANIC; a finding only if the cache could have been made */
    SIM_VIOLATED,     /* a rule of invariants.def is broken */
    SIM_HANG,         /* a step made more calls than any op needs */
};

struct sim_outcome {
    enum sim_end end;
    const char *rule;        /* SIM_VIOLATED and SIM_HANG: id in invariants.def; else NULL */
    const void *subject;     /* lock or word concerned, or NULL */
};

/*
 * Makes the simulation that lives at heap_index, 0 .. SIM_HEAP_MAX - 1. If the addresses cannot be
 * had it says so on stderr and exits with code 3. The caller owns the result.
 */
struct sim *sim_create(unsigned heap_index);
void sim_destroy(struct sim *sim);

/*
 * Makes the machine as it was when new: memory zero and hidden, CPU 0, step 0, nothing journaled.
 * config is copied. No heap may be in use. O(pages and descriptors touched since the last reset).
 */
void sim_reset(struct sim *sim, const struct heap_config *config);

/* What heap_create() wants to know of the outside. Valid as long as the simulation. */
const struct platform *sim_platform(struct sim *sim);

/* Makes sim the calling thread's world; NULL for none. */
void sim_enter(struct sim *sim);

/*
 * Calls body(argument) with sim as the thread's world and says how that ended. Anything but
 * SIM_COMPLETED leaves the heap in whatever state it was: only sim_reset() may follow. Runs do not
 * nest. Variables of the caller that body changes must not live in registers (be volatile, or lie
 * behind argument).
 */
struct sim_outcome sim_run(struct sim *sim, void (*body)(void *argument), void *argument);

/* Ends the run now. Only inside sim_run(). */
noreturn void sim_abandon(struct sim *sim, struct sim_outcome outcome);

/*
 * Begins the next step of the op that runs: its number is one more than that of the last one that
 * began, the first is 1. In a quiet world it forgets reports and journal of the steps before.
 */
void sim_begin_step(struct sim *sim);

/*
 * Ends it: what the CPU held back becomes visible. A lock still held or interrupts still off
 * abandon the run. Only inside sim_run().
 */
void sim_end_step(struct sim *sim);

/* Number of the step of the op that runs or ran last, 0 before the first. */
uint64_t sim_step(const struct sim *sim);

/* The CPU whose turn it is: the next op's. cpu < config->cpu_count. */
void sim_set_cpu(struct sim *sim, cpu_id_t cpu);

/* The CPU of the op that runs; between ops, the one whose turn it is. */
cpu_id_t sim_cpu(const struct sim *sim);

/* Reports of this step in the order they were sent; their number, kept or not, is *count. */
const struct report *sim_reports(const struct sim *sim, size_t *count);

/*
 * Also calls callback(context, report) for each report at the moment it is sent, when the damage
 * it points at is still there. NULL takes that back. Survives sim_reset().
 */
void sim_on_report(struct sim *sim, void (*callback)(void *context, const struct report *report),
                   void *context);

/* The same for each allocation and free of a traced cache. */
void sim_on_trace(struct sim *sim,
                  void (*callback)(void *context, const struct object_trace *trace), void *context);

/* What was written, in this step and since the reset. Valid as long as the simulation. */
const struct journal *sim_journal(const struct sim *sim);

/* Calls of world_point() since the reset. */
uint64_t sim_points(const struct sim *sim);

/* Times that a task left in the middle of its op, for others to run, since the reset. */
uint64_t sim_switches(const struct sim *sim);

/*
 * True if all memory is as sim_reset() promises. Looks at every byte that the last configuration
 * could have touched: O(pages), for tests.
 */
bool sim_is_pristine(const struct sim *sim);

#endif
