/* Random: fixed by its seed, legal, about as many preemptions as asked for, and any schedule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/strategy/random.h"
#include "tests/unit/sim_strategy/fake_machine.h"
#include "tests/unit/sim_strategy/outcome_set.h"

enum {SEEDS = 4000};

/* 200 points on three CPUs; each op is long enough to be preempted several times. */
static const struct fake_program long_program = {
    {{20, 20, 20, 20}, {40, 40}, {40}}, .op_count = {4, 2, 1}
};

static struct fake_machine run(const struct fake_program *program, uint64_t seed,
                               uint32_t preemptions, uint32_t points_expected)
{
    struct random random;

    random_init(&random, seed, preemptions, points_expected);
    return fake_machine_run(program, &random.strategy);
}

static void same_seed_gives_the_same_schedule(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct fake_machine machine = run(&long_program, seed, 5, 200);

        assert_string_equal(machine.history, run(&long_program, seed, 5, 200).history);
    }
}

static void different_seeds_give_different_schedules(void **state)
{
    struct outcome_set set = {0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fake_machine machine = run(&long_program, seed, 8, 200);
        outcome_set_add(&set, &machine);
    }
    assert_true(outcome_set_finish(&set) > SEEDS * 99 / 100);
    outcome_set_fini(&set);
}

static void preemptions_are_about_as_many_as_wanted(void **state)
{
    (void)state;
    for (uint32_t wanted = 1; wanted <= 16; wanted *= 2) {
        uint64_t total = 0;

        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            total += run(&long_program, seed, wanted, 200).preemptions;
        }
        /* Fewer: the last CPU that is ready is left alone, and some fall on the end of an op. */
        assert_in_range(total, SEEDS * wanted * 6 / 10, SEEDS * wanted * 11 / 10);
    }
}

static void none_wanted_gives_none(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        assert_int_equal(run(&long_program, seed, 0, 200).preemptions, 0);
    }
}

static void more_wanted_than_points_is_still_legal(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        assert_true(run(&long_program, seed, UINT32_MAX, 1).preemptions > 20);
        assert_int_equal(run(&long_program, seed, 1, UINT32_MAX).preemptions, 0);
    }
}

static void op_that_cannot_be_preempted_is_passed_over(void **state)
{
    const struct fake_program program = {
        {{20, 20}, {20, 20}}, .op_count = {2, 2}, .is_stubborn = true, .points_before_stubborn = 2,
    };

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        run(&program, seed, 8, 80);
    }
}

static void each_ready_cpu_is_as_likely(void **state)
{
    unsigned firsts[FAKE_CPUS] = {0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        firsts[run(&long_program, seed, 5, 200).history[0] - '0']++;
    }
    for (unsigned cpu = 0; cpu < 3; cpu++) {
        assert_in_range(firsts[cpu], SEEDS * 30 / 100, SEEDS * 37 / 100);
    }
    assert_int_equal(firsts[3], 0);
}

static void every_schedule_is_reached(void **state)
{
    const struct fake_program program = {{{2, 3}, {3, 2}}, .op_count = {2, 2}};
    struct outcome_set possible = {0};
    struct outcome_set reached = {0};

    (void)state;
    outcome_set_enumerate(&possible, fake_machine_init(&program), UINT32_MAX);
    for (uint64_t seed = 0; seed < 20 * SEEDS; seed++) {
        struct fake_machine machine = run(&program, seed, 4, 10);
        outcome_set_add(&reached, &machine);
    }
    assert_int_equal(outcome_set_finish(&possible), 252);
    outcome_set_finish(&reached);
    assert_true(outcome_sets_are_equal(&possible, &reached));
    outcome_set_fini(&possible);
    outcome_set_fini(&reached);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_gives_the_same_schedule),
        cmocka_unit_test(different_seeds_give_different_schedules),
        cmocka_unit_test(preemptions_are_about_as_many_as_wanted),
        cmocka_unit_test(none_wanted_gives_none),
        cmocka_unit_test(more_wanted_than_points_is_still_legal),
        cmocka_unit_test(op_that_cannot_be_preempted_is_passed_over),
        cmocka_unit_test(each_ready_cpu_is_as_likely),
        cmocka_unit_test(every_schedule_is_reached),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
