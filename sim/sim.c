#include "sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/journal_write.h"
#include "sim/state.h"

struct sim *sim_create(unsigned heap_index)
{
    struct sim *sim = calloc(1, sizeof(*sim));

    if (sim == NULL || heap_index >= SIM_HEAP_MAX || !journal_init(&sim->journal)) {
        fprintf(stderr, "sim: cannot make simulation %u: no memory\n", heap_index);
        exit(3);
    }
    sim_memory_init(&sim->memory, heap_index);
    sim->platform = sim_make_platform(sim);
    sim->config = heap_config_default();
    sim_tasks_init(sim);
    sim_tasks_reset(sim);
    sim_arm(sim);
    return sim;
}

void sim_destroy(struct sim *sim)
{
    if (sim_current == sim) {
        sim_current = NULL;
    }
    sim_tasks_fini(sim);
    sim_memory_fini(&sim->memory);
    journal_fini(&sim->journal);
    free(sim);
}

void sim_clear(struct sim *sim)
{
    sim_memory_clear(&sim->memory, &sim->journal);
    journal_clear(&sim->journal);
    sim->memory.arena_size = 0;
    sim->memory.descriptors_size = 0;
}

void sim_reset(struct sim *sim, const struct heap_config *config)
{
    sim_clear(sim);
    sim->config = *config;
    sim->delays_stores = config->store_buffers;
    sim->cpu = 0;
    sim->step_count = 0;
    sim->report_count = 0;
    sim_tasks_reset(sim);
    sim_arm(sim);
    sim->point_count = 0;
    sim->switch_count = 0;
}

const struct platform *sim_platform(struct sim *sim)
{
    return &sim->platform;
}

void sim_enter(struct sim *sim)
{
    sim_current = sim;
}

struct sim_outcome sim_run(struct sim *sim, void (*body)(void *argument), void *argument)
{
    sim_enter(sim);
    sim->outcome = (struct sim_outcome){.end = SIM_COMPLETED};
    sim->is_running = true;
    if (setjmp(sim->escape) == 0) {
        body(argument);
    }
    sim->is_running = false;
    return sim->outcome;
}

noreturn void sim_abandon(struct sim *sim, struct sim_outcome outcome)
{
    if (!sim->is_running) {
        fprintf(stderr, "sim: %s outside of a run\n",
                outcome.rule != NULL ? outcome.rule : "a report or panic that stops");
        abort();
    }
    sim->outcome = outcome;
    if (sim->now != &sim->direct) {
        /* Another stack: whoever let this task run jumps. */
        sim->is_abandoned = true;
        fiber_switch(&sim->now->fiber, &sim->main_fiber, true);
    }
    longjmp(sim->escape, 1);
}

noreturn void sim_violate(struct sim *sim, const char *rule, const void *subject)
{
    sim_abandon(sim,
                (struct sim_outcome){.end = SIM_VIOLATED, .rule = rule, .subject = subject});
}

/* Whoever is in flight has company from here on. */
static void note_company(struct sim *sim)
{
    for (uint32_t tasks = sim->in_flight; tasks != 0; tasks &= tasks - 1) {
        sim->tasks[__builtin_ctz(tasks)].is_alone = false;
    }
    sim->direct.is_alone = false;
}

void sim_begin_step(struct sim *sim)
{
    struct sim_task *task = sim->now;

    sim_disarm(sim);
    task->step = ++sim->step_count;
    sim->journal.clock = task->step;
    task->points_used = 0;
    if (task == &sim->direct) {
        /* It runs where no task is left: what they did comes before. */
        sim_join(sim);
    }
    if (sim_is_quiet(sim)) {
        task->is_alone = true;
        task->has_moved = false;
        sim->report_count = 0;
        journal_begin_step(&sim->journal);
    } else {
        note_company(sim);
    }
    sim_arm(sim);
}

void sim_end_step(struct sim *sim)
{
    const struct sim_task *task = sim->now;

    if (task->held_count != 0) {
        sim_violate(sim, "SIM_LOCK_LEAK", task->held[0]);
    }
    if (task->irq_depth != 0) {
        sim_violate(sim, "SIM_IRQ_LEAK", NULL);
    }
    /* Its user looks at what it did before the CPU goes on. */
    sim_drain(sim, task->cpu);
}

uint64_t sim_step(const struct sim *sim)
{
    return sim->now->step;
}

void sim_set_cpu(struct sim *sim, cpu_id_t cpu)
{
    sim->cpu = cpu;
    sim->direct.cpu = cpu;
}

cpu_id_t sim_cpu(const struct sim *sim)
{
    return sim->now->cpu;
}

const struct report *sim_reports(const struct sim *sim, size_t *count)
{
    *count = sim->report_count;
    return sim->reports;
}

void sim_on_report(struct sim *sim, void (*callback)(void *context, const struct report *report),
                   void *context)
{
    sim->on_report = callback;
    sim->on_report_context = context;
}

void sim_on_trace(struct sim *sim,
                  void (*callback)(void *context, const struct object_trace *trace), void *context)
{
    sim->on_trace = callback;
    sim->on_trace_context = context;
}

const struct journal *sim_journal(const struct sim *sim)
{
    return &sim->journal;
}

uint64_t sim_points(const struct sim *sim)
{
    return sim->point_count + sim->armed - sim->countdown;
}

uint64_t sim_switches(const struct sim *sim)
{
    return sim->switch_count;
}

bool sim_is_pristine(const struct sim *sim)
{
    return sim_memory_is_clean(&sim->memory) && sim->journal.run_frame_count == 0;
}
