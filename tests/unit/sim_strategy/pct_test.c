/* PCT: fixed by its seed, at most depth-1 preemptions, and the odds that it promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/strategy/pct.h"
#include "tests/unit/sim_strategy/fake_machine.h"
#include "tests/unit/sim_strategy/outcome_set.h"

enum {SEEDS = 4000};

/* 200 points on three CPUs. */
static const struct fake_program long_program = {
    {{20, 20, 20, 20}, {40, 40}, {40}}, .op_count = {4, 2, 1}
};

static struct fake_machine run(const struct fake_program *program, uint64_t seed, unsigned depth,
                               uint32_t points_expected)
{
    struct pct pct;

    assert_true(pct_init(&pct, seed, depth, points_expected));
    return fake_machine_run(program, &pct.strategy);
}

static void same_seed_gives_the_same_schedule(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct fake_machine machine = run(&long_program, seed, 4, 200);

        assert_string_equal(machine.history, run(&long_program, seed, 4, 200).history);
    }
}

static void different_seeds_give_different_schedules(void **state)
{
    struct outcome_set set = {0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fake_machine machine = run(&long_program, seed, 4, 200);
        outcome_set_add(&set, &machine);
    }
    assert_true(outcome_set_finish(&set) > SEEDS * 9 / 10);
    outcome_set_fini(&set);
}

static void preemptions_are_fewer_than_depth(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth <= PCT_DEPTH_MAX; depth++) {
        unsigned most = 0;

        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct fake_machine machine = run(&long_program, seed, depth, 200);
            assert_true(machine.preemptions < depth);
            most = machine.preemptions > most ? machine.preemptions : most;
        }
        /* Of many change points, one nearly always falls where it costs nothing. */
        assert_true(most + 1 == depth || depth > 6);
    }
}

/* The CPUs in the order in which they ended, as a number. */
static unsigned order_of_ends(const char *history)
{
    unsigned order = 0;

    for (; *history != '\0'; history++) {
        if (*history >= 'a') {
            order = 10 * order + (unsigned)(*history - 'a');
        }
    }
    return order;
}

static void depth_1_runs_each_cpu_to_its_end_in_any_order(void **state)
{
    const struct fake_program program = {{{5}, {5}, {5}}, .op_count = {1, 1, 1}};
    const unsigned orders[] = {12, 21, 102, 120, 201, 210};
    unsigned counts[6] = {0};

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fake_machine machine = run(&program, seed, 1, 15);
        assert_int_equal(machine.preemptions, 0);
        for (unsigned i = 0; i < 6; i++) {
            counts[i] += order_of_ends(machine.history) == orders[i];
        }
    }
    for (unsigned i = 0; i < 6; i++) {
        assert_in_range(counts[i], SEEDS / 8, SEEDS / 5);
    }
}

static void cpu_at_a_change_point_comes_last(void **state)
{
    const struct fake_program program = {{{9}, {3, 5}, {3, 4}}, .op_count = {1, 2, 2}};
    unsigned changes = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fake_machine machine = run(&program, seed, 2, 24);
        const char *history = machine.history;

        for (unsigned i = 0; i + 1 < machine.length; i++) {
            if (history[i] < 'a' && history[i + 1] < 'a' && history[i] != history[i + 1]) {
                assert_int_equal(history[machine.length - 1], history[i] - '0' + 'a');
                changes++;
                break;
            }
        }
    }
    assert_true(changes > SEEDS / 4);
}

static void op_that_cannot_be_preempted_is_passed_over(void **state)
{
    const struct fake_program program = {
        {{20, 20}, {20, 20}}, .op_count = {2, 2}, .is_stubborn = true, .points_before_stubborn = 2,
    };

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        assert_true(run(&program, seed, 4, 80).preemptions < 4);
    }
}

/* A bug of depth 2: CPU 1's op runs between two neighbouring points of CPU 0's. */
static void bug_of_depth_2_shows_as_often_as_promised(void **state)
{
    const struct fake_program program = {{{30}, {10}}, .op_count = {1, 1}};
    unsigned hits = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 10 * SEEDS; seed++) {
        struct fake_machine machine = run(&program, seed, 2, 40);
        hits += memcmp(machine.history, "00000000000001111111111b00", 26) == 0;
    }
    /* CPU 0 first, and 1 change point of 40: 1 in 80, which is the bound itself. */
    assert_in_range(hits, 10 * SEEDS / 80 * 8 / 10, 10 * SEEDS / 80 * 12 / 10);
}

static void every_place_for_one_preemption_is_reached(void **state)
{
    const struct fake_program program = {{{5}, {4}}, .op_count = {1, 1}};
    struct outcome_set possible = {0};
    struct outcome_set reached = {0};

    (void)state;
    outcome_set_enumerate(&possible, fake_machine_init(&program), 1);
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fake_machine machine = run(&program, seed, 2, 9);
        outcome_set_add(&reached, &machine);
    }
    assert_int_equal(outcome_set_finish(&possible), 9);
    outcome_set_finish(&reached);
    assert_true(outcome_sets_are_equal(&possible, &reached));
    outcome_set_fini(&possible);
    outcome_set_fini(&reached);
}

static void out_of_range_is_refused(void **state)
{
    struct pct pct = {.changes_count = 77};

    (void)state;
    assert_false(pct_init(&pct, 0, 0, 100));
    assert_false(pct_init(&pct, 0, PCT_DEPTH_MAX + 1, 100));
    assert_false(pct_init(&pct, 0, 3, 0));
    assert_int_equal(pct.changes_count, 77);
    assert_true(pct_init(&pct, 0, PCT_DEPTH_MAX, 1));
    assert_int_equal(fake_machine_run(&long_program, &pct.strategy).preemptions, 1);
    assert_true(pct_init(&pct, 0, PCT_DEPTH_MAX, UINT32_MAX));
    assert_int_equal(fake_machine_run(&long_program, &pct.strategy).preemptions, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_seed_gives_the_same_schedule),
        cmocka_unit_test(different_seeds_give_different_schedules),
        cmocka_unit_test(preemptions_are_fewer_than_depth),
        cmocka_unit_test(depth_1_runs_each_cpu_to_its_end_in_any_order),
        cmocka_unit_test(cpu_at_a_change_point_comes_last),
        cmocka_unit_test(op_that_cannot_be_preempted_is_passed_over),
        cmocka_unit_test(bug_of_depth_2_shows_as_often_as_promised),
        cmocka_unit_test(every_place_for_one_preemption_is_reached),
        cmocka_unit_test(out_of_range_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
