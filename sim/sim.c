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
    sim->points_left = sim_step_bound(sim);
    return sim;
}

void sim_destroy(struct sim *sim)
{
    if (sim_current == sim) {
        sim_current = NULL;
    }
    sim_memory_fini(&sim->memory);
    journal_fini(&sim->journal);
    free(sim);
}

uint64_t sim_step_bound(const struct sim *sim)
{
    enum { LEAST = 1 << 20, PER_PAGE = 1 << 10 };

    return LEAST + (uint64_t)PER_PAGE * sim->config.page_count;
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
    sim->cpu = 0;
    sim->step = 0;
    sim->points_before_step = 0;
    sim->points_left = sim_step_bound(sim);
    sim->held_count = 0;
    sim->irq_depth = 0;
    sim->report_count = 0;
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
    longjmp(sim->escape, 1);
}

noreturn void sim_violate(struct sim *sim, const char *rule, const void *subject)
{
    sim_abandon(sim,
                (struct sim_outcome){.end = SIM_VIOLATED, .rule = rule, .subject = subject});
}

void sim_begin_step(struct sim *sim)
{
    sim->points_before_step = sim_points(sim);
    sim->points_left = sim_step_bound(sim);
    sim->step++;
    sim->report_count = 0;
    journal_begin_step(&sim->journal);
}

void sim_end_step(struct sim *sim)
{
    if (sim->held_count != 0) {
        sim_violate(sim, "SIM_LOCK_LEAK", sim->held[0]);
    }
    if (sim->irq_depth != 0) {
        sim_violate(sim, "SIM_IRQ_LEAK", NULL);
    }
}

uint64_t sim_step(const struct sim *sim)
{
    return sim->step;
}

void sim_set_cpu(struct sim *sim, cpu_id_t cpu)
{
    sim->cpu = cpu;
}

cpu_id_t sim_cpu(const struct sim *sim)
{
    return sim->cpu;
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

const struct journal *sim_journal(const struct sim *sim)
{
    return &sim->journal;
}

uint64_t sim_points(const struct sim *sim)
{
    return sim->points_before_step + sim_step_bound(sim) - sim->points_left;
}

bool sim_is_pristine(const struct sim *sim)
{
    return sim_memory_is_clean(&sim->memory) && sim->journal.run_frame_count == 0;
}
