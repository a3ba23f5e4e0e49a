/* Tasks: parked, interrupted, migrated, waiting for locks, and with stores that others see late. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "allocator/base/config.h"
#include "sim/smp.h"

struct world {
    struct sim *sim;
    struct world_word words[2];
    struct world_lock locks[2];
    unsigned progress;          /* of the task under test */
    uint64_t seen[2];
    struct sim_outcome outcome;
    unsigned told;              /* calls of a watch */
};

static struct world world;

static void load_three_times(void *argument)
{
    (void)argument;
    for (unsigned i = 0; i < 3; i++) {
        (void)world_load(&world.words[0]);
        world.progress++;
    }
}

/* Runs a script as the scheduler of a fresh machine. */
static struct sim_outcome play(void (*script)(void *), bool delays_stores)
{
    struct heap_config config = heap_config_default();

    config.cpu_count = 3;
    config.store_buffers = delays_stores;
    sim_reset(world.sim, &config);
    memset(world.words, 0, sizeof(world.words));
    memset(world.locks, 0, sizeof(world.locks));
    world.progress = 0;
    return sim_run(world.sim, script, NULL);
}

static void expect_completed(void (*script)(void *))
{
    assert_int_equal(play(script, false).end, SIM_COMPLETED);
}

static void expect_rule(void (*script)(void *), const char *rule)
{
    struct sim_outcome outcome = play(script, false);

    assert_int_equal(outcome.end, SIM_VIOLATED);
    assert_string_equal(outcome.rule, rule);
}

static void park_in_the_middle(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, 1, load_three_times, NULL);
    assert_int_equal(world.progress, 1);
    assert_int_equal(sim_points_passed(world.sim), 1);
    assert_int_equal(sim_depth(world.sim, 0), 1);
    assert_false(sim_is_quiet(world.sim));
    sim_resume(world.sim, 0, 1);
    assert_int_equal(world.progress, 2);
    sim_resume(world.sim, 0, SIM_TO_END);
    assert_int_equal(world.progress, 3);
    assert_true(sim_is_quiet(world.sim));
    assert_int_equal(sim_switches(world.sim), 2);
}

static void a_task_parks_after_the_points_it_was_given(void **state)
{
    (void)state;
    expect_completed(park_in_the_middle);
}

static void end_before_the_park(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, 4, load_three_times, NULL);
    assert_int_equal(world.progress, 3);
    assert_int_equal(sim_points_passed(world.sim), 3);
    assert_int_equal(sim_switches(world.sim), 0);
    assert_int_equal(sim_depth(world.sim, 0), 0);
}

static void a_task_that_ends_earlier_is_not_parked(void **state)
{
    (void)state;
    expect_completed(end_before_the_park);
}

static void note_cpu(void *argument)
{
    (void)argument;
    world.seen[0] = world_cpu();
    (void)world_load(&world.words[0]);
    world.seen[1] = world_cpu();
}

static void migrate(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, 1, load_three_times, NULL);
    assert_false(sim_migrate(world.sim, 1, 0));
    assert_true(sim_migrate(world.sim, 0, 1));
    assert_int_equal(sim_depth(world.sim, 1), 1);
    sim_resume(world.sim, 1, SIM_TO_END);
    assert_int_equal(world.progress, 3);
}

static void step_and_note_cpu(void *argument)
{
    (void)world_load(&world.words[0]);
    note_cpu(argument);
}

static void migrate_between_two_looks(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, 1, step_and_note_cpu, NULL);
    assert_true(sim_migrate(world.sim, 0, 2));
    sim_resume(world.sim, 2, SIM_TO_END);
    assert_int_equal(world.seen[0], 0);
    assert_int_equal(world.seen[1], 2);
}

static void a_task_goes_on_on_another_cpu(void **state)
{
    (void)state;
    expect_completed(migrate);
    expect_completed(migrate_between_two_looks);
}

static void hold_irqs_off(void *argument)
{
    (void)argument;

    uint64_t irq_state = world_irq_save();

    (void)world_load(&world.words[0]);
    world_irq_restore(irq_state);
    (void)world_load(&world.words[0]);
}

static void look_at_irqs(void *argument)
{
    (void)argument;
    assert_true(sim_irqs_are_on(world.sim, 0));
    sim_start(world.sim, SIM_PROCESS, 1, hold_irqs_off, NULL);
    assert_false(sim_irqs_are_on(world.sim, 0));
    assert_false(sim_migrate(world.sim, 0, 1));
    sim_resume(world.sim, 0, 1);
    assert_true(sim_irqs_are_on(world.sim, 0));
    sim_start(world.sim, SIM_IRQ, SIM_TO_END, load_three_times, NULL);
    assert_int_equal(world.progress, 3);
    assert_int_equal(sim_depth(world.sim, 0), 1);
    sim_resume(world.sim, 0, SIM_TO_END);
}

static void interrupts_come_where_they_are_on(void **state)
{
    (void)state;
    expect_completed(look_at_irqs);
}

static void lock_first(void *argument)
{
    (void)argument;
    world_lock(&world.locks[0]);
    (void)world_load(&world.words[0]);
    world.progress++;
    world_unlock(&world.locks[0]);
    (void)world_load(&world.words[0]);
    world.progress++;
}

static void wait_for_a_parked_holder(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, 1, lock_first, NULL);
    assert_int_equal(world.progress, 0);
    sim_set_cpu(world.sim, 1);
    sim_start(world.sim, SIM_PROCESS, SIM_TO_END, lock_first, NULL);
    /* The holder went on no further than it had to: the second count is to come. */
    assert_int_equal(world.progress, 3);
    sim_resume(world.sim, 0, SIM_TO_END);
    assert_int_equal(world.progress, 4);
}

static void who_waits_makes_the_holder_go_on(void **state)
{
    (void)state;
    expect_completed(wait_for_a_parked_holder);
}

/* Counts a lock that it got, and holds on to it for a while. */
static void try_first(void *argument)
{
    (void)argument;
    if (world_trylock(&world.locks[0])) {
        world.progress++;
        (void)world_load(&world.words[0]);
        world_unlock(&world.locks[0]);
    }
}

static void try_while_it_is_held(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, 1, try_first, NULL);
    assert_int_equal(world.progress, 1);
    sim_start(world.sim, SIM_NMI, SIM_TO_END, try_first, NULL);
    sim_set_cpu(world.sim, 1);
    sim_start(world.sim, SIM_PROCESS, SIM_TO_END, try_first, NULL);
    assert_int_equal(world.progress, 1);
    sim_resume(world.sim, 0, SIM_TO_END);
    sim_start(world.sim, SIM_PROCESS, SIM_TO_END, try_first, NULL);
    assert_int_equal(world.progress, 2);
}

static void who_tries_does_not_wait(void **state)
{
    (void)state;
    expect_completed(try_while_it_is_held);
}

static void lock_both(void *argument)
{
    uintptr_t first = (uintptr_t)argument;

    world_lock(&world.locks[first]);
    world_lock(&world.locks[1 - first]);
    world_unlock(&world.locks[1 - first]);
    world_unlock(&world.locks[first]);
}

static void lock_crosswise(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, 1, lock_both, NULL);
    sim_set_cpu(world.sim, 1);
    sim_start(world.sim, SIM_PROCESS, SIM_TO_END, lock_both, (void *)1);
}

static void interrupt_a_holder(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, 1, lock_first, NULL);
    sim_start(world.sim, SIM_IRQ, SIM_TO_END, lock_first, NULL);
}

static void waiting_in_a_circle_is_a_deadlock(void **state)
{
    (void)state;
    expect_rule(lock_crosswise, "SIM_DEADLOCK");
    expect_rule(interrupt_a_holder, "SIM_DEADLOCK");
}

static void lock_in_nmi(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_NMI, SIM_TO_END, lock_first, NULL);
}

static void an_nmi_takes_no_lock(void **state)
{
    (void)state;
    expect_rule(lock_in_nmi, "SIM_CONTEXT");
}

/* Each stores to its own word and reads the other's. */
static void store_then_load(void *argument)
{
    uintptr_t own = (uintptr_t)argument;

    world_store(&world.words[own], 1);
    world.seen[own] = world_load(&world.words[1 - own]);
}

static void store_crosswise(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, 1, store_then_load, NULL);
    sim_set_cpu(world.sim, 1);
    sim_start(world.sim, SIM_PROCESS, SIM_TO_END, store_then_load, (void *)1);
    sim_resume(world.sim, 0, SIM_TO_END);
}

static void stores_may_be_seen_late(void **state)
{
    (void)state;
    assert_int_equal(play(store_crosswise, false).end, SIM_COMPLETED);
    assert_int_equal(world.seen[0], 1);
    assert_int_equal(world.seen[1], 1);
    assert_int_equal(play(store_crosswise, true).end, SIM_COMPLETED);
    assert_int_equal(world.seen[0], 0);
    assert_int_equal(world.seen[1], 0);
}

static void store_twice(void *argument)
{
    (void)argument;
    world_store(&world.words[0], 7);
    world.seen[0] = world_load(&world.words[0]);
    (void)world_load(&world.words[1]);

    uint64_t expected = 0;

    (void)world_cas(&world.words[1], &expected, 1);
    (void)world_load(&world.words[1]);
}

static void read_memory(void *argument)
{
    (void)argument;
    world.seen[1] = world_load(&world.words[0]);
}

static void look_before_and_after(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, 2, store_twice, NULL);
    sim_set_cpu(world.sim, 1);
    sim_start(world.sim, SIM_PROCESS, SIM_TO_END, read_memory, NULL);
    assert_int_equal(world.seen[0], 7);
    assert_int_equal(world.seen[1], 0);
    sim_resume(world.sim, 0, 2);
    sim_start(world.sim, SIM_PROCESS, SIM_TO_END, read_memory, NULL);
    assert_int_equal(world.seen[1], 7);
    sim_resume(world.sim, 0, SIM_TO_END);
}

static void drain_by_order(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, 1, store_then_load, NULL);
    sim_set_cpu(world.sim, 1);
    sim_start(world.sim, SIM_PROCESS, SIM_TO_END, read_memory, NULL);
    assert_int_equal(world.seen[1], 0);
    sim_drain(world.sim, 0);
    sim_start(world.sim, SIM_PROCESS, SIM_TO_END, read_memory, NULL);
    assert_int_equal(world.seen[1], 1);
    sim_resume(world.sim, 0, SIM_TO_END);
}

static void a_cpu_sees_its_own_stores_and_a_cas_lets_them_out(void **state)
{
    (void)state;
    assert_int_equal(play(look_before_and_after, true).end, SIM_COMPLETED);
    assert_int_equal(play(drain_by_order, true).end, SIM_COMPLETED);
}

static void begin_and_end_steps(void *argument)
{
    (void)argument;
    sim_begin_step(world.sim);
    (void)world_load(&world.words[0]);
    sim_end_step(world.sim);
    world.seen[0] = sim_is_alone(world.sim);
}

static void overlap_steps(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, SIM_TO_END, begin_and_end_steps, NULL);
    assert_int_equal(world.seen[0], 1);
    sim_start(world.sim, SIM_PROCESS, 1, load_three_times, NULL);
    sim_set_cpu(world.sim, 1);
    sim_start(world.sim, SIM_PROCESS, SIM_TO_END, begin_and_end_steps, NULL);
    assert_int_equal(world.seen[0], 0);
    sim_resume(world.sim, 0, SIM_TO_END);
}

static void steps_know_whether_they_were_alone(void **state)
{
    (void)state;
    expect_completed(overlap_steps);
}

static void count_access(void *context, const struct sim_access *access)
{
    (void)context;
    assert_int_equal(access->kind, WORLD_LOAD);
    assert_ptr_equal(access->address, &world.words[0]);
    assert_ptr_equal(access->place.object, &world.words[0]);
    world.told++;
}

static void watch_a_step(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, SIM_TO_END, begin_and_end_steps, NULL);
    sim_start(world.sim, SIM_PROCESS, 1, load_three_times, NULL);
    sim_resume(world.sim, 0, SIM_TO_END);
}

static void who_watches_sees_each_access(void **state)
{
    const struct sim_watch watch = {.on_point = count_access};

    (void)state;
    world.told = 0;
    sim_set_watch(world.sim, &watch);
    expect_completed(watch_a_step);
    sim_set_watch(world.sim, NULL);
    assert_int_equal(world.told, 4);
    assert_int_equal(sim_points(world.sim), 4);
}

/* What runs on CPU 0 does so because CPU 2 waits for it. */
static void note_meeting(void *context, const struct sim_access *parked,
                         const struct sim_access *made)
{
    (void)context;
    if (made->cpu == 0) {
        assert_int_equal(parked->cpu, 2);
        assert_int_equal(parked->kind, WORLD_LOCK);
        assert_ptr_equal(parked->address, &world.locks[0]);
    }
    world.told++;
}

static void lock_in_step(void *argument)
{
    sim_begin_step(world.sim);
    lock_first(argument);
    sim_end_step(world.sim);
}

/* The second wants the lock, waits while the first loads and unlocks, and goes on to its end. */
static void meet_who_waits(void *argument)
{
    (void)argument;
    sim_start(world.sim, SIM_PROCESS, 1, lock_first, NULL);
    sim_set_cpu(world.sim, 2);
    sim_start(world.sim, SIM_PROCESS, SIM_TO_END, lock_in_step, NULL);
    assert_int_equal(world.told, 1 + 2 + 3);
    sim_resume(world.sim, 0, SIM_TO_END);
}

static void who_is_met_is_about_to_do_what_is_told(void **state)
{
    const struct sim_watch watch = {.on_meeting = note_meeting};

    (void)state;
    world.told = 0;
    sim_set_watch(world.sim, &watch);
    expect_completed(meet_who_waits);
    sim_set_watch(world.sim, NULL);
}

static int begin(void **state)
{
    (void)state;
    world.sim = sim_create(0);
    sim_enter(world.sim);
    return 0;
}

static int end(void **state)
{
    (void)state;
    sim_destroy(world.sim);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_parks_after_the_points_it_was_given),
        cmocka_unit_test(a_task_that_ends_earlier_is_not_parked),
        cmocka_unit_test(a_task_goes_on_on_another_cpu),
        cmocka_unit_test(interrupts_come_where_they_are_on),
        cmocka_unit_test(who_waits_makes_the_holder_go_on),
        cmocka_unit_test(who_tries_does_not_wait),
        cmocka_unit_test(waiting_in_a_circle_is_a_deadlock),
        cmocka_unit_test(an_nmi_takes_no_lock),
        cmocka_unit_test(stores_may_be_seen_late),
        cmocka_unit_test(a_cpu_sees_its_own_stores_and_a_cas_lets_them_out),
        cmocka_unit_test(steps_know_whether_they_were_alone),
        cmocka_unit_test(who_watches_sees_each_access),
        cmocka_unit_test(who_is_met_is_about_to_do_what_is_told),
    };

    return cmocka_run_group_tests(tests, begin, end);
}
