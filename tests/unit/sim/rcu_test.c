/*
 * A reader and a writer, each stopped between any two accesses of the other: what the reader holds
 * is not run for while it holds it, and is in the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/rcu.h"
#include "sim/smp.h"

enum { READER_CPU, WRITER_CPU, WORK_COUNT = 3, POINTS_MAX = 200 };

/* Work 0 is queued beforehand, 1 is what the pointer leads to, 2 is queued behind it. */
struct trial {
    struct sim *sim;
    bool delays_stores;
    bool reader_is_first;
    bool reader_runs;              /* what was put off, instead of reading */
    bool uses_barrier;             /* which makes the reader leave, wherever it was stopped */
    uint64_t reader_points;
    uint64_t writer_points;

    struct world_rcu rcu;
    struct world_word pointer;     /* 1: leads to work 1 */
    struct world_deferred works[WORK_COUNT];
    unsigned run_count;
    bool is_held;                  /* the reader has found work 1, and has not left */
    bool reader_was_parked;
    bool writer_was_parked;
};

static struct trial trial;

static void work(struct world_rcu *rcu, struct world_deferred *deferred)
{
    assert_ptr_equal(rcu, &trial.rcu);
    assert_ptr_equal(deferred, &trial.works[trial.run_count]);
    if (deferred == &trial.works[1] && trial.is_held && !trial.uses_barrier) {
        fail_msg("held by its reader: reader parked after %d, writer after %d",
                 (int)trial.reader_points, (int)trial.writer_points);
    }
    trial.run_count++;
}

static void queue(unsigned index)
{
    trial.works[index].run = work;
    world_rcu_call(&trial.rcu, &trial.works[index]);
}

static void read_pointer(void)
{
    world_rcu_read_lock(&trial.rcu);
    trial.is_held = world_load(&trial.pointer) != 0;
    /* Where it may be stopped with the pointer in its hands. */
    world_load(&trial.pointer);
    trial.is_held = false;
    world_rcu_read_unlock(&trial.rcu);
}

static void read_side(void *argument)
{
    (void)argument;
    sim_begin_step(trial.sim);
    if (trial.reader_runs) {
        world_rcu_run(&trial.rcu);
    } else {
        read_pointer();
    }
    sim_end_step(trial.sim);
}

static void write_side(void *argument)
{
    uint64_t old = 1;

    (void)argument;
    sim_begin_step(trial.sim);
    world_cas(&trial.pointer, &old, 0);
    queue(1);
    queue(2);
    if (trial.uses_barrier) {
        world_rcu_barrier(&trial.rcu);
        assert_int_equal(trial.run_count, WORK_COUNT);
    } else {
        world_rcu_run(&trial.rcu);
    }
    sim_end_step(trial.sim);
}

static bool start(cpu_id_t cpu, uint64_t points, void (*body)(void *argument))
{
    sim_set_cpu(trial.sim, cpu);
    sim_start(trial.sim, SIM_PROCESS, points, body, NULL);
    return sim_depth(trial.sim, cpu) != 0;
}

static void finish(cpu_id_t cpu)
{
    if (sim_depth(trial.sim, cpu) != 0) {
        sim_set_cpu(trial.sim, cpu);
        sim_resume(trial.sim, cpu, SIM_TO_END);
    }
}

/* The first one is stopped, then the second one, then the first ends, then the second. */
static void run_trial(void *argument)
{
    (void)argument;
    sim_begin_step(trial.sim);
    queue(0);
    world_store(&trial.pointer, 1);
    sim_drain_all(trial.sim);
    sim_end_step(trial.sim);
    if (trial.reader_is_first) {
        trial.reader_was_parked = start(READER_CPU, trial.reader_points, read_side);
    }
    trial.writer_was_parked = start(WRITER_CPU, trial.writer_points, write_side);
    if (!trial.reader_is_first) {
        trial.reader_was_parked = start(READER_CPU, trial.reader_points, read_side);
        finish(WRITER_CPU);
    }
    finish(READER_CPU);
    finish(WRITER_CPU);
    sim_drain_all(trial.sim);
    sim_begin_step(trial.sim);
    world_rcu_run(&trial.rcu);
    sim_end_step(trial.sim);
    assert_int_equal(trial.run_count, WORK_COUNT);
}

static void run(const struct trial *setup, uint64_t reader_points, uint64_t writer_points)
{
    struct heap_config config = heap_config_default();

    trial = *setup;
    trial.reader_points = reader_points;
    trial.writer_points = writer_points;
    config.store_buffers = setup->delays_stores;
    sim_reset(trial.sim, &config);

    struct sim_outcome outcome = sim_run(trial.sim, run_trial, NULL);

    if (outcome.end != SIM_COMPLETED) {
        fail_msg("%s: reader parked after %d, writer after %d", outcome.rule, (int)reader_points,
                 (int)writer_points);
    }
}

/* Every place of the one with every place of the other; returns their number. */
static unsigned run_everywhere(const struct trial *setup)
{
    unsigned count = 0;
    bool writer_ends = false;

    for (uint64_t writer_points = 0; !writer_ends; writer_points++) {
        bool reader_ends = false;

        writer_ends = true;
        for (uint64_t reader_points = 0; !reader_ends; reader_points++) {
            assert_true(writer_points < POINTS_MAX && reader_points < POINTS_MAX);
            run(setup, reader_points, writer_points);
            reader_ends = !trial.reader_was_parked;
            writer_ends = writer_ends && !trial.writer_was_parked;
            count++;
        }
    }
    return count;
}

static void readers_hold_back_what_they_hold(void **state)
{
    struct trial setup = {.sim = sim_create(0)};

    (void)state;
    for (unsigned choice = 0; choice < 16; choice++) {
        setup.delays_stores = (choice & 1) != 0;
        setup.reader_is_first = (choice & 2) != 0;
        setup.uses_barrier = (choice & 4) != 0;
        setup.reader_runs = (choice & 8) != 0;
        assert_true(run_everywhere(&setup) > 100);
    }
    sim_destroy(setup.sim);
}

/* Nothing runs in passing; a barrier makes the readers of all CPUs leave. */
static void use_by_hand(void *argument)
{
    (void)argument;
    sim_begin_step(trial.sim);
    sim_set_cpu(trial.sim, 1);
    world_rcu_read_lock(&trial.rcu);
    queue(0);
    sim_set_cpu(trial.sim, 0);
    world_rcu_poll(&trial.rcu);
    world_rcu_run(&trial.rcu);
    assert_int_equal(trial.run_count, 0);
    world_rcu_barrier(&trial.rcu);
    assert_int_equal(trial.run_count, 1);
    assert_int_equal(world_load(&trial.rcu.readers[1].word), 0);
    sim_end_step(trial.sim);
}

static unsigned ripe_count;

static void note_ripe(void *context, struct world_deferred *deferred)
{
    assert_ptr_equal(context, &trial);
    assert_ptr_equal(deferred, &trial.works[0]);
    assert_int_equal(trial.run_count, 0);
    ripe_count++;
}

static void barrier_makes_readers_leave(void **state)
{
    struct heap_config config = heap_config_default();

    (void)state;
    trial = (struct trial){.sim = sim_create(0)};
    ripe_count = 0;
    sim_reset(trial.sim, &config);
    sim_on_ripe(trial.sim, note_ripe, &trial);
    assert_int_equal(sim_run(trial.sim, use_by_hand, NULL).end, SIM_COMPLETED);
    assert_int_equal(ripe_count, 1);
    sim_destroy(trial.sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_hold_back_what_they_hold),
        cmocka_unit_test(barrier_makes_readers_leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
